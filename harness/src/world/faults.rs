//! The plan's faults while a world runs: which one strikes which call, and how often it was felt.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scenario::plan::{AapAction, Fault, FaultEffect, WatchFault};
use scenario::{Calls, Scope};
use serde_json::Value;
use trace::{FaultFelt, Happening, LogLine};

use super::recorder::Recorder;

/// A fault that strikes.
pub struct Strike {
    /// The fault's name.
    pub name: String,
    /// What it does.
    pub effect: FaultEffect,
}

/// Kills the operator (by whom) and starts it again so much later.
type Crash = Box<dyn Fn(&str, Option<Duration>) + Send + Sync>;
/// Acts in AAP, or says why it could not.
type Act = Box<dyn Fn(&AapAction) -> Result<(), String> + Send + Sync>;

/// What faults can do besides spoiling a call; set once the world stands.
pub struct Reach {
    /// Kills the operator (by whom) and starts it again so much later.
    pub crash: Crash,
    /// Acts in AAP.
    pub aap: Act,
}

/// All faults of a world.
pub struct Faults {
    faults: Vec<Mutex<Active>>,
    bindings: Arc<Value>,
    profile: Arc<Value>,
    recorder: Recorder,
    reach: Mutex<Option<Arc<Reach>>>,
}

struct Active {
    fault: Fault,
    matched: u32,
    felt: u32,
}

/// What faults may still do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outlook {
    /// One may strike a call.
    pub calls: bool,
    /// It depends on a body.
    pub bodies: bool,
}

impl Active {
    fn is_spent(&self) -> bool {
        self.fault.times.is_some_and(|times| self.felt >= times)
    }
}

fn is_of_watches(effect: &FaultEffect) -> bool {
    matches!(effect, FaultEffect::Watch(_))
}

impl Faults {
    /// The faults of a plan.
    pub fn new(
        faults: &[Fault],
        bindings: &Arc<Value>,
        profile: &Arc<Value>,
        recorder: Recorder,
    ) -> Faults {
        let active =
            |fault: &Fault| Mutex::new(Active { fault: fault.clone(), matched: 0, felt: 0 });
        Faults {
            faults: faults.iter().map(active).collect(),
            bindings: Arc::clone(bindings),
            profile: Arc::clone(profile),
            recorder,
            reach: Mutex::new(None),
        }
    }

    /// Gives the faults their reach; none takes it back. What they reach holds the wire, and the
    /// wire holds them: a world that ends must cut this, or it is never freed.
    pub fn reach(&self, reach: Option<Reach>) {
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner) = reach.map(Arc::new);
    }

    fn reached(&self) -> Option<Arc<Reach>> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a fault may still strike a call, and whether it takes the call's body to know that:
    /// if not, no view of the call, or no body, needs to be read.
    pub fn outlook(&self) -> Outlook {
        let mut outlook = Outlook::default();
        for active in &self.faults {
            let active = active.lock().unwrap_or_else(PoisonError::into_inner);
            if !active.is_spent() && !is_of_watches(&active.fault.effect) {
                outlook.calls = true;
                outlook.bodies |= active.fault.when.sees_bodies();
            }
        }
        outlook
    }

    /// Whether there is a fault of watches.
    pub fn of_watches(&self) -> bool {
        let of_watches = |active: &Mutex<Active>| {
            is_of_watches(&active.lock().unwrap_or_else(PoisonError::into_inner).fault.effect)
        };
        self.faults.iter().any(of_watches)
    }

    /// The fault that strikes a call, if one does: the first of the plan that matches.
    pub fn strike(&self, view: &Value) -> Option<Strike> {
        self.first(view, |effect| !is_of_watches(effect))
    }

    /// What becomes of a watch event.
    pub fn strike_watch(&self, view: &Value) -> Option<(String, WatchFault)> {
        let strike = self.first(view, is_of_watches)?;
        match strike.effect {
            FaultEffect::Watch(fault) => Some((strike.name, fault)),
            _ => None,
        }
    }

    fn first(&self, view: &Value, eligible: impl Fn(&FaultEffect) -> bool) -> Option<Strike> {
        let calls: Arc<dyn Calls> = Arc::new(self.recorder.tally().clone());
        self.faults.iter().find_map(|active| {
            let mut active = active.lock().unwrap_or_else(PoisonError::into_inner);
            if active.is_spent()
                || !eligible(&active.fault.effect)
                || !self.matches(&active.fault, view, &calls)
            {
                return None;
            }
            active.matched += 1;
            if active.matched <= active.fault.after {
                return None;
            }
            active.felt += 1;
            Some(Strike { name: active.fault.name.clone(), effect: active.fault.effect.clone() })
        })
    }

    fn matches(&self, fault: &Fault, view: &Value, calls: &Arc<dyn Calls>) -> bool {
        let scope = Scope {
            object: view.get("body"),
            old: None,
            request: Some(view),
            bindings: &self.bindings,
            profile: &self.profile,
            calls: Some(Arc::clone(calls)),
            now: self.recorder.clock().timestamp(),
        };
        match fault.when.holds(&scope) {
            Ok(holds) => holds,
            Err(error) => {
                self.log(&format!("the condition of fault `{}` failed: {error}", fault.name));
                false
            }
        }
    }

    /// Records that a fault took effect.
    pub fn felt(&self, name: &str, effect: &str, call: Option<u64>) {
        let (fault, effect) = (name.to_owned(), effect.to_owned());
        self.recorder.record(Happening::Fault(FaultFelt { fault, effect, call }));
    }

    /// Kills the operator.
    pub fn crash(&self, by: &str, restart_after: Option<Duration>) {
        if let Some(reach) = self.reached() {
            (reach.crash)(by, restart_after);
        }
    }

    /// Acts in AAP; whether it worked.
    pub fn act(&self, name: &str, action: &AapAction) -> bool {
        let Some(reach) = self.reached() else { return false };
        match (reach.aap)(action) {
            Ok(()) => true,
            Err(why) => {
                self.log(&format!("fault `{name}` could not act in AAP: {why}"));
                false
            }
        }
    }

    fn log(&self, text: &str) {
        let (level, text) = ("WARN".to_owned(), text.to_owned());
        self.recorder.record(Happening::Log(LogLine { level, text }));
    }
}
