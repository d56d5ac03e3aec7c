//! From protobuf to JSON, by the table.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use super::special;
use super::table::{Base, Field, Form, TABLE, Table};
use super::wire::{Fields, Wire};

/// What every body in protobuf begins with.
const MAGIC: &[u8] = b"k8s\0";

/// Deepest nesting of messages.
const DEPTH_MAX: usize = 64;

/// Values that one body may hold: many more than the largest body of a real client has.
const VALUES_MAX: usize = 500_000;

/// Decodes a body. `expected`: `apiVersion` and kind of a body that does not say them.
pub(crate) fn decode(bytes: &[u8], expected: (&str, &str)) -> Result<Value, String> {
    let raw = bytes.strip_prefix(MAGIC).ok_or(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    )?;
    let Envelope { api_version, kind, raw } = Envelope::read(raw)?;
    let wanted = if kind.is_empty() { expected } else { (api_version, kind) };
    let Some(index) = TABLE.of_kind(wanted.0, wanted.1) else {
        return Err(format!("no kind \"{}\" is registered for version \"{}\"", wanted.1, wanted.0));
    };
    let mut object = Map::new();
    for (field, text) in [("apiVersion", api_version), ("kind", kind)] {
        if !text.is_empty() {
            object.insert(field.to_owned(), text.into());
        }
    }
    Decoder::new().message(index, raw, 0, &mut object)?;
    Ok(Value::Object(object))
}

/// `runtime.Unknown`: what is around the message.
#[derive(Default)]
struct Envelope<'a> {
    api_version: &'a str,
    kind: &'a str,
    raw: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut envelope = Self::default();
        let mut fields = Fields(bytes);
        while let Some(field) = fields.next()? {
            match field {
                (1, Wire::Bytes(bytes)) => {
                    let mut fields = Fields(bytes);
                    while let Some(field) = fields.next()? {
                        match field {
                            (1, Wire::Bytes(bytes)) => envelope.api_version = text(bytes)?,
                            (2, Wire::Bytes(bytes)) => envelope.kind = text(bytes)?,
                            (1 | 2, _) => return Err(wrong("TypeMeta", field.0, "text")),
                            _ => {}
                        }
                    }
                }
                (2, Wire::Bytes(bytes)) => envelope.raw = bytes,
                // Neither encoding nor type is ever said by a client.
                (3 | 4, Wire::Bytes(b"")) => {}
                (3, _) => return Err("the encoding of the content is not known".to_owned()),
                (4, Wire::Bytes(b"application/vnd.kubernetes.protobuf")) => {}
                (4, _) => return Err("the type of the content is not known".to_owned()),
                (1 | 2, _) => return Err(wrong("Unknown", field.0, "bytes")),
                _ => {}
            }
        }
        Ok(envelope)
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "proto: invalid UTF-8".to_owned())
}

pub(super) fn wrong(message: &str, number: u32, wanted: &str) -> String {
    format!("proto: wrong wireType for field {number} of {message}: expected {wanted}")
}

/// Decodes one body.
pub(super) struct Decoder<'t> {
    table: &'t Table,
    /// Values so far.
    values: usize,
}

