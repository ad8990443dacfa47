//! One request, carried out on the device: parts of its body come in, parts of the answer go out.

use super::flow::{Inflow, Outflow};
use super::frame::{Answered, Asked, Head, Key, LARGEST, Side, seal};
use super::parts::Parts;
use super::rules;
use crate::access::Principal;
use crate::http::{Entered, Problem};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tower::ServiceExt;

/// What is not acknowledged is sent again after this time.
pub const AGAIN: Duration = Duration::from_secs(2);
/// Where nothing is heard of the other side for so long, it is gone.
pub const GONE: Duration = Duration::from_secs(45);
/// Bytes that a head takes at most, with what the broker's protocol adds; a longer one is the only one of its message.
const AROUND: usize = 1_500;

/// Bytes of a part's body, where messages have so many at most.
pub fn part_of(limit: usize) -> usize {
    limit.min(LARGEST).saturating_sub(AROUND).max(256)
}

/// Whose request it is.
pub struct Whose {
    pub session: String,
    pub request: u64,
    pub reply: String,
    pub key: Key,
    pub principal: Principal,
    /// Bytes of a part of the answer.
    pub part: usize,
}

/// What came for it.
#[derive(Debug)]
pub enum Came {
    Part { part: u32, last: bool, body: Bytes },
    Got(u32),
    Leave,
}

/// Carries out what is asked and answers it, until all of the answer has come, nobody waits for it, or nothing is heard.
/// Messages to the requester go to `out`.
pub async fn carry_out(
    router: Router,
    whose: Whose,
    asked: Asked,
    mut came: mpsc::Receiver<Came>,
    out: mpsc::Sender<(String, Bytes)>,
) {
    let (give, body) = mpsc::channel::<io::Result<Bytes>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(body));
    let revoked = whose.principal.revoked.clone();
    let mut way = Way { whose, out, into: Inflow::default(), answer: Outflow::default(), give: Some(give) };
    let mut answering = pin!(answer(router, way.whose.principal.clone(), asked, body));
    let mut parts: Option<Parts> = None;
    let (mut heard, mut again) = (Instant::now(), Instant::now() + AGAIN);
    loop {
        if way.answer.is_done() {
            return;
        }
        let gives = way.give.clone();
        tokio::select! {
            () = revoked.cancelled() => return,
            next = came.recv() => {
                let Some(next) = next else { return };
                heard = Instant::now();
                match next {
                    Came::Leave => return,
                    Came::Got(next) => {
                        if way.answer.got(next) {
                            again = Instant::now() + AGAIN;
                        }
                    }
                    Came::Part { part, last, body } => {
                        if !way.into.put(part, last, body) {
                            // The other side did not hear that it has come.
                            way.acknowledge().await;
                        }
                    }
                }
            }
            permit = reserve(gives), if way.into.is_ready() => {
                if let Some(body) = way.into.take()
                    && !body.is_empty()
                    && let Some(permit) = permit
                {
                    permit.send(Ok(body));
                }
                if way.into.has_ended() {
                    way.give = None;
                } else {
                    way.acknowledge().await;
                }
            }
            response = &mut answering, if parts.is_none() => parts = Some(way.begin(response).await),
            body = next_part(&mut parts), if parts.is_some() && way.answer.has_room() => {
                // A body that broke off is not ended as if it were whole.
                let Some((body, last)) = body else { return };
                way.send(None, &body, last).await;
                again = again.max(Instant::now() + AGAIN);
            }
            () = sleep_until(again) => {
                if heard.elapsed() > GONE {
                    return;
                }
                way.repeat().await;
                again = Instant::now() + AGAIN;
            }
        }
    }
}

async fn reserve(to: Option<mpsc::Sender<io::Result<Bytes>>>) -> Option<mpsc::OwnedPermit<io::Result<Bytes>>> {
    // Whoever answers without reading the rest needs none of it.
    to?.reserve_owned().await.ok()
}

