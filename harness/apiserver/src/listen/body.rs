//! The two directions of a request: a body that comes in has a time limit, a stream that goes out
//! ends when the server stops.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
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

/// Bytes that are put together into one frame of a stream, if they are there at once.
const FRAME_BYTES: usize = 16 * 1024;

/// A body that goes out. Its request is open for as long as it is there.
pub(super) struct Answered {
    body: Body,
    _open: Open,
    /// For streams: the moment at which the server stops.
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// What came after the last frame: the end, or why there is none.
    next: Option<Option<Result<Frame<Bytes>, axum::Error>>>,
}

impl Answered {
    pub(super) fn new(body: Body, open: Open, mut stopped: watch::Receiver<bool>) -> Self {
        let endless = HttpBody::size_hint(&body).exact().is_none();
        let wait = async move {
            // A sender that is gone is a server that is gone.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>> =
            if endless { Some(Box::pin(wait)) } else { None };
        Self { body, _open: open, stopped, next: None }
    }

    /// The next frame of a stream. Events that are there at once leave together.
    fn poll_stream(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while first.len().max(all.len()) < FRAME_BYTES {
            let data = match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => data,
                    Err(trailers) => {
                        self.next = Some(Some(Ok(trailers)));
                        break;
                    }
                },
                Poll::Ready(other) => {
                    self.next = Some(other);
                    break;
                }
            };
            if first.is_empty() && all.is_empty() {
                first = data;
                continue;
            }
            all.extend_from_slice(&first);
            first.clear();
            all.extend_from_slice(&data);
        }
        let data = if all.is_empty() { first } else { all.freeze() };
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        self.next.take().map_or(Poll::Pending, Poll::Ready)
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
        let Some(stopped) = &mut this.stopped else {
            return Pin::new(&mut this.body).poll_frame(context);
        };
        if let Some(next) = this.next.take() {
            return Poll::Ready(next);
        }
        if stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        this.poll_stream(context)
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
