//! Puts a world together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use apiserver::{ApiServer, ClientName, Delivery};
use axum::body::Body;
use fake_aap::{Announcement, FakeAap};
use scenario::plan::{EffectKind, Plan, WatchFault};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt;
use trace::{Change, Happening, Revision, WatchSeen, Written};

use super::Hands;
use super::aap_config;
use super::actors::api;
use super::actors::eda::Receiver;
use super::actors::kubevirt::{self, Told};
use super::actors::playbook::Playbook;
use super::clock::WorldClock;
use super::crds;
use super::dice::Dice;
use super::faults::{Faults, Reach};
use super::in_process;
use super::lines::{CLUSTER, Lines};
use super::logs::Capture;
use super::mirror::Mirror;
use super::operator_control::OperatorControl;
use super::process;
use super::recorder::Recorder;
use super::target::{Operator, Target};
use super::view::View;
use crate::run::Options;
use crate::steps;

/// The operator's AAP token. A secret of the world: it must not show up anywhere.
const TOKEN: &str = "tok-embedded-Zk3vQ8";
/// The least time that a wait of a scenario takes before it is given up, in real time: how long a
/// machine takes is no finding.
const LEAST_PATIENCE: Duration = Duration::from_secs(3);

/// A world that stands; dropped, all in it ends.
pub struct World {
    hands: Hands,
    faults: Arc<Faults>,
    /// What an operator that is a process needs for as long as it lives.
    _held: Option<process::Held>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.faults.reach(None);
    }
}

/// An effect of a playbook that AAP says is due.
struct Due {
    job: i64,
    effect: EffectKind,
    payload: Arc<Value>,
}

impl World {
    /// Builds the world of a plan. Call it inside the world's runtime.
    ///
    /// # Errors
    /// Why it could not be built; a bad object in the plan's `world.objects` is one.
    pub async fn build(plan: &Plan, options: Options<'_>) -> Result<World, String> {
        let seed = options.seed;
        let clock = WorldClock::begin(options.target.clock);
        let mut secrets = plan.secrets.clone();
        secrets.push(TOKEN.to_owned());
        let recorder = Recorder::new(clock, plan.limits.events, &secrets);
        let faults =
            Faults::new(&plan.world.faults, &plan.bindings, &plan.profile, recorder.clone());
        let faults = Arc::new(faults);
        let mirror = Mirror::default();
        let (tell, told) = mpsc::unbounded_channel();
        let api = api_server(
            seed,
            &recorder,
            &faults,
            &mirror,
            (tell, View::new(&options.target.profile)),
        );
        let (due, dues) = mpsc::unbounded_channel();
        let aap = aap(plan, seed, &recorder, due);
        let lines = Lines::new(plan, seed, &recorder, &faults, &api, &aap);
        prepare(plan, &api, options.target).await?;

        let playbook = Playbook::new(lines.kube("playbook"), mirror.clone(), &plan.profile);
        tokio::spawn(play(playbook.clone(), dues, aap.clone(), recorder.clone()));
        let care = plan.world.kubevirt.clone();
        tokio::spawn(kubevirt::serve(lines.kube("kubevirt"), care, mirror.clone(), told));
        let receiver = Receiver::new(plan.world.eda.clone(), playbook, recorder.clone());
        let (operator, held) = match &options.target.operator {
            Operator::Embedded => {
                let defect = options.defect;
                (in_process::operator(plan, &lines, &receiver, TOKEN, defect)?, None)
            }
            Operator::Process(program) => {
                let process = &options.target.profile.process;
                let begun = process::operator(plan, &lines, &receiver, TOKEN, program, process);
                let (operator, held) = begun.await?;
                (operator, Some(held))
            }
            Operator::Deployed => return Err("no world has a deployed operator yet".to_owned()),
        };
        give_reach(&faults, &operator, &aap);

        let rest = plan.world.operator.poll_interval * plan.limits.rest_polls;
        let user = lines.kube("user");
        let least_patience = clock.real(LEAST_PATIENCE);
        let eda = receiver;
        let hands = Hands { user, mirror, recorder, operator, api, aap, eda, rest, least_patience };
        Ok(World { hands, faults, _held: held })
    }

    /// What steps may touch.
    pub fn hands(&self) -> &Hands {
        &self.hands
    }

    /// While the answer lives, what the operator logs goes into the trace.
    pub fn capture_logs(&self) -> Capture {
        Capture::begin(&self.hands.recorder)
    }

    /// Ends the recording; the events.
    pub fn close(self) -> Vec<trace::Event> {
        self.hands.recorder.close()
    }
}

