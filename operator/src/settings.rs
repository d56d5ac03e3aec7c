//! What can be set. The only reader of the environment.

use std::time::Duration;

use crate::api::Provider;
use crate::errors::Error;
use crate::secret::Secret;

/// All that can be set; the default is what production uses. Every duration is a setting, so that
/// a process can be run at scaled time.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who runs the playbooks.
    pub provider: Provider,
    /// The controller's API without its version, as `https://aap.example/api/controller`.
    pub aap_url: String,
    /// The bearer token for AAP.
    pub aap_token: Secret,
    /// Name of the job or workflow template that makes a virtual machine.
    pub provision_template: String,
    /// Name of the job or workflow template that removes one.
    pub deprovision_template: String,
    /// The webhook that makes a virtual machine (EDA).
    pub eda_create_url: String,
    /// The webhook that removes one (EDA).
    pub eda_delete_url: String,
    /// The namespace to work in; none: all of them.
    pub namespace: Option<String>,
    /// Where Tenants are; none: beside their ComputeInstances.
    pub tenant_namespace: Option<String>,
    /// How often a job is asked for.
    pub poll_interval: Duration,
    /// The least time between two calls of one webhook (EDA).
    pub minimum_request_interval: Duration,
    /// How many former jobs a status keeps.
    pub history_limit: usize,
    /// Wait after a job's first failure; doubles with each further one.
    pub job_retry_base: Duration,
    /// The longest wait after a failed job.
    pub job_retry_cap: Duration,
    /// Wait after the first launch that was refused; doubles with each further one.
    pub launch_retry_base: Duration,
    /// The longest wait after a refused launch.
    pub launch_retry_cap: Duration,
    /// How long after a launch without an answer its job may still appear.
    pub look_up_window: Duration,
    /// How far AAP's clock may be from ours when a job is looked up.
    pub clock_skew: Duration,
    /// How long after an accepted create webhook its playbook may still start (EDA).
    pub eda_start_grace: Duration,
    /// Limit of one request to AAP.
    pub http_timeout: Duration,
    /// Limit of one webhook (EDA).
    pub eda_timeout: Duration,
    /// Wait after a first error of the Kubernetes API; doubles with each further one.
    pub error_retry_base: Duration,
    /// The longest wait after such errors.
    pub error_retry_cap: Duration,
    /// Whether this operator makes Tenants ready itself. For clusters where no one else does.
    pub tenant_controller: bool,
    /// How many objects are worked on at a time; 0: no limit.
    pub concurrency: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            provider: Provider::Aap,
            aap_url: String::new(),
            aap_token: Secret::default(),
            provision_template: "osac-create-compute-instance".to_owned(),
            deprovision_template: "osac-delete-compute-instance".to_owned(),
            eda_create_url: String::new(),
            eda_delete_url: String::new(),
            namespace: None,
            tenant_namespace: None,
            poll_interval: Duration::from_secs(30),
            minimum_request_interval: Duration::ZERO,
            history_limit: 10,
            job_retry_base: Duration::from_secs(2 * 60),
            job_retry_cap: Duration::from_secs(30 * 60),
            launch_retry_base: Duration::from_secs(10),
            launch_retry_cap: Duration::from_secs(5 * 60),
            look_up_window: Duration::from_secs(130),
            clock_skew: Duration::from_secs(5 * 60),
            eda_start_grace: Duration::from_secs(10 * 60),
            http_timeout: Duration::from_secs(30),
            eda_timeout: Duration::from_secs(10),
            error_retry_base: Duration::from_secs(1),
            error_retry_cap: Duration::from_secs(60),
            tenant_controller: false,
            concurrency: 64,
        }
    }
}

