//! From a deletion to the finalizer's removal.

use super::*;
use crate::api::Phase;

const PROVISION: JobType = JobType::Provision;
const DEPROVISION: JobType = JobType::Deprovision;

/// A desk with a provision job that runs, deleted a second after its last poll.
fn deleted_while_running() -> Desk {
    let mut desk = Desk::new();
    desk.accept_launch(PROVISION, "7");
    desk.turn();
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.turn();
    desk.pass(1);
    desk.delete();
    desk
}

/// Answers the last look at the ended provision job and the search for others.
fn nothing_active(desk: &mut Desk, id: &str) {
    desk.answer_poll(id, seen(id, JobState::Succeeded));
    desk.answer_search(vec![]);
}

#[test]
fn an_instance_is_deprovisioned_once_and_then_let_go() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    nothing_active(&mut desk, "7");
    desk.accept_launch(DEPROVISION, "8");
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.status().phase, Some(Phase::Deleting));
    assert!(desk.status().deprovision_job.unwrap().block_deletion_on_failure);
    desk.pass(30);
    desk.answer_poll("8", seen("8", JobState::Running));
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    desk.answer_poll("8", seen("8", JobState::Succeeded));
    desk.seen.machine = None;
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
    assert_eq!(desk.job_state(DEPROVISION), Some(JobState::Succeeded), "written before it goes");
    assert_eq!(desk.condition("Deprovisioned"), ("DeprovisionSucceeded".into(), true));
    desk.seen.instance.metadata.finalizers = Some(vec!["example.org/other".into()]);
    assert_eq!(desk.later(60), Effect::Wait(None), "what others hold is none of our business");
}

#[test]
fn a_running_provision_job_is_canceled_and_awaited() {
    let mut desk = deleted_while_running();
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.condition("Deprovisioned").0, "ProvisionJobActive");
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    let canceled = SeenJob { message: "words".into(), ..job("7", JobState::Canceled) };
    desk.answer_poll("7", PollReply::Seen(canceled));
    desk.answer_search(vec![]);
    desk.accept_launch(DEPROVISION, "8");
    desk.turn();
    assert_eq!(desk.status().provision_job.unwrap().message, "words");
}

#[test]
fn a_refused_cancel_is_followed_by_a_poll_at_once() {
    let mut desk = deleted_while_running();
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Refused);
    desk.answer_poll("7", seen("7", JobState::Succeeded));
    desk.answer_search(vec![]);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn a_job_that_cannot_be_canceled_is_asked_once_a_poll_and_a_condition_says_so() {
    let mut desk = deleted_while_running();
    for _ in 0..4 {
        desk.answer_poll("7", seen("7", JobState::Running));
        desk.answer_cancel("7", CancelReply::Refused);
        desk.answer_poll("7", seen("7", JobState::Running));
        assert_eq!(desk.turn(), wait(30));
        assert_eq!(desk.condition("Deprovisioned").0, "CancelRefused");
        desk.pass(30);
    }
    desk.answer_poll("7", seen("7", JobState::Succeeded));
    desk.answer_search(vec![]);
}

#[test]
fn a_job_that_sits_out_its_cancels_is_told_after_the_third() {
    let mut desk = deleted_while_running();
    let mut reasons = Vec::new();
    for _ in 0..4 {
        desk.answer_poll("7", seen("7", JobState::Running));
        desk.answer_cancel("7", CancelReply::Accepted);
        assert_eq!(desk.turn(), wait(30));
        reasons.push(desk.condition("Deprovisioned").0);
        desk.pass(30);
    }
    let active = "ProvisionJobActive";
    assert_eq!(reasons, [active, active, "CancelIgnored", "CancelIgnored"]);
}

#[test]
fn a_machine_that_came_after_its_deprovisioning_is_deprovisioned_again() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    nothing_active(&mut desk, "7");
    desk.accept_launch(DEPROVISION, "8");
    desk.turn();
    desk.pass(30);
    desk.answer_poll("8", seen("8", JobState::Succeeded));
    desk.machine("Running");
    assert_eq!(desk.turn(), wait(120));
    assert_eq!(desk.condition("Deprovisioned"), ("VMRemains".into(), false));
    desk.pass(120);
    desk.accept_launch(DEPROVISION, "9");
    desk.turn();
    desk.seen.machine = None;
    desk.pass(30);
    desk.answer_poll("9", seen("9", JobState::Succeeded));
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
}

#[test]
fn a_deprovisioning_of_another_provider_is_begun_anew() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    nothing_active(&mut desk, "7");
    desk.accept_launch(DEPROVISION, "8");
    desk.turn();
    let job = desk.seen.instance.status.as_mut().unwrap().deprovision_job.as_mut().unwrap();
    job.provider = Some(Provider::Eda);
    job.block_deletion_on_failure = false;
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn a_cancel_without_an_answer_waits_for_a_poll() {
    let mut desk = deleted_while_running();
    desk.answer_poll("7", seen("7", JobState::Running));
    let trouble = Trouble::new(TroubleKind::Unreachable);
    desk.answer_cancel("7", CancelReply::Trouble(trouble));
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.condition("Deprovisioned").0, "AAPUnreachable");
}

#[test]
fn a_job_that_aap_forgot_has_ended() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    desk.answer_poll("7", PollReply::Absent);
    desk.answer_search(vec![]);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
    assert_eq!(desk.job_state(PROVISION), Some(JobState::Succeeded), "its entry stays as it was");
}

