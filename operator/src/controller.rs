//! Watches and wakes: the wiring of kube-runtime.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _, Shared};
use futures::stream::{Stream, StreamExt as _};
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher::{self, watcher};
use kube::runtime::{WatchStreamExt as _, utils::Backoff};
use kube::{Client, ResourceExt as _};

use crate::act::{Actor, Flow, Scene, objects};
use crate::api::{ComputeInstance, Provider, Tenant, names};
use crate::cache::{Index, Touched, View};
use crate::decide::{Limits, Machine, MachineInstance, Observed, TenantView, decide};
use crate::errors::{Error, chain};
use crate::memory::Memories;
use crate::policy::doubling;
use crate::provider::{AapPlaybooks, EdaPlaybooks, Playbooks};
use crate::settings::Settings;
use crate::{Dependencies, aap, tenancy};
use tokio::time::Instant;

/// How often one reconciliation decides and acts before it counts as restless.
const ROUNDS_MAX: u32 = 40;
/// The first pause after a watch failed; doubles with each further one.
const WATCH_RETRY_BASE: Duration = Duration::from_secs(1);
/// The longest pause after a watch failed.
const WATCH_RETRY_CAP: Duration = Duration::from_secs(30);
/// A watch that did well for so long begins its pauses anew.
const WATCH_CALM: Duration = Duration::from_secs(2 * 60);

/// What stops the operator.
pub type Shutdown = Shared<BoxFuture<'static, ()>>;

/// All that a reconciliation needs.
struct Context {
    actor: Actor,
    limits: Limits,
    settings: Settings,
    memories: Memories,
    tenants: Index<TenantView>,
    machines: Index<Machine>,
    machine_instances: Index<MachineInstance>,
    instances: Store<ComputeInstance>,
    shutdown: Shutdown,
}

/// Runs the controllers until `shutdown` is done.
pub async fn run(
    dependencies: Dependencies,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let shutdown = shutdown.boxed().shared();
    let Dependencies { client, settings, .. } = &dependencies;
    let tenants = settings
        .tenant_controller
        .then(|| tenancy::run(client.clone(), settings.clone(), shutdown.clone()));
    let playbooks = playbooks(&dependencies)?;
    let instances = drive(dependencies, playbooks, shutdown);
    match tenants {
        Some(tenants) => {
            futures::future::join(instances, tenants).await;
        }
        None => instances.await,
    }
    Ok(())
}

fn playbooks(dependencies: &Dependencies) -> Result<Box<dyn Playbooks>, Error> {
    let Dependencies { aap, eda, clock, settings, .. } = dependencies;
    Ok(match settings.provider {
        Provider::Aap => Box::new(AapPlaybooks::new(
            aap::Client::new(aap.clone(), Arc::clone(clock), settings)?,
            settings.provision_template.clone(),
            settings.deprovision_template.clone(),
        )),
        Provider::Eda => Box::new(EdaPlaybooks::new(
            eda.clone(),
            Arc::clone(clock),
            (settings.eda_create_url.clone(), settings.eda_delete_url.clone()),
            settings.eda_timeout,
            settings.minimum_request_interval,
        )),
    })
}

async fn drive(dependencies: Dependencies, playbooks: Box<dyn Playbooks>, shutdown: Shutdown) {
    let Dependencies { client, clock, settings, policy, .. } = dependencies;
    let controller =
        Controller::new(scoped(&client, settings.namespace.as_deref()), watcher::Config::default());
    let context = Arc::new(Context {
        actor: Actor {
            client: client.clone(),
            provider: settings.provider,
            playbooks,
            clock,
            policy,
            not_before: std::sync::Mutex::new(None),
        },
        limits: Limits::from(&settings),
        memories: Memories::default(),
        tenants: Index::new(),
        machines: Index::new(),
        machine_instances: Index::new(),
        instances: controller.store(),
        shutdown: shutdown.clone(),
        settings,
    });
    let concurrency = context.settings.concurrency;
    let instances = context.instances.clone();
    let working = controller
        .with_config(Config::default().concurrency(concurrency))
        .trigger_backoff(WatchBackoff::default())
        .reconcile_on(tenant_events(&client, &context))
        .reconcile_on(machine_events(&client, &context, objects::machines(), |context| {
            &context.machines
        }))
        .reconcile_on(machine_events(&client, &context, objects::machine_instances(), |context| {
            &context.machine_instances
        }))
        .graceful_shutdown_on(shutdown.clone())
        // boxed: the future is large, and the runtime moves it several times for each reconcile
        .run(|instance, context| Box::pin(reconcile(instance, context)), retry, context)
        .for_each(|_| std::future::ready(()));
    until_ended(working, &instances, shutdown).await;
}

