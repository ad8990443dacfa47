//! Tells of parts of the daemon that break off or hang, and of their recovery.

use crate::domain::{Event, FleetEvent, FleetEventKind};
use crate::events::Events;
use crate::supervise::{PartName, Supervisor, Trouble};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often the parts are looked at; one that breaks off is down for longer.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A turn is a moment.
const TURN_WITHIN: Duration = Duration::from_secs(60);

/// What is wrong with each part that was started.
type Troubles = BTreeMap<PartName, Trouble>;

/// Starts to tell, as the part `parts`.
pub fn tell(events: &Events, supervisor: &Supervisor, stop: &CancellationToken) {
    let (events, board, halt) = (events.clone(), supervisor.clone(), stop.clone());
    supervisor.task("parts", TURN_WITHIN, stop, move |beat| {
        let (events, board, halt) = (events.clone(), board.clone(), halt.clone());
        async move {
            let mut before = Troubles::new();
            loop {
                beat.alive();
                let now = board.troubles(Instant::now());
                news(&before, &now).into_iter().for_each(|event| events.publish(Event::Fleet(event)));
                before = now;
                if tokio::time::timeout(LOOK_EVERY, halt.cancelled()).await.is_ok() {
                    return Ok(());
                }
            }
        }
    });
}

/// Parts that do not work and what is wrong with them, in words.
pub fn at_fault(now: &Troubles) -> Vec<String> {
    now.iter().filter(|(_, trouble)| !trouble.is_over()).map(|(part, trouble)| words(part, trouble)).collect()
}

fn words(part: &str, trouble: &Trouble) -> String {
    match trouble.stuck {
        true => format!("the part `{part}` gives no sign of life; if that lasts, the daemon is restarted"),
        false => format!("the part `{part}` failed and is started again: {}", trouble.failure),
    }
}

/// What is new since the last look.
fn news(before: &Troubles, now: &Troubles) -> Vec<FleetEvent> {
    let mut news = Vec::new();
    let mut tell = |kind, words: String| news.push(FleetEvent::new(kind, words));
    for (part, trouble) in now {
        let last = before.get(part).cloned().unwrap_or_default();
        let failed = trouble.failures > last.failures;
        if failed {
            tell(FleetEventKind::PartFailed, words(part, &Trouble { stuck: false, ..trouble.clone() }));
        }
        if trouble.stuck && !last.stuck {
            tell(FleetEventKind::PartStuck, words(part, trouble));
        }
        if trouble.is_over() && (failed || !last.is_over()) {
            tell(FleetEventKind::PartBack, format!("the part `{part}` works again"));
        }
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_once_however_short_it_was() {
        let at = |failures, down, stuck| {
            let trouble = Trouble { failures, failure: "it broke: words".into(), down, stuck };
            Troubles::from([("live".into(), trouble)])
        };
        let told =
            |before: &Troubles, now: &Troubles| news(before, now).into_iter().map(|e| e.kind).collect::<Vec<_>>();
        use FleetEventKind::{PartBack, PartFailed, PartStuck};
        let (well, down, again) = (at(0, false, false), at(1, true, false), at(2, false, false));
        assert_eq!(told(&Troubles::new(), &well), []);
        assert_eq!((told(&well, &down), told(&down, &down)), (vec![PartFailed], vec![]));
        assert_eq!(
            (told(&down, &again), told(&well, &again)),
            (vec![PartFailed, PartBack], vec![PartFailed, PartBack])
        );
        let stuck = at(0, false, true);
        assert_eq!((told(&well, &stuck), told(&stuck, &well)), (vec![PartStuck], vec![PartBack]));
        assert_eq!(at_fault(&again), Vec::<String>::new());
        assert_eq!(at_fault(&down), ["the part `live` failed and is started again: it broke: words"]);
        assert!(at_fault(&stuck)[0].contains("`live` gives no sign of life"));
    }
}
