//! Finds profiles: the built-in ones by name, others by their folder. The only reader of their
//! files.

use std::path::Path;

use scenario::Profile;
use scenario::profile::{self, ProfileRead};

use crate::catalog;

/// The profile of a name, or of a folder with a `profile.yaml`.
///
/// # Errors
/// Everything that is wrong with it, as shown to the user.
pub fn named(name: &str) -> Result<Profile, String> {
    let folder = Path::new(name);
    if folder.is_dir() {
        let file = folder.join("profile.yaml");
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("error: failed to read the profile `{shown}`: {error}\n"))?;
        return settled(profile::read(&shown, &text, &built_in));
    }
    let names = || catalog::profiles().map(|(name, ..)| name).collect::<Vec<_>>().join(", ");
    match catalog::profiles().find(|(known, ..)| *known == name) {
        Some((_, file, text)) => settled(profile::read(file, text, &built_in)),
        None if name == "embedded" => Ok(Profile::embedded()),
        None => Err(format!(
            "error: there is no profile `{name}`\n  = help: name one of embedded, {}, or a folder \
             with a `profile.yaml`\n",
            names()
        )),
    }
}

fn settled(read: ProfileRead) -> Result<Profile, String> {
    read.profile.ok_or(read.told)
}

/// A built-in profile; none also for one that is not good, which a test keeps from happening.
fn built_in(name: &str) -> Option<Profile> {
    named_built_in(name, DEPTH_MAX)
}

/// Profiles that extend each other.
const DEPTH_MAX: u32 = 16;

fn named_built_in(name: &str, depth: u32) -> Option<Profile> {
    if name == "embedded" {
        return Some(Profile::embedded());
    }
    let (_, file, text) = catalog::profiles().find(|(known, ..)| *known == name)?;
    let next = depth.checked_sub(1)?;
    profile::read(file, text, &|name| named_built_in(name, next)).profile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_good_and_bears_the_name_of_its_folder() {
        assert!(catalog::profiles().count() >= 8);
        for (name, ..) in catalog::profiles() {
            let profile = named(name).unwrap_or_else(|told| panic!("{name}: {told}"));
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_told_with_those_that_there_are() {
        let told = named("dcfce9d").unwrap_err();
        assert!(told.contains("no profile `dcfce9d`") && told.contains("embedded"), "{told}");
    }
}
