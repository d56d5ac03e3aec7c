//! A small controller that makes Tenants ready, for clusters where no one else does: a Tenant gets
//! a namespace of its name, and is Ready as soon as that exists.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::runtime::controller::{Action, Controller};
use kube::runtime::watcher;
use kube::{Client, Error as KubeError, ResourceExt as _};

use crate::api::{Tenant, TenantStatus};
use crate::controller::{Shutdown, WatchBackoff, until_ended};
use crate::errors::{Error, chain};
use crate::settings::Settings;

struct Context {
    client: Client,
    retry: Duration,
}

/// Runs until `shutdown` is done.
pub async fn run(client: Client, settings: Settings, shutdown: Shutdown) {
    let namespace = settings.tenant_namespace.or(settings.namespace);
    let api: Api<Tenant> = match &namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let context = Arc::new(Context { client, retry: settings.error_retry_base });
    let controller = Controller::new(api, watcher::Config::default());
    let tenants = controller.store();
    let working = controller
        .trigger_backoff(WatchBackoff::default())
        .graceful_shutdown_on(shutdown.clone())
        .run(reconcile, retry, context)
        .for_each(|_| std::future::ready(()));
    until_ended(working, &tenants, shutdown).await;
}

async fn reconcile(tenant: Arc<Tenant>, context: Arc<Context>) -> Result<Action, Error> {
    let terminating = tenant.metadata.deletion_timestamp.is_some();
    let status = tenant.status.clone().unwrap_or_default();
    if terminating || (status.phase.as_deref() == Some("Ready") && status.namespace.is_some()) {
        return Ok(Action::await_change());
    }
    let name = tenant.name_any();
    let failed = |doing| {
        let object = name.clone();
        move |source: KubeError| Error::Kubernetes { doing, object, source: Box::new(source) }
    };
    ensure_namespace(&context.client, &name).await.map_err(failed("make the namespace"))?;
    let mut ready = (*tenant).clone();
    ready.metadata.managed_fields = None;
    ready.status =
        Some(TenantStatus { phase: Some("Ready".to_owned()), namespace: Some(name.clone()) });
    let own = tenant.namespace().unwrap_or_default();
    Api::<Tenant>::namespaced(context.client.clone(), &own)
        .replace_status(&name, &PostParams::default(), &ready)
        .await
        .map_err(failed("write the status of the tenant"))?;
    tracing::info!(target: "operator", tenant = name, "the tenant is ready");
    Ok(Action::await_change())
}

async fn ensure_namespace(client: &Client, name: &str) -> Result<(), KubeError> {
    let api: Api<Namespace> = Api::all(client.clone());
    if api.get_opt(name).await?.is_some() {
        return Ok(());
    }
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let namespace = Namespace { metadata, ..Namespace::default() };
    match api.create(&PostParams::default(), &namespace).await {
        Ok(_) => Ok(()),
        Err(KubeError::Api(status)) if status.is_already_exists() => Ok(()),
        Err(error) => Err(error),
    }
}

fn retry(_tenant: Arc<Tenant>, error: &Error, context: Arc<Context>) -> Action {
    tracing::warn!(target: "operator", error = chain(error), "a tenant could not be made ready");
    Action::requeue(context.retry)
}
