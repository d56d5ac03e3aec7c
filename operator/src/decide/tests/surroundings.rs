//! Tenants, virtual machines and restarts.

use super::*;
use crate::api::{Moment, Phase};

#[test]
fn nothing_is_launched_before_the_tenant_is_ready() {
    let ready = Desk::new().seen.tenant.unwrap();
    let phase = |phase: &str| TenantView { phase: phase.into(), ..ready.clone() };
    for (tenant, words) in [
        (None, "does not exist"),
        (Some(phase("Progressing")), "is not ready"),
        (Some(TenantView { terminating: true, ..ready.clone() }), "is being deleted"),
        (Some(TenantView { namespace: None, ..ready.clone() }), "has no namespace"),
    ] {
        let mut desk = Desk::new();
        desk.seen.tenant = tenant;
        assert_eq!(desk.turn(), wait(30));
        assert_eq!(desk.condition("Provisioned"), ("TenantNotReady".into(), false));
        let message =
            desk.status().conditions.iter().map(|c| c.message.clone()).collect::<String>();
        assert!(message.contains(words), "{message}");
        desk.seen.tenant = Some(ready.clone());
        assert!(matches!(desk.later(1), Effect::Launch(_)), "{words}");
    }
}

#[test]
fn an_object_without_a_tenants_name_waits() {
    let mut desk = Desk::new();
    desk.seen.instance.metadata.annotations = None;
    assert_eq!(desk.turn(), wait(30));
    assert_eq!(desk.condition("Provisioned").0, "TenantNotReady");
}

#[test]
fn by_hand_nothing_is_launched() {
    for (state, effect) in [("manual", Effect::Wait(None)), ("unmanaged", Effect::Wait(None))] {
        let mut desk = Desk::new();
        desk.annotate(names::MANAGEMENT_ANNOTATION, state);
        assert_eq!(desk.turn(), effect);
        desk.annotate(names::MANAGEMENT_ANNOTATION, "");
        assert!(matches!(desk.later(1), Effect::Launch(_)), "{state} is over");
    }
}

#[test]
fn the_phase_follows_the_machine() {
    use Phase::{Failed, Running, Starting};
    // The phase before, what the machine says (none: it is gone), the phase after.
    for (before, machine, after) in [
        (None, None, Starting),
        (Some(Starting), Some(""), Starting),
        (Some(Starting), Some("Provisioning"), Starting),
        (Some(Starting), Some("Unschedulable"), Starting),
        (Some(Starting), Some("DataVolumeError"), Failed),
        (Some(Starting), Some("Running"), Running),
        (Some(Running), Some(""), Running),
        (Some(Running), Some("Stopped"), Running),
        (Some(Running), Some("Starting"), Starting),
        (Some(Running), Some("CrashLoopBackOff"), Failed),
        (Some(Running), None, Starting),
        (Some(Failed), Some("Starting"), Failed),
        (Some(Failed), Some("Running"), Running),
        (Some(Failed), None, Failed),
    ] {
        let mut desk = Desk::running();
        desk.seen.instance.status.as_mut().unwrap().phase = before;
        desk.seen.machine = None;
        if let Some(machine) = machine {
            desk.machine(machine);
        }
        desk.turn();
        assert_eq!(desk.status().phase, Some(after), "{before:?}, {machine:?}");
    }
}

#[test]
fn the_machine_stands_in_the_status_as_long_as_it_is_there() {
    let mut desk = Desk::running();
    let reference = desk.status().virtual_machine_reference.unwrap();
    assert_eq!((reference.namespace.as_str(), desk.condition("Ready").1), ("t1", true));
    desk.machine("DataVolumeError");
    desk.turn();
    assert_eq!(desk.condition("Ready"), ("DataVolumeError".into(), false));
    desk.machine("odd words 8080");
    desk.turn();
    assert_eq!(desk.condition("Ready"), ("VMNotReady".into(), false));
    desk.seen.machine = None;
    desk.turn();
    assert_eq!(desk.status().virtual_machine_reference, None);
    assert_eq!(desk.condition("Ready"), ("WaitingForVM".into(), false));
}

#[test]
fn a_running_machine_outlives_a_failed_change() {
    let mut desk = Desk::running();
    desk.change_spec("{}");
    desk.pass(1);
    desk.accept_launch(JobType::Provision, "8");
    desk.turn();
    desk.pass(30);
    desk.answer_poll("8", seen("8", JobState::Failed));
    assert_eq!(desk.turn(), wait(120));
    assert_eq!(desk.status().phase, Some(Phase::Running));
    assert_eq!(desk.condition("ConfigurationApplied"), ("JobFailed".into(), false));
}

fn ask_restart(desk: &mut Desk, at: Timestamp) {
    desk.seen.instance.spec.restart_requested_at = Some(Moment(at));
}

