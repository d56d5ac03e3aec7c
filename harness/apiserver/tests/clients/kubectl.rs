//! What people and scripts do with kubectl, with every version of it that is found.

use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::serving::{Outcome, Serving};
use crate::settings;
use crate::support::widget;

/// One version of kubectl on a server of its own.
struct Kubectl<'a> {
    program: &'a Path,
    serving: Serving,
    minor: u32,
    /// What did not go as it should; the script goes on, to find all in one run.
    wrong: Mutex<Vec<String>>,
}

impl<'a> Kubectl<'a> {
    fn new(program: &'a Path, number: usize) -> Self {
        let serving = Serving::start(&format!("kubectl-{number}"));
        let version = serving.run(program, &["version", "--client", "-o", "json"]).text;
        let version: Value = serde_json::from_str(&version).unwrap();
        let minor = version["clientVersion"]["minor"].as_str().unwrap();
        let minor = minor.trim_end_matches('+').parse().unwrap();
        Self { program, serving, minor, wrong: Mutex::default() }
    }

    fn run(&self, line: &str) -> Outcome {
        let mut args = vec!["--cache-dir=cache"];
        args.extend(line.split_whitespace());
        self.serving.run(self.program, &args)
    }

    /// The command must end with this exit code and say all this.
    fn expect(&self, code: i32, line: &str, said: &[&str]) -> String {
        let outcome = self.run(line);
        let missing: Vec<_> = said.iter().filter(|word| !outcome.text.contains(**word)).collect();
        if outcome.code != code || !missing.is_empty() {
            self.wrong.lock().unwrap().push(format!(
                "kubectl 1.{} {line}\nexit {}, expected {code}; without {missing:?}\n{}",
                self.minor, outcome.code, outcome.text
            ));
        }
        outcome.text
    }

    fn says(&self, line: &str, said: &[&str]) -> String {
        self.expect(0, line, said)
    }

    fn write(&self, file: &str, object: &Value) {
        std::fs::write(self.serving.folder.join(file), object.to_string()).unwrap();
    }
}

fn configmap(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn looks_around(it: &Kubectl<'_>) {
    it.says("version", &["Server Version"]);
    it.says(
        "api-resources",
        &["widgets", "probe.dev/v1", "configmaps", "customresourcedefinitions"],
    );
    it.says("api-versions", &["probe.dev/v1", "apps/v1", "events.k8s.io/v1"]);
    it.says("get namespaces", &["NAME", "STATUS", "kube-system", "Active"]);
    it.says("cluster-info", &["is running at"]);
    it.says("explain configmap", &["KIND:", "ConfigMap", "data"]);
    it.says("explain widget.spec", &["cores", "<integer>"]);
}

fn creates(it: &Kubectl<'_>) {
    it.says("create namespace script", &["namespace/script created"]);
    it.says("create configmap c --from-literal=k=v -n script", &["configmap/c created"]);
    it.expect(1, "create configmap c -n script", &["already exists"]);
    it.says("create secret generic s --from-literal=k=v", &["secret/s created"]);
    it.says("get secret s -o jsonpath={.data.k}", &["dg=="]);
    it.says("create serviceaccount robot", &["serviceaccount/robot created"]);
    it.says(
        "create role r --verb=get --resource=pods",
        &["role.rbac.authorization.k8s.io/r created"],
    );
    it.says("create deployment d --image=none", &["deployment.apps/d created"]);
    it.says("create token robot", &["ey"]);
    let wrong = json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "metadata": {"name": "w"},
        "spec": {"cores": 2, "bogus": 1}});
    it.write("wrong.json", &wrong);
    it.expect(1, "create -f wrong.json", &["unknown field \"spec.bogus\""]);
    it.expect(1, "get widget nobody", &["widgets.probe.dev \"nobody\" not found"]);
}

