//! What a pattern matches and how it says that it does not; what a template renders.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps a test fails as a test does")]

use scenario::plan::{Action, Plan};
use scenario::{Difference, Profile, Scope, parse};
use serde_json::{Value, json};

const HEAD: &str = "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Scenario\n\
                    metadata: {name: a}\nspec:\n  title: t\n  requires: [vm, tenant]\n";

/// The plan of a step with one operation, written as YAML without its dash.
fn plan(more: &str, operation: &str) -> Plan {
    let operation = operation.replace('\n', "\n      ");
    let made = "    - create: {resource: {kind: ComputeInstance, metadata: {name: vm1}}}\n";
    let rest = "    - wait: {for: {rest: {}}}\n";
    let text =
        format!("{HEAD}{more}  steps:\n  - name: s\n    try:\n{made}    - {operation}\n{rest}");
    let parsed = parse("a.yaml", &text);
    let told: Vec<String> = parsed.diagnostics.iter().map(|d| d.render(&parsed.source)).collect();
    assert_eq!(told, Vec::<String>::new(), "{text}");
    parsed.scenario.unwrap().plans(&Profile::embedded()).unwrap().remove(0)
}

fn differences(pattern: &str, object: &Value) -> Vec<Difference> {
    let pattern = pattern.replace('\n', "\n      ");
    let plan = plan(
        "  bindings: {phase: Running, labels: {a: \"1\"}, n: 2}\n  eventually:\n  \
         - {that: (bindings.n + size(bindings.labels) + size(bindings.phase) > 0)}\n",
        &format!("assert:\n    resource:\n      kind: ComputeInstance\n      {pattern}"),
    );
    let Action::Assert { pattern } = &plan.steps[0].tries[1].action else { panic!() };
    pattern.differences(object, &Scope::new(&plan.bindings, &plan.profile)).unwrap()
}

fn instance() -> Value {
    json!({
        "apiVersion": "osac.openshift.io/v1alpha1",
        "kind": "ComputeInstance",
        "metadata": {
            "name": "vm1",
            "namespace": "osac-computeinstance",
            "labels": {"a": "1", "b": "2"},
            "annotations": {"osac.openshift.io/tenant": "t1"},
            "generation": 2,
        },
        "status": {
            "phase": "Running",
            "provisionJob": {"id": "7", "state": "Succeeded", "attempt": 1},
            "jobHistory": [{"id": "5"}, {"id": "6"}],
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "Up"},
                {"type": "Provisioned", "status": "True"},
            ],
        },
    })
}

#[test]
fn patterns_that_match() {
    for pattern in [
        "metadata: {name: vm1}",
        "status: {phase: Running}",
        "status: {phase: (bindings.phase)}",
        "status: {provisionJob: {state: Succeeded, attempt: 1.0}}",
        "status: {deprovisionJob: null}",
        "status: {launchIntent: null, jobHistory: [{id: \"5\"}, {}]}",
        "metadata: {labels: (bindings.labels)}",
        "metadata: {annotations: {osac.openshift.io/tenant: t1}}",
        "metadata: {deletionTimestamp: null, finalizers: []}",
        "(size(object.status.conditions)): 2",
        "status:\n  (size(self.conditions)): (bindings.n)",
        "status:\n  conditions:\n    (self.filter(c, c.status == \"True\").map(c, c.type)): \
         [Ready, Provisioned]",
        "status:\n  conditions:\n    (self.filter(c, c.type == \"Ready\")): [{status: \"True\"}]",
        "status: {phase: (object.status.phase)}",
        "metadata: {generation: (self)}",
    ] {
        assert_eq!(differences(pattern, &instance()), [], "{pattern}");
    }
}

#[test]
fn patterns_that_do_not_match_say_where() {
    for (pattern, path, expected, seen) in [
        ("status: {phase: Failed}", "status.phase", json!("Failed"), Some(json!("Running"))),
        (
            "status: {deprovisionJob: {state: Failed}}",
            "status.deprovisionJob.state",
            json!("Failed"),
            None,
        ),
        (
            "status: {provisionJob: null}",
            "status.provisionJob",
            Value::Null,
            Some(json!({"id": "7", "state": "Succeeded", "attempt": 1})),
        ),
        (
            "status: {jobHistory: [{id: \"5\"}]}",
            "status.jobHistory",
            json!([{"id": "5"}]),
            Some(json!([{"id": "5"}, {"id": "6"}])),
        ),
        (
            "status: {jobHistory: [{id: \"6\"}, {id: \"6\"}]}",
            "status.jobHistory[0].id",
            json!("6"),
            Some(json!("5")),
        ),
        (
            "metadata: {labels: {a: (\"x\" + bindings.phase)}}",
            "metadata.labels.a",
            json!("xRunning"),
            Some(json!("1")),
        ),
        (
            "metadata: {name: vm1, annotations: {osac.openshift.io/tenant: t2}}",
            "metadata.annotations[\"osac.openshift.io/tenant\"]",
            json!("t2"),
            Some(json!("t1")),
        ),
        (
            "(size(object.status.conditions)): 3",
            "(size(object.status.conditions))",
            json!(3),
            Some(json!(2)),
        ),
        (
            "status:\n  conditions:\n    (self.exists(c, c.type == \"Ready\" && c.status == \
             \"False\")): true",
            "status.conditions.(self.exists(c, c.type == \"Ready\" && c.status == \"False\"))",
            json!(true),
            Some(json!(false)),
        ),
        ("metadata: {generation: \"2\"}", "metadata.generation", json!("2"), Some(json!(2))),
        ("metadata: {generation: {a: 1}}", "metadata.generation", json!({"a": 1}), Some(json!(2))),
    ] {
        let found = differences(pattern, &instance());
        let shown: Vec<_> =
            found.iter().map(|d| (d.path.as_str(), &d.expected, d.seen.as_ref())).collect();
        assert_eq!(shown, [(path, &expected, seen.as_ref())], "{pattern}");
    }
}

