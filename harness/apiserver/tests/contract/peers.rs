//! Peers that are slow, broken or mean: each is let go, and the others never notice.

use std::time::Duration;

use apiserver::listen::{self, Identity, Limits, Listening, Options};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::network::{behind_tls, named};
use crate::support::{Http, WIDGETS, server, widget};

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// Short, so that what has to be waited for comes soon.
fn limits() -> Limits {
    let short = Duration::from_millis(150);
    Limits {
        handshake_max: short,
        body_max: short,
        idle_max: short,
        stall_max: short,
        drain_max: short,
        ..Limits::default()
    }
}

async fn start(limits: Limits) -> Listening {
    let options = Options { limits, ..Options::loopback() };
    listen::serve(named(&server()), options).await.unwrap()
}

/// All that comes until the server closes the connection.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn silence_is_let_go() {
    let listening = start(limits()).await;
    let beginnings: [&[u8]; 6] = [
        b"",
        b"G",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nslow",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ];
    for beginning in beginnings {
        let mut socket = TcpStream::connect(listening.address()).await.unwrap();
        socket.write_all(beginning).await.unwrap();
        // It ends: that is the point. What was said before does not matter.
        rest(&mut socket).await;
    }
}

#[tokio::test]
async fn half_a_handshake_is_let_go() {
    let options =
        Options { limits: limits(), ..Options::loopback() }.tls(Identity::generate(&[]).unwrap());
    let listening = listen::serve(named(&server()), options).await.unwrap();
    for beginning in [&b""[..], b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"] {
        let mut socket = TcpStream::connect(listening.address()).await.unwrap();
        socket.write_all(beginning).await.unwrap();
        rest(&mut socket).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_used_one_is_not() {
    let listening = start(limits()).await;
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    let path = format!("GET {WIDGETS}?watch=1&timeoutSeconds=1 HTTP/1.1\r\nhost: x\r\n\r\n");
    socket.write_all(path.as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    // The watch lived for its second, which is longer than a connection may be idle.
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let listening = start(limits()).await;
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    let head = format!("POST {WIDGETS} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{");
    socket.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("the body did not come within 150ms"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let listening = start(Limits { head_bytes_max: 8192, ..limits() }).await;
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(20_000));
    let _ = socket.write_all(head.as_bytes()).await;
    let answer = rest(&mut socket).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let listening = start(Limits { connections_max: 1, ..limits() }).await;
    let mut first = TcpStream::connect(listening.address()).await.unwrap();
    first.write_all(ASK).await.unwrap();
    let mut byte = [0];
    first.read_exact(&mut byte).await.unwrap();
    let mut second = TcpStream::connect(listening.address()).await.unwrap();
    second.write_all(ASK).await.unwrap();
    assert!(rest(&mut first).await.contains("200 OK"));
    assert!(rest(&mut second).await.contains("200 OK"));
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_cut_off_and_the_others_go_on() {
    let server = server();
    let http = Http::new(&server, "writer");
    let limits = Limits { connections_max: 1, ..limits() };
    let options = Options { limits, ..Options::loopback() };
    let listening = listen::serve(named(&server), options).await.unwrap();
    let mut big = widget("big");
    big["metadata"]["annotations"] = json!({"x": "y".repeat(200_000)});
    assert_eq!(http.post(WIDGETS, &big).await.0, 201);
    let mut socket = TcpStream::connect(listening.address()).await.unwrap();
    // More answers than all buffers between here and there hold.
    let ask = format!("GET {WIDGETS}/big HTTP/1.1\r\nhost: x\r\n\r\n").repeat(200);
    let _ = socket.write_all(ask.as_bytes()).await;
    // Nothing is read here. There is room for one connection: another one is only answered once the
    // server has let go of this one, although its requests are still open.
    let mut other = TcpStream::connect(listening.address()).await.unwrap();
    other.write_all(ASK).await.unwrap();
    assert!(rest(&mut other).await.contains("200 OK"));
    listening.stop().await;
    assert!(rest(&mut socket).await.len() < 200 * 200_000);
}

#[tokio::test]
async fn garbage_over_tls_harms_nobody() {
    let server = server();
    let (listening, identity) = behind_tls(&server).await;
    let mut broken = crate::network::shake(&listening, &identity, &["h2"]).await;
    broken.write_all(&[0xff; 4096]).await.unwrap();
    let mut client = crate::network::Http2::connect(&listening, &identity).await;
    assert_eq!(client.call("GET", "/version", "").await.0, 200);
    listening.stop().await;
}
