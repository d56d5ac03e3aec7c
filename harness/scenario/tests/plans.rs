//! From a file to plans: defaults, variants, names, limits.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as a test does")]

use std::time::Duration;

use scenario::plan::{
    Action, Cancel, Capability, EffectAt, EffectKind, FaultEffect, On, Plan, PropertyKind,
    Provider, Until,
};
use scenario::{Profile, Scope, parse};
use serde_json::json;

const HEAD: &str = "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Scenario\n\
                    metadata: {name: a, labels: {priority: P1, team: blue}}\nspec:\n  title: t\n";
const STEPS: &str = "  steps:\n  - name: s\n    try:\n    - wait: {for: {rest: {}}}\n";

fn plans(spec: &str) -> Vec<Plan> {
    let text = format!("{HEAD}{spec}");
    let parsed = parse("a.yaml", &text);
    let told: Vec<String> = parsed.diagnostics.iter().map(|d| d.render(&parsed.source)).collect();
    assert_eq!(told, Vec::<String>::new(), "{text}");
    parsed.scenario.unwrap().plans(&Profile::embedded()).unwrap()
}

fn plan(spec: &str) -> Plan {
    let mut plans = plans(&format!("{spec}{STEPS}"));
    assert_eq!(plans.len(), 1);
    plans.remove(0)
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn what_a_file_leaves_out_is_as_in_production() {
    let plan = plan("");
    assert_eq!((plan.scenario.as_str(), plan.variant.as_str()), ("a", "default"));
    assert_eq!(plan.labels["team"], "blue");
    let world = &plan.world;
    assert_eq!(world.provider, Provider::Aap);
    assert_eq!(world.operator.poll_interval, seconds(30));
    assert_eq!(world.tenant.as_ref().unwrap().namespace, "t1");
    let job = &world.aap.provision.scripts[0];
    let stages: Vec<_> = job.stages.iter().map(|s| (s.status.as_str(), s.lasts)).collect();
    assert_eq!(
        stages,
        [
            ("pending", Some(seconds(2))),
            ("waiting", Some(seconds(3))),
            ("running", Some(seconds(171)))
        ]
    );
    assert_eq!((job.ends.as_str(), &job.cancel), ("successful", &Cancel::After(seconds(5))));
    let effects: Vec<_> = job.effects.iter().map(|effect| (effect.at, effect.what)).collect();
    assert_eq!(
        effects,
        [
            (EffectAt::Running(seconds(0)), EffectKind::AddFinalizer),
            (EffectAt::Running(seconds(5)), EffectKind::CreateVm),
            (EffectAt::BeforeEnd, EffectKind::Annotate),
        ]
    );
    assert_eq!(world.aap.deprovision.scripts[0].stages[2].lasts, Some(seconds(104)));
    assert_eq!(world.eda.deprovision[0].runs, Some(seconds(104)));
    assert_eq!(world.kubevirt.boot.len(), 2);
    assert_eq!(plan.limits.deadline, seconds(6 * 3600));
    assert_eq!(plan.steps[0].tries[0].timeout, seconds(3600));
}

#[test]
fn variants_are_laid_over_the_scenario_in_the_order_of_the_file() {
    let plans = plans(&format!(
        "  requires: [fake-aap, api-faults]
  bindings: {{conflicts: 1, deep: {{a: 1, b: 2}}}}
  covers: [x]
  world:
    aap: {{provision: {{running: 9s, ends: failed}}}}
    faults:
    - {{name: f, when: (bindings.deep.a > 0), times: (bindings.conflicts), reply: {{status: 409}}}}
  variants:
  - {{name: plain}}
  - {{name: ten, title: ten times, bindings: {{conflicts: 10, deep: {{a: 5}}}}, covers: [y]}}
  - name: many-launches
    requires: [eda]
    world:
      provider: eda
      aap: {{provision: {{launches: [{{running: forever}}, {{}}]}}}}
      faults: []
    steps: [{{name: other, try: [sleep: {{duration: 5s}}, wait: {{for: {{rest: {{}}}}}}]}}]
    never: [{{that: (object.status.phase == \"Failed\")}}]
{STEPS}  never: [{{that: (request.verb == \"delete\")}}]
"
    ));
    let names: Vec<&str> = plans.iter().map(|plan| plan.variant.as_str()).collect();
    assert_eq!(names, ["plain", "ten", "many-launches"]);
    assert_eq!(plans[0].world.faults[0].times, Some(1));
    assert_eq!(plans[1].world.faults[0].times, Some(10));
    assert_eq!(*plans[1].bindings, json!({"conflicts": 10, "deep": {"a": 5, "b": 2}}));
    assert_eq!((plans[1].title.as_str(), plans[1].shows.as_str()), ("t", "ten times"));
    assert_eq!(plans[1].covers, ["x", "y"]);
    let third = &plans[2];
    assert_eq!(third.world.provider, Provider::Eda);
    assert!(third.world.faults.is_empty());
    let scripts = &third.world.aap.provision.scripts;
    assert_eq!(scripts.len(), 2);
    assert_eq!(scripts[0].stages[2].lasts, None);
    assert_eq!(scripts[1].ends, "successful");
    assert!(third.requires.contains(&Capability::Eda) && third.requires.len() == 3);
    assert_eq!(third.steps[0].name, "other");
    assert_eq!(third.properties.len(), 2);
    assert_eq!(third.properties[0].on, On::Request);
    let instances = On::Object { kind: "ComputeInstance".to_owned(), name: None };
    assert_eq!(third.properties[1].on, instances);
}

#[test]
fn operations_count_through_the_plan_and_have_limits() {
    let plans = plans(
        "  requires: [crash, fake-aap, clock]
  timeouts: {assert: 2m, cleanup: 3m}
  steps:
  - name: a
    try:
    - create: {resource: {kind: ComputeInstance, metadata: {name: vm1}}}
    - assert: {resource: {kind: ComputeInstance, metadata: {name: vm1}}}
    - never: {that: (object.status.phase == \"Failed\")}
    - crash: {}
    catch:
    - sleep: {duration: 90s}
    cleanup:
    - delete: {ref: {kind: ComputeInstance, name: vm1}}
  - name: b
    try:
    - wait: {kind: ComputeInstance, name: vm1, timeout: 5m, for: {condition: {name: Ready}}}
    - aap: {recreateTemplate: provision}
  eventually:
  - {that: (calls.cancels() == 0)}
",
    );
    let operations: Vec<_> = plans[0]
        .steps
        .iter()
        .flat_map(|s| s.tries.iter().chain(&s.catches).chain(&s.finally).chain(&s.cleanup))
        .collect();
    let indices: Vec<usize> = operations.iter().map(|operation| operation.index).collect();
    assert_eq!(indices, [0, 1, 2, 3, 4, 5, 6, 7]);
    let limits: Vec<u64> = operations.iter().map(|o| o.timeout.as_secs()).collect();
    assert_eq!(limits, [60, 120, 60, 60, 90, 180, 300, 60]);
    let Action::Wait { until: Until::Condition { name, value }, target: Some(target) } =
        &operations[6].action
    else {
        unreachable!("{:?}", operations[6]);
    };
    assert_eq!((name.as_str(), value.as_str()), ("Ready", "True"));
    assert_eq!(target.namespace.as_deref(), Some("osac-computeinstance"));
    let property = &plans[0].properties[0];
    assert_eq!((property.kind, property.from), (PropertyKind::Never, Some(2)));
    assert_eq!(plans[0].properties[1].on, On::World);
    let Action::Aap(action) = &operations[7].action else {
        unreachable!("{:?}", operations[7]);
    };
    assert!(format!("{action:?}").contains("osac-create-compute-instance"), "{action:?}");
}

#[test]
fn values_are_computed_when_the_plan_is_made_and_conditions_when_asked() {
    let plan = plan(
        "  requires: [api-faults, tenant]
  bindings: {n: 3, name: blue}
  world:
    tenant: {name: (bindings.name + \"-1\")}
    operator: {historyLimit: (bindings.n * 2), pollInterval: '(string(bindings.n) + \"s\")'}
    faults:
    - name: f
      when: (request.verb == \"get\" && bindings.n == 3)
      reply: {status: 503, headers: {Retry-After: (string(bindings.n))}, body: {a: [(bindings.n)]}}
",
    );
    assert_eq!(plan.world.operator.history_limit, 6);
    assert_eq!(plan.world.operator.poll_interval, seconds(3));
    assert_eq!(plan.world.tenant.as_ref().unwrap().name, "blue-1");
    let fault = &plan.world.faults[0];
    let FaultEffect::Reply { headers, body, .. } = &fault.effect else {
        unreachable!("{:?}", fault.effect);
    };
    assert_eq!((headers["Retry-After"].as_str(), body), ("3", &json!({"a": [3]})));
    let request = json!({"verb": "get"});
    let scope = Scope { request: Some(&request), ..Scope::new(&plan.bindings, &plan.profile) };
    assert_eq!(fault.when.holds(&scope), Ok(true));
}

#[test]
fn another_profile_gives_other_plans_or_says_what_it_lacks() {
    let text = format!(
        "{HEAD}  steps:\n  - name: s\n    try:\n    - create: {{resource: {{kind: ComputeInstance, \
         metadata: {{name: vm1}}, spec: (profile.spec)}}}}\n    - wait: {{for: {{rest: {{}}}}}}\n"
    );
    let scenario = parse("a.yaml", &text).scenario.unwrap();
    let mut profile = Profile::embedded();
    profile.name = "old".to_owned();
    profile.api_version = "cloudkit.openshift.io/v1alpha1".to_owned();
    let plans = scenario.plans(&profile).unwrap();
    let Action::Create { resource } = &plans[0].steps[0].tries[0].action else {
        unreachable!("{:?}", plans[0].steps);
    };
    assert_eq!(resource.api_version, "cloudkit.openshift.io/v1alpha1");
    profile.values = std::sync::Arc::new(json!({}));
    let told = scenario.plans(&profile).unwrap_err();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].message, "undefined name `profile.spec`");
}

#[test]
fn an_anchor_is_read_wherever_its_alias_stands() {
    let plan = plan(
        "  requires: [fake-aap]
  world:
    aap:
      provision: &job {running: 9s, ends: failed}
      deprovision: *job
",
    );
    assert_eq!(plan.world.aap.deprovision.scripts[0].stages[2].lasts, Some(seconds(9)));
    assert_eq!(plan.world.aap.deprovision.scripts[0].ends, "failed");
}
