//! A world for the whole operator: an API server and an AAP in memory, time that costs nothing,
//! and a playbook that makes and removes the virtual machine.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a world that breaks ends its test")]

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apiserver::{ApiServer, ClientName, Options};
use axum::body::Body;
use bytes::Bytes;
use fake_aap::{Announcement, Config, FakeAap};
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::{Client, ResourceExt as _};
use operator::api::{ComputeInstance, Tenant, names};
use operator::{Clock, Dependencies, HttpTransport, Secret, Settings, Standard};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _, service_fn};

/// What becomes of a request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Passes,
    /// It arrives, but its answer does not.
    LosesAnswer,
    /// It arrives, and nobody hears of it again.
    Hangs,
    /// It does not arrive: this status comes back.
    Refused(u16),
}

/// Decides about a request: who asks whom, as `GET /path`, and how often it was asked before.
type Judge = Arc<dyn Fn(&str) -> Fate + Send + Sync>;

/// Time since the world began, on a calendar.
#[derive(Clone, Copy)]
pub struct WorldClock {
    began: tokio::time::Instant,
    epoch: Timestamp,
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        self.epoch + passed
    }
}

pub struct World {
    pub api: ApiServer,
    pub aap: FakeAap,
    pub clock: WorldClock,
    pub client: Client,
    pub settings: Settings,
    /// Every request of the operator to AAP or EDA, as `POST /path`, in order.
    pub calls: Arc<Mutex<Vec<String>>>,
    /// How often the operator wrote to the API server.
    writes: Arc<AtomicUsize>,
    judge: Arc<Mutex<Judge>>,
    running: Option<JoinHandle<Result<(), operator::Error>>>,
}

fn counter() -> Arc<dyn Fn() -> u64 + Send + Sync> {
    let next = AtomicU64::new(1);
    Arc::new(move || next.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed))
}

impl World {
    pub async fn new(config: Config) -> Self {
        Self::with_options(config, |_| {}).await
    }

