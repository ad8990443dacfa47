//! The loop that joins what the door reaches of the device with the connection.
//!
//! One task owns the connection and everything that remembers; work that blocks (status, drawing, commands) runs
//! beside it and comes back as a [`Done`]. So nothing here waits for anything else here.

use super::commanding::{Commanding, Next, Worked};
use super::discovery;
use super::door::{Door, blocking};
use super::ghosts::Ghosts;
use super::payload::{Message, Stamp};
use super::publisher::{Outcome, Publisher};
use super::reached::Reached;
use super::retold;
use super::session::{Happening, Link};
use super::sight::Sight;
use super::snapshots::Snapshots;
use super::status::Pulse;
use super::told::StatusBody;
use super::topics::Topic;
use super::wire::Incoming;
use crate::camera::CameraState;
use crate::causes::with_causes;
use crate::domain::{CameraId, Entity, Event, Page, Training};
use crate::store::outbox::Told;
use crate::supervise::{Beat, Part, PartState};
use crate::telemetry::Status;
use anyhow::Result;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

/// How often it is said in the log that there is still no connection.
const SAY_AGAIN: Duration = Duration::from_secs(600);

/// How long answers are waited for as the daemon ends.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

impl Door {
    /// Publishes `events` and takes commands over `link` until `stop` is cancelled, then says goodbye.
    pub async fn serve(
        mut self,
        mut events: broadcast::Receiver<Event>,
        link: Link,
        beat: Beat,
        stop: CancellationToken,
    ) {
        let stamp = self.stamp.clone();
        let (commanding, interrupted) = Commanding::open(&self).await;
        let cameras = stamp.topics().cameras();
        let mut serving = Serving {
            snapshots: Snapshots::new(self.snapshot, cameras, tokio::time::Instant::now()),
            sights: None,
            known: Vec::new(),
            look_due: true,
            announce_due: false,
            publisher: Publisher::new(stamp.clone(), self.rates.clone()),
            commanding,
            pulse: Pulse::new(),
            jobs: FuturesUnordered::new(),
            drawing: false,
            draw_next: None,
            losses: 0,
            last: None,
            ghosts: Ghosts::default(),
            retold: BTreeSet::new(),
            reached: self.reached.take(),
            door: self,
            stamp,
            link,
        };
        (serving.door.post)(Part::new(PartState::Restarting));
        serving.tell_missed().await;
        serving.take_back().await;
        serving.recall().await;
        serving.start();
        interrupted.into_iter().for_each(|work| serving.command(Next::Work(work)));
        loop {
            // The status is due every half minute, so there is always another turn.
            beat.alive();
            (serving.door.filled)(serving.link.fill());
            serving.forget_gone();
            serving.remember().await;
            serving.look().await;
            serving.announce().await;
            if let Some(reached) = &mut serving.reached {
                reached.pass(&mut serving.link);
            }
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
                () = serving.snapshots.wait() => serving.begin_snapshot(),
                () = passed(&mut serving.reached, &serving.stamp) => {}
            }
        }
        // What happened before the stop is still told.
        while let Ok(event) = events.try_recv() {
            serving.on(&event);
        }
        serving.finish_commands().await;
        serving.link.close().await;
    }
}

async fn passed(reached: &mut Option<Reached>, stamp: &Stamp) {
    match reached {
        Some(reached) => reached.wait(stamp).await,
        None => std::future::pending().await,
    }
}

/// What work beside the loop has come to.
enum Done {
    /// Boxed: far larger than the others.
    Status(Result<Box<Status>>),
    /// Boxed: far larger than the others.
    Newest(Result<Option<Box<Training>>>),
    Drawn(Page, Result<Bytes>),
    Pictured(Option<CameraId>, Result<Option<(Bytes, Timestamp)>>),
    Commanded(Worked),
    Kept(Result<()>),
}

struct Serving {
    door: Door,
    link: Link,
    stamp: Stamp,
    publisher: Publisher,
    commanding: Commanding,
    pulse: Pulse,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    drawing: bool,
    /// The newest page that waits for the drawing before it; older ones are skipped.
    draw_next: Option<Page>,
    losses: u32,
    /// What attempts to connect failed with when that was said last.
    last: Option<(String, Instant)>,
    ghosts: Ghosts,
    snapshots: Snapshots,
    /// Which model looks where; `None` until that was read.
    sights: Option<Vec<Sight>>,
    /// What Home Assistant was told of, now or before.
    known: Vec<Entity>,
    look_due: bool,
    announce_due: bool,
    reached: Option<Reached>,
    /// What was told from the store, as long as the bus has not brought it.
    retold: BTreeSet<Told>,
}

