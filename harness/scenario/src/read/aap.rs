//! The fake AAP and the fake EDA: templates and what becomes of launches and events.

use std::time::Duration;

use super::{Fields, Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::plan::{
    Aap, AapUser, Cancel, Eda, EdaScript, Effect, EffectAt, EffectKind, ExtraTemplate, JobScript,
    JobTemplate, Rights, Stage, TemplateKind,
};
use crate::words::{
    AAP, CANCEL, EDA, EFFECT, EFFECT_AT, EFFECTS, ENDS, EVENT, EVENTS, EXTRA, FLIPS, JOB_SCRIPT,
    JOBS, RIGHTS, STAGE, STAGE_WORDS, TEMPLATE, USER,
};

/// What one of the two templates is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobRole {
    Provision,
    Deprovision,
}

impl JobRole {
    const fn template_name(self) -> &'static str {
        match self {
            Self::Provision => "osac-create-compute-instance",
            Self::Deprovision => "osac-delete-compute-instance",
        }
    }

    /// The production figures.
    const fn running(self) -> Duration {
        match self {
            Self::Provision => Duration::from_secs(171),
            Self::Deprovision => Duration::from_secs(104),
        }
    }

    fn effects(self) -> Vec<Effect> {
        let running = |n, what| Effect { at: EffectAt::Running(Duration::from_secs(n)), what };
        let before_end = |what| Effect { at: EffectAt::BeforeEnd, what };
        match self {
            Self::Provision => vec![
                running(0, EffectKind::AddFinalizer),
                running(5, EffectKind::CreateVm),
                before_end(EffectKind::Annotate),
            ],
            Self::Deprovision => {
                vec![running(5, EffectKind::DeleteVm), before_end(EffectKind::RemoveFinalizer)]
            }
        }
    }

    fn script(self) -> JobScript {
        let stage = |status: &str, lasts| Stage {
            status: status.to_owned(),
            lasts: Some(lasts),
            explanation: String::new(),
        };
        JobScript {
            stages: vec![
                stage("pending", Duration::from_secs(2)),
                stage("waiting", Duration::from_secs(3)),
                stage("running", self.running()),
            ],
            ends: "successful".to_owned(),
            explanation: String::new(),
            traceback: String::new(),
            cancel: Cancel::After(Duration::from_secs(5)),
            effects: self.effects(),
            output_lag: Duration::ZERO,
            output_lost: false,
            stdout: String::new(),
            failure: String::new(),
        }
    }

    fn event(self) -> EdaScript {
        EdaScript {
            lost: false,
            starts_after: Duration::from_secs(3),
            runs: Some(self.running()),
            succeeds: true,
            twice: false,
            effects: self.effects(),
        }
    }
}

