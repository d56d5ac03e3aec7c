//! The installation: who may do what, which templates there are, how this AAP behaves.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::script::Script;
use crate::switches::Switches;
use crate::template::Template;

/// The token of [`Config::default`].
pub const DEFAULT_TOKEN: &str = "fake-aap-token";

/// An AAP installation. [`Config::default`] is a controller behind the gateway of AAP 2.5 with the
/// two templates of a compute instance and one superuser's token, [`DEFAULT_TOKEN`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Tokens, and with them the users.
    pub tokens: Vec<Token>,
    /// Passwords by user, for basic authentication; a user needs no token to have one.
    pub passwords: BTreeMap<String, String>,
    /// Templates.
    pub templates: Vec<Template>,
    /// Behaviours that differ between versions.
    pub switches: Switches,
    /// The segment after `/api/` under which the API is served besides `/api/v2/`; none = only
    /// there.
    pub prefix: Option<String>,
    /// The id of the first launch.
    pub first_job_id: i64,
    /// Ids that each launch uses up besides its own, such as for a project update.
    pub ids_burnt_per_launch: u32,
    /// How many jobs may run at once; none = no limit.
    pub capacity: Option<u32>,
    /// Version that ping, config and headers tell.
    pub version: String,
    /// Name of the node that headers tell.
    pub node: String,
}

impl Default for Config {
    fn default() -> Self {
        let provision = Template::job("osac-create-compute-instance", "provision");
        let deprovision = Template::job("osac-delete-compute-instance", "deprovision")
            .scripts([Script::job(Duration::from_secs(104))]);
        Config {
            tokens: vec![Token::superuser(DEFAULT_TOKEN)],
            passwords: BTreeMap::new(),
            templates: vec![provision, deprovision],
            switches: Switches::default(),
            prefix: Some("controller".to_owned()),
            first_job_id: 100,
            ids_burnt_per_launch: 1,
            capacity: None,
            version: "4.6.0".to_owned(),
            node: "controller-1".to_owned(),
        }
    }
}

/// A bearer token and its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What stands in the header.
    pub value: String,
    /// The user's name. `admin` has id 1.
    pub user: String,
    /// The user is a superuser.
    pub superuser: bool,
    /// What the token allows.
    pub scope: Scope,
    /// What a user who is no superuser may do with each template.
    pub rights: Rights,
    /// When it stops to be valid; none = never.
    pub expires: Option<jiff::Timestamp>,
}

impl Token {
    /// The admin's token.
    pub fn superuser(value: &str) -> Self {
        Token { superuser: true, ..Token::user(value, "admin") }
    }

    /// The token of a user who may launch, and nothing beyond.
    pub fn user(value: &str, user: &str) -> Self {
        Token {
            value: value.to_owned(),
            user: user.to_owned(),
            superuser: false,
            scope: Scope::Write,
            rights: Rights::Execute,
            expires: None,
        }
    }
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reading only.
    Read,
    /// All that its user may do.
    Write,
}

/// What a user may do with templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// Nothing.
    None,
    /// See them and their jobs.
    Read,
    /// Launch them too.
    Execute,
}
