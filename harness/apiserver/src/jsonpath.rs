//! The part of JSONPath that printer columns use: fields, indexes, `[*]`, and filters such as
//! `[?(@.type=="Ready")]`.

use serde_json::Value;

/// Steps that one path may have.
const STEPS_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    All,
    /// Items whose field (or the item itself) compares so.
    Filter {
        path: Vec<String>,
        equal: bool,
        wanted: Option<Value>,
    },
}

/// A compiled path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath(Vec<Step>);

impl JsonPath {
    /// None if the text is not a path of the supported kind.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text.trim().trim_start_matches('{').trim_end_matches('}');
        rest = rest.strip_prefix('$').unwrap_or(rest);
        while !rest.is_empty() {
            if steps.len() >= STEPS_MAX {
                return None;
            }
            if let Some(after) = rest.strip_prefix('[') {
                let end = closing(after)?;
                steps.push(bracket(after[..end].trim())?);
                rest = &after[end + 1..];
            } else {
                let after = rest.strip_prefix('.').unwrap_or(rest);
                let (field, left) = field(after)?;
                steps.push(if field == "*" { Step::All } else { Step::Field(field) });
                rest = left;
            }
        }
        Some(Self(steps))
    }

    /// The first value that the path finds.
    pub(crate) fn first<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        find(root, &self.0)
    }
}

/// Where the bracket closes, not counting what stands in quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// A field name, in which `\.` stands for a dot, and what follows it.
fn field(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?.1),
            '.' | '[' => return (!name.is_empty()).then(|| (name, &text[at..])),
            _ => name.push(letter),
        }
    }
    (!name.is_empty()).then_some((name, ""))
}

fn bracket(inner: &str) -> Option<Step> {
    if inner == "*" {
        return Some(Step::All);
    }
    if let Some(quoted) = unquote(inner) {
        return Some(Step::Field(quoted.to_owned()));
    }
    if let Some(filter) = inner.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        return parse_filter(filter.trim());
    }
    inner.parse().ok().map(Step::Index)
}

fn unquote(text: &str) -> Option<&str> {
    ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
}

fn parse_filter(text: &str) -> Option<Step> {
    let (left, equal, right) = match (text.split_once("=="), text.split_once("!=")) {
        (Some((left, right)), _) => (left, true, Some(right)),
        (None, Some((left, right))) => (left, false, Some(right)),
        (None, None) => (text, true, None),
    };
    let left = left.trim().strip_prefix('@')?;
    let mut path = Vec::new();
    let mut rest = left;
    while !rest.is_empty() {
        let (name, left) = field(rest.strip_prefix('.')?)?;
        path.push(name);
        rest = left;
    }
    let wanted = match right.map(str::trim) {
        None => None,
        Some(right) => Some(match unquote(right) {
            Some(text) => Value::from(text),
            None => serde_json::from_str(right).ok()?,
        }),
    };
    Some(Step::Filter { path, equal, wanted })
}

fn find<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(value) };
    match step {
        Step::Field(name) => find(value.get(name)?, rest),
        Step::Index(index) => {
            let items = value.as_array()?;
            let at = if *index < 0 { index + i64::try_from(items.len()).ok()? } else { *index };
            find(items.get(usize::try_from(at).ok()?)?, rest)
        }
        Step::All => match value {
            Value::Array(items) => items.iter().find_map(|item| find(item, rest)),
            Value::Object(map) => map.values().find_map(|member| find(member, rest)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        },
        Step::Filter { path, equal, wanted } => {
            let passes = |item: &&Value| {
                let found = path.iter().try_fold(*item, |at, name| at.get(name));
                match wanted {
                    None => found.is_some(),
                    Some(wanted) => found.is_some_and(|found| (found == wanted) == *equal),
                }
            };
            value.as_array()?.iter().filter(passes).find_map(|item| find(item, rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_find_the_first_value() {
        let object = json!({"a": {"b.c": [1, 2, 3]}, "conditions": [
            {"type": "Up", "status": "False"}, {"type": "Ready", "status": "True"}]});
        for (path, wanted) in [
            (".a", Some(json!({"b.c": [1, 2, 3]}))),
            (".a.b\\.c[1]", Some(json!(2))),
            (".a['b.c'][-1]", Some(json!(3))),
            (".a['b.c'][*]", Some(json!(1))),
            (".conditions[?(@.type=='Ready')].status", Some(json!("True"))),
            ("{.conditions[?(@.type!=\"Up\")].status}", Some(json!("True"))),
            (".conditions[?(@.gone)].status", None),
            (".x.y", None),
            (".a[0]", None),
        ] {
            let found = JsonPath::parse(path).unwrap();
            assert_eq!(found.first(&object), wanted.as_ref(), "{path}");
        }
    }

    #[test]
    fn other_paths_are_refused() {
        for path in ["..a", ".a[", ".a[x]", ".a[?(b)]", ".a[?(@.b==x)]", "a\\"] {
            assert_eq!(JsonPath::parse(path), None, "{path}");
        }
    }
}
