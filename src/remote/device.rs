//! The device's side: says who is who, and has requests carried out.

use super::exchange::{Came, Whose, carry_out, part_of};
use super::frame::{Asked, From, Head, Key, Sealed, Side, seal};
use super::sessions::Sessions;
use crate::access::Access;
use crate::mqtt::Answerer;
use axum::Router;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Requests that are carried out at a time.
const AT_ONCE: usize = 32;
/// Messages of a request that wait: more than are on their way at a time.
const WAITING: usize = 32;

/// Who is let in, and what answers.
pub struct Answering {
    pub device: String,
    pub access: Access,
    pub router: Router,
}

/// A request that is carried out, by its session and number.
type Name = (String, u64);

/// Answers what comes through the broker until `stop` is cancelled, or nothing can come any more.
pub async fn answer(answering: &Answering, way: Answerer, stop: CancellationToken) {
    let Answerer { mut come, go, limit } = way;
    let mut door = Door { answering, go, limit, sessions: Sessions::default(), under_way: HashMap::new() };
    let mut tasks: JoinSet<Name> = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            message = come.recv() => match message {
                Some(message) => door.hear(message, &mut tasks).await,
                None => return,
            },
            Some(ended) = tasks.join_next() => match ended {
                Ok(name) => drop(door.under_way.remove(&name)),
                // It panicked, and can't say which it was: whatever has nobody to hear it any more.
                Err(_) => door.under_way.retain(|_, came| !came.is_closed()),
            },
        }
    }
}

struct Door<'a> {
    answering: &'a Answering,
    go: mpsc::Sender<(String, Bytes)>,
    limit: Arc<AtomicUsize>,
    sessions: Sessions,
    under_way: HashMap<Name, mpsc::Sender<Came>>,
}

impl Door<'_> {
    async fn hear(&mut self, message: Bytes, tasks: &mut JoinSet<Name>) {
        let Some(sealed) = Sealed::read(message) else { return };
        let Some(from) = sealed.from.clone().filter(From::is_addressable) else { return };
        let Some((principal, hash)) = self.answering.access.known(from.token) else {
            return self.say(None, &from.reply, &Head::Unknown).await;
        };
        let key = Key::derive(&hash, &self.answering.device);
        // What nobody can have sent who has the secret is not answered.
        if !sealed.is_of(&key, Side::Requester) {
            return;
        }
        match sealed.head {
            Head::Hello { salt } => {
                let reply = from.reply.clone();
                self.answering.access.used(from.token);
                if let Some(session) = self.sessions.begin(from, principal, Instant::now()) {
                    self.say(Some(&key), &reply, &Head::Welcome { salt, session }).await;
                }
            }
            Head::Ask { session, request, part, last, start } => {
                let name = (session, request);
                if !self.under_way.contains_key(&name) && !self.begin(&name, &from, &key, start, tasks).await {
                    return;
                }
                self.pass(&name, Came::Part { part, last, body: sealed.body });
            }
            Head::Got { session, request, next } => self.pass(&(session, request), Came::Got(next)),
            Head::Leave { session, request } => self.pass(&(session, request), Came::Leave),
            Head::Welcome { .. } | Head::Answer { .. } | Head::Stranger { .. } | Head::Unknown => {}
        }
    }

    /// Begins to carry out a request; whether it did.
    async fn begin(
        &mut self,
        name: &Name,
        from: &From,
        key: &Key,
        start: Option<Asked>,
        tasks: &mut JoinSet<Name>,
    ) -> bool {
        let (session, request) = name;
        let Some(known) = self.sessions.of(session, from, Instant::now()) else {
            self.say(Some(key), &from.reply, &Head::Stranger { session: session.clone() }).await;
            return false;
        };
        // A later part may overtake the first; it comes again. And one too many is asked again.
        let Some(asked) = start.filter(|_| self.under_way.len() < AT_ONCE) else { return false };
        if !known.is_new(*request) {
            return false;
        }
        let whose = Whose {
            session: session.clone(),
            request: *request,
            reply: from.reply.clone(),
            key: key.clone(),
            principal: known.principal.clone(),
            part: part_of(self.limit.load(Ordering::Relaxed)),
        };
        let (tell, came) = mpsc::channel(WAITING);
        self.under_way.insert(name.clone(), tell);
        let (router, go, name) = (self.answering.router.clone(), self.go.clone(), name.clone());
        tasks.spawn(async move {
            carry_out(router, whose, asked, came, go).await;
            name
        });
        true
    }

    /// What does not fit is sent again.
    fn pass(&mut self, name: &Name, came: Came) {
        if let Some(tell) = self.under_way.get(name)
            && let Err(TrySendError::Closed(_)) = tell.try_send(came)
        {
            self.under_way.remove(name);
        }
    }

    async fn say(&self, key: Option<&Key>, reply: &str, head: &Head) {
        if let Ok(message) = seal(key.map(|key| (key, Side::Device)), head, None, b"") {
            let _ = self.go.send((reply.to_owned(), message)).await;
        }
    }
}
