//! The server behind a socket: what a client sees of it from far.

use std::net::SocketAddr;

use apiserver::Anonymous;
use apiserver::listen::{self, Identity, Kubeconfig, Options};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ListParams, PostParams, WatchEvent, WatchParams};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::Layer as _;

use crate::network::{Http2, behind_tls, named, shake};
use crate::support::{WIDGETS, options, server, server_with, widget};

#[tokio::test]
async fn kube_finds_it_by_its_kubeconfig() {
    let server = server();
    let (listening, identity) = behind_tls(&server).await;
    let text = Kubeconfig {
        cluster: "embedded",
        context: "embedded",
        user: "me",
        server: &listening.url(),
        authority_pem: Some(identity.authority_pem()),
        token: Some("a-token"),
        namespace: "default",
    };
    let file = kube::config::Kubeconfig::from_yaml(&text.to_yaml()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(file, &Default::default()).await.unwrap();
    let api: Api<ConfigMap> = Api::default_namespaced(kube::Client::try_from(config).unwrap());
    let before = api.list(&ListParams::default()).await.unwrap();
    let from = before.metadata.resource_version.unwrap();
    let map = serde_json::from_value(json!({"metadata": {"name": "m"}, "data": {"a": "b"}}));
    api.create(&PostParams::default(), &map.unwrap()).await.unwrap();
    let mut events = api.watch(&WatchParams::default(), &from).await.unwrap().boxed();
    let event = events.next().await.unwrap().unwrap();
    assert!(matches!(&event, WatchEvent::Added(map) if map.data.as_ref().unwrap()["a"] == "b"));
    listening.stop().await;
    assert!(events.next().await.is_none_or(|event| event.is_err()));
}

#[tokio::test]
async fn one_http2_connection_carries_watches_and_many_requests() {
    let server = server();
    let (listening, identity) = behind_tls(&server).await;
    let mut client = Http2::connect(&listening, &identity).await;
    let mut watches = Vec::new();
    for _ in 0..20 {
        let path = format!("{WIDGETS}?watch=1&resourceVersion={}", server.revision());
        watches.push(client.send("GET", &path, "").await.into_body());
    }
    let names: Vec<String> = (0..50).map(|number| format!("w{number:02}")).collect();
    let made = names.iter().map(|name| {
        let mut client = client.clone();
        async move { client.call("POST", WIDGETS, &widget(name).to_string()).await.0 }
    });
    let codes: Vec<u16> = futures::future::join_all(made).await;
    assert!(codes.iter().all(|code| *code == 201), "{codes:?}");
    for watch in &mut watches {
        let mut lines = Vec::new();
        while lines.iter().filter(|byte| **byte == b'\n').count() < names.len() {
            lines.extend_from_slice(watch.frame().await.unwrap().unwrap().data_ref().unwrap());
        }
        let events = serde_json::Deserializer::from_slice(&lines).into_iter::<Value>();
        let revisions: Vec<u64> = events
            .map(|event| event.unwrap()["object"]["metadata"]["resourceVersion"].clone())
            .map(|revision| revision.as_str().unwrap().parse().unwrap())
            .collect();
        assert!(revisions.is_sorted());
        assert_eq!(revisions.len(), names.len());
    }
    listening.stop().await;
}

#[tokio::test]
async fn http1_is_spoken_with_and_without_tls() {
    const ASK: &[u8] = b"GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let server = server();
    let (listening, identity) = behind_tls(&server).await;
    for protocols in [&["http/1.1"][..], &[]] {
        let mut socket = shake(&listening, &identity, protocols).await;
        socket.write_all(ASK).await.unwrap();
        let mut answer = String::new();
        let _ = socket.read_to_string(&mut answer).await;
        assert!(answer.contains("gitVersion"), "{answer}");
    }
    let plain = listen::serve(named(&server), Options::loopback()).await.unwrap();
    assert!(plain.url().starts_with("http://127.0.0.1:"));
    let mut socket = TcpStream::connect(plain.address()).await.unwrap();
    socket.write_all(ASK).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("gitVersion"), "{answer}");
}

#[tokio::test]
async fn stopping_ends_watches_in_order_and_frees_the_port() {
    let server = server_with(options());
    let (listening, identity) = behind_tls(&server).await;
    let address = listening.address();
    let mut client = Http2::connect(&listening, &identity).await;
    let watch = client.send("GET", &format!("{WIDGETS}?watch=1"), "").await.into_body();
    listening.stop().await;
    // The stream ends as one that has run its time, not as one that broke.
    assert!(watch.collect().await.unwrap().to_bytes().is_empty());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let server = server();
    let address: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = listen::serve(named(&server), Options { address, ..Options::loopback() }).await;
    let why = refused.unwrap_err().to_string();
    assert_eq!(why, "0.0.0.0 is not a loopback address: it is not served");
    // Other machines are let in by name only, with authentication and TLS.
    let layered = |anonymous| server.authentication(anonymous).layer(server.service());
    let everywhere = || Options { address, ..Options::loopback() };
    let tls = || everywhere().tls(Identity::generate(&[]).unwrap());
    let open = listen::serve_beyond_loopback(layered(Anonymous::Allowed), tls()).await;
    let why = open.unwrap_err().to_string();
    assert_eq!(why, "beyond loopback nobody is served without authentication");
    let plain = listen::serve_beyond_loopback(layered(Anonymous::Refused), everywhere()).await;
    let why = plain.unwrap_err().to_string();
    assert_eq!(why, "beyond loopback nothing is served without TLS");
}