impl Serving {
    fn start(&mut self) {
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

    async fn recall(&mut self) {
        let entities = Arc::clone(&self.door.entities);
        match blocking(move || entities(())).await {
            Ok(known) => self.known = known,
            Err(error) => tracing::warn!(error = with_causes(&error), "what Home Assistant was told of can't be read"),
        }
    }

    /// Reads which model looks where, if that may have changed; the loop stands still for as long as that is read.
    async fn look(&mut self) {
        if !std::mem::take(&mut self.look_due) {
            return;
        }
        let sights = Arc::clone(&self.door.sights);
        match blocking(move || sights(())).await {
            Ok(sights) if self.sights.as_ref() != Some(&sights) => {
                self.publisher.look(&sights);
                self.sights = Some(sights);
                self.announce_due = true;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = with_causes(&error), "which model looks where can't be read"),
        }
    }

    /// Tells Home Assistant what there is, if that is due. What it is told of is written down first, to be taken back one day.
    async fn announce(&mut self) {
        let Some(sights) = self.sights.as_ref().filter(|_| std::mem::take(&mut self.announce_due)) else { return };
        let (message, known) = discovery::announce(&self.stamp, sights, &self.known);
        if known != self.known {
            let (put, written) = (Arc::clone(&self.door.put_entities), known.clone());
            if let Err(error) = blocking(move || put(written)).await {
                tracing::warn!(error = with_causes(&error), "what Home Assistant is told of can't be written down");
            }
            self.known = known;
        }
        self.link.send(message);
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
                tracing::info!(at = %self.link.address(), protocol = agreed.protocol, "connected to the MQTT broker");
                agreed.notes.iter().for_each(|note| tracing::warn!("{note}"));
                (self.door.agreed)(agreed);
                (self.door.post)(Part { state: PartState::Running, restarts: self.losses, error: None });
                self.last = None;
                if let (Some(reached), Some(connection)) = (&self.reached, self.link.connected()) {
                    reached.connected(connection.terms.max_packet);
                }
                self.commanding.connected();
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
                self.announce_due = true;
                self.link.tell_again();
            }
            return;
        }
        if message.topic == self.stamp.topics().http_request() {
            if let Some(reached) = self.reached.as_ref().filter(|_| !message.retain) {
                reached.heard(&message.payload);
            }
            return;
        }
        let Some(name) = self.stamp.topics().command_name(&message.topic) else { return };
        let next = self.commanding.received(name, message);
        self.command(next);
    }

    /// What follows of a command.
    fn command(&mut self, next: Next) {
        match next {
            Next::Work(work) => self.jobs.push(Box::pin(async move { Done::Commanded(work.await) })),
            Next::Send(replies) => replies.into_iter().for_each(|reply| self.link.send(reply)),
            Next::SendAndEnd(replies) => {
                replies.into_iter().for_each(|reply| self.link.send(reply));
                (self.door.restart)(());
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
        self.look_due |= outcome.sights;
        if let Some(camera) = outcome.happened {
            self.snapshots.happened(camera.as_ref());
        }
        if let Some(page) = outcome.draw {
            self.draw_next = Some(page);
            self.begin_drawing();
        }
    }

    fn begin_status(&mut self) {
        self.pulse.begin();
        let status = Arc::clone(&self.door.status);
        self.jobs.push(Box::pin(async move { Done::Status(blocking(move || Ok(Box::new(status(())?))).await) }));
    }

    fn begin_snapshot(&mut self) {
        let Some(camera) = self.snapshots.begin(tokio::time::Instant::now()) else { return };
        let (picture, of) = (Arc::clone(&self.door.picture), camera.clone());
        self.jobs.push(Box::pin(async move { Done::Pictured(camera, blocking(move || picture(of)).await) }));
    }

    fn pictured(&mut self, camera: Option<&CameraId>, picture: Result<Option<(Bytes, Timestamp)>>) {
        let picture = picture.unwrap_or_else(|error| {
            tracing::warn!(error = with_causes(&error), "could not make a camera's picture");
            None
        });
        self.snapshots.done(camera, picture.is_some(), tokio::time::Instant::now());
        if let Some((jpeg, taken)) = picture {
            let topic = self.stamp.topics().snapshot(camera);
            self.link.send(self.stamp.bare(topic, jpeg, "image/jpeg", &[("taken", taken.to_string())]));
        }
    }

    /// What is not seen now is not told any longer.
    fn tell_blind(&mut self, status: &Status) {
        for camera in &status.cameras {
            let looked = status.live.cameras.iter().find(|looked| looked.camera == camera.id);
            let looks = looked.is_some_and(|looked| looked.model.is_some() && looked.error.is_none());
            let comes = matches!(camera.status.state, CameraState::Streaming | CameraState::Full);
            if !(looks && comes) {
                let camera = self.stamp.topics().told_apart(Some(&camera.id));
                self.publisher.blind(camera).into_iter().for_each(|message| self.link.send(message));
            }
        }
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
                if let Ok(status) = &status {
                    self.tell_blind(status);
                }
                let body = status.and_then(|status| Ok(StatusBody::of(&status, self.link.fill())?));
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
            Done::Pictured(camera, picture) => self.pictured(camera.as_ref(), picture),
            Done::Kept(Ok(())) => {}
            Done::Kept(Err(error)) => {
                tracing::warn!(error = with_causes(&error), "what brokers keep of this device can't be written down");
            }
            Done::Commanded(worked) => {
                let next = self.commanding.worked(worked);
                self.command(next);
            }
        }
    }

    /// What is being carried out as the daemon ends is still answered, where that takes a moment.
    async fn finish_commands(&mut self) {
        let until = tokio::time::Instant::now() + LAST_ANSWERS;
        while self.commanding.is_busy()
            && let Ok(Some(done)) = tokio::time::timeout_at(until, self.jobs.next()).await
        {
            self.finished(done);
        }
    }

    fn send(&mut self, message: Result<Message>, what: &str) {
        match message {
            Ok(message) => self.link.send(message),
            Err(error) => tracing::warn!(error = with_causes(&error), "could not publish {what}"),
        }
    }
}
