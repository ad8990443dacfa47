//! A door with nothing behind it: the real MQTT code without a store, a camera or a model, for benches and tests.

use super::account::Account;
use super::door::{Ask, Door};
use super::outbox::Outbox;
use super::payload::Stamp;
use super::session::Link;
use crate::config;
use crate::domain::Event;
use crate::settings::Current;
use crate::supervise::Beat;
use crate::telemetry::Status;
use anyhow::{Result, bail};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;

/// Bytes of what waits for the broker.
const OUTBOX: usize = 32_000_000;

impl Door {
    /// Of a device that tells how it is, and can do nothing.
    pub fn thin(stamp: Stamp, status: Ask<(), Result<Status>>) -> Self {
        Self {
            reached: None,
            stamp,
            rates: Current::fixed(config::Live::default()),
            status,
            sights: Arc::new(|()| Ok(Vec::new())),
            picture: Arc::new(|_| Ok(None)),
            snapshot: Duration::from_secs(900),
            entities: Arc::new(|()| Ok(Vec::new())),
            put_entities: Arc::new(|_| Ok(())),
            changes: futures::stream::pending().boxed(),
            newest_training: Arc::new(|()| Ok(None)),
            draw: Arc::new(|_| bail!("there is nothing to draw")),
            doubt: Arc::new(|()| None),
            execute: Arc::new(|command| Err(format!("can't {command:?} here"))),
            commands: Arc::new(|()| Ok(Vec::new())),
            put_commands: Arc::new(|_| Ok(())),
            restart: Arc::new(|()| {}),
            post: Arc::new(|_| {}),
            filled: Arc::new(|_| {}),
            agreed: Arc::new(|_| {}),
            kept: Arc::new(|()| Ok(Vec::new())),
            keep: Arc::new(|_| Ok(())),
            learned: Arc::new(|_| Ok(())),
            missed: Arc::new(|_| Ok(Vec::new())),
        }
    }

    /// Serves at this broker, with what waits for it in memory, until `stop` is cancelled.
    pub async fn serve_thin(self, account: &Account, events: Receiver<Event>, beat: Beat, stop: CancellationToken) {
        let link = Link::new(account, &self.stamp, Outbox::new(OUTBOX));
        self.serve(events, link, beat, stop).await;
    }
}
