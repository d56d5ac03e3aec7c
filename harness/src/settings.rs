//! The only reader of the environment in this crate: what `cargo test` cannot hand over otherwise.

/// What can be set for the scenario tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `HARNESS_SEED`: the seed of all chance (1).
    pub seed: u64,
}

/// Why the environment is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A name that nobody reads.
    #[error("unknown setting `{name}`; there is: HARNESS_SEED")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A value that is none.
    #[error("HARNESS_SEED is `{value}`, which is not a whole number")]
    Seed {
        /// The value.
        value: String,
    },
}

impl Settings {
    /// Reads the environment. A `HARNESS_*` that nobody reads is an error, not a silence.
    ///
    /// # Errors
    /// [`SettingsError`].
    #[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
    pub fn from_env() -> Result<Settings, SettingsError> {
        let ours = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            name.starts_with("HARNESS_").then(|| (name.into_owned(), value.into_owned()))
        });
        Settings::from_pairs(ours)
    }

    fn from_pairs(
        pairs: impl Iterator<Item = (String, String)>,
    ) -> Result<Settings, SettingsError> {
        let mut settings = Settings { seed: 1 };
        for (name, value) in pairs {
            match name.as_str() {
                "HARNESS_SEED" => {
                    settings.seed = value.parse().map_err(|_| SettingsError::Seed { value })?;
                }
                _ => return Err(SettingsError::Unknown { name }),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_pairs(owned).map_err(|error| error.to_string())
    }

    #[test]
    fn the_seed_is_1_unless_set() {
        assert_eq!(read(&[]), Ok(Settings { seed: 1 }));
        assert_eq!(read(&[("HARNESS_SEED", "42")]), Ok(Settings { seed: 42 }));
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        assert_eq!(
            read(&[("HARNESS_SED", "42")]),
            Err("unknown setting `HARNESS_SED`; there is: HARNESS_SEED".to_owned())
        );
        assert_eq!(
            read(&[("HARNESS_SEED", "x")]),
            Err("HARNESS_SEED is `x`, which is not a whole number".to_owned())
        );
    }
}
