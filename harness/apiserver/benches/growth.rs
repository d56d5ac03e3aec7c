//! How the cost of a request grows with the number of objects. Prints the median of each request
//! in microseconds with 100 to 100,000 objects of its kind, and how much it grew over all; ends
//! with exit code 1 if a request grew far beyond a logarithm. Then what a crowd of watchers costs.

#![expect(clippy::print_stdout, reason = "the figures are the purpose")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends here")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use apiserver::{ApiServer, KubeService, Options};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// Samples of which the median is taken.
const SAMPLES: usize = 1_001;
/// Objects returned by all lists together, and pages read.
const LISTED: usize = 1_000_000;
const PAGES: usize = 101;
const PAGE: usize = 50;
/// log 100,000 / log 100: what a logarithm would grow from the smallest size to the largest.
const LOGARITHM: f64 = 2.5;
/// Beyond this many logarithms it is none. Caches that miss cost a factor, too.
const LOGARITHMS_MAX: f64 = 2.0;

const PATH: &str = "/api/v1/namespaces/default/configmaps";
const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";

const WATCHERS: usize = 100;
const UPDATES: usize = 1_000;

fn server() -> ApiServer {
    let epoch: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let counter = AtomicU64::new(1);
    let dice = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed));
    ApiServer::new(Options::new(Arc::new(move || epoch), dice))
}

/// A configmap with a value of its own.
fn object(name: &str, value: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": "bench"}},
        "data": {"value": value.to_string(), "text": "some text of the usual length of a line"}})
}

async fn call(service: &KubeService, method: &str, path: &str, kind: &str, body: String) -> Body {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .body(Body::from(body))
        .unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{method} {path} {}", response.status());
    response.into_body()
}

