//! Stories: small traces built by hand, event by event, for the tests of the judge.

mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use scenario::Profile;
use scenario::plan::Plan;
use serde_json::{Value, json};
use trace::{
    Change, Event, FaultFelt, Finding, Happening, Header, JobSeen, LogLine, Millis, OperatorLife,
    Phase, Reply, Request, Revision, Route, StepMark, StepOutcome, Trace, Verdict, Webhook,
};

use self::plan::plan;
use super::judge;

/// Titles of the findings against a property.
pub(super) fn broken(story: &Story, property: &str) -> Vec<String> {
    findings(story, property).into_iter().map(|finding| finding.title).collect()
}

/// Findings against a property.
pub(super) fn findings(story: &Story, property: &str) -> Vec<Finding> {
    let verdict = story.verdict();
    let of = |finding: &&Finding| finding.property == property;
    verdict.findings().iter().filter(of).cloned().collect()
}

/// A plan and what happened so far. One instance at a time, `default/vm1`.
#[derive(Clone)]
pub(super) struct Story {
    pub plan: Plan,
    events: Vec<Event>,
    now: Millis,
    calls: u64,
    revisions: u64,
    uid: String,
    by: Option<String>,
    body: Value,
    starts: u32,
}

const OBJECT: &str = "default/vm1";

impl Story {
    /// A world in which the operator runs with AAP.
    pub fn new() -> Story {
        let story = Story {
            plan: plan(),
            events: Vec::new(),
            now: 0,
            calls: 0,
            revisions: 0,
            uid: "uid-1".into(),
            by: None,
            body: Value::Null,
            starts: 0,
        };
        story.started("aap")
    }

