//! Version 2 in protobuf, as old clients want it: the messages of `openapi.v2.Document`, written by
//! hand from the document in JSON.

use serde_json::{Map, Value};

/// A message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).unwrap_or(0));
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u64, value: Option<&Value>) {
        if let Some(text) = value.and_then(Value::as_str) {
            self.bytes(field, text.as_bytes());
        }
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    fn flag(&mut self, field: u64, value: Option<&Value>) {
        if value == Some(&Value::Bool(true)) {
            self.varint(field << 3);
            self.varint(1);
        }
    }

    fn count(&mut self, field: u64, value: Option<&Value>) {
        if let Some(count) = value.and_then(Value::as_u64) {
            self.varint(field << 3);
            self.varint(count);
        }
    }

    fn float(&mut self, field: u64, value: Option<&Value>) {
        if let Some(float) = value.and_then(Value::as_f64) {
            self.varint(field << 3 | 1);
            self.0.extend_from_slice(&float.to_le_bytes());
        }
    }

    /// `NamedX { name = 1, value = 2 }`
    fn named(&mut self, field: u64, name: &str, value: &Self) {
        let mut named = Self::default();
        named.bytes(1, name.as_bytes());
        named.message(2, value);
        self.message(field, &named);
    }

    /// `Any { yaml = 2 }`
    fn any(&mut self, field: u64, value: &Value) {
        let mut any = Self::default();
        any.bytes(2, value.to_string().as_bytes());
        self.message(field, &any);
    }

    /// The members that begin with `x-`.
    fn extensions(&mut self, field: u64, map: &Map<String, Value>) {
        for (name, value) in map.iter().filter(|(name, _)| name.starts_with("x-")) {
            let mut any = Self::default();
            any.bytes(2, value.to_string().as_bytes());
            self.named(field, name, &any);
        }
    }
}

/// The whole document.
pub(super) fn document(source: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, source.get("swagger"));
    let mut info = Message::default();
    info.text(1, source.pointer("/info/title"));
    info.text(2, source.pointer("/info/version"));
    out.message(2, &info);
    let mut paths = Message::default();
    for (path, item) in members(&source["paths"]) {
        paths.named(2, path, &path_item(item));
    }
    out.message(8, &paths);
    let mut definitions = Message::default();
    for (name, definition) in members(&source["definitions"]) {
        definitions.named(1, name, &schema(definition));
    }
    out.message(9, &definitions);
    out.0
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items<'a>(map: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    map.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn path_item(source: &Value) -> Message {
    let mut out = Message::default();
    let Some(map) = source.as_object() else { return out };
    for (field, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if let Some(source) = map.get(method).and_then(Value::as_object) {
            out.message(field, &operation(source));
        }
    }
    for source in items(map, "parameters") {
        out.message(9, &parameter(source));
    }
    out
}

fn operation(map: &Map<String, Value>) -> Message {
    let mut out = Message::default();
    for source in items(map, "parameters") {
        out.message(8, &parameter(source));
    }
    let mut responses = Message::default();
    for (code, source) in map.get("responses").into_iter().flat_map(members) {
        let mut response = Message::default();
        response.text(1, source.get("description"));
        if let Some(source) = source.get("schema") {
            // SchemaItem { schema = 1 }
            let mut item = Message::default();
            item.message(1, &schema(source));
            response.message(2, &item);
        }
        // ResponseValue { response = 1 }
        let mut value = Message::default();
        value.message(1, &response);
        responses.named(1, code, &value);
    }
    out.message(9, &responses);
    out.extensions(13, map);
    out
}

/// `ParametersItem { parameter = 1 }` of `Parameter { body = 1, other = 2 }`
fn parameter(source: &Value) -> Message {
    let place = source.get("in").and_then(Value::as_str).unwrap_or_default();
    let mut found = Message::default();
    if place == "body" {
        let mut body = Message::default();
        body.text(2, source.get("name"));
        body.text(3, source.get("in"));
        body.flag(4, source.get("required"));
        body.message(5, &schema(&source["schema"]));
        found.message(1, &body);
    } else {
        let mut inner = Message::default();
        inner.flag(1, source.get("required"));
        inner.text(2, source.get("in"));
        inner.text(4, source.get("name"));
        // In a query a field more comes before the type.
        let (kind, alternative) = if place == "query" { (6, 3) } else { (5, 4) };
        inner.text(kind, source.get("type"));
        let mut other = Message::default();
        other.message(alternative, &inner);
        found.message(2, &other);
    }
    let mut item = Message::default();
    item.message(1, &found);
    item
}

fn schema(source: &Value) -> Message {
    let mut out = Message::default();
    let Some(map) = source.as_object() else { return out };
    let at = |name: &str| map.get(name);
    out.text(1, at("$ref"));
    out.text(2, at("format"));
    out.text(3, at("title"));
    out.text(4, at("description"));
    if let Some(default) = at("default") {
        out.any(5, default);
    }
    out.float(6, at("multipleOf"));
    out.float(7, at("maximum"));
    out.flag(8, at("exclusiveMaximum"));
    out.float(9, at("minimum"));
    out.flag(10, at("exclusiveMinimum"));
    out.count(11, at("maxLength"));
    out.count(12, at("minLength"));
    out.text(13, at("pattern"));
    out.count(14, at("maxItems"));
    out.count(15, at("minItems"));
    out.flag(16, at("uniqueItems"));
    out.count(17, at("maxProperties"));
    out.count(18, at("minProperties"));
    for name in items(map, "required") {
        out.text(19, Some(name));
    }
    for value in items(map, "enum") {
        out.any(20, value);
    }
    match at("additionalProperties") {
        Some(below @ Value::Object(_)) => {
            let mut item = Message::default();
            item.message(1, &schema(below));
            out.message(21, &item);
        }
        Some(Value::Bool(allowed)) => {
            let mut item = Message::default();
            item.varint(2 << 3);
            item.varint(u64::from(*allowed));
            out.message(21, &item);
        }
        _ => {}
    }
    if let Some(kind) = at("type") {
        let mut item = Message::default();
        item.text(1, Some(kind));
        out.message(22, &item);
    }
    if let Some(below) = at("items") {
        let mut item = Message::default();
        item.message(1, &schema(below));
        out.message(23, &item);
    }
    if let Some(properties) = at("properties") {
        let mut all = Message::default();
        for (name, property) in members(properties) {
            all.named(1, name, &schema(property));
        }
        out.message(25, &all);
    }
    out.extensions(31, map);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_those_of_the_format() {
        let source = json!({"type": "string", "maxLength": 300, "x-a": true});
        // 11: 300 as a varint; 22: a TypeItem; 31: a NamedAny with YAML.
        let wanted = [
            &[11 << 3, 0xac, 0x02][..],
            &[0xb2, 0x01, 8, 0x0a, 6],
            b"string",
            &[0xfa, 0x01, 13, 0x0a, 3],
            b"x-a",
            &[0x12, 6, 0x12, 4],
            b"true",
        ]
        .concat();
        assert_eq!(schema(&source).0, wanted);
    }
}
