//! `serve`: servers for other programs, until a signal ends them.

use harness::serve::{AapWanted, NotServed, Served, Wanted};
use reports::ExitCode;

use crate::args::{ProfileArgument, ServeArguments};
use crate::run::{print, say};
use crate::settings;

/// Serves until Ctrl-C or SIGTERM.
pub fn serve(arguments: &ServeArguments) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error: failed to start threads: {error}"));
            return ExitCode::Broken;
        }
    };
    runtime.block_on(run(wanted(arguments)))
}

fn wanted(arguments: &ServeArguments) -> Wanted {
    let aap = arguments.aap.map(|port| AapWanted {
        port,
        token: settings::aap_token(),
        token_file: arguments.aap_token_file.clone(),
    });
    Wanted {
        address: arguments.address,
        beyond_loopback: arguments.beyond_loopback,
        port: arguments.port,
        profile: match arguments.profile {
            ProfileArgument::Cluster => harness::serve::Profile::Cluster,
            ProfileArgument::Envtest => harness::serve::Profile::Envtest,
        },
        crds: arguments.crds.clone(),
        kubeconfig: arguments.kubeconfig.clone(),
        aap,
        eda: arguments.eda,
        kubevirt: arguments.kubevirt,
    }
}

async fn run(wanted: Wanted) -> ExitCode {
    // Listened for from the beginning, so that no signal ends the process with files left behind.
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            say(&format!("error: signals cannot be listened for: {error}"));
            return ExitCode::Broken;
        }
    };
    let started = tokio::select! {
        biased;
        code = signals.next() => return code,
        started = Served::start(wanted) => started,
    };
    let served = match started {
        Ok(served) => served,
        Err(NotServed::Wanted(why)) => {
            say(&format!("error: {why}"));
            return ExitCode::Usage;
        }
        Err(NotServed::Broken(why)) => {
            say(&format!("error: {why}"));
            return ExitCode::Broken;
        }
    };
    print(&format!("{}\n", served.ready()));
    let code = signals.next().await;
    tokio::select! {
        biased;
        () = served.stop() => code,
        // Somebody cannot wait.
        code = signals.next() => code,
    }
}

/// Ctrl-C and SIGTERM.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// The exit code for the next signal: one asks for the end, the other breaks off.
    #[cfg(unix)]
    async fn next(&mut self) -> ExitCode {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => ExitCode::Passed,
            _ = self.interrupt.recv() => ExitCode::Interrupted,
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> ExitCode {
        let _ = tokio::signal::ctrl_c().await;
        ExitCode::Interrupted
    }
}
