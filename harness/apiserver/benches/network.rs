//! What a client in another process gets over TLS and HTTP/2: time to the first answer, memory,
//! requests a second with 32 in flight, the time of one, and what many watchers see.
//!
//! The server is this program again, in a process of its own.

#![expect(clippy::print_stdout, reason = "the figures are the purpose")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock and its argument")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends here")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apiserver::listen::{self, Identity};
use apiserver::{Anonymous, ApiServer, Options, User};
use bytes::Bytes;
use futures::future::join_all;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower::Layer as _;

const TOKEN: &str = "bench";
const IN_FLIGHT: usize = 32;
const CREATES: usize = 20_000;
const GETS: usize = 60_000;
const SINGLE: usize = 3_000;
const WATCHERS: usize = 100;
const UPDATES: usize = 1_000;
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn main() {
    if std::env::args().any(|argument| argument == "--serve") {
        serve();
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

/// The server: says where it is, and ends with its standard input.
fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = ApiServer::new(Options::new(Arc::new(jiff::Timestamp::now), listen::dice()));
        server.add_token(TOKEN, User::new("admin").group("system:masters"));
        let identity = Identity::generate(&[]).unwrap();
        let service = server.authentication(Anonymous::Refused).layer(server.service());
        let options = listen::Options::loopback().tls(identity.clone());
        let listening = listen::serve(service, options).await.unwrap();
        let line = json!({"port": listening.address().port(), "pem": identity.authority_pem()});
        println!("{line}");
        std::io::stdout().flush().unwrap();
        let ended = std::thread::spawn(|| std::io::stdin().read_to_end(&mut Vec::new()));
        while !ended.is_finished() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        listening.stop().await;
    });
}

struct Server {
    process: Child,
    port: u16,
    pem: String,
}

impl Server {
    fn start() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let port = u16::try_from(told["port"].as_u64().unwrap()).unwrap();
        Self { process, port, pem: told["pem"].as_str().unwrap().to_owned() }
    }

    /// Resident memory in MiB, where the system tells it.
    fn memory_mib(&self) -> Option<f64> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
    }

    /// Processor time used so far, in seconds, where the system tells it.
    fn cpu_seconds(&self) -> Option<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        let after = text.rsplit_once(')')?.1;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks: f64 =
            fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(ticks / 100.0)
    }

    async fn connect(&self) -> SendRequest<Full<Bytes>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let socket = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
        let (sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

type Client = SendRequest<Full<Bytes>>;

async fn send(client: &mut Client, method: &str, path: &str, body: &Value) -> (u16, Incoming) {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder()
        .method(method)
        .uri(format!("https://127.0.0.1{path}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(Full::new(bytes))
        .unwrap();
    client.ready().await.unwrap();
    let response = client.send_request(request).await.unwrap();
    (response.status().as_u16(), response.into_body())
}

async fn call(client: &mut Client, method: &str, path: &str, body: &Value) -> Bytes {
    let (code, answer) = send(client, method, path, body).await;
    let bytes = answer.collect().await.unwrap().to_bytes();
    assert!(code < 300, "{method} {path}: {code} {}", String::from_utf8_lossy(&bytes));
    bytes
}

fn map(name: &str, value: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
        "data": {"value": value.to_string()}})
}

async fn measure() {
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let server = Server::start();
        let mut client = server.connect().await;
        call(&mut client, "GET", "/version", &Value::Null).await;
        starts.push(began.elapsed());
    }
    starts.sort_unstable();
    println!("start to first answer: median {}, max {}", ms(starts[2]), ms(starts[4]));
    let server = Server::start();
    let mut client = server.connect().await;
    call(&mut client, "GET", "/version", &Value::Null).await;
    if let Some(mib) = server.memory_mib() {
        println!("idle memory of the server: {mib:.1} MiB");
    }
    single(&mut client).await;
    flood(&server, &client, "creates", CREATES, |at| ("POST", MAPS.to_owned(), map(&name(at), at)))
        .await;
    let get = |at| ("GET", format!("{MAPS}/{}", name(at % CREATES)), Value::Null);
    flood(&server, &client, "gets", GETS, get).await;
    watchers(&server, &mut client).await;
    if let Some(mib) = server.memory_mib() {
        println!("memory of the server at the end: {mib:.1} MiB with {CREATES} objects");
    }
}

