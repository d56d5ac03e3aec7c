//! What a scenario asks for beside its steps: `never` and `always` at every revision, every request
//! or every moment from their place on, `eventually` once, at the end.
//!
//! * `never` and `always` on an object look at each revision of it, and at the one that is there
//!   when the property begins to hold, which is its own `old` then; on a request at each request of
//!   any client; on the world after each event that moves something. A moment at which the
//!   condition has no value (a text function on a field that is not there) is not counted; a
//!   property that had no value at any moment is broken.
//! * `eventually` is judged at the last rest, or restlessness, that no step follows; without one,
//!   at the end of a run whose steps were all met. On objects it asks for one at least, and that it
//!   holds for all of them; on requests for one request.
//! * In the world, `object` is the last state of the only instance, also when it is gone.

use std::sync::Arc;

use jiff::Timestamp;
use scenario::plan::{On, Property, PropertyKind};
use scenario::{Calls, EvalError, Plan, Scope};
use serde_json::{Value, json};
use trace::{Checked, Event, Happening, Phase, Request, StepOutcome};

use super::charge::{Charge, Docket};
use super::ledger::{Ledger, Sight};
use crate::tally::SharedTally;

/// All properties of a plan, while a trace is read.
pub(super) struct Properties<'p> {
    plan: &'p Plan,
    watched: Vec<Watched<'p>>,
    calls: Arc<dyn Calls>,
    /// The event at which `eventually` is judged.
    closing: Option<usize>,
}

struct Watched<'p> {
    property: &'p Property,
    /// `never[0]`.
    name: String,
    holds_now: bool,
    times: u64,
    violations: u64,
    /// For `eventually` on requests: one was as asked.
    met: bool,
    error: Option<EvalError>,
}

/// What a property is looked at with.
struct Look<'a> {
    event: (usize, &'a Event),
    object: Option<&'a Value>,
    old: Option<&'a Value>,
    request: Option<&'a Value>,
    /// The object's name.
    name: &'a str,
}

impl<'p> Properties<'p> {
    /// The properties of a plan, before the first event.
    pub fn new(plan: &'p Plan, events: &[Event], tally: &SharedTally) -> Properties<'p> {
        let mut counts = [0_usize; 3];
        let watched = plan.properties.iter().map(|property| {
            let (at, word) = match property.kind {
                PropertyKind::Never => (0, "never"),
                PropertyKind::Always => (1, "always"),
                PropertyKind::Eventually => (2, "eventually"),
            };
            let name = format!("{word}[{}]", counts[at]);
            counts[at] += 1;
            Watched {
                property,
                name,
                holds_now: property.from.is_none(),
                times: 0,
                violations: 0,
                met: false,
                error: None,
            }
        });
        Properties {
            plan,
            watched: watched.collect(),
            calls: Arc::new(tally.clone()),
            closing: closing(events),
        }
    }

    /// Whether there is anything to look for.
    pub fn any(&self) -> bool {
        !self.watched.is_empty()
    }

    /// Looks at the next event; the ledger and the tally have taken it in.
    pub fn see(
        &mut self,
        (index, event): (usize, &Event),
        sight: &Sight<'_>,
        ledger: &Ledger<'_>,
        docket: &mut Docket,
    ) {
        let view = self.request_view(&event.what);
        let moves = moves(&event.what);
        let at = (index, event);
        for watched in &mut self.watched {
            let begins = begins(watched, event);
            if !watched.holds_now && !begins {
                continue;
            }
            watched.holds_now = true;
            let bench = Bench { plan: self.plan, calls: &self.calls };
            match (&watched.property.on, watched.property.kind) {
                (On::Object { kind, name }, PropertyKind::Never | PropertyKind::Always) => {
                    if begins {
                        for (object, body) in ledger.objects(kind).filter(|o| is_named(o.0, name)) {
                            // nothing has changed yet: what is, is also what was
                            let (body, old) = (Some(body), Some(body));
                            let look = Look { object: body, old, name: object, ..Look::at(at) };
                            bench.look(watched, &look, docket);
                        }
                    } else if let Sight::Revision { revision, old, .. } = sight
                        && revision.kind == *kind
                        && is_named(&revision.object, name)
                    {
                        let object = Some(&*revision.body);
                        let look =
                            Look { object, old: *old, name: &revision.object, ..Look::at(at) };
                        bench.look(watched, &look, docket);
                    }
                }
                (On::Request, _) => {
                    if let (Some(view), Happening::Request(request)) = (&view, &event.what) {
                        let look =
                            Look { request: Some(view), name: &request.object, ..Look::at(at) };
                        bench.look(watched, &look, docket);
                    }
                }
                (On::World, PropertyKind::Never | PropertyKind::Always) if moves || begins => {
                    bench.look(watched, &world(at, ledger), docket);
                }
                (On::World, _) | (On::Object { .. }, PropertyKind::Eventually) => {}
            }
        }
        if self.closing == Some(index) {
            self.close(at, ledger, docket);
        }
    }

    /// Judges `eventually`.
    fn close(&mut self, at: (usize, &Event), ledger: &Ledger<'_>, docket: &mut Docket) {
        for watched in &mut self.watched {
            if watched.property.kind != PropertyKind::Eventually || !watched.holds_now {
                continue;
            }
            let bench = Bench { plan: self.plan, calls: &self.calls };
            match &watched.property.on {
                On::World => bench.look(watched, &world(at, ledger), docket),
                On::Request => {
                    if !watched.met {
                        watched.times += 1;
                        let charge = bench.charge(watched, at).seen("no request was so");
                        docket.bring(charge);
                    }
                }
                On::Object { kind, name } => {
                    let mut any = false;
                    for (object, body) in ledger.objects(kind).filter(|o| is_named(o.0, name)) {
                        any = true;
                        let look = Look { object: Some(body), name: object, ..Look::at(at) };
                        bench.look(watched, &look, docket);
                    }
                    if !any {
                        watched.times += 1;
                        let seen = format!("there is no {kind}");
                        docket.bring(bench.charge(watched, at).seen(seen));
                    }
                }
            }
        }
    }

    fn request_view(&self, what: &Happening) -> Option<Value> {
        let wanted = self.watched.iter().any(|w| w.holds_now && w.property.on == On::Request);
        match what {
            Happening::Request(request) if wanted => Some(request_view(request)),
            _ => None,
        }
    }

    /// What was checked and how often.
    pub fn checked(&self) -> Vec<Checked> {
        let checked = |watched: &Watched<'_>| Checked {
            property: watched.name.clone(),
            times: watched.times,
        };
        self.watched.iter().map(checked).collect()
    }

