//! From a new object to a job that ended, and again.

use super::*;
use crate::api::{JobStatus, Moment, Phase};

const PROVISION: JobType = JobType::Provision;

#[test]
fn a_new_object_gets_a_finalizer_then_an_intent_then_a_launch() {
    let mut desk = Desk::new();
    desk.seen.instance.metadata.finalizers = None;
    let Effect::Launch(intent) = desk.turn() else { panic!("expected a launch") };
    assert!(desk.seen.has_finalizer());
    assert_eq!(desk.status().launch_intent, Some(intent.clone()));
    assert_eq!((intent.attempt, desk.status().phase), (1, Some(Phase::Starting)));
    assert_eq!(Some(intent.config_version), desk.status().desired_config_version);
    assert_eq!(desk.status().tenant_reference.unwrap().namespace, "t1");
    assert_eq!(desk.writes, 1, "the intent is written once, with all else that is known");
}

#[test]
fn an_accepted_job_is_stored_followed_and_applied() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    assert_eq!(desk.turn(), wait(30));
    let job = desk.status().provision_job.unwrap();
    assert_eq!((job.id.as_str(), job.state, job.attempt), ("7", JobState::Pending, 1));
    assert_eq!(job.launched_at, Some(Moment::at(desk.now)));
    assert_eq!(desk.status().launch_intent, None);
    for state in [JobState::Waiting, JobState::Running, JobState::Unknown, JobState::Pending] {
        assert_eq!(desk.later(30), poll("7"));
        desk.answer_poll("7", seen("7", state));
        assert_eq!(desk.turn(), wait(30));
        assert_eq!(desk.job_state(PROVISION), Some(state));
        assert_eq!(desk.status().reconciled_config_version, None);
    }
    desk.machine("Running");
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Succeeded));
    assert_eq!(desk.turn(), Effect::Wait(None));
    let status = desk.status();
    assert_eq!(status.phase, Some(Phase::Running));
    assert_eq!(status.reconciled_config_version, status.desired_config_version);
    for name in ["Provisioned", "Ready", "ConfigurationApplied"] {
        assert!(desk.condition(name).1, "{name}");
    }
    let writes = desk.writes;
    assert_eq!(desk.later(3600), Effect::Wait(None));
    assert_eq!(desk.writes, writes, "at rest nothing is written");
}

#[test]
fn a_wake_between_polls_does_not_poll() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.later(10), wait(20));
    assert_eq!(desk.later(20), poll("7"));
}

#[test]
fn a_restarted_operator_polls_at_once_and_launches_nothing() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.seen.memory = Memory::default();
    assert_eq!(desk.later(1), poll("7"));
}

#[test]
fn a_refused_launch_is_tried_again_later_and_later() {
    let mut desk = Desk::new();
    let mut waits = Vec::new();
    for _ in 0..7 {
        desk.answer_launch(PROVISION, refused(TroubleKind::Rejected));
        let Effect::Wait(Some(wait)) = desk.turn() else { panic!("expected a wait") };
        assert_eq!(desk.status().launch_intent, None);
        assert_eq!(desk.status().provision_job, None);
        assert_eq!(desk.condition("Provisioned"), ("LaunchRefused".into(), false));
        waits.push(wait.as_secs());
        desk.pass(wait.as_secs());
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
    desk.accept_launch(PROVISION, "7");
    assert_eq!(desk.turn(), wait(30));
}

#[test]
fn a_wait_that_aap_asks_for_wins_over_the_back_off() {
    let mut desk = Desk::new();
    let trouble = Trouble::new(TroubleKind::RateLimited);
    let asked = Trouble { retry_after: Some(Duration::from_secs(77)), ..trouble };
    desk.answer_launch(PROVISION, LaunchReply::Refused(asked));
    assert_eq!(desk.turn(), wait(77));
    assert_eq!(desk.condition("Provisioned").0, "RateLimited");
    assert_eq!(desk.status().phase, Some(Phase::Starting));
}

#[test]
fn while_aap_wants_to_be_left_alone_nothing_is_launched_or_polled() {
    let mut desk = Desk::new();
    desk.seen.provider_not_before = Some(desk.now + SignedDuration::from_secs(50));
    assert_eq!(desk.turn(), wait(50));
    assert_eq!(desk.condition("Provisioned").0, "RateLimited");
    desk.seen.provider_not_before = None;
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.seen.provider_not_before = Some(desk.now + SignedDuration::from_secs(50));
    assert_eq!(desk.later(30), wait(20));
}

#[test]
fn a_lost_answer_is_looked_up_and_its_job_adopted() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, LaunchReply::Unknown(Trouble::new(TroubleKind::Unreachable)));
    desk.answer_look_up(LookUpReply::Found(job("7", JobState::Running)));
    assert_eq!(desk.turn(), wait(30));
    let job = desk.status().provision_job.unwrap();
    assert_eq!((job.id.as_str(), job.attempt, job.state), ("7", 1, JobState::Running));
    assert_eq!(desk.status().launch_intent, None);
}

