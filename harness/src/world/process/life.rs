//! One process: started, watched, killed.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use scenario::plan::Provider;
use scenario::profile::Process;
use tokio::sync::oneshot;

use super::output::{self, Output};
use super::settings::{self, Facts};
use super::sockets::Ready;
use crate::world::operator_control::{Begin, Life};
use crate::world::recorder::Recorder;
use crate::world::target::Program;

/// How long what a process wrote last is waited for after its end, in real time.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What lives of a process are begun with.
pub(super) struct Start {
    pub(super) program: Program,
    pub(super) process: Process,
    pub(super) facts: Facts,
    /// Where it may write.
    pub(super) home: PathBuf,
    pub(super) recorder: Recorder,
    pub(super) ready: Ready,
}

/// Lives of a process.
pub(super) fn lives(start: Start) -> Begin {
    Arc::new(move |provider| {
        start.ready.fresh();
        match command(&start, provider).spawn() {
            Ok(child) => life(child, &start.recorder),
            Err(error) => {
                let why = format!("it could not be started: {error}");
                let whole = Box::pin(std::future::ready(Some(why)));
                Life {
                    whole,
                    stop: Box::new(|| {}),
                    kill: Box::new(|| {}),
                    wrote: Box::new(String::new),
                }
            }
        }
    })
}

fn life(mut child: Child, recorder: &Recorder) -> Life {
    let output = Output::new(recorder.clone());
    let group = Group::of(&child);
    let readers = output::follow(&mut child, &output);
    let mut status = wait(child, group.clone());
    let (stop, kill, wrote) = (group.clone(), group.clone(), output.clone());
    let last_words = recorder.clock().real(LAST_WORDS);
    let whole = async move {
        let _all_of_it = KillOnDrop(group);
        let how = tokio::select! {
            biased;
            status = &mut status => told(status),
            () = output.flooded() => output::FLOOD.to_owned(),
        };
        // a grandchild may hold the pipes open
        let _ = tokio::time::timeout(last_words, readers).await;
        Some(how + &output.last())
    };
    Life {
        whole: Box::pin(whole),
        stop: Box::new(move || stop.signal(Signal::TERM)),
        kill: Box::new(move || kill.signal(Signal::KILL)),
        wrote: Box::new(move || wrote.last()),
    }
}

/// Tells when a child has ended. A thread waits for it: first without taking the child's id back,
/// so that nobody signals another process by it.
fn wait(mut child: Child, group: Group) -> oneshot::Receiver<std::io::Result<ExitStatus>> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        if let Some(pid) = group.pid() {
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        }
        let status = group.reaped(|| child.wait());
        let _ = tell.send(status);
    });
    told
}

fn told(status: Result<std::io::Result<ExitStatus>, oneshot::error::RecvError>) -> String {
    match status {
        Ok(Ok(status)) => format!("it ended by itself: {status}"),
        Ok(Err(error)) => format!("it cannot be waited for: {error}"),
        Err(_) => "it cannot be waited for".to_owned(),
    }
}

/// Nothing is inherited: neither secrets nor proxies nor descriptors.
fn command(start: &Start, provider: Provider) -> Command {
    let Start { program, process, facts, home, .. } = start;
    let mut words = program.guard.iter().cloned().chain([program.path.clone().into_os_string()]);
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .args(settings::arguments(process, facts, provider))
        .env_clear()
        .env("HOME", home)
        .env("TMPDIR", home)
        .envs(settings::environment(process, facts, provider))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

/// The process group of a child, for as long as the child has not been waited for.
#[derive(Clone)]
struct Group(Arc<Mutex<Option<Pid>>>);

impl Group {
    fn of(child: &Child) -> Group {
        Group(Arc::new(Mutex::new(Pid::from_raw(child.id().cast_signed()))))
    }

    fn pid(&self) -> Option<Pid> {
        *self.lock()
    }

    fn signal(&self, signal: Signal) {
        // held while it is signalled: the id is the child's for so long
        if let Some(pid) = *self.lock() {
            // a group that is gone already is what was asked for
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Takes the child back, and with it its id. What it has started ends with it.
    fn reaped<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.signal(Signal::KILL);
        *self.lock() = None;
        wait()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Pid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A life that is dropped ends.
struct KillOnDrop(Group);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}
