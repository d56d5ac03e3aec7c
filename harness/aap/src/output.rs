//! A job's output and events, made up from its script.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::documents::Event;
use crate::state::Job;

/// The output with colours, as far as it has arrived.
pub(crate) fn stdout(job: &Job, now: Timestamp) -> String {
    if job.started.is_none() {
        return String::new();
    }
    let events = all(job);
    let arrived = arrived(job, now, events.len());
    let texts = events.iter().take(arrived).map(|event| event.stdout.as_str());
    texts.filter(|text| !text.is_empty()).fold(String::new(), |mut whole, text| {
        whole.push_str(text);
        whole.push('\n');
        whole
    })
}

/// The events, as far as they have arrived.
pub(crate) fn events(job: &Job, now: Timestamp) -> Vec<Event> {
    if job.started.is_none() {
        return Vec::new();
    }
    let mut events = all(job);
    events.truncate(arrived(job, now, events.len()));
    events
}

/// Text without colours.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            plain.push(letter);
            continue;
        }
        if letters.next() == Some('[') {
            // a sequence ends with its first letter
            letters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

/// While a job runs its last events are not there; lost ones and late ones are the last part too.
fn arrived(job: &Job, now: Timestamp, count: usize) -> usize {
    if job.is_active() {
        count.min(3)
    } else if job.events_are_complete(now) {
        count
    } else {
        count / 2
    }
}

fn all(job: &Job) -> Vec<Event> {
    let output = &job.script.output;
    let failed = job.failed();
    let mut list = EventList::default();
    list.add("playbook_on_start", "Playbook Started", 0, "", String::new());
    list.add("playbook_on_play_start", "Play Started", 1, "", "PLAY [osac] ***".to_owned());
    list.add("playbook_on_task_start", "Task Started", 2, "t", "TASK [t] ***".to_owned());
    if !output.stdout.is_empty() {
        list.add("verbose", "Verbose", 0, "", output.stdout.trim_end_matches('\n').to_owned());
    }
    if !output.failure.is_empty() {
        let res = json!({ "msg": output.failure });
        let text = format!("\u{1b}[0;31mfatal: [localhost]: FAILED! => {res}\u{1b}[0m");
        let event = list.add("runner_on_failed", "Host Failed", 3, "t", text);
        event.failed = true;
        event.data = json!({"task": "t", "res": res});
    } else if !failed {
        let text = "\u{1b}[0;32mok: [localhost]\u{1b}[0m".to_owned();
        let event = list.add("runner_on_ok", "Host OK", 3, "t", text);
        event.data = json!({"task": "t", "res": {}});
    }
    if !job.is_active() {
        list.add("playbook_on_stats", "Playbook Complete", 1, "", "PLAY RECAP ***".to_owned());
    }
    list.events
}

#[derive(Default)]
struct EventList {
    events: Vec<Event>,
    line: i64,
}

impl EventList {
    fn add(
        &mut self,
        event: &'static str,
        display: &'static str,
        level: i64,
        task: &'static str,
        stdout: String,
    ) -> &mut Event {
        let start_line = self.line;
        let lines = if stdout.is_empty() { 0 } else { stdout.split('\n').count() };
        self.line += i64::try_from(lines).unwrap_or(i64::MAX / 2);
        let counter = i64::try_from(self.events.len()).unwrap_or(i64::MAX - 1) + 1;
        let index = self.events.len();
        self.events.push(Event {
            event,
            display,
            counter,
            level,
            failed: false,
            changed: false,
            task,
            data: Value::Object(serde_json::Map::new()),
            stdout,
            start_line,
            end_line: self.line,
        });
        &mut self.events[index]
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn colours_are_stripped() {
        assert_eq!(plain("\u{1b}[0;31mfatal\u{1b}[0m: x\u{1b}"), "fatal: x");
    }
}