impl Settings {
    /// The settings that the environment gives, over the defaults. `README.md` lists the names.
    ///
    /// # Errors
    /// Fails on a variable that is missing or cannot be read. No error shows a value.
    pub fn from_env() -> Result<Self, Error> {
        #[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    /// The settings that variables give, over the defaults, wherever the variables come from.
    ///
    /// # Errors
    /// As [`Settings::from_env`].
    pub fn from_variables(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let mut settings = Self::default();
        settings.read_providers(lookup)?;
        for (name, place) in settings.durations() {
            if let Some(text) = given(lookup, name) {
                *place = duration(name, &text)?;
            }
        }
        settings.namespace = given(lookup, "OSAC_COMPUTE_INSTANCE_NAMESPACE");
        settings.tenant_namespace = given(lookup, "OSAC_TENANT_NAMESPACE");
        if let Some(text) = given(lookup, "OSAC_MAX_JOB_HISTORY") {
            settings.history_limit = whole("OSAC_MAX_JOB_HISTORY", &text)?;
        }
        if let Some(text) = given(lookup, "OSAC_MAX_CONCURRENCY") {
            settings.concurrency = whole("OSAC_MAX_CONCURRENCY", &text)?;
        }
        if let Some(text) = given(lookup, "OSAC_ENABLE_TENANT_CONTROLLER") {
            settings.tenant_controller = text.parse().map_err(|_| Error::BadSetting {
                name: "OSAC_ENABLE_TENANT_CONTROLLER",
                expected: "`true` or `false`",
            })?;
        }
        Ok(settings)
    }

    fn read_providers(&mut self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<(), Error> {
        const PROVIDER: &str = "OSAC_PROVISIONING_PROVIDER";
        self.provider = match given(lookup, PROVIDER).as_deref() {
            None | Some("aap") => Provider::Aap,
            Some("eda") => Provider::Eda,
            Some(_) => {
                return Err(Error::BadSetting { name: PROVIDER, expected: "`aap` or `eda`" });
            }
        };
        let texts: [(&'static str, &mut String, Option<Provider>); 5] = [
            ("OSAC_AAP_URL", &mut self.aap_url, Some(Provider::Aap)),
            ("OSAC_AAP_PROVISION_TEMPLATE", &mut self.provision_template, None),
            ("OSAC_AAP_DEPROVISION_TEMPLATE", &mut self.deprovision_template, None),
            (
                "OSAC_COMPUTE_INSTANCE_PROVISION_WEBHOOK",
                &mut self.eda_create_url,
                Some(Provider::Eda),
            ),
            (
                "OSAC_COMPUTE_INSTANCE_DEPROVISION_WEBHOOK",
                &mut self.eda_delete_url,
                Some(Provider::Eda),
            ),
        ];
        for (name, place, needed_by) in texts {
            match given(lookup, name) {
                Some(text) => *place = text,
                None if needed_by == Some(self.provider) => {
                    return Err(Error::MissingSetting { name });
                }
                None => {}
            }
        }
        match given(lookup, "OSAC_AAP_TOKEN") {
            Some(token) => self.aap_token = Secret::new(token),
            None if self.provider == Provider::Aap => {
                return Err(Error::MissingSetting { name: "OSAC_AAP_TOKEN" });
            }
            None => {}
        }
        Ok(())
    }

    fn durations(&mut self) -> [(&'static str, &mut Duration); 13] {
        [
            ("OSAC_AAP_STATUS_POLL_INTERVAL", &mut self.poll_interval),
            ("OSAC_MINIMUM_REQUEST_INTERVAL", &mut self.minimum_request_interval),
            ("OSAC_JOB_RETRY_BASE", &mut self.job_retry_base),
            ("OSAC_JOB_RETRY_CAP", &mut self.job_retry_cap),
            ("OSAC_LAUNCH_RETRY_BASE", &mut self.launch_retry_base),
            ("OSAC_LAUNCH_RETRY_CAP", &mut self.launch_retry_cap),
            ("OSAC_LOOK_UP_WINDOW", &mut self.look_up_window),
            ("OSAC_CLOCK_SKEW", &mut self.clock_skew),
            ("OSAC_EDA_START_GRACE", &mut self.eda_start_grace),
            ("OSAC_AAP_TIMEOUT", &mut self.http_timeout),
            ("OSAC_EDA_TIMEOUT", &mut self.eda_timeout),
            ("OSAC_ERROR_RETRY_BASE", &mut self.error_retry_base),
            ("OSAC_ERROR_RETRY_CAP", &mut self.error_retry_cap),
        ]
    }
}

/// A variable that is set to something.
fn given(lookup: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|text| !text.is_empty())
}

fn whole<T: std::str::FromStr>(name: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::BadSetting { name, expected: "a whole number" })
}

/// Reads a duration as Go writes it: numbers with the units `ms`, `s`, `m` and `h`, as `1m30s`.
fn duration(name: &'static str, text: &str) -> Result<Duration, Error> {
    let bad = || Error::BadSetting { name, expected: "a duration such as `30s` or `1m30s`" };
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let scale_ms = match &rest[..unit] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(bad()),
        };
        rest = &rest[unit..];
        let part_ms = number.checked_mul(scale_ms).ok_or_else(bad)?;
        total = total.checked_add(Duration::from_millis(part_ms)).ok_or_else(bad)?;
    }
    if text.is_empty() { Err(bad()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Error> {
        Settings::from_variables(&|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const AAP: [(&str, &str); 2] = [("OSAC_AAP_URL", "http://aap/api"), ("OSAC_AAP_TOKEN", "t0p")];

    #[test]
    fn defaults_are_those_of_production() {
        let settings = read(&AAP).unwrap();
        assert_eq!(settings.poll_interval, Duration::from_secs(30));
        assert_eq!(settings.provision_template, "osac-create-compute-instance");
        assert_eq!(settings.aap_token.expose(), "t0p");
        assert!(!format!("{settings:?}").contains("t0p"));
    }

    #[test]
    fn each_provider_needs_its_own_addresses() {
        let missing = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().to_string();
        assert_eq!(missing(&[]), "the setting `OSAC_AAP_URL` is missing");
        assert_eq!(missing(&AAP[..1]), "the setting `OSAC_AAP_TOKEN` is missing");
        assert_eq!(
            missing(&[("OSAC_PROVISIONING_PROVIDER", "eda")]),
            "the setting `OSAC_COMPUTE_INSTANCE_PROVISION_WEBHOOK` is missing"
        );
        assert_eq!(
            missing(&[("OSAC_PROVISIONING_PROVIDER", "carrier pigeon")]),
            "the setting `OSAC_PROVISIONING_PROVIDER` is not `aap` or `eda`"
        );
    }

    #[test]
    fn eda_needs_no_token() {
        let settings = read(&[
            ("OSAC_PROVISIONING_PROVIDER", "eda"),
            ("OSAC_COMPUTE_INSTANCE_PROVISION_WEBHOOK", "http://eda/create"),
            ("OSAC_COMPUTE_INSTANCE_DEPROVISION_WEBHOOK", "http://eda/delete"),
            ("OSAC_ENABLE_TENANT_CONTROLLER", "true"),
            ("OSAC_MAX_CONCURRENCY", "3"),
        ])
        .unwrap();
        assert_eq!(settings.provider, Provider::Eda);
        assert!(settings.tenant_controller);
        assert_eq!(settings.concurrency, 3);
    }

    #[test]
    fn durations_are_written_as_in_go() {
        let read = |text| duration("OSAC_AAP_TIMEOUT", text).ok();
        assert_eq!(read("200ms"), Some(Duration::from_millis(200)));
        assert_eq!(read("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(read("2h"), Some(Duration::from_secs(7200)));
        for bad in ["", "30", "s", "1x", "-1s", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bad_value_is_named_and_not_shown() {
        let bad = [AAP[0], AAP[1], ("OSAC_MAX_JOB_HISTORY", "s3cret")];
        let text = read(&bad).unwrap_err().to_string();
        assert_eq!(text, "the setting `OSAC_MAX_JOB_HISTORY` is not a whole number");
    }
}