    pub async fn with_options(config: Config, change: impl FnOnce(&mut Options)) -> Self {
        let epoch = "2026-02-08T10:00:00Z".parse().unwrap();
        let clock = WorldClock { began: tokio::time::Instant::now(), epoch };
        let now = Arc::new(move || clock.now());
        let mut options = Options::new(now.clone(), counter());
        change(&mut options);
        let api = ApiServer::new(options);
        let (tell, told) = mpsc::unbounded_channel();
        let announce = Arc::new(move |news: &Announcement| {
            // The playbook lives as long as the world.
            let _ = tell.send(news.clone());
        });
        let aap = FakeAap::new(config, now, counter(), announce);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Arc::new(|_| Fate::Passes)));
        let fair: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Arc::new(|_| Fate::Passes)));
        let client = kube_client(&api, "world", fair, Arc::default());
        let settings = Settings {
            aap_url: "http://aap.test/api/controller".into(),
            aap_token: Secret::new(fake_aap::DEFAULT_TOKEN),
            namespace: Some("ci".into()),
            ..Settings::default()
        };
        let writes = Arc::default();
        let world = Self { api, aap, clock, client, settings, calls, writes, judge, running: None };
        world.furnish().await;
        tokio::spawn(playbook(world.client.clone(), told));
        world
    }

    /// Definitions, namespaces and a tenant that is ready.
    async fn furnish(&self) {
        for definition in operator::crds::all() {
            self.create(&serde_json::to_value(definition).unwrap()).await;
        }
        for kind in ["VirtualMachine", "VirtualMachineInstance"] {
            self.create(&kubevirt_definition(kind)).await;
        }
        for name in ["ci", "t1"] {
            self.create(&json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name}}))
                .await;
        }
        self.create(&json!({"apiVersion": "osac.openshift.io/v1alpha1", "kind": "Tenant",
            "metadata": {"name": "t1", "namespace": "ci"}, "spec": {}}))
            .await;
    }

    pub async fn tenant_ready(&self) {
        let api: Api<Tenant> = Api::namespaced(self.client.clone(), "ci");
        let mut tenant = api.get("t1").await.unwrap();
        tenant.status = Some(operator::api::TenantStatus {
            phase: Some("Ready".into()),
            namespace: Some("t1".into()),
        });
        api.replace_status("t1", &PostParams::default(), &tenant).await.unwrap();
    }

    async fn create(&self, object: &Value) {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let (group, version) = match text("apiVersion").split_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), text("apiVersion")),
        };
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(&group, &version, &text("kind")));
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(self.client.clone(), &namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        };
        api.create(&PostParams::default(), &object).await.unwrap();
    }

    pub async fn create_instance(&self) {
        self.create(&json!({"apiVersion": "osac.openshift.io/v1alpha1", "kind": "ComputeInstance",
            "metadata": {"name": "vm1", "namespace": "ci",
                "annotations": {names::TENANT_ANNOTATION: "t1"}},
            "spec": {"templateID": "osac.templates.ocp_virt_vm"}}))
            .await;
    }

    pub fn instances(&self) -> Api<ComputeInstance> {
        Api::namespaced(self.client.clone(), "ci")
    }

    pub async fn instance(&self) -> Option<ComputeInstance> {
        self.instances().get_opt("vm1").await.unwrap()
    }

    pub async fn delete(&self) {
        self.instances().delete("vm1", &kube::api::DeleteParams::default()).await.unwrap();
    }

    pub fn machines(&self) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), "t1", &kubevirt("VirtualMachine"))
    }

    /// From now on requests of the operator meet this fate.
    pub fn judge(&self, judge: impl Fn(&str) -> Fate + Send + Sync + 'static) {
        *self.judge.lock().unwrap() = Arc::new(judge);
    }

    pub fn start(&mut self) {
        self.start_until(std::future::pending());
    }

    pub fn start_until(&mut self, shutdown: impl Future<Output = ()> + Send + 'static) {
        let client =
            kube_client(&self.api, "operator", Arc::clone(&self.judge), Arc::clone(&self.writes));
        let transport = self.transport();
        let dependencies = Dependencies {
            client,
            aap: transport.clone(),
            eda: transport,
            clock: Arc::new(self.clock),
            settings: self.settings.clone(),
            policy: Arc::new(Standard),
        };
        self.running = Some(tokio::spawn(operator::run(dependencies, shutdown)));
    }

    /// The end of an operator that was told to stop.
    pub async fn stopped(&mut self) -> Result<(), operator::Error> {
        self.running.take().unwrap().await.unwrap()
    }

    /// The operator dies at once, wherever it is.
    pub async fn crash(&mut self) {
        let running = self.running.take().unwrap();
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled(), "it had ended by itself");
    }

    /// The way to AAP, and to the webhooks of an EDA that takes everything.
    fn transport(&self) -> HttpTransport {
        let (aap, calls, judge) =
            (self.aap.clone(), Arc::clone(&self.calls), Arc::clone(&self.judge));
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let eda = request.uri().host() == Some("eda.test");
            let call = format!("{} {}", request.method(), request.uri().path());
            calls.lock().unwrap().push(call.clone());
            let fate = judge.lock().unwrap()(&call);
            let service = aap.service();
            async move {
                let inner = async move {
                    if eda {
                        return Ok(Response::new(Body::empty()));
                    }
                    service.oneshot(request.map(Body::from)).await
                };
                let reply = meet(fate, inner).await.map_err(|()| "connection reset")?;
                let (parts, body) = reply.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await?;
                Ok(Response::from_parts(parts, body))
            }
        }))
    }

    /// Waits until the object is as it should be, for six hours at most.
    pub async fn until(&self, what: &str, reached: impl Fn(&ComputeInstance) -> bool) {
        self.until_some(what, |instance| instance.as_ref().is_some_and(&reached)).await;
    }

    pub async fn until_gone(&self) {
        self.until_some("the object is gone", Option::is_none).await;
        let writes = self.writes.load(Ordering::Relaxed);
        assert!(writes <= 100, "{writes} writes for one life: something goes in circles");
    }

    async fn until_some(&self, what: &str, reached: impl Fn(&Option<ComputeInstance>) -> bool) {
        for _ in 0..6 * 3600 {
            let instance = self.instance().await;
            if reached(&instance) {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let last = serde_json::to_string_pretty(&self.instance().await).unwrap();
        panic!("never: {what}; last seen: {last}\ncalls: {:#?}", self.calls.lock().unwrap());
    }

    /// How many jobs of a role AAP accepted.
    pub fn launches(&self, role: &str) -> usize {
        self.aap.jobs().iter().filter(|job| job.role == role).count()
    }

    /// How many calls of the operator contain a text.
    pub fn count(&self, text: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| call.contains(text)).count()
    }
}

