//! What is read of AAP's documents. Everything may be missing or of another type: then it is as
//! if it were not there.

use jiff::Timestamp;
use serde_json::Value;

use super::excerpt::{self, Keep};
use crate::api::{JobKind, JobState, LaunchIntent};
use crate::provider::SeenJob;
use crate::redact::redact;

/// The longest message that goes into a status, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 4096;

/// What is read of a document, or of a list and its rows.
pub static KEPT: Keep = Keep::Fields(&FIELDS);

static FIELDS: [(&str, Keep); 16] = [
    ("created", Keep::All),
    ("event_data", Keep::All),
    ("extra_vars", Keep::All),
    ("finished", Keep::All),
    ("id", Keep::All),
    ("ignored_fields", Keep::All),
    ("job_explanation", Keep::All),
    ("launch_type", Keep::All),
    ("name", Keep::All),
    ("next", Keep::All),
    ("result_traceback", Keep::All),
    ("results", Keep::Fields(&FIELDS)),
    ("status", Keep::All),
    ("task", Keep::All),
    ("type", Keep::All),
    ("workflow_job", Keep::All),
];

/// What is read of the variables of a job.
const VARIABLES: Keep = Keep::Fields(&[("ansible_eda", Keep::Fields(&[("event", EVENT)]))]);
const EVENT: Keep = Keep::Fields(&[(
    "payload",
    Keep::Fields(&[
        ("metadata", Keep::Fields(&[("uid", Keep::All)])),
        ("status", Keep::Fields(&[("launchIntent", Keep::All)])),
    ]),
)]);

/// The number `id` of a document.
pub fn id(document: &Value) -> Option<u64> {
    document["id"].as_u64().filter(|id| *id > 0)
}

/// The family of endpoints that a document says it belongs to.
pub fn kind(document: &Value) -> Option<JobKind> {
    match document["type"].as_str() {
        Some("workflow_job") => Some(JobKind::WorkflowJob),
        Some("job") => Some(JobKind::Job),
        Some(_) | None if document["workflow_job"].is_u64() => Some(JobKind::WorkflowJob),
        Some(_) | None => None,
    }
}

/// AAP's word for a state as one of ours. `error` is a failure too.
pub fn state(word: &str) -> JobState {
    match word {
        "pending" => JobState::Pending,
        "waiting" => JobState::Waiting,
        "running" => JobState::Running,
        "successful" => JobState::Succeeded,
        "failed" | "error" => JobState::Failed,
        "canceled" => JobState::Canceled,
        _ => JobState::Unknown,
    }
}

/// A job as a document, or a list's row, shows it. `secrets` are taken out of its words.
pub fn job(document: &Value, secrets: &[&str]) -> Option<SeenJob> {
    let state = state(document["status"].as_str()?);
    Some(SeenJob {
        id: id(document)?.to_string(),
        kind: kind(document),
        state,
        message: message(document, state, secrets),
        finished_at: document["finished"].as_str().and_then(|text| text.parse().ok()),
    })
}

/// When a job was made.
pub fn created(row: &Value) -> Option<Timestamp> {
    row["created"].as_str()?.parse().ok()
}

/// AAP's words about a job: its explanation, and for a failure the end of its traceback.
fn message(document: &Value, state: JobState, secrets: &[&str]) -> String {
    let text = |key: &str| document[key].as_str().unwrap_or_default().trim();
    let explanation = text("job_explanation");
    let traceback = if state == JobState::Failed { text("result_traceback") } else { "" };
    let fallback = match state {
        JobState::Canceled => "AAP says that the job was canceled",
        JobState::Pending
        | JobState::Waiting
        | JobState::Running
        | JobState::Succeeded
        | JobState::Failed
        | JobState::Unknown => "",
    };
    let whole = match (explanation, traceback) {
        ("", "") => fallback.to_owned(),
        (only, "") | ("", only) => only.to_owned(),
        (both, and) => format!("{both}\n{and}"),
    };
    shorten(&redact(&whole, secrets))
}

/// What the latest failed task of a list of events says.
pub fn failed_task(list: &Value, secrets: &[&str]) -> Option<String> {
    let event = list["results"].as_array()?.first()?;
    let words = event["event_data"]["res"]["msg"].as_str().filter(|words| !words.is_empty())?;
    let whole = match event["task"].as_str().filter(|task| !task.is_empty()) {
        Some(task) => format!("task `{task}` failed: {words}"),
        None => words.to_owned(),
    };
    Some(shorten(&redact(&whole, secrets)))
}

