//! The ways in which AAP goes wrong, as data: what each is, where it is made, and with what.

/// Where a mode is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In this crate: the controller's own state or behaviour.
    Controller,
    /// Between client and controller, by whoever owns the wire; [`crate::bodies`] has the answers.
    Wire,
    /// In EDA's webhook, which is not part of this crate.
    Eda,
    /// By what is done to the cluster at the moments that this crate announces.
    Playbook,
}

impl Origin {
    /// The word for documents.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Controller => "controller",
            Origin::Wire => "wire",
            Origin::Eda => "eda",
            Origin::Playbook => "playbook",
        }
    }
}

/// A way in which AAP goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Its number: 8 is F8.
    pub number: u8,
    /// What a client sees.
    pub title: &'static str,
    /// Where it is made.
    pub origin: Origin,
    /// With what.
    pub how: &'static str,
}

/// The table as Markdown.
pub fn markdown() -> String {
    let mut table =
        String::from("| mode | what a client sees | made by | with |\n|---|---|---|---|\n");
    for Mode { number, title, origin, how } in MODES {
        table.push_str(&format!("| F{number} | {title} | {} | {how} |\n", origin.name()));
    }
    table
}

const fn mode(number: u8, title: &'static str, origin: Origin, how: &'static str) -> Mode {
    Mode { number, title, origin, how }
}

use Origin::{Controller, Eda, Playbook, Wire};

/// All of them, in order.
pub const MODES: [Mode; 41] = [
    mode(1, "refused connection, TLS or DNS error", Wire, "an error in place of an answer"),
    mode(
        2,
        "launch slower than the client waits, the job is there",
        Wire,
        "the answer held back; the launch is committed before it leaves",
    ),
    mode(3, "connection cut after the launch", Wire, "the answer dropped"),
    mode(
        4,
        "502, 503, 504 without JSON",
        Wire,
        "`bodies::nginx_502`, `nginx_503`, `nginx_504`, `envoy_503`, `envoy_504` …",
    ),
    mode(5, "500", Wire, "`bodies::server_error_json`, `server_error_html`"),
    mode(
        6,
        "redirect",
        Controller,
        "a path without its last slash: 301; others: `bodies::redirect` on the wire",
    ),
    mode(
        7,
        "200 with a page of HTML",
        Controller,
        "a path outside `/api/`; elsewhere: `bodies::login_html` on the wire",
    ),
    mode(
        8,
        "401 in the middle",
        Controller,
        "`Action::RotateToken`, `RestoreToken`, `Token::expires`",
    ),
    mode(
        9,
        "403 on launch",
        Controller,
        "`Template::executable`, `Scope::Read`, `Rights::Read`; `bodies::license_expired`",
    ),
    mode(
        10,
        "template invisible",
        Controller,
        "`Template::visible`, `Rights::None`, `Action::HideTemplate`, `ShowTemplate`",
    ),
    mode(
        11,
        "template missing, renamed, deleted, made anew",
        Controller,
        "`Template::missing`, `Action::DeleteTemplate`, `RenameTemplate`, `RecreateTemplate`",
    ),
    mode(
        12,
        "one name in two organizations or of both kinds",
        Controller,
        "two templates in `Config::templates`",
    ),
    mode(13, "workflow template by its bare name: 404", Controller, "`TemplateKind::Workflow`"),
    mode(14, "a good named URL fails once", Controller, "`Switches::named_url_flake`"),
    mode(
        15,
        "variables not prompted for: ignored or 400",
        Controller,
        "`Template::ask_variables: false`, with either kind",
    ),
    mode(
        16,
        "survey variable, inventory, project or password missing: 400",
        Controller,
        "`Template::survey`, `Template::needs`",
    ),
    mode(
        17,
        "413, 415, 400 for the body",
        Controller,
        "a body beyond 5 MiB, another media type, broken JSON",
    ),
    mode(18, "a job template answers with a workflow job", Controller, "`Template::slices`"),
    mode(19, "jobs of workflow templates are not among jobs", Controller, "`Template::workflow`"),
    mode(
        20,
        "stuck pending",
        Controller,
        "`Template::allow_simultaneous: false`, `Config::capacity`, `Stage::held(\"pending\")`",
    ),
    mode(
        21,
        "failed before it started",
        Controller,
        "stages up to `pending`, then `End` with the reason",
    ),
    mode(
        22,
        "the playbook fails: no reason in the job",
        Controller,
        "`End::new(\"failed\")`, `Output::failure`, `Action::Fail`",
    ),
    mode(23, "the controller fails: error", Controller, "`End` with status `error`"),
    mode(24, "timeout", Controller, "`End` with status `failed` and AAP's words"),
    mode(
        25,
        "reaped, node lost, shut down",
        Controller,
        "`End` or `Action::Finish` with the reaper's words; `Action::Restart`",
    ),
    mode(26, "back from running to pending", Controller, "a stage `pending` after `running`"),
    mode(
        27,
        "cancel: at once, delayed while pending, delayed while running",
        Controller,
        "`Cancel::Classic`, `DelayedPending`, `Running`; `Switches::cancel_2026`",
    ),
    mode(28, "cancel without effect for long", Controller, "`Cancel::Ignored`"),
    mode(
        29,
        "canceled while the playbook goes on, and flips later",
        Controller,
        "`Cancel::ForcedThenFlips`",
    ),
    mode(30, "cancel of an ended job: 405 or 403", Controller, "`Token::superuser` or not"),
    mode(
        31,
        "cancel refused",
        Controller,
        "a job of another user; `Cancel::Refused403`, `Refused405`",
    ),
    mode(32, "canceled by a human", Controller, "`Action::Cancel`"),
    mode(
        33,
        "job purged, or hidden after its template went",
        Controller,
        "`Action::Purge`, `PurgeAll`, `DeleteTemplate` with a user who is no superuser",
    ),
    mode(
        34,
        "effects on the cluster and the job's end disagree",
        Playbook,
        "`MomentAt::BeforeEnd`, `AfterEnd`, or no moment at all",
    ),
    mode(35, "events and output late or lost", Controller, "`Output::lag`, `Output::lost`"),
    mode(36, "EDA drops, hangs, refuses, delivers twice", Eda, "the webhook's fake"),
    mode(
        37,
        "gaps between ids; ids that mean other jobs after a reinstallation",
        Controller,
        "`Config::ids_burnt_per_launch`, `first_job_id`, `Action::Reinstall`",
    ),
    mode(
        38,
        "restart: 503, then what ran is failed",
        Controller,
        "`Action::Restart`, `Switches::startup_reaper`",
    ),
    mode(
        39,
        "`jobs//` is the list, or 404",
        Controller,
        "`Switches::merge_slashes`, a path with an empty id",
    ),
    mode(
        40,
        "null times, times without a fraction, microseconds",
        Controller,
        "the clock that is handed in; a job that never ran",
    ),
    mode(41, "429 with Retry-After", Wire, "`bodies::gateway_429`"),
];

#[cfg(test)]
mod tests {
    use super::MODES;

    #[test]
    fn the_numbers_run_from_1_to_41() {
        let numbers: Vec<u8> = MODES.iter().map(|mode| mode.number).collect();
        assert_eq!(numbers, (1..=41).collect::<Vec<u8>>());
    }
}
