//! One connection: its requests, its patience, its end.

use super::arrival::Arrival;
use super::connections::{Busy, HEAD_WITHIN};
use super::unread::ReadAfterAll;
use super::untaken::{Giving, Streams, pieces};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Requests that one HTTP/2 connection may have open.
const STREAMS: u32 = 64;
/// Bytes of a request's head.
const HEAD: usize = 32 * 1024;
/// How often an HTTP/2 peer is asked whether it is there, and how long it may take to say so.
const ALIVE_EVERY: Duration = Duration::from_secs(20);

/// Answers what comes on a connection until it ends, rests too long, or has to give way. Once `stop` is cancelled,
/// answers under way are finished. A stream of HTTP/2 of which nothing is taken for `untaken` ends by itself.
pub async fn answer<I>(io: I, app: Router, arrival: Arrival, untaken: Duration, stop: &CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = arrival.connection.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = arrival.connection.begin();
        let mut request = request.map(ReadAfterAll::of);
        name_host(&mut request);
        request.extensions_mut().insert(arrival.clone());
        let answering = app.clone().oneshot(request);
        async move {
            let response = answering.await?;
            let (rest, giving) = (Bytes::new(), Giving::here());
            Ok::<_, Infallible>(response.map(|body| Answering { body, rest, giving, _busy: busy }))
        }
    });
    let builder = builder(untaken);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(io), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            // However it ended, there is nobody to tell.
            _ = serving.as_mut() => return,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
            }
            () = connection.closed() => return,
            () = connection.rested() => return,
        }
    }
}

fn builder(untaken: Duration) -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(Streams(untaken));
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD as u32)
        .keep_alive_interval(ALIVE_EVERY)
        .keep_alive_timeout(ALIVE_EVERY);
    builder
}

/// HTTP/2 names the host elsewhere; what checks it looks in one place.
fn name_host(request: &mut Request<Body>) {
    let authority = request.uri().authority().map(|authority| HeaderValue::try_from(authority.as_str()));
    if let Some(Ok(host)) = authority
        && !request.headers().contains_key(header::HOST)
    {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// A body that keeps its connection busy until it is sent.
struct Answering {
    body: Body,
    /// Of what the body gave, what was not given on yet: on HTTP/2 it goes piece by piece.
    rest: Bytes,
    giving: Option<Giving>,
    _busy: Busy,
}

impl http_body::Body for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(giving) = &this.giving else { return Pin::new(&mut this.body).poll_frame(context) };
        giving.taken();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => this.rest = data,
                Some(Ok(Err(frame))) => return Poll::Ready(Some(Ok(frame))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let (piece, rest) = pieces(std::mem::take(&mut this.rest));
        this.rest = rest;
        giving.given();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
