//! The same instance under EDA.

use super::*;
use crate::api::Phase;

const PROVISION: JobType = JobType::Provision;
const DEPROVISION: JobType = JobType::Deprovision;

fn webhook_sent() -> Desk {
    let mut desk = Desk::eda();
    let job = SeenJob { kind: None, ..job("eda-webhook-1", JobState::Running) };
    desk.answer_launch(PROVISION, LaunchReply::Accepted { job, variables_ignored: false });
    assert_eq!(desk.turn(), Effect::Wait(None), "there is nothing to poll");
    desk
}

fn set_playbook_finalizer(desk: &mut Desk, there: bool) {
    let finalizers = desk.seen.instance.metadata.finalizers.get_or_insert_default();
    finalizers.retain(|name| name != names::PLAYBOOK_FINALIZER);
    if there {
        finalizers.push(names::PLAYBOOK_FINALIZER.into());
    }
}

fn report(desk: &mut Desk) {
    let version = desk.status().desired_config_version.unwrap();
    desk.annotate(names::RECONCILED_ANNOTATION, &version);
}

#[test]
fn an_annotation_is_the_end_of_a_create_playbook() {
    let mut desk = webhook_sent();
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Running));
    set_playbook_finalizer(&mut desk, true);
    desk.machine("Running");
    report(&mut desk);
    assert_eq!(desk.later(100), Effect::Wait(None));
    let status = desk.status();
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Succeeded));
    assert_eq!(status.reconciled_config_version, status.desired_config_version);
    assert_eq!(status.phase, Some(Phase::Running));
}

#[test]
fn one_delete_webhook_and_then_the_finalizers_removal_is_awaited() {
    let mut desk = webhook_sent();
    set_playbook_finalizer(&mut desk, true);
    report(&mut desk);
    desk.later(100);
    desk.delete();
    let job = SeenJob { kind: None, ..job("eda-webhook-2", JobState::Running) };
    desk.answer_launch(DEPROVISION, LaunchReply::Accepted { job, variables_ignored: false });
    assert_eq!(desk.turn(), Effect::Wait(None));
    assert_eq!(desk.later(1000), Effect::Wait(None));
    set_playbook_finalizer(&mut desk, false);
    assert_eq!(desk.later(1), Effect::RemoveFinalizer);
    assert_eq!(desk.job_state(DEPROVISION), Some(JobState::Succeeded));
}

#[test]
fn a_machine_without_a_finalizer_is_deprovisioned_and_awaited_too() {
    let mut desk = webhook_sent();
    desk.machine("Running");
    desk.pass(100);
    desk.delete();
    let job = SeenJob { kind: None, ..job("eda-webhook-2", JobState::Running) };
    desk.answer_launch(DEPROVISION, LaunchReply::Accepted { job, variables_ignored: false });
    assert_eq!(desk.turn(), Effect::Wait(None));
    desk.seen.machine = None;
    assert_eq!(desk.later(1), Effect::RemoveFinalizer);
}

#[test]
fn deletion_does_not_wait_for_a_playbook_that_never_reports() {
    let mut desk = webhook_sent();
    set_playbook_finalizer(&mut desk, true);
    desk.machine("Running");
    desk.later(100);
    desk.delete();
    assert!(matches!(desk.turn(), Effect::Launch(_)));
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Canceled), "its entry ends");
}

#[test]
fn a_policy_that_waits_for_it_waits_for_ever() {
    struct Waits;
    impl Policy for Waits {
        fn deletion_waits_for(&self, _job: &crate::api::JobStatus) -> bool {
            true
        }
    }
    let mut desk = webhook_sent();
    desk.policy = Box::new(Waits);
    set_playbook_finalizer(&mut desk, true);
    desk.delete();
    for _ in 0..100 {
        assert_eq!(desk.later(30), wait(30));
    }
}

#[test]
fn a_playbook_that_may_still_start_is_given_its_grace() {
    let mut desk = webhook_sent();
    desk.pass(60);
    desk.delete();
    assert_eq!(desk.turn(), wait(540));
    let mut starts = desk.status();
    assert_eq!(desk.later(100), wait(440));
    set_playbook_finalizer(&mut desk, true);
    assert!(matches!(desk.later(1), Effect::Launch(_)), "it did start");
    // Another one never does.
    let mut desk = webhook_sent();
    std::mem::swap(&mut starts, desk.seen.instance.status.as_mut().unwrap());
    desk.delete();
    assert_eq!(desk.later(600), Effect::RemoveFinalizer);
    assert_eq!(desk.condition("Deprovisioned"), ("PlaybookNeverStarted".into(), true));
    assert_eq!(desk.job_state(DEPROVISION), None);
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Canceled));
}

#[test]
fn a_refused_webhook_is_sent_again_after_a_back_off() {
    let mut desk = Desk::eda();
    desk.answer_launch(PROVISION, refused(TroubleKind::Unreachable));
    assert_eq!(desk.turn(), wait(10));
    assert_eq!(desk.condition("Provisioned").0, "LaunchRefused");
    assert_eq!(desk.status().provision_job, None);
    assert!(matches!(desk.later(10), Effect::Launch(_)));
}

#[test]
fn an_event_whose_answer_was_lost_in_a_crash_is_sent_again() {
    let mut desk = Desk::eda();
    assert!(matches!(desk.turn(), Effect::Launch(_)));
    desk.seen.memory = Memory::default();
    assert!(matches!(desk.later(1), Effect::Launch(_)));
    assert!(desk.marks.contains(&"event-repeated"));
}

#[test]
fn a_new_spec_is_sent_once_the_former_playbook_ended_or_can_no_longer_start() {
    let mut desk = webhook_sent();
    desk.change_spec("{}");
    assert_eq!(desk.later(10), wait(590));
    assert!(matches!(desk.later(590), Effect::Launch(_)));
}

#[test]
fn a_job_of_aap_is_not_followed_by_eda() {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.limits.provider = Provider::Eda;
    desk.seen.memory = Memory::default();
    desk.delete();
    set_playbook_finalizer(&mut desk, true);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Unknown));
}

#[test]
fn by_hand_no_webhook_is_sent() {
    let mut desk = webhook_sent();
    set_playbook_finalizer(&mut desk, true);
    desk.annotate(names::MANAGEMENT_ANNOTATION, "manual");
    desk.delete();
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Canceled));
}
