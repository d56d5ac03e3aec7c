//! Ctrl-C and SIGTERM: no variant begins any more, the reports are written. A second one ends the
//! process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::run::say;

/// A flag that a signal sets. Where signals cannot be listened for, it says so and stays unset.
pub fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let listening = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        match runtime {
            Ok(runtime) => runtime.block_on(listen(&set)),
            Err(error) => say(&format!("warning: signals are not listened for: {error}")),
        }
    });
    if let Err(error) = listening {
        say(&format!("warning: signals are not listened for: {error}"));
    }
    flag
}

async fn listen(flag: &AtomicBool) {
    loop {
        wait().await;
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(reports::ExitCode::Interrupted.code()));
        }
        say("interrupted: what runs ends, the reports are written; again to end at once");
    }
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait() {
    let _ = tokio::signal::ctrl_c().await;
}
