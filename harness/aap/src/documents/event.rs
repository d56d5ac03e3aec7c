//! The events of a job.

use serde_json::{Value, json};

use super::Stamp;
use super::parts::Link;
use crate::state::Job;

/// An event of a playbook.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) event: &'static str,
    pub(crate) display: &'static str,
    pub(crate) counter: i64,
    pub(crate) level: i64,
    pub(crate) failed: bool,
    pub(crate) changed: bool,
    pub(crate) task: &'static str,
    pub(crate) data: Value,
    pub(crate) stdout: String,
    pub(crate) start_line: i64,
    pub(crate) end_line: i64,
}

/// Longer output is cut in events that are not the playbook's own.
const STDOUT_BYTES_MAX: usize = 1024;

/// An event as a row of its job's list. Event ids are unique over jobs.
pub(crate) fn event(job: &Job, event: &Event, root: &str, whole: bool) -> Value {
    let id = job.id * 1000 + event.counter;
    let mut stdout = event.stdout.clone();
    if !whole && !event.event.starts_with("playbook_on_") && stdout.len() > STDOUT_BYTES_MAX {
        let cut = (0..=STDOUT_BYTES_MAX).rev().find(|at| stdout.is_char_boundary(*at)).unwrap_or(0);
        stdout.truncate(cut);
        stdout.push('…');
    }
    let created = Stamp(job.started.unwrap_or(job.created));
    json!({
        "id": id,
        "type": "job_event",
        "url": Link(root, "job_events", id, ""),
        "related": {
            "job": Link(root, "jobs", job.id, ""),
            "children": Link(root, "job_events", id, "children"),
        },
        "summary_fields": {
            "job": {
                "id": job.id, "name": job.spec.name, "description": "", "status": job.status,
                "failed": job.failed(), "elapsed": job.elapsed(job.modified), "type": "job",
                "job_template_id": job.template, "job_template_name": job.spec.name,
            },
            "role": {},
        },
        "created": created,
        "modified": created,
        "job": job.id,
        "event": event.event,
        "counter": event.counter,
        "event_display": event.display,
        "event_data": event.data,
        "event_level": event.level,
        "failed": event.failed,
        "changed": event.changed,
        "uuid": format!("00000000-0000-4000-8000-{id:012}"),
        "parent_uuid": "",
        "host": null,
        "host_name": if event.level == 3 { "localhost" } else { "" },
        "playbook": "p.yml",
        "play": if event.level > 0 { "osac" } else { "" },
        "task": event.task,
        "role": "",
        "stdout": stdout,
        "start_line": event.start_line,
        "end_line": event.end_line,
        "verbosity": 0,
    })
}
