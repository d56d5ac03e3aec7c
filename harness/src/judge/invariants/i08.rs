//! **I8**: polls of one job ≤ 2 · (elapsed / poll interval) + 5; no hot loop of any kind.
//!
//! * Polls are the requests that left for a job's own document, answered or not; elapsed is the
//!   time since AAP launched the job, or since its first poll where this AAP did not launch it. An
//!   id that AAP gives again is another job. Judged at each poll, with the interval of the
//!   operator's settings.
//! * A hot loop: within one second the operator sends more requests, to whatever server, than the
//!   plan's limit for each instance that is there or was within that time (one at least); or, a
//!   slower one, more than twice as many within one poll interval. Judged at each request.

use std::collections::{BTreeMap, VecDeque};

use trace::{Change, Millis, Request};

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::Sight;

/// The stretch of time in which a hot loop shows, in milliseconds.
const SECOND: Millis = 1000;

#[derive(Default)]
pub(super) struct NoHotLoop<'t> {
    polls: BTreeMap<Polled<'t>, (Millis, u64)>,
    /// The operator's requests of the last second, and of the last poll interval.
    recent: [VecDeque<(Millis, &'t Request)>; 2],
    /// When instances went, the latest last.
    gone: VecDeque<Millis>,
    living: usize,
    times: u64,
}

/// A job by its id and the event of its launch, if this AAP launched it.
type Polled<'t> = (&'t str, Option<usize>);

impl<'t> Invariant<'t> for NoHotLoop<'t> {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        match moment.sight {
            Sight::Revision { revision, instance: Some((_, old)), .. } => {
                match revision.change {
                    Change::Added => self.living += 1,
                    // one that stood there before the trace began shows with its first change
                    Change::Modified => self.living += usize::from(old.is_none()),
                    Change::Deleted => {
                        self.living = self.living.saturating_sub(1);
                        self.gone.push_back(moment.event.at);
                    }
                }
            }
            Sight::Asked(request) if &*request.route.from == "operator" => {
                self.times += 1;
                if request.verb == "poll" {
                    self.poll(request, moment, docket);
                }
                self.request(request, moment, docket);
            }
            _ => {}
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

impl<'t> NoHotLoop<'t> {
    fn poll(&mut self, request: &'t Request, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let now = moment.event.at;
        let job = moment.ledger.job_of(&request.object);
        let polled = (request.object.as_str(), job.map(|job| job.launched));
        let (first, polls) = self.polls.entry(polled).or_insert((now, 0));
        *polls += 1;
        let since = job.map_or(*first, |job| job.launched_at);
        let elapsed = now.saturating_sub(since);
        let interval = moment.plan.world.operator.poll_interval.as_millis().max(1);
        let over = u128::from(polls.saturating_sub(5)) * interval > 2 * u128::from(elapsed);
        if !over {
            return;
        }
        let allowed = 2 * u128::from(elapsed) / interval + 5;
        let title = format!("job {} is polled too often", request.object);
        docket.bring(
            moment
                .charge("I8", title)
                .expected(format!("at most {allowed} polls within {elapsed} ms"))
                .seen(format!("{polls} polls"))
                .hint("2 polls for each poll interval, and 5 more")
                .object(job.map_or("", |job| job.object)),
        );
    }

    fn request(&mut self, request: &'t Request, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let now = moment.event.at;
        let interval = moment.plan.world.operator.poll_interval.as_millis();
        let interval = Millis::try_from(interval).unwrap_or(Millis::MAX).max(SECOND);
        while self.gone.front().is_some_and(|at| now - at >= interval) {
            self.gone.pop_front();
        }
        let limit = moment.plan.limits.requests_per_second as usize;
        for (recent, window, limit) in [(0, SECOND, limit), (1, interval, 2 * limit)] {
            let recent = &mut self.recent[recent];
            recent.push_back((now, request));
            while recent.front().is_some_and(|(at, _)| now - at >= window) {
                recent.pop_front();
            }
            let went = self.gone.iter().filter(|at| now - **at < window).count();
            let limit = limit.saturating_mul((self.living + went).max(1));
            if recent.len() <= limit {
                continue;
            }
            let sent = recent.len();
            let (most, times) = most_frequent(recent);
            let title = "the operator is in a hot loop";
            docket.bring(
                moment
                    .charge("I8", title)
                    .expected(format!("at most {limit} requests within {window} ms"))
                    .seen(format!("{sent} requests, {times} of them `{most}`"))
                    .hint("what it writes wakes it again, or a failure is retried at once")
                    .object(object_of(request, moment)),
            );
            // the next charge needs another stretch like this one
            recent.clear();
        }
    }
}

