//! Types that are written in JSON in a way of their own.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::decode::{Decoder, text, wrong};
use super::table::Base;
use super::wire::{Fields, Wire};

/// The value of a type whose JSON is not that of a message. Null if it is absent.
pub(super) fn value(
    decoder: &mut Decoder<'_>,
    base: Base,
    bytes: &[u8],
    depth: usize,
) -> Result<Value, String> {
    match base {
        Base::Time => time(bytes, "%Y-%m-%dT%H:%M:%SZ"),
        Base::MicroTime => time(bytes, "%Y-%m-%dT%H:%M:%S.%6fZ"),
        Base::Quantity => {
            let found = parts(bytes, "Quantity")?.0;
            Ok(if found.is_empty() { "0" } else { text(found)? }.into())
        }
        Base::IntOrString => int_or_string(bytes),
        Base::Json => json(parts(bytes, "JSON")?.0),
        Base::Texts => texts(bytes, 1),
        Base::SchemaOrList(index) => {
            let items = lists(decoder, index, bytes, 2, depth)?;
            if items.is_empty() {
                schema(decoder, index, bytes, 1, depth)
            } else {
                Ok(items.into())
            }
        }
        Base::SchemaOrFlag(index) => match schema(decoder, index, bytes, 2, depth)? {
            Value::Null => Ok(number(bytes, 1)?.is_some_and(|number| number != 0).into()),
            schema => Ok(schema),
        },
        Base::SchemaOrTexts(index) => match texts(bytes, 2)? {
            Value::Array(items) if items.is_empty() => schema(decoder, index, bytes, 1, depth),
            items => Ok(items),
        },
        Base::Text | Base::Flag | Base::Integer | Base::Float | Base::Bytes | Base::Message(_) => {
            Err("proto: wrong wireType for field {field}".to_owned())
        }
    }
}

/// Field 1 as bytes, and whether there is anything at all.
fn parts<'a>(bytes: &'a [u8], message: &str) -> Result<(&'a [u8], bool), String> {
    let mut found: &[u8] = b"";
    let mut fields = Fields(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Wire::Bytes(bytes)) => found = bytes,
            (1, _) => return Err(wrong(message, 1, "bytes")),
            _ => {}
        }
    }
    Ok((found, !bytes.is_empty()))
}

/// A field that is a number; the last one counts.
fn number(bytes: &[u8], wanted: u32) -> Result<Option<i64>, String> {
    let mut found = None;
    let mut fields = Fields(bytes);
    while let Some((number, wire)) = fields.next()? {
        match wire {
            Wire::Varint(value) if number == wanted => found = Some(value.cast_signed()),
            _ => {}
        }
    }
    Ok(found)
}

fn time(bytes: &[u8], form: &str) -> Result<Value, String> {
    // Go clients send a time that is not there as an empty message.
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let seconds = number(bytes, 1)?.unwrap_or(0);
    let nanos = i32::try_from(number(bytes, 2)?.unwrap_or(0)).unwrap_or(-1);
    if !(0..1_000_000_000).contains(&nanos) {
        return Err("a time with nanoseconds that are none".to_owned());
    }
    let time = Timestamp::new(seconds, nanos).map_err(|_| "a time out of range")?;
    let time = time.to_zoned(TimeZone::UTC);
    if !(0..=9999).contains(&time.year()) {
        return Err("a time out of range".to_owned());
    }
    Ok(time.strftime(form).to_string().into())
}

fn int_or_string(bytes: &[u8]) -> Result<Value, String> {
    match number(bytes, 1)?.unwrap_or(0) {
        0 => Ok(number(bytes, 2)?.unwrap_or(0).into()),
        1 => {
            let mut found = "";
            let mut fields = Fields(bytes);
            while let Some(field) = fields.next()? {
                match field {
                    (3, Wire::Bytes(bytes)) => found = text(bytes)?,
                    (3, _) => return Err(wrong("IntOrString", 3, "text")),
                    _ => {}
                }
            }
            Ok(found.into())
        }
        other => Err(format!("impossible IntOrString.Type {other}")),
    }
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    crate::decode::json(bytes).map(|decoded| decoded.value)
}

fn texts(bytes: &[u8], wanted: u32) -> Result<Value, String> {
    let mut items = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, wire)) = fields.next()? {
        match wire {
            Wire::Bytes(bytes) if number == wanted => items.push(Value::from(text(bytes)?)),
            _ if number == wanted => return Err(wrong("a list of texts", number, "text")),
            _ => {}
        }
    }
    Ok(Value::Array(items))
}

/// All schemas in a field.
fn lists(
    decoder: &mut Decoder<'_>,
    index: usize,
    bytes: &[u8],
    wanted: u32,
    depth: usize,
) -> Result<Vec<Value>, String> {
    let mut items = Vec::new();
    let mut fields = Fields(bytes);
    while let Some((number, wire)) = fields.next()? {
        match wire {
            Wire::Bytes(bytes) if number == wanted => {
                let mut object = Map::new();
                decoder.message(index, bytes, depth, &mut object)?;
                items.push(Value::Object(object));
            }
            _ if number == wanted => return Err(wrong("a schema", number, "bytes")),
            _ => {}
        }
    }
    Ok(items)
}

/// The last schema in a field; null if there is none.
fn schema(
    decoder: &mut Decoder<'_>,
    index: usize,
    bytes: &[u8],
    wanted: u32,
    depth: usize,
) -> Result<Value, String> {
    let found = lists(decoder, index, bytes, wanted, depth)?;
    Ok(found.into_iter().next_back().unwrap_or(Value::Null))
}