/// The beginning and the end of a text that is too long: a traceback's cause is its last line.
fn shorten(text: &str) -> String {
    const GAP: &str = "\n…\n";
    if text.len() <= MESSAGE_BYTES_MAX {
        return text.to_owned();
    }
    let half = (MESSAGE_BYTES_MAX - GAP.len()) / 2;
    let whole = |at: &usize| text.is_char_boundary(*at);
    let head = (0..=half).rev().find(whole).unwrap_or(0);
    let tail = (text.len() - half..=text.len()).find(whole).unwrap_or(text.len());
    format!("{}{GAP}{}", &text[..head], &text[tail..])
}

/// Whether a row is a job that an object's launches made, by what the job itself was told. A
/// sliced or workflow run's parts were told the same; the run is meant, not they.
pub fn is_of(row: &Value, uid: &str) -> bool {
    row["launch_type"] != "workflow"
        && payload(row).is_some_and(|payload| payload["metadata"]["uid"] == uid)
}

/// Whether a document is a job that was launched for another object, by what it was told.
pub fn is_of_another(document: &Value, uid: &str) -> bool {
    payload(document)
        .is_some_and(|payload| payload["metadata"]["uid"].as_str().is_some_and(|told| told != uid))
}

/// Whether a row is the job of a launch.
pub fn is_launch(row: &Value, uid: &str, intent: &LaunchIntent) -> bool {
    row["launch_type"] != "workflow"
        && payload(row).is_some_and(|payload| {
            let told = &payload["status"]["launchIntent"];
            payload["metadata"]["uid"] == uid
                && told["attempt"] == intent.attempt
                && told["type"] == intent.job_type.name()
        })
}

/// The object that a job was launched with: its variables are JSON in a string.
fn payload(row: &Value) -> Option<Value> {
    let variables = row["extra_vars"].as_str()?.as_bytes();
    let mut variables = excerpt::read(variables, VARIABLES).ok()?;
    variables.pointer_mut("/ansible_eda/event/payload").map(Value::take)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{JobType, Moment};

    #[test]
    fn documents_of_another_shape_are_no_jobs() {
        for bad in
            [json!(null), json!([]), json!({"id": "7", "status": "failed"}), json!({"id": 7})]
        {
            assert_eq!(job(&bad, &[]), None, "{bad}");
        }
    }

    #[test]
    fn states_are_mapped_and_unknown_words_are_no_end() {
        assert_eq!(state("error"), JobState::Failed);
        assert_eq!(state("new"), JobState::Unknown);
        assert!(!state("levitating").is_terminal());
    }

    #[test]
    fn a_failure_says_why() {
        let seen = |document: Value| job(&document, &["t0p"]).unwrap().message;
        let both = json!({"id": 1, "status": "error", "job_explanation": "it broke",
            "result_traceback": "Traceback\nBoom t0p"});
        assert_eq!(seen(both), "it broke\nTraceback\nBoom ***");
        let running = json!({"id": 1, "status": "running", "result_traceback": "old"});
        assert_eq!(seen(running), "");
        let canceled = json!({"id": 1, "status": "canceled", "job_explanation": ""});
        assert_eq!(seen(canceled), "AAP says that the job was canceled");
    }

    #[test]
    fn a_long_text_keeps_both_ends_and_whole_characters() {
        let long = format!("a{}z", "ß".repeat(5000));
        let short = shorten(&long);
        assert!(short.len() <= MESSAGE_BYTES_MAX);
        assert!(short.starts_with('a') && short.ends_with('z') && short.contains('…'));
    }

    #[test]
    fn a_job_is_known_by_what_it_was_told() {
        let intent = LaunchIntent {
            job_type: JobType::Provision,
            attempt: 3,
            config_version: String::new(),
            since: Moment(Timestamp::UNIX_EPOCH),
        };
        let row = |attempt: i64, launch_type: &str| {
            let payload = json!({"metadata": {"uid": "u"},
                "status": {"launchIntent": {"type": "provision", "attempt": attempt}}});
            let variables = json!({"ansible_eda": {"event": {"payload": payload}}}).to_string();
            json!({"id": 1, "launch_type": launch_type, "extra_vars": variables})
        };
        assert!(is_launch(&row(3, "manual"), "u", &intent));
        assert!(!is_launch(&row(2, "manual"), "u", &intent));
        assert!(!is_launch(&row(3, "manual"), "v", &intent));
        assert!(!is_launch(&row(3, "workflow"), "u", &intent));
        assert!(is_of(&row(2, "relaunch"), "u"));
        for odd in [json!({}), json!({"extra_vars": "{"}), json!({"extra_vars": "[]"})] {
            assert!(!is_of(&odd, "u"), "{odd}");
        }
    }
}
