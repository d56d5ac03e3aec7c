//! Why the operator, or one reconciliation, could not do its work.

use std::fmt::Write as _;

/// What can go wrong outside of AAP and EDA: their troubles are facts to decide upon, not errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting that is needed was not given.
    #[error("the setting `{name}` is missing")]
    MissingSetting {
        /// The environment variable.
        name: &'static str,
    },
    /// A setting cannot be read. The value is not shown: it could be a secret.
    #[error("the setting `{name}` is not {expected}")]
    BadSetting {
        /// The environment variable.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A call to the Kubernetes API failed.
    #[error("failed to {doing} `{object}`")]
    Kubernetes {
        /// What was tried.
        doing: &'static str,
        /// The object, as `namespace/name`.
        object: String,
        /// What the client says.
        #[source]
        source: Box<kube::Error>,
    },
    /// An object could not be written as JSON.
    #[error("failed to write `{object}` as JSON")]
    Payload {
        /// The object, as `namespace/name`.
        object: String,
        /// What the serialiser says.
        #[source]
        source: serde_json::Error,
    },
    /// Others kept changing the object under our hands.
    #[error("gave up on `{object}` after {conflicts} conflicts in a row")]
    Conflicts {
        /// The object, as `namespace/name`.
        object: String,
        /// How many.
        conflicts: u32,
    },
    /// Deciding and acting did not come to rest.
    #[error("`{object}` did not come to rest in {rounds} rounds")]
    Restless {
        /// The object, as `namespace/name`.
        object: String,
        /// How many.
        rounds: u32,
    },
    /// There is no cluster to work in: no kubeconfig that can be used, and no service account.
    #[error("found no cluster to work in ({why}): set KUBECONFIG to the file of one")]
    NoCluster {
        /// What is wrong with the kubeconfig; without its text, which holds credentials.
        why: String,
    },
    /// The connection to the Kubernetes API could not be set up.
    #[error("failed to set up the Kubernetes client")]
    Client {
        /// What the client says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The HTTP client could not be set up.
    #[error("failed to set up the HTTP client")]
    Http {
        /// What the client says.
        #[source]
        source: reqwest::Error,
    },
    /// A document could not be written.
    #[error("failed to write the output")]
    Output {
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// An error and its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        // Writing to a String cannot fail.
        let _ = write!(line, ": {next}");
        cause = next.source();
    }
    line
}
