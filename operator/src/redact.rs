//! Takes secrets out of other people's text before it goes into a status or a log.

/// Words that make the value after them a secret.
const TELLING: [&str; 5] = ["token", "password", "passwd", "secret", "key"];
/// What stands in a secret's place.
const STARS: &str = "***";

/// `text` without `known` secrets, values of telling names, credentials and user info of URLs.
pub fn redact(text: &str, known: &[&str]) -> String {
    let mut out = text.to_owned();
    for secret in known.iter().filter(|secret| !secret.is_empty()) {
        out = out.replace(secret, STARS);
    }
    let out = user_info(&out);
    let out = after_words(&out, &["Bearer ", "bearer ", "Basic ", "basic "]);
    telling_values(&out)
}

/// `https://user:password@host` becomes `https://***@host`.
fn user_info(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end =
            tail.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(tail.len());
        rest = match tail[..end].rfind('@') {
            Some(sign) => {
                out.push_str(STARS);
                &tail[sign..]
            }
            None => tail,
        };
    }
    out.push_str(rest);
    out
}

/// The word after each of `words` becomes stars.
fn after_words(text: &str, words: &[&str]) -> String {
    let mut out = text.to_owned();
    for word in words {
        let mut done = String::with_capacity(out.len());
        let mut rest = out.as_str();
        while let Some(at) = rest.find(word) {
            let (head, tail) = rest.split_at(at + word.len());
            done.push_str(head);
            let end = word_end(tail);
            if end >= 8 {
                done.push_str(STARS);
                rest = &tail[end..];
            } else {
                rest = tail;
            }
        }
        done.push_str(rest);
        out = done;
    }
    out
}

/// The value after a telling name and `=` or `:` becomes stars.
fn telling_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        rest = tail;
        if !is_telling(&head[..at]) {
            continue;
        }
        let blank = tail.len() - tail.trim_start_matches([' ', '"', '\'', '\\']).len();
        let end = word_end(&tail[blank..]);
        if end > 0 && !tail[blank..].starts_with(STARS) {
            out.push_str(&tail[..blank]);
            out.push_str(STARS);
            rest = &tail[blank + end..];
        }
    }
    out.push_str(rest);
    out
}

/// Whether the name that `head` ends with tells of a secret.
fn is_telling(head: &str) -> bool {
    let head = head.trim_end_matches([' ', '"', '\'', '\\']);
    let start = head
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
    let name = head[start..].to_ascii_lowercase();
    name.len() <= 64
        && TELLING.iter().any(|word| {
            let named = name.ends_with(word) || name.contains(&format!("{word}_"));
            // `monkey: banana` and `KeyError: x` are no secrets.
            named
                && (*word != "key"
                    || name == "key"
                    || name.contains("_key")
                    || name.contains("-key"))
        })
}

fn word_end(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "\"'\\,;&<>)]}".contains(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn secrets_are_taken_out() {
        for (text, expected) in [
            ("the token t0p is bad", "the token *** is bad"),
            ("see https://me:pw@git.example/x", "see https://***@git.example/x"),
            ("Authorization: Bearer abcdefgh123", "Authorization: Bearer ***"),
            ("AAP_TOKEN=abc rest", "AAP_TOKEN=*** rest"),
            (r#"{"db_password": "hunter2"}"#, r#"{"db_password": "***"}"#),
            ("secret_id: 'x y'", "secret_id: '*** y'"),
            ("SSH_KEY=abc", "SSH_KEY=***"),
        ] {
            assert_eq!(redact(text, &["t0p"]), expected);
        }
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "KeyError: 'name'",
            "monkey: banana",
            "http://aap.example:8080/api?x=1@2",
            "fatal: [localhost]: FAILED! => {\"msg\": \"no route\"}",
            "the bearer of bad news",
            "",
        ] {
            assert_eq!(redact(text, &[""]), text);
        }
    }
}