    /// Properties that had no value at any moment.
    pub fn broken(&self, at: (usize, u64)) -> Vec<Charge> {
        let broken = self.watched.iter().filter(|watched| watched.times == 0);
        let charge = |watched: &Watched<'p>| {
            let error = watched.error.as_ref()?;
            let title = format!("{} could not be evaluated", watched.name);
            Some(
                Charge::new(&watched.name, at, title)
                    .expected("a condition that is true or false")
                    .seen(error.to_string())
                    .place(&self.plan.source, error.span),
            )
        };
        broken.filter_map(charge).collect()
    }

    /// What was asked for always, and nothing was there that it speaks of. (That there is nothing
    /// may be just what `never` is about.)
    pub fn unseen(&self, at: (usize, u64)) -> Vec<Charge> {
        let unseen = |watched: &&Watched<'p>| {
            let always = watched.property.kind == PropertyKind::Always;
            always && watched.times == 0 && watched.error.is_none()
        };
        let charge = |watched: &Watched<'p>| {
            let title = format!("{} had nothing to look at", watched.name);
            Charge::new(&watched.name, at, title)
                .hint("no object, request or moment was there that it speaks of")
                .place(&self.plan.source, watched.property.span)
        };
        self.watched.iter().filter(unseen).map(charge).collect()
    }
}

