//! What the MQTT door reaches of the device, and the loop that joins it with the connection.
//!
//! One task owns the connection and everything that remembers; work that blocks (status, drawing, commands) runs
//! beside it and comes back as a [`Done`]. So nothing here waits for anything else here.

use super::command::Command;
use super::discovery;
use super::drops::Drops;
use super::execute::execute;
use super::flipframe;
use super::ghosts::Ghosts;
use super::inbox::{Asked, Inbox, Verdict};
use super::payload::{Message, Stamp};
use super::publisher::{Outcome, Publisher};
use super::retold;
use super::session::{Happening, Link};
use super::status::Pulse;
use super::told::StatusBody;
use super::topics::Topic;
use super::wire::Incoming;
use crate::camera::CameraStatus;
use crate::causes::with_causes;
use crate::config;
use crate::domain::{Concession, Event, FleetEvent, Page, Training};
use crate::live::LiveStatus;
use crate::services::Services;
use crate::settings::Current;
use crate::store::outbox::Told;
use crate::supervise::{Beat, Part, PartState};
use crate::telemetry::{Agreed, Fill};
use crate::{flipbook, picture};
use anyhow::Result;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, FuturesUnordered, StreamExt};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;

/// A function of the device that may block.
pub type Ask<In, Out> = Arc<dyn Fn(In) -> Out + Send + Sync>;

/// How often it is said in the log that there is still no connection.
const SAY_AGAIN: Duration = Duration::from_secs(600);

/// What the door reaches.
pub struct Door {
    /// Makes the messages of this device.
    pub stamp: Stamp,
    /// How often detections are told.
    pub rates: Current<config::Live>,
    /// The body of `/status`: a JSON object.
    pub status: Ask<(), Result<Map<String, Value>>>,
    /// Tells when something in the status changed that no event tells of.
    pub changes: BoxStream<'static, ()>,
    /// The newest training, told after a start.
    pub newest_training: Ask<(), Result<Option<Training>>>,
    /// The page drawn, as a JPEG of at most [`flipframe::LIMIT`] bytes.
    pub draw: Ask<Page, Result<Bytes>>,
    /// Carries out a command.
    pub execute: Ask<Command, Result<Value, String>>,
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
    pub fn new(services: Services) -> Self {
        let cameras = services.cameras.each();
        let cameras =
            cameras.map(|one| changed(WatchStream::new(one.status.clone()).map(|status| camera_state(&status))));
        let cameras = stream::select_all(cameras.collect::<Vec<_>>());
        let live = WatchStream::new(services.live.status.clone()).map(|status| live_state(&status));
        let [s1, s2, s3, s4, s5, s6, s7, s8, s9, s10] = std::array::from_fn(|_| services.clone());
        Self {
            stamp: Stamp::new(&services.config.device.id)
                .discovered(&services.config.mqtt.discovery_prefix)
                .of_cameras(&services.cameras),
            rates: services.settings.live(),
            status: Arc::new(move |()| {
                // Through text, so that a 32-bit number keeps its few digits.
                Ok(serde_json::from_str(&serde_json::to_string(&s1.status())?)?)
            }),
            changes: stream::select(cameras, changed(live)).boxed(),
            newest_training: Arc::new(move |()| Ok(s2.store.trainings(None, 1)?.items.pop())),
            draw: Arc::new(move |page| {
                let _turn = s3.pictures.wait();
                let frame = picture::decode(&s3.store.jpeg(page.frame)?, picture::Bounds::default())?;
                let categories = s3.store.categories()?;
                flipframe::fit(|width| flipbook::draw_page(&frame, &page, &categories, width), picture::encode_jpeg)
            }),
            execute: Arc::new(move |command| execute(&s4, command)),
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

    /// Publishes `events` and takes commands over `link` until `stop` is cancelled, then says goodbye.
    pub async fn serve(self, mut events: broadcast::Receiver<Event>, link: Link, beat: Beat, stop: CancellationToken) {
        let stamp = self.stamp.clone();
        let mut serving = Serving {
            publisher: Publisher::new(stamp.clone(), self.rates.clone()),
            inbox: Inbox::new(stamp.clone()),
            pulse: Pulse::new(),
            jobs: FuturesUnordered::new(),
            drawing: false,
            draw_next: None,
            losses: 0,
            last: None,
            ghosts: Ghosts::default(),
            retold: BTreeSet::new(),
            door: self,
            stamp,
            link,
        };
        (serving.door.post)(Part::new(PartState::Restarting));
        serving.tell_missed().await;
        serving.take_back().await;
        serving.start();
        loop {
            // The status is due every half minute, so there is always another turn.
            beat.alive();
            (serving.door.filled)(serving.link.fill());
            serving.forget_gone();
            serving.remember().await;
            tokio::select! {
                () = stop.cancelled() => break,
                happening = serving.link.next() => serving.happened(happening),
                event = events.recv() => match event {
                    Ok(event) => serving.on(&event),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "MQTT fell behind; what must arrive is told from the store");
                        serving.tell_missed().await;
                    }
                    // Nobody is left who could tell anything.
                    Err(RecvError::Closed) => break,
                },
                Some(done) = serving.jobs.next() => serving.finished(done),
                Some(()) = serving.door.changes.next() => serving.pulse.changed(),
                () = serving.pulse.wait() => serving.begin_status(),
            }
        }
        // What happened before the stop is still told.
        while let Ok(event) = events.try_recv() {
            serving.on(&event);
        }
        serving.link.close().await;
    }
}

