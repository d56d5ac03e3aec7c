//! What changed between two revisions of an object, so that a page holds each object once.
//!
//! A change is `[value]` (it is this now), `0` (it is gone) or an object of changes by field, or
//! by position in a list that kept its length. `script/data.js` undoes it.

use serde_json::{Map, Value};

use super::json;

/// Writes what turns `old` into `new`.
pub(super) fn write(out: &mut Vec<u8>, old: &Value, new: &Value) {
    if !changed(out, old, new) {
        out.extend_from_slice(b"{}");
    }
}

/// Writes that it is this now.
pub(super) fn set(out: &mut Vec<u8>, new: &Value) {
    out.push(b'[');
    json::value(out, new);
    out.push(b']');
}

/// Writes a change; nothing, where there is none. Whether there is one. Each value is walked once:
/// most of an object stays as it is.
fn changed(out: &mut Vec<u8>, old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => fields(out, old, new),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut parts = Parts::begin(out);
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                parts.change(&at.to_string(), old, new);
            }
            parts.end()
        }
        _ if old == new => false,
        _ => {
            set(out, new);
            true
        }
    }
}

fn fields(out: &mut Vec<u8>, old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let mut parts = Parts::begin(out);
    // fields are mostly the same ones in the same order: a lookup is for where they are not
    let mut before = old.iter().peekable();
    let mut gone = Vec::new();
    for (key, value) in new {
        while before.peek().is_some_and(|(name, _)| *name < key && !new.contains_key(*name)) {
            gone.extend(before.next().map(|(name, _)| name));
        }
        let same = before.next_if(|(name, _)| *name == key).map(|(_, value)| value);
        match same.or_else(|| old.get(key)) {
            Some(former) => parts.change(key, former, value),
            None => parts.part(key, |out| {
                set(out, value);
                true
            }),
        }
    }
    gone.extend(before.map(|(name, _)| name).filter(|name| !new.contains_key(*name)));
    for key in gone {
        parts.part(key, |out| {
            out.push(b'0');
            true
        });
    }
    parts.end()
}

/// An object of changes that is taken back if it stays empty.
struct Parts<'o> {
    out: &'o mut Vec<u8>,
    from: usize,
    count: usize,
}

impl<'o> Parts<'o> {
    fn begin(out: &'o mut Vec<u8>) -> Parts<'o> {
        let from = out.len();
        out.push(b'{');
        Parts { out, from, count: 0 }
    }

    /// A part that was there before.
    fn change(&mut self, name: &str, old: &Value, new: &Value) {
        let is_whole = |value: &Value| !value.is_object() && !value.is_array();
        // most of them: not even the name is written
        if is_whole(old) && old == new {
            return;
        }
        self.part(name, |out| changed(out, old, new));
    }

    /// A part, which `write` writes if it changed.
    fn part(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let from = self.out.len();
        json::comma(self.out, self.count);
        json::text(self.out, name);
        self.out.push(b':');
        if write(self.out) {
            self.count += 1;
        } else {
            self.out.truncate(from);
        }
    }

    fn end(self) -> bool {
        if self.count == 0 {
            self.out.truncate(self.from);
            return false;
        }
        self.out.push(b'}');
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn delta(old: &Value, new: &Value) -> Value {
        let mut out = Vec::new();
        write(&mut out, old, new);
        serde_json::from_slice(&out).unwrap()
    }

    /// What the browser does.
    fn applied(old: Option<&Value>, delta: &Value) -> Option<Value> {
        match delta {
            Value::Array(set) => Some(set[0].clone()),
            Value::Object(changes) => {
                let mut new = old.unwrap().clone();
                for (key, change) in changes {
                    match &mut new {
                        Value::Array(items) => {
                            let at: usize = key.parse().unwrap();
                            items[at] = applied(Some(&items[at]), change).unwrap();
                        }
                        Value::Object(fields) => {
                            match applied(fields.get(key), change) {
                                Some(value) => fields.insert(key.clone(), value),
                                None => fields.remove(key),
                            };
                        }
                        _ => unreachable!("only what has parts is changed in parts"),
                    }
                }
                Some(new)
            }
            _ => None,
        }
    }

    #[test]
    fn only_what_changed_is_written() {
        let old = json!({"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": null});
        let new = json!({"a": 1, "b": {"c": [1, 3], "d": "x"}, "f": [0]});
        assert_eq!(delta(&old, &new), json!({"b": {"c": {"1": [3]}}, "f": [[0]], "e": 0}));
        assert_eq!(delta(&old, &old), json!({}));
        assert_eq!(delta(&json!([1]), &json!([1, 2])), json!([[1, 2]]));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3u32).prop_map(Value::from),
            "[a-b\"\\\\\n]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c0]", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn what_was_taken_apart_goes_together(old in any_value(), new in any_value()) {
            prop_assert_eq!(applied(Some(&old), &delta(&old, &new)), Some(new));
        }
    }
}
