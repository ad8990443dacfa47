//! What happened and was not told when the daemon was killed: the store knows of it, and up to where all was told.

use crate::domain::{AuditEntry, AuditId, EpochTold, Event, FleetEvent, FleetEventKind, Training, TrainingId};
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
/// Entries of a slice that is read.
const SLICE: usize = 100;
/// Things of one kind that are told anew at a time; epochs, all of whose pages are read.
const MOST: usize = 500;
const EPOCHS: usize = 10;

/// Up to where things are told once this event is; `None` where only the newest counts.
pub fn told(event: &Event) -> Option<Told> {
    let (of, upto) = match event {
        Event::Fleet(event) => (LOG, sign(event)),
        Event::Audit(entry) => (AUDIT, entry.id.to_string()),
        Event::Epoch { training, told } => (EPOCH, epoch_sign(training.id, told.epoch)),
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
        LOG => Ok(store.log(None, None, None, 1)?.items.first().map(sign)),
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

/// What was not told after `told`, the oldest of each kind in their order: there is more as long as there is any. Reads the
/// store, so it blocks.
pub fn missed(store: &Store, told: &BTreeMap<String, String>) -> Result<Vec<Event>, StoreError> {
    let mut missed = Vec::new();
    if let Some(upto) = told.get(EPOCH) {
        epochs(store, upto, &mut missed)?;
    }
    let (mut logged, mut audited) = (vec![], vec![]);
    if let Some(upto) = told.get(LOG) {
        logged.extend(log(store, upto)?.into_iter().map(|event| (event.time, Event::Fleet(event))));
    }
    if let Some(upto) = told.get(AUDIT) {
        audited.extend(audit(store, upto).into_iter().map(|entry| (entry.time, Event::Audit(entry))));
    }
    // Both are told on one topic. Each stays in its order, whatever the clock did.
    missed.extend(merged(logged, audited));
    if !missed.is_empty() {
        tracing::info!(events = missed.len(), "what was not told before the last end is told now");
    }
    Ok(missed)
}

fn log(store: &Store, upto: &str) -> Result<Vec<FleetEvent>, StoreError> {
    let (mut new, mut before, mut found) = (Vec::new(), None::<String>, false);
    while !found {
        let slice = store.log(None, None, before.as_deref(), SLICE)?;
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
    new.reverse();
    if let Some(last) = serde_json::from_str::<FleetEvent>(upto).ok().filter(|_| !found) {
        // It was told, and the kill came before the log had it: the clock has to do.
        let times: Vec<Timestamp> = new.iter().map(|event| event.time).collect();
        new.drain(..until(last.time, &times));
    }
    new.retain(|event| event.kind != FleetEventKind::EventsMissed);
    new.truncate(MOST);
    Ok(new)
}

/// How many of these happened by then, as far as their clock can tell: where it was turned back among them, nobody knows
/// of those that follow, and rather one too few.
fn until(then: Timestamp, times: &[Timestamp]) -> usize {
    let back = times.windows(2).rposition(|pair| pair[1] < pair[0]).map(|at| at + 1);
    times.iter().take_while(|time| **time <= then).count().min(back.unwrap_or(times.len()))
}

/// Both by time, each in the order in which it is.
fn merged<T>(one: Vec<(Timestamp, T)>, other: Vec<(Timestamp, T)>) -> Vec<T> {
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    let mut all = Vec::new();
    while let Some((_, next)) = match (one.peek(), other.peek()) {
        (Some((a, _)), Some((b, _))) if a > b => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    } {
        all.push(next);
    }
    all
}

fn audit(store: &Store, upto: &str) -> Vec<AuditEntry> {
    let (mut new, mut before) = (Vec::new(), None::<AuditId>);
    'known: loop {
        let slice = store.audit(before, SLICE);
        for entry in slice.items {
            if entry.id.to_string() == upto {
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
    new.truncate(MOST);
    new
}

fn epochs(store: &Store, upto: &str, events: &mut Vec<Event>) -> Result<(), StoreError> {
    let known =
        upto.split_once(' ').and_then(|(id, epoch)| Some((id.parse::<TrainingId>().ok()?, epoch.parse().ok()?)));
    for training in since(store, known.map(|(id, _): (_, u32)| id))? {
        let from = known.filter(|(id, _)| *id == training.id).map_or(0, |(_, epoch)| epoch);
        let book = store.flip_book(training.id, None)?;
        let new = book.epochs.iter().filter(|e| e.epoch > from && e.epoch <= training.epoch);
        for summary in new.take(EPOCHS.saturating_sub(events.len())) {
            // A page that can't be read is missing in the flip book as well.
            let pages = book.frames.iter().filter_map(|f| store.page(training.id, summary.epoch, f.id, None).ok());
            let told = EpochTold::new(summary, pages);
            events.push(Event::Epoch { training: Arc::new(training.clone()), told: Arc::new(told) });
        }
        if events.len() >= EPOCHS {
            break;
        }
    }
    Ok(())
}

/// Trainings from this one on, oldest first; without, the newest.
fn since(store: &Store, first: Option<TrainingId>) -> Result<Vec<Training>, StoreError> {
    let (mut trainings, mut before) = (Vec::new(), None);
    loop {
        let slice = store.trainings(before, SLICE)?;
        let (next, count) = (slice.next.and_then(|next| next.parse().ok()), slice.items.len());
        trainings.extend(slice.items.into_iter().filter(|training| first.is_none_or(|first| training.id >= first)));
        let all_newer = first.is_some_and(|first| trainings.last().is_none_or(|last| last.id > first)) && count > 0;
        match next {
            Some(next) if all_newer => before = Some(next),
            _ => break,
        }
    }
    trainings.reverse();
    Ok(trainings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    fn at(seconds: &[i64]) -> Vec<Timestamp> {
        seconds.iter().map(|second| Timestamp::from_second(*second).unwrap()).collect()
    }

    #[test]
    fn however_much_was_not_told_all_of_it_is_some_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
        let store = Store::open(options).unwrap();
        let noted = |n: usize| {
            let event = FleetEvent::new(FleetEventKind::DiskLow, n.to_string());
            store.note(event.clone());
            event
        };
        let mut told = BTreeMap::from([(LOG.to_owned(), sign(&noted(0)))]);
        let all: Vec<FleetEvent> = (1..=3 * MOST / 2).map(noted).collect();
        let (mut heard, mut times) = (Vec::new(), 0);
        loop {
            let events = missed(&store, &told).unwrap();
            if events.is_empty() {
                break;
            }
            times += 1;
            for event in events {
                let super::Told { of, upto } = super::told(&event).unwrap();
                told.insert(of, upto);
                let Event::Fleet(event) = event else { panic!("{event:?}") };
                heard.push(event);
            }
        }
        assert_eq!((heard, times), (all, 2));
    }

    #[test]
    fn two_lists_are_told_as_one_and_each_stays_in_its_order_when_the_clock_is_set() {
        let list = |name: char, times: &[i64]| -> Vec<_> {
            at(times).into_iter().enumerate().map(|(n, time)| (time, format!("{name}{n}"))).collect()
        };
        assert_eq!(merged(list('a', &[1, 3]), list('b', &[2, 3, 9])), ["a0", "b0", "a1", "b1", "b2"]);
        assert_eq!(merged(list('a', &[900, 1, 2]), list('b', &[901, 0, 3])), ["a0", "a1", "a2", "b0", "b1", "b2"]);
        assert_eq!(merged(list('a', &[]), list('b', &[5])), ["b0"]);
    }

    #[test]
    fn of_what_may_not_have_been_told_nothing_is_left_out_though_the_clock_was_set() {
        let then = Timestamp::from_second(100).unwrap();
        for (times, told) in [
            (&[98, 99, 100, 101, 102][..], 3),
            (&[98, 99], 2),
            (&[], 0),
            // It was turned back after all of these were told, or before.
            (&[98, 99, 1, 2], 2),
            (&[900, 1, 2, 99], 0),
            (&[50, 1, 2, 99], 1),
        ] {
            assert_eq!(until(then, &at(times)), told, "{times:?}");
        }
    }
}