#[test]
fn a_difference_points_at_the_value_that_asks_for_it() {
    let found = differences("status: {phase: Failed}", &instance());
    // the line of the pattern in the text that `plan` makes
    assert_eq!((found[0].span.line, found[0].span.width), (17, 6));
}

#[test]
fn an_object_is_selected_by_kind_name_namespace_and_labels() {
    for (identity, selected) in [
        ("kind: ComputeInstance, metadata: {name: vm1}", true),
        ("kind: ComputeInstance", true),
        ("kind: ComputeInstance, metadata: {labels: {a: \"1\"}}", true),
        ("kind: ComputeInstance, metadata: {labels: {a: \"2\"}}", false),
        ("kind: ComputeInstance, metadata: {namespace: other}", false),
        ("kind: Tenant", false),
        ("kind: ComputeInstance, apiVersion: cloudkit.openshift.io/v1alpha1", false),
    ] {
        let plan = plan("", &format!("assert: {{resource: {{{identity}}}}}"));
        let Action::Assert { pattern } = &plan.steps[0].tries[1].action else { panic!() };
        assert_eq!(pattern.selects(&instance()), selected, "{identity}");
    }
}

#[test]
fn an_expression_without_a_value_is_an_error_with_its_place() {
    let plan = plan(
        "",
        "assert:\n    resource:\n      kind: ComputeInstance\n      \
         (object.status.jobHistory[0].attempt > 1): true",
    );
    let Action::Assert { pattern } = &plan.steps[0].tries[1].action else { panic!() };
    let error =
        pattern.differences(&json!({}), &Scope::new(&plan.bindings, &plan.profile)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "null and int have no order: `object.status.jobHistory[0].attempt > 1`"
    );
    assert_eq!((error.span.line, error.span.column), (14, 14));
}

fn rendered(more: &str, operation: &str) -> Value {
    let plan = plan(more, operation);
    let scope = Scope::new(&plan.bindings, &plan.profile);
    match &plan.steps[0].tries[1].action {
        Action::Apply { resource }
        | Action::Create { resource }
        | Action::Patch { resource, .. }
        | Action::Update { resource, .. } => resource.render(&scope).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn objects_are_rendered_with_what_is_left_out() {
    assert_eq!(
        rendered(
            "",
            "create: {resource: {kind: ComputeInstance, metadata: {name: vm2, labels: \
             {at: (now())}}, spec: (profile.spec)}}"
        ),
        json!({
            "apiVersion": "osac.openshift.io/v1alpha1",
            "kind": "ComputeInstance",
            "metadata": {
                "name": "vm2",
                "namespace": "osac-computeinstance",
                "labels": {"at": "1970-01-01T00:00:00Z"},
                "annotations": {"osac.openshift.io/tenant": "t1"},
            },
            "spec": {
                "templateID": "osac.templates.ocp_virt_vm",
                "templateParameters": "{\"cpu_cores\":2,\"memory\":\"2Gi\"}",
            },
        })
    );
}

#[test]
fn an_instance_gets_the_tenant_of_the_world_unless_it_says_otherwise() {
    let tenant = |object: Value| object["metadata"]["annotations"].clone();
    let key = "osac.openshift.io/tenant";
    for (more, metadata, expected) in [
        ("", "{name: vm2}", json!({key: "t1"})),
        ("  world: {tenant: {name: blue}}\n", "{name: vm2}", json!({key: "blue"})),
        ("  world: {tenant: none}\n", "{name: vm2}", json!({key: "t1"})),
        ("", "{name: vm2, annotations: {x: \"1\"}}", json!({"x": "1", key: "t1"})),
        ("", "{name: vm2, annotations: {osac.openshift.io/tenant: red}}", json!({key: "red"})),
        ("", "{name: vm2, annotations: {osac.openshift.io/tenant: null}}", json!({})),
    ] {
        let operation =
            format!("create: {{resource: {{kind: ComputeInstance, metadata: {metadata}}}}}");
        assert_eq!(tenant(rendered(more, &operation)), expected, "{more}{metadata}");
    }
    let patch = rendered("", "patch: {resource: {kind: ComputeInstance, metadata: {name: vm1}}}");
    assert_eq!(tenant(patch), Value::Null);
}

#[test]
fn other_kinds_live_where_they_belong() {
    for (kind, api_version, namespace) in [
        ("Tenant", "osac.openshift.io/v1alpha1", json!("osac-computeinstance")),
        ("VirtualMachine", "kubevirt.io/v1", json!("t1")),
        ("Namespace", "v1", Value::Null),
        ("ConfigMap", "v1", json!("osac-computeinstance")),
    ] {
        let object =
            rendered("", &format!("apply: {{resource: {{kind: {kind}, metadata: {{name: x}}}}}}"));
        assert_eq!(object["apiVersion"], json!(api_version), "{kind}");
        assert_eq!(object["metadata"]["namespace"], namespace, "{kind}");
    }
}

#[test]
fn a_backslash_keeps_a_text_in_parentheses_a_text() {
    let object = rendered(
        "",
        "create: {resource: {kind: ConfigMap, metadata: {name: x}, \
         data: {a: \\(b), c: \"a (b)\"}}}",
    );
    assert_eq!(object["data"], json!({"a": "(b)", "c": "a (b)"}));
}
