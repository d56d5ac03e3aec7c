//! Lists: filters, order, pages.

mod filter;
mod model;
mod order;
mod page;
mod test;
mod value;

pub(crate) use filter::{Filter, check};
pub(crate) use model::{
    JOB, JOB_EVENT, JOB_TEMPLATE, Model, NODE, UNIFIED_JOB, UNIFIED_JOB_TEMPLATE, WORKFLOW_JOB,
    WORKFLOW_JOB_TEMPLATE,
};
pub(crate) use order::sort;
pub(crate) use page::{head, page};
pub(crate) use value::{Row, Scope};
