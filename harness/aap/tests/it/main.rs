//! Tests of the fake through its public face: its service, its actions and its announcements.

mod lifecycle;
mod support;
