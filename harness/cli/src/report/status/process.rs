//! Other programs: what they are given, what they say, and never longer than a limit.

use std::io::{Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Bytes of an answer that are kept.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What a program answered.
#[derive(Debug)]
pub struct Answer {
    /// Whether it ended with 0.
    pub is_success: bool,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained of, without secrets in addresses.
    pub stderr: String,
}

/// Runs a program to its end, with this as its input.
///
/// # Errors
/// It could not be started, or was ended at the limit.
pub fn run(mut command: Command, input: &[u8], limit: Duration) -> Result<Answer, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| format!("failed to start `{name}`: {error}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (done, ended) = mpsc::channel();
    let [stdout, stderr] = read(&mut child, &done);
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // a program that does not read its input says so by its end
        std::thread::spawn(move || stdin.write_all(&input));
    }
    drop(done);
    // both pipes are closed when the program ends
    for _ in 0..2 {
        if ended.recv_timeout(limit).is_err() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("`{name}` did not end within {} s", limit.as_secs()));
        }
    }
    let status = child.wait().map_err(failed)?;
    let text = |bytes: mpsc::Receiver<Vec<u8>>| bytes.recv().unwrap_or_default();
    let (stdout, stderr) = (text(stdout), text(stderr));
    Ok(Answer {
        is_success: status.success(),
        stdout,
        stderr: without_secrets(String::from_utf8_lossy(&stderr).trim()),
    })
}

/// Reads both outputs, each on a thread, and tells when one has ended.
fn read(child: &mut Child, done: &mpsc::Sender<()>) -> [mpsc::Receiver<Vec<u8>>; 2] {
    let stdout = child.stdout.take().map(|it| Box::new(it) as Box<dyn Read + Send>);
    let stderr = child.stderr.take().map(|it| Box::new(it) as Box<dyn Read + Send>);
    [stdout, stderr].map(|source| {
        let (bytes, read) = mpsc::channel();
        let done = done.clone();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            if let Some(mut source) = source {
                let _ = source.by_ref().take(OUTPUT_BYTES_MAX).read_to_end(&mut kept);
                // the rest is drained, or the program would wait for ever
                let _ = std::io::copy(&mut source, &mut std::io::sink());
            }
            let _ = bytes.send(kept);
            let _ = done.send(());
        });
        read
    })
}

/// `https://user:token@host` → `https://…@host`.
pub fn without_secrets(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || "/'\"`<>".contains(c));
        let authority = &after[..end.unwrap_or(after.len())];
        rest = match authority.rfind('@') {
            Some(at) => {
                out.push('…');
                &after[at..]
            }
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: &[u8], limit: Duration) -> Result<Answer, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, input, limit)
    }

    #[test]
    fn what_a_program_says_is_kept_apart() {
        let answer = sh("cat; echo bad >&2; exit 3", b"in", Duration::from_secs(60)).unwrap();
        assert_eq!((answer.is_success, answer.stdout.as_slice()), (false, b"in".as_slice()));
        assert_eq!(answer.stderr, "bad");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let error = sh("exec sleep 600", b"", Duration::from_secs(0)).unwrap_err();
        assert_eq!(error, "`sh` did not end within 0 s");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(Command::new("no-such-program"), b"", Duration::from_secs(9)).unwrap_err();
        assert!(error.starts_with("failed to start `no-such-program`: "), "{error}");
    }

    #[test]
    fn addresses_keep_no_secrets() {
        let cases = [
            ("x 'https://ann:t0ken@h/x' y", "x 'https://…@h/x' y"),
            ("https://t0k@n@h", "https://…@h"),
            ("https://h/a@b ssh://git@h:2/x", "https://h/a@b ssh://…@h:2/x"),
            ("no address", "no address"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_secrets(text), expected);
        }
    }
}
