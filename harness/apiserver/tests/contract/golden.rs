//! Replays what was recorded from a real server and compares the answers.
//!
//! The recording is replayed in its order. Uids, revisions and times are the server's own: they
//! are mapped as they come by and compared for consistency. What is left out of the comparison
//! everywhere stands in [`scrub`]; what differs stands, with a reason, in `golden-differs.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Body;
use base64::Engine as _;
use http::Request;
use http_body_util::BodyExt as _;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::support::{Http, options};

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What stands for what: recorded → ours.
#[derive(Default)]
struct Names {
    revisions: BTreeMap<String, String>,
    uids: BTreeMap<String, String>,
    times: BTreeMap<String, String>,
}

fn recorded() -> Vec<Value> {
    serde_json::from_str(include_str!("../fixtures/golden.json")).unwrap()
}

/// Index of an entry → why its answer differs.
fn known_differences() -> BTreeMap<usize, String> {
    include_str!("golden-differs.md")
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            let index = cells.next()?.parse().ok()?;
            Some((index, cells.nth(1)?.to_owned()))
        })
        .collect()
}

impl Names {
    fn rewrite(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (old, new) in &self.revisions {
            for quote in ["\"resourceVersion\": \"", "\"resourceVersion\":\""] {
                out = out.replace(&format!("{quote}{old}\""), &format!("{quote}#{new}\""));
            }
        }
        for (old, new) in self.uids.iter().chain(&self.times) {
            out = out.replace(old, new);
        }
        out.replace("\": \"#", "\": \"").replace("\":\"#", "\":\"")
    }

    fn rewrite_path(&self, path: &str) -> String {
        let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some(("resourceVersion", revision)) => {
                    let ours = self.revisions.get(revision).map_or(revision, String::as_str);
                    format!("resourceVersion={ours}")
                }
                Some(("continue", token)) => format!("continue={}", self.rewrite_token(token)),
                _ => pair.to_owned(),
            })
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }

    fn rewrite_token(&self, token: &str) -> String {
        let value = TOKEN.decode(token).ok().and_then(|b| serde_json::from_slice::<Value>(&b).ok());
        let Some(mut value) = value else { return token.to_owned() };
        if let Some(ours) = self.revisions.get(&value["rv"].to_string()) {
            value["rv"] = ours.parse::<u64>().unwrap().into();
        }
        TOKEN.encode(value.to_string())
    }

    /// Remembers which revision and uid of ours stands for a recorded one.
    fn learn(&mut self, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (name, value) in theirs {
                    let Some(other) = ours.get(name) else { continue };
                    if let (Some(old), Some(new)) = (value.as_str(), other.as_str()) {
                        let names = match name.as_str() {
                            "resourceVersion" => &mut self.revisions,
                            "uid" => &mut self.uids,
                            "creationTimestamp" => &mut self.times,
                            _ => continue,
                        };
                        names.entry(old.to_owned()).or_insert_with(|| new.to_owned());
                    }
                    self.learn(value, other);
                }
            }
            (Value::Array(theirs), Value::Array(ours)) => {
                for (one, other) in theirs.iter().zip(ours) {
                    self.learn(one, other);
                }
            }
            _ => {}
        }
    }

    /// A recorded value in our revisions and uids.
    fn translate(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, member) in map {
                    if let Some(text) = member.as_str() {
                        let names = match name.as_str() {
                            "resourceVersion" => &self.revisions,
                            "uid" => &self.uids,
                            _ => continue,
                        };
                        if let Some(ours) = names.get(text) {
                            *member = ours.clone().into();
                        }
                    }
                    self.translate(member);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.translate(item)),
            _ => {}
        }
    }
}

/// Takes out what is not compared: times, ages, generated names, tokens; hashes of documents and of
/// storage versions; descriptions of table columns.
fn scrub(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("storageVersionHash");
            if map.contains_key("priority") && map.contains_key("format") {
                map.remove("description");
            }
            for (name, member) in map.iter_mut() {
                match (name.as_str(), &member) {
                    ("continue", Value::String(text)) if !text.is_empty() => {
                        *member = "<continue>".into();
                    }
                    ("message", Value::String(text)) => *member = sorted_message(text).into(),
                    // Entries of the same second stand in the order of their names.
                    ("managedFields", Value::Array(entries)) => {
                        let mut entries = entries.clone();
                        entries.sort_by_key(|entry| {
                            (entry["manager"].to_string(), entry["subresource"].to_string())
                        });
                        *member = entries.into();
                    }
                    ("causes", Value::Array(causes)) => {
                        let mut causes = causes.clone();
                        causes.sort_by_key(ToString::to_string);
                        *member = causes.into();
                    }
                    _ => {}
                }
                scrub(member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::String(text) => {
            if let Some(scrubbed) = scrubbed(text) {
                *text = scrubbed;
            }
        }
        _ => {}
    }
}

/// What is replaced in texts, and by what.
static SCRUBBED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "<time>"),
        (r"^\d+[smh](\d+s)?$", "<age>"),
        (r"^eyJ.*$", "<jwt>"),
        (r"current: [0-9]+$", "current: <revision>"),
        (r"\?hash=[0-9A-F]+$", "?hash=<hash>"),
        (r"^gen-[a-z0-9]{5}$", "gen-<random>"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
    ]
    .map(|(pattern, word)| (Regex::new(pattern).unwrap(), word))
    .into()
});

