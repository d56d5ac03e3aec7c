//! A profile, laid over the one that it extends.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Item, Programs, Reader};
use crate::diagnostic::Diagnostic;
use crate::plan::Capability;
use crate::profile::{Jobs, KnownFailure, Process, Profile, Text};
use crate::source::Source;
use crate::words::{
    CAPABILITIES, JOBS_AT, KNOWN_FAILURE, METADATA, PROFILE, PROFILE_KIND, PROFILE_LACKS,
    PROFILE_PROCESS, PROFILE_ROOT, PROFILE_STATUS, PROFILE_TENANT, TENANTS_BY,
};
use crate::yaml::Tree;

/// Reads a profile. `known` finds the one that it extends.
pub(crate) fn profile(
    source: &Source,
    tree: &Tree,
    known: &dyn Fn(&str) -> Option<Profile>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Profile> {
    let (programs, embedded) = (Programs::default(), Profile::embedded());
    let bindings = Arc::new(Value::Object(serde_json::Map::new()));
    let mut reader = Reader::new(source, &programs, &embedded, bindings);
    let profile = reader.profile_of(tree, known);
    diagnostics.append(&mut reader.diagnostics);
    profile
}

impl Reader<'_> {
    fn profile_of(
        &mut self,
        tree: &Tree,
        known: &dyn Fn(&str) -> Option<Profile>,
    ) -> Option<Profile> {
        let root = self.map(Item::alone(tree), &PROFILE_ROOT)?;
        if let Some(item) = root.get("apiVersion") {
            self.one_of(item, &[crate::words::API_VERSION]);
        }
        if let Some(item) = root.get("kind") {
            self.one_of(item, &[PROFILE_KIND]);
        }
        let metadata = root.get("metadata").and_then(|item| self.map(item, &METADATA));
        let name = metadata.and_then(|fields| fields.get("name")).and_then(|item| self.name(item));
        let fields = root.get("spec").and_then(|item| self.map(item, &PROFILE))?;
        let mut profile =
            match fields.get("extends").and_then(|item| Some((self.name(item)?, item))) {
                None => Profile::embedded(),
                Some((name, item)) => known(&name).unwrap_or_else(|| {
                    let message = format!("there is no profile `{name}`");
                    self.tell(Diagnostic::error("unknown-word", item.value.span, message));
                    Profile::embedded()
                }),
            };
        // what fails with one version need not fail with the next
        profile.known_failures.clear();
        profile.name = name.unwrap_or_default();
        for (word, place) in
            [("apiVersion", &mut profile.api_version), ("namespace", &mut profile.namespace)]
        {
            if let Some(text) = fields.get(word).and_then(|item| self.full_text(item)) {
                *place = text;
            }
        }
        if let Some(item) = fields.get("tenant") {
            self.profile_tenant(item, &mut profile);
        }
        if let Some(item) = fields.get("definitions") {
            profile.definitions = self.text_list(item);
        }
        if let Some(item) = fields.get("status") {
            self.profile_status(item, &mut profile);
        }
        if let Some(item) = fields.get("process") {
            self.profile_process(item, &mut profile.process);
        }
        if let Some(item) = fields.get("lacks") {
            self.profile_lacks(item, &mut profile.lacks);
        }
        if let Some(item) = fields.get("expectFail") {
            profile.known_failures =
                self.list(item).iter().filter_map(|node| self.known_failure(node)).collect();
        }
        let values = fields.get("values").map(|item| item.value.json());
        let spec = fields.get("spec").map(|item| item.value.json());
        profile.settle(values, spec);
        Some(profile)
    }

    fn profile_tenant(&mut self, item: Item<'_>, profile: &mut Profile) {
        let Some(fields) = self.map(item, &PROFILE_TENANT) else { return };
        if let Some(namespace) = fields.get("namespace").and_then(|item| self.full_text(item)) {
            profile.tenant.namespace = Some(namespace);
        }
        if let Some(item) = fields.get("namespaceLabels") {
            profile.tenant.namespace_labels = self.texts(item);
        }
        if let Some(word) = fields.get("madeBy").and_then(|item| self.one_of(item, &TENANTS_BY)) {
            profile.tenant.made_by_operator = word == "operator";
        }
        if let Some(item) = fields.get("spec") {
            profile.tenant.spec = item.value.json();
        }
    }

    fn profile_status(&mut self, item: Item<'_>, profile: &mut Profile) {
        let Some(fields) = self.map(item, &PROFILE_STATUS) else { return };
        if let Some(word) = fields.get("jobs").and_then(|item| self.one_of(item, &JOBS_AT)) {
            profile.jobs = match word {
                "normal" => Jobs::Normal,
                "nested" => Jobs::Nested,
                "flat" => Jobs::Flat,
                list => Jobs::List(list.to_owned()),
            };
        }
        if let Some(item) = fields.get("phases") {
            profile.phases = self.texts(item);
        }
        if let Some(item) = fields.get("conditions") {
            profile.conditions = self.texts(item);
        }
    }

    fn profile_process(&mut self, item: Item<'_>, process: &mut Process) {
        let Some(fields) = self.map(item, &PROFILE_PROCESS) else { return };
        if let Some(item) = fields.get("environment") {
            process.environment = BTreeMap::new();
            for entry in item.value.entries() {
                let text = self.text(Item::from(entry));
                if let Some(text) = text.and_then(|text| self.gaps(Item::from(entry), &text)) {
                    process.environment.insert(entry.key.to_string(), text);
                }
            }
        }
        if let Some(item) = fields.get("arguments") {
            process.arguments = Vec::new();
            for node in self.list(item) {
                let item = Item::alone(node);
                let text = self.text(item);
                process.arguments.extend(text.and_then(|text| self.gaps(item, &text)));
            }
        }
        if let Some(item) = fields.get("watches") {
            process.watches = self.text_list(item);
        }
    }

    fn gaps(&mut self, item: Item<'_>, text: &str) -> Option<Text> {
        match Text::parse(text) {
            Ok(text) => Some(text),
            Err(why) => {
                self.tell(Diagnostic::error("unknown-word", item.value.span, why));
                None
            }
        }
    }

    fn profile_lacks(&mut self, item: Item<'_>, lacks: &mut BTreeMap<Capability, String>) {
        let Some(fields) = self.map(item, &PROFILE_LACKS) else { return };
        for (name, capability) in CAPABILITIES.into_iter().zip(Capability::ALL) {
            if let Some(why) = fields.get(name).and_then(|item| self.full_text(item)) {
                lacks.insert(capability, why);
            }
        }
    }

    fn known_failure(&mut self, node: &Tree) -> Option<KnownFailure> {
        let fields = self.map(Item::alone(node), &KNOWN_FAILURE)?;
        let variants = fields.get("variants").map(|item| self.text_list(item))?;
        let reason = fields.get("reason").and_then(|item| self.full_text(item))?;
        let link = fields.get("link").and_then(|item| self.text(item));
        Some(KnownFailure { variants, reason, link })
    }
}
