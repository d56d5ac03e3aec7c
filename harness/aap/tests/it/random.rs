//! Whatever happens to it, the fake keeps its word: random requests and actions, and what must hold
//! after each.

use std::collections::BTreeMap;
use std::time::Duration;

use fake_aap::{
    Action, Cancel, Config, JobRef, JobView, Moment, MomentAt, Script, Stage, Switches, Template,
};
use serde_json::json;

use crate::support::Lab;

const WORLDS: u64 = 60;
const STEPS: u32 = 80;

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn seconds(&mut self, limit: u64) -> Duration {
        Duration::from_secs(self.below(limit))
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }
}

const STATUSES: [&str; 7] =
    ["new", "pending", "waiting", "running", "hibernating", "successful", "failed"];

fn script(chance: &mut Chance) -> Script {
    let stages = (0..chance.below(5)).map(|_| {
        let status = chance.pick(&STATUSES[..5]);
        if chance.below(6) == 0 {
            Stage::held(status)
        } else {
            Stage::new(status, chance.seconds(50))
        }
    });
    let stages = stages.collect();
    let cancel = match chance.below(7) {
        0 => Cancel::Classic,
        1 => Cancel::DelayedPending(chance.seconds(20)),
        2 => Cancel::Running(chance.seconds(20)),
        3 => Cancel::Ignored(Some(chance.seconds(50))),
        4 => Cancel::Ignored(None),
        5 => Cancel::Refused405,
        _ => Cancel::ForcedThenFlips { to: "failed".to_owned(), after: chance.seconds(50) },
    };
    let at = match chance.below(4) {
        0 => MomentAt::Running(chance.seconds(50)),
        1 => MomentAt::BeforeEnd,
        2 => MomentAt::BeforeSuccess,
        _ => MomentAt::AfterEnd(chance.seconds(50)),
    };
    let moments = vec![Moment { name: "m".to_owned(), at }];
    let end = chance.pick(&["successful", "failed", "error", "canceled"]);
    Script { stages, cancel, moments, ..Script::default() }.ends(end, "", "")
}

fn config(chance: &mut Chance) -> Config {
    let mut templates = vec![
        Template { allow_simultaneous: chance.below(2) == 0, ..Template::job("one", "a") },
        Template { slices: 3, ..Template::job("sliced", "b") },
        Template { nodes: vec!["one".to_owned()], ..Template::workflow("flow", "c") },
    ];
    for template in &mut templates {
        template.scripts = (0..3).map(|_| script(chance)).collect();
    }
    let switches = Switches {
        cancel_2026: chance.below(2) == 0,
        startup_reaper: chance.below(2) == 0,
        ..Switches::default()
    };
    let capacity = (chance.below(2) == 0).then_some(2);
    Config { templates, switches, capacity, ..Config::default() }
}

fn action(chance: &mut Chance) -> Action {
    let job = match chance.below(3) {
        0 => JobRef::Latest { role: chance.pick(&["a", "b", "c"]).to_owned() },
        1 => JobRef::Nth { role: "a".to_owned(), nth: u32::try_from(chance.below(4)).unwrap() },
        _ => JobRef::Id(100 + i64::try_from(chance.below(20)).unwrap()),
    };
    let name = chance.pick(&["one", "sliced", "flow", "none"]).to_owned();
    match chance.below(14) {
        0 => Action::Fail { job },
        1 => Action::Cancel { job },
        2 => Action::Purge { job },
        3 => Action::PurgeAll,
        4 => Action::SetStatus { job, status: chance.pick(&STATUSES).to_owned() },
        5 | 6 => Action::Advance { job },
        7 => Action::DeleteTemplate { name },
        8 => Action::RecreateTemplate { name },
        9 => Action::HideTemplate { name },
        10 | 11 => Action::ShowTemplate { name },
        12 => Action::Restart { down_for: chance.seconds(40) },
        _ => Action::Finish {
            job,
            status: "successful".to_owned(),
            explanation: String::new(),
            traceback: String::new(),
        },
    }
}

/// Once written, neither time is written again; ids only grow.
fn compare(before: &BTreeMap<i64, JobView>, now: &[JobView]) {
    assert!(now.is_sorted_by_key(|job| job.id));
    for job in now {
        let Some(former) = before.get(&job.id) else { continue };
        assert!(former.started.is_none() || former.started == job.started, "{former:?} {job:?}");
        assert!(former.finished.is_none() || former.finished == job.finished, "{former:?} {job:?}");
        assert!(!former.purged || job.purged, "{former:?} {job:?}");
        assert!(job.active || job.finished.is_some(), "{job:?}");
    }
    assert!(before.keys().all(|id| now.iter().any(|job| job.id == *id)), "a job is forgotten");
}

/// Plays a world; gives all that was answered and announced.
async fn play(seed: u64) -> String {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let lab = Lab::new(config(&mut chance));
    let mut transcript = String::new();
    let mut before = BTreeMap::new();
    for _ in 0..STEPS {
        let answer = match chance.below(10) {
            0..=2 => {
                let path = chance.pick(&[
                    "job_templates/one++osac",
                    "job_templates/sliced++osac",
                    "workflow_job_templates/flow++osac",
                ]);
                Some(lab.post(&format!("/{path}/launch/"), &json!({"extra_vars": {"a": 1}})).await)
            }
            3 => {
                let kind = chance.pick(&["jobs", "workflow_jobs"]);
                let id = 100 + chance.below(20);
                Some(lab.post(&format!("/{kind}/{id}/cancel/"), &json!({})).await)
            }
            4 => Some(lab.get("/unified_jobs/?order_by=-id&page_size=3").await),
            5 => Some(lab.delete(&format!("/jobs/{}/", 100 + chance.below(20))).await),
            6 | 7 => {
                tokio::time::sleep(chance.seconds(60)).await;
                None
            }
            _ => {
                // what cannot be done is refused, which is fine
                let _ = lab.aap.act(action(&mut chance));
                None
            }
        };
        if let Some(answer) = answer {
            assert_ne!(answer.status, 500);
            transcript.push_str(&format!("{} {}\n", answer.status, answer.text));
        }
        let now = lab.aap.jobs();
        compare(&before, &now);
        before = now.into_iter().map(|job| (job.id, job)).collect();
    }
    tokio::time::sleep(Duration::from_secs(1000)).await;
    assert!(lab.aap.is_idle(), "nothing is due after all timers");
    transcript.push_str(&lab.news().join("\n"));
    transcript
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_times_stand_ids_grow_and_timers_end() {
    for seed in 1..=WORLDS {
        play(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_happenings_give_the_same_answers() {
    for seed in 1..=5 {
        assert_eq!(play(seed).await, play(seed).await, "seed {seed}");
    }
}