fn scrubbed(text: &str) -> Option<String> {
    let (pattern, word) = SCRUBBED.iter().find(|(pattern, _)| pattern.is_match(text))?;
    Some(pattern.replace_all(text, *word).into_owned())
}

/// The real server reports the errors of an object in the random order of Go's maps.
fn sorted_message(text: &str) -> String {
    let Some((head, list)) = text.split_once("is invalid: [") else { return text.to_owned() };
    let mut errors: Vec<&str> = list.trim_end_matches(']').split(", ").collect();
    errors.sort_unstable();
    format!("{head}is invalid: [{}]", errors.join(", "))
}

/// A body as values: JSON, the lines of a watch, or text.
fn parse(body: &Value) -> Value {
    let Value::String(text) = body else { return body.clone() };
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return value;
    }
    let lines: Option<Vec<Value>> =
        text.lines().map(|line| serde_json::from_str(line).ok()).collect();
    match lines {
        Some(lines) if !text.is_empty() => Value::Array(lines),
        _ => Value::String(text.clone()),
    }
}

fn request(entry: &Value, names: &Names) -> Request<Body> {
    let text = |field: &str| entry[field].as_str();
    let path = names.rewrite_path(text("path").unwrap());
    let mut builder = Request::builder().method(text("method").unwrap()).uri(path);
    if let Some(kind) = text("req_ct") {
        builder = builder.header("content-type", kind);
    }
    if let Some(accept) = text("accept") {
        builder = builder.header("accept", accept);
    }
    builder = builder.header("user-agent", "Python-urllib/3.11");
    builder = match text("label").unwrap() {
        "imp ssr" => builder.header("impersonate-user", "system:admin"),
        "imp forbidden" => builder.header("impersonate-user", "bob"),
        "imp sa" => builder.header("impersonate-user", "system:serviceaccount:default:gold"),
        "401" => builder.header("authorization", "Bearer wrong"),
        _ => builder,
    };
    let body = text("req").map_or_else(Body::empty, |body| Body::from(names.rewrite(body)));
    builder.body(body).unwrap()
}

