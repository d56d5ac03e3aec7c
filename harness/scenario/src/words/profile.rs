//! Words of a profile.

use super::{Kind, METADATA, Table, required, table, word};

/// The kind of a profile's document.
pub(crate) const PROFILE_KIND: &str = "Profile";
/// Where a status may keep its jobs.
pub(crate) const JOBS_AT: [&str; 5] = ["normal", "nested", "flat", "jobs", "provisioningJobs"];
/// Who makes the Tenants.
pub(crate) const TENANTS_BY: [&str; 2] = ["world", "operator"];

pub(crate) static PROFILE_ROOT: Table = table(
    "profile",
    "A profile: one document.",
    &[
        required("apiVersion", Kind::OneOf(&[super::API_VERSION]), "version of the language"),
        required("kind", Kind::OneOf(&[PROFILE_KIND]), "always `Profile`"),
        required("metadata", Kind::Map(&METADATA), "its name"),
        required("spec", Kind::Map(&PROFILE), "the profile"),
    ],
);

pub(crate) static PROFILE: Table = table(
    "profileSpec",
    "How a version of the operator differs. What it leaves out is as in the profile it extends.",
    &[
        word("extends", Kind::Name, "embedded", "the profile that it is like"),
        word("apiVersion", Kind::Text, "extended", "`group/version` of its kinds"),
        word("namespace", Kind::Text, "extended", "where instances live"),
        word("values", Kind::Values, "extended", "what `profile` shows to expressions, merged"),
        word("spec", Kind::Values, "extended", "the spec of an instance: `profile.spec`"),
        word("tenant", Kind::Map(&PROFILE_TENANT), "extended", "the tenant of instances"),
        word("definitions", NAMES, "extended", "names of the CRDs that it needs"),
        word("status", Kind::Map(&PROFILE_STATUS), "extended", "how its status is read"),
        word("process", Kind::Map(&PROFILE_PROCESS), "extended", "how it is started"),
        word("lacks", Kind::Map(&PROFILE_LACKS), "extended", "what it cannot do, and why"),
        word("expectFail", Kind::List(&Kind::Map(&KNOWN_FAILURE)), "none", "known failures"),
    ],
);

const NAMES: Kind = Kind::List(&Kind::Text);

pub(crate) static PROFILE_TENANT: Table = table(
    "profileTenant",
    "The tenant that instances belong to.",
    &[
        word("namespace", Kind::Text, "its name", "where virtual machines live"),
        word("namespaceLabels", Kind::Texts, "none", "labels of that namespace"),
        word("madeBy", Kind::OneOf(&TENANTS_BY), "world", "who makes the Tenant"),
        word("spec", Kind::Values, "none", "its spec, where the world makes it"),
    ],
);

pub(crate) static PROFILE_STATUS: Table = table(
    "profileStatus",
    "How a status becomes the normalised view.",
    &[
        word("jobs", Kind::OneOf(&JOBS_AT), "extended", "where the jobs stand"),
        word("phases", Kind::Texts, "extended", "the normal word for a phase"),
        word("conditions", Kind::Texts, "extended", "the normal type for a condition"),
    ],
);

pub(crate) static PROFILE_PROCESS: Table = table(
    "profileProcess",
    "How the operator is started as a process. `${…}` stands for what only a world knows.",
    &[
        word("environment", Kind::Texts, "extended", "all its variables"),
        word("arguments", NAMES, "extended", "its arguments"),
        word("watches", NAMES, "extended", "plurals that it watches when it is ready"),
    ],
);

macro_rules! lacks {
    ($($name:literal),*) => {
        [$(word($name, Kind::Text, "offered", "why it lacks this capability")),*]
    };
}

pub(crate) static PROFILE_LACKS: Table = table(
    "profileLacks",
    "Capabilities that this version lacks, each with the reason.",
    &lacks!(
        "fake-aap",
        "aap-faults",
        "api-faults",
        "watch-delay",
        "crash",
        "vm",
        "tenant",
        "eda",
        "clock",
        "virtual-time",
        "real-clock"
    ),
);

pub(crate) static KNOWN_FAILURE: Table = table(
    "knownFailure",
    "Variants that fail with this version. One that passes all the same is an error.",
    &[
        required("variants", NAMES, "`scenario::variant`, or a scenario for all of its variants"),
        required("reason", Kind::Text, "why they fail"),
        word("link", Kind::Text, "none", "where that is known"),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::CAPABILITIES;

    #[test]
    fn every_capability_can_be_lacked() {
        let names: Vec<&str> = PROFILE_LACKS.names().collect();
        assert_eq!(names, CAPABILITIES);
    }
}
