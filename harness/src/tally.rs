//! Counts and order of calls: one fold over the events of a trace, the same while a world runs and
//! when it is judged. It is what expressions call `calls`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scenario::Calls;
use trace::{Event, Happening, JobSeen, Millis, Request};

/// Counts by verb.
type Verbs = BTreeMap<String, i64>;
/// Counts by role, then by object.
type ByRole = BTreeMap<String, BTreeMap<String, i64>>;

/// Counts and order of what was taken in so far.
#[derive(Debug, Default)]
pub struct Tally {
    launches: ByRole,
    attempts: ByRole,
    webhooks: ByRole,
    /// By object; calls about a job that nobody knows stand under the empty name.
    cancels: BTreeMap<String, i64>,
    /// By job id.
    gets: BTreeMap<String, i64>,
    lookups: i64,
    /// By client, server and verb.
    sent: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Verbs>>,
    felt: BTreeMap<String, i64>,
    /// First and last moment of each thing that happened.
    moments: BTreeMap<String, (Millis, Millis)>,
    /// In the order of their launches.
    jobs: Vec<Job>,
    /// The latest job of an id: an AAP that was installed anew gives an id again.
    by_id: BTreeMap<i64, usize>,
}

#[derive(Debug)]
struct Job {
    role: String,
    object: String,
    states: Vec<String>,
    active: bool,
}

impl Tally {
    /// Takes in the next event.
    pub fn take(&mut self, event: &Event) {
        match &event.what {
            Happening::Request(request) => self.request(event.at, request),
            Happening::Job(job) => self.job(event.at, job),
            Happening::Webhook(webhook) if webhook.accepted => {
                count(&mut self.webhooks, &webhook.role, &webhook.object);
                self.moment(event.at, &["webhook:", &webhook.role]);
            }
            Happening::Fault(fault) => add(&mut self.felt, &fault.fault),
            Happening::Webhook(_)
            | Happening::Reply(_)
            | Happening::Watch(_)
            | Happening::Revision(_)
            | Happening::Step(_)
            | Happening::Operator(_)
            | Happening::Mark { .. }
            | Happening::Log(_)
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => {}
        }
    }

    fn request(&mut self, at: Millis, request: &Request) {
        let (from, to) = (&request.route.from, &request.route.to);
        if !self.sent.contains_key(from) {
            self.sent.insert(Arc::clone(from), BTreeMap::new());
        }
        if let Some(servers) = self.sent.get_mut(from) {
            if !servers.contains_key(to) {
                servers.insert(Arc::clone(to), BTreeMap::new());
            }
            if let Some(verbs) = servers.get_mut(to) {
                add(verbs, &request.verb);
            }
        }
        if &**to != "aap" {
            return;
        }
        match request.verb.as_str() {
            "launch" => {
                count(&mut self.attempts, &request.about, &request.object);
                self.moment(at, &["attempt:", &request.about]);
            }
            "poll" => {
                add(&mut self.gets, &request.object);
                self.moment(at, &["get"]);
            }
            "lookup" => {
                self.lookups += 1;
                self.moment(at, &["lookup"]);
            }
            "cancel" => {
                let job = request.object.parse().ok().and_then(|id: i64| self.by_id.get(&id));
                let object = job.and_then(|at| self.jobs.get(*at)).map_or("", |job| &job.object);
                add(&mut self.cancels, object);
                self.moment(at, &["cancel"]);
            }
            _ => {}
        }
    }

    fn job(&mut self, at: Millis, seen: &JobSeen) {
        if seen.moment == "launched" {
            count(&mut self.launches, &seen.role, &seen.object);
            self.moment(at, &["launch:", &seen.role]);
            self.by_id.insert(seen.job, self.jobs.len());
            let (role, object) = (seen.role.clone(), seen.object.clone());
            self.jobs.push(Job { role, object, states: Vec::new(), active: true });
        }
        let known = self.by_id.get(&seen.job).and_then(|at| self.jobs.get_mut(*at));
        let Some(job) = known else { return };
        if seen.moment == "purged" {
            job.active = false;
        }
        // a moment that is no change of status may come without one
        if seen.status.is_empty() {
            return;
        }
        job.active = is_active(&seen.status) && seen.moment != "purged";
        if job.states.last() != Some(&seen.status) {
            job.states.push(seen.status.clone());
            self.moment(at, &["job:", &seen.status]);
        }
    }

    /// `name` in its parts.
    fn moment(&mut self, at: Millis, name: &[&str]) {
        let last = self.moments.entry(name.concat()).or_insert((at, at));
        last.1 = at;
    }
}

/// Whether a job of this status is one that AAP has not done with. Words that nobody knows are no
/// ends.
pub fn is_active(status: &str) -> bool {
    !matches!(status, "successful" | "failed" | "error" | "canceled")
}

