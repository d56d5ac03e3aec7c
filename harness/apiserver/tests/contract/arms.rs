//! The two arms of the contract: each body of `objects` is a test of its own on the embedded
//! server, and all of them run, over a socket, on the embedded server and on the cluster that
//! `APISERVER_CONTRACT_KUBECONFIG` names, if it names one.
//!
//! On a cluster a body has a namespace of its own. The widgets' definition is put there before and
//! taken away after, with all that the bodies left; a definition that somebody else put there is
//! left alone, and the arm refuses to run.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures::FutureExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::objects;
use crate::support::{Http, widgets};

/// A part of the contract, by its name.
pub type Body = (&'static str, for<'a> fn(&'a Http) -> Pin<Box<dyn Future<Output = ()> + 'a>>);

/// Makes tests of bodies, one each on the embedded server, and a list of them for other arms.
macro_rules! arms {
    ($($name:ident,)*) => {
        pub const BODIES: &[$crate::arms::Body] =
            &[$((stringify!($name), |client| Box::pin($name(client)))),*];

        mod embedded {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let client = $crate::support::Http::new(&$crate::support::server(), "tester");
                    super::$name(&client).await;
                }
            )*
        }
    };
}
pub(crate) use arms;

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NAMESPACES: &str = "/api/v1/namespaces";
const OURS: &str = "apiserver-contract";

/// The only reader of the environment in this suite.
#[expect(clippy::disallowed_methods, reason = "the one setting of the suite")]
fn cluster() -> Option<String> {
    std::env::var("APISERVER_CONTRACT_KUBECONFIG").ok().filter(|path| !path.is_empty())
}

async fn connect(kubeconfig: Kubeconfig) -> kube::Client {
    let options = KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    kube::Client::try_from(config).unwrap()
}

/// Runs all bodies on a cluster, tidies up, and tells which ones failed.
async fn run(client: kube::Client) {
    let admin = Http::of_cluster(client.clone(), "default");
    install(&admin).await;
    let mut failed = Vec::new();
    for (index, (name, body)) in objects::BODIES.iter().enumerate() {
        let namespace = format!("{OURS}-{index}");
        let object = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {OURS: "yes"}}});
        let (code, answer) = admin.post(NAMESPACES, &object).await;
        assert_eq!(code, 201, "{answer}");
        let client = Http::of_cluster(client.clone(), &namespace);
        if AssertUnwindSafe(body(&client)).catch_unwind().await.is_err() {
            failed.push(*name);
        }
    }
    tidy_up(&admin).await;
    assert!(failed.is_empty(), "{} of {} failed: {failed:?}", failed.len(), objects::BODIES.len());
}

async fn install(admin: &Http) {
    let mut crd = widgets();
    crd["metadata"]["labels"] = json!({OURS: "yes"});
    let path = format!("{CRDS}/widgets.probe.dev");
    let (code, found) = admin.get(&path).await;
    if code == 200 {
        let ours = found["metadata"]["labels"][OURS] == "yes";
        assert!(ours, "the cluster has widgets.probe.dev of somebody else: it is left alone");
        tidy_up(admin).await;
    }
    let (code, made) = admin.post(CRDS, &crd).await;
    assert_eq!(code, 201, "{made}");
    admin
        .until(&path, |_, crd| {
            let conditions = crd["status"]["conditions"].as_array();
            let established = |it: &Value| it["type"] == "Established" && it["status"] == "True";
            conditions.is_some_and(|conditions| conditions.iter().any(established))
        })
        .await;
    // The definition is established a moment before it is served.
    admin.until("/apis/probe.dev/v1/widgets", |code, _| code == 200).await;
}

/// Takes away what the bodies left, also what their finalizers hold.
async fn tidy_up(admin: &Http) {
    let none = json!({"metadata": {"finalizers": null}});
    let (_, list) = admin.get("/apis/probe.dev/v1/widgets").await;
    for widget in list["items"].as_array().into_iter().flatten() {
        let text = |field: &str| widget["metadata"][field].as_str().unwrap().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        let path = format!("/apis/probe.dev/v1/namespaces/{namespace}/widgets/{name}");
        admin.merge(&path, &none).await;
        admin.delete(&path).await;
    }
    let (_, list) = admin.get(&format!("{NAMESPACES}?labelSelector={OURS}")).await;
    for namespace in list["items"].as_array().into_iter().flatten() {
        let name = namespace["metadata"]["name"].as_str().unwrap();
        admin.delete(&format!("{NAMESPACES}/{name}")).await;
    }
    admin.delete(&format!("{CRDS}/widgets.probe.dev")).await;
    admin.until(&format!("{CRDS}/widgets.probe.dev"), |code, _| code == 404).await;
}

#[tokio::test]
async fn a_cluster_keeps_the_contract() {
    let Some(path) = cluster() else {
        println!("skipped: APISERVER_CONTRACT_KUBECONFIG names no cluster");
        return;
    };
    run(connect(Kubeconfig::read_from(path).unwrap()).await).await;
}

#[cfg(feature = "listen")]
#[tokio::test]
async fn the_embedded_server_keeps_it_over_a_socket() {
    let server = apiserver::ApiServer::new(crate::support::options());
    let (listening, identity) = crate::network::behind_tls(&server).await;
    let kubeconfig = apiserver::listen::Kubeconfig {
        cluster: "embedded",
        context: "embedded",
        user: "admin",
        server: &listening.url(),
        authority_pem: Some(identity.authority_pem()),
        token: None,
        namespace: "default",
    };
    run(connect(Kubeconfig::from_yaml(&kubeconfig.to_yaml()).unwrap()).await).await;
    assert!(server.list("probe.dev", "widgets").is_empty());
    assert_eq!(server.list("", "namespaces").len(), 4, "all that it made is gone");
}
