//! The other side: asks a device through its broker.

use super::exchange::{AGAIN, GONE, part_of};
use super::flow::{Inflow, Outflow};
use super::frame::{Answered, Asked, From, Head, Key, Sealed, Side, seal};
use super::parts::Parts;
use super::rules;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use parking_lot::Mutex;
use rand::TryRng;
use rand::rngs::SysRng;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// A device that is there says welcome within this time.
const WELCOME: Duration = Duration::from_secs(10);
/// A hello is said again after this time.
const HELLO: Duration = Duration::from_secs(1);
/// Messages of an answer that wait.
const WAITING: usize = 32;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    #[error(
        "the device gives no answer through the broker: it is off, has no connection, or does not let itself be reached so (mqtt.remote)"
    )]
    Silent,
    #[error("the device says that it does not know this token: give it another one")]
    Unknown,
    #[error("the device fell silent; what was asked for may have been done: look before you ask again")]
    Lost,
    #[error("the request can't be written: {0}")]
    Unwritable(String),
}

/// One device, as it is asked through a broker. Clones share its session.
#[derive(Clone)]
pub struct Requester(Arc<Inner>);

struct Inner {
    from: From,
    key: Key,
    /// Messages to the device.
    out: mpsc::Sender<Bytes>,
    /// Bytes of a message at most.
    limit: usize,
    session: tokio::sync::Mutex<Option<Session>>,
    /// Why the last hello was in vain, and when that was known: it holds for all who waited for it.
    vain: Mutex<Option<(Instant, RemoteError)>>,
    /// The last welcome: its salt, and the session's name.
    welcome: watch::Sender<(String, String)>,
    /// The device said that it does not know the token.
    unknown: AtomicBool,
    under_way: Mutex<HashMap<(String, u64), mpsc::Sender<Sealed>>>,
}

struct Session {
    name: String,
    requests: u64,
}

impl Requester {
    /// Of a token, whose answers come on the topic that ends with `from.reply`. `limit`: bytes of a message that the broker
    /// takes.
    pub fn new(from: From, key: Key, out: mpsc::Sender<Bytes>, limit: usize) -> Self {
        Self(Arc::new(Inner {
            from,
            key,
            out,
            limit,
            session: tokio::sync::Mutex::default(),
            vain: Mutex::default(),
            welcome: watch::Sender::default(),
            unknown: AtomicBool::new(false),
            under_way: Mutex::default(),
        }))
    }

    /// The last level of the topic of the answers.
    pub fn reply(&self) -> &str {
        &self.0.from.reply
    }

    /// A message came on the topic of the answers.
    pub fn hear(&self, message: Bytes) {
        let Some(sealed) = Sealed::read(message) else { return };
        if sealed.head == Head::Unknown {
            // It proves nothing: it is told, where nothing better is heard.
            self.0.unknown.store(true, Ordering::Relaxed);
            return;
        }
        if !sealed.is_of(&self.0.key, Side::Device) {
            return;
        }
        match &sealed.head {
            Head::Welcome { salt, session } => drop(self.0.welcome.send_replace((salt.clone(), session.clone()))),
            Head::Answer { session, request, .. } | Head::Got { session, request, .. } => {
                let name = (session.clone(), *request);
                let to = self.0.under_way.lock().get(&name).cloned();
                match to {
                    // What does not fit comes again.
                    Some(to) => drop(to.try_send(sealed)),
                    None => self.leave(name),
                }
            }
            Head::Stranger { session } => {
                let all = self.0.under_way.lock();
                let theirs = all.iter().filter(|((of, _), _)| of == session);
                let head = Head::Stranger { session: session.clone() };
                for (_, to) in theirs {
                    drop(to.try_send(Sealed::said(head.clone())));
                }
            }
            Head::Hello { .. } | Head::Ask { .. } | Head::Leave { .. } | Head::Unknown => {}
        }
    }

    /// Asks the device. The answer's body comes as it is read.
    pub async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, RemoteError> {
        let (parts, body) = request.into_parts();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = parts.headers.iter().filter(|(name, _)| rules::is_asked(name));
        let asked = Asked {
            method: parts.method.to_string(),
            target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect(),
        };
        let mut body = Parts::of(body, part_of(self.0.limit));
        let safe = parts.method.is_safe();
        let first = body.next().await.ok_or_else(|| RemoteError::Unwritable("its body broke off".to_owned()))?;
        self.0.unknown.store(false, Ordering::Relaxed);
        // A device that was started anew knows no session of before; and what it never heard of it has not done.
        loop {
            let name = self.number().await?;
            match self.exchange(name.clone(), safe, &asked, &first, &mut body).await {
                Err(Failed::Stranger) => self.forget(&name.0).await,
                Err(Failed::For(error)) => return Err(error),
                Ok(response) => return Ok(response),
            }
        }
    }

