//! What the MQTT door reaches of the device; `serving` is what it does with that.

use super::command::Command;
use super::drops::Drops;
use super::execute::execute;
use super::flipframe;
use super::payload::Stamp;
use super::reached::Reached;
use super::retold;
use super::sight::{self, Sight};
use crate::camera::CameraStatus;
use crate::config;
use crate::domain::{CameraId, Commanded, Concession, Entity, Event, FleetEvent, Page, Training};
use crate::live::LiveStatus;
use crate::services::Services;
use crate::settings::Current;
use crate::supervise::Part;
use crate::telemetry::{Agreed, Fill, Status};
use crate::{flipbook, picture};
use anyhow::Result;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::WatchStream;

/// A function of the device that may block.
pub type Ask<In, Out> = Arc<dyn Fn(In) -> Out + Send + Sync>;

/// What the door reaches.
pub struct Door {
    /// Makes the messages of this device.
    pub stamp: Stamp,
    /// Whoever answers requests for the HTTP door, where it is reached so.
    pub reached: Option<Reached>,
    /// How often detections are told.
    pub rates: Current<config::Live>,
    pub status: Ask<(), Result<Status>>,
    /// Tells when something in the status changed that no event tells of.
    pub changes: BoxStream<'static, ()>,
    /// The newest training, told after a start.
    pub newest_training: Ask<(), Result<Option<Training>>>,
    /// Which model looks at each camera.
    pub sights: Ask<(), Result<Vec<Sight>>>,
    /// A camera's newest picture and when it was taken (`None`: of the only one), where pictures come.
    pub picture: Ask<Option<CameraId>, Result<Option<(Bytes, Timestamp)>>>,
    /// Between pictures of each camera; zero for none.
    pub snapshot: Duration,
    /// What Home Assistant was told of, as written down last.
    pub entities: Ask<(), Result<Vec<Entity>>>,
    /// Writes that down.
    pub put_entities: Ask<Vec<Entity>, Result<()>>,
    /// The page drawn, as a JPEG of at most [`flipframe::LIMIT`] bytes.
    pub draw: Ask<Page, Result<Bytes>>,
    /// Why the clock is not believed, where it is not; does not block.
    pub doubt: Ask<(), Option<String>>,
    /// Carries out a command.
    pub execute: Ask<Command, Result<Value, String>>,
    /// Which commands came under an id, as written down last.
    pub commands: Ask<(), Result<Vec<Commanded>>>,
    /// Writes them down.
    pub put_commands: Ask<Vec<Commanded>, Result<()>>,
    /// Asks for the end of the daemon, which is started again then; does not block.
    pub restart: Ask<(), ()>,
    /// Posts how the connection is; does not block.
    pub post: Ask<Part, ()>,
    /// Posts how full the outbox is; does not block.
    pub filled: Ask<Fill, ()>,
    /// Posts what is known of the broker; does not block.
    pub agreed: Ask<Agreed, ()>,
    /// The topics on which brokers keep something of this device, as written down last; they are few.
    pub kept: Ask<(), Result<Vec<String>>>,
    /// Writes them down.
    pub keep: Ask<Vec<String>, Result<()>>,
    /// Writes down what brokers do not take.
    pub learned: Ask<Vec<Concession>, Result<()>>,
    /// What happened, and was not told before the daemon was killed; or up to where all counts as told, the first time.
    pub missed: Ask<BTreeMap<String, String>, Result<Vec<Event>>>,
}

impl Door {
    pub fn new(services: Services, reached: Option<Reached>) -> Self {
        let cameras = services.cameras.each();
        let cameras =
            cameras.map(|one| changed(WatchStream::new(one.status.clone()).map(|status| camera_state(&status))));
        let cameras = stream::select_all(cameras.collect::<Vec<_>>());
        let live = WatchStream::new(services.live.status.clone()).map(|status| live_state(&status));
        let [s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16, s17, s18] =
            std::array::from_fn(|_| services.clone());
        Self {
            stamp: Stamp::new(&services.config.device.id)
                .discovered(&services.config.mqtt.discovery_prefix)
                .of_cameras(&services.cameras)
                .reached(reached.is_some()),
            reached,
            rates: services.settings.live(),
            status: Arc::new(move |()| Ok(s1.status())),
            sights: Arc::new(move |()| Ok(sight::sights(&s11)?)),
            picture: Arc::new(move |camera| sight::picture(&s12, camera.as_ref())),
            snapshot: Duration::from_secs(services.config.mqtt.snapshot.into()),
            entities: Arc::new(move |()| Ok(s13.store.entities()?)),
            put_entities: Arc::new(move |entities| Ok(s14.store.put_entities(&entities)?)),
            changes: stream::select(cameras, changed(live)).boxed(),
            newest_training: Arc::new(move |()| Ok(s2.store.trainings(None, 1)?.items.pop())),
            draw: Arc::new(move |page| {
                let _turn = s3.pictures.wait();
                let frame = picture::decode(&s3.store.jpeg(page.frame)?, picture::Bounds::default())?;
                let categories = s3.store.categories()?;
                flipframe::fit(|width| flipbook::draw_page(&frame, &page, &categories, width), picture::encode_jpeg)
            }),
            doubt: Arc::new(move |()| s15.store.clock_doubt()),
            execute: Arc::new(move |command| {
                let store = s4.store.clone();
                let s4 = s4.clone();
                let done = store.patiently(move || execute(&s4, command));
                done.unwrap_or_else(|hangs| Err(format!("{hangs} (it may still be done then)")))
            }),
            commands: Arc::new(move |()| Ok(s16.store.commands()?)),
            put_commands: Arc::new(move |commands| Ok(s17.store.put_commands(&commands)?)),
            restart: Arc::new(move |()| s18.health.restart().ask()),
            filled: {
                let drops = Mutex::new(Drops::default());
                Arc::new(move |fill| {
                    s5.health.set_outbox(fill);
                    if let Some(count) = drops.lock().news(fill.dropped, Instant::now()) {
                        s5.events.publish(Event::Fleet(FleetEvent::messages_dropped(count)));
                    }
                })
            },
            agreed: Arc::new(move |agreed| s7.health.set_agreed(agreed)),
            kept: Arc::new(move |()| Ok(s8.store.retained_topics()?)),
            keep: Arc::new(move |topics| Ok(s9.store.put_retained_topics(&topics)?)),
            learned: Arc::new(move |concessions| Ok(s10.store.put_concessions(&concessions)?)),
            missed: Arc::new(move |told| Ok(retold::missed(&s6.store, &told)?)),
            post: Arc::new(move |part| services.health.set("mqtt", part)),
        }
    }
}

/// Off the loop.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await?
}

/// What an operator wants to hear of at once; the measured rates change all the time.
fn camera_state(status: &CameraStatus) -> String {
    format!("{:?} {} {:?} {:?}", status.state, status.source, status.trouble, status.error)
}

fn live_state(status: &LiveStatus) -> String {
    let cameras: Vec<_> = status.cameras.iter().map(|looked| (&looked.model, &looked.error)).collect();
    format!("{:?} {:?} {cameras:?}", status.model, status.error)
}

/// Only what differs from the one before.
fn changed(states: impl futures::Stream<Item = String> + Send + 'static) -> BoxStream<'static, ()> {
    let mut last = None;
    states
        .filter_map(move |state| {
            let new = last.as_ref() != Some(&state);
            last = Some(state);
            std::future::ready(new.then_some(()))
        })
        .boxed()
}
