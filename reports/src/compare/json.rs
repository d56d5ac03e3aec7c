//! For programs. A promised form, see [`FORMAT`].

use serde::Serialize;

use crate::Standing;
use crate::history::{Changes, Direction, Entry, LatencyChange, Reading, Summary, VerdictChange};
use crate::summary::pretty;

/// The version of the document. A field more keeps it; a field less or another meaning does not.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Comparison<'a> {
    format: u32,
    worse: bool,
    knows_less: bool,
    before: Side<'a>,
    after: Side<'a>,
    caveats: &'a [String],
    counts: Counts,
    verdicts: Vec<Verdict<'a>>,
    latencies: Vec<Latency<'a>>,
    coverage: Vec<Coverage<'a>>,
}

#[derive(Serialize)]
struct Side<'a> {
    started: &'a str,
    version: &'a str,
    commit: Option<&'a str>,
    seed: u64,
    target: &'a str,
    source: &'a str,
    defect: Option<&'a str>,
    strict: bool,
    exit_code: u8,
    variants: usize,
}

#[derive(Serialize)]
struct Counts {
    worse: usize,
    better: usize,
    other: usize,
    same: usize,
}

#[derive(Serialize)]
struct Verdict<'a> {
    scenario: &'a str,
    variant: &'a str,
    id: &'a str,
    before: Option<&'static str>,
    after: Option<&'static str>,
    direction: &'static str,
    scenario_changed: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
}

#[derive(Serialize)]
struct Latency<'a> {
    what: &'a str,
    before: Option<Numbers>,
    after: Option<Numbers>,
    reading: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    differing: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<usize>,
    says: String,
}

#[derive(Serialize)]
struct Numbers {
    count: usize,
    min_ms: u64,
    median_ms: u64,
    max_ms: u64,
}

#[derive(Serialize)]
struct Coverage<'a> {
    meter: &'a str,
    before: usize,
    after: usize,
    gained: &'a [&'a str],
    lost: &'a [&'a str],
}

/// The document, with a newline at its end.
#[must_use]
pub fn json(changes: &Changes<'_>) -> String {
    let count = |direction| changes.that_went(direction).count();
    pretty(&Comparison {
        format: FORMAT,
        worse: changes.is_worse(),
        knows_less: changes.knows_less(),
        before: side(changes.before),
        after: side(changes.after),
        caveats: &changes.caveats,
        counts: Counts {
            worse: count(Direction::Worse),
            better: count(Direction::Better),
            other: count(Direction::Other),
            same: changes.same,
        },
        verdicts: changes.verdicts.iter().map(verdict).collect(),
        latencies: changes.latencies.iter().map(latency).collect(),
        coverage: changes
            .coverage
            .iter()
            .map(|change| Coverage {
                meter: change.meter,
                before: change.before,
                after: change.after,
                gained: &change.gained,
                lost: &change.lost,
            })
            .collect(),
    })
}

fn side(entry: &Entry) -> Side<'_> {
    Side {
        started: &entry.started,
        version: &entry.version,
        commit: entry.commit.as_deref(),
        seed: entry.seed,
        target: &entry.target,
        source: &entry.source,
        defect: entry.defect.as_deref(),
        strict: entry.strict,
        exit_code: entry.exit_code,
        variants: entry.outcomes.len(),
    }
}

fn verdict<'a>(change: &VerdictChange<'a>) -> Verdict<'a> {
    Verdict {
        scenario: change.scenario,
        variant: change.variant,
        id: change.id,
        before: change.before.map(Standing::as_str),
        after: change.after.map(Standing::as_str),
        direction: match change.direction {
            Direction::Worse => "worse",
            Direction::Better => "better",
            Direction::Other => "other",
        },
        scenario_changed: change.is_plan_changed,
        why: change.why,
    }
}

fn latency<'a>(change: &LatencyChange<'a>) -> Latency<'a> {
    let (differing, compared) = match change.reading {
        Reading::Exact { differing, compared } => (Some(differing), Some(compared)),
        Reading::OneSided
        | Reading::Equal
        | Reading::TooFew
        | Reading::Overlapping
        | Reading::Apart => (None, None),
    };
    Latency {
        what: change.what,
        before: change.before.map(numbers),
        after: change.after.map(numbers),
        reading: change.reading.name(),
        differing,
        compared,
        says: change.reading.says(),
    }
}

fn numbers(summary: Summary) -> Numbers {
    let Summary { count, min_ms, median_ms, max_ms } = summary;
    Numbers { count, min_ms, median_ms, max_ms }
}