/// What work beside the loop has come to.
enum Done {
    Status(Result<Map<String, Value>>),
    /// Boxed: far larger than the others.
    Newest(Result<Option<Box<Training>>>),
    Drawn(Page, Result<Bytes>),
    Answered(Asked, Result<Value, String>),
    Kept(Result<()>),
}

struct Serving {
    door: Door,
    link: Link,
    stamp: Stamp,
    publisher: Publisher,
    inbox: Inbox,
    pulse: Pulse,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    drawing: bool,
    /// The newest page that waits for the drawing before it; older ones are skipped.
    draw_next: Option<Page>,
    losses: u32,
    /// What attempts to connect failed with when that was said last.
    last: Option<(String, Instant)>,
    ghosts: Ghosts,
    /// What was told from the store, as long as the bus has not brought it.
    retold: BTreeSet<Told>,
}

impl Serving {
    fn start(&mut self) {
        self.link.send(discovery::announce(&self.stamp));
        let newest = Arc::clone(&self.door.newest_training);
        self.jobs.push(Box::pin(async move {
            let training = blocking(move || newest(())).await;
            Done::Newest(training.map(|training| training.map(Box::new)))
        }));
    }

    /// Takes back what brokers keep of this device under another id, or for another prefix, and writes down what they will
    /// keep from now on, before they do.
    async fn take_back(&mut self) {
        let (kept, keep) = (Arc::clone(&self.door.kept), Arc::clone(&self.door.keep));
        let own = self.stamp.topics().retained();
        let written = blocking(move || {
            let ghosts = Ghosts::of(kept(())?, own);
            keep(ghosts.all())?;
            Ok(ghosts)
        });
        match written.await {
            Ok(ghosts) => self.ghosts = ghosts,
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "what brokers keep of this device can't be written down")
            }
        }
        for topic in self.ghosts.gone() {
            tracing::info!(topic, "taken back: this device had another id, or another discovery prefix");
            self.link.send(self.stamp.taken_back(topic.clone()));
        }
    }

    /// Writes down what the broker does not take: once a day or so.
    async fn remember(&mut self) {
        let Some(concessions) = self.link.unwritten() else { return };
        let learned = Arc::clone(&self.door.learned);
        if let Err(error) = blocking(move || learned(concessions)).await {
            tracing::warn!(error = with_causes(&error), "what the broker does not take can't be written down");
        }
    }

    /// What the broker has taken back is forgotten.
    fn forget_gone(&mut self) {
        let link = &self.link;
        if self.ghosts.forget(|topic| !link.holds(topic)) {
            let (keep, topics) = (Arc::clone(&self.door.keep), self.ghosts.all());
            self.jobs.push(Box::pin(async move { Done::Kept(blocking(move || keep(topics)).await) }));
        }
    }

    /// Tells what the store knows of and nobody was told, some at a time; the loop stands still for as long as that is read.
    async fn tell_missed(&mut self) {
        loop {
            let (missed, told) = (Arc::clone(&self.door.missed), self.link.told().clone());
            let before = told.clone();
            match blocking(move || missed(told)).await {
                Ok(events) if events.is_empty() => return,
                Ok(events) => {
                    for event in events {
                        self.on(&event);
                        // The bus may bring it too.
                        self.retold.extend(retold::told(&event));
                    }
                }
                Err(error) => {
                    tracing::warn!(error = with_causes(&error), "what was not told before can't be read");
                    return;
                }
            }
            if *self.link.told() == before {
                tracing::error!("what was not told before is told, and does not count as told");
                return;
            }
        }
    }

    fn on(&mut self, event: &Event) {
        if let Some(told) = retold::told(event)
            && self.retold.remove(&told)
        {
            return;
        }
        let outcome = self.publisher.on(event);
        self.follow(outcome);
    }

    fn happened(&mut self, happening: Happening) {
        match happening {
            Happening::Connected => {
                let agreed = self.link.agreed();
                tracing::info!(protocol = agreed.protocol, "connected to the MQTT broker");
                agreed.notes.iter().for_each(|note| tracing::warn!("{note}"));
                (self.door.agreed)(agreed);
                (self.door.post)(Part { state: PartState::Running, restarts: self.losses, error: None });
                self.last = None;
                self.inbox.connected();
                self.pulse.changed();
            }
            Happening::Lost { error, pause } => {
                // The same again and again is said now and then.
                let known = self.last.as_ref().is_some_and(|(last, at)| *last == error && at.elapsed() < SAY_AGAIN);
                if !known {
                    tracing::warn!(error, pause = ?pause, "no connection to the MQTT broker");
                    self.last = Some((error.clone(), Instant::now()));
                }
                self.losses += 1;
                (self.door.agreed)(self.link.agreed());
                let part = Part { state: PartState::Restarting, restarts: self.losses, error: Some(error) };
                (self.door.post)(part);
            }
            // How full it is is posted at each turn.
            Happening::Emptied => {}
            Happening::Learned => {
                (self.door.agreed)(self.link.agreed());
                self.pulse.changed();
            }
            Happening::Received(message) => self.received(&message),
        }
    }

    fn received(&mut self, message: &Incoming) {
        if message.topic == self.stamp.topics().home_assistant() {
            if message.payload.as_ref() == b"online" {
                self.link.send(discovery::announce(&self.stamp));
                self.link.tell_again();
            }
            return;
        }
        let Some(name) = self.stamp.topics().command_name(&message.topic) else { return };
        match self.inbox.receive(name, message) {
            Verdict::Reply(message) => self.link.send(message),
            Verdict::Ignore => {}
            Verdict::Execute(asked, command) => {
                let execute = Arc::clone(&self.door.execute);
                self.jobs.push(Box::pin(async move {
                    let result = spawn_blocking(move || execute(command)).await;
                    Done::Answered(asked, result.unwrap_or_else(|_| Err("the command failed inside".to_owned())))
                }));
            }
        }
    }

    fn follow(&mut self, outcome: Outcome) {
        for message in outcome.messages {
            self.link.send(message);
        }
        if let Some(told) = outcome.told {
            self.link.tell(told);
        }
        if outcome.status {
            self.pulse.changed();
        }
        if let Some(page) = outcome.draw {
            self.draw_next = Some(page);
            self.begin_drawing();
        }
    }

    fn begin_status(&mut self) {
        self.pulse.begin();
        let status = Arc::clone(&self.door.status);
        self.jobs.push(Box::pin(async move { Done::Status(blocking(move || status(())).await) }));
    }

    fn begin_drawing(&mut self) {
        if self.drawing {
            return;
        }
        let Some(page) = self.draw_next.take() else { return };
        self.drawing = true;
        let draw = Arc::clone(&self.door.draw);
        self.jobs.push(Box::pin(async move {
            let of = page.clone();
            Done::Drawn(page, blocking(move || draw(of)).await)
        }));
    }

    fn finished(&mut self, done: Done) {
        match done {
            Done::Status(status) => {
                self.pulse.done();
                let body = status.map(|mut status| {
                    // Ours are the message's; the status has the same device and no id.
                    for key in ["id", "time", "device", "outbox"] {
                        status.remove(key);
                    }
                    StatusBody { status, outbox: self.link.fill() }
                });
                self.send(body.and_then(|body| Ok(self.stamp.json(Topic::Status, &body)?)), "the status");
            }
            Done::Newest(Ok(None)) => {}
            Done::Newest(Ok(Some(training))) => {
                if let Some(message) = self.publisher.newest(&training) {
                    self.link.send(message);
                }
            }
            Done::Newest(Err(error)) => tracing::warn!(%error, "could not read the newest training"),
            Done::Drawn(page, jpeg) => {
                self.drawing = false;
                self.send(jpeg.map(|jpeg| self.publisher.drawn(&page, jpeg)), "the flip book's frame");
                self.begin_drawing();
            }
            Done::Kept(Ok(())) => {}
            Done::Kept(Err(error)) => {
                tracing::warn!(error = with_causes(&error), "what brokers keep of this device can't be written down");
            }
            Done::Answered(asked, result) => {
                self.inbox.finish(&asked, result).into_iter().for_each(|reply| self.link.send(reply));
            }
        }
    }

    fn send(&mut self, message: Result<Message>, what: &str) {
        match message {
            Ok(message) => self.link.send(message),
            Err(error) => tracing::warn!(error = with_causes(&error), "could not publish {what}"),
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
    format!("{:?} {:?}", status.model, status.error)
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
