//! **I4**: job history never shrinks below min(limit, former length); its timestamps never fall.
//!
//! * The history is `status.jobHistory`. Between two revisions of one object it may shrink only
//!   down to the limit of the operator's settings.
//! * A job that stood in the status (as latest or former one) may leave it only from a history that
//!   is full: one that is overwritten without going into the history is lost.
//! * Timestamps: `launchedAt` never falls from one former job to the next, and neither `launchedAt`
//!   nor `finishedAt` of one job ever goes back. Equal times are in order, as they have a
//!   resolution of one second; a time that is not there is not judged.
//! * What a person writes into a status is not judged.

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Sight, is_a_person};
use crate::judge::view::{Entry, View};

#[derive(Default)]
pub(super) struct HistoryKeeps {
    times: u64,
}

impl<'t> Invariant<'t> for HistoryKeeps {
    fn name(&self) -> &'static str {
        "I4"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let Sight::Revision { revision, instance: Some((at, old)), .. } = moment.sight else {
            return;
        };
        let Some(instance) = moment.ledger.instances.get(*at) else { return };
        self.times += 1;
        if is_a_person(&revision.by) {
            return;
        }
        let limit = moment.plan.world.operator.history_limit as usize;
        let new = &instance.view;
        let fault = old.as_ref().and_then(|old| shrunk(old, new, limit).or(lost(old, new, limit)));
        if let Some((title, expected, seen)) = fault.or_else(|| fallen(old.as_ref(), new)) {
            docket.bring(
                moment
                    .charge("I4", format!("{}: {title}", instance.object))
                    .expected(expected)
                    .seen(seen)
                    .hint("a status was written from an older one than the newest")
                    .object(instance.object),
            );
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

/// Title, expected, seen.
type Fault = (String, String, String);

fn shrunk(old: &View<'_>, new: &View<'_>, limit: usize) -> Option<Fault> {
    let (before, after) = (old.history().count(), new.history().count());
    let least = before.min(limit);
    (after < least).then(|| {
        (
            "the job history shrank".to_owned(),
            format!("at least {least} former jobs (the limit is {limit})"),
            format!("{after}, and {before} before"),
        )
    })
}

fn lost(old: &View<'_>, new: &View<'_>, limit: usize) -> Option<Fault> {
    if new.history().count() >= limit {
        return None;
    }
    let kept = |job: &Entry<'_>| new.entries.iter().any(|now| now.id == job.id);
    let lost = old.entries.iter().find(|job| !kept(job))?;
    let known: Vec<&str> = new.entries.iter().map(|job| job.id).collect();
    Some((
        format!("job {} was lost from the status", lost.id),
        format!("job {} among the latest or the former jobs", lost.id),
        if known.is_empty() { "no job".to_owned() } else { format!("jobs {}", known.join(", ")) },
    ))
}

fn fallen(old: Option<&View<'_>>, new: &View<'_>) -> Option<Fault> {
    let mut last: Option<&Entry<'_>> = None;
    for job in new.history().filter(|job| !job.text("launchedAt").is_empty()) {
        if let Some(last) = last.replace(job)
            && is_earlier(job.text("launchedAt"), last.text("launchedAt"))
        {
            let (before, after) = (last.text("launchedAt"), job.text("launchedAt"));
            return Some((
                "the job history is out of order".to_owned(),
                format!("job {} launched no earlier than job {}, at {before}", job.id, last.id),
                format!("launchedAt {after}"),
            ));
        }
    }
    for former in old.map(|old| &old.entries).into_iter().flatten() {
        let same = |now: &&Entry<'_>| now.id == former.id && now.attempt() == former.attempt();
        let Some(now) = new.entries.iter().find(same) else { continue };
        for field in ["launchedAt", "finishedAt"] {
            let (before, after) = (former.text(field), now.text(field));
            if is_earlier(after, before) {
                return Some((
                    format!("a timestamp of job {} went back", now.id),
                    format!("{field} {before} or later"),
                    format!("{field} {after}"),
                ));
            }
        }
    }
    None
}

/// Whether one RFC 3339 time is before another; one that is not there is not judged.
fn is_earlier(time: &str, than: &str) -> bool {
    // most often they are written alike, and then compare as texts
    if time == than || (time.len() == than.len() && time.ends_with('Z') && time > than) {
        return false;
    }
    let parsed = |text: &str| text.parse::<jiff::Timestamp>().ok();
    matches!((parsed(time), parsed(than)), (Some(time), Some(than)) if time < than)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];

    fn job(id: u32) -> Value {
        let launched = format!("2026-01-01T00:00:{:02}Z", 10 + id % 50);
        json!({"id": id.to_string(), "type": "provision", "launchedAt": launched})
    }

    fn history(ids: &[u32]) -> Value {
        json!({"jobHistory": ids.iter().map(|id| job(*id)).collect::<Vec<_>>()})
    }

    #[test]
    fn a_history_that_grows_and_drops_its_oldest_at_the_limit_keeps_it() {
        let story = Story::new()
            .history_limit(3)
            .create()
            .status(history(&[1]))
            .status(history(&[1, 2, 3]))
            .status(history(&[2, 3, 4]));
        assert_eq!(broken(&story, "I4"), NONE);
    }

    #[test]
    fn a_history_that_shrinks_breaks_it() {
        let story = Story::new().create().status(history(&[1, 2])).status(history(&[2]));
        assert_eq!(broken(&story, "I4"), ["default/vm1: the job history shrank"]);
    }

    #[test]
    fn a_history_may_shrink_to_a_lower_limit() {
        let story = Story::new()
            .history_limit(2)
            .create()
            .status(history(&[1, 2, 3]))
            .status(history(&[2, 3]));
        assert_eq!(broken(&story, "I4"), NONE);
    }

    #[test]
    fn a_latest_job_that_is_overwritten_is_lost() {
        let story = Story::new()
            .create()
            .status(json!({"provisionJob": {"id": "1"}}))
            .status(json!({"provisionJob": {"id": "2"}}));
        assert_eq!(broken(&story, "I4"), ["default/vm1: job 1 was lost from the status"]);
        let kept = Story::new()
            .create()
            .status(json!({"provisionJob": {"id": "1"}}))
            .status(json!({"provisionJob": {"id": "2"}, "jobHistory": [job(1)]}));
        assert_eq!(broken(&kept, "I4"), NONE);
    }

    #[test]
    fn a_history_out_of_order_breaks_it() {
        let story = Story::new().create().status(history(&[2, 1]));
        assert_eq!(broken(&story, "I4"), ["default/vm1: the job history is out of order"]);
    }

    #[test]
    fn a_time_that_goes_back_breaks_it() {
        let at = |second| {
            let finished = format!("2026-01-01T00:00:{second}Z");
            json!({"provisionJob": {"id": "1", "finishedAt": finished}})
        };
        let story = Story::new().create().status(at(20)).status(at(21)).status(at(19));
        assert_eq!(broken(&story, "I4"), ["default/vm1: a timestamp of job 1 went back"]);
    }

    #[test]
    fn what_a_person_writes_is_not_judged() {
        let story = Story::new().create().status(history(&[1, 2])).by("user").status(history(&[]));
        assert_eq!(broken(&story, "I4"), NONE);
    }
}