    /// Asks for what lies at a path: the status, and at most so many bytes of what there is.
    pub async fn get(&self, path: &str, most: usize) -> Result<(u16, Bytes), RemoteError> {
        let unwritable = |error: axum::http::Error| RemoteError::Unwritable(error.to_string());
        let answer = self.ask(Request::get(path).body(Body::empty()).map_err(unwritable)?).await?;
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), most).await.map_err(|_| RemoteError::Lost)?;
        Ok((status, body))
    }

    /// The session, and the next number in it; says hello where there is none.
    async fn number(&self) -> Result<(String, u64), RemoteError> {
        let asked = Instant::now();
        let mut session = self.0.session.lock().await;
        if session.is_none() {
            if let Some((at, error)) = &*self.0.vain.lock()
                && *at >= asked
            {
                return Err(error.clone());
            }
            let hello = self.hello().await.inspect_err(|error| {
                *self.0.vain.lock() = Some((Instant::now(), error.clone()));
            });
            *session = Some(Session { name: hello?, requests: 0 });
        }
        let Some(session) = session.as_mut() else { return Err(RemoteError::Silent) };
        session.requests += 1;
        Ok((session.name.clone(), session.requests))
    }

    async fn forget(&self, name: &str) {
        let mut session = self.0.session.lock().await;
        if session.as_ref().is_some_and(|session| session.name == name) {
            *session = None;
        }
    }

    async fn hello(&self) -> Result<String, RemoteError> {
        let mut salt = [0; 16];
        SysRng.try_fill_bytes(&mut salt).map_err(|error| RemoteError::Unwritable(error.to_string()))?;
        let salt = hex::encode(salt);
        let mut welcome = self.0.welcome.subscribe();
        let until = Instant::now() + WELCOME;
        while Instant::now() < until {
            self.post(&Head::Hello { salt: salt.clone() }, b"").await?;
            let ours = timeout(HELLO, welcome.wait_for(|(of, _)| *of == salt)).await;
            if let Ok(Ok(welcome)) = ours {
                return Ok(welcome.1.clone());
            }
            if self.0.unknown.load(Ordering::Relaxed) {
                return Err(RemoteError::Unknown);
            }
        }
        Err(RemoteError::Silent)
    }

    fn sealed(&self, head: &Head, body: &[u8]) -> Result<Bytes, RemoteError> {
        let key = Some((&self.0.key, Side::Requester));
        seal(key, head, Some(&self.0.from), body).map_err(|error| RemoteError::Unwritable(error.to_string()))
    }

    async fn post(&self, head: &Head, body: &[u8]) -> Result<(), RemoteError> {
        let message = self.sealed(head, body)?;
        self.0.out.send(message).await.map_err(|_| RemoteError::Silent)
    }

    /// Tells that nobody waits for that; where there is no room it comes again.
    fn leave(&self, (session, request): (String, u64)) {
        if let Ok(message) = self.sealed(&Head::Leave { session, request }, b"") {
            drop(self.0.out.try_send(message));
        }
    }

    /// One request: sends it, until the head of its answer is here.
    async fn exchange(
        &self,
        name: (String, u64),
        safe: bool,
        asked: &Asked,
        first: &(Bytes, bool),
        body: &mut Parts,
    ) -> Result<Response<Body>, Failed> {
        let (tell, mut came) = mpsc::channel(WAITING);
        self.0.under_way.lock().insert(name.clone(), tell);
        let mut of = Under {
            requester: self.clone(),
            name,
            ask: Outflow::default(),
            answer: Inflow::default(),
            heard: false,
            said: false,
        };
        of.send(Some(asked.clone()), &first.0, first.1).await?;
        let (mut heard, mut again) = (Instant::now(), Instant::now() + AGAIN);
        let mut start = None;
        loop {
            tokio::select! {
                message = came.recv() => {
                    let Some(message) = message else { return Err(Failed::For(RemoteError::Lost)) };
                    heard = Instant::now();
                    match message.head {
                        // What it can't have heard of before it has not done; of the rest nobody knows.
                        Head::Stranger { .. } if !of.heard && !of.is_under_way() && (safe || !of.said) => {
                            return Err(Failed::Stranger);
                        }
                        Head::Stranger { .. } => return Err(Failed::For(RemoteError::Lost)),
                        Head::Got { next, .. } => {
                            of.heard = true;
                            of.ask.got(next);
                        }
                        Head::Answer { part, last, start: begins, .. } => {
                            of.heard = true;
                            start = begins.or(start);
                            of.answer.put(part, last, message.body);
                        }
                        _ => {}
                    }
                    if of.answer.is_ready() && let Some(start) = start.take() {
                        return Ok(of.deliver(start, came));
                    }
                }
                next = body.next(), if of.ask.has_room() => match next {
                    Some((body, last)) => of.send(None, &body, last).await?,
                    None => return Err(Failed::For(RemoteError::Unwritable("its body broke off".to_owned()))),
                },
                () = sleep_until(again) => {
                    // Not proven, but nothing speaks against it.
                    if !of.heard && self.0.unknown.load(Ordering::Relaxed) {
                        return Err(Failed::For(RemoteError::Unknown));
                    }
                    if heard.elapsed() > GONE {
                        return Err(Failed::For(if of.heard { RemoteError::Lost } else { RemoteError::Silent }));
                    }
                    of.repeat().await;
                    of.said = true;
                    again = Instant::now() + AGAIN;
                }
            }
        }
    }
}