#[test]
fn a_launch_without_a_job_is_given_up_only_after_its_window() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, LaunchReply::Unknown(Trouble::new(TroubleKind::Unreachable)));
    for pause in [30, 30, 30, 30, 10] {
        desk.answer_look_up(LookUpReply::Missing);
        assert_eq!(desk.turn(), wait(pause));
        assert_eq!(desk.condition("Provisioned").0, "LaunchUnknown");
        desk.pass(pause);
    }
    desk.answer_look_up(LookUpReply::Missing);
    let Effect::Launch(intent) = desk.turn() else { panic!("expected a launch") };
    assert_eq!(intent.attempt, 2, "a new attempt, so that the old job would not be taken for it");
}

#[test]
fn a_look_up_that_is_not_answered_proves_nothing() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, LaunchReply::Unknown(Trouble::new(TroubleKind::Unreachable)));
    for _ in 0..10 {
        desk.answer_look_up(LookUpReply::Trouble(Trouble::new(TroubleKind::Unreachable)));
        let Effect::Wait(Some(pause)) = desk.turn() else { panic!("expected a wait") };
        desk.pass(pause.as_secs());
    }
    desk.answer_look_up(LookUpReply::Missing);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn an_open_intent_in_the_cache_is_read_again_before_it_is_looked_up() {
    let mut desk = Desk::new();
    let Effect::Launch(_) = desk.turn() else { panic!("expected a launch") };
    desk.seen.memory = Memory::default();
    desk.seen.fresh = false;
    let effects = decide(&desk.seen, &desk.limits, desk.policy.as_ref(), desk.now);
    assert_eq!(effects.last(), Some(&Effect::Refresh));
    assert!(matches!(desk.later(1), Effect::LookUp(_)));
}

#[test]
fn the_answer_to_a_former_launch_is_not_taken_for_this_one() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, refused(TroubleKind::Rejected));
    desk.turn();
    desk.pass(10);
    let Effect::Launch(intent) = desk.turn() else { panic!("expected a launch") };
    assert_eq!(desk.status().launch_intent, Some(intent));
    assert!(matches!(desk.turn(), Effect::LookUp(_)), "the refusal was of the former one");
}

#[test]
fn a_failed_job_is_launched_again_after_a_growing_while() {
    let mut desk = Desk::new();
    let mut waits = Vec::new();
    for round in 0..6 {
        let id = format!("{}", 7 + round);
        desk.accept_launch(PROVISION, &id);
        desk.turn();
        assert_eq!(desk.status().phase, Some(Phase::Starting));
        desk.pass(30);
        let failed = SeenJob { message: "boom".into(), ..job(&id, JobState::Failed) };
        desk.answer_poll(&id, PollReply::Seen(failed));
        let Effect::Wait(Some(wait)) = desk.turn() else { panic!("expected a wait") };
        assert_eq!(desk.status().phase, Some(Phase::Failed));
        assert_eq!(desk.condition("Provisioned"), ("JobFailed".into(), false));
        assert_eq!(desk.later(wait.as_secs() - 1), super::wait(1));
        assert_eq!(desk.status().phase, Some(Phase::Failed), "nothing happened, so it stays");
        waits.push(wait.as_secs());
        desk.pass(1);
    }
    assert_eq!(waits, [120, 240, 480, 960, 1800, 1800]);
    assert_eq!(desk.status().job_history.len(), 5);
    let attempts: Vec<_> = desk.status().job_history.iter().map(|job| job.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
}

#[test]
fn the_reason_of_a_failure_is_told_until_another_job_is_accepted() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.pass(30);
    let failed = SeenJob { message: "boom".into(), ..job("7", JobState::Failed) };
    desk.answer_poll("7", PollReply::Seen(failed));
    desk.turn();
    desk.change_spec("{}");
    let told = |desk: &Desk| {
        desk.status().conditions.iter().any(|condition| condition.message.contains("boom"))
    };
    desk.pass(1);
    desk.answer_launch(PROVISION, refused(TroubleKind::Rejected));
    assert!(told(&desk), "while it is launched");
    desk.turn();
    assert!(told(&desk), "while the launch is refused");
    desk.pass(10);
    desk.accept_launch(PROVISION, "8");
    desk.turn();
    assert!(!told(&desk));
}

