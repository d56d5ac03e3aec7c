//! **I10**: the phase moves only along the edges of the operator's description (a profile may give
//! its own).
//!
//! * The edges: none→Starting; Starting→Running or Failed; Running→Starting or Failed;
//!   Failed→Starting, where AAP or EDA accepted a provisioning of the object since it became
//!   Failed; Failed→Running; any→Deleting; nothing leaves Deleting.
//! * A profile gives its own as `phaseEdges`, a map from a phase to a list of phases; `none` stands
//!   for no phase, `any` for each of them, and no edge needs a launch.
//! * Judged between two revisions of one object whose phases differ. What a person writes is
//!   not judged; it is where the phase moves from next.

use std::collections::BTreeMap;

use scenario::Plan;
use serde_json::Value;

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Sight, is_a_person};

/// From, to, and whether a provisioning must have been accepted in between.
type Edge = (String, String, bool);

/// The embedded operator's edges.
const EDGES: [(&str, &str, bool); 8] = [
    ("", "Starting", false),
    ("Starting", "Running", false),
    ("Starting", "Failed", false),
    ("Running", "Starting", false),
    ("Running", "Failed", false),
    ("Failed", "Starting", true),
    ("Failed", "Running", false),
    ("any", "Deleting", false),
];

pub(super) struct PhaseEdges<'t> {
    edges: Vec<Edge>,
    /// By UID, the number of the event with which the phase began.
    since: BTreeMap<&'t str, usize>,
    times: u64,
}

impl PhaseEdges<'_> {
    pub(super) fn new(plan: &Plan) -> Self {
        let edges = plan.profile.get("phaseEdges").and_then(Value::as_object).map_or_else(
            || EDGES.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), *c)).collect(),
            |from| from.iter().flat_map(|(from, to)| profile_edges(from, to)).collect(),
        );
        PhaseEdges { edges, since: BTreeMap::new(), times: 0 }
    }
}

fn profile_edges(from: &str, to: &Value) -> Vec<Edge> {
    let name = |phase: &str| if phase == "none" { String::new() } else { phase.to_owned() };
    let phases = to.as_array().into_iter().flatten().filter_map(Value::as_str);
    phases.map(|to| (name(from), name(to), false)).collect()
}

impl<'t> Invariant<'t> for PhaseEdges<'t> {
    fn name(&self) -> &'static str {
        "I10"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let Sight::Revision { revision, instance: Some((at, old)), .. } = moment.sight else {
            return;
        };
        let Some(instance) = moment.ledger.instances.get(*at) else { return };
        let from = old.as_ref().map_or("", |old| old.phase);
        let to = instance.view.phase;
        if from == to {
            return;
        }
        let began = self.since.insert(instance.uid, moment.index);
        if is_a_person(&revision.by) {
            return;
        }
        self.times += 1;
        let edges: Vec<&Edge> =
            self.edges.iter().filter(|(a, b, _)| (a == from || a == "any") && b == to).collect();
        let launched = instance.accepted.is_some_and(|at| began.is_none_or(|began| at > began));
        if edges.iter().any(|(_, _, needs_launch)| launched || !needs_launch) {
            return;
        }
        let (from, to) = (named(from), named(to));
        let expected = if edges.is_empty() {
            let to: Vec<&str> = self
                .edges
                .iter()
                .filter(|(a, _, _)| named(a) == from || a == "any")
                .map(|(_, b, _)| named(b))
                .collect();
            let to = if to.is_empty() { "nothing".to_owned() } else { to.join(" or ") };
            format!("{from} is followed by {to}")
        } else {
            format!("{from} until a launch is accepted")
        };
        docket.bring(
            moment
                .charge("I10", format!("{}: the phase went {from} → {to}", instance.object))
                .expected(expected)
                .seen(format!("{from} → {to}"))
                .object(instance.object),
        );
    }

    fn times(&self) -> u64 {
        self.times
    }
}

fn named(phase: &str) -> &str {
    if phase.is_empty() { "none" } else { phase }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::testing::{Story, broken, findings};

    const NONE: [&str; 0] = [];

    fn through(phases: &[&str]) -> Story {
        phases
            .iter()
            .fold(Story::new().create(), |story, phase| story.status(json!({"phase": phase})))
    }

    #[test]
    fn the_edges_keep_it() {
        for phases in [
            ["Starting", "Running", "Starting", "Running", "Deleting"],
            ["Starting", "Failed", "Running", "Failed", "Deleting"],
            ["Starting", "Starting", "Running", "Running", "Failed"],
        ] {
            assert_eq!(broken(&through(&phases), "I10"), NONE, "{phases:?}");
        }
        assert_eq!(broken(&through(&["Deleting"]), "I10"), NONE);
    }

    #[test]
    fn any_other_breaks_it() {
        for (phases, title) in [
            (vec!["Running"], "default/vm1: the phase went none → Running"),
            (vec!["Deleting", "Starting"], "default/vm1: the phase went Deleting → Starting"),
            (vec!["Starting", "Strange"], "default/vm1: the phase went Starting → Strange"),
        ] {
            assert_eq!(broken(&through(&phases), "I10"), [title]);
        }
    }

    #[test]
    fn failed_stays_until_a_launch_is_accepted() {
        let failed = through(&["Starting", "Failed"]);
        let starting = json!({"phase": "Starting"});
        let early = failed.clone().status(starting.clone());
        assert_eq!(broken(&early, "I10"), ["default/vm1: the phase went Failed → Starting"]);
        let late = failed.launch(2, "provision").status(starting.clone());
        assert_eq!(broken(&late, "I10"), NONE);
        let lost = through(&["Starting", "Failed"])
            .launch_without_variables(2, "provision")
            .status(starting.clone());
        assert_eq!(broken(&lost, "I10"), NONE);
        let before = through(&["Starting"])
            .launch(1, "provision")
            .status(json!({"phase": "Failed"}))
            .status(starting);
        assert_eq!(broken(&before, "I10").len(), 1);
    }

    #[test]
    fn a_profile_gives_its_own() {
        let edges = json!({"phaseEdges": {"none": ["Progressing"], "any": ["Ready"]}});
        let story = Story::new()
            .profile(edges)
            .create()
            .status(json!({"phase": "Progressing"}))
            .status(json!({"phase": "Ready"}));
        assert_eq!(broken(&story, "I10"), NONE);
        assert_eq!(broken(&story.status(json!({"phase": "Starting"})), "I10").len(), 1);
    }

    #[test]
    fn a_user_may_write_any_phase() {
        let story = Story::new().create().by("user").status(json!({"phase": "Running"}));
        assert_eq!(broken(&story, "I10"), NONE);
    }

    #[test]
    fn a_webhook_is_a_launch_too() {
        let failed = through(&["Starting", "Failed"]).started("eda");
        let starting = json!({"phase": "Starting"});
        let deleted = failed.clone().webhook("deprovision").status(starting.clone());
        assert_eq!(broken(&deleted, "I10").len(), 1);
        assert_eq!(broken(&failed.webhook("provision").status(starting), "I10"), NONE);
    }

    #[test]
    fn the_edges_that_there_are_are_told() {
        let strange = through(&["Starting", "Strange"]);
        let expected = "Starting is followed by Running or Failed or Deleting";
        assert_eq!(findings(&strange, "I10")[0].expected, expected);
    }
}