impl Decoder<'_> {
    pub(super) fn new() -> Self {
        Self { table: &TABLE, values: 0 }
    }

    /// Adds the fields of a message to an object.
    pub(super) fn message(
        &mut self,
        index: usize,
        bytes: &[u8],
        depth: usize,
        out: &mut Map<String, Value>,
    ) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} messages deep"));
        }
        let message = self.table.message(index);
        let mut fields = Fields(bytes);
        while let Some((number, wire)) = fields.next()? {
            // What nobody knows is left out, as protobuf wants it.
            let Some(field) = message.field(number) else { continue };
            self.count()?;
            self.field(field, wire, depth, out)
                .map_err(|why| why.replace("{field}", &format!("{number} of {}", message.name)))?;
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), String> {
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(format!("more than {VALUES_MAX} values"));
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &Field,
        wire: Wire<'_>,
        depth: usize,
        out: &mut Map<String, Value>,
    ) -> Result<(), String> {
        match field.form {
            Form::Inline => {
                let Base::Message(index) = field.base else { return Ok(()) };
                self.message(index, bytes_of(wire)?, depth + 1, out)
            }
            Form::List => {
                let items = out.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
                let Value::Array(items) = items else { return Ok(()) };
                self.items(field.base, wire, depth, items)
            }
            Form::Map => {
                let (key, value) = self.entry(field.base, bytes_of(wire)?, depth)?;
                let entries = out.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(entries) = entries {
                    entries.insert(key, value);
                }
                Ok(())
            }
            Form::Value | Form::Kept => {
                // A message that comes again is one with that before.
                let before = match field.base {
                    Base::Message(_) => out.remove(field.name),
                    _ => None,
                };
                let value = self.value(field.base, wire, depth, before)?;
                let kept = field.form == Form::Kept && !value.is_null();
                if kept || !is_nothing(&value) {
                    out.insert(field.name.to_owned(), value);
                }
                Ok(())
            }
        }
    }

    fn items(
        &mut self,
        base: Base,
        wire: Wire<'_>,
        depth: usize,
        items: &mut Vec<Value>,
    ) -> Result<(), String> {
        // Numbers may stand packed in one field.
        if let (Base::Integer | Base::Flag, Wire::Bytes(packed)) = (base, wire) {
            let mut packed = Fields(packed);
            while !packed.0.is_empty() {
                self.count()?;
                let number = Wire::Varint(packed.varint()?);
                items.push(self.value(base, number, depth, None)?);
            }
            return Ok(());
        }
        items.push(self.value(base, wire, depth, None)?);
        Ok(())
    }

    fn entry(&mut self, base: Base, bytes: &[u8], depth: usize) -> Result<(String, Value), String> {
        let (mut key, mut value) = (String::new(), None);
        let mut fields = Fields(bytes);
        while let Some(field) = fields.next()? {
            match field {
                (1, Wire::Bytes(bytes)) => text(bytes)?.clone_into(&mut key),
                (1, _) => return Err(wrong("an entry", 1, "text")),
                (2, wire) => value = Some(self.value(base, wire, depth, None)?),
                _ => {}
            }
        }
        let value = match value {
            Some(value) => value,
            None => self.value(base, nothing_of(base), depth, None)?,
        };
        Ok((key, value))
    }

    fn value(
        &mut self,
        base: Base,
        wire: Wire<'_>,
        depth: usize,
        before: Option<Value>,
    ) -> Result<Value, String> {
        Ok(match (base, wire) {
            (Base::Text, Wire::Bytes(bytes)) => text(bytes)?.into(),
            (Base::Bytes, Wire::Bytes(bytes)) => STANDARD.encode(bytes).into(),
            (Base::Flag, Wire::Varint(number)) => (number != 0).into(),
            (Base::Integer, Wire::Varint(number)) => number.cast_signed().into(),
            (Base::Float, Wire::Fixed64(bits)) => {
                let number = Number::from_f64(f64::from_bits(bits));
                Value::Number(number.ok_or("a number is not finite")?)
            }
            (Base::Message(index), Wire::Bytes(bytes)) => {
                let mut object = match before {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                self.message(index, bytes, depth + 1, &mut object)?;
                Value::Object(object)
            }
            (_, Wire::Bytes(bytes)) => special::value(self, base, bytes, depth + 1)?,
            _ => return Err("proto: wrong wireType for field {field}".to_owned()),
        })
    }
}

fn bytes_of(wire: Wire<'_>) -> Result<&[u8], String> {
    match wire {
        Wire::Bytes(bytes) => Ok(bytes),
        Wire::Varint(_) | Wire::Fixed64(_) | Wire::Fixed32(_) => {
            Err("proto: wrong wireType for field {field}".to_owned())
        }
    }
}

/// The value of an entry that has none.
fn nothing_of(base: Base) -> Wire<'static> {
    match base {
        Base::Flag | Base::Integer => Wire::Varint(0),
        Base::Float => Wire::Fixed64(0),
        _ => Wire::Bytes(b""),
    }
}

/// What Go leaves out, or would have said by saying nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}
