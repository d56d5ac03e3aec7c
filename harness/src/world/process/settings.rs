//! A profile's environment and arguments, with what only the world knows filled in.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use scenario::plan::{Plan, Provider};
use scenario::profile::{Placeholder, Process};

use crate::world::aap_config;
use crate::world::clock::WorldClock;

/// What only the world knows.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Every value but the provider, which may change from one life to the next.
    values: BTreeMap<Placeholder, String>,
    clock: WorldClock,
}

/// Where the world's servers are.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    /// A kubeconfig.
    pub kubeconfig: &'a Path,
    /// AAP, without a path.
    pub aap: &'a str,
    /// EDA, without a path.
    pub eda: &'a str,
    /// The token for AAP.
    pub token: &'a str,
}

impl Facts {
    /// The facts of a world.
    pub fn new(plan: &Plan, places: &Places<'_>, clock: WorldClock) -> Facts {
        use Placeholder as P;
        let world = &plan.world;
        let chosen = &world.operator;
        let text = |pointer: &str| {
            let value = plan.profile.pointer(pointer).and_then(serde_json::Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let time = |duration| shown(clock.scaled(duration));
        let values = BTreeMap::from([
            (P::Kubeconfig, places.kubeconfig.display().to_string()),
            (P::Namespace, text("/namespace")),
            (P::AapUrl, places.aap.to_owned()),
            (P::AapToken, places.token.to_owned()),
            (P::ProvisionTemplate, aap_config::setting(&world.aap.provision)),
            (P::DeprovisionTemplate, aap_config::setting(&world.aap.deprovision)),
            (P::EdaUrl, places.eda.to_owned()),
            (P::PollInterval, time(chosen.poll_interval)),
            (P::HistoryLimit, chosen.history_limit.to_string()),
            (P::MinimumRequestInterval, time(chosen.minimum_request_interval)),
            (P::StartGrace, time(chosen.start_grace)),
            (P::TenantController, chosen.tenant_controller.to_string()),
        ]);
        Facts { values, clock }
    }

    fn value(&self, provider: Provider, placeholder: &Placeholder) -> String {
        match placeholder {
            Placeholder::Provider => provider.to_string(),
            Placeholder::Duration(duration) => shown(self.clock.scaled(*duration)),
            other => self.values.get(other).cloned().unwrap_or_default(),
        }
    }
}

/// A duration as Go reads it. One that the scale made nothing of is the least that is not nothing.
fn shown(duration: Duration) -> String {
    let least = u128::from(!duration.is_zero());
    format!("{}ms", duration.as_millis().max(least))
}

/// The variables of a process.
pub fn environment(process: &Process, facts: &Facts, provider: Provider) -> Vec<(String, String)> {
    let fill = |placeholder: &Placeholder| facts.value(provider, placeholder);
    process.environment.iter().map(|(name, text)| (name.clone(), text.filled(fill))).collect()
}

/// The arguments of a process.
pub fn arguments(process: &Process, facts: &Facts, provider: Provider) -> Vec<String> {
    let fill = |placeholder: &Placeholder| facts.value(provider, placeholder);
    process.arguments.iter().map(|text| text.filled(fill)).collect()
}
