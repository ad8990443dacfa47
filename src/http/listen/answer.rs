//! One connection: its requests, its patience, its end.

use super::arrival::Arrival;
use super::connections::{Busy, HEAD_WITHIN};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
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
/// answers under way are finished.
pub async fn answer<I>(io: I, app: Router, arrival: Arrival, stop: &CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = arrival.connection.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = arrival.connection.begin();
        let mut request = request.map(Body::new);
        name_host(&mut request);
        request.extensions_mut().insert(arrival.clone());
        let answering = app.clone().oneshot(request);
        async move {
            let response = answering.await?;
            Ok::<_, Infallible>(response.map(|body| Answering { body, _busy: busy }))
        }
    });
    let builder = builder();
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

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
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
    _busy: Busy,
}

impl http_body::Body for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
