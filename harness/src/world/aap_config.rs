//! Turns the plan's words for AAP into the fake's, and the fake's announcements into the trace's.

use std::time::Duration;

use fake_aap::{
    Announcement, Config, End, Lasts, Moment, MomentAt, Needs, Output, Rights, Scope, Script,
    Stage, SurveyVariable, Template, Token,
};
use scenario::plan::{self, EffectAt, EffectKind, JobScript, JobTemplate, TemplateKind};
use serde_json::Value;
use trace::JobSeen;

use super::classify;

/// What a playbook does before its job ends, it does so long before: its calls take time.
const BEFORE_END: Duration = Duration::from_secs(1);

/// Moments of the fake that stand for an effect of a playbook carry this before its name.
const EFFECT: &str = "effect:";

/// The fake's configuration for a plan, with this token for the operator.
pub fn config(plan: &plan::Aap, token: &str) -> Config {
    let mut user = if plan.user.superuser {
        Token::superuser(token)
    } else {
        Token::user(token, "osac-operator")
    };
    user.rights = match plan.user.rights {
        plan::Rights::None => Rights::None,
        plan::Rights::Read => Rights::Read,
        plan::Rights::Execute => Rights::Execute,
    };
    user.expires = plan.user.token_expires_after.map(moment_after);
    if plan.user.read_only {
        user.scope = Scope::Read;
    }
    let mut templates =
        vec![template(&plan.provision, "provision"), template(&plan.deprovision, "deprovision")];
    templates.extend(plan.templates.iter().map(extra));
    let mut config = Config {
        tokens: vec![user],
        templates,
        first_job_id: plan.first_job_id,
        ids_burnt_per_launch: plan.ids_burnt_per_launch,
        capacity: plan.capacity,
        ..Config::default()
    };
    for (name, on) in &plan.switches {
        // the language has checked the names
        let _ = config.switches.set(name, *on);
    }
    config
}

/// What the operator's settings call a template.
pub fn setting(plan: &JobTemplate) -> String {
    if !plan.named_url {
        return plan.name.clone();
    }
    let Template { name, organization, .. } = template(plan, "");
    format!("{}++{}", name.replace('+', "[+]"), organization.unwrap_or_default())
}

/// A template besides the two.
pub fn extra(plan: &plan::ExtraTemplate) -> Template {
    let base = match plan.kind {
        TemplateKind::Job => Template::job(&plan.name, &plan.role),
        TemplateKind::Workflow => Template::workflow(&plan.name, &plan.role),
    };
    Template { organization: Some(plan.organization.clone()), ..base }
}

/// So long after the world began.
fn moment_after(after: Duration) -> jiff::Timestamp {
    let after = jiff::SignedDuration::try_from(after).unwrap_or(jiff::SignedDuration::MAX);
    let epoch = jiff::Timestamp::from_second(trace::EPOCH_SECONDS);
    let moment = epoch.and_then(|epoch| epoch.checked_add(after));
    moment.unwrap_or(jiff::Timestamp::MAX)
}

fn template(plan: &JobTemplate, role: &str) -> Template {
    let base = match plan.kind {
        TemplateKind::Job => Template::job(&plan.name, role),
        TemplateKind::Workflow => Template::workflow(&plan.name, role),
    };
    let needs = |lack: &String| match lack.as_str() {
        "inventory" => Some(Needs::Inventory),
        "project" => Some(Needs::Project),
        "password" => Some(Needs::Password),
        _ => None,
    };
    Template {
        missing: plan.missing,
        visible: plan.visible,
        executable: plan.executable,
        ask_variables: plan.ask_variables,
        survey: plan
            .required_survey_variable
            .iter()
            .map(|name| SurveyVariable::required(name))
            .collect(),
        needs: plan.lacks.iter().filter_map(needs).collect(),
        allow_simultaneous: plan.allow_simultaneous,
        slices: plan.slices,
        nodes: plan.nodes.clone(),
        scripts: plan.scripts.iter().map(script).collect(),
        ..base
    }
}

