//! The custom resources that stand in every world: the operator's own, and those of KubeVirt as
//! far as the world needs them.

use std::sync::LazyLock;

use apiserver::{ApiServer, Crd};
use serde_json::{Value, json};

/// All of them, compiled. Made once in a process: deriving and compiling them takes longer than a
/// whole life of an instance.
///
/// # Errors
/// Which definition the API server does not take.
pub fn all() -> Result<&'static [Crd], String> {
    static ALL: LazyLock<Result<Vec<Crd>, String>> = LazyLock::new(|| {
        let own = operator::crds::all();
        let own = own.iter().map(|crd| serde_json::to_value(crd).unwrap_or_default());
        own.chain(kubevirt()).map(|crd| compile(&crd)).collect()
    });
    ALL.as_deref().map_err(Clone::clone)
}

/// Takes those into service that are not there yet.
///
/// # Errors
/// Which definition the API server does not take.
pub fn install_missing(server: &ApiServer) -> Result<(), String> {
    for crd in all()? {
        match server.install(crd) {
            Err(error) if error.reason() != "AlreadyExists" => {
                return Err(format!("a CRD could not be installed: {error}"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Those of KubeVirt, compiled, without the named ones: for operators that bring their own.
///
/// # Errors
/// As [`all`].
pub fn of_kubevirt(without: &[String]) -> Result<Vec<Crd>, String> {
    let named = |crd: &&Value| without.iter().any(|name| crd["metadata"]["name"] == **name);
    kubevirt().iter().filter(|crd| !named(crd)).map(compile).collect()
}

fn compile(crd: &Value) -> Result<Crd, String> {
    let name = crd.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    Crd::compile(crd).map_err(|error| format!("the CRD {name} is not valid: {error}"))
}

/// VirtualMachine and VirtualMachineInstance. All below `spec` and `status` is kept as it is.
fn kubevirt() -> [Value; 2] {
    [
        crd("VirtualMachine", "virtualmachines", "vm", true),
        // as in KubeVirt: the status of an instance is not a subresource
        crd("VirtualMachineInstance", "virtualmachineinstances", "vmi", false),
    ]
}

fn crd(kind: &str, plural: &str, short: &str, status: bool) -> Value {
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = json!({"type": "object", "properties": {"spec": any, "status": any}});
    let subresources = if status { json!({"status": {}}) } else { json!({}) };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.kubevirt.io")},
        "spec": {
            "group": "kubevirt.io", "scope": "Namespaced",
            "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural,
                      "singular": kind.to_ascii_lowercase(), "shortNames": [short]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                          "schema": {"openAPIV3Schema": schema}, "subresources": subresources}],
        },
    })
}