/// Waits for a controller's end. One that is told to stop before its first list is complete has
/// begun nothing, and would wait for that list for ever.
pub async fn until_ended<K>(working: impl Future<Output = ()>, store: &Store<K>, shutdown: Shutdown)
where
    K: kube::runtime::reflector::Lookup + Clone + 'static,
    K::DynamicType: Eq + std::hash::Hash + Clone,
{
    let stopped_unready = async {
        shutdown.await;
        if store.wait_until_ready().now_or_never().is_some() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = working => {}
        () = stopped_unready => {}
    }
}

fn scoped<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
    K::DynamicType: Default,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

/// Wakes the instances of tenants that changed.
fn tenant_events(
    client: &Client,
    context: &Arc<Context>,
) -> impl Stream<Item = ObjectRef<ComputeInstance>> + Send + 'static {
    let settings = &context.settings;
    let namespace = settings.tenant_namespace.as_deref().or(settings.namespace.as_deref());
    let api: Api<Tenant> = scoped(client, namespace);
    let context = Arc::clone(context);
    let events = watcher(api, watcher::Config::default()).backoff(WatchBackoff::default());
    events.flat_map(move |event| {
        let touched = take(&context.tenants, event, "tenants");
        futures::stream::iter(context.instances_where(&touched, |instance, (_, tenant)| {
            instance.annotations().get(names::TENANT_ANNOTATION) == Some(tenant)
        }))
    })
}

/// Wakes the instances whose virtual machine, or its instance, changed.
fn machine_events<V: View<Object = DynamicObject>>(
    client: &Client,
    context: &Arc<Context>,
    kind: ApiResource,
    index: fn(&Context) -> &Index<V>,
) -> impl Stream<Item = ObjectRef<ComputeInstance>> + Send + 'static {
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &kind);
    let labelled = watcher::Config::default().labels(names::INSTANCE_LABEL);
    let context = Arc::clone(context);
    let events = watcher(api, labelled).backoff(WatchBackoff::default());
    events.flat_map(move |event| {
        let touched = take(index(&context), event, "virtual machines");
        futures::stream::iter(
            context.instances_where(&touched, |instance, (_, owner)| instance.name_any() == *owner),
        )
    })
}

/// Takes an event of a watch into an index, and tells who is touched.
fn take<V: View>(
    index: &Index<V>,
    event: Result<watcher::Event<V::Object>, watcher::Error>,
    what: &str,
) -> Vec<Touched> {
    match event {
        Ok(event) => index.take(&event),
        Err(error) => {
            if let watcher::Error::InitialListFailed(kube::Error::Api(status)) = &error
                && status.code == 404
            {
                // No such kind in this cluster, hence no such objects. By the code alone: for a
                // group that it does not know a cluster answers in plain text, without a reason.
                index.give_up_waiting();
            }
            tracing::warn!(target: "operator", what, error = chain(&error), "a watch failed");
            Vec::new()
        }
    }
}

impl Context {
    /// The instances that something touched concerns, in the order of their names.
    fn instances_where(
        &self,
        touched: &[Touched],
        concerns: impl Fn(&ComputeInstance, &Touched) -> bool,
    ) -> Vec<ObjectRef<ComputeInstance>> {
        if touched.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(String, String)> = self
            .instances
            .state()
            .into_iter()
            .filter(|instance| touched.iter().any(|touched| concerns(instance, touched)))
            .map(|instance| (instance.namespace().unwrap_or_default(), instance.name_any()))
            .collect();
        found.sort();
        found
            .into_iter()
            .map(|(namespace, name)| ObjectRef::new(&name).within(&namespace))
            .collect()
    }

    /// Waits until the first lists of all that surrounds instances are complete.
    async fn surroundings_known(&self) {
        self.tenants.ready().await;
        self.machines.ready().await;
        self.machine_instances.ready().await;
    }