fn count(counts: &mut ByRole, role: &str, object: &str) {
    if !counts.contains_key(role) {
        counts.insert(role.to_owned(), BTreeMap::new());
    }
    if let Some(objects) = counts.get_mut(role) {
        add(objects, object);
    }
}

fn add(counts: &mut BTreeMap<String, i64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => drop(counts.insert(key.to_owned(), 1)),
    }
}

/// Whether `full`, a `namespace/name`, is the object that a scenario calls `name`: with its
/// namespace or without.
fn is_called(full: &str, name: &str) -> bool {
    full == name || full.rsplit_once('/').is_some_and(|(_, last)| last == name)
}

fn sum(counts: Option<&BTreeMap<String, i64>>, object: Option<&str>) -> i64 {
    let all = counts.into_iter().flatten();
    all.filter(|(full, _)| object.is_none_or(|name| is_called(full, name))).map(|(_, n)| n).sum()
}

fn millis(at: Millis) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// A tally that many hold: the recorder feeds it, expressions read it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct SharedTally(Arc<Mutex<Tally>>);

impl SharedTally {
    /// Takes in the next event.
    pub fn take(&self, event: &Event) {
        self.lock().take(event);
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls for SharedTally {
    fn launches(&self, role: &str, object: Option<&str>) -> i64 {
        sum(self.lock().launches.get(role), object)
    }

    fn attempts(&self, role: &str, object: Option<&str>) -> i64 {
        sum(self.lock().attempts.get(role), object)
    }

    fn cancels(&self, object: Option<&str>) -> i64 {
        sum(Some(&self.lock().cancels), object)
    }

    fn gets(&self, job: Option<&str>) -> i64 {
        let tally = self.lock();
        match job {
            Some(job) => tally.gets.get(job).copied().unwrap_or(0),
            None => tally.gets.values().sum(),
        }
    }

    fn lookups(&self) -> i64 {
        self.lock().lookups
    }

    fn webhooks(&self, role: &str, object: Option<&str>) -> i64 {
        sum(self.lock().webhooks.get(role), object)
    }

    fn sent(&self, from: &str, to: &str, verb: &str) -> i64 {
        let tally = self.lock();
        let verbs = tally.sent.get(from).and_then(|servers| servers.get(to));
        verbs.and_then(|verbs| verbs.get(verb)).copied().unwrap_or(0)
    }

    fn first(&self, what: &str) -> Option<i64> {
        self.lock().moments.get(what).map(|(first, _)| millis(*first))
    }

    fn last(&self, what: &str) -> Option<i64> {
        self.lock().moments.get(what).map(|(_, last)| millis(*last))
    }

    fn felt(&self, fault: &str) -> i64 {
        self.lock().felt.get(fault).copied().unwrap_or(0)
    }

    fn job_states(&self, role: &str, nth: i64) -> Vec<String> {
        let Some(skip) = nth.checked_sub(1).and_then(|n| usize::try_from(n).ok()) else {
            return Vec::new();
        };
        let tally = self.lock();
        let mut jobs = tally.jobs.iter().filter(|job| job.role == role);
        jobs.nth(skip).map(|job| job.states.clone()).unwrap_or_default()
    }

    fn active_jobs(&self, object: Option<&str>) -> i64 {
        let tally = self.lock();
        let of = |job: &&Job| object.is_none_or(|name| is_called(&job.object, name));
        let active = tally.jobs.iter().filter(of).filter(|job| job.active).count();
        i64::try_from(active).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::{FaultFelt, Route, Webhook};

    fn tally(events: Vec<(Millis, Happening)>) -> SharedTally {
        let tally = SharedTally::default();
        for (at, what) in events {
            tally.take(&Event { at, what });
        }
        tally
    }

    fn request(to: &str, verb: &str, about: &str, object: &str) -> Happening {
        Happening::Request(Request {
            call: 1,
            route: Route { from: "operator".into(), to: to.into() },
            method: "POST".into(),
            path: "/".into(),
            verb: verb.into(),
            about: about.into(),
            object: object.into(),
            body: None,
        })
    }

    fn job(id: i64, role: &str, object: &str, moment: &str, status: &str) -> Happening {
        Happening::Job(JobSeen {
            job: id,
            role: role.into(),
            moment: moment.into(),
            status: status.into(),
            explanation: String::new(),
            traceback: String::new(),
            uid: String::new(),
            object: object.into(),
            variables: None,
            kind: String::new(),
        })
    }

    #[test]
    fn an_attempt_that_aap_never_accepted_is_no_launch() {
        let calls = tally(vec![
            (1, request("aap", "launch", "provision", "ns/vm1")),
            (5, request("aap", "launch", "provision", "ns/vm1")),
            (6, job(9, "provision", "ns/vm1", "launched", "pending")),
        ]);
        assert_eq!(calls.attempts("provision", None), 2);
        assert_eq!(calls.launches("provision", None), 1);
        assert_eq!(calls.launches("deprovision", None), 0);
        assert_eq!(calls.first("launch:provision"), Some(6));
        let attempts = (calls.first("attempt:provision"), calls.last("attempt:provision"));
        assert_eq!(attempts, (Some(1), Some(5)));
    }

    #[test]
    fn an_object_is_found_with_and_without_its_namespace() {
        let calls = tally(vec![(6, job(9, "provision", "ns/vm1", "launched", "pending"))]);
        for (name, launches) in [("vm1", 1), ("ns/vm1", 1), ("vm", 0), ("other/vm1", 0)] {
            assert_eq!(calls.launches("provision", Some(name)), launches, "{name}");
        }
    }

    #[test]
    fn a_cancel_counts_for_the_object_of_its_job() {
        let calls = tally(vec![
            (1, job(9, "provision", "ns/vm1", "launched", "pending")),
            (2, request("aap", "cancel", "provision", "9")),
            (7, request("aap", "cancel", "provision", "9")),
            (8, request("kube", "cancel", "provision", "9")),
        ]);
        assert_eq!(calls.cancels(None), 2);
        assert_eq!(calls.cancels(Some("vm1")), 2);
        assert_eq!(calls.cancels(Some("vm2")), 0);
        assert_eq!((calls.first("cancel"), calls.last("cancel")), (Some(2), Some(7)));
    }

    #[test]
    fn polls_count_by_job_and_requests_by_route_and_verb() {
        let calls = tally(vec![
            (1, request("aap", "poll", "provision", "9")),
            (2, request("aap", "poll", "provision", "10")),
            (3, request("aap", "lookup", "unified_jobs", "")),
            (4, request("kube", "update", "computeinstances/status", "ns/vm1")),
        ]);
        assert_eq!((calls.gets(None), calls.gets(Some("9")), calls.lookups()), (2, 1, 1));
        assert_eq!((calls.first("get"), calls.last("get")), (Some(1), Some(2)));
        assert_eq!(calls.first("lookup"), Some(3));
        assert_eq!((calls.first("get"), calls.last("get")), (Some(1), Some(2)));
        assert_eq!(calls.first("lookup"), Some(3));
        assert_eq!(calls.sent("operator", "kube", "update"), 1);
        assert_eq!(calls.sent("user", "kube", "update"), 0);
    }

    #[test]
    fn a_job_tells_its_states_once_each_and_whether_it_is_active() {
        let calls = tally(vec![
            (1, job(9, "provision", "ns/vm1", "launched", "pending")),
            (2, job(10, "provision", "ns/vm2", "launched", "pending")),
            (3, job(9, "provision", "", "status", "running")),
            (4, job(9, "provision", "", "cancel-requested", "")),
            (5, job(9, "provision", "", "status", "canceled")),
        ]);
        assert_eq!(calls.job_states("provision", 1), ["pending", "running", "canceled"]);
        assert_eq!(calls.job_states("provision", 3), Vec::<String>::new());
        assert_eq!(calls.job_states("provision", 0), Vec::<String>::new());
        assert_eq!((calls.active_jobs(None), calls.active_jobs(Some("vm1"))), (1, 0));
        assert_eq!(calls.last("job:canceled"), Some(5));
    }

    #[test]
    fn a_purged_job_is_not_active() {
        let calls = tally(vec![
            (1, job(9, "provision", "ns/vm1", "launched", "pending")),
            (2, job(9, "provision", "", "purged", "")),
        ]);
        assert_eq!(calls.active_jobs(None), 0);
    }

    #[test]
    fn an_id_that_is_given_again_is_another_job() {
        let calls = tally(vec![
            (1, job(9, "provision", "ns/vm1", "launched", "pending")),
            (2, job(9, "provision", "", "purged", "pending")),
            (3, job(9, "provision", "ns/vm1", "launched", "pending")),
        ]);
        assert_eq!(calls.launches("provision", Some("vm1")), 2);
        assert_eq!(calls.active_jobs(None), 1);
    }

    #[test]
    fn refused_webhooks_do_not_count() {
        let webhook = |accepted| {
            Happening::Webhook(Webhook {
                endpoint: "create-compute-instance".into(),
                role: "provision".into(),
                accepted,
                note: String::new(),
                uid: "u".into(),
                object: "ns/vm1".into(),
            })
        };
        let calls = tally(vec![(1, webhook(false)), (2, webhook(true))]);
        assert_eq!(calls.webhooks("provision", Some("vm1")), 1);
        assert_eq!(calls.first("webhook:provision"), Some(2));
    }

    #[test]
    fn faults_count_by_name() {
        let fault = FaultFelt { fault: "conflict".into(), effect: "reply".into(), call: None };
        let calls = tally(vec![(1, Happening::Fault(fault))]);
        assert_eq!((calls.felt("conflict"), calls.felt("other")), (1, 0));
    }
}
