//! What happened and was not told when the daemon was killed: the store knows of it, and up to where all was told.

use crate::domain::{AuditEntry, AuditId, EpochPages, Event, FleetEvent, FleetEventKind, Training, TrainingId};
use crate::store::outbox::Told;
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds of things that are told in their order.
const LOG: &str = "log";
const AUDIT: &str = "audit";
const EPOCH: &str = "epoch";
/// Where there was nothing yet.
const NOTHING: &str = "nothing";
/// Entries of a slice; things of one kind that are told anew, at most.
const SLICE: usize = 100;
const MOST: usize = 500;

/// Up to where things are told once this event is; `None` where only the newest counts.
pub fn told(event: &Event) -> Option<Told> {
    let (of, upto) = match event {
        Event::Fleet(event) => (LOG, sign(event)),
        Event::Audit(entry) => (AUDIT, entry.id.to_string()),
        Event::Epoch { training, pages } => (EPOCH, epoch_sign(training.id, pages.summary.epoch)),
        _ => return None,
    };
    Some(Told { of: of.to_owned(), upto })
}

/// What tells an event from others: all it says.
fn sign(event: &FleetEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

fn epoch_sign(training: TrainingId, epoch: u32) -> String {
    format!("{training} {epoch}")
}

/// Of kinds of which nothing is known: all up to here counts as told. Reads the store, so it blocks; what can't be read is
/// left out.
pub fn begin(store: &Store, told: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let newest = |of: &str| match of {
        EPOCH => Ok(store.trainings(None, 1)?.items.pop().map(|training| epoch_sign(training.id, training.epoch))),
        LOG => Ok(store.log(None, None, 1)?.items.first().map(sign)),
        _ => Ok(store.audit(None, 1).items.first().map(|entry| entry.id.to_string())),
    };
    let unknown = [EPOCH, LOG, AUDIT].into_iter().filter(|of| !told.contains_key(*of));
    unknown
        .filter_map(|of| {
            let upto = newest(of)
                .inspect_err(|error: &StoreError| tracing::warn!(%error, "what is told can't be read"))
                .ok()?;
            Some((of.to_owned(), upto.unwrap_or(NOTHING.to_owned())))
        })
        .collect()
}

/// What was not told after `told`, in the order of each kind. Reads the store, so it blocks.
pub fn missed(store: &Store, told: &BTreeMap<String, String>) -> Result<Vec<Event>, StoreError> {
    let mut missed = Vec::new();
    if let Some(upto) = told.get(EPOCH) {
        epochs(store, upto, &mut missed)?;
    }
    // Both are told on one topic, in the order in which they happened.
    let mut events: Vec<(Timestamp, Event)> = Vec::new();
    if let Some(upto) = told.get(LOG) {
        events.extend(log(store, upto)?.into_iter().map(|event| (event.time, Event::Fleet(event))));
    }
    if let Some(upto) = told.get(AUDIT) {
        events.extend(audit(store, upto).into_iter().map(|entry| (entry.time, Event::Audit(entry))));
    }
    events.sort_by_key(|(time, _)| *time);
    missed.extend(events.into_iter().map(|(_, event)| event));
    if !missed.is_empty() {
        tracing::info!(events = missed.len(), "what was not told before the last end is told now");
    }
    Ok(missed)
}

fn log(store: &Store, upto: &str) -> Result<Vec<FleetEvent>, StoreError> {
    let (mut new, mut before, mut found) = (Vec::new(), None::<String>, false);
    while !found && new.len() < MOST {
        let slice = store.log(None, before.as_deref(), SLICE)?;
        for event in slice.items {
            if sign(&event) == upto {
                found = true;
                break;
            }
            new.push(event);
        }
        match slice.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    // It was told, and the kill came before the log had it: the clock has to do.
    let last = serde_json::from_str::<FleetEvent>(upto).ok().filter(|_| !found);
    new.retain(|event| {
        event.kind != FleetEventKind::EventsMissed && last.as_ref().is_none_or(|last| event.time > last.time)
    });
    new.reverse();
    Ok(new)
}

fn audit(store: &Store, upto: &str) -> Vec<AuditEntry> {
    let (mut new, mut before) = (Vec::new(), None::<AuditId>);
    'known: loop {
        let slice = store.audit(before, SLICE);
        for entry in slice.items {
            if entry.id.to_string() == upto || new.len() == MOST {
                break 'known;
            }
            new.push(entry);
        }
        match slice.next.and_then(|next| next.parse().ok()) {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    new.reverse();
    new
}

fn epochs(store: &Store, upto: &str, events: &mut Vec<Event>) -> Result<(), StoreError> {
    let known =
        upto.split_once(' ').and_then(|(id, epoch)| Some((id.parse::<TrainingId>().ok()?, epoch.parse().ok()?)));
    let mut trainings: Vec<Training> = store.trainings(None, SLICE)?.items;
    trainings.retain(|training| known.is_none_or(|(id, _): (_, u32)| training.id >= id));
    for training in trainings.into_iter().rev() {
        let from = known.filter(|(id, _)| *id == training.id).map_or(0, |(_, epoch)| epoch);
        let book = store.flip_book(training.id, None)?;
        let new = book.epochs.iter().filter(|e| e.epoch > from && e.epoch <= training.epoch);
        for summary in new.take(MOST) {
            let pages = book.frames.iter().filter_map(|frame| {
                // A page that can't be read is missing in the flip book as well.
                store.page(training.id, summary.epoch, frame.id, None).ok()
            });
            let pages = EpochPages { pages: pages.collect(), summary: summary.clone(), others: Vec::new() };
            events.push(Event::Epoch { training: Arc::new(training.clone()), pages: Arc::new(pages) });
        }
    }
    Ok(())
}