impl Reader<'_> {
    /// The fake AAP; of production where the file says nothing.
    pub(super) fn aap(&mut self, item: Option<Item<'_>>) -> Aap {
        let fields = item.and_then(|item| self.map(item, &AAP));
        let get = |name| fields.as_ref().and_then(|fields| fields.get(name));
        let provision = self.jobs(get("provision"), JobRole::Provision);
        let deprovision = self.jobs(get("deprovision"), JobRole::Deprovision);
        let templates = get("templates").map_or(&[][..], |item| self.list(item));
        let templates: Vec<ExtraTemplate> =
            templates.iter().filter_map(|node| self.extra(Item::alone(node))).collect();
        self.check_nodes(&provision.name, &deprovision.name, &templates);
        let user = get("user").map(|item| self.user(item));
        let capacity = get("capacity").and_then(|item| {
            let unlimited = item.value.text().is_some_and(|text| &**text == "unlimited");
            if unlimited { None } else { self.count(item, 1, 1000) }
        });
        let first_job_id =
            get("firstJobId").and_then(|item| self.int(item, 1, 1_000_000_000)).unwrap_or(1);
        let ids_burnt_per_launch =
            get("idsBurntPerLaunch").and_then(|item| self.count(item, 0, 10_000)).unwrap_or(0);
        let switches = get("switches").map(|item| self.switches(item)).unwrap_or_default();
        Aap {
            provision,
            deprovision,
            templates,
            user: user.unwrap_or_default(),
            capacity,
            first_job_id,
            ids_burnt_per_launch,
            switches,
        }
    }

    fn user(&mut self, item: Item<'_>) -> AapUser {
        let Some(fields) = self.map(item, &USER) else { return AapUser::default() };
        let rights = self.or(&fields, "rights", "execute", |r, item| r.one_of(item, &RIGHTS));
        AapUser {
            superuser: self.or(&fields, "superuser", true, Self::bool),
            read_only: self.or(&fields, "readOnly", false, Self::bool),
            rights: match rights {
                "none" => Rights::None,
                "read" => Rights::Read,
                _ => Rights::Execute,
            },
            token_expires_after: fields
                .get("tokenExpiresAfter")
                .and_then(|item| self.duration(item)),
        }
    }

    pub(super) fn extra(&mut self, item: Item<'_>) -> Option<ExtraTemplate> {
        let fields = self.map(item, &EXTRA)?;
        let name = fields.get("name").and_then(|item| self.full_text(item));
        let kind = self.or(&fields, "kind", TemplateKind::Job, Self::template_kind);
        let organization = self.or(&fields, "organization", "Default".to_owned(), Self::full_text);
        let role = self.or(&fields, "role", "other", |r, item| {
            r.one_of(item, &["provision", "deprovision", "other"])
        });
        Some(ExtraTemplate { name: name?, kind, organization, role: role.to_owned() })
    }

    fn template_kind(&mut self, item: Item<'_>) -> Option<TemplateKind> {
        self.one_of(item, &["job", "workflow"]).map(|kind| match kind {
            "workflow" => TemplateKind::Workflow,
            _ => TemplateKind::Job,
        })
    }

    fn jobs(&mut self, item: Option<Item<'_>>, role: JobRole) -> JobTemplate {
        let fields = item.and_then(|item| self.map(item, &JOBS));
        let template = fields.as_ref().and_then(|fields| fields.get("template"));
        let mut template = self.job_template(template, role);
        let Some(fields) = fields else {
            template.scripts = vec![role.script()];
            return template;
        };
        template.scripts = match fields.get("launches") {
            Some(item) => {
                self.alone(&fields, "launches", &JOB_SCRIPT);
                let nodes = self.list(item);
                if nodes.is_empty() {
                    self.empty_list(item, "at least one launch");
                }
                nodes
                    .iter()
                    .filter_map(|node| {
                        let fields = self.map(Item::alone(node), &JOB_SCRIPT)?;
                        Some(self.job_script(&fields, role))
                    })
                    .collect()
            }
            None => vec![self.job_script(&fields, role)],
        };
        if template.scripts.is_empty() {
            template.scripts = vec![role.script()];
        }
        template
    }

    fn empty_list(&mut self, item: Item<'_>, needed: &str) {
        let message = format!("{needed} is needed, the list is empty");
        self.tell(Diagnostic::error("empty", item.key, message));
    }

    /// Tells words of one script that stand beside a list of scripts.
    fn alone(
        &mut self,
        fields: &Fields<'_>,
        list: &'static str,
        script: &'static crate::words::Table,
    ) {
        for word in script.words {
            if let Some(item) = fields.get(word.name) {
                let message = format!("`{}` and `{list}` do not stand together", word.name);
                let hint = format!("put it into the items of `{list}`");
                self.tell(Diagnostic::error("two-choices", item.key, message).with_hint(hint));
            }
        }
    }

    fn job_template(&mut self, item: Option<Item<'_>>, role: JobRole) -> JobTemplate {
        let mut template = JobTemplate {
            name: role.template_name().to_owned(),
            kind: TemplateKind::Job,
            named_url: false,
            missing: false,
            visible: true,
            executable: true,
            ask_variables: true,
            required_survey_variable: None,
            lacks: Vec::new(),
            allow_simultaneous: true,
            slices: 1,
            nodes: Vec::new(),
            scripts: Vec::new(),
        };
        let Some(fields) = item.and_then(|item| self.map(item, &TEMPLATE)) else {
            return template;
        };
        template.name = self.or(&fields, "name", template.name, Self::full_text);
        template.kind = self.or(&fields, "kind", template.kind, Self::template_kind);
        template.named_url = self.or(&fields, "namedUrl", false, Self::bool);
        template.missing = self.or(&fields, "missing", false, Self::bool);
        template.visible = self.or(&fields, "visible", true, Self::bool);
        template.executable = self.or(&fields, "executable", true, Self::bool);
        template.ask_variables = self.or(&fields, "askVariables", true, Self::bool);
        template.required_survey_variable =
            fields.get("requiredSurveyVariable").and_then(|item| self.full_text(item));
        template.lacks = match fields.get("lacks") {
            Some(item) => {
                let nodes = self.list(item);
                let known = ["inventory", "project", "password"];
                let found = nodes.iter().filter_map(|n| self.one_of(Item::alone(n), &known));
                found.map(str::to_owned).collect()
            }
            None => Vec::new(),
        };
        template.allow_simultaneous = self.or(&fields, "allowSimultaneous", true, Self::bool);
        template.slices = self.or(&fields, "slices", 1, |r, item| r.count(item, 1, 100));
        template.nodes =
            fields.get("nodes").map(|item| self.nodes(item, &template)).unwrap_or_default();
        template
    }

    /// The job templates of a workflow. Whether there are such is known when all are read.
    fn nodes(&mut self, item: Item<'_>, template: &JobTemplate) -> Vec<String> {
        if template.kind == TemplateKind::Job {
            let message = "a job template has no nodes";
            let hint = "only a template of `kind: workflow` has";
            self.tell(Diagnostic::error("two-choices", item.key, message).with_hint(hint));
        }
        let mut names = Vec::new();
        for node in self.list(item) {
            let item = Item::alone(node);
            if let Some(name) = self.full_text(item) {
                self.nodes.push((name.clone(), item.value.span));
                names.push(name);
            }
        }
        names
    }

    /// Tells nodes that name no template.
    fn check_nodes(&mut self, provision: &str, deprovision: &str, others: &[ExtraTemplate]) {
        let others = others.iter().map(|template| template.name.as_str());
        let names: Vec<&str> = [provision, deprovision].into_iter().chain(others).collect();
        for (name, span) in std::mem::take(&mut self.nodes) {
            if !names.contains(&name.as_str()) {
                self.unknown_word(span, &name, &names);
            }
        }
    }

    fn job_script(&mut self, fields: &Fields<'_>, role: JobRole) -> JobScript {
        let mut script = role.script();
        if let Some(item) = fields.get("stages") {
            script.stages = self.stages(item);
            for name in STAGE_WORDS {
                if let Some(other) = fields.get(name) {
                    let message = format!("`{name}` and `stages` do not stand together");
                    self.tell(
                        Diagnostic::error("two-choices", other.key, message)
                            .with_related(item.key, "the other"),
                    );
                }
            }
        } else {
            for (stage, name) in script.stages.iter_mut().zip(STAGE_WORDS) {
                if let Some(item) = fields.get(name)
                    && let Some(lasts) = self.lasting(item)
                {
                    stage.lasts = lasts;
                }
            }
            // a stage of no time is none
            script.stages.retain(|stage| stage.lasts != Some(Duration::ZERO));
        }
        script.ends = self
            .or(fields, "ends", script.ends, |r, item| r.one_of(item, &ENDS).map(str::to_owned));
        script.explanation = self.or(fields, "explanation", script.explanation, Self::text);
        script.traceback = self.or(fields, "traceback", script.traceback, Self::text);
        script.cancel = self.or(fields, "cancel", script.cancel, Self::cancel);
        script.effects = self.or(fields, "effects", script.effects, Self::effects);
        script.output_lag = self.or(fields, "outputLag", script.output_lag, Self::duration);
        script.output_lost = self.or(fields, "outputLost", false, Self::bool);
        script.stdout = self.or(fields, "stdout", script.stdout, Self::text);
        script.failure = self.or(fields, "failure", script.failure, Self::text);
        script
    }

    fn stages(&mut self, item: Item<'_>) -> Vec<Stage> {
        let nodes = self.list(item);
        let mut stages = Vec::with_capacity(nodes.len());
        for node in nodes {
            let Some(fields) = self.map(Item::alone(node), &STAGE) else { continue };
            let status = fields.get("status").and_then(|item| self.full_text(item));
            let lasts = fields.get("lasts").and_then(|item| self.lasting(item));
            let explanation = self.or(&fields, "explanation", String::new(), Self::text);
            if let (Some(status), Some(lasts)) = (status, lasts) {
                stages.push(Stage { status, lasts, explanation });
            }
        }
        stages
    }

    fn cancel(&mut self, item: Item<'_>) -> Option<Cancel> {
        if item.value.text().is_some() {
            return match self.one_of(item, &["refused405", "refused403"])? {
                "refused405" => Some(Cancel::Refused405),
                _ => Some(Cancel::Refused403),
            };
        }
        let fields = self.map(item, &CANCEL)?;
        match fields.chosen()? {
            ("after", item) => self.duration(item).map(Cancel::After),
            ("delayed", item) => self.duration(item).map(Cancel::Delayed),
            ("ignored", item) => self.lasting(item).map(Cancel::Ignored),
            (_, item) => {
                let fields = self.map(item, &FLIPS)?;
                let to = fields.get("to").and_then(|item| self.one_of(item, &ENDS));
                let after = fields.get("after").and_then(|item| self.duration(item));
                Some(Cancel::Flips { to: to?.to_owned(), after: after? })
            }
        }
    }

    fn effects(&mut self, item: Item<'_>) -> Option<Vec<Effect>> {
        let nodes = self.list(item);
        Some(nodes.iter().filter_map(|node| self.effect(Item::alone(node))).collect())
    }

    fn effect(&mut self, item: Item<'_>) -> Option<Effect> {
        let fields = self.map(item, &EFFECT)?;
        let at = fields.get("at").and_then(|item| self.effect_at(item));
        let what = fields.get("do").and_then(|item| self.one_of(item, &EFFECTS));
        let what = match what? {
            "addFinalizer" => EffectKind::AddFinalizer,
            "createVm" => EffectKind::CreateVm,
            "annotate" => EffectKind::Annotate,
            "deleteVm" => EffectKind::DeleteVm,
            _ => EffectKind::RemoveFinalizer,
        };
        Some(Effect { at: at?, what })
    }

    fn effect_at(&mut self, item: Item<'_>) -> Option<EffectAt> {
        if item.value.text().is_some() {
            return self.one_of(item, &["beforeEnd"]).map(|_| EffectAt::BeforeEnd);
        }
        let fields = self.map(item, &EFFECT_AT)?;
        match fields.chosen()? {
            ("running", item) => self.duration(item).map(EffectAt::Running),
            (_, item) => self.duration(item).map(EffectAt::AfterEnd),
        }
    }

    /// The fake EDA; of production where the file says nothing.
    pub(super) fn eda(&mut self, item: Option<Item<'_>>) -> Eda {
        let fields = item.and_then(|item| self.map(item, &EDA));
        let get = |name| fields.as_ref().and_then(|fields| fields.get(name));
        Eda {
            provision: self.events(get("provision"), JobRole::Provision),
            deprovision: self.events(get("deprovision"), JobRole::Deprovision),
        }
    }

    fn events(&mut self, item: Option<Item<'_>>, role: JobRole) -> Vec<EdaScript> {
        let Some(fields) = item.and_then(|item| self.map(item, &EVENTS)) else {
            return vec![role.event()];
        };
        let Some(item) = fields.get("events") else {
            return vec![self.event(&fields, role)];
        };
        self.alone(&fields, "events", &EVENT);
        let nodes = self.list(item);
        if nodes.is_empty() {
            self.empty_list(item, "at least one event");
        }
        let mut scripts: Vec<EdaScript> = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Some(fields) = self.map(Item::alone(node), &EVENT) {
                scripts.push(self.event(&fields, role));
            }
        }
        if scripts.is_empty() {
            scripts.push(role.event());
        }
        scripts
    }

    fn event(&mut self, fields: &Fields<'_>, role: JobRole) -> EdaScript {
        let default = role.event();
        EdaScript {
            lost: self.or(fields, "lost", default.lost, Self::bool),
            starts_after: self.or(fields, "startsAfter", default.starts_after, Self::duration),
            runs: self.or(fields, "runs", default.runs, Self::lasting),
            succeeds: self.or(fields, "succeeds", default.succeeds, Self::bool),
            twice: self.or(fields, "twice", default.twice, Self::bool),
            effects: self.or(fields, "effects", default.effects, Self::effects),
        }
    }
}