    /// Brings what is known around an instance up to now.
    fn look_around(&self, seen: &mut Observed) {
        let instance = &seen.instance;
        let own = instance.namespace().unwrap_or_default();
        let name = instance.name_any();
        let beside = self.settings.tenant_namespace.as_deref().unwrap_or(&own);
        let tenant = seen.tenant_name().and_then(|tenant| self.tenants.get(beside, tenant));
        let status = instance.status.as_ref();
        let reference = status.and_then(|status| status.tenant_reference.as_ref());
        let namespace = reference
            .map(|reference| reference.namespace.clone())
            .or_else(|| tenant.as_ref().and_then(|tenant| tenant.namespace.clone()));
        let namespace = namespace.as_deref();
        seen.machine = namespace.and_then(|namespace| self.machines.get(namespace, &name));
        seen.machine_instance =
            namespace.and_then(|namespace| self.machine_instances.get(namespace, &name));
        seen.tenant = tenant;
        seen.provider_not_before = self.actor.provider_not_before();
    }

    /// Forgets objects that are gone without our doing.
    fn forget_the_gone(&self) {
        let lives = self.instances.state();
        if self.memories.len() > 2 * lives.len() + 64 {
            let mut uids: Vec<_> = lives.iter().filter_map(|instance| instance.uid()).collect();
            uids.sort();
            self.memories
                .retain(|uid| uids.binary_search_by(|known| known.as_str().cmp(uid)).is_ok());
        }
    }
}

/// Decides and acts, until there is nothing left but to wait.
async fn reconcile(instance: Arc<ComputeInstance>, context: Arc<Context>) -> Result<Action, Error> {
    tokio::select! {
        biased;
        () = context.surroundings_known() => {}
        // The watches have ended: what is not known by now will not be.
        () = context.shutdown.clone() => return Ok(Action::await_change()),
    }
    context.forget_the_gone();
    let uid = instance.uid().unwrap_or_default();
    let seen = Observed {
        instance: (*instance).clone(),
        fresh: false,
        tenant: None,
        machine: None,
        machine_instance: None,
        memory: context.memories.recall(&uid),
        provider_not_before: None,
    };
    let mut scene = Scene { seen, conflicts: 0 };
    for _ in 0..ROUNDS_MAX {
        context.look_around(&mut scene.seen);
        let now = context.actor.clock.now();
        let policy = context.actor.policy.as_ref();
        let effects = decide(&scene.seen, &context.limits, policy, now);
        let flow = context.actor.perform(&mut scene, effects).await;
        context.memories.keep(&uid, scene.seen.memory.clone());
        match flow? {
            Flow::Again => {}
            Flow::Rest(wait) => {
                scene.seen.memory.errors = 0;
                context.memories.keep(&uid, scene.seen.memory.clone());
                return Ok(wait.map_or_else(Action::await_change, Action::requeue));
            }
            Flow::Gone => {
                context.memories.forget(&uid);
                return Ok(Action::await_change());
            }
        }
    }
    Err(Error::Restless { object: scene.object(), rounds: ROUNDS_MAX })
}

/// What follows from a reconciliation that failed: another one, later and later.
fn retry(instance: Arc<ComputeInstance>, error: &Error, context: Arc<Context>) -> Action {
    let errors = context.memories.count_error(&instance.uid().unwrap_or_default());
    tracing::warn!(target: "operator", errors, error = chain(error), "a reconciliation failed");
    let Settings { error_retry_base, error_retry_cap, .. } = context.settings;
    Action::requeue(doubling(errors, error_retry_base, error_retry_cap))
}

/// Pauses after failures of a watch: doubling, without chance. It counts anew after a failure that
/// came long after the one before, and at nothing else: kube-runtime tells a good event before
/// each list, also before one that fails.
#[derive(Default)]
pub struct WatchBackoff {
    failures: u32,
    last: Option<Instant>,
}

impl Iterator for WatchBackoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let calm = self.last.is_none_or(|last| now.duration_since(last) > WATCH_CALM);
        self.failures = if calm { 1 } else { self.failures.saturating_add(1) };
        self.last = Some(now);
        Some(doubling(self.failures, WATCH_RETRY_BASE, WATCH_RETRY_CAP))
    }
}

impl Backoff for WatchBackoff {
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_fails_is_opened_again_later_and_later() {
        let mut backoff = WatchBackoff::default();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let pause = backoff.next().unwrap();
            // what a failing list is preceded by
            backoff.reset();
            tokio::time::sleep(pause).await;
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        tokio::time::sleep(WATCH_CALM).await;
        assert_eq!(backoff.next(), Some(WATCH_RETRY_BASE));
    }
}