/// The instance that a request is about, where it is about one.
fn object_of<'t>(request: &'t Request, moment: &Moment<'_, 't>) -> &'t str {
    let job = moment.ledger.job_of(&request.object).filter(|_| &*request.route.to == "aap");
    job.map_or(&request.object, |job| job.object)
}

fn most_frequent(requests: &VecDeque<(Millis, &Request)>) -> (String, usize) {
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (_, request) in requests {
        *counts.entry((&request.route.to, &request.verb, &request.about)).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or((String::new(), 0), |((to, verb, about), count)| {
        (format!("{verb} {about} at {to}"), count)
    })
}

#[cfg(test)]
mod tests {
    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];

    /// A job that is polled `times` times, with so many milliseconds between.
    fn polled(times: u32, apart: u64) -> Story {
        let mut story = Story::new().create().launch(1, "provision");
        for _ in 0..times {
            story = story.after(apart).poll(1, 200, "running");
        }
        story
    }

    #[test]
    fn polls_at_the_interval_and_at_half_of_it_keep_it() {
        assert_eq!(broken(&polled(100, 30_000), "I8"), NONE);
        assert_eq!(broken(&polled(100, 15_000), "I8"), NONE);
    }

    #[test]
    fn polls_in_a_row_break_it_at_the_sixth() {
        assert_eq!(broken(&polled(5, 100), "I8"), NONE);
        assert_eq!(broken(&polled(6, 100), "I8"), ["job 1 is polled too often"]);
    }

    #[test]
    fn polls_a_little_too_often_break_it_in_the_long_run() {
        assert_eq!(broken(&polled(100, 10_000), "I8")[0], "job 1 is polled too often");
    }

    fn writes(times: u32, apart: u64) -> Story {
        let mut story = Story::new().requests_per_second(20).create();
        for _ in 0..times {
            story = story.after(apart).kube("update", "computeinstances/status");
        }
        story
    }

    #[test]
    fn requests_below_the_limit_keep_it() {
        assert_eq!(broken(&writes(20, 1), "I8"), NONE);
        assert_eq!(broken(&writes(500, 800), "I8"), NONE);
    }

    #[test]
    fn more_requests_within_a_second_break_it() {
        assert_eq!(broken(&writes(21, 1), "I8"), ["the operator is in a hot loop"]);
        assert_eq!(broken(&writes(22, 47), "I8"), ["the operator is in a hot loop"]);
    }

    #[test]
    fn a_slower_loop_shows_within_a_poll_interval() {
        assert_eq!(broken(&writes(40, 700), "I8"), NONE);
        assert_eq!(broken(&writes(41, 700), "I8"), ["the operator is in a hot loop"]);
    }

    #[test]
    fn an_id_that_is_given_again_is_another_job() {
        let again = polled(20, 15_000).launch(1, "provision").after(1).poll(1, 200, "running");
        assert_eq!(broken(&again, "I8"), NONE);
    }

    #[test]
    fn the_limit_is_for_each_instance() {
        let mut story = Story::new().requests_per_second(20).create().uid("uid-2").create();
        for _ in 0..40 {
            story = story.after(1).kube("update", "computeinstances/status");
        }
        assert_eq!(broken(&story, "I8"), NONE);
        assert_eq!(broken(&story.kube("update", "computeinstances/status"), "I8").len(), 1);
    }

    #[test]
    fn a_second_is_over_after_a_second() {
        let two = |apart| {
            let story = Story::new().requests_per_second(1).create();
            let first = story.kube("update", "computeinstances/status").after(apart);
            broken(&first.kube("update", "computeinstances/status"), "I8").len()
        };
        assert_eq!((two(999), two(1000)), (1, 0));
    }

    #[test]
    fn an_instance_that_just_went_counts() {
        let mut story = Story::new().requests_per_second(20).create().uid("uid-2").create().gone();
        for _ in 0..40 {
            story = story.after(1).kube("update", "computeinstances/status");
        }
        assert_eq!(broken(&story, "I8"), NONE);
        let later = (0..21).fold(story.after(40_000), |story, _| {
            story.after(1).kube("update", "computeinstances/status")
        });
        assert_eq!(broken(&later, "I8").len(), 1);
    }
}
