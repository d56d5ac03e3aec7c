//! What differs between operators that run the same scenarios: a profile.

mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::plan::Capability;
use crate::source::Source;

pub use self::template::{Placeholder, Text};

/// What differs between operators that run the same scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// `group/version` of ComputeInstance and Tenant.
    pub api_version: String,
    /// The namespace of the instances.
    pub namespace: String,
    /// What `profile` shows to expressions: at least `apiVersion`, `namespace`, `spec`, and
    /// `timestampsMs`, how exact timestamps in objects are.
    pub values: Arc<Value>,
    /// The tenant of instances.
    pub tenant: TenantOf,
    /// Names of the CRDs that it needs where they are not the built-in ones.
    pub definitions: Vec<String>,
    /// Where a status keeps its jobs.
    pub jobs: Jobs,
    /// The normal word for a phase, where it is another.
    pub phases: BTreeMap<String, String>,
    /// The normal type for a condition, where it is another.
    pub conditions: BTreeMap<String, String>,
    /// How the operator is started as a process.
    pub process: Process,
    /// Capabilities that this version lacks, with the reason.
    pub lacks: BTreeMap<Capability, String>,
    /// Variants that fail with this version.
    pub known_failures: Vec<KnownFailure>,
}

/// The tenant of instances, as a version of the operator wants it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenantOf {
    /// Its namespace, where it is not its name.
    pub namespace: Option<String>,
    /// Labels of that namespace.
    pub namespace_labels: BTreeMap<String, String>,
    /// The operator makes the Tenant, and not who sets up the world.
    pub made_by_operator: bool,
    /// Its spec.
    pub spec: Value,
}

/// Where a status keeps its jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jobs {
    /// `provisionJob`, `deprovisionJob`, `jobHistory`: the normalised view itself.
    Normal,
    /// `provisionJob` and `deprovisionJob` with fewer fields, and no history.
    Nested,
    /// `provisionJobID`, `provisionJobState`, `provisionJobMessage`, and so for `deprovision`.
    Flat,
    /// One list of this name, of both kinds, oldest first.
    List(String),
}

/// Variants that fail with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFailure {
    /// `scenario::variant`, or a scenario for all of its variants.
    pub variants: Vec<String>,
    /// Why they fail.
    pub reason: String,
    /// Where that is known.
    pub link: Option<String>,
}

impl KnownFailure {
    /// Whether it is about a variant.
    #[must_use]
    pub fn is_about(&self, scenario: &str, variant: &str) -> bool {
        self.variants.iter().any(|name| match name.split_once("::") {
            Some(pair) => pair == (scenario, variant),
            None => name == scenario,
        })
    }
}

/// What came of reading a profile.
#[derive(Debug)]
pub struct ProfileRead {
    /// The profile; none if there is an error among the diagnostics.
    pub profile: Option<Profile>,
    /// All that is wrong, as shown to the user.
    pub told: String,
}

/// Reads a profile. `known` finds the profile that it extends.
#[must_use]
pub fn read(file: &str, text: &str, known: &dyn Fn(&str) -> Option<Profile>) -> ProfileRead {
    let source = Source::new(file, text);
    let (tree, mut diagnostics) = match crate::yaml::read(text) {
        Ok(read) => read,
        Err(diagnostic) => {
            return ProfileRead { profile: None, told: diagnostic.render(&source) };
        }
    };
    let profile = crate::read::profile(&source, &tree, known, &mut diagnostics);
    let good = !diagnostics.iter().any(Diagnostic::is_error);
    let told: Vec<String> = diagnostics.iter().map(|one| one.render(&source)).collect();
    ProfileRead { profile: profile.filter(|_| good), told: told.join("\n") }
}

/// How an operator is started as a process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Process {
    /// Its environment, all of it.
    pub environment: BTreeMap<String, Text>,
    /// Its arguments.
    pub arguments: Vec<Text>,
    /// Resources (plurals) that it watches as soon as it is ready.
    pub watches: Vec<String>,
}

impl Profile {
    /// The profile of the embedded operator.
    #[must_use]
    pub fn embedded() -> Self {
        let api_version = "osac.openshift.io/v1alpha1";
        let namespace = "osac-computeinstance";
        Self {
            name: "embedded".to_owned(),
            api_version: api_version.to_owned(),
            namespace: namespace.to_owned(),
            values: Arc::new(json!({
                "name": "embedded",
                "apiVersion": api_version,
                "namespace": namespace,
                "spec": {
                    "templateID": "osac.templates.ocp_virt_vm",
                    "templateParameters": "{\"cpu_cores\":2,\"memory\":\"2Gi\"}",
                },
                "finalizer": "osac.openshift.io/computeinstance",
                "playbookFinalizer": "osac.openshift.io/computeinstance-aap",
                "annotations": {
                    "tenant": "osac.openshift.io/tenant",
                    "managementState": "osac.openshift.io/management-state",
                    "reconciledConfigVersion": "osac.openshift.io/reconciled-config-version",
                },
                "labels": {"instance": "osac.openshift.io/computeinstance"},
                "timestampsMs": 1000,
            })),
            tenant: TenantOf { spec: json!({}), ..TenantOf::default() },
            definitions: Vec::new(),
            jobs: Jobs::Normal,
            phases: BTreeMap::new(),
            conditions: BTreeMap::new(),
            process: embedded_process(),
            lacks: BTreeMap::new(),
            known_failures: Vec::new(),
        }
    }

