//! The world: providers, settings, tenant, objects, machines, faults.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::expression::Sight;
use super::object::Purpose;
use super::{Fields, Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::plan::{
    Capability, CrashAt, Fault, FaultEffect, KubeVirt, Latency, OperatorSettings, Provider, Tenant,
    VmStage, WatchFault, World,
};
use crate::profile::Profile;
use crate::words::{
    ALWAYS, CRASH_AT, CRASH_FAULT, DELAY, DROP, FAULT, HANG, KUBEVIRT, LATENCY, NOTHING, OPERATOR,
    PROVIDERS, REPLY, TENANT, VM_STAGE, WATCH, WORLD,
};

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The tenant of a world that does not say.
pub(crate) fn default_tenant(profile: &Profile) -> Tenant {
    let namespace = profile.tenant.namespace.as_deref().unwrap_or("t1");
    Tenant { name: "t1".to_owned(), namespace: namespace.to_owned(), phase: "Ready".to_owned() }
}

const SETTINGS: OperatorSettings = OperatorSettings {
    poll_interval: seconds(30),
    history_limit: 10,
    minimum_request_interval: Duration::ZERO,
    start_grace: seconds(600),
    tenant_controller: false,
};

const LATENCIES: Latency = Latency { min: Duration::from_millis(1), max: Duration::from_millis(8) };

fn machines() -> KubeVirt {
    let stage = |status: &str, n| VmStage { status: status.to_owned(), lasts: seconds(n) };
    KubeVirt {
        boot: vec![stage("Provisioning", 10), stage("Starting", 15)],
        ends: None,
        restart: seconds(5),
    }
}

impl Reader<'_> {
    /// The world; of production where the file says nothing.
    pub(crate) fn world(&mut self, item: Option<Item<'_>>) -> World {
        let fields = item.and_then(|item| self.map(item, &WORLD));
        let get = |name| fields.as_ref().and_then(|fields| fields.get(name));
        // objects and patterns need to know the tenant
        let tenant = match get("tenant") {
            Some(item) => {
                self.uses(Capability::Tenant, item, "`tenant`");
                self.tenant_of(item)
            }
            None => Some(default_tenant(self.profile)),
        };
        self.tenant = tenant.clone().unwrap_or_else(|| default_tenant(self.profile));
        let provider = get("provider").and_then(|item| self.provider(item));
        let operator = get("operator").map_or(SETTINGS, |item| self.operator(item));
        let latency = get("latency").map_or(LATENCIES, |item| self.latency(item));
        if let Some(item) = get("aap") {
            self.uses(Capability::FakeAap, item, "`aap`");
        }
        if let Some(item) = get("eda") {
            self.uses(Capability::Eda, item, "`eda`");
        }
        let aap = self.aap(get("aap"));
        self.templates = [&aap.provision.name, &aap.deprovision.name]
            .into_iter()
            .chain(aap.templates.iter().map(|template| &template.name))
            .cloned()
            .collect();
        let eda = self.eda(get("eda"));
        let kubevirt = get("kubevirt").map_or_else(machines, |item| {
            self.uses(Capability::Vm, item, "`kubevirt`");
            self.kubevirt(item)
        });
        let objects = get("objects").map_or(&[][..], |item| self.list(item));
        let objects = objects
            .iter()
            .filter_map(|node| self.template(Item::alone(node), Purpose::Whole))
            .collect();
        let faults = get("faults").map(|item| self.faults(item)).unwrap_or_default();
        World {
            provider: provider.unwrap_or(Provider::Aap),
            operator,
            aap,
            eda,
            kubevirt,
            tenant,
            objects,
            latency,
            faults,
        }
    }

    /// Notes that something needs a capability.
    pub(crate) fn uses(&mut self, capability: Capability, item: Item<'_>, what: &str) {
        self.used.push((capability, item.key, what.to_owned()));
    }

    pub(crate) fn provider(&mut self, item: Item<'_>) -> Option<Provider> {
        match self.one_of(item, &PROVIDERS)? {
            "eda" => {
                self.uses(Capability::Eda, item, "provider `eda`");
                Some(Provider::Eda)
            }
            _ => Some(Provider::Aap),
        }
    }

    fn operator(&mut self, item: Item<'_>) -> OperatorSettings {
        let Some(fields) = self.map(item, &OPERATOR) else { return SETTINGS };
        let poll_interval = self.or(&fields, "pollInterval", SETTINGS.poll_interval, |r, item| {
            let interval = r.duration(item)?;
            if interval.is_zero() {
                let span = item.value.span;
                let message = "a poll interval of no time is a hot loop";
                r.tell(Diagnostic::error("out-of-bounds", span, message));
                return None;
            }
            Some(interval)
        });
        OperatorSettings {
            poll_interval,
            history_limit: self.or(&fields, "historyLimit", SETTINGS.history_limit, |r, item| {
                r.count(item, 1, 1000)
            }),
            minimum_request_interval: self.or(
                &fields,
                "minimumRequestInterval",
                SETTINGS.minimum_request_interval,
                Self::duration,
            ),
            start_grace: self.or(&fields, "startGrace", SETTINGS.start_grace, Self::duration),
            tenant_controller: self.or(
                &fields,
                "tenantController",
                SETTINGS.tenant_controller,
                Self::bool,
            ),
        }
    }

    fn latency(&mut self, item: Item<'_>) -> Latency {
        let Some(fields) = self.map(item, &LATENCY) else { return LATENCIES };
        let min = fields.get("min").and_then(|item| self.duration(item));
        let max = fields.get("max").and_then(|item| self.duration(item));
        // one bound that is given moves the other
        let latency = match (min, max) {
            (Some(min), Some(max)) => Latency { min, max },
            (Some(min), None) => Latency { min, max: LATENCIES.max.max(min) },
            (None, Some(max)) => Latency { min: LATENCIES.min.min(max), max },
            (None, None) => LATENCIES,
        };
        if latency.min > latency.max {
            let message = "the least latency is more than the most";
            self.tell(Diagnostic::error("out-of-bounds", item.key, message));
            return LATENCIES;
        }
        latency
    }

    fn tenant_of(&mut self, item: Item<'_>) -> Option<Tenant> {
        if item.value.text().is_some_and(|text| &**text == "none") {
            return None;
        }
        let default = default_tenant(self.profile);
        let Some(fields) = self.map(item, &TENANT) else { return Some(default) };
        let name = self.or(&fields, "name", default.name, Self::full_text);
        let namespace = self.or(&fields, "namespace", name.clone(), Self::full_text);
        let phase = self.or(&fields, "phase", default.phase, Self::text);
        Some(Tenant { name, namespace, phase })
    }

    fn kubevirt(&mut self, item: Item<'_>) -> KubeVirt {
        let default = machines();
        let Some(fields) = self.map(item, &KUBEVIRT) else { return default };
        let boot = match fields.get("boot") {
            Some(item) => {
                let nodes = self.list(item);
                nodes.iter().filter_map(|node| self.vm_stage(Item::alone(node))).collect()
            }
            None => default.boot,
        };
        let ends = fields.get("ends").and_then(|item| self.text(item));
        KubeVirt {
            boot,
            ends: ends.filter(|status| status != "Running"),
            restart: self.or(&fields, "restart", default.restart, Self::duration),
        }
    }

    fn vm_stage(&mut self, item: Item<'_>) -> Option<VmStage> {
        let fields = self.map(item, &VM_STAGE)?;
        let status = fields.get("status").and_then(|item| self.text(item));
        let lasts = fields.get("lasts").and_then(|item| self.duration(item));
        Some(VmStage { status: status?, lasts: lasts? })
    }

    fn faults(&mut self, item: Item<'_>) -> Vec<Fault> {
        let nodes = self.list(item);
        let mut faults: Vec<Fault> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let Some(fault) = self.fault(Item::alone(node)) else { continue };
            if let Some(first) = faults.iter().find(|other| other.name == fault.name) {
                let message = format!("there are two faults `{}`", fault.name);
                let first = first.span;
                self.tell(
                    Diagnostic::error("duplicate-name", fault.span, message)
                        .with_related(first, "first here"),
                );
                continue;
            }
            faults.push(fault);
        }
        faults
    }

    fn fault(&mut self, item: Item<'_>) -> Option<Fault> {
        let fields = self.map(item, &FAULT)?;
        let name = fields.get("name").and_then(|item| self.name(item).map(|n| (n, item)));
        self.faults.extend(name.iter().map(|(name, _)| name.clone()));
        let when = fields.get("when").and_then(|item| self.condition(item, Sight::FAULT));
        let after = self.or(&fields, "after", 0, |r, item| r.count(item, 0, 10_000));
        let times = match fields.get("times") {
            Some(item) => self.times(item),
            None => Some(Some(1)),
        };
        let effect = self.fault_effect(&fields, when.as_ref().map(|w| w.text()).unwrap_or(""));
        let (name, item) = name?;
        Some(Fault {
            name,
            span: item.value.span,
            when: when?,
            after,
            times: times?,
            effect: effect?,
        })
    }

    /// A number of times, or always: the outer `None` where it is neither.
    #[expect(clippy::option_option, reason = "read or not, and then with an end or without")]
    fn times(&mut self, item: Item<'_>) -> Option<Option<u32>> {
        match self.value(item)? {
            Value::String(word) if word == ALWAYS => Some(None),
            Value::String(word) => {
                self.unknown_word(item.value.span, &word, &[ALWAYS]);
                None
            }
            Value::Number(number) if number.as_i64() == Some(0) => {
                let message = "a fault of 0 times takes no effect";
                let hint = "leave the fault out of this variant";
                let span = item.value.span;
                self.tell(Diagnostic::error("out-of-bounds", span, message).with_hint(hint));
                None
            }
            _ => self.count(item, 1, 10_000).map(Some),
        }
    }

    fn fault_effect(&mut self, fields: &Fields<'_>, when: &str) -> Option<FaultEffect> {
        let (word, item) = fields.chosen()?;
        self.note_fault(word, item, when);
        match word {
            "reply" => self.reply(item),
            "delay" => {
                let fields = self.map(item, &DELAY)?;
                Some(FaultEffect::Delay {
                    before: self.or(&fields, "before", Duration::ZERO, Self::duration),
                    after: self.or(&fields, "after", Duration::ZERO, Self::duration),
                })
            }
            "hang" => {
                let fields = self.map(item, &HANG)?;
                let executed = self.or(&fields, "executed", false, Self::bool);
                Some(FaultEffect::Hang { executed })
            }
            "refuse" => self.map(item, &NOTHING).map(|_| FaultEffect::Refuse),
            "drop" => {
                let fields = self.map(item, &DROP)?;
                let executed = self.or(&fields, "executed", false, Self::bool);
                let mid_body = self.or(&fields, "midBody", false, Self::bool);
                Some(FaultEffect::Drop { executed, mid_body })
            }
            "crash" => {
                let fields = self.map(item, &CRASH_FAULT)?;
                let at = fields.get("at").and_then(|item| self.one_of(item, &CRASH_AT));
                let restart_after = self.or(&fields, "restartAfter", seconds(5), Self::duration);
                let at = match at? {
                    "beforeRequest" => CrashAt::BeforeRequest,
                    "afterRequest" => CrashAt::AfterRequest,
                    _ => CrashAt::AfterReply,
                };
                Some(FaultEffect::Crash { at, restart_after })
            }
            "aap" => self.aap_action(item).map(FaultEffect::Aap),
            _ => self.watch_fault(item).map(FaultEffect::Watch),
        }
    }

    /// What a target must offer for a fault.
    fn note_fault(&mut self, word: &'static str, item: Item<'_>, when: &str) {
        let capability = match word {
            "crash" => Capability::Crash,
            "aap" => Capability::AapFaults,
            "watch" => Capability::WatchDelay,
            // which server it is about stands in the condition, if anywhere
            _ if when.contains("\"aap\"") => Capability::AapFaults,
            _ if when.contains("\"eda\"") => Capability::Eda,
            _ if when.contains("\"kube\"") => Capability::ApiFaults,
            _ => return,
        };
        self.uses(capability, item, &format!("fault `{word}`"));
    }

    fn reply(&mut self, item: Item<'_>) -> Option<FaultEffect> {
        let fields = self.map(item, &REPLY)?;
        let status = fields.get("status").and_then(|item| self.int(item, 100, 599));
        let headers = fields.get("headers").map(|item| self.texts(item)).unwrap_or_default();
        let body = match fields.get("body") {
            Some(item) => self.value(item)?,
            None => Value::Null,
        };
        let executed = self.or(&fields, "executed", false, Self::bool);
        let status = u16::try_from(status?).ok()?;
        Some(FaultEffect::Reply { status, headers, body, executed })
    }

    fn watch_fault(&mut self, item: Item<'_>) -> Option<WatchFault> {
        if item.value.text().is_some() {
            return Some(match self.one_of(item, &["hold", "drop", "twice"])? {
                "hold" => WatchFault::Hold,
                "drop" => WatchFault::Drop,
                _ => WatchFault::Twice,
            });
        }
        let fields = self.map(item, &WATCH)?;
        fields.get("delay").and_then(|item| self.duration(item)).map(WatchFault::Delay)
    }

    /// Switches by name.
    pub(super) fn switches(&mut self, item: Item<'_>) -> BTreeMap<String, bool> {
        let mut switches = BTreeMap::new();
        if !matches!(item.value.kind, crate::yaml::Kind::Map(_)) {
            self.wrong_type(item, "a map");
        }
        for entry in item.value.entries() {
            if let Some(on) = self.bool(entry.into()) {
                switches.insert(entry.key.to_string(), on);
            }
        }
        switches
    }
}
