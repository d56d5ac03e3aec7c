//! Behaviours that differ between versions and installations of AAP, each a switch with a name.

/// What this AAP does where AAPs differ. [`Switches::default`] is a controller of AAP 2.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// A job template may be named by its bare name in a path (`job_templates/<name>/launch/`).
    pub bare_names: bool,
    /// Up to the end of 2024: after a malformed named URL the next good one answers 404 once.
    pub named_url_flake: bool,
    /// Of 2026: a cancel of a pending job only sets a flag, and the job ends canceled later.
    pub cancel_2026: bool,
    /// A path outside the URL table is answered with JSON instead of an HTML page.
    pub json_router_404: bool,
    /// Of AAP 2.4: an absent object is `Not found.` without the model's name.
    pub short_not_found: bool,
    /// A proxy in front merges double slashes.
    pub merge_slashes: bool,
    /// User and password are accepted where a token is.
    pub basic_auth: bool,
    /// After a restart the jobs that ran are failed by the reaper.
    pub startup_reaper: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            bare_names: true,
            named_url_flake: false,
            cancel_2026: false,
            json_router_404: false,
            short_not_found: false,
            merge_slashes: true,
            basic_auth: true,
            startup_reaper: true,
        }
    }
}

/// There is no switch of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no switch is named `{name}`; there are: {}", Switches::NAMES.join(", "))]
pub struct UnknownSwitch {
    /// The name that was asked for.
    pub name: String,
}

impl Switches {
    /// All names that [`Switches::set`] knows.
    pub const NAMES: [&'static str; 8] = [
        "bareNames",
        "namedUrlFlake",
        "cancel2026",
        "jsonRouter404",
        "shortNotFound",
        "mergeSlashes",
        "basicAuth",
        "startupReaper",
    ];

    /// Turns a switch by its name, as scenario files spell it.
    ///
    /// # Errors
    /// The name is none of [`Switches::NAMES`].
    pub fn set(&mut self, name: &str, on: bool) -> Result<(), UnknownSwitch> {
        let switch = match name {
            "bareNames" => &mut self.bare_names,
            "namedUrlFlake" => &mut self.named_url_flake,
            "cancel2026" => &mut self.cancel_2026,
            "jsonRouter404" => &mut self.json_router_404,
            "shortNotFound" => &mut self.short_not_found,
            "mergeSlashes" => &mut self.merge_slashes,
            "basicAuth" => &mut self.basic_auth,
            "startupReaper" => &mut self.startup_reaper,
            _ => return Err(UnknownSwitch { name: name.to_owned() }),
        };
        *switch = on;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_turns_a_switch_of_its_own() {
        for name in Switches::NAMES {
            let (mut on, mut off) = (Switches::default(), Switches::default());
            on.set(name, true).unwrap();
            off.set(name, false).unwrap();
            assert_ne!(on, off, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = Switches::default().set("barenames", true).unwrap_err();
        assert!(error.to_string().contains("bareNames"), "{error}");
    }
}