fn api_server(
    seed: u64,
    recorder: &Recorder,
    faults: &Arc<Faults>,
    mirror: &Mirror,
    (tell, view): (mpsc::UnboundedSender<Told>, View),
) -> ApiServer {
    let now = recorder.clock().now_fn();
    let mut options = apiserver::Options::new(now, Dice::new(seed, "apiserver").roll_fn());
    // Nothing in a world asks who owns a field, and every write would pay for it.
    options.managed_fields = false;
    let (commits, objects) = (recorder.clone(), mirror.clone());
    options.observer = Some(Arc::new(move |commit: &apiserver::Commit| {
        committed(commit, &commits, &objects, &tell, &view);
    }));
    let watches = recorder.clone();
    options.watch_observer = Some(Arc::new(move |event: &apiserver::WatchEvent<'_>| {
        watches.record(Happening::Watch(WatchSeen {
            to: Arc::from(event.client),
            change: change(event.change),
            resource: event.plural.to_owned(),
            object: full_name(event.namespace, event.name),
            revision: event.revision,
        }));
    }));
    if faults.of_watches() {
        let faults = Arc::clone(faults);
        options.gate =
            Some(Arc::new(move |event: &apiserver::WatchEvent<'_>| gate(&faults, event)));
    }
    ApiServer::new(options)
}

fn committed(
    commit: &apiserver::Commit,
    recorder: &Recorder,
    mirror: &Mirror,
    tell: &mpsc::UnboundedSender<Told>,
    view: &View,
) {
    let (kind, namespace) = (commit.kind.as_str(), commit.namespace.as_deref());
    let change = change(commit.change);
    let object = view.of(kind, &commit.object);
    mirror.apply(change, kind, namespace, &commit.name, &object);
    if kind == "CustomResourceDefinition" {
        return;
    }
    if kind == "Secret" {
        keep_secrets(recorder, &commit.object);
    }
    // the server's own JSON is that of the object, not of a view of it
    let written = Arc::ptr_eq(&object, &commit.object).then(|| commit.json.clone());
    recorder.record(Happening::Revision(Revision {
        cluster: CLUSTER.into(),
        by: Arc::clone(&commit.by),
        change,
        kind: kind.to_owned(),
        object: full_name(namespace, &commit.name),
        revision: commit.revision,
        body: object,
        written: Written(written),
    }));
    if kind == "VirtualMachine" || kind == "VirtualMachineInstance" {
        let (kind, name) = (kind.to_owned(), commit.name.clone());
        let namespace = namespace.unwrap_or_default().to_owned();
        let _ = tell.send(Told { change, kind, namespace, name });
    }
}

/// What a Secret object holds is secret, in both of its forms.
fn keep_secrets(recorder: &Recorder, secret: &Value) {
    use base64::Engine;
    let data = secret.get("data").and_then(Value::as_object);
    for value in data.into_iter().flatten().filter_map(|(_, value)| value.as_str()) {
        recorder.keep_secret(value);
        let plain = base64::engine::general_purpose::STANDARD.decode(value);
        if let Some(text) = plain.ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            recorder.keep_secret(&text);
        }
    }
}

fn gate(faults: &Faults, event: &apiserver::WatchEvent<'_>) -> Delivery {
    let view = json!({
        "from": event.client, "to": CLUSTER, "verb": "watch-event", "resource": event.plural,
        "about": event.plural, "namespace": event.namespace, "name": event.name,
        "object": full_name(event.namespace, event.name), "body": event.object,
        "change": match event.change {
            apiserver::Change::Added => "added",
            apiserver::Change::Modified => "modified",
            apiserver::Change::Deleted => "deleted",
        },
    });
    let Some((name, fault)) = faults.strike_watch(&view) else { return Delivery::Now };
    let (delivery, effect) = match fault {
        WatchFault::Delay(by) => (Delivery::After(by), "watch event delayed"),
        WatchFault::Hold => (Delivery::Hold, "watch event held"),
        WatchFault::Drop => (Delivery::Drop, "watch event dropped"),
        WatchFault::Twice => (Delivery::Twice, "watch event delivered twice"),
    };
    faults.felt(&name, effect, None);
    delivery
}

fn change(change: apiserver::Change) -> Change {
    match change {
        apiserver::Change::Added => Change::Added,
        apiserver::Change::Modified => Change::Modified,
        apiserver::Change::Deleted => Change::Deleted,
    }
}

