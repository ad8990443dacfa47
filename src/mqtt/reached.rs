//! What passes between the broker and whoever answers requests for the HTTP door (`remote`).

use super::payload::Message;
use super::session::Link;
use super::topics::Topic;
use super::wire::Connection;
use crate::mqtt::payload::Stamp;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Messages that wait on either side; what does not fit is sent again by whoever sent it.
const WAITING: usize = 64;
/// How soon room at the connection is looked for again.
const AGAIN: Duration = Duration::from_millis(10);

/// The MQTT side.
pub struct Reached {
    come: mpsc::Sender<Bytes>,
    go: mpsc::Receiver<(String, Bytes)>,
    /// What the connection has no room for.
    waiting: VecDeque<Message>,
    limit: Arc<AtomicUsize>,
}

/// The other one.
pub struct Answerer {
    /// What was sent to this device.
    pub come: mpsc::Receiver<Bytes>,
    /// What goes to a requester: the last level of its topic, and the message.
    pub go: mpsc::Sender<(String, Bytes)>,
    /// Bytes of a message that the broker takes.
    pub limit: Arc<AtomicUsize>,
}

impl Reached {
    pub fn new() -> (Self, Answerer) {
        let ((tell, come), (go, gone)) = (mpsc::channel(WAITING), mpsc::channel(WAITING));
        let limit = Arc::new(AtomicUsize::new(usize::MAX));
        let reached = Self { come: tell, go: gone, waiting: VecDeque::new(), limit: Arc::clone(&limit) };
        (reached, Answerer { come, go, limit })
    }

    /// The broker takes packets of so many bytes.
    pub fn connected(&self, most: usize) {
        self.limit.store(most, Ordering::Relaxed);
    }

    /// A message to this device.
    pub fn heard(&self, message: &Bytes) {
        drop(self.come.try_send(message.clone()));
    }

    /// Sends what waits, as far as there is room; where there is no connection nothing waits for one.
    pub fn pass(&mut self, link: &mut Link) {
        if link.connected().is_none() {
            self.waiting.clear();
        }
        while link.connected().is_some_and(Connection::has_room)
            && let Some(message) = self.waiting.pop_front()
        {
            link.send(message);
        }
    }

    /// Until something is to be passed. Can be dropped.
    pub async fn wait(&mut self, stamp: &Stamp) {
        if !self.waiting.is_empty() {
            return sleep(AGAIN).await;
        }
        match self.go.recv().await {
            Some((reply, message)) => self.waiting.push_back(stamp.plain(Topic::HttpReply(reply), message)),
            // Nobody answers any more.
            None => std::future::pending().await,
        }
    }
}
