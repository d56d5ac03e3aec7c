//! Properties, judged on small stories.

use serde_json::json;
use trace::{StepOutcome, Verdict};

use crate::judge::testing::Story;

/// A scenario with one property, and as many sleeps as the steps of a story need.
fn story(property: &str) -> Story {
    let steps = "  steps:\n  - name: one\n    try:\n    - sleep: {duration: 1s}\n";
    Story::under(&format!("{steps}{property}\n")).create()
}

fn phases(story: Story, phases: &[&str]) -> Story {
    phases.iter().fold(story, |story, phase| story.after(1).status(json!({"phase": phase})))
}

/// The verdict's word and the titles of its findings against properties of the scenario.
fn found(story: Story) -> (&'static str, Vec<String>) {
    let verdict = story.done(0, "sleep").rest().verdict();
    let ours = verdict.findings().iter().filter(|finding| finding.property.contains('['));
    (verdict.word(), ours.map(|finding| finding.title.clone()).collect())
}

/// Whether a property is charged.
fn is_charged(story: Story) -> bool {
    let (word, titles) = found(story);
    word == "failed" && !titles.is_empty()
}

fn times(story: Story) -> u64 {
    match story.done(0, "sleep").rest().verdict() {
        Verdict::Passed { checked, .. } => {
            checked.iter().find(|one| one.property.contains('[')).unwrap().times
        }
        other => panic!("{other:?}"),
    }
}

const NEVER_FAILED: &str = "  never: [{on: object, that: (object.status.phase == \"Failed\")}]";

#[test]
fn never_looks_at_every_revision_and_counts_them() {
    assert_eq!(times(phases(story(NEVER_FAILED), &["Starting", "Running"])), 3);
}

#[test]
fn never_is_charged_once_with_what_was_seen_and_where_it_stands() {
    let twice = phases(story(NEVER_FAILED), &["Starting", "Failed", "Running", "Failed"]);
    let verdict = twice.done(0, "sleep").verdict();
    let charged: Vec<_> = verdict.findings().iter().filter(|f| f.property == "never[0]").collect();
    assert_eq!(charged.len(), 1);
    let finding = charged[0];
    assert_eq!((finding.at, finding.object.as_str()), (2, "default/vm1"));
    assert_eq!(finding.seen, "object.status.phase is \"Failed\"");
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.line, place.text.trim()), (11, NEVER_FAILED.trim()));
    assert!(finding.excerpt.last().unwrap().text.ends_with("phase Starting → Failed"));
}

#[test]
fn always_on_requests_looks_at_each_request() {
    let polls = "  always: [{on: request, that: (request.verb != \"cancel\" || \
                 request.name == \"7\")}]";
    assert_eq!(times(story(polls).kube("get", "tenants").cancel(7)), 2);
    assert!(is_charged(story(polls).cancel(8)));
}

#[test]
fn a_property_of_the_world_is_judged_at_every_event() {
    let twice = "  never: [{on: world, that: (calls.activeJobs() > 1)}]";
    let launched = story(twice).launch(1, "provision");
    assert!(!is_charged(launched.clone().job(1, "failed").launch(2, "provision")));
    assert!(is_charged(launched.launch(2, "provision").job(1, "failed")));
}

#[test]
fn a_property_within_the_steps_holds_from_its_place_on() {
    let from_here = "  steps:\n  - name: one\n    try:\n    \
                     - never: {on: object, that: (object.status.phase == \"Failed\")}\n";
    let story = || phases(Story::under(from_here).create(), &["Starting", "Failed"]);
    let word = |story: Story| story.rest().verdict().word();
    assert_eq!(word(phases(story(), &["Running"]).done(0, "never")), "passed");
    assert_eq!(word(story().done(0, "never")), "failed");
    assert_eq!(word(phases(phases(story(), &["Running"]).done(0, "never"), &["Failed"])), "failed");
}

#[test]
fn old_is_the_revision_before() {
    let back = "  never: [{on: object, that: (old.status.phase == \"Running\" && \
                object.status.phase == \"Starting\")}]";
    assert_eq!(found(phases(story(back), &["Starting", "Running"])).0, "passed");
    assert_eq!(found(phases(story(back), &["Starting", "Running", "Starting"])).0, "failed");
}

#[test]
fn where_a_property_begins_nothing_has_changed() {
    let from_here = "  steps:\n  - name: one\n    try:\n    \
                     - never: {on: object, that: (object.status.phase != old.status.phase)}\n";
    let story = phases(Story::under(from_here).create(), &["Starting"]).done(0, "never");
    assert_eq!(story.clone().rest().verdict().word(), "passed");
    assert_eq!(phases(story, &["Running"]).rest().verdict().word(), "failed");
}

