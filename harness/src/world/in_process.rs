//! The operator of this workspace as tasks of the world: each life gets clients of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use operator::{Dependencies, Settings};
use scenario::plan::{Plan, Provider};
use tokio::sync::oneshot;

use super::aap_config;
use super::actors::eda::Receiver;
use super::classify::Speaks;
use super::lines::Lines;
use super::operator_control::{Begin, Life, OperatorControl};
use super::wire::Wire;
use crate::defects::Defect;

/// The webhooks of the world's EDA.
const EDA_CREATE: &str = "http://eda.embedded/create-compute-instance";
const EDA_DELETE: &str = "http://eda.embedded/delete-compute-instance";

/// Makes what one life of the operator is handed, with nothing remembered.
type Outfit = Arc<dyn Fn(Settings) -> Dependencies + Send + Sync>;

/// The embedded operator of a world.
///
/// # Errors
/// Why it does not take the plan's settings.
pub fn operator(
    plan: &Plan,
    lines: &Lines,
    receiver: &Receiver,
    token: &str,
    defect: Option<Defect>,
) -> Result<OperatorControl, String> {
    let settings = settings(plan, token)?;
    let (lines, receiver, recorder) = (lines.clone(), receiver.clone(), lines.recorder.clone());
    let clock = *recorder.clock();
    let outfit = move |settings: Settings| Dependencies {
        client: lines.kube("operator"),
        aap: Wire::new(lines.aap.service(), lines.hop("operator", "aap", Speaks::Aap)).transport(),
        eda: Wire::new(receiver.service(), lines.hop("operator", "eda", Speaks::Eda)).transport(),
        clock: Arc::new(clock),
        settings,
        policy: Defect::policy(defect),
    };
    let begin = lives(Arc::new(outfit), settings);
    Ok(OperatorControl::new(begin, None, plan.world.provider, recorder))
}

fn lives(outfit: Outfit, settings: Settings) -> Begin {
    Arc::new(move |provider| {
        let mut settings = settings.clone();
        settings.provider = match provider {
            Provider::Aap => operator::api::Provider::Aap,
            Provider::Eda => operator::api::Provider::Eda,
        };
        let dependencies = outfit(settings);
        let (stop, stopped) = oneshot::channel::<()>();
        let whole = async move {
            let shutdown = async move { drop(stopped.await) };
            // in a task of its own, so that a panic of the operator is a finding, not our end
            let life = tokio::spawn(operator::run(dependencies, shutdown));
            let _ends_with_us = AbortOnDrop(life.abort_handle());
            match life.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(chain(&error)),
                Err(error) if error.is_panic() => Some(panic_text(error)),
                Err(_) => None,
            }
        };
        Life {
            whole: Box::pin(whole),
            stop: Box::new(move || {
                let _ = stop.send(());
            }),
            // dropping its tasks is enough
            kill: Box::new(|| {}),
            wrote: Box::new(String::new),
        }
    })
}

/// The operator's settings, read as its process reads them.
fn settings(plan: &Plan, token: &str) -> Result<Settings, String> {
    let (world, chosen) = (&plan.world, &plan.world.operator);
    let time = |duration: Duration| format!("{}ms", duration.as_millis());
    let variables = BTreeMap::from([
        ("OSAC_PROVISIONING_PROVIDER", world.provider.to_string()),
        ("OSAC_AAP_URL", "http://aap.embedded/api/controller".to_owned()),
        ("OSAC_AAP_TOKEN", token.to_owned()),
        ("OSAC_AAP_PROVISION_TEMPLATE", aap_config::setting(&world.aap.provision)),
        ("OSAC_AAP_DEPROVISION_TEMPLATE", aap_config::setting(&world.aap.deprovision)),
        ("OSAC_COMPUTE_INSTANCE_PROVISION_WEBHOOK", EDA_CREATE.to_owned()),
        ("OSAC_COMPUTE_INSTANCE_DEPROVISION_WEBHOOK", EDA_DELETE.to_owned()),
        ("OSAC_AAP_STATUS_POLL_INTERVAL", time(chosen.poll_interval)),
        ("OSAC_MINIMUM_REQUEST_INTERVAL", time(chosen.minimum_request_interval)),
        ("OSAC_EDA_START_GRACE", time(chosen.start_grace)),
        ("OSAC_MAX_JOB_HISTORY", chosen.history_limit.to_string()),
        ("OSAC_ENABLE_TENANT_CONTROLLER", chosen.tenant_controller.to_string()),
    ]);
    Settings::from_variables(&|name| variables.get(name).cloned())
        .map_err(|error| format!("the operator's settings are not good: {error}"))
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let payload = error.into_panic();
    let text = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    format!("it panicked: {}", text.unwrap_or_else(|| "without a text".to_owned()))
}
