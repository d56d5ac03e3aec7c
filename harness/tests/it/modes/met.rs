//! Whether an operator met a mode, by the trace alone.

use std::collections::BTreeMap;

use scenario::Plan;
use scenario::plan::TemplateKind;
use serde_json::Value;
use trace::{Change, Event, Happening, JobSeen, Reply, Request, Revision, Trace, Webhook};

/// A call of the operator to AAP or EDA with its answer; numbers of events tell their order.
struct Call<'t> {
    request: &'t Request,
    reply: &'t Reply,
    asked: usize,
    answered: usize,
    at: u64,
}

/// What a trace tells, sorted for the questions below.
pub struct Story<'t> {
    plan: &'t Plan,
    events: &'t [Event],
    calls: Vec<Call<'t>>,
    jobs: Vec<(usize, u64, &'t JobSeen)>,
}

impl Call<'_> {
    fn status(&self) -> u16 {
        self.reply.status.unwrap_or_default()
    }

    fn is(&self, verb: &str) -> bool {
        self.request.verb == verb
    }

    fn failed_as(&self, error: &str) -> bool {
        self.reply.error.as_deref() == Some(error)
    }

    fn body(&self) -> &Value {
        self.reply.body.as_deref().unwrap_or(&Value::Null)
    }

    fn text(&self, field: &str) -> &str {
        self.body().get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn count(&self) -> Option<i64> {
        self.body().get("count").and_then(Value::as_i64)
    }

    /// A page of text in the place of JSON.
    fn is_page(&self) -> bool {
        self.body().is_string()
    }
}

impl<'t> Story<'t> {
    pub fn of(plan: &'t Plan, trace: &'t Trace) -> Self {
        let mut open: BTreeMap<u64, (usize, u64, &Request)> = BTreeMap::new();
        let mut story = Story { plan, events: &trace.events, calls: Vec::new(), jobs: Vec::new() };
        for (index, event) in trace.events.iter().enumerate() {
            match &event.what {
                Happening::Request(request) if &*request.route.from == "operator" => {
                    open.insert(request.call, (index, event.at, request));
                }
                Happening::Reply(reply) => {
                    if let Some((asked, at, request)) = open.remove(&reply.call)
                        && matches!(&*request.route.to, "aap" | "eda")
                    {
                        let answered = index;
                        story.calls.push(Call { request, reply, asked, answered, at });
                    }
                }
                Happening::Job(job) => story.jobs.push((index, event.at, job)),
                _ => {}
            }
        }
        story
    }

    /// Whether the operator met a mode.
    pub fn met(&self, mode: u8) -> bool {
        match mode {
            1..=11 => self.met_on_the_way(mode),
            12..=19 => self.met_at_templates(mode),
            20..=26 | 34 | 35 | 40 => self.met_in_a_life(mode),
            27..=33 => self.met_at_an_end(mode),
            36 => self.met_at_eda(),
            37 => self.has_odd_ids(),
            38 => self.any(|call| call.status() == 503) && self.ends_with("failed", "start up"),
            39 => self.passes_an_empty_id(),
            41 => self.any(|call| call.status() == 429),
            _ => false,
        }
    }