#[test]
fn only_objects_of_the_kind_and_name_are_looked_at() {
    let on = |on: &str| {
        let never = format!("  never: [{{on: {on}, that: (object.status.phase == \"Bad\")}}]");
        let other = json!({"status": {"phase": "Bad"}});
        found(story(&never).object("VirtualMachine", "tenant/vm1", other)).0
    };
    assert_eq!(on("{kind: VirtualMachine}"), "failed");
    assert_eq!(on("{kind: VirtualMachine, name: vm1}"), "failed");
    assert_eq!(on("{kind: VirtualMachine, name: vm2}"), "passed");
    assert_eq!(on("object"), "passed");
}

#[test]
fn eventually_is_judged_at_rest() {
    let launched = "  eventually: [{that: (calls.launches(\"provision\") == 1)}]";
    assert!(!is_charged(story(launched).launch(1, "provision")));
    let verdict = story(launched).done(0, "sleep").rest().verdict();
    let finding = &verdict.findings()[0];
    assert_eq!((verdict.word(), finding.property.as_str()), ("failed", "eventually[0]"));
    assert_eq!(finding.seen, "calls.launches(\"provision\") is 0");
}

#[test]
fn what_comes_after_rest_does_not_count_for_eventually() {
    let launched = "  eventually: [{that: (calls.launches(\"provision\") == 1)}]";
    let rested = story(launched).done(0, "sleep").rest().launch(1, "provision");
    let verdict = rested.verdict();
    assert!(verdict.findings().iter().any(|finding| finding.property == "eventually[0]"));
}

#[test]
fn eventually_is_not_judged_where_a_step_was_not_met() {
    let unmet = StepOutcome::Unmet {
        expected: "a".into(),
        seen: "b".into(),
        differences: Vec::new(),
        object: String::new(),
    };
    let launched = "  eventually: [{that: (calls.launches(\"provision\") == 1)}]";
    let verdict = story(launched).step(0, "sleep", unmet).verdict();
    let properties: Vec<&str> =
        verdict.findings().iter().map(|finding| finding.property.as_str()).collect();
    assert_eq!(properties, ["sleep"]);
}

#[test]
fn eventually_on_objects_asks_for_one_and_for_all() {
    let running = "  eventually: [{on: object, that: (object.status.phase == \"Starting\")}]";
    assert_eq!(found(phases(story(running), &["Starting"])).0, "passed");
    assert_eq!(found(story(running)).0, "failed");
    let (word, titles) = found(phases(story(running), &["Starting"]).gone());
    assert_eq!((word, titles.len()), ("failed", 1));
}

#[test]
fn eventually_on_requests_asks_for_one() {
    let canceled = "  eventually: [{on: request, that: (request.verb == \"cancel\")}]";
    assert!(!is_charged(story(canceled).cancel(7).kube("get", "tenants")));
    assert!(is_charged(story(canceled).kube("get", "tenants")));
}

#[test]
fn the_last_state_of_the_only_instance_is_seen_when_it_is_gone() {
    let deleted = "  eventually: [{that: (object.status.phase == \"Deleting\")}]";
    assert_eq!(found(phases(story(deleted), &["Deleting"]).gone()).0, "passed");
}

#[test]
fn a_moment_without_a_value_is_not_counted_and_none_with_one_is_broken() {
    let text = "  never: [{on: object, that: (object.status.phase.contains(\"x\"))}]";
    assert_eq!(times(phases(story(text), &["Starting"])), 1);
    let (word, titles) = found(story(text));
    assert_eq!((word, titles), ("broken", vec!["never[0] could not be evaluated".to_owned()]));
}

#[test]
fn now_is_the_time_of_the_event() {
    let ten = "2026-01-01T00:00:10Z";
    let late =
        format!("  never: [{{on: object, that: (timestamp(now()) > timestamp(\"{ten}\"))}}]");
    let created = story(&late);
    assert_eq!(found(phases(created.clone().after(9_000), &["Starting"])).0, "passed");
    assert!(is_charged(phases(created.after(11_000), &["Starting"])));
}

#[test]
fn a_property_with_nothing_to_look_at_is_warned_of() {
    let property = |kind| {
        format!("  {kind}: [{{on: {{kind: Tenant}}, that: (object.status.phase == \"Failed\")}}]")
    };
    let warned = ("passed", vec!["always[0] had nothing to look at".into()]);
    assert_eq!(found(story(&property("always"))), warned);
    assert_eq!(found(story(&property("never"))), ("passed", vec![]));
}

#[test]
fn a_rest_between_steps_is_not_the_end() {
    let launched = "  eventually: [{that: (calls.cancels() == 1)}]";
    let later = story(launched).rest().cancel(7).done(0, "sleep");
    assert_eq!(later.verdict().word(), "passed");
}
