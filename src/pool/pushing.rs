//! Pushes by itself: some time after labels changed, and now and then; after a failure again, ever later.

use super::error::PoolError;
use super::place::CALL_WITHIN;
use super::service::Pool;
use super::told::Pushed;
use crate::backoff::Backoff;
use crate::domain::{Event, TrainingState};
use crate::events::Events;
use crate::supervise::{Beat, Part, PartState, Supervisor};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Nobody labelled for so long: then a burst of labels makes one shard.
const QUIET: Duration = Duration::from_secs(60);
/// Also where nothing was heard: an event may have been missed.
const EVERY: Duration = Duration::from_secs(900);
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(30), EVERY);
/// Between two signs of life lies one call to the pool, and what the store takes.
const SILENT_WITHIN: Duration = CALL_WITHIN.saturating_add(Duration::from_secs(120));

/// Starts to, as the part `pool`, where there is one.
pub fn start(pool: &Pool, events: &Events, supervisor: &Supervisor, stop: &CancellationToken) {
    if !pool.is_on() {
        supervisor.post("pool", Part::new(PartState::Off));
        return;
    }
    let (pool, events, parts, halt) = (pool.clone(), events.clone(), supervisor.clone(), stop.clone());
    supervisor.task("pool", SILENT_WITHIN, stop, move |beat| {
        let heard = events.subscribe();
        push_on(pool.clone(), heard, parts.clone(), beat, halt.clone())
    });
}

async fn push_on(
    pool: Pool,
    mut heard: Receiver<Event>,
    parts: Supervisor,
    beat: Beat,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (mut failures, mut backoff) = (0, BACKOFF);
    let mut due = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            never = beat.ticking() => match never {},
            again = wait(&mut heard, due, failures == 0) => due = again,
        }
        if Instant::now() < due {
            continue;
        }
        let (at, signs) = (pool.clone(), beat.clone());
        let pushed = tokio::task::spawn_blocking(move || push(&at, &signs)).await?;
        match pushed {
            Ok(()) => {
                (failures, backoff) = (0, BACKOFF);
                parts.post("pool", Part::new(PartState::Running));
                due = Instant::now() + EVERY;
            }
            Err(PoolError::Stopped) if stop.is_cancelled() => return Ok(()),
            Err(error) => {
                failures += 1;
                let error = error.to_string();
                tracing::warn!(error, "labels do not reach the pool; they are kept here, and it is tried again");
                parts.post("pool", Part { state: PartState::Restarting, restarts: failures, error: Some(error) });
                due = Instant::now() + backoff.pause();
            }
        }
    }
}

/// Until `due`, or until something is heard that is to be pushed: when it is due then. Where the pool is `away`, a label
/// makes it no sooner.
async fn wait(heard: &mut Receiver<Event>, due: Instant, well: bool) -> Instant {
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(due) => return due,
            event = heard.recv() => match event {
                Ok(event) if well && is_to_be_pushed(&event) => return due.min(Instant::now() + QUIET),
                Err(RecvError::Lagged(_)) if well => return due.min(Instant::now() + QUIET),
                // Nobody tells any more: the interval alone counts.
                Err(RecvError::Closed) => {
                    tokio::time::sleep_until(due).await;
                    return due;
                }
                _ => {}
            },
        }
    }
}

fn is_to_be_pushed(event: &Event) -> bool {
    match event {
        Event::Labels(_) | Event::Deleted(_) | Event::Restored(_) => true,
        Event::Training(training) => training.state == TrainingState::Done,
        _ => false,
    }
}

fn push(pool: &Pool, beat: &Beat) -> super::error::Result<()> {
    let mut told = Pushed::default();
    let pushed = pool.push(&mut told, &mut |_, _| {
        beat.alive();
        ControlFlow::Continue(())
    });
    if !told.is_nothing() {
        let Pushed { frames, pictures, withdrawn, models, .. } = &told;
        tracing::info!(frames, pictures, withdrawn, models, "brought to the pool");
    }
    told.left_out.iter().for_each(|line| tracing::warn!("not brought to the pool: {line}"));
    pushed
}
