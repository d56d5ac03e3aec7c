//! `report.html`: the run for people, in one file that asks nothing of a network.
//!
//! The overview is plain markup, readable without scripts and on paper: verdict, counts, failures
//! in full, all variants. Scripts add filters, and a timeline for each variant, whose events are
//! compressed on the thread that ran it ([`PageMaker`]) and inflated when they are looked at.
//!
//! * [`document`] puts the file together · [`overview`], [`failures`],
//!   [`changes`], [`coverage`], [`latency`], [`variants`] are its parts ·
//!   [`markup`] keeps names and messages harmless in it
//! * [`page`] is the data of one variant: [`keep`] chooses events, [`rows`] and [`delta`] write
//!   them down, [`json`] bounds them, [`pack`] compresses
//! * `style/` and `script/` are what the browser gets; [`assets`] joins them, and [`sha256`] says
//!   to the browser that it runs nothing else

mod assets;
mod changes;
mod coverage;
mod delta;
mod document;
mod failures;
mod json;
mod keep;
mod latency;
mod markup;
mod overview;
mod pack;
mod page;
mod rows;
mod sha256;
mod variants;

pub use assets::{SCRIPT, STYLE};
pub use document::render;
pub use page::{Page, PageMaker};
