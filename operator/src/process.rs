//! The operator as a process: what `main` joins.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use tracing_subscriber::EnvFilter;

use crate::{Clock, Dependencies, Error, Settings, Standard, chain, crds, transport};

/// The clock on the wall.
struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "the process is where the real clock comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Works until the process is told to stop (SIGINT or SIGTERM).
///
/// # Errors
/// Fails on settings that are missing or wrong, and without a cluster to work in.
pub async fn serve() -> Result<(), Error> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).json().init();
    transport::install_tls();
    let settings = Settings::from_env()?;
    let config = kube::Config::infer().await.map_err(|error| no_cluster(&error))?;
    let client = kube::Client::try_from(config)
        .map_err(|source| Error::Client { source: Box::new(source) })?;
    let network = transport::network()?;
    let dependencies = Dependencies {
        client,
        aap: network.clone(),
        eda: network,
        clock: Arc::new(WallClock),
        settings,
        policy: Arc::new(Standard),
    };
    crate::run(dependencies, told_to_stop()).await
}

/// The first line of the kubeconfig's fault. The others show the file, and with it credentials.
fn no_cluster(error: &dyn std::error::Error) -> Error {
    let fault = error.source().unwrap_or(error).to_string();
    Error::NoCluster { why: fault.lines().next().unwrap_or_default().to_owned() }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                biased;
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
        }
        Err(_) => {
            // Without a handler the signal ends the process at once, which is what it asks for.
            let _ = interrupted.await;
        }
    }
}

/// Prints the definitions of the operator's resources, as `kubectl apply` takes them.
///
/// # Errors
/// Fails if `out` cannot be written.
pub fn print_crds(out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{:#}", crds::document()).map_err(|source| Error::Output { source })
}

/// Says how the binary is called.
pub fn usage(out: &mut dyn Write) -> ExitCode {
    // Nobody is left to tell if this fails.
    let _ = writeln!(out, "usage: operator [crds]");
    ExitCode::from(2)
}

/// Says what went wrong, if anything did.
pub fn exit(result: Result<(), Error>, out: &mut dyn Write) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _ = writeln!(out, "error: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_printed_as_one_document() {
        let mut out = Vec::new();
        print_crds(&mut out).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document, crds::document());
    }

    #[test]
    fn an_end_is_told_with_its_causes() {
        let source = std::io::Error::other("the pipe is shut");
        let mut out = Vec::new();
        let code = exit(Err(Error::Output { source }), &mut out);
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "error: failed to write the output: the pipe is shut\n");
        let mut out = Vec::new();
        exit(Ok(()), &mut out);
        usage(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "usage: operator [crds]\n");
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut full: &mut [u8] = &mut [];
        assert!(matches!(print_crds(&mut full), Err(Error::Output { .. })));
    }
}