impl<'a> Look<'a> {
    fn at(event: (usize, &'a Event)) -> Look<'a> {
        Look { event, object: None, old: None, request: None, name: "" }
    }
}

/// What evaluation needs besides the property and what it looks at.
struct Bench<'a> {
    plan: &'a Plan,
    calls: &'a Arc<dyn Calls>,
}

impl Bench<'_> {
    fn look(&self, watched: &mut Watched<'_>, look: &Look<'_>, docket: &mut Docket) {
        let milliseconds = i64::try_from(look.event.1.at).unwrap_or(i64::MAX);
        let now = trace::EPOCH_SECONDS.saturating_mul(1000).saturating_add(milliseconds);
        let scope = Scope {
            object: look.object,
            old: look.old,
            request: look.request,
            bindings: &self.plan.bindings,
            profile: &self.plan.profile,
            calls: Some(Arc::clone(self.calls)),
            now: Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX),
        };
        let holds = match watched.property.that.holds(&scope) {
            Ok(holds) => holds,
            Err(error) => {
                watched.error.get_or_insert(error);
                return;
            }
        };
        watched.times += 1;
        let as_asked = match watched.property.kind {
            PropertyKind::Never => !holds,
            PropertyKind::Always => holds,
            PropertyKind::Eventually if watched.property.on == On::Request => {
                watched.met |= holds;
                return;
            }
            PropertyKind::Eventually => holds,
        };
        if as_asked {
            return;
        }
        watched.violations += 1;
        if watched.violations == 1 {
            let seen: Vec<String> = watched
                .property
                .that
                .explain(&scope)
                .into_iter()
                .map(|part| match part.value {
                    Ok(value) => format!("{} is {value}", part.part),
                    Err(error) => format!("{} has no value ({})", part.part, error.message),
                })
                .collect();
            docket.bring(self.charge(watched, look.event).seen(seen.join(", ")).object(look.name));
        }
    }

    fn charge(&self, watched: &Watched<'_>, (index, event): (usize, &Event)) -> Charge {
        let text = watched.property.that.text();
        let (title, expected) = match watched.property.kind {
            PropertyKind::Never => ("something happened that must never be", "never"),
            PropertyKind::Always => ("something did not hold that must always", "always"),
            PropertyKind::Eventually => ("at the end it was not as it must be", "eventually"),
        };
        Charge::new(&watched.name, (index, event.at), format!("{title}: {text}"))
            .expected(format!("{expected} ({text})"))
            .place(&self.plan.source, watched.property.span)
    }
}

/// Whether a property begins to hold with this event.
fn begins(watched: &Watched<'_>, event: &Event) -> bool {
    match &event.what {
        Happening::Step(mark) if !watched.holds_now => {
            watched.property.from == Some(mark.operation)
                && matches!(mark.outcome, Some(StepOutcome::Done { .. }))
        }
        _ => false,
    }
}

fn world<'a>(event: (usize, &'a Event), ledger: &Ledger<'a>) -> Look<'a> {
    match ledger.instances.as_slice() {
        [only] => Look { object: Some(only.view.body), name: only.object, ..Look::at(event) },
        _ => Look::at(event),
    }
}

/// Whether `object`, a `namespace/name`, has the name.
fn is_named(object: &str, name: &Option<String>) -> bool {
    name.as_ref().is_none_or(|name| {
        object == name || object.rsplit_once('/').is_some_and(|(_, last)| last == name)
    })
}

/// Whether an event can change what a property of the world sees.
fn moves(what: &Happening) -> bool {
    match what {
        Happening::Request(_)
        | Happening::Revision(_)
        | Happening::Job(_)
        | Happening::Webhook(_)
        | Happening::Fault(_)
        | Happening::Rest
        | Happening::Restless { .. } => true,
        Happening::Reply(_)
        | Happening::Watch(_)
        | Happening::Step(_)
        | Happening::Operator(_)
        | Happening::Mark { .. }
        | Happening::Log(_)
        | Happening::Truncated { .. } => false,
    }
}

/// The event at which `eventually` is judged.
fn closing(events: &[Event]) -> Option<usize> {
    let rest = events
        .iter()
        .rposition(|event| matches!(event.what, Happening::Rest | Happening::Restless { .. }));
    let step = |event: &Event| match &event.what {
        Happening::Step(mark) => mark.phase == Phase::Try,
        _ => false,
    };
    if let Some(rest) = rest
        && !events.iter().skip(rest).any(step)
    {
        return Some(rest);
    }
    let failed = events.iter().any(|event| match &event.what {
        Happening::Step(mark) => !matches!(mark.outcome, None | Some(StepOutcome::Done { .. })),
        _ => false,
    });
    if failed { None } else { events.len().checked_sub(1) }
}

/// A request, as expressions see it: as faults do.
fn request_view(request: &Request) -> Value {
    let kube = !matches!(&*request.route.to, "aap" | "eda");
    let (resource, subresource) = match request.about.split_once('/') {
        Some((resource, subresource)) if kube => (resource, subresource),
        _ if kube => (request.about.as_str(), ""),
        _ => ("", ""),
    };
    let (namespace, name) = match request.object.split_once('/') {
        Some((namespace, name)) if kube => (namespace, name),
        // a launch names its object, which is no part of its path
        Some(_) => ("", ""),
        None => ("", request.object.as_str()),
    };
    json!({
        "from": &*request.route.from, "to": &*request.route.to, "method": request.method,
        "path": request.path, "verb": request.verb, "about": request.about,
        "resource": resource, "subresource": subresource,
        "namespace": namespace, "name": name, "object": request.object,
        "body": request.body.as_deref().unwrap_or(&Value::Null),
    })
}

#[cfg(test)]
mod tests;