    fn any(&self, is: impl Fn(&Call<'t>) -> bool) -> bool {
        self.calls.iter().any(is)
    }

    fn met_on_the_way(&self, mode: u8) -> bool {
        match mode {
            1 => self.any(|call| call.failed_as("connection refused")),
            2 => self.any(|call| {
                let end = self.events.len();
                call.failed_as("client gave up") && self.is_launched(call, call.asked..end)
            }),
            3 => self.any(|call| {
                call.failed_as("reply lost") && self.is_launched(call, call.asked..call.answered)
            }),
            4 => self.any(|call| matches!(call.status(), 502..=504) && call.is_page()),
            5 => self.any(|call| call.status() == 500),
            6 => self.any(|call| matches!(call.status(), 301 | 302 | 307 | 308)),
            7 => self.any(|call| {
                let page = call.body().as_str().unwrap_or_default();
                call.status() == 200 && page.trim_start().starts_with('<')
            }),
            8 => self.any(|call| call.status() == 401),
            9 => self.any(|call| call.is("launch") && call.status() == 403),
            10 => {
                let hidden = !self.plan.world.aap.provision.visible
                    || self.plan.world.aap.user.rights == scenario::plan::Rights::None;
                hidden && self.any(|call| self.finds_nothing(call))
            }
            _ => {
                let gone = self.any(|call| call.is("launch") && call.status() == 404);
                gone || (self.plan.world.aap.provision.missing
                    && self.any(|call| self.finds_nothing(call)))
            }
        }
    }

    /// The job of a launch came to be within these events.
    fn is_launched(&self, call: &Call<'t>, within: std::ops::Range<usize>) -> bool {
        call.is("launch")
            && self.jobs.iter().any(|(index, _, job)| {
                within.contains(index) && job.moment == "launched" && job.role == call.request.about
            })
    }

    fn finds_nothing(&self, call: &Call<'t>) -> bool {
        call.request.path.contains("_templates/?name=") && call.count() == Some(0)
    }

    fn met_at_templates(&self, mode: u8) -> bool {
        let launch =
            |is: &dyn Fn(&Call<'t>) -> bool| self.any(|call| call.is("launch") && is(call));
        let path = |call: &Call<'t>, part: &str| call.request.path.contains(part);
        match mode {
            12 => {
                let extra = &self.plan.world.aap.templates;
                let name = &self.plan.world.aap.provision.name;
                let both = extra.iter().any(|template| {
                    template.name == *name && template.kind == TemplateKind::Workflow
                });
                let two = self.any(|call| path(call, "/?name=") && call.count() >= Some(2));
                two || (both && launch(&|call| path(call, "/job_templates/")))
            }
            // such names stand in no path, so nothing is refused for one
            13 => {
                let workflow = self.plan.world.aap.provision.kind == TemplateKind::Workflow;
                let bare = self.plan.world.aap.switches.get("bareNames") == Some(&false);
                (workflow || bare)
                    && launch(&|call| call.status() == 201)
                    && !self.any(|call| {
                        path(call, &format!("/{}/", self.plan.world.aap.provision.name))
                    })
            }
            14 => self.any(|first| {
                path(first, "++")
                    && first.status() == 404
                    && self.any(|call| {
                        call.request.path == first.request.path
                            && call.asked > first.asked
                            && call.status() == 200
                    })
            }),
            15 => launch(&|call| {
                let ignored = call.body().get("ignored_fields").and_then(Value::as_object);
                ignored.is_some_and(|fields| !fields.is_empty())
                    || (call.status() == 400 && call.body().get("extra_vars").is_some())
            }),
            16 => launch(&|call| {
                let needed = [
                    "variables_needed_to_start",
                    "passwords_needed_to_start",
                    "resources_needed_to_start",
                ];
                let lacks = ["inventory", "credential_passwords", "errors"];
                let mut words = needed.into_iter().chain(lacks);
                call.status() == 400 && words.any(|word| call.body().get(word).is_some())
            }),
            17 => launch(&|call| {
                let broken = call.text("detail").starts_with("JSON parse error");
                matches!(call.status(), 413 | 415) || (call.status() == 400 && broken)
            }),
            18 => {
                launch(&|call| path(call, "/job_templates/") && call.text("type") == "workflow_job")
            }
            _ => {
                let polls = |page: &str| self.any(|call| call.is("poll") && path(call, page));
                polls("/workflow_jobs/")
                    && self.plan.world.aap.provision.kind == TemplateKind::Workflow
            }
        }
    }

    /// A poll told the operator this status with this reason.
    fn ends_with(&self, status: &str, reason: &str) -> bool {
        self.any(|call| {
            call.is("poll")
                && call.text("status") == status
                && call.text("job_explanation").contains(reason)
        })
    }

    fn statuses(&self, id: i64) -> Vec<&'t str> {
        let of = self.jobs.iter().filter(|(.., job)| job.job == id && !job.status.is_empty());
        of.map(|(.., job)| job.status.as_str()).collect()
    }

    fn any_job(&self, is: impl Fn(i64, &[&str]) -> bool) -> bool {
        let launched = self.jobs.iter().filter(|(.., job)| job.moment == "launched");
        launched.map(|(.., job)| job.job).any(|id| is(id, &self.statuses(id)))
    }

    fn met_in_a_life(&self, mode: u8) -> bool {
        let told = |is: &dyn Fn(&Call<'t>) -> bool| self.any(|call| call.is("poll") && is(call));
        match mode {
            20 => told(&|call| {
                call.text("status") == "pending" && !call.text("job_explanation").is_empty()
            }),
            21 => self.any_job(|_, states| {
                states.last() == Some(&"failed") && !states.contains(&"running")
            }),
            22 => told(&|call| {
                let silent = call.text("job_explanation").is_empty()
                    && call.text("result_traceback").is_empty();
                call.text("status") == "failed" && silent
            }),
            23 => told(&|call| call.text("status") == "error"),
            24 => self.ends_with("failed", "timeout"),
            25 => ["reap", "shutdown", "marked as failed"]
                .iter()
                .any(|reason| self.ends_with("failed", reason)),
            26 => self.any_job(|_, states| {
                let ran = states.iter().position(|state| *state == "running");
                ran.is_some_and(|ran| states[ran..].contains(&"pending"))
            }),
            34 => self.any_job(|id, states| {
                let made = self.playbook_wrote(id, |revision| {
                    revision.kind == "VirtualMachine" && revision.change == Change::Added
                });
                match states.last() {
                    Some(&"failed") => made,
                    Some(&"successful") => self.is_provision(id) && !made,
                    _ => false,
                }
            }),
            35 => self.any(|call| {
                call.request.path.contains("/job_events/") && call.count() == Some(0)
            }),
            _ => self.plan.world.faults.iter().any(|fault| {
                let felt = |event: &Event| {
                    matches!(&event.what, Happening::Fault(felt) if felt.fault == fault.name)
                };
                let times = format!("{:?}", fault.effect);
                times.contains("finished") && self.events.iter().any(felt)
            }),
        }
    }

    fn is_provision(&self, id: i64) -> bool {
        self.jobs.iter().any(|(.., job)| job.job == id && job.role == "provision")
    }

    /// A playbook wrote such a thing while this job, or its playbook, was under way.
    fn playbook_wrote(&self, id: i64, such: impl Fn(&Revision) -> bool) -> bool {
        let began = self.jobs.iter().find(|(.., job)| job.job == id).map_or(0, |(at, ..)| *at);
        let next = self
            .jobs
            .iter()
            .find(|(at, _, job)| *at > began && job.moment == "launched")
            .map_or(self.events.len(), |(at, ..)| *at);
        self.events[began..next].iter().any(|event| match &event.what {
            Happening::Revision(revision) => &*revision.by == "playbook" && such(revision),
            _ => false,
        })
    }

    fn met_at_an_end(&self, mode: u8) -> bool {
        let canceled =
            |is: &dyn Fn(&Call<'t>) -> bool| self.any(|call| call.is("cancel") && is(call));
        match mode {
            27 => canceled(&|call| {
                let landed = call.status() == 202 || call.failed_as("reply lost");
                landed && self.canceled_at(call).is_some()
            }),
            28 => canceled(&|call| {
                let end = self.canceled_at(call).unwrap_or(u64::MAX);
                call.status() == 202 && end.saturating_sub(call.at) >= 120_000
            }),
            29 => self.any_job(|id, states| {
                let after =
                    self.jobs.iter().find(|(.., job)| job.job == id && job.status == "canceled");
                let wrote = after.is_some_and(|(at, ..)| {
                    self.events[*at..].iter().any(|event| {
                        matches!(&event.what, Happening::Revision(revision)
                            if &*revision.by == "playbook" && revision.change == Change::Added)
                    })
                });
                let flipped = states
                    .iter()
                    .position(|state| *state == "canceled")
                    .is_some_and(|at| at + 1 < states.len());
                wrote || flipped
            }),
            30 => canceled(&|call| matches!(call.status(), 403 | 405) && !self.is_active(call)),
            31 => canceled(&|call| call.status() == 403 && self.is_active(call)),
            32 => self.any_job(|id, states| {
                let asked = canceled(&|call| call.request.object == id.to_string());
                states.last() == Some(&"canceled") && !asked
            }),
            _ => self.any(|call| {
                let gone = |(at, _, job): &(usize, u64, &JobSeen)| {
                    *at < call.asked
                        && job.moment == "purged"
                        && job.job.to_string() == call.request.object
                };
                matches!(call.status(), 403 | 404) && self.jobs.iter().any(gone)
            }),
        }
    }

    fn canceled_at(&self, call: &Call<'t>) -> Option<u64> {
        let of =
            |job: &JobSeen| job.job.to_string() == call.request.object && job.status == "canceled";
        self.jobs
            .iter()
            .find(|(index, _, job)| *index > call.asked && of(job))
            .map(|(_, at, _)| *at)
    }

    /// The job of a call was active when AAP answered.
    fn is_active(&self, call: &Call<'t>) -> bool {
        let mut before = self.jobs.iter().filter(|(index, _, job)| {
            *index < call.answered
                && job.job.to_string() == call.request.object
                && !job.status.is_empty()
        });
        let status = before.next_back().map_or("", |(.., job)| job.status.as_str());
        !matches!(status, "successful" | "failed" | "error" | "canceled")
    }

    fn met_at_eda(&self) -> bool {
        let lost = |webhook: &Webhook| {
            matches!(webhook.note.as_str(), "the event is lost" | "delivered twice")
        };
        let fault = |event: &Event| matches!(&event.what, Happening::Webhook(w) if lost(w));
        self.events.iter().any(fault)
            || self.any(|call| {
                let odd = call.reply.error.is_some() || call.status() >= 400;
                call.is("webhook") && odd
            })
    }

    /// Ids that are not one after the other, or that mean another job than before.
    fn has_odd_ids(&self) -> bool {
        let launched = self.jobs.iter().filter(|(.., job)| job.moment == "launched");
        let ids: Vec<i64> = launched.map(|(.., job)| job.job).collect();
        ids.windows(2).any(|pair| pair[1] != pair[0] + 1)
    }

    /// An object had a job without an id, and no path was made of that.
    fn passes_an_empty_id(&self) -> bool {
        let nameless = |event: &Event| match &event.what {
            Happening::Revision(revision) => {
                let status = revision.body.get("status");
                let id = status.and_then(|status| status.get("provisionJob")?.get("id"));
                let flat = status.and_then(|status| status.get("provisionJobID"));
                [id, flat].contains(&Some(&Value::String(String::new())))
            }
            _ => false,
        };
        self.events.iter().any(nameless) && !self.any(|call| call.request.path.contains("jobs//"))
    }
}