    /// The same world under the plan of a scenario, given by what stands in its `spec` beside the
    /// title, with one step without operations.
    pub fn under(spec: &str) -> Story {
        let head = "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Scenario\n\
                    metadata: {name: story, labels: {id: S01, priority: P0, category: baseline}}\n\
                    spec:\n  title: A story\n  requires: [fake-aap, api-faults]\n";
        let text = format!("{head}{spec}");
        let parsed = scenario::parse("story.yaml", &text);
        let scenario = parsed.scenario.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        let plan = scenario.plans(&Profile::embedded()).unwrap().remove(0);
        Story { plan, ..Story::new() }
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub fn trace(&self) -> Trace {
        let header = Header {
            format: trace::FORMAT,
            scenario: "story".into(),
            variant: "default".into(),
            title: "A story".into(),
            shows: String::new(),
            labels: BTreeMap::new(),
            seed: 1,
            target: "embedded".into(),
            provider: "aap".into(),
            planned_faults: Vec::new(),
            covers: Vec::new(),
            defect: None,
            lines: Vec::new(),
        };
        Trace { header, events: self.events.clone(), closed: None }
    }

    pub fn verdict(&self) -> Verdict {
        judge(&self.plan, &self.trace())
    }

    pub fn history_limit(mut self, limit: u32) -> Story {
        self.plan.world.operator.history_limit = limit;
        self
    }

    pub fn requests_per_second(mut self, limit: u32) -> Story {
        self.plan.limits.requests_per_second = limit;
        self
    }

    pub fn profile(mut self, profile: Value) -> Story {
        self.plan.profile = Arc::new(profile);
        self
    }

    pub fn secret(mut self, word: &str) -> Story {
        self.plan.secrets.push(word.into());
        self
    }

    /// UID of the next instance.
    pub fn uid(mut self, uid: &str) -> Story {
        self.uid = uid.into();
        self
    }

    /// Who writes from now on, instead of whoever does as a rule.
    pub fn by(mut self, by: &str) -> Story {
        self.by = Some(by.into());
        self
    }

    /// Lets time pass.
    pub fn after(mut self, milliseconds: Millis) -> Story {
        self.now += milliseconds;
        self
    }

    pub fn then(mut self, what: Happening) -> Story {
        self.events.push(Event { at: self.now, what });
        self
    }

    fn revision(
        mut self,
        change: Change,
        kind: &str,
        object: &str,
        body: Value,
        by: &str,
    ) -> Story {
        self.revisions += 1;
        let by = self.by.clone().unwrap_or_else(|| by.to_owned());
        let revision = self.revisions;
        self.then(Happening::Revision(Revision {
            cluster: "kube".into(),
            by: by.into(),
            change,
            kind: kind.into(),
            object: object.into(),
            revision,
            body: Arc::new(body),
            written: trace::Written::default(),
        }))
    }

    fn written(self, by: &str) -> Story {
        let body = self.body.clone();
        self.revision(Change::Modified, "ComputeInstance", OBJECT, body, by)
    }

    pub fn create(mut self) -> Story {
        self.body = json!({
            "kind": "ComputeInstance",
            "metadata": {"name": "vm1", "namespace": "default", "uid": self.uid},
            "spec": {"templateID": "template"},
        });
        let body = self.body.clone();
        self.revision(Change::Added, "ComputeInstance", OBJECT, body, "user")
    }

    pub fn status(mut self, status: Value) -> Story {
        self.body["status"] = status;
        self.written("operator")
    }

    pub fn spec(mut self, spec: Value) -> Story {
        self.body["spec"] = spec;
        self.written("user")
    }

    pub fn finalizers(mut self, names: &[&str]) -> Story {
        self.body["metadata"]["finalizers"] = json!(names);
        self.written("operator")
    }

    pub fn annotations(mut self, annotations: Value) -> Story {
        self.body["metadata"]["annotations"] = annotations;
        self.written("user")
    }

    pub fn delete(mut self) -> Story {
        self.body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        self.written("user")
    }

    pub fn gone(self) -> Story {
        let body = self.body.clone();
        self.revision(Change::Deleted, "ComputeInstance", OBJECT, body, "operator")
    }

    /// An object of another kind.
    pub fn object(self, kind: &str, object: &str, body: Value) -> Story {
        self.revision(Change::Modified, kind, object, body, "user")
    }

    pub fn machine(self, object: &str, owner: &str) -> Story {
        let labels = json!({"osac.openshift.io/computeinstance": owner});
        let body = json!({"metadata": {"labels": labels}});
        self.revision(Change::Added, "VirtualMachine", object, body, "playbook")
    }

    pub fn machine_gone(self, object: &str) -> Story {
        self.revision(Change::Deleted, "VirtualMachine", object, json!({}), "playbook")
    }

    fn ask(
        mut self,
        to: &str,
        verb: &str,
        about: &str,
        object: &str,
        body: Option<Value>,
    ) -> Story {
        self.calls += 1;
        let call = self.calls;
        self.then(Happening::Request(Request {
            call,
            route: Route { from: "operator".into(), to: to.into() },
            method: "POST".into(),
            path: "/".into(),
            verb: verb.into(),
            about: about.into(),
            object: object.into(),
            body: body.map(Arc::new),
        }))
    }

    fn answer(self, status: u16, body: Option<Value>) -> Story {
        let (call, body) = (self.calls, body.map(Arc::new));
        self.then(Happening::Reply(Reply {
            call,
            status: Some(status),
            error: None,
            unchanged: false,
            body,
        }))
    }

    fn launched(self, id: i64, role: &str, uid: &str, version: &str) -> Story {
        let object = if uid.is_empty() { "" } else { OBJECT };
        let payload = json!({"status": {"desiredConfigVersion": version}});
        self.then(Happening::Job(JobSeen {
            job: id,
            role: role.into(),
            moment: "launched".into(),
            status: "pending".into(),
            explanation: String::new(),
            traceback: String::new(),
            uid: uid.into(),
            object: object.into(),
            variables: Some(Arc::new(json!({"ansible_eda": {"event": {"payload": payload}}}))),
            kind: "job".into(),
        }))
    }

    /// A launch that AAP accepts and answers.
    pub fn launch(self, id: i64, role: &str) -> Story {
        let uid = self.uid.clone();
        let asked = self.ask("aap", "launch", role, OBJECT, None);
        asked.launched(id, role, &uid, "").answer(201, Some(json!({"id": id})))
    }

    /// The same, with a version in its payload.
    pub fn launch_version(self, id: i64, version: &str) -> Story {
        let uid = self.uid.clone();
        let asked = self.ask("aap", "launch", "provision", OBJECT, None);
        asked.launched(id, "provision", &uid, version).answer(201, Some(json!({"id": id})))
    }

    /// A launch whose template does not prompt for variables.
    pub fn launch_without_variables(self, id: i64, role: &str) -> Story {
        let asked = self.ask("aap", "launch", role, OBJECT, None);
        asked.launched(id, role, "", "").answer(201, Some(json!({"id": id})))
    }

    /// A launch whose answer is lost.
    pub fn launch_unanswered(self, id: i64, role: &str) -> Story {
        let uid = self.uid.clone();
        self.ask("aap", "launch", role, OBJECT, None).launched(id, role, &uid, "")
    }

    fn job_event(self, id: i64, moment: &str, status: &str) -> Story {
        let role = self.role_of(id);
        self.then(Happening::Job(JobSeen {
            job: id,
            role,
            moment: moment.into(),
            status: status.into(),
            explanation: String::new(),
            traceback: String::new(),
            uid: String::new(),
            object: String::new(),
            variables: None,
            kind: String::new(),
        }))
    }

    fn role_of(&self, id: i64) -> String {
        let role = |event: &Event| match &event.what {
            Happening::Job(job) if job.job == id => Some(job.role.clone()),
            _ => None,
        };
        self.events.iter().find_map(role).unwrap_or_default()
    }

    /// A job's status changes in AAP.
    pub fn job(self, id: i64, status: &str) -> Story {
        self.job_event(id, "status", status)
    }

    /// Something happens to a job that is no change of its status.
    pub fn job_moment(self, id: i64, moment: &str) -> Story {
        self.job_event(id, moment, "")
    }

    pub fn purge(self, id: i64) -> Story {
        self.job_event(id, "purged", "successful")
    }

    /// The operator polls a job and is answered.
    pub fn poll(self, id: i64, code: u16, status: &str) -> Story {
        let role = self.role_of(id);
        let body = (code == 200).then(|| json!({"id": id, "status": status}));
        self.ask("aap", "poll", &role, &id.to_string(), None).answer(code, body)
    }

    /// The operator polls a job and is answered with a body.
    pub fn answered(self, id: i64, body: Value) -> Story {
        let role = self.role_of(id);
        self.ask("aap", "poll", &role, &id.to_string(), None).answer(200, Some(body))
    }

    /// The operator polls a job and is answered as before.
    pub fn polled_as_before(mut self, id: i64) -> Story {
        let role = self.role_of(id);
        self = self.ask("aap", "poll", &role, &id.to_string(), None);
        let call = self.calls;
        let status = Some(200);
        self.then(Happening::Reply(Reply {
            call,
            status,
            error: None,
            unchanged: true,
            body: None,
        }))
    }

    /// The operator lists jobs and is answered with a body.
    pub fn looked_up(self, body: Value) -> Story {
        self.ask("aap", "lookup", "unified_jobs", "", None).answer(200, Some(body))
    }

    /// The operator asks to cancel a job.
    pub fn cancel(self, id: i64) -> Story {
        let role = self.role_of(id);
        self.ask("aap", "cancel", &role, &id.to_string(), None).answer(202, None)
    }

    /// A call to the API server that goes well.
    pub fn kube(self, verb: &str, about: &str) -> Story {
        self.ask("kube", verb, about, OBJECT, None).answer(200, None)
    }

    /// A write to the API server that goes well.
    pub fn write(self, verb: &str, about: &str, body: Value) -> Story {
        self.ask("kube", verb, about, OBJECT, Some(body)).answer(200, None)
    }

    /// A call without an answer.
    pub fn failed(mut self, to: &str, error: &str) -> Story {
        self = self.ask(to, "get", "computeinstances", OBJECT, None);
        let (call, error) = (self.calls, Some(error.to_owned()));
        self.then(Happening::Reply(Reply {
            call,
            status: None,
            error,
            unchanged: false,
            body: None,
        }))
    }

    /// A call to AAP with a body.
    pub fn request(self, to: &str, verb: &str, body: Value) -> Story {
        self.ask(to, verb, "provision", OBJECT, Some(body)).answer(200, None)
    }

    pub fn webhook(self, role: &str) -> Story {
        let verb = if role == "provision" { "create" } else { "delete" };
        let uid = self.uid.clone();
        self.then(Happening::Webhook(Webhook {
            endpoint: format!("{verb}-compute-instance"),
            role: role.into(),
            accepted: true,
            note: String::new(),
            uid,
            object: OBJECT.into(),
        }))
    }

    pub fn started(mut self, provider: &str) -> Story {
        self.starts += 1;
        let nth = self.starts;
        let provider = provider.into();
        self.then(Happening::Operator(OperatorLife::Started { nth, provider }))
    }

    pub fn killed(self) -> Story {
        self.then(Happening::Operator(OperatorLife::Killed { by: "a test".into() }))
    }

    pub fn fault(self, name: &str) -> Story {
        let (fault, effect) = (name.into(), "reply 409".into());
        self.then(Happening::Fault(FaultFelt { fault, effect, call: None }))
    }

    pub fn log(self, text: &str) -> Story {
        self.then(Happening::Log(LogLine { level: "INFO".into(), text: text.into() }))
    }

    pub fn rest(self) -> Story {
        self.then(Happening::Rest)
    }

    fn mark(self, operation: usize, verb: &str, outcome: Option<StepOutcome>) -> Story {
        let (step, verb, phase) = ("one".into(), verb.into(), Phase::Try);
        self.then(Happening::Step(StepMark { operation, step, verb, phase, outcome }))
    }

    /// The begin of an operation.
    pub fn begun(self, operation: usize, verb: &str) -> Story {
        self.mark(operation, verb, None)
    }

    /// The end of an operation.
    pub fn step(self, operation: usize, verb: &str, outcome: StepOutcome) -> Story {
        self.mark(operation, verb, Some(outcome))
    }

    /// An operation that is done.
    pub fn done(self, operation: usize, verb: &str) -> Story {
        self.step(operation, verb, StepOutcome::Done { at_once: false })
    }
}