fn name(at: usize) -> String {
    format!("m{at:06}")
}

/// One request at a time.
async fn single(client: &mut Client) {
    call(client, "POST", MAPS, &map("single", 0)).await;
    let path = format!("{MAPS}/single");
    for (what, method) in [("get", "GET"), ("update", "PUT")] {
        let mut times = Vec::new();
        for at in 0..SINGLE {
            let body = if method == "GET" { Value::Null } else { map("single", at + 1) };
            let began = Instant::now();
            call(client, method, &path, &body).await;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let (median, p99) = (times[SINGLE / 2], times[SINGLE * 99 / 100]);
        println!(
            "one {what} at a time: median {} µs, p99 {} µs",
            median.as_micros(),
            p99.as_micros()
        );
    }
}

/// Many requests of one client, so many in flight.
async fn flood(
    server: &Server,
    client: &Client,
    what: &str,
    count: usize,
    request: impl Fn(usize) -> (&'static str, String, Value),
) {
    let cpu = server.cpu_seconds();
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let lanes = (0..IN_FLIGHT).map(|_| {
        let (mut client, next, request) = (client.clone(), &next, &request);
        async move {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return;
                }
                let (method, path, body) = request(at);
                call(&mut client, method, &path, &body).await;
            }
        }
    });
    join_all(lanes).await;
    let seconds = began.elapsed().as_secs_f64();
    let each = cpu.zip(server.cpu_seconds()).map(|(from, to)| (to - from) * 1e6 / count as f64);
    let each =
        each.map_or(String::new(), |each| format!(", {each:.0} µs of the server's CPU each"));
    println!("{what}: {:.0} a second with {IN_FLIGHT} in flight{each}", count as f64 / seconds);
}

/// All watchers see all updates, in order.
async fn watchers(server: &Server, client: &mut Client) {
    let list = call(client, "GET", &format!("{MAPS}?limit=1"), &Value::Null).await;
    let list: Value = serde_json::from_slice(&list).unwrap();
    let from = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path =
        format!("{MAPS}?watch=1&fieldSelector=metadata.name%3Dsingle&resourceVersion={from}");
    // Some connections, as separate programs have them; many watches on each, as informers do.
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut client = server.connect().await;
        for _ in 0..WATCHERS / 4 {
            streams.push(send(&mut client, "GET", &path, &Value::Null).await.1);
        }
    }
    let cpu = server.cpu_seconds();
    let began = Instant::now();
    let writes = async {
        for at in 0..UPDATES {
            let path = format!("{MAPS}/single");
            call(client, "PUT", &path, &map("single", SINGLE + 1 + at)).await;
        }
    };
    let (_, seen) = tokio::join!(writes, join_all(streams.into_iter().map(see)));
    let seconds = began.elapsed().as_secs_f64();
    let lost = seen.iter().filter(|count| **count != UPDATES).count();
    assert_eq!(lost, 0, "{lost} watchers missed something");
    let total = WATCHERS * UPDATES;
    let each = cpu.zip(server.cpu_seconds()).map(|(from, to)| (to - from) * 1e6 / total as f64);
    let each =
        each.map_or(String::new(), |each| format!(", {each:.1} µs of the server's CPU each"));
    println!(
        "{WATCHERS} watchers × {UPDATES} updates: all in order, nothing lost, {seconds:.2} s, \
         {:.0} events a second{each}",
        total as f64 / seconds
    );
}

/// Reads a watch to its last update; how many came in their order.
async fn see(mut stream: Incoming) -> usize {
    let (mut rest, mut seen) = (Vec::new(), 0);
    while seen < UPDATES {
        let Some(Ok(frame)) = stream.frame().await else { return seen };
        let Ok(data) = frame.into_data() else { continue };
        rest.extend_from_slice(&data);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { continue };
        let whole: Vec<u8> = rest.drain(..=end).collect();
        for event in serde_json::Deserializer::from_slice(&whole).into_iter::<Value>() {
            let event = event.unwrap();
            let value = event["object"]["data"]["value"].as_str().unwrap_or_default();
            assert_eq!(value, (SINGLE + 1 + seen).to_string(), "out of order: {event}");
            seen += 1;
        }
    }
    seen
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