#[test]
fn a_silent_aap_keeps_deletion_waiting() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    for _ in 0..3 {
        desk.answer_poll("7", PollReply::Trouble(Trouble::new(TroubleKind::Unreachable)));
        assert_eq!(desk.turn(), wait(30));
        assert_eq!(desk.condition("Deprovisioned").0, "AAPUnreachable");
        desk.pass(30);
    }
    nothing_active(&mut desk, "7");
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn another_active_job_of_the_object_is_canceled_too() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    desk.answer_poll("7", seen("7", JobState::Succeeded));
    desk.answer_search(vec![job("9", JobState::Running)]);
    desk.answer_cancel("9", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    desk.answer_search(vec![]);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn a_job_that_came_alive_again_is_canceled() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    nothing_active(&mut desk, "7");
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn a_failed_deprovision_job_keeps_the_finalizer_and_is_tried_again() {
    for end in [JobState::Failed, JobState::Canceled] {
        let mut desk = Desk::running();
        desk.pass(5);
        desk.delete();
        nothing_active(&mut desk, "7");
        let mut waits = Vec::new();
        for round in 0..3 {
            let id = format!("{}", 8 + round);
            desk.accept_launch(DEPROVISION, &id);
            desk.turn();
            desk.pass(30);
            desk.answer_poll(&id, seen(&id, end));
            let Effect::Wait(Some(wait)) = desk.turn() else { panic!("expected a wait") };
            assert!(!desk.condition("Deprovisioned").1);
            assert!(desk.condition("Deprovisioned").0.starts_with("Job"));
            waits.push(wait.as_secs());
            desk.pass(wait.as_secs());
        }
        assert_eq!(waits, [120, 240, 480], "{end:?}");
    }
}

#[test]
fn what_was_never_launched_is_let_go_at_once() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, refused(TroubleKind::TemplateUnknown));
    assert_eq!(desk.turn(), wait(10));
    desk.delete();
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
    assert_eq!(desk.condition("Deprovisioned"), ("NothingLaunched".into(), true));
}

#[test]
fn a_machine_that_is_there_is_deprovisioned_even_if_no_launch_is_known() {
    let mut desk = Desk::new();
    desk.machine("Running");
    desk.delete();
    desk.answer_search(vec![]);
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn an_open_intent_is_looked_up_before_deletion_goes_on() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, LaunchReply::Unknown(Trouble::new(TroubleKind::Unreachable)));
    desk.delete();
    desk.answer_look_up(LookUpReply::Missing);
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    desk.answer_look_up(LookUpReply::Found(job("7", JobState::Running)));
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Accepted);
}

#[test]
fn an_open_intent_that_never_was_is_nothing_to_deprovision() {
    let mut desk = Desk::new();
    desk.answer_launch(PROVISION, LaunchReply::Unknown(Trouble::new(TroubleKind::Unreachable)));
    desk.pass(200);
    desk.delete();
    desk.answer_look_up(LookUpReply::Missing);
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
}

#[test]
fn by_hand_the_active_job_is_ended_and_the_machine_stays() {
    let mut desk = deleted_while_running();
    desk.annotate(names::MANAGEMENT_ANNOTATION, "manual");
    desk.answer_poll("7", seen("7", JobState::Running));
    desk.answer_cancel("7", CancelReply::Accepted);
    assert_eq!(desk.turn(), wait(30));
    desk.pass(30);
    desk.answer_poll("7", seen("7", JobState::Canceled));
    desk.answer_search(vec![]);
    assert_eq!(desk.turn(), Effect::RemoveFinalizer);
    assert_eq!(desk.condition("Deprovisioned"), ("ManualManagement".into(), true));
}

#[test]
fn an_unmanaged_instance_is_deprovisioned_as_usual() {
    let mut desk = Desk::running();
    desk.annotate(names::MANAGEMENT_ANNOTATION, "unmanaged");
    desk.change_spec("ignored");
    assert_eq!(desk.later(5), Effect::Wait(None));
    desk.delete();
    nothing_active(&mut desk, "7");
    assert!(matches!(desk.turn(), Effect::Launch(_)));
}

#[test]
fn a_vanished_deprovision_job_is_launched_again() {
    let mut desk = Desk::running();
    desk.pass(5);
    desk.delete();
    nothing_active(&mut desk, "7");
    desk.accept_launch(DEPROVISION, "8");
    desk.turn();
    for _ in 0..2 {
        desk.pass(30);
        desk.answer_poll("8", PollReply::Absent);
        desk.turn();
    }
    assert_eq!(desk.condition("Deprovisioned").0, "JobVanished");
    assert!(matches!(desk.later(120), Effect::Launch(_)));
}

#[test]
fn a_job_of_eda_is_not_asked_for_in_aap() {
    let mut desk = Desk::eda();
    desk.accept_launch(PROVISION, "eda-webhook-1");
    desk.turn();
    desk.limits.provider = Provider::Aap;
    desk.seen.memory = Memory::default();
    desk.delete();
    desk.answer_search(vec![]);
    desk.accept_launch(DEPROVISION, "8");
    desk.turn();
    let job = desk.status().provision_job.unwrap();
    assert_eq!((job.state, job.reason.as_str()), (JobState::Unknown, "ProviderChanged"));
    assert!(job.is_over() && !job.message.is_empty());
}
