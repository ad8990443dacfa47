//! Whose turn it is to be looked at. The model is one, the cameras are several: each is looked at `live.fps` times a second
//! where the machine is fast enough; where it is not, they take turns, and the one that has waited longest is next.

use super::keeping::Offering;
use super::looking::Looker;
use super::status::LookedAt;
use super::tracker::{Numbers, Tracker};
use crate::domain::{CameraId, Frame, FrameId, NewFrame};
use futures::future::{pending, select_all};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What the loop knows of one camera.
pub struct Sight {
    pub camera: CameraId,
    latest: watch::Receiver<Option<Arc<NewFrame>>>,
    /// Its capture has not ended.
    there: bool,
    /// A frame has come, and it was not decided yet whether to look at it.
    waiting: bool,
    pub tracker: Tracker,
    pub offering: Offering,
    /// When its frame stored last was taken, and that frame's id.
    stored: Option<(Timestamp, FrameId)>,
    /// When it was its turn last, whatever came of that.
    turn: Option<Instant>,
    /// When the model saw its frame last.
    pub last: Option<Instant>,
    /// The model has not looked at a frame of this camera yet.
    pub first: bool,
    /// Looks a second, measured.
    pub fps: f32,
    /// Why the model could not look at its frame.
    pub error: Option<String>,
}

impl Sight {
    pub fn new(camera: CameraId, latest: watch::Receiver<Option<Arc<NewFrame>>>, numbers: Numbers) -> Self {
        Self {
            camera,
            latest,
            there: true,
            waiting: false,
            tracker: Tracker::numbered(numbers),
            offering: Offering::default(),
            stored: None,
            turn: None,
            last: None,
            first: true,
            fps: 0.0,
            error: None,
        }
    }

    /// The next look is the first one of another model, or after the camera was away.
    pub fn begin_anew(&mut self) {
        (self.turn, self.last, self.first, self.fps, self.error) = (None, None, true, 0.0, None);
    }

    /// A frame of some camera was stored.
    pub fn store(&mut self, frame: &Frame) {
        if frame.camera.as_ref() == Some(&self.camera) {
            self.stored = Some((frame.taken, frame.id));
        }
    }

    /// Under which id the frame that was taken then is stored, if it was the last one that was.
    pub fn stored(&self, taken: Timestamp) -> Option<FrameId> {
        self.stored.filter(|(of, _)| *of == taken).map(|(_, id)| id)
    }

    pub fn told(&self, looker: &Looker) -> LookedAt {
        let error = looker.error.clone().or_else(|| self.error.clone());
        LookedAt { camera: self.camera.clone(), model: looker.model(), fps: self.fps, error }
    }

    /// Notes whether a frame has come since the last one.
    fn hear(&mut self) {
        match self.latest.has_changed() {
            Ok(true) => {
                self.latest.mark_unchanged();
                self.waiting = true;
            }
            Ok(false) => {}
            Err(_) => self.there = false,
        }
    }

    /// Whether it is time to look again. Some slack, as cameras are not punctual.
    fn is_due(&self, now: Instant, period: Duration) -> bool {
        self.turn.is_none_or(|turn| now.saturating_duration_since(turn) >= period.mul_f32(0.8))
    }
}

/// Waits until there may be a frame to look at.
pub async fn news(sights: &mut [Sight]) {
    if sights.iter().any(|sight| sight.waiting) {
        return;
    }
    let there = sights.iter_mut().filter(|sight| sight.there);
    let waits: Vec<_> = there
        .map(|sight| {
            Box::pin(async move {
                match sight.latest.changed().await {
                    Ok(()) => sight.waiting = true,
                    Err(_) => sight.there = false,
                }
            })
        })
        .collect();
    match waits.is_empty() {
        true => pending().await,
        false => drop(select_all(waits).await),
    }
}

/// Whose turn it is `now`, by its place, and its newest frame: of those with a frame and due, the one that has waited longest. Frames that
/// come too early are passed over.
pub fn next(sights: &mut [Sight], now: Instant, period: Duration) -> Option<(usize, Arc<NewFrame>)> {
    for sight in &mut *sights {
        sight.hear();
        sight.waiting &= sight.is_due(now, period);
    }
    let waiting = sights.iter_mut().enumerate().filter(|(_, sight)| sight.waiting);
    let (place, sight) = waiting.min_by_key(|(_, sight)| sight.turn)?;
    (sight.waiting, sight.turn) = (false, Some(now));
    let frame = sight.latest.borrow().clone()?;
    Some((place, frame))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::seen::tests::frame;

    type Feed = watch::Sender<Option<Arc<NewFrame>>>;

    fn sights(ids: [&str; 3]) -> (Vec<Feed>, Vec<Sight>) {
        let made = ids.map(|id| {
            let (feed, latest) = watch::channel(None);
            (feed, Sight::new(id.parse().unwrap(), latest, Numbers::default()))
        });
        made.into_iter().unzip()
    }

    fn turn(sights: &mut [Sight], at: Instant) -> Option<String> {
        let (place, _) = next(sights, at, Duration::from_millis(200))?;
        Some(sights[place].camera.to_string())
    }

    #[test]
    fn on_a_slow_machine_no_camera_starves() {
        let (feeds, mut sights) = sights(["a", "b", "c"]);
        let (begun, mut turns) = (Instant::now(), Vec::new());
        // Each look takes longer than all three may wait, and each camera has a new frame by then.
        for look in 0..9 {
            feeds.iter().for_each(|feed| drop(feed.send_replace(Some(Arc::new(frame())))));
            turns.extend(turn(&mut sights, begun + look * Duration::from_millis(700)));
        }
        assert_eq!(turns.concat(), "abcabcabc");
    }

    #[test]
    fn on_a_fast_machine_each_keeps_to_the_rate_whatever_its_camera_does() {
        let (feeds, mut sights) = sights(["a", "b", "c"]);
        let (begun, mut turns) = (Instant::now(), Vec::new());
        // Ten seconds, a look takes 10 ms: a gives 50 frames a second, b 10, c nothing after its first.
        feeds[2].send_replace(Some(Arc::new(frame())));
        for step in 0..1000u32 {
            if step % 2 == 0 {
                feeds[0].send_replace(Some(Arc::new(frame())));
            }
            if step % 10 == 0 {
                feeds[1].send_replace(Some(Arc::new(frame())));
            }
            turns.extend(turn(&mut sights, begun + step * Duration::from_millis(10)));
        }
        let of = |id: &str| turns.iter().filter(|turn| *turn == id).count();
        assert!((50..=63).contains(&of("a")) && (50..=51).contains(&of("b")), "{} {}", of("a"), of("b"));
        assert_eq!(of("c"), 1, "a frame is looked at once");
    }

    #[tokio::test]
    async fn a_camera_whose_capture_ends_leaves_the_others_alone() {
        let (mut feeds, mut sights) = sights(["a", "b", "c"]);
        drop(feeds.remove(0));
        feeds[1].send_replace(Some(Arc::new(frame())));
        let mut turns = None;
        while turns.is_none() {
            tokio::time::timeout(Duration::from_secs(60), news(&mut sights)).await.expect("in time");
            turns = turn(&mut sights, Instant::now());
        }
        assert_eq!(turns.as_deref(), Some("c"));
        feeds.clear();
        let ended = tokio::time::timeout(Duration::from_millis(50), async {
            loop {
                news(&mut sights).await;
                assert_eq!(turn(&mut sights, Instant::now()), None);
            }
        });
        assert!(ended.await.is_err(), "with no camera left it waits");
    }
}
