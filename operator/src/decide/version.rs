//! Config versions: which configuration is wanted, and which one is in force.

use serde_json::Value;

use super::Turn;
use crate::api::{ComputeInstanceSpec, JobState};

/// The version of a configuration: FNV-1a (64 bits, in hex) over the canonical JSON of the spec.
///
/// `restartRequestedAt` is left out: a restart is a mechanism of its own and no new configuration.
pub fn config_version(spec: &ComputeInstanceSpec) -> String {
    let spec = ComputeInstanceSpec { restart_requested_at: None, ..spec.clone() };
    let mut text = Vec::new();
    // A struct of strings always becomes JSON.
    canonical(&serde_json::to_value(spec).unwrap_or(Value::Null), &mut text);
    format!("{:016x}", fnv_1a_64(&text))
}

/// JSON without spaces and with sorted keys, whatever order a map keeps.
fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push(b'{');
            for (index, (key, member)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                leaf(key, out);
                out.push(b':');
                canonical(member, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                canonical(item, out);
            }
            out.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf(value, out),
    }
}

fn leaf(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing a text or a number into memory cannot fail.
    let _ = serde_json::to_writer(out, value);
}

fn fnv_1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Notes which version is in force.
pub fn reconcile(turn: &mut Turn<'_>) {
    let succeeded =
        turn.status.provision_job.as_ref().filter(|job| job.state == JobState::Succeeded);
    let annotation = turn.seen.playbook_version();
    let version = turn.policy.reconciled_version(turn.limits.provider, succeeded, annotation);
    if version.is_some() && version != turn.status.reconciled_config_version {
        turn.status.reconciled_config_version = version;
        turn.mark("configuration-reconciled");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Moment;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a_64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn canonical_json_sorts_its_keys() {
        let mut text = Vec::new();
        let value = serde_json::json!({"b": [1, {"d": null, "c": "x\"y"}], "a": true});
        canonical(&value, &mut text);
        assert_eq!(String::from_utf8(text).unwrap(), r#"{"a":true,"b":[1,{"c":"x\"y","d":null}]}"#);
    }

    #[test]
    fn a_restart_is_no_new_version_and_anything_else_is() {
        let spec = ComputeInstanceSpec {
            template_id: "osac.templates.ocp_virt_vm".into(),
            template_parameters: Some(r#"{"cpu_cores":2}"#.into()),
            restart_requested_at: None,
        };
        let restarted = ComputeInstanceSpec {
            restart_requested_at: Some(Moment(jiff::Timestamp::UNIX_EPOCH)),
            ..spec.clone()
        };
        assert_eq!(config_version(&spec), config_version(&restarted));
        let bigger = ComputeInstanceSpec { template_parameters: None, ..spec.clone() };
        assert_ne!(config_version(&spec), config_version(&bigger));
        assert_eq!(config_version(&spec).len(), 16);
    }
}
