//! Any object of any built-in kind, written in protobuf as Go writes it, is read as the same JSON;
//! and nothing that is not written so does harm.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::decode;
use super::table::{Base, DELETE_OPTIONS, Field, Form, TABLE};

/// Levels of messages that a random object has at most.
const LEVELS_MAX: usize = 7;

/// Chance for one object, from one number (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn text(&mut self) -> String {
        let words = ["a", "web-1", "grüße", "x y", "10Gi", "9\u{1f600}"];
        words[usize::try_from(self.next(6)).unwrap()].to_owned()
    }

    fn object(&mut self, index: usize, level: usize) -> Map<String, Value> {
        let mut object = Map::new();
        for field in &TABLE.message(index).fields {
            // Wide messages are thinned out, or objects would grow beyond all bounds.
            if self.next(3) > 0 || (level > 2 && self.next(3) > 0) {
                continue;
            }
            let value = match field.form {
                Form::Inline => {
                    let Base::Message(inner) = field.base else { unreachable!() };
                    object.extend(self.object(inner, level));
                    continue;
                }
                Form::List => {
                    let count = self.next(3);
                    let items = (0..count).filter_map(|_| self.value(field.base, level));
                    let items: Vec<Value> = items.collect();
                    (!items.is_empty()).then_some(Value::Array(items))
                }
                Form::Map => {
                    let mut entries = Map::new();
                    for _ in 0..=self.next(2) {
                        if let Some(value) = self.value(field.base, level) {
                            entries.insert(self.text(), value);
                        }
                    }
                    (!entries.is_empty()).then_some(Value::Object(entries))
                }
                Form::Kept => self.value(field.base, level),
                // A port 0 that is no pointer is the nothing that a server fills in.
                Form::Value => self.value(field.base, level).filter(|value| value != &json!(0)),
            };
            if let Some(value) = value {
                object.insert(field.name.to_owned(), value);
            }
        }
        object
    }

    /// None where it would go too deep. Never the nothing that Go leaves out.
    fn value(&mut self, base: Base, level: usize) -> Option<Value> {
        let deeper = level < LEVELS_MAX;
        Some(match base {
            Base::Text => self.text().into(),
            Base::Flag => true.into(),
            Base::Integer => json!([1, 80, -1, i32::MAX, i32::MIN][self.below(5)]),
            Base::Float => json!([0.5, -2.25][self.below(2)]),
            Base::Bytes => STANDARD.encode(self.text()).into(),
            Base::Time => "2026-11-25T19:49:44Z".into(),
            Base::MicroTime => "2026-11-25T19:49:44.000120Z".into(),
            Base::Quantity => "10Gi".into(),
            Base::IntOrString => [json!(0), json!(8080), json!("http")][self.below(3)].clone(),
            Base::Json => [json!({"f:a": {}}), json!([1, "x"]), json!("y")][self.below(3)].clone(),
            Base::Texts => json!([self.text(), self.text()]),
            Base::Message(index) => {
                return deeper.then(|| Value::Object(self.object(index, level + 1)));
            }
            Base::SchemaOrList(index) => {
                let schema = deeper.then(|| Value::Object(self.object(index, level + 1)))?;
                if self.next(2) == 0 { schema } else { json!([schema]) }
            }
            Base::SchemaOrFlag(index) => {
                let schema = deeper.then(|| Value::Object(self.object(index, level + 1)))?;
                if self.next(2) == 0 { schema } else { true.into() }
            }
            Base::SchemaOrTexts(index) => {
                let schema = deeper.then(|| Value::Object(self.object(index, level + 1)))?;
                if self.next(2) == 0 { schema } else { json!(["a"]) }
            }
        })
    }

    fn below(&mut self, count: u64) -> usize {
        usize::try_from(self.next(count)).unwrap()
    }
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    varint(u64::from(number) << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn put_number(number: u32, value: i64, out: &mut Vec<u8>) {
    varint(u64::from(number) << 3, out);
    varint(value.cast_unsigned(), out);
}

/// The message of an object, as Go writes it: what is nothing is written too.
fn message(index: usize, object: &Map<String, Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for field in &TABLE.message(index).fields {
        if field.form == Form::Inline {
            let Base::Message(inner) = field.base else { unreachable!() };
            put(field.number, &message(inner, object), &mut out);
            continue;
        }
        let Some(value) = object.get(field.name) else {
            absent(field, &mut out);
            continue;
        };
        match (field.form, value) {
            (Form::List, Value::Array(items)) => {
                items.iter().for_each(|item| one(field.number, field.base, item, &mut out));
            }
            (Form::Map, Value::Object(entries)) => {
                for (key, value) in entries {
                    let mut entry = Vec::new();
                    put(1, key.as_bytes(), &mut entry);
                    one(2, field.base, value, &mut entry);
                    put(field.number, &entry, &mut out);
                }
            }
            _ => one(field.number, field.base, value, &mut out),
        }
    }
    out
}

/// gogo writes the nothing of fields that are no pointers.
fn absent(field: &Field, out: &mut Vec<u8>) {
    if field.form != Form::Value {
        return;
    }
    match field.base {
        Base::Text | Base::Time | Base::MicroTime | Base::Json => put(field.number, b"", out),
        Base::Flag | Base::Integer => put_number(field.number, 0, out),
        _ => {}
    }
}

fn one(number: u32, base: Base, value: &Value, out: &mut Vec<u8>) {
    let text = value.as_str().unwrap_or_default();
    let mut inner = Vec::new();
    match base {
        Base::Text => return put(number, text.as_bytes(), out),
        Base::Bytes => return put(number, &STANDARD.decode(text).unwrap(), out),
        Base::Flag => return put_number(number, value.as_bool().unwrap().into(), out),
        Base::Integer => return put_number(number, value.as_i64().unwrap(), out),
        Base::Float => {
            varint(u64::from(number) << 3 | 1, out);
            return out.extend_from_slice(&value.as_f64().unwrap().to_le_bytes());
        }
        Base::Time | Base::MicroTime => {
            let time: jiff::Timestamp = text.parse().unwrap();
            put_number(1, time.as_second(), &mut inner);
            put_number(2, time.subsec_nanosecond().into(), &mut inner);
        }
        Base::Quantity => put(1, text.as_bytes(), &mut inner),
        Base::IntOrString => {
            put_number(1, value.is_string().into(), &mut inner);
            put_number(2, value.as_i64().unwrap_or(0), &mut inner);
            put(3, text.as_bytes(), &mut inner);
        }
        Base::Json => put(1, value.to_string().as_bytes(), &mut inner),
        Base::Texts => texts(1, value, &mut inner),
        Base::Message(index) => inner = message(index, value.as_object().unwrap()),
        Base::SchemaOrList(index) => match value {
            Value::Array(items) => {
                items.iter().for_each(|item| one(2, Base::Message(index), item, &mut inner));
            }
            schema => one(1, Base::Message(index), schema, &mut inner),
        },
        Base::SchemaOrFlag(index) => {
            put_number(1, i64::from(value != &Value::Bool(false)), &mut inner);
            if value.is_object() {
                one(2, Base::Message(index), value, &mut inner);
            }
        }
        Base::SchemaOrTexts(index) => match value {
            Value::Array(_) => texts(2, value, &mut inner),
            schema => one(1, Base::Message(index), schema, &mut inner),
        },
    }
    put(number, &inner, out);
}

fn texts(number: u32, value: &Value, out: &mut Vec<u8>) {
    for item in value.as_array().unwrap() {
        put(number, item.as_str().unwrap().as_bytes(), out);
    }
}

fn body(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let mut meta = Vec::new();
    put(1, api_version.as_bytes(), &mut meta);
    put(2, kind.as_bytes(), &mut meta);
    let mut out = b"k8s\0".to_vec();
    put(1, &meta, &mut out);
    put(2, message, &mut out);
    put(3, b"", &mut out);
    put(4, b"", &mut out);
    out
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_go_writes_is_read_as_the_json_that_it_means(seed: u64) {
        let mut chance = Chance(seed);
        let at = chance.below(TABLE.kinds.len() as u64);
        let ((api_version, kind), index) = TABLE.kinds.iter().nth(at).unwrap();
        let object = chance.object(*index, 0);
        let bytes = body(api_version, kind, &message(*index, &object));
        let mut expected = object;
        expected.insert("apiVersion".into(), (*api_version).into());
        expected.insert("kind".into(), (*kind).into());
        prop_assert_eq!(decode(&bytes, ("", "")), Ok(Value::Object(expected)));
    }

    #[test]
    fn a_changed_body_is_read_or_refused(seed: u64, at: usize, byte: u8, cut: usize) {
        let mut chance = Chance(seed);
        let kind = chance.below(TABLE.kinds.len() as u64);
        let ((api_version, kind), index) = TABLE.kinds.iter().nth(kind).unwrap();
        let object = chance.object(*index, 3);
        let mut bytes = body(api_version, kind, &message(*index, &object));
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.truncate(cut % (2 * length) + 1);
        let _ = decode(&bytes, ("v1", "Pod"));
    }

    #[test]
    fn noise_is_read_or_refused(bytes: Vec<u8>) {
        let _ = decode(&body("v1", "Pod", &bytes), ("v1", "Pod"));
        let _ = decode(&[b"k8s\0", bytes.as_slice()].concat(), ("v1", "Pod"));
    }
}

#[test]
fn the_options_of_a_deletion_have_any_version() {
    let index = TABLE.of_kind("v1", DELETE_OPTIONS).unwrap();
    let options = json!({"propagationPolicy": "Foreground", "gracePeriodSeconds": 0,
        "preconditions": {"uid": "u"}});
    let bytes = body("apps/v1", DELETE_OPTIONS, &message(index, options.as_object().unwrap()));
    let found = decode(&bytes, ("", "")).unwrap();
    assert_eq!(found["propagationPolicy"], "Foreground");
    assert_eq!(found["gracePeriodSeconds"], 0);
    assert_eq!(found["preconditions"]["uid"], "u");
}

#[test]
fn hostile_bodies_are_refused_with_a_reason() {
    let refused = |bytes: &[u8]| decode(bytes, ("v1", "Pod")).unwrap_err();
    assert!(refused(b"").contains("does not appear to be a protobuf message"));
    assert!(refused(b"{}").contains("does not appear to be a protobuf message"));
    assert_eq!(refused(b"k8s\0\x0a"), "unexpected EOF");
    assert_eq!(refused(&body("v1", "Pod", b"\x0a\x05\x0a\x01")), "unexpected EOF");
    let huge = b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
    assert_eq!(refused(&body("v1", "Pod", huge)), "unexpected EOF");
    let endless = [b"\x08".as_slice(), &[0xff; 11]].concat();
    assert_eq!(refused(&body("v1", "Pod", &endless)), "proto: integer overflow");
    let number = "proto: wrong wireType for field 1 of Pod";
    assert_eq!(refused(&body("v1", "Pod", b"\x08\x01")), number);
    assert_eq!(refused(&body("v1", "Pod", b"\x0b")), "proto: illegal wireType 3");
    assert_eq!(refused(&body("v1", "Pod", b"\x02\x00")), "proto: illegal tag 0 (wire type 2)");
    let latin = body("v1", "Pod", b"\x0a\x03\x0a\x01\xff");
    assert_eq!(refused(&latin), "proto: invalid UTF-8");
    let unknown = refused(&body("v9", "Pod", b""));
    assert_eq!(unknown, "no kind \"Pod\" is registered for version \"v9\"");
}

#[test]
fn depth_and_size_have_limits() {
    let index = TABLE.of_kind("apiextensions.k8s.io/v1", "CustomResourceDefinition").unwrap();
    let schema = TABLE.message(index).fields.iter().find_map(|field| schema_in(field.base));
    let (schema, number) = schema.expect("a CRD has schemas somewhere below");
    let mut deep = Vec::new();
    for _ in 0..100 {
        let mut outer = Vec::new();
        put(number, &deep, &mut outer);
        deep = outer;
    }
    let mut decoder = super::decode::Decoder::new();
    let why = decoder.message(schema, &deep, 0, &mut Map::new()).unwrap_err();
    assert_eq!(why, "nested more than 64 messages deep");
    let pod = TABLE.of_kind("v1", "ConfigMap").unwrap();
    let many = b"\x0a\x00".repeat(600_000);
    let why = decoder.message(pod, &many, 0, &mut Map::new()).unwrap_err();
    assert_eq!(why, "more than 500000 values");
}

/// The message of schemas below a type, and the number of its field `not`.
fn schema_in(base: Base) -> Option<(usize, u32)> {
    let Base::Message(index) = base else { return None };
    let message = TABLE.message(index);
    if message.name == "JSONSchemaProps" {
        let not = message.fields.iter().find(|field| field.name == "not")?;
        return Some((index, not.number));
    }
    message.fields.iter().find_map(|field| schema_in(field.base))
}

/// What the Go types write themselves, read by the table that was made from them.
#[test]
fn what_go_has_written_is_read_as_what_go_has_meant() {
    let samples = include_str!("samples.txt").lines();
    for line in samples.clone() {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        let (api_version, kind) = (word(), word());
        let bytes = body(api_version, kind, &STANDARD.decode(word()).unwrap());
        let mut meant: Value = serde_json::from_str(word()).unwrap();
        let mut read = decode(&bytes, ("", "")).unwrap();
        meant["apiVersion"] = api_version.into();
        meant["kind"] = kind.into();
        strip(&mut meant);
        strip(&mut read);
        assert_eq!(difference(&read, &meant), None, "{kind}");
    }
    assert!(samples.count() > 10);
}

/// Takes away what says nothing: null, and texts without a letter.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(strip);
            map.retain(|_, value| !value.is_null() && *value != "");
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where two values differ first, and how.
fn difference(read: &Value, meant: &Value) -> Option<String> {
    let children = |value: &Value| match value {
        Value::Object(map) => map.clone(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone())).collect()
        }
        _ => Map::new(),
    };
    let (left, right) = (children(read), children(meant));
    if left.is_empty() && right.is_empty() {
        return (read != meant).then(|| format!(": read {read}, meant {meant}"));
    }
    left.keys().chain(right.keys()).find_map(|key| {
        let (one, other) = (left.get(key), right.get(key));
        let null = Value::Null;
        let inner = difference(one.unwrap_or(&null), other.unwrap_or(&null))?;
        Some(format!(".{key}{inner}"))
    })
}
