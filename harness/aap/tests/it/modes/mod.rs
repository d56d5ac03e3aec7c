//! The ways in which AAP goes wrong, one test each, named after its number in
//! [`fake_aap::modes::MODES`].

mod access;
mod cancels;
mod lives;
mod names;
mod rest;
mod wire;

use fake_aap::modes::{MODES, Origin};
use fake_aap::{Config, Script, Stage, Template};

/// A configuration with one job template `t` and this script.
pub fn with(script: Script) -> Config {
    with_template(Template::job("t", "provision").scripts([script]))
}

pub fn with_template(template: Template) -> Config {
    Config { templates: vec![template], ids_burnt_per_launch: 0, ..Config::default() }
}

/// A script whose stages last until something acts.
pub fn held(stages: &[&str]) -> Script {
    Script {
        stages: stages.iter().map(|status| Stage::held(status)).collect(),
        ..Script::default()
    }
}

#[test]
fn each_mode_of_the_controller_has_its_test() {
    let sources = [
        include_str!("access.rs"),
        include_str!("cancels.rs"),
        include_str!("lives.rs"),
        include_str!("names.rs"),
        include_str!("rest.rs"),
        include_str!("wire.rs"),
    ]
    .concat();
    for mode in MODES.iter().filter(|mode| mode.origin != Origin::Eda) {
        let name = format!("fn f{:02}_", mode.number);
        assert!(sources.contains(&name), "F{} {} has no test", mode.number, mode.title);
    }
}
