//! What the terminal shows while the suite runs: scenarios in input order, each as soon as it and
//! all before it have ended; on a terminal also a line that counts.

use std::io::Write as _;

use harness::suite::Trial as Planned;
use reports::Run;
use reports::terminal::{self, Style};

use crate::run::print;
use crate::settings;

/// The progress of one run.
pub struct Progress {
    style: Style,
    draws: bool,
    /// For each scenario, the places of its trials.
    scenarios: Vec<Vec<usize>>,
    ended: Vec<bool>,
    count: usize,
    shown: usize,
}

impl Progress {
    /// Nothing has ended yet.
    pub fn new(trials: &[Planned], style: Style) -> Progress {
        let mut scenarios: Vec<Vec<usize>> = Vec::new();
        for (at, trial) in trials.iter().enumerate() {
            let same = |places: &&mut Vec<usize>| {
                places
                    .first()
                    .is_some_and(|&first| trials[first].plan.scenario == trial.plan.scenario)
            };
            match scenarios.last_mut().filter(same) {
                Some(places) => places.push(at),
                None => scenarios.push(vec![at]),
            }
        }
        let ended = vec![false; trials.len()];
        Progress { style, draws: settings::draws_progress(), scenarios, ended, count: 0, shown: 0 }
    }

    /// A trial has ended.
    pub fn ended(&mut self, at: usize, run: &Run) {
        self.ended[at] = true;
        self.count += 1;
        let mut text = String::new();
        while let Some(places) = self.scenarios.get(self.shown) {
            if !places.iter().all(|&place| self.ended[place]) {
                break;
            }
            text += &self.block(self.shown, run);
            self.shown += 1;
        }
        if self.draws {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
        print(&text);
        if self.draws && self.count < self.ended.len() {
            let _ = write!(std::io::stderr(), "{} of {} variants", self.count, self.ended.len());
        }
    }

    /// The run is over: shows what is left, such as what an interruption kept from beginning.
    pub fn close(&mut self, run: &Run) {
        if self.draws {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
        let left: String =
            (self.shown..self.scenarios.len()).map(|at| self.block(at, run)).collect();
        self.shown = self.scenarios.len();
        print(&left);
    }

    fn block(&self, at: usize, run: &Run) -> String {
        let first = self.scenarios[at].first().map(|&place| &run.trials[place].scenario);
        let scenarios = run.scenarios();
        let found =
            scenarios.iter().find(|scenario| first.is_some_and(|name| scenario.name() == name));
        found.map(|scenario| terminal::scenario(scenario, &self.style)).unwrap_or_default()
    }
}
