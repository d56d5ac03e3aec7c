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

    fn poll(&self, _job: JobRef, _confirm: bool) -> BoxFuture<'_, PollReply> {
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
