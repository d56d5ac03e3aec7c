//! The two directions of a request: a body that comes in has a time limit, a stream that goes out
//! ends when the server stops.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use super::connection::Open;

/// The peer took too long to send its body.
#[derive(Debug)]
struct TooSlow(Duration);

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body did not come within {:?}", self.0)
    }
}

impl std::error::Error for TooSlow {}

/// A body that comes in.
pub(super) struct Asked {
    body: Incoming,
    limit: Duration,
    /// Runs once the body has kept us waiting.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Asked {
    pub(super) fn wrap(body: Incoming, limit: Duration) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(Self { body, limit, alarm: None })
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if frame.is_ready() {
            return frame.map(|frame| frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let limit = this.limit;
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        alarm.as_mut().poll(context).map(|()| Some(Err(axum::Error::new(TooSlow(limit)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that goes out. Its request is open for as long as it is there.
pub(super) struct Answered {
    body: Body,
    _open: Open,
    stopped: Stopped,
}

/// For streams: the moment at which the server stops.
type Stopped = Option<Pin<Box<dyn Future<Output = ()> + Send>>>;

impl Answered {
    pub(super) fn new(body: Body, open: Open, mut stopped: watch::Receiver<bool>) -> Self {
        let endless = HttpBody::size_hint(&body).exact().is_none();
        let stopped: Stopped = endless.then(|| {
            let wait = async move {
                // A sender that is gone is a server that is gone.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            Box::pin(wait) as Pin<Box<dyn Future<Output = ()> + Send>>
        });
        Self { body, _open: open, stopped }
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Some(stopped) = &mut this.stopped
            && stopped.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut this.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