fn deletes(effect: &Effect, uid: &str) -> bool {
    matches!(effect, Effect::DeleteMachineInstance { uid: deleted, .. } if deleted == uid)
}

/// The deletion is done but does not show yet.
fn deleted(desk: &mut Desk, uid: &str) {
    desk.seen.memory.deleted = Some((uid.into(), desk.now));
}

#[test]
fn a_restart_replaces_the_machine_instance_once() {
    let mut desk = Desk::running();
    desk.pass(100);
    let asked = desk.now;
    ask_restart(&mut desk, asked);
    assert!(deletes(&desk.turn(), "vmi-1"));
    assert_eq!(desk.condition("RestartInProgress"), ("Restarting".into(), true));
    deleted(&mut desk, "vmi-1");
    assert_eq!(desk.turn(), wait(30), "it is not deleted again while the deletion may not show");
    desk.seen.machine_instance = None;
    assert_eq!(desk.turn(), Effect::Wait(None));
    // The new one comes in the same second as the request.
    desk.machine_instance("vmi-2", false);
    assert_eq!(desk.turn(), Effect::Wait(None));
    desk.machine_instance("vmi-2", true);
    assert_eq!(desk.turn(), Effect::Wait(None));
    assert_eq!(desk.status().last_restarted_at, Some(Moment(asked)));
    assert_eq!(desk.condition("RestartInProgress"), (String::new(), false));
    assert_eq!(desk.status().restart, None);
    let writes = desk.writes;
    assert_eq!(desk.later(60), Effect::Wait(None));
    ask_restart(&mut desk, asked - SignedDuration::from_secs(10));
    assert_eq!(desk.later(60), Effect::Wait(None), "an older request asks for nothing");
    assert_eq!(desk.writes, writes);
}

#[test]
fn a_deletion_that_never_shows_is_repeated() {
    let mut desk = Desk::running();
    desk.pass(100);
    let asked = desk.now;
    ask_restart(&mut desk, asked);
    assert!(deletes(&desk.turn(), "vmi-1"));
    deleted(&mut desk, "vmi-1");
    assert!(deletes(&desk.later(30), "vmi-1"));
}

#[test]
fn a_restarted_operator_goes_on_with_the_restart() {
    let mut desk = Desk::running();
    desk.pass(100);
    let asked = desk.now;
    ask_restart(&mut desk, asked);
    assert!(deletes(&desk.turn(), "vmi-1"));
    desk.seen.memory = Memory::default();
    desk.machine_instance("vmi-2", true);
    assert_eq!(desk.later(1), Effect::Wait(None), "the new one is known as new by its uid");
    assert_eq!(desk.status().last_restarted_at, Some(Moment(asked)));
}

#[test]
fn a_machine_or_instance_that_is_younger_serves_the_request() {
    for machine_too in [true, false] {
        let mut desk = Desk::running();
        let asked = desk.now + SignedDuration::from_secs(10);
        desk.pass(20);
        if machine_too {
            desk.machine("Running");
        }
        desk.machine_instance("vmi-2", true);
        ask_restart(&mut desk, asked);
        assert_eq!(desk.turn(), Effect::Wait(None));
        assert_eq!(desk.status().last_restarted_at, Some(Moment(asked)));
    }
}

#[test]
fn without_a_machine_a_restart_waits_and_says_so() {
    let mut desk = Desk::running();
    desk.seen.machine = None;
    desk.seen.machine_instance = None;
    desk.pass(10);
    let asked = desk.now;
    ask_restart(&mut desk, asked);
    desk.turn();
    assert_eq!(desk.condition("RestartInProgress"), ("WaitingForVM".into(), true));
    desk.seen.instance.spec.restart_requested_at = None;
    desk.turn();
    assert_eq!(desk.condition("RestartInProgress"), (String::new(), false), "withdrawn");
}

#[test]
fn a_second_request_is_served_after_the_first() {
    let mut desk = Desk::running();
    desk.pass(100);
    let first = desk.now;
    ask_restart(&mut desk, first);
    assert!(deletes(&desk.turn(), "vmi-1"));
    deleted(&mut desk, "vmi-1");
    // The replacement comes before the second request, which it therefore cannot serve.
    desk.pass(5);
    desk.machine_instance("vmi-2", false);
    desk.pass(5);
    let second = desk.now;
    ask_restart(&mut desk, second);
    assert_eq!(desk.turn(), Effect::Wait(None));
    assert_eq!(desk.status().last_restarted_at, None);
    desk.seen.machine_instance.as_mut().unwrap().running = true;
    assert!(deletes(&desk.turn(), "vmi-2"));
    assert_eq!(desk.status().last_restarted_at, Some(Moment(first)));
    desk.pass(5);
    desk.machine_instance("vmi-3", true);
    assert_eq!(desk.turn(), Effect::Wait(None));
    assert_eq!(desk.status().last_restarted_at, Some(Moment(second)));
}