    /// Puts what the other fields say into what expressions see.
    pub(crate) fn settle(&mut self, more: Option<Value>, spec: Option<Value>) {
        let Value::Object(values) = Arc::make_mut(&mut self.values) else { return };
        if let Some(Value::Object(more)) = more {
            for (name, value) in more {
                match (values.get_mut(&name), value) {
                    (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                    (_, value) => drop(values.insert(name, value)),
                }
            }
        }
        values.insert("name".to_owned(), json!(self.name));
        values.insert("apiVersion".to_owned(), json!(self.api_version));
        values.insert("namespace".to_owned(), json!(self.namespace));
        if let Some(spec) = spec {
            values.insert("spec".to_owned(), spec);
        }
    }

    /// The same on a clock on which so many seconds of the scenario pass in one of the calendar:
    /// timestamps of objects, which are whole seconds, are so much coarser.
    #[must_use]
    pub fn scaled(mut self, scale: u32) -> Self {
        if let Value::Object(values) = Arc::make_mut(&mut self.values) {
            values.insert("timestampsMs".to_owned(), json!(u64::from(scale) * 1000));
        }
        self
    }
}

/// The environment that `operator/README.md` lists.
fn embedded_process() -> Process {
    let variables = [
        ("KUBECONFIG", "${kubeconfig}"),
        ("OSAC_PROVISIONING_PROVIDER", "${provider}"),
        ("OSAC_AAP_URL", "${aapUrl}/api/controller"),
        ("OSAC_AAP_TOKEN", "${aapToken}"),
        ("OSAC_AAP_PROVISION_TEMPLATE", "${provisionTemplate}"),
        ("OSAC_AAP_DEPROVISION_TEMPLATE", "${deprovisionTemplate}"),
        ("OSAC_COMPUTE_INSTANCE_PROVISION_WEBHOOK", "${edaUrl}/create-compute-instance"),
        ("OSAC_COMPUTE_INSTANCE_DEPROVISION_WEBHOOK", "${edaUrl}/delete-compute-instance"),
        ("OSAC_AAP_STATUS_POLL_INTERVAL", "${pollInterval}"),
        ("OSAC_MAX_JOB_HISTORY", "${historyLimit}"),
        ("OSAC_JOB_RETRY_BASE", "${2m}"),
        ("OSAC_JOB_RETRY_CAP", "${30m}"),
        ("OSAC_LAUNCH_RETRY_BASE", "${10s}"),
        ("OSAC_LAUNCH_RETRY_CAP", "${5m}"),
        ("OSAC_LOOK_UP_WINDOW", "${130s}"),
        ("OSAC_CLOCK_SKEW", "${5m}"),
        ("OSAC_EDA_START_GRACE", "${startGrace}"),
        ("OSAC_MINIMUM_REQUEST_INTERVAL", "${minimumRequestInterval}"),
        ("OSAC_AAP_TIMEOUT", "${30s}"),
        ("OSAC_EDA_TIMEOUT", "${10s}"),
        ("OSAC_ERROR_RETRY_BASE", "${1s}"),
        ("OSAC_ERROR_RETRY_CAP", "${1m}"),
        ("OSAC_ENABLE_TENANT_CONTROLLER", "${tenantController}"),
    ];
    let text = |text| Text::parse(text).expect("our own placeholders are known");
    Process {
        environment: variables.map(|(name, value)| (name.to_owned(), text(value))).into(),
        arguments: Vec::new(),
        watches: vec!["computeinstances".to_owned(), "tenants".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(spec: &str) -> String {
        let text = format!(
            "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Profile\nmetadata: {{name: x}}\n\
             spec:\n{spec}\n"
        );
        read("x/profile.yaml", &text, &|_| None).told
    }

    #[test]
    fn a_typo_is_told_with_its_place_and_what_was_meant() {
        for (spec, words) in [
            ("  proces: {}", ["unknown key `proces`", "did you mean `process`?"]),
            ("  status: {jobs: provisioningJob}", ["x/profile.yaml:5", "`provisioningJobs`?"]),
            ("  lacks: {cloc: x}", ["unknown key `cloc`", "did you mean `clock`?"]),
            ("  extends: nobody", ["there is no profile `nobody`", "x/profile.yaml:5"]),
            (
                "  process: {environment: {A: \"${kubeconfg}\"}}",
                ["`${kubeconfg}` is not known", "`${kubeconfig}`?"],
            ),
            ("  expectFail: [{variants: [a]}]", ["`reason` is missing", "why they fail"]),
        ] {
            let told = told(spec);
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
        }
    }

    #[test]
    fn what_a_profile_says_is_laid_over_what_it_extends() {
        let read = read(
            "x/profile.yaml",
            "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Profile\nmetadata: {name: x}\n\
             spec:\n  namespace: other\n  values: {annotations: {tenant: a/b}}\n  \
             lacks: {eda: it has none}\n  expectFail: [{variants: [s01, s02::a], reason: so}]\n",
            &|_| None,
        );
        let profile = read.profile.unwrap_or_else(|| panic!("{}", read.told));
        assert_eq!((profile.name.as_str(), profile.namespace.as_str()), ("x", "other"));
        assert_eq!(profile.values["namespace"], "other");
        assert_eq!(profile.values["annotations"]["tenant"], "a/b");
        let kept = &Profile::embedded().values["annotations"]["managementState"];
        assert_eq!(&profile.values["annotations"]["managementState"], kept);
        assert_eq!(profile.lacks[&Capability::Eda], "it has none");
        let known = &profile.known_failures[0];
        assert!(known.is_about("s01", "any") && known.is_about("s02", "a"));
        assert!(!known.is_about("s02", "b"));
    }
}