#[test]
fn a_back_off_counts_from_the_jobs_end() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.pass(30);
    let finished_at = Some(desk.now - SignedDuration::from_secs(20));
    let failed = SeenJob { finished_at, ..job("7", JobState::Failed) };
    desk.answer_poll("7", PollReply::Seen(failed));
    assert_eq!(desk.turn(), wait(100));
}

#[test]
fn a_new_spec_is_launched_at_once_after_a_failure_and_after_a_persons_cancel() {
    for end in [JobState::Failed, JobState::Canceled] {
        let mut desk = Desk::new();
        desk.accept_launch(PROVISION, "7");
        desk.turn();
        desk.pass(30);
        desk.answer_poll("7", seen("7", end));
        assert!(matches!(desk.turn(), Effect::Wait(_)));
        desk.change_spec("{}");
        assert!(matches!(desk.later(1), Effect::Launch(_)), "{end:?}");
    }
}

#[test]
fn a_persons_cancel_is_respected() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Canceled));
    assert_eq!(desk.turn(), Effect::Wait(None));
    assert_eq!(desk.condition("Provisioned").0, "JobCanceled");
    assert_eq!(desk.later(100_000), Effect::Wait(None));
}

#[test]
fn a_spec_that_changes_during_a_job_is_launched_after_it() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.change_spec("{}");
    assert_eq!(desk.later(30), poll("7"));
    desk.answer_poll("7", seen("7", JobState::Succeeded));
    let Effect::Launch(intent) = desk.turn() else { panic!("expected a launch") };
    let status = desk.status();
    assert_eq!(Some(&intent.config_version), status.desired_config_version.as_ref());
    assert_ne!(status.reconciled_config_version, status.desired_config_version);
}

#[test]
fn back_to_a_former_spec_is_a_new_launch() {
    let mut desk = Desk::running();
    desk.change_spec("{}");
    desk.pass(1);
    desk.accept_launch(PROVISION, "8");
    desk.turn();
    assert_eq!(desk.status().phase, Some(Phase::Running), "the machine runs on");
    desk.pass(30);
    desk.answer_poll("8", seen("8", JobState::Succeeded));
    desk.turn();
    desk.seen.instance.spec.template_parameters = None;
    assert!(matches!(desk.later(1), Effect::Launch(_)));
}

#[test]
fn a_job_that_is_absent_once_may_come_back_and_twice_has_vanished() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.pass(30);
    desk.answer_poll("7", PollReply::Absent);
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Pending));
    desk.pass(30);
    desk.answer_poll("7", PollReply::Absent);
    assert_eq!(desk.turn(), wait(120));
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Failed));
    assert_eq!(desk.condition("Provisioned").0, "JobVanished");
}

