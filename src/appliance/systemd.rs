//! What systemd is told.

use crate::supervise::Progress;
use sd_notify::NotifyState;
use std::time::Duration;
use tokio::time::interval;
use tokio_util::task::AbortOnDropHandle;

/// How long a start may go on after each sign that it does: as `TimeoutStartSec=` of the unit.
const MORE: Duration = Duration::from_secs(600);
/// How often it is looked whether it does.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Tells systemd; nobody where there is none.
pub fn notify(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd can't be told");
    }
}

/// Asks for more time for a start, as long as it goes on and this lives: an index of millions of frames that is made anew takes
/// longer than any time-out, and a start that is cut short begins it anew. One that hangs is not waited for.
pub fn starting(progress: &Progress) -> AbortOnDropHandle<()> {
    let most = u32::try_from(MORE.as_micros()).unwrap_or(u32::MAX);
    // Where it starts anew in the same process the watchdog is set already.
    let more = move || notify(&[NotifyState::ExtendTimeoutUsec(most), NotifyState::Watchdog]);
    AbortOnDropHandle::new(tokio::spawn(tell(progress.clone(), LOOK_EVERY, more)))
}

async fn tell(progress: Progress, every: Duration, more: impl Fn()) {
    let (mut seen, mut look) = (progress.steps(), interval(every));
    loop {
        look.tick().await;
        let steps = progress.steps();
        if steps != seen {
            more();
        }
        seen = steps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn more_time_is_asked_for_only_as_long_as_the_start_goes_on() {
        let (progress, told) = (Progress::default(), Arc::new(AtomicU32::new(0)));
        let (count, every) = (told.clone(), Duration::from_millis(2));
        let _telling = AbortOnDropHandle::new(tokio::spawn(tell(progress.clone(), every, move || {
            count.fetch_add(1, Ordering::Relaxed);
        })));
        tokio::time::sleep(20 * every).await;
        for expected in 0..4 {
            while told.load(Ordering::Relaxed) < expected {
                tokio::time::sleep(every).await;
            }
            tokio::time::sleep(20 * every).await;
            assert_eq!(told.load(Ordering::Relaxed), expected, "once for each time that it went on");
            progress.step();
        }
    }
}
