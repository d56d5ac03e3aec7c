//! The judge: reads a plan and the trace of its run, and gives the verdict. A pure function, which
//! can be asked again about an old trace.
//!
//! * [`judge`], [`judge_with`]: the verdict, in `verdict.rs`
//! * `outcomes.rs`: what became of the steps · `properties.rs`: what the scenario asks for beside
//!   them · `felt.rs`: whether what was planned to go wrong did
//! * `invariants/`: what must hold in every scenario, a file each
//! * `budgets.rs`: whether instances took no longer than allowed
//! * `ledger.rs`: what is so by the word of the servers alone · `view.rs`: an instance as the judge
//!   reads it · `charge.rs`: a finding while it is gathered · `needles.rs`: words in texts
//! * [`retell`]: an event as a line for people · `changes.rs`: a revision, by what changed in it
mod budgets;
mod changes;
mod charge;
mod felt;
mod invariants;
mod ledger;
mod needles;
mod outcomes;
mod properties;
pub mod retell;
mod verdict;
mod view;

#[cfg(test)]
mod testing;

pub use verdict::{Options, judge, judge_with};