fn script(plan: &JobScript) -> Script {
    let stage = |stage: &plan::Stage| Stage {
        status: stage.status.clone(),
        lasts: stage.lasts.map_or(Lasts::UntilActed, Lasts::For),
        explanation: stage.explanation.clone(),
    };
    let moment = |effect: &plan::Effect| Moment {
        name: format!("{EFFECT}{}", effect_name(effect.what)),
        at: match effect.at {
            EffectAt::Running(after) => MomentAt::Running(after),
            EffectAt::BeforeEnd => before_end(plan),
            EffectAt::AfterEnd(after) => MomentAt::AfterEnd(after),
        },
    };
    Script {
        stages: plan.stages.iter().map(stage).collect(),
        end: End {
            status: plan.ends.clone(),
            explanation: plan.explanation.clone(),
            traceback: plan.traceback.clone(),
        },
        moments: plan.effects.iter().map(moment).collect(),
        cancel: match &plan.cancel {
            plan::Cancel::After(after) => fake_aap::Cancel::Running(*after),
            plan::Cancel::Delayed(after) => fake_aap::Cancel::DelayedPending(*after),
            plan::Cancel::Ignored(until) => fake_aap::Cancel::Ignored(*until),
            plan::Cancel::Refused405 => fake_aap::Cancel::Refused405,
            plan::Cancel::Refused403 => fake_aap::Cancel::Refused403,
            plan::Cancel::Flips { to, after } => {
                fake_aap::Cancel::ForcedThenFlips { to: to.clone(), after: *after }
            }
        },
        output: Output {
            stdout: plan.stdout.clone(),
            failure: plan.failure.clone(),
            lag: plan.output_lag,
            lost: plan.output_lost,
        },
    }
}

/// The moment before a script's end, early enough for the effect to be over when the job ends.
/// A playbook that will not succeed never gets there.
fn before_end(plan: &JobScript) -> MomentAt {
    let Some((last, stage)) = plan.stages.iter().enumerate().next_back() else {
        return MomentAt::BeforeSuccess;
    };
    match stage.lasts.and_then(|lasts| lasts.checked_sub(BEFORE_END)) {
        Some(after) if plan.ends == "successful" => MomentAt::StageStart { stage: last, after },
        _ => MomentAt::BeforeSuccess,
    }
}

fn effect_name(effect: EffectKind) -> &'static str {
    match effect {
        EffectKind::AddFinalizer => "addFinalizer",
        EffectKind::CreateVm => "createVm",
        EffectKind::Annotate => "annotate",
        EffectKind::DeleteVm => "deleteVm",
        EffectKind::RemoveFinalizer => "removeFinalizer",
    }
}

/// The effect that a moment stands for, if it does.
pub fn effect(moment: &str) -> Option<EffectKind> {
    let name = moment.strip_prefix(EFFECT)?;
    [
        EffectKind::AddFinalizer,
        EffectKind::CreateVm,
        EffectKind::Annotate,
        EffectKind::DeleteVm,
        EffectKind::RemoveFinalizer,
    ]
    .into_iter()
    .find(|effect| effect_name(*effect) == name)
}

/// The object that a launch was about.
pub fn payload(variables: &Value) -> Option<&Value> {
    variables.pointer("/ansible_eda/event/payload")
}

/// What the trace tells of an announcement.
pub fn seen(announcement: &Announcement) -> JobSeen {
    let plain = |job: i64, role: &str, moment: &str| JobSeen {
        job,
        role: role.to_owned(),
        moment: moment.to_owned(),
        status: String::new(),
        explanation: String::new(),
        traceback: String::new(),
        uid: String::new(),
        object: String::new(),
        variables: None,
        kind: String::new(),
    };
    match announcement {
        Announcement::Launched { job, extra_vars, .. } => {
            let (uid, object) =
                payload(extra_vars).map(classify::instance_of_object).unwrap_or_default();
            let kind = if job.workflow { "workflow_job" } else { "job" };
            JobSeen {
                status: job.status.clone(),
                explanation: job.explanation.clone(),
                traceback: job.traceback.clone(),
                uid,
                object,
                kind: kind.to_owned(),
                ..plain(job.id, &job.role, "launched")
            }
        }
        Announcement::Status { job, role, status, explanation, .. } => JobSeen {
            status: status.clone(),
            explanation: explanation.clone(),
            ..plain(*job, role, "status")
        },
        Announcement::Moment { job, role, name, .. } => plain(*job, role, name),
        Announcement::CancelRequested { job, role, .. } => plain(*job, role, "cancel-requested"),
        Announcement::Purged { job, role, .. } => plain(*job, role, "purged"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effect_is_known_by_its_name() {
        for kind in [
            EffectKind::AddFinalizer,
            EffectKind::CreateVm,
            EffectKind::Annotate,
            EffectKind::DeleteVm,
            EffectKind::RemoveFinalizer,
        ] {
            assert_eq!(effect(&format!("{EFFECT}{}", effect_name(kind))), Some(kind));
        }
        assert_eq!(effect("createVm"), None);
    }
}
