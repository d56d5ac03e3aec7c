//! What coverage is compared with: the harness's tables as the reports take them.

use harness::suite::Trial;
use harness::tables::{self, Row};
use reports::coverage::{Known, KnownRow, Meter, Need, PlannedCase, Threshold, lifecycle};

/// All that is known, with the variants that were loaded, selected or not.
pub fn known(loaded: &[Trial]) -> Known {
    let rows = |rows: Vec<Row>| rows.into_iter().map(known_row).collect();
    let case = |case: &tables::Case| {
        let of_it = |trial: &&Trial| {
            trial.plan.labels.get("id").is_some_and(|id| id.eq_ignore_ascii_case(case.id))
        };
        let name = |trial: &Trial| (trial.plan.scenario.clone(), trial.plan.variant.clone());
        PlannedCase {
            id: case.id.to_owned(),
            title: case.title.to_owned(),
            priority: case.priority.to_owned(),
            category: case.category.to_owned(),
            variants: loaded.iter().filter(of_it).map(name).collect(),
        }
    };
    Known {
        rows: vec![
            (Meter::Transitions, rows(tables::transitions())),
            (Meter::Lifecycle, lifecycle::rows()),
            (Meter::FailureModes, rows(tables::failure_modes())),
        ],
        plan: tables::PLAN.iter().map(case).collect(),
    }
}

fn known_row((id, title, excuse): Row) -> KnownRow {
    let need = excuse.map_or(Need::Wanted, |why| Need::Excused(why.to_owned()));
    KnownRow { id, title, need }
}

/// `transitions=95`, as the command line has it.
pub fn threshold(text: &str) -> Result<Threshold, String> {
    const METERS: [&str; 4] = ["transitions", "lifecycle", "failure-modes", "plan"];
    let (meter, percent) = text.split_once('=').ok_or("write it as meter=percent")?;
    if !METERS.contains(&meter) {
        return Err(format!("there is no such meter; there are: {}", METERS.join(", ")));
    }
    let percent = percent.trim_end_matches('%').parse().ok().filter(|percent| *percent <= 100);
    let percent = percent.ok_or("the percentage is a whole number from 0 to 100")?;
    Ok(Threshold { meter: meter.to_owned(), percent })
}