fn full_name(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

fn aap(plan: &Plan, seed: u64, recorder: &Recorder, due: mpsc::UnboundedSender<Due>) -> FakeAap {
    let recorder = recorder.clone();
    let now = recorder.clock().now_fn();
    let announce = move |announcement: &Announcement| announced(announcement, &recorder, &due);
    let config = aap_config::config(&plan.world.aap, TOKEN);
    FakeAap::new(config, now, Dice::new(seed, "aap").roll_fn(), Arc::new(announce))
}

fn announced(announcement: &Announcement, recorder: &Recorder, due: &mpsc::UnboundedSender<Due>) {
    if let Announcement::Moment { job, name, extra_vars, .. } = announcement
        && let Some(effect) = aap_config::effect(name)
        && let Some(payload) = aap_config::payload(extra_vars)
    {
        let _ = due.send(Due { job: *job, effect, payload: Arc::new(payload.clone()) });
        return;
    }
    recorder.record(Happening::Job(aap_config::seen(announcement)));
}

/// Performs what AAP's playbooks do, at their moments. A playbook ends with a task that the cluster
/// refuses: its job fails, without a word, and what was to come does not.
async fn play(
    playbook: Playbook,
    mut dues: mpsc::UnboundedReceiver<Due>,
    aap: FakeAap,
    recorder: Recorder,
) {
    while let Some(Due { job, effect, payload }) = dues.recv().await {
        let (playbook, aap, recorder) = (playbook.clone(), aap.clone(), recorder.clone());
        tokio::spawn(async move {
            if let Err(error) = playbook.perform(effect, &payload).await {
                let text = format!("the playbook of job {job} failed at {effect:?}: {error}");
                let level = "WARN".to_owned();
                recorder.record(Happening::Log(trace::LogLine { level, text }));
                // of a job that has ended only the playbook lived on
                let job = fake_aap::JobRef::Id(job);
                let _ = aap.act(fake_aap::Action::Fail { job });
            }
        });
    }
}

fn give_reach(faults: &Faults, operator: &OperatorControl, aap: &FakeAap) {
    let (operator, aap) = (operator.clone(), aap.clone());
    faults.reach(Some(Reach {
        crash: Box::new(move |by: &str, after: Option<Duration>| operator.kill(by, after)),
        aap: Box::new(move |action| {
            aap.act(steps::translate(action)).map_err(|error| error.to_string())
        }),
    }));
}

/// What stands in the cluster before the operator starts: kinds, namespaces, the tenant, objects.
async fn prepare(plan: &Plan, api: &ApiServer, target: &Target) -> Result<(), String> {
    let profile = &target.profile;
    let definitions = match &target.definitions {
        Some(definitions) => definitions,
        None => crds::all()?,
    };
    for crd in definitions {
        api.install(crd).map_err(|error| format!("a CRD could not be installed: {error}"))?;
    }
    let service = api.service().map_request(|mut request: http::Request<kube::client::Body>| {
        request.extensions_mut().insert(ClientName("setup".into()));
        request.map(Body::new)
    });
    let client = kube::Client::new(service, "default");
    let home = plan.profile.get("namespace").and_then(Value::as_str).unwrap_or("default");
    namespace(&client, home, &BTreeMap::new()).await?;
    if let Some(tenant) = &plan.world.tenant {
        namespace(&client, &tenant.namespace, &profile.tenant.namespace_labels).await?;
        let object = json!({
            "apiVersion": profile.api_version, "kind": "Tenant",
            "metadata": {"name": tenant.name, "namespace": home},
            "spec": profile.tenant.spec,
            "status": {"phase": tenant.phase, "namespace": tenant.namespace},
        });
        if !profile.tenant.made_by_operator {
            stand(&client, &object).await?;
        }
    }
    for template in &plan.world.objects {
        let scope = scenario::Scope {
            object: None,
            old: None,
            request: None,
            bindings: &plan.bindings,
            profile: &plan.profile,
            calls: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let object = template
            .render(&scope)
            .map_err(|error| format!("an object of the world could not be made: {error}"))?;
        stand(&client, &object).await?;
    }
    Ok(())
}

async fn namespace(
    client: &kube::Client,
    name: &str,
    labels: &BTreeMap<String, String>,
) -> Result<(), String> {
    let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    if !labels.is_empty() {
        object["metadata"]["labels"] = json!(labels);
    }
    match stand(client, &object).await {
        Err(why) if why.contains("already exists") => Ok(()),
        other => other,
    }
}

/// Creates an object and writes its status, as if others had done so long ago.
async fn stand(client: &kube::Client, object: &Value) -> Result<(), String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or_default();
    let resource = api::resource(text("/apiVersion").unwrap_or_default(), kind);
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let refused = |error: kube::Error| {
        format!("{kind} {} could not be set up: {error}", name.unwrap_or_default())
    };
    api::create(client, &resource.path(namespace, None), object).await.map_err(refused)?;
    let Some(status) = object.get("status") else { return Ok(()) };
    let path = format!("{}/status", resource.path(namespace, name));
    api::merge(client, &path, &json!({"status": status})).await.map_err(refused)
}
