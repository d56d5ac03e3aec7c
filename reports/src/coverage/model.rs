//! Coverage as every document tells it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Known, KnownRow, Meter, Need, PlannedCase, Threshold};
use crate::{Run, Standing, Trial};

/// What a run reached. Serialised in `coverage.json` and, without its rows, in `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Each meter on which there is anything to read.
    pub meters: Vec<Reading>,
    /// The test plan.
    pub plan: PlanReading,
}

/// One meter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// Which.
    pub meter: Meter,
    /// What it counts.
    pub title: &'static str,
    /// Rows that should be reached; 0 where there is no table of them.
    pub wanted: usize,
    /// Of these, rows that were.
    pub reached: usize,
    /// All rows: those of the table in its order, then what else was found.
    pub rows: Vec<Row>,
}

/// One row of a meter, across all scenarios: a line of the matrix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// What it stands for; empty for what was only found.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// `wanted`, `must-not`, `excused`, `found`.
    pub need: &'static str,
    /// Why it need not be reached.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub excuse: String,
    /// How often it was reached.
    pub times: u64,
    /// The scenarios that reached it, and with how many variants.
    pub scenarios: BTreeMap<String, usize>,
}

/// The test plan: which of its cases ran, and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlanReading {
    /// Planned cases.
    pub wanted: usize,
    /// Of these, cases of which a variant ran to a verdict.
    pub reached: usize,
    /// Variants that there are for planned cases.
    pub variants: usize,
    /// Of these, variants that ran to a verdict.
    pub ran: usize,
    /// The cases.
    pub cases: Vec<CaseReading>,
}

/// A planned case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseReading {
    /// `S06`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `P0`, `P1`, `P2`.
    pub priority: String,
    /// `concurrency`.
    pub category: String,
    /// The target that it ran on; none where no variant ran.
    pub target: Option<String>,
    /// Its variants.
    pub variants: Vec<VariantReading>,
}

/// A variant of a planned case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantReading {
    /// The scenario.
    pub scenario: String,
    /// Its name.
    pub variant: String,
    /// How it stands; `not selected` where the run left it out.
    pub verdict: &'static str,
}

impl Coverage {
    /// The coverage of a run.
    #[must_use]
    pub fn of(run: &Run) -> Coverage {
        let readings = Meter::ALL.into_iter().map(|meter| Reading::of(meter, run));
        let meters = readings.filter(|reading| !reading.rows.is_empty()).collect();
        Coverage { meters, plan: PlanReading::of(&run.known, run) }
    }

    /// A meter, if there is anything to read on it.
    #[must_use]
    pub fn reading(&self, meter: Meter) -> Option<&Reading> {
        self.meters.iter().find(|reading| reading.meter == meter)
    }

    /// What of a threshold's meter was not reached, by name.
    #[must_use]
    pub fn missing(&self, threshold: &Threshold) -> Vec<&str> {
        if threshold.meter == "plan" {
            let cases = self.plan.cases.iter().filter(|case| case.target.is_none());
            return cases.map(|case| case.id.as_str()).collect();
        }
        let readings = self.meters.iter().filter(|one| one.meter.name() == threshold.meter);
        readings.flat_map(Reading::unreached).map(|row| row.id.as_str()).collect()
    }

    /// What a threshold's meter shows: reached and wanted. A meter without a table shows `(0, 0)`.
    #[must_use]
    pub fn measured(&self, threshold: &Threshold) -> (usize, usize) {
        if threshold.meter == "plan" {
            return (self.plan.reached, self.plan.wanted);
        }
        let found = self.meters.iter().find(|reading| reading.meter.name() == threshold.meter);
        found.map_or((0, 0), |reading| (reading.reached, reading.wanted))
    }
}

impl Reading {
    fn of(meter: Meter, run: &Run) -> Reading {
        let mut rows: Vec<Row> = run.known.rows_of(meter).iter().map(Row::of).collect();
        let mut places: BTreeMap<String, usize> =
            rows.iter().enumerate().map(|(at, row)| (row.id.clone(), at)).collect();
        for trial in &run.trials {
            for (id, times) in trial.sightings.rows(meter) {
                let at = match places.get(id) {
                    Some(at) => *at,
                    None => {
                        places.insert(id.to_owned(), rows.len());
                        rows.push(Row::found(id));
                        rows.len() - 1
                    }
                };
                rows[at].see(trial, times);
            }
        }
        let known = run.known.rows_of(meter).len();
        rows[known..].sort_by(|one, other| one.id.cmp(&other.id));
        let wanted = rows.iter().filter(|row| row.need == "wanted");
        let reached = wanted.clone().filter(|row| row.times > 0).count();
        Reading { meter, title: meter.title(), wanted: wanted.count(), reached, rows }
    }

    /// Wanted rows that nothing reached.
    pub fn unreached(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.need == "wanted" && row.times == 0)
    }

    /// Rows that should not have been reached, and were.
    pub fn warts(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.need == "must-not" && row.times > 0)
    }
}

impl Row {
    fn of(known: &KnownRow) -> Row {
        let (need, excuse) = match &known.need {
            Need::Wanted => ("wanted", ""),
            Need::MustNot => ("must-not", ""),
            Need::Excused(why) => ("excused", why.as_str()),
            Need::Found => ("found", ""),
        };
        let (id, title) = (known.id.clone(), known.title.clone());
        Row { id, title, need, excuse: excuse.to_owned(), times: 0, scenarios: BTreeMap::new() }
    }

    fn found(id: &str) -> Row {
        Row::of(&KnownRow { id: id.to_owned(), title: String::new(), need: Need::Found })
    }

    fn see(&mut self, trial: &Trial, times: u32) {
        self.times = self.times.saturating_add(times.into());
        match self.scenarios.get_mut(&trial.scenario) {
            Some(variants) => *variants += 1,
            None => drop(self.scenarios.insert(trial.scenario.clone(), 1)),
        }
    }
}

impl PlanReading {
    fn of(known: &Known, run: &Run) -> PlanReading {
        let standing: BTreeMap<(&str, &str), Standing> = run
            .trials
            .iter()
            .map(|trial| ((trial.scenario.as_str(), trial.variant.as_str()), trial.standing()))
            .collect();
        let mut plan = PlanReading { wanted: known.plan.len(), ..PlanReading::default() };
        for case in &known.plan {
            let reading = CaseReading::of(case, &standing, run);
            plan.variants += reading.variants.len();
            plan.ran += reading.variants.iter().filter(|variant| variant.ran()).count();
            plan.reached += usize::from(reading.target.is_some());
            plan.cases.push(reading);
        }
        plan
    }
}

impl CaseReading {
    fn of(
        case: &PlannedCase,
        standing: &BTreeMap<(&str, &str), Standing>,
        run: &Run,
    ) -> CaseReading {
        let reading = |(scenario, variant): &(String, String)| VariantReading {
            scenario: scenario.clone(),
            variant: variant.clone(),
            verdict: standing
                .get(&(scenario.as_str(), variant.as_str()))
                .map_or("not selected", |standing| standing.as_str()),
        };
        let variants: Vec<VariantReading> = case.variants.iter().map(reading).collect();
        CaseReading {
            id: case.id.clone(),
            title: case.title.clone(),
            priority: case.priority.clone(),
            category: case.category.clone(),
            target: variants.iter().any(VariantReading::ran).then(|| run.target.clone()),
            variants,
        }
    }
}

impl VariantReading {
    /// It ran to a verdict.
    #[must_use]
    pub fn ran(&self) -> bool {
        matches!(self.verdict, "passed" | "failed" | "broken")
    }
}
