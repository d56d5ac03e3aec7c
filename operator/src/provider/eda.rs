//! EDA: a webhook that says no more than that it heard.
//!
//! An event that got no answer is sent again: EDA cannot be asked what became of it, and its
//! playbooks may run twice. The event carries the attempt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, StatusCode, header};
use jiff::Timestamp;
use tower::ServiceExt as _;

use super::{
    CancelReply, JobRef, Launch, LaunchReply, LookUpReply, Playbooks, PollReply, SearchReply,
    SeenJob, Trouble, TroubleKind,
};
use crate::api::{JobState, JobType, LaunchIntent};
use crate::{Clock, HttpTransport};

/// Calls the two webhooks.
pub struct EdaPlaybooks {
    transport: HttpTransport,
    clock: Arc<dyn Clock>,
    create_url: String,
    delete_url: String,
    timeout: Duration,
    minimum_interval: Duration,
    called: Mutex<BTreeMap<String, Timestamp>>,
}

impl EdaPlaybooks {
    /// A provider over a transport. `timeout` limits one call; `minimum_interval` is the least
    /// time between two calls of one webhook.
    pub fn new(
        transport: HttpTransport,
        clock: Arc<dyn Clock>,
        (create_url, delete_url): (String, String),
        timeout: Duration,
        minimum_interval: Duration,
    ) -> Self {
        Self {
            transport,
            clock,
            create_url,
            delete_url,
            timeout,
            minimum_interval,
            called: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes the webhook's next slot, or tells how long it is away.
    fn take_slot(&self, url: &str) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = called.get(url) {
            let passed = Duration::try_from(now.duration_since(*last)).unwrap_or_default();
            if passed < self.minimum_interval {
                return Err(self.minimum_interval - passed);
            }
        }
        called.insert(url.to_owned(), now);
        Ok(())
    }

    fn free_slot(&self, url: &str) {
        self.called.lock().unwrap_or_else(PoisonError::into_inner).remove(url);
    }

    async fn post(&self, url: &str, body: Vec<u8>) -> Result<(), Trouble> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| Trouble::new(TroubleKind::Redirected))?;
        let call = self.transport.clone().oneshot(request);
        let reply = match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) | Err(_) => return Err(Trouble::new(TroubleKind::Unreachable)),
        };
        let status = reply.status();
        if status.is_success() {
            return Ok(());
        }
        let kind = match status {
            StatusCode::UNAUTHORIZED => TroubleKind::Unauthorized,
            StatusCode::FORBIDDEN => TroubleKind::Forbidden,
            StatusCode::NOT_FOUND => TroubleKind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => TroubleKind::RateLimited,
            status if status.is_redirection() => TroubleKind::Redirected,
            status if status.is_client_error() => TroubleKind::Rejected,
            _ => TroubleKind::Unreachable,
        };
        let retry_after = crate::aap::retry_after(reply.headers(), self.clock.now());
        Err(Trouble { status: Some(status.as_u16()), retry_after, ..Trouble::new(kind) })
    }
}

