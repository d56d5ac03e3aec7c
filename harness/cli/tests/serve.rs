//! `serve` as another program has it.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DynamicObject, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_osac-e2e"));
    command.arg("serve").args(arguments).current_dir(folder).env_remove("OSAC_AAP_TOKEN");
    command.stdin(Stdio::null());
    command
}

/// A server that has said that it is ready.
struct Serving {
    process: Child,
    stdout: BufReader<ChildStdout>,
    ready: Value,
}

impl Serving {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut process = command(folder, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_default();
        Self { process, stdout, ready }
    }

    /// Sends a signal; the exit code, and what was printed after the ready line.
    fn end(mut self, signal: &str) -> (i32, String) {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap().code().unwrap(), rest)
    }
}

/// Tests that fail leave no process behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

async fn client(file: &Path) -> kube::Client {
    let file = Kubeconfig::read_from(file).unwrap();
    let config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
    kube::Client::try_from(config.unwrap()).unwrap()
}

const WIDGETS: &str = "\
# two kinds in one file
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.probe.dev}
spec:
  group: probe.dev
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: besides}
";

#[cfg(unix)]
#[tokio::test]
async fn a_client_finds_the_server_by_its_kubeconfig_for_as_long_as_it_lives() {
    use std::os::unix::fs::PermissionsExt as _;
    let here = folder("serve-lives");
    std::fs::create_dir(here.join("crds")).unwrap();
    std::fs::write(here.join("crds/widgets.yaml"), WIDGETS).unwrap();
    let serving = Serving::start(&here, &["--kubeconfig", "kube.yaml", "--crds", "crds"]);
    assert_eq!(serving.ready["ready"], true);
    assert_eq!(serving.ready["crds"], 1);
    assert_eq!(serving.ready["kubeconfig"], "kube.yaml");
    let file = here.join("kube.yaml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(serving.ready["server"].as_str().unwrap()));

    let client = client(&file).await;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    assert_eq!(namespaces.list(&ListParams::default()).await.unwrap().items.len(), 4);
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("probe.dev", "v1", "Widget"));
    let widgets: Api<DynamicObject> = Api::default_namespaced_with(client, &kind);
    let widget = DynamicObject::new("a", &kind).data(json!({"spec": {}}));
    let made = widgets.create(&PostParams::default(), &widget).await.unwrap();
    assert_eq!(made.metadata.generation, Some(1));

    let (code, rest) = serving.end("-TERM");
    assert_eq!((code, rest.as_str()), (0, ""));
    assert!(!file.exists());
    assert!(namespaces.list(&ListParams::default()).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn the_fakes_work_on_its_objects() {
    let here = folder("serve-fakes");
    let arguments = ["--kubeconfig", "kube.yaml", "--aap", "--aap-token-file", "token", "--eda"];
    let serving = Serving::start(&here, &[&arguments[..], &["--kubevirt"]].concat());
    let token = std::fs::read_to_string(here.join("token")).unwrap();
    assert!(token.len() >= 32);
    assert!(!serving.ready.to_string().contains(&token), "a secret is printed");
    for name in ["aap", "eda"] {
        let url = serving.ready[name].as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    }
    let client = client(&here.join("kube.yaml")).await;
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("kubevirt.io", "v1", "VirtualMachine"));
    let machines: Api<DynamicObject> = Api::default_namespaced_with(client.clone(), &kind);
    let machine = DynamicObject::new("vm", &kind).data(json!({"spec": {"running": true}}));
    machines.create(&PostParams::default(), &machine).await.unwrap();
    // The fake KubeVirt makes the machine's instance: a watch from the beginning sees it come.
    let kind = GroupVersionKind::gvk("kubevirt.io", "v1", "VirtualMachineInstance");
    let instances: Api<DynamicObject> =
        Api::default_namespaced_with(client, &ApiResource::from_gvk(&kind));
    let come =
        kube::runtime::wait::await_condition(instances, "vm", |one: Option<&_>| one.is_some());
    come.await.unwrap();
    let (code, rest) = serving.end("-INT");
    assert_eq!((code, rest.as_str()), (130, ""));
}

fn refused(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = command(folder, arguments).output().unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_cannot_be_served_is_told() {
    let here = folder("serve-refused");
    let write = |name: &str, text: &str| std::fs::write(here.join(name), text).unwrap();
    write("map.yaml", "kind: ConfigMap\napiVersion: v1\n");
    write("a-broken.yaml", &WIDGETS.replace("kind: ConfigMap", "kind: [\n"));
    write("bad.yaml", &WIDGETS.replace("scope: Namespaced", "scope: Here"));
    write("mine.yaml", "apiVersion: v1\nkind: Config\n");
    let cases: [(&[&str], &str); 8] = [
        (&["--crds", "no-such-folder"], "failed to read `no-such-folder`"),
        (&["--crds", "."], "`./a-broken.yaml` cannot be read: document 2 (from line 14): yaml:"),
        (&["--crds", "map.yaml"], "`map.yaml`, document 1 is no CustomResourceDefinition"),
        (&["--crds", "bad.yaml"], "`bad.yaml`, document 1: the CRD `widgets.probe.dev` is refused"),
        (&["--kubeconfig", "mine.yaml"], "`mine.yaml` is there and was not written by"),
        (&["--address", "0.0.0.0"], "is not a loopback address: it is not served; --beyond"),
        (&["--aap"], "give it by OSAC_AAP_TOKEN, or name a file for it by --aap-token-file"),
        (&["--profile", "kind"], "possible values: cluster, envtest"),
    ];
    for (arguments, why) in cases {
        let (code, stderr) = refused(&here, arguments);
        assert!(stderr.contains(why), "{arguments:?}: {stderr}");
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (code, stderr) =
        refused(&here, &["--port", &port.to_string(), "--kubeconfig", "kube.yaml"]);
    assert!(stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{stderr}");
    assert_eq!(code, 3);
    assert!(!here.join("kube.yaml").exists());
    let mine = std::fs::read_to_string(here.join("mine.yaml")).unwrap();
    assert_eq!(mine, "apiVersion: v1\nkind: Config\n");
}