fn applies(it: &Kubectl<'_>) {
    let mut object = widget("a");
    it.write("a.json", &object);
    it.says("apply -f a.json", &["widget.probe.dev/a created"]);
    it.says("apply -f a.json", &["widget.probe.dev/a unchanged"]);
    it.says("diff -f a.json", &[]);
    object["spec"]["cores"] = json!(3);
    it.write("a.json", &object);
    it.expect(1, "diff -f a.json", &["+  cores: 3", "-  cores: 2"]);
    it.says("apply -f a.json", &["widget.probe.dev/a configured"]);
    it.write("c.json", &configmap("plain", &json!({"k": "1", "gone": "soon"})));
    it.says("apply -f c.json", &["configmap/plain created"]);
    it.write("c.json", &configmap("plain", &json!({"k": "2"})));
    it.says("apply -f c.json --dry-run=server", &["configured (server dry run)"]);
    it.says("apply -f c.json", &["configmap/plain configured"]);
    it.says("get configmap plain -o jsonpath={.data}", &[r#"{"k":"2"}"#]);
    it.says("replace -f c.json", &["configmap/plain replaced"]);
}

fn applies_on_the_server(it: &Kubectl<'_>) {
    let apply = "apply --server-side -f s.json";
    it.write("s.json", &configmap("shared", &json!({"k": "1", "mine": "1"})));
    it.says(&format!("{apply} --field-manager=one"), &["configmap/shared serverside-applied"]);
    it.write("s.json", &configmap("shared", &json!({"k": "2"})));
    let two = format!("{apply} --field-manager=two");
    it.expect(1, &two, &["conflict", "\"one\"", ".data.k"]);
    it.says(&format!("{two} --force-conflicts"), &["serverside-applied"]);
    it.says("get configmap shared -o jsonpath={.data}", &[r#""k":"2""#, r#""mine":"1""#]);
    it.says("get configmap shared -o yaml --show-managed-fields", &["manager: two", "f:data"]);
    it.says("apply --server-side -f a.json --force-conflicts", &["widget.probe.dev/a serverside-"]);
}

fn edits(it: &Kubectl<'_>) {
    it.says(r#"patch widget a --type=merge -p {"spec":{"cores":5}}"#, &["patched"]);
    let json = r#"[{"op":"replace","path":"/spec/cores","value":6}]"#;
    it.says(&format!("patch widget a --type=json -p {json}"), &["patched"]);
    it.says(r#"patch sa robot -p {"secrets":[{"name":"one"}]}"#, &["patched"]);
    let status = r#"{"status":{"phase":"Ready"}}"#;
    it.says(&format!("patch widget a --subresource=status --type=merge -p {status}"), &["patched"]);
    it.says("scale widget a --replicas=2", &["scaled"]);
    it.says("label widget a on=yes", &["labeled"]);
    it.expect(1, "label widget a on=no", &["already has a value"]);
    it.says("annotate widget a probe.dev/note=x", &["annotate"]);
    it.says("get widgets -l on=yes", &["a"]);
    it.says("get widgets --field-selector=metadata.name!=a", &["No resources found"]);
}

fn shows(it: &Kubectl<'_>) {
    it.says("get widgets", &["NAME", "AGE", "a"]);
    it.says("get widgets -A -o wide --show-labels", &["NAMESPACE", "on=yes"]);
    it.says("get widget a -o yaml", &["apiVersion: probe.dev/v1", "cores: 6", "phase: Ready"]);
    it.says("get widget a -o json", &["\"cores\": 6"]);
    it.says("get wd -o name", &["widget.probe.dev/a"]);
    it.says("get widget a -o jsonpath={.spec.cores}", &["6"]);
    it.says("get widgets -o custom-columns=N:.metadata.name,C:.spec.cores", &["N", "C", "6"]);
    it.says("get widgets -o go-template={{range.items}}{{.spec.cores}}{{end}}", &["6"]);
    it.says("get cm,sa,secret", &["configmap/plain", "serviceaccount/robot", "secret/s"]);
    it.says("get widgets -w --request-timeout=1s", &["a"]);
    it.says("describe widget a", &["Name:", "Cores:", "Events:"]);
    it.says("describe namespace script", &["Status:", "Active"]);
    it.says("get events", &[]);
    it.says("wait widget/a --for=jsonpath={.status.phase}=Ready --timeout=10s", &["condition met"]);
    it.expect(1, "wait widget/a --for=condition=Never --timeout=1s", &["timed out"]);
    it.says("get --raw /readyz", &["ok"]);
}

fn asks(it: &Kubectl<'_>) {
    it.says("auth can-i create widgets", &["yes"]);
    it.says("auth can-i --list", &["*.*"]);
    // 1.27 asks for a version of the review that servers no longer have.
    if it.minor > 27 {
        it.says("auth whoami", &["Username"]);
        it.says("auth whoami --as system:admin", &["system:admin"]);
    }
    it.says("get configmaps --as system:admin", &["plain"]);
}

fn deletes(it: &Kubectl<'_>) {
    let owner = |name: &str| {
        it.write("owner.json", &widget(name));
        it.says("create -f owner.json", &["created"]);
        let uid = it.says(&format!("get widget {name} -o jsonpath={{.metadata.uid}}"), &[]);
        let mut owned = configmap(&format!("of-{name}"), &json!({}));
        owned["metadata"]["ownerReferences"] = json!([{"apiVersion": "probe.dev/v1",
            "kind": "Widget", "name": name, "uid": uid, "blockOwnerDeletion": true}]);
        it.write("owned.json", &owned);
        it.says("create -f owned.json", &["created"]);
    };
    for (policy, stays) in [("background", false), ("foreground", false), ("orphan", true)] {
        owner(policy);
        it.says(&format!("delete widget {policy} --cascade={policy}"), &["deleted"]);
        let code = i32::from(!stays);
        it.expect(code, &format!("get configmap of-{policy}"), &[&format!("of-{policy}")]);
    }
    it.says("delete -f a.json --wait=false", &["widget.probe.dev \"a\" deleted"]);
    it.says("wait --for=delete widget/a --timeout=10s", &[]);
    it.says("delete configmap --all", &["deleted"]);
    it.says("delete namespace script", &["namespace \"script\" deleted"]);
    it.expect(1, "get namespace script", &["not found"]);
    it.says("delete crd widgets.probe.dev", &["deleted"]);
    it.expect(1, "get widgets", &["the server"]);
}

/// Versions that are tried at the same time: they wait now and then.
const AT_A_TIME: usize = 4;

const PARTS: [fn(&Kubectl<'_>); 8] =
    [looks_around, creates, applies, applies_on_the_server, edits, shows, asks, deletes];

#[test]
fn every_kubectl_finds_a_cluster() {
    let found = settings::kubectls();
    if found.is_empty() {
        println!("skipped: no kubectl in KUBECTLS, PATH or target/ci-tools/kubectl");
    }
    let mut seen = Vec::new();
    let versions = found.iter().enumerate().map(|(number, program)| Kubectl::new(program, number));
    // A link or a dispatcher may show a version twice.
    let versions: Vec<_> = versions
        .filter(|it| {
            let first = !seen.contains(&it.minor);
            seen.push(it.minor);
            first
        })
        .collect();
    let mut wrong = Vec::new();
    for some in versions.chunks(AT_A_TIME) {
        std::thread::scope(|scope| {
            for it in some.iter() {
                scope.spawn(|| PARTS.iter().for_each(|part| part(it)));
            }
        });
        for it in some {
            println!("kubectl 1.{}: {} wrong", it.minor, it.wrong.lock().unwrap().len());
            wrong.append(&mut it.wrong.lock().unwrap());
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n\n"));
}
