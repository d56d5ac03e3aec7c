//! The desktop, through `notify-send`.

use std::process::Command;
use std::time::Duration;

use super::process;

/// How long the desktop may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Sends a notification; what came of it.
pub fn send(title: &str, text: &str) -> String {
    let mut command = Command::new("notify-send");
    command.args(["--app-name=osac-e2e", "--", title, text]);
    match process::run(command, b"", LIMIT) {
        Ok(answer) if answer.is_success => "sent".to_owned(),
        Ok(answer) => format!("failed, notify-send says: {}", answer.stderr),
        Err(why) => format!("skipped, {why}"),
    }
}