struct Way {
    whose: Whose,
    out: mpsc::Sender<(String, Bytes)>,
    into: Inflow,
    answer: Outflow,
    /// Where the request's body goes, until it has ended.
    give: Option<mpsc::Sender<io::Result<Bytes>>>,
}

impl Way {
    async fn post(&self, message: Bytes) {
        // The connection takes it or drops it; what is not acknowledged comes again.
        let _ = self.out.send((self.whose.reply.clone(), message)).await;
    }

    fn seal(&self, head: &Head, body: &[u8]) -> Option<Bytes> {
        let sealed = seal(Some((&self.whose.key, Side::Device)), head, None, body);
        sealed.inspect_err(|error| tracing::error!(%error, "an answer through the broker could not be written")).ok()
    }

    async fn acknowledge(&self) {
        let Whose { session, request, .. } = &self.whose;
        let head = Head::Got { session: session.clone(), request: *request, next: self.into.taken() };
        if let Some(message) = self.seal(&head, b"") {
            self.post(message).await;
        }
    }

    async fn send(&mut self, start: Option<Answered>, body: &[u8], last: bool) {
        let Whose { session, request, .. } = &self.whose;
        let (session, request, part) = (session.clone(), *request, self.answer.next());
        if let Some(message) = self.seal(&Head::Answer { session, request, part, last, start }, body) {
            self.answer.push(message.clone(), last);
            self.post(message).await;
        }
    }

    /// Says how it is answered; the parts that follow.
    async fn begin(&mut self, response: Response<Body>) -> Parts {
        let (head, body) = response.into_parts();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = head.headers.iter().filter(|(name, _)| rules::is_answered(name));
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
        let mut parts = Parts::of(body, self.whose.part);
        let start = Some(Answered { status: head.status.as_u16(), headers });
        // Most answers are one message.
        match parts.next().await {
            Some((body, last)) => self.send(start, &body, last).await,
            None => {
                let problem = Problem::new(StatusCode::BAD_GATEWAY, "the answer broke off on the device; ask again");
                let status = problem.status;
                let body = serde_json::to_vec(&problem).unwrap_or_default();
                let headers = vec![("content-type".to_owned(), "application/problem+json".to_owned())];
                self.send(Some(Answered { status, headers }), &body, true).await;
            }
        }
        parts
    }

    /// Sends again what nobody said has come; and where nothing of ours is on its way, that this still goes on.
    async fn repeat(&self) {
        let unheard: Vec<Bytes> = self.answer.unheard().cloned().collect();
        if unheard.is_empty() {
            self.acknowledge().await;
        }
        for message in unheard {
            self.post(message).await;
        }
    }
}

async fn next_part(parts: &mut Option<Parts>) -> Option<(Bytes, bool)> {
    parts.as_mut()?.next().await
}

/// Asks the router, as this principal.
async fn answer(router: Router, principal: Principal, asked: Asked, body: Body) -> Response<Body> {
    let request = match request(principal, asked, body) {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    let Ok(response) = router.oneshot(request).await;
    response
}

fn request(principal: Principal, asked: Asked, body: Body) -> Result<Request<Body>, Problem> {
    let wrong =
        |what: &str| Problem::new(StatusCode::BAD_REQUEST, format!("{what} that was sent through the broker is none"));
    let method = Method::from_bytes(asked.method.as_bytes()).map_err(|_| wrong("the method"))?;
    let uri: Uri = asked.target.parse().map_err(|_| wrong("the path"))?;
    if !rules::is_reached(uri.path()) || uri.authority().is_some() {
        let detail = format!("only what lies under {} is reached through a broker", rules::ROOT);
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    let mut request = Request::new(body);
    for (name, value) in &asked.headers {
        let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) else {
            return Err(wrong("a header"));
        };
        if rules::is_asked(&name) {
            request.headers_mut().append(name, value);
        }
    }
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
    request.extensions_mut().insert(Entered(principal));
    Ok(request)
}