/// Microseconds of a call whose answer is read to its end, and the answer.
async fn timed(
    service: &KubeService,
    (method, path, kind): (&str, &str, &str),
    body: String,
) -> (f64, bytes::Bytes) {
    let start = Instant::now();
    let answer = call(service, method, path, kind, body).await.collect().await.unwrap().to_bytes();
    (start.elapsed().as_secs_f64() * 1e6, answer)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// What is measured, in the order of the rows.
const ROWS: [&str; 9] = [
    "get",
    "create",
    "update (PUT)",
    "patch",
    "delete",
    "event to one watcher",
    "watch of one name, to its first event",
    "list, per returned object",
    "page of 50 in the middle, per object",
];

/// The figures of one size, in the order of [`ROWS`].
async fn measure(size: usize) -> Vec<f64> {
    let server = server();
    let service = server.service();
    for index in 0..size {
        timed(&service, ("POST", PATH, JSON), object(&name(index), 0).to_string()).await;
    }
    let mut rows = vec![Vec::new(); 7];
    for sample in 0..SAMPLES {
        // Names all over the range, in an order that no cache can guess.
        let chosen = name(sample.wrapping_mul(7_919_777) % size);
        let one = format!("{PATH}/{chosen}");
        let (took, read) = timed(&service, ("GET", &one, JSON), String::new()).await;
        rows[0].push(took);
        let new = format!("new-{}", sample * 7_919 % 1_000);
        let body = object(&new, sample).to_string();
        rows[1].push(timed(&service, ("POST", PATH, JSON), body).await.0);
        let mut changed: Value = serde_json::from_slice(&read).unwrap();
        changed["data"]["value"] = json!(format!("put {sample}"));
        rows[2].push(timed(&service, ("PUT", &one, JSON), changed.to_string()).await.0);
        let revision = server.revision();
        let query = format!("watch=1&resourceVersion={revision}");
        let mut watch =
            call(&service, "GET", &format!("{PATH}?{query}"), JSON, String::new()).await;
        let patch = json!({"data": {"value": format!("patched {sample}")}}).to_string();
        rows[3].push(timed(&service, ("PATCH", &one, MERGE), patch).await.0);
        let start = Instant::now();
        watch.frame().await.unwrap().unwrap();
        rows[5].push(start.elapsed().as_secs_f64() * 1e6);
        let created = format!("{PATH}/{new}");
        rows[4].push(timed(&service, ("DELETE", &created, JSON), String::new()).await.0);
        let query = format!("watch=1&fieldSelector=metadata.name={chosen}");
        let start = Instant::now();
        let mut watch =
            call(&service, "GET", &format!("{PATH}?{query}"), JSON, String::new()).await;
        watch.frame().await.unwrap().unwrap();
        rows[6].push(start.elapsed().as_secs_f64() * 1e6);
    }
    rows.push(lists(&service, size).await);
    rows.push(pages(&service, size).await);
    rows.into_iter().map(median).collect()
}

/// Lists take long enough to be interrupted by other programs: the time on the processor counts.
#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
async fn lists(service: &KubeService, size: usize) -> Vec<f64> {
    let (wall, processor) = (Instant::now(), on_processor());
    for _ in 0..LISTED / size {
        timed(service, ("GET", PATH, JSON), String::new()).await;
    }
    let took = match (processor, on_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => wall.elapsed(),
    };
    vec![took.as_secs_f64() * 1e6 / LISTED as f64]
}

/// How long this thread has been running, where the system tells.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

/// Pages behind the middle; something is written between them, so that each looks back.
#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
async fn pages(service: &KubeService, size: usize) -> Vec<f64> {
    let half = format!("{PATH}?limit={}", size / 2);
    let (_, first) = timed(service, ("GET", &half, JSON), String::new()).await;
    let first: Value = serde_json::from_slice(&first).unwrap();
    let token = first["metadata"]["continue"].as_str().unwrap();
    let path = format!("{PATH}?limit={PAGE}&continue={token}");
    let mut samples = Vec::new();
    for index in 0..PAGES {
        let one = format!("{PATH}/{}", name(index % size));
        let patch = json!({"data": {"value": format!("page {index}")}}).to_string();
        timed(service, ("PATCH", &one, MERGE), patch).await;
        let (took, page) = timed(service, ("GET", &path, JSON), String::new()).await;
        assert!(page.len() > PAGE * 100, "a page with its objects");
        samples.push(took / PAGE as f64);
    }
    samples
}

fn name(index: usize) -> String {
    format!("object-{index:06}")
}

/// Microseconds an event, from the first update until all watchers have all events.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
async fn crowd() -> f64 {
    let server = server();
    let service = server.service();
    timed(&service, ("POST", PATH, JSON), object("one", 0).to_string()).await;
    let path = format!("{PATH}?watch=1&resourceVersion={}", server.revision());
    let mut watches = Vec::new();
    for _ in 0..WATCHERS {
        watches.push(call(&service, "GET", &path, JSON, String::new()).await);
    }
    let start = Instant::now();
    let readers = futures::future::join_all(watches.into_iter().map(|mut watch| async move {
        for _ in 0..UPDATES {
            watch.frame().await.unwrap().unwrap();
        }
    }));
    let writer = async {
        for index in 1..=UPDATES {
            let patch = json!({"data": {"value": index.to_string()}}).to_string();
            timed(&service, ("PATCH", &format!("{PATH}/one"), MERGE), patch).await;
            tokio::task::yield_now().await;
        }
    };
    futures::future::join(readers, writer).await;
    start.elapsed().as_secs_f64() * 1e6 / (WATCHERS * UPDATES) as f64
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let figures: Vec<Vec<f64>> = SIZES.map(|size| runtime.block_on(measure(size))).into();
    print!("{:40}", "us, with so many objects");
    SIZES.iter().for_each(|size| print!(" {size:>9}"));
    println!("    growth");
    let mut steep = 0;
    for (row, what) in ROWS.iter().enumerate() {
        print!("{what:40}");
        figures.iter().for_each(|size| print!(" {:>9.2}", size[row]));
        let growth = figures[SIZES.len() - 1][row] / figures[0][row];
        let bad = growth > LOGARITHM * LOGARITHMS_MAX;
        steep += usize::from(bad);
        println!("   {growth:>6.2}x{}", if bad { "  TOO STEEP" } else { "" });
    }
    println!("a logarithm grows {LOGARITHM}x; up to {LOGARITHMS_MAX} times that may be caches");
    let event = runtime.block_on(crowd());
    println!("{WATCHERS} watchers x {UPDATES} updates: {event:.2} us an event");
    if steep > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
