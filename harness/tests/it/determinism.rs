//! Equal plans and seeds give equal traces, also where many things happen at the same instant. (The
//! suite's own variants are compared byte for byte between processes in the tests of the cli.)

use std::fmt::Write as _;

use harness::catalog::Entry;
use harness::run::Options;
use harness::suite;
use harness::world::target::Target;
use trace::{Trace, Verdict};

/// A world with so many instances, created one after the other without waiting.
fn crowd(instances: usize) -> Entry {
    let labels = "{id: X02, priority: P2, category: concurrency}";
    let head = format!(
        "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Scenario\nmetadata:\n  \
         name: x02-crowd\n  labels: {labels}\nspec:\n  title: Many at once\n"
    );
    let steps = "  requires: [fake-aap, vm, tenant]\n  steps:\n  - name: create\n    try:\n";
    let mut text = head + steps;
    for n in 0..instances {
        let object =
            format!("kind: ComputeInstance, metadata: {{name: vm{n}}}, spec: (profile.spec)");
        let _ = writeln!(text, "    - create: {{resource: {{{object}}}}}");
    }
    for n in 0..instances {
        let object = format!("kind: ComputeInstance, metadata: {{name: vm{n}}}");
        let status = "status: {phase: Running, provisionJob: {state: Succeeded}}";
        let _ = writeln!(text, "    - assert: {{timeout: 1h, resource: {{{object}, {status}}}}}");
    }
    Entry { file: "x02-crowd.yaml".to_owned(), group: String::new(), text: Ok(text) }
}

fn run(instances: usize, seed: u64) -> Trace {
    let target = Target::embedded();
    let loaded = suite::load(&[crowd(instances)], &target.profile);
    let fault = loaded.faults.first().map_or("", |fault| fault.text.as_str());
    assert!(fault.is_empty(), "{fault}");
    let options = Options { seed, defect: None, target: &target };
    suite::run_one(&loaded.trials[0].plan, options, false)
}

#[test]
fn a_world_with_many_instances_repeats_itself() {
    let traces: Vec<Trace> = (0..4).map(|_| run(25, 7)).collect();
    let verdict = &traces[0].closed.as_ref().unwrap().verdict;
    assert!(matches!(verdict, Verdict::Passed { .. }), "{:?}", verdict.findings().first());
    for other in &traces[1..] {
        assert_eq!(traces[0].events.len(), other.events.len());
        let differs = traces[0].events.iter().zip(&other.events).find(|(one, two)| one != two);
        assert!(differs.is_none(), "{differs:#?}");
    }
}

#[test]
fn another_seed_orders_a_crowd_otherwise() {
    let (one, two) = (run(5, 1), run(5, 2));
    assert!(one.events != two.events);
}