pub fn kubevirt(kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("kubevirt.io", "v1", kind))
}

fn kubevirt_definition(kind: &str) -> Value {
    let plural = kubevirt(kind).plural;
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.kubevirt.io")},
        "spec": {"group": "kubevirt.io", "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object",
                    "x-kubernetes-preserve-unknown-fields": true}}}]}})
}

fn kube_client(
    api: &ApiServer,
    name: &str,
    judge: Arc<Mutex<Judge>>,
    writes: Arc<AtomicUsize>,
) -> Client {
    let (api, name) = (api.clone(), ClientName::new(name));
    let service = service_fn(move |request: Request<kube::client::Body>| {
        let call = format!("{} {}", request.method(), request.uri().path());
        let fate = judge.lock().unwrap()(&call);
        if request.method() != http::Method::GET {
            writes.fetch_add(1, Ordering::Relaxed);
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(name.clone());
        let mut service = api.service();
        async move {
            let reply = meet(fate, service.call(request)).await;
            reply.map_err(|()| std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        }
    });
    Client::new(service, "default")
}

/// Lets a request meet its fate, a few milliseconds each way.
async fn meet(
    fate: Fate,
    inner: impl Future<Output = Result<Response<Body>, Infallible>>,
) -> Result<Response<Body>, ()> {
    tokio::time::sleep(Duration::from_millis(3)).await;
    if let Fate::Refused(status) = fate {
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
            "reason": match status { 404 => "NotFound", 409 => "Conflict", _ => "InternalError" },
            "message": "told to", "detail": "told to"});
        let mut reply = Response::new(Body::from(body.to_string()));
        *reply.status_mut() = StatusCode::from_u16(status).unwrap();
        return Ok(reply);
    }
    let Ok(reply) = inner.await;
    tokio::time::sleep(Duration::from_millis(3)).await;
    match fate {
        Fate::LosesAnswer => Err(()),
        Fate::Hangs => std::future::pending().await,
        Fate::Passes | Fate::Refused(_) => Ok(reply),
    }
}

/// What the jobs do to the cluster: a machine comes up while a provision job runs, and goes when a
/// deprovision job ends.
async fn playbook(client: Client, mut told: mpsc::UnboundedReceiver<Announcement>) {
    while let Some(news) = told.recv().await {
        let Announcement::Status { role, status, .. } = news else { continue };
        let machines: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), "t1", &kubevirt("VirtualMachine"));
        match (role.as_str(), status.as_str()) {
            ("provision", "running") => {
                let mut machine =
                    DynamicObject::new("vm1", &kubevirt("VirtualMachine")).within("t1");
                machine.labels_mut().insert(names::INSTANCE_LABEL.into(), "vm1".into());
                machine.data = json!({"status": {"printableStatus": "Running",
                    "conditions": [{"type": "Ready", "status": "True"}]}});
                // It may be there already.
                let _ = machines.create(&PostParams::default(), &machine).await;
            }
            ("deprovision", "successful") => {
                let _ = machines.delete("vm1", &kube::api::DeleteParams::default()).await;
            }
            _ => {}
        }
    }
}
