//! Tests of the fake through its public face: its service, its actions and its announcements.

#![cfg(test)]

mod lifecycle;
mod support;
