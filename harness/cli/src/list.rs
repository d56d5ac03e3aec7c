//! `list` and `schema`.

use std::path::Path;

use harness::catalog::{self, CatalogError, Entry};
use harness::suite::{self, Loaded, Selection, Trial};
use reports::{ExitCode, plural};
use scenario::Profile;

use crate::args::{ListArguments, SelectionArguments};
use crate::run::{print, say};

/// Prints the scenarios with their variants.
pub fn list(arguments: &ListArguments) -> ExitCode {
    let (loaded, _) = match load(&arguments.selection, &Profile::embedded()) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let selection = selection(&arguments.selection);
    let trials: Vec<&Trial> = loaded.trials.iter().filter(|one| selection.takes(one)).collect();
    let mut text = String::new();
    let mut last = "";
    let mut scenarios = 0;
    for trial in &trials {
        let plan = &trial.plan;
        if plan.scenario != last {
            let label = |key: &str| plan.labels.get(key).map_or("-", String::as_str);
            let (id, priority, category) = (label("id"), label("priority"), label("category"));
            text += &format!("{id} {priority} {category:12} {}\n", plan.title);
            scenarios += 1;
            last = &plan.scenario;
        }
        text += &format!("    {}\n", trial.name);
    }
    print(&text);
    for fault in &loaded.faults {
        say(&fault.text);
    }
    let counted = (plural(scenarios, "scenario"), plural(trials.len(), "variant"));
    print(&format!("{}, {}\n", counted.0, counted.1));
    if !loaded.faults.is_empty() {
        ExitCode::Usage
    } else if trials.is_empty() {
        ExitCode::NothingSelected
    } else {
        ExitCode::Passed
    }
}

/// Prints the JSON Schema of scenario files.
pub fn schema() -> ExitCode {
    print(&scenario::schema());
    ExitCode::Passed
}

/// The scenarios that the user means, and where they come from.
pub fn load(
    arguments: &SelectionArguments,
    profile: &Profile,
) -> Result<(Loaded, String), ExitCode> {
    match entries(arguments.scenarios.as_deref()) {
        Ok((entries, source)) => Ok((suite::load(&entries, profile), source)),
        Err(error) => {
            say(&error_text(&error));
            Err(ExitCode::Usage)
        }
    }
}

/// The files of a folder; without one, those of `./scenarios`, or the built-in ones.
pub fn entries(folder: Option<&Path>) -> Result<(Vec<Entry>, String), CatalogError> {
    let here = Path::new("scenarios");
    match folder {
        Some(folder) => Ok((catalog::at(folder)?, folder.display().to_string())),
        None if here.is_dir() => Ok((catalog::at(here)?, here.display().to_string())),
        None => Ok((catalog::built_in(), reports::BUILT_IN.to_owned())),
    }
}

/// An error with its causes, and what to do.
pub fn error_text(error: &CatalogError) -> String {
    let mut text = format!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text + "\n  = help: name a folder with scenario files: `--scenarios DIR`\n"
}

/// The selection that the user means.
pub fn selection(arguments: &SelectionArguments) -> Selection {
    Selection {
        filters: arguments.filters.clone(),
        priorities: arguments.priority.clone(),
        labels: arguments.selector.clone(),
    }
}