#[test]
fn trouble_changes_no_job_and_is_shown_as_long_as_it_lasts() {
    for (kind, reason) in [
        (TroubleKind::Unreachable, "AAPUnreachable"),
        (TroubleKind::Malformed, "AAPUnreachable"),
        (TroubleKind::Unauthorized, "AAPRefusesAccess"),
        (TroubleKind::RateLimited, "RateLimited"),
    ] {
        let mut desk = Desk::new();
        desk.accept_launch(PROVISION, "7");
        desk.turn();
        for _ in 0..3 {
            desk.pass(30);
            desk.answer_poll("7", PollReply::Trouble(Trouble::new(kind)));
            assert_eq!(desk.turn(), wait(30));
            assert_eq!(desk.job_state(PROVISION), Some(JobState::Pending));
            assert_eq!(desk.condition("Provisioned").0, reason);
        }
        let writes = desk.writes;
        assert_eq!(writes, 3, "a trouble that lasts is written once");
        desk.pass(30);
        desk.answer_poll("7", seen("7", JobState::Running));
        desk.turn();
        assert_eq!(desk.condition("Provisioned").0, "JobRunning");
    }
}

#[test]
fn a_job_without_our_variables_is_canceled_and_tried_again_later() {
    let mut desk = Desk::new();
    let reply = LaunchReply::Accepted { job: job("7", JobState::Pending), variables_ignored: true };
    desk.answer_launch(PROVISION, reply);
    desk.answer_cancel("7", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.condition("Provisioned").0, "VariablesIgnored");
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Canceled));
    assert_eq!(desk.turn(), wait(120));
    assert_eq!(desk.condition("Provisioned").0, "VariablesIgnored");
    assert!(matches!(desk.later(120), Effect::Launch(_)));
}

#[test]
fn the_history_keeps_the_newest() {
    let mut desk = Desk::running();
    desk.limits.history_limit = 3;
    for round in 0..5 {
        desk.change_spec(&round.to_string());
        desk.pass(1);
        let id = format!("{}", 8 + round);
        desk.accept_launch(PROVISION, &id);
        desk.turn();
        desk.pass(30);
        desk.answer_poll(&id, seen(&id, JobState::Succeeded));
        desk.turn();
    }
    let ids: Vec<_> = desk.status().job_history.into_iter().map(|job| job.id).collect();
    assert_eq!(ids, ["9", "10", "11"]);
    assert_eq!(desk.status().provision_job.unwrap().id, "12");
}

#[test]
fn what_an_older_operator_wrote_is_adopted_once() {
    let mut desk = Desk::new();
    desk.seen.instance.status = Some(ComputeInstanceStatus {
        provision_job_id: Some("7".into()),
        provision_job_state: Some("Running".into()),
        provision_job_message: Some("old words".into()),
        ..Default::default()
    });
    assert!(matches!(desk.turn(), Effect::Poll(_)));
    let status = desk.status();
    assert_eq!(status.provision_job_id, None);
    let job = status.provision_job.clone().unwrap();
    assert_eq!((job.id.as_str(), job.provider), ("7", Some(Provider::Aap)));
    assert_eq!(Some(job.config_version), status.desired_config_version);
}

#[test]
fn an_older_entry_without_an_id_is_launched_and_one_behind_its_spec_too() {
    let empty = ComputeInstanceStatus {
        provision_job: Some(JobStatus { state: JobState::Failed, ..Default::default() }),
        provision_job_id: Some(String::new()),
        ..Default::default()
    };
    let behind = ComputeInstanceStatus {
        provision_job: Some(JobStatus {
            id: "7".into(),
            state: JobState::Succeeded,
            ..Default::default()
        }),
        desired_config_version: Some("new".into()),
        reconciled_config_version: Some("old".into()),
        ..Default::default()
    };
    for status in [empty, behind] {
        let mut desk = Desk::new();
        desk.seen.instance.status = Some(status);
        assert!(matches!(desk.turn(), Effect::Launch(_)));
    }
}

#[test]
fn an_older_entry_that_had_succeeded_is_adopted_and_later_changes_are_noticed() {
    let mut desk = Desk::new();
    desk.seen.instance.status = Some(ComputeInstanceStatus {
        provision_job_id: Some("7".into()),
        provision_job_state: Some("Succeeded".into()),
        ..Default::default()
    });
    assert_eq!(desk.turn(), Effect::Wait(None));
    let status = desk.status();
    assert_eq!(status.reconciled_config_version, status.desired_config_version);
    desk.change_spec("{}");
    assert!(matches!(desk.later(1), Effect::Launch(_)));
}
