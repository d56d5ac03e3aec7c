//! What a run reached of what there is to reach: several meters in one place.
//!
//! Each trace is folded once, on the thread that ran it, into [`Sightings`]: how often it reached
//! which row of which [`Meter`]. [`Coverage`] lays the sightings of a run side by side with what is
//! known beforehand ([`Known`], which the caller hands over: this room knows no operator and no
//! catalog), as a matrix row × scenario and as the list of what nothing reached.
//!
//! * `meter` names the meters · `known` what a run is compared with · `sightings` the fold
//! * `lifecycle` the real operator's rows, `modes` AAP's failures, `endpoints` its answers,
//!   `status` phases and conditions: what each event of a trace is a sighting of
//! * `model` the outcome, as every document tells it
mod endpoints;
mod known;
pub mod lifecycle;
mod meter;
mod model;
mod modes;
mod sightings;
mod status;

pub use known::{Known, KnownRow, Need, PlannedCase, Threshold};
pub use meter::Meter;
pub use model::{CaseReading, Coverage, PlanReading, Reading, Row, VariantReading};
pub use sightings::Sightings;