enum Failed {
    Stranger,
    For(RemoteError),
}

impl std::convert::From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self::For(error)
    }
}

/// A request that is under way; where this is dropped, nobody waits for it.
struct Under {
    requester: Requester,
    name: (String, u64),
    ask: Outflow,
    answer: Inflow,
    /// The device has it.
    heard: bool,
    /// It was sent more than once.
    said: bool,
}

impl Under {
    /// Whether more than the first part was sent, which the device can't take alone.
    fn is_under_way(&self) -> bool {
        self.ask.next() > 1
    }

    async fn send(&mut self, start: Option<Asked>, body: &[u8], last: bool) -> Result<(), RemoteError> {
        let (session, request) = self.name.clone();
        let head = Head::Ask { session, request, part: self.ask.next(), last, start };
        let message = self.requester.sealed(&head, body)?;
        self.ask.push(message.clone(), last);
        self.requester.0.out.send(message).await.map_err(|_| RemoteError::Silent)
    }

    /// Sends again what was not acknowledged; where all was, asks whether it goes on.
    async fn repeat(&self) {
        let unheard: Vec<Bytes> = self.ask.unheard().cloned().collect();
        for message in unheard {
            let _ = self.requester.0.out.send(message).await;
        }
        if self.ask.is_done() || self.answer.taken() > 0 {
            self.acknowledge().await;
        }
    }

    async fn acknowledge(&self) {
        let (session, request) = self.name.clone();
        let _ = self.requester.post(&Head::Got { session, request, next: self.answer.taken() }, b"").await;
    }

    /// The answer, whose body goes on coming.
    fn deliver(mut self, start: Answered, mut came: mpsc::Receiver<Sealed>) -> Response<Body> {
        let (give, body) = mpsc::channel::<io::Result<Bytes>>(1);
        tokio::spawn(async move {
            let (mut heard, mut again) = (Instant::now(), Instant::now() + AGAIN);
            while !self.answer.has_ended() {
                tokio::select! {
                    permit = give.reserve(), if self.answer.is_ready() => {
                        let (Ok(permit), Some(body)) = (permit, self.answer.take()) else { return };
                        permit.send(Ok(body));
                        self.acknowledge().await;
                    }
                    () = give.closed() => return,
                    message = came.recv() => match message.map(|message| (message.head, message.body)) {
                        Some((Head::Answer { part, last, .. }, body)) => {
                            heard = Instant::now();
                            if !self.answer.put(part, last, body) {
                                self.acknowledge().await;
                            }
                        }
                        Some((Head::Stranger { .. }, _)) | None => break,
                        Some(_) => heard = Instant::now(),
                    },
                    () = sleep_until(again) => {
                        if heard.elapsed() > GONE {
                            break;
                        }
                        self.acknowledge().await;
                        again = Instant::now() + AGAIN;
                    }
                }
            }
            if !self.answer.has_ended() {
                let _ = give.send(Err(io::Error::other(RemoteError::Lost))).await;
            }
        });
        let mut response = Response::new(Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(body)));
        *response.status_mut() = StatusCode::from_u16(start.status).unwrap_or(StatusCode::BAD_GATEWAY);
        for (name, value) in start.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.requester.0.under_way.lock().remove(&self.name);
        self.requester.leave(self.name.clone());
    }
}