impl Playbooks for EdaPlaybooks {
    fn launch(&self, launch: Launch) -> BoxFuture<'_, LaunchReply> {
        Box::pin(async move {
            let url = match launch.intent.job_type {
                JobType::Provision => &self.create_url,
                JobType::Deprovision => &self.delete_url,
            };
            if let Err(wait) = self.take_slot(url) {
                let trouble = Trouble::new(TroubleKind::RateLimited);
                return LaunchReply::Refused(Trouble { retry_after: Some(wait), ..trouble });
            }
            let body = launch.object.to_string().into_bytes();
            match self.post(url, body).await {
                Ok(()) => LaunchReply::Accepted {
                    job: SeenJob {
                        id: format!("eda-webhook-{}", launch.intent.attempt),
                        kind: None,
                        state: JobState::Running,
                        message: String::new(),
                        finished_at: None,
                    },
                    variables_ignored: false,
                },
                Err(trouble) => {
                    self.free_slot(url);
                    LaunchReply::Refused(trouble)
                }
            }
        })
    }

    fn poll(&self, _uid: String, _job: JobRef, _confirm: bool) -> BoxFuture<'_, PollReply> {
        Box::pin(async { PollReply::Trouble(Trouble::new(TroubleKind::NotFound)) })
    }

    fn look_up(&self, _uid: String, _intent: LaunchIntent) -> BoxFuture<'_, LookUpReply> {
        Box::pin(async { LookUpReply::Missing })
    }

    fn active(&self, _uid: String, _job_type: JobType) -> BoxFuture<'_, SearchReply> {
        Box::pin(async { SearchReply::Active(Vec::new()) })
    }

    fn cancel(&self, _job: JobRef) -> BoxFuture<'_, CancelReply> {
        Box::pin(async { CancelReply::Refused })
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use serde_json::json;
    use tower::service_fn;
    use tower::util::BoxCloneSyncService;

    use super::*;
    use crate::BoxError;
    use crate::api::Moment;

    struct TokioClock(tokio::time::Instant);

    impl Clock for TokioClock {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH + jiff::SignedDuration::try_from(self.0.elapsed()).unwrap()
        }
    }

    /// A webhook that answers every call with one status; none: it never answers.
    fn provider(status: Option<u16>, interval_s: u64) -> (EdaPlaybooks, Arc<Mutex<Vec<String>>>) {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&calls);
        let transport = BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            heard.lock().unwrap().push(format!("{} {} {body}", request.method(), request.uri()));
            async move {
                let Some(status) = status else { return std::future::pending().await };
                let reply = Response::builder().status(status).header("retry-after", "7");
                Ok::<_, BoxError>(reply.body(Bytes::new())?)
            }
        }));
        let clock = Arc::new(TokioClock(tokio::time::Instant::now()));
        let urls = ("http://eda/create".to_owned(), "http://eda/delete".to_owned());
        let interval = Duration::from_secs(interval_s);
        (EdaPlaybooks::new(transport, clock, urls, Duration::from_secs(10), interval), calls)
    }

    fn launch(job_type: JobType) -> Launch {
        let intent = LaunchIntent {
            job_type,
            attempt: 3,
            config_version: "v".into(),
            since: Moment(Timestamp::UNIX_EPOCH),
        };
        Launch { intent, object: json!({"kind": "ComputeInstance"}) }
    }

    fn refusal(reply: LaunchReply) -> (TroubleKind, Option<u64>) {
        let LaunchReply::Refused(trouble) = reply else { panic!("{reply:?}") };
        (trouble.kind, trouble.retry_after.map(|wait| wait.as_secs()))
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_object_is_posted_to_the_webhook_of_its_direction() {
        let (provider, calls) = provider(Some(200), 0);
        let reply = provider.launch(launch(JobType::Provision)).await;
        let LaunchReply::Accepted { job, .. } = reply else { panic!("{reply:?}") };
        assert_eq!((job.id.as_str(), job.state), ("eda-webhook-3", JobState::Running));
        provider.launch(launch(JobType::Deprovision)).await;
        let body = r#"{"kind":"ComputeInstance"}"#;
        let expected =
            [format!("POST http://eda/create {body}"), format!("POST http://eda/delete {body}")];
        assert_eq!(*calls.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_not_accepted_is_refused() {
        use TroubleKind::{Forbidden, NotFound, RateLimited, Redirected, Rejected, Unauthorized};
        for (status, kind) in [
            (302, Redirected),
            (400, Rejected),
            (401, Unauthorized),
            (403, Forbidden),
            (404, NotFound),
            (413, Rejected),
            (429, RateLimited),
            (500, TroubleKind::Unreachable),
            (503, TroubleKind::Unreachable),
        ] {
            let (provider, _) = provider(Some(status), 0);
            let reply = provider.launch(launch(JobType::Provision)).await;
            assert_eq!(refusal(reply), (kind, Some(7)), "{status}");
        }
        let (silent, _) = provider(None, 0);
        let reply = silent.launch(launch(JobType::Provision)).await;
        assert_eq!(refusal(reply), (TroubleKind::Unreachable, None));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_of_one_webhook_keep_their_distance_and_refused_ones_do_not_count() {
        let (accepting, calls) = provider(Some(200), 60);
        accepting.launch(launch(JobType::Provision)).await;
        tokio::time::advance(Duration::from_secs(20)).await;
        let reply = accepting.launch(launch(JobType::Provision)).await;
        assert_eq!(refusal(reply), (TroubleKind::RateLimited, Some(40)));
        accepting.launch(launch(JobType::Deprovision)).await;
        tokio::time::advance(Duration::from_secs(40)).await;
        accepting.launch(launch(JobType::Provision)).await;
        assert_eq!(calls.lock().unwrap().len(), 3);

        let (refusing, calls) = provider(Some(500), 60);
        for _ in 0..2 {
            let reply = refusing.launch(launch(JobType::Provision)).await;
            assert_eq!(refusal(reply).0, TroubleKind::Unreachable);
        }
        assert_eq!(calls.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_none_is_refused() {
        let (mut provider, calls) = provider(Some(200), 0);
        provider.create_url = "not an address".into();
        let reply = provider.launch(launch(JobType::Provision)).await;
        assert_eq!(refusal(reply).0, TroubleKind::Redirected);
        assert!(calls.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn eda_knows_nothing_of_jobs() {
        let (provider, _) = provider(Some(200), 0);
        let job = || JobRef { id: "eda-webhook-1".into(), kind: None };
        assert!(matches!(provider.poll("u".into(), job(), true).await, PollReply::Trouble(_)));
        assert_eq!(provider.cancel(job()).await, CancelReply::Refused);
        let intent = launch(JobType::Provision).intent;
        assert_eq!(provider.look_up("u".into(), intent).await, LookUpReply::Missing);
        let active = provider.active("u".into(), JobType::Provision).await;
        assert_eq!(active, SearchReply::Active(vec![]));
    }
}
