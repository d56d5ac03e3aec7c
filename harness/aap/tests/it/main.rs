//! Tests of the fake through its public face: its service, its actions and its announcements.
//! `contract` replays what a real controller was recorded to answer.

#![cfg(test)]

mod contract;
mod http;
mod lifecycle;
mod modes;
mod random;
mod readme;
mod support;