/// What stood in the recorded cluster before the recording.
async fn furnish(client: &Http) {
    let configmap = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "openshift-service-ca.crt", "annotations": {
            "service.beta.openshift.io/inject-cabundle": "true"}},
        "data": {"service-ca.crt": ""}});
    let path = "/api/v1/namespaces/default/configmaps?fieldManager=kube-controller-manager";
    client.post(path, &configmap).await;
    let name = "apiserver-wlv32tlttr4jl3gtroqexyxapa";
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {
        "name": name,
        "labels": {"apiserver.kubernetes.io/identity": "kube-apiserver",
            "kubernetes.io/hostname": "vm"},
        "annotations": {"kubernetes.io/peer-advertise-address": "127.0.0.1:16443"}},
        "spec": {"leaseDurationSeconds": 3600, "renewTime": "2026-01-01T00:00:00.000000Z",
            "holderIdentity": format!("{name}_795016d3-4ce2-489b-a883-87692c52dcc8")}});
    let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    client.post(&format!("{leases}?fieldManager=kube-apiserver"), &lease).await;
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    for index in 0..71 {
        let name = if index == 0 { "admin".to_owned() } else { format!("other-{index}") };
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
                "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"}}});
        client.post(&format!("{roles}?fieldManager=kube-apiserver"), &role).await;
    }
    let selectors = json!({"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {}}]}});
    client.merge(&format!("{roles}/admin?fieldManager=kube-apiserver"), &selectors).await;
    let rules = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "admin"}, "rules": [{"verbs": ["*"], "nonResourceURLs": ["/x"]}]});
    let path = format!("{roles}/admin?fieldManager=clusterrole-aggregation-controller&force=true");
    client.patch(&path, "application/apply-patch+yaml", &rules).await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {
        "name": "kubernetes", "labels": {"component": "apiserver", "provider": "kubernetes"}},
        "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster", "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]}});
    let path = "/api/v1/namespaces/default/services?fieldManager=kube-apiserver";
    client.post(path, &service).await;
    let event = json!({"apiVersion": "v1", "kind": "Event",
        "metadata": {"name": "openshift-kube-apiserver.18eab7e28d0e0889"},
        "involvedObject": {"kind": "Namespace", "name": "openshift-kube-apiserver",
            "namespace": "default"},
        "type": "Warning", "reason": "KubeAPIReadyz", "message": "readyz=true", "count": 1,
        "source": {"component": "apiserver", "host": "vm"},
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z"});
    let events = "/api/v1/namespaces/default/events";
    client.post(events, &event).await;
    let forgotten = json!({"metadata": {"managedFields": [{}]}});
    client.merge(&format!("{events}/openshift-kube-apiserver.18eab7e28d0e0889"), &forgotten).await;
}

/// An answer as it is compared.
async fn answer(client: &Http, request: Request<Body>) -> Value {
    let response = client.send(request).await;
    let header = |name: &str| {
        let values = response.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let (kind, warning) = (header("content-type"), header("warning"));
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    json!({"status": code, "resp_ct": kind, "warning": warning, "body": parse(&text.into())})
}

#[tokio::test(start_paused = true)]
async fn answers_are_those_of_a_real_server() {
    let server = apiserver::ApiServer::new(options());
    let client = Http::new(&server, "admin");
    furnish(&client).await;
    let differs = known_differences();
    let (mut names, mut wrong, mut compared) = (Names::default(), Vec::new(), 0);
    let entries = recorded();
    for (index, entry) in entries.iter().enumerate() {
        let ours = answer(&client, request(entry, &names)).await;
        if entry.get("status").is_none() {
            continue;
        }
        compared += 1;
        let mut theirs = Map::new();
        for field in ["status", "resp_ct", "warning"] {
            theirs.insert(field.to_owned(), entry[field].clone());
        }
        if theirs["warning"].is_null() {
            theirs.insert("warning".to_owned(), "".into());
        }
        let mut theirs = Value::Object(theirs);
        theirs["body"] = parse(&entry["body"]);
        names.learn(&theirs["body"], &ours["body"]);
        names.translate(&mut theirs);
        let mut ours = ours;
        scrub(&mut theirs);
        scrub(&mut ours);
        if (theirs == ours) == differs.contains_key(&index) {
            let label = &entry["label"];
            let claim = if theirs == ours { "is equal now" } else { "differs" };
            wrong.push(format!("#{index} {label} {claim}\n{}", difference(&theirs, &ours)));
        }
    }
    let equal = compared - differs.len();
    println!("{compared} recorded answers, {equal} equal");
    assert!(wrong.is_empty(), "{} surprises\n{}", wrong.len(), wrong.join("\n"));
}

/// The places where two answers differ.
fn difference(theirs: &Value, ours: &Value) -> String {
    let mut out = String::new();
    walk(theirs, ours, "", &mut out);
    out
}

fn walk(theirs: &Value, ours: &Value, path: &str, out: &mut String) {
    const SHOWN_MAX: usize = 600;
    if theirs == ours {
        return;
    }
    match (theirs, ours) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for name in names {
                let (one, other) = (one.get(name), other.get(name));
                let none = json!("<absent>");
                let path = format!("{path}.{name}");
                walk(one.unwrap_or(&none), other.unwrap_or(&none), &path, out);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                walk(one, other, &format!("{path}[{index}]"), out);
            }
        }
        _ => {
            let short =
                |value: &Value| value.to_string().chars().take(SHOWN_MAX).collect::<String>();
            out.push_str(&format!(
                "   {path}\n      real {}\n      ours {}\n",
                short(theirs),
                short(ours)
            ));
        }
    }
}

/// Tests that the table of rows names are there.
#[test]
fn the_table_of_rows_names_tests_that_are_there() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract");
    let named = Regex::new(r"`([a-z_]+)::([a-z0-9_]+)`").unwrap();
    let mut count = 0;
    for found in named.captures_iter(include_str!("rows.md")) {
        let read = |end: &str| std::fs::read_to_string(format!("{folder}/{}{end}", &found[1]));
        let text = read(".rs").or_else(|_| read("/mod.rs")).unwrap();
        assert!(text.contains(&format!("fn {}(", &found[2])), "{}", &found[0]);
        count += 1;
    }
    assert!(count > 40, "{count}");
}
