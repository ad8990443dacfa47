//! Which object of this frame is which of the last: the same object keeps its number.
//!
//! Greedy matching within a category by overlap with where each track should be by now (constant speed), then, for
//! small or fast objects, by distance. A track is confirmed by its second sighting and lost when it was not seen for a
//! second, nor in two frames.

use crate::domain::{BBox, Prediction};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Overlap from which a prediction continues a track.
const LEAST_IOU: f32 = 0.2;
/// Without overlap: distance of the centres, in mean sides of the box, up to which it still does.
const REACH: f32 = 0.9;
/// Sightings that confirm a track.
const CONFIRMED: u32 = 2;
/// Time unseen after which a track may be lost.
const PATIENCE: Duration = Duration::from_secs(1);
/// Frames unseen, at least, before a track is lost: a model that looks rarely must not lose all it looks away from.
const LEAST_MISSES: u32 = 2;

/// What comes back, or does not, within this time flickers.
const FLICKER: Duration = Duration::from_secs(2);

/// When a frame was there.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// By which objects are followed: the wall clock may be set from one frame to the next.
    pub at: Instant,
    /// As it is told.
    pub taken: Timestamp,
}

/// An object followed from frame to frame.
#[derive(Clone, Debug)]
struct Track {
    /// Given when it is confirmed.
    number: Option<u64>,
    category: String,
    bbox: BBox,
    /// Pixels a second.
    speed: (f32, f32),
    seen: When,
    hits: u32,
    misses: u32,
    /// When it was seen first.
    first: Timestamp,
    /// Of all its sightings, the surest.
    score: f32,
}

/// A track that has a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    pub number: u64,
    pub category: String,
    /// When the frames were taken in which it was seen first and last.
    pub first: Timestamp,
    pub last: Timestamp,
    /// Of all its sightings, the surest.
    pub score: f32,
}

impl Track {
    fn followed(&self) -> Option<Followed> {
        let Self { number, category, first, seen, score, .. } = self;
        Some(Followed {
            number: (*number)?,
            category: category.clone(),
            first: *first,
            last: seen.taken,
            score: *score,
        })
    }

    /// It was seen a moment ago: what changed since is the model's view, and hardly the world.
    fn is_recent(&self, when: When) -> bool {
        when.at.saturating_duration_since(self.seen.at) <= FLICKER
    }

    fn expected(&self, at: Instant) -> BBox {
        let t = at.saturating_duration_since(self.seen.at).as_secs_f32();
        BBox::new(self.bbox.x + self.speed.0 * t, self.bbox.y + self.speed.1 * t, self.bbox.width, self.bbox.height)
    }
}

/// What a frame did to the tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// For each prediction, its track's number, once it is confirmed.
    pub tracks: Vec<Option<u64>>,
    /// Tracks confirmed in this frame.
    pub appeared: Vec<Followed>,
    /// Tracks lost in this frame.
    pub left: Vec<Followed>,
    /// What was there in one look and not in the next, or the other way round, and then as before.
    pub flickers: Vec<Flicker>,
}

/// Something that the model saw and did not see, look by look.
#[derive(Clone, Debug, PartialEq)]
pub struct Flicker {
    pub category: String,
    /// When the look was taken that is odd: the one in which it was not seen, or the only one in which it was.
    pub taken: Timestamp,
}

/// Numbers that are given once each, whichever tracker gives them; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<AtomicU64>);

impl Numbers {
    fn next(&self) -> u64 {
        1 + self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Follows objects.
#[derive(Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    numbers: Numbers,
    /// When the look before was taken.
    before: Option<Timestamp>,
}

impl Tracker {
    /// One that takes its numbers from these.
    pub fn numbered(numbers: Numbers) -> Self {
        Self { numbers, ..Self::default() }
    }

    /// Takes the predictions of the frame that was there then. Those without a box (tags) are not tracked.
    pub fn update(&mut self, when: When, predictions: &[Prediction]) -> Update {
        let mut update = Update { tracks: vec![None; predictions.len()], ..Update::default() };
        let mut taken = vec![None; self.tracks.len()];
        let mut matched = vec![None; predictions.len()];
        for (track, prediction) in self.pairs(when.at, predictions) {
            if taken[track].is_none() && matched[prediction].is_none() {
                taken[track] = Some(prediction);
                matched[prediction] = Some(track);
            }
        }
        for (track, prediction) in taken.iter().enumerate() {
            let found = prediction.and_then(|p| Some((predictions[p].bbox?, predictions[p].score)));
            let track = &mut self.tracks[track];
            match found {
                Some((bbox, score)) => {
                    let odd = self.before.filter(|_| track.misses > 0 && track.is_recent(when));
                    update.flickers.extend(odd.map(|taken| Flicker { category: track.category.clone(), taken }));
                    see(track, when, bbox, score);
                }
                None => track.misses += 1,
            }
        }
        for (prediction, track) in predictions.iter().zip(&mut matched) {
            if let (Some(bbox), None) = (prediction.bbox, *track) {
                *track = Some(self.tracks.len());
                let category = prediction.category.clone();
                let (number, speed, score) = (None, (0.0, 0.0), prediction.score);
                self.tracks.push(Track {
                    number,
                    category,
                    bbox,
                    speed,
                    seen: when,
                    hits: 1,
                    misses: 0,
                    first: when.taken,
                    score,
                });
            }
        }
        for track in &mut self.tracks {
            if track.number.is_none() && track.hits >= CONFIRMED {
                track.number = Some(self.numbers.next());
                update.appeared.extend(track.followed());
            }
        }
        for (out, track) in update.tracks.iter_mut().zip(matched) {
            *out = track.and_then(|t| self.tracks[t].number);
        }
        self.tracks.retain(|track| {
            let lost = match track.number {
                // Seen once and never again: a ghost.
                None => track.misses >= LEAST_MISSES,
                Some(_) => track.misses >= LEAST_MISSES && when.at - track.seen.at > PATIENCE,
            };
            if lost {
                update.left.extend(track.followed());
                let ghost = track.hits == 1 && track.is_recent(when);
                let odd = ghost.then(|| Flicker { category: track.category.clone(), taken: track.seen.taken });
                update.flickers.extend(odd);
            }
            !lost
        });
        self.before = Some(when.taken);
        update
    }

    /// Forgets everything, as when another model looks. Numbers go on, so that none is given twice.
    pub fn clear(&mut self) -> Vec<Followed> {
        self.before = None;
        self.tracks.drain(..).filter_map(|track| track.followed()).collect()
    }

    /// Possible pairs of track and prediction, best first.
    fn pairs(&self, at: Instant, predictions: &[Prediction]) -> impl Iterator<Item = (usize, usize)> + use<> {
        let mut pairs = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            let expected = track.expected(at);
            for (p, prediction) in predictions.iter().enumerate() {
                let Some(bbox) = prediction.bbox.filter(|_| prediction.category == track.category) else { continue };
                let iou = expected.iou(&bbox);
                let side = (expected.width + expected.height + bbox.width + bbox.height) / 4.0;
                let ((ax, ay), (bx, by)) = (expected.centre(), bbox.centre());
                let away = (ax - bx).hypot(ay - by) / side.max(1.0);
                // Any overlap beats any distance.
                if iou >= LEAST_IOU {
                    pairs.push((1.0 + iou, t, p));
                } else if away <= REACH {
                    pairs.push((1.0 - away, t, p));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        pairs.into_iter().map(|(_, t, p)| (t, p))
    }
}

fn see(track: &mut Track, when: When, bbox: BBox, score: f32) {
    let span = when.at.saturating_duration_since(track.seen.at).as_secs_f32();
    if span > 0.0 {
        let ((ax, ay), (bx, by)) = (track.bbox.centre(), bbox.centre());
        let speed = ((bx - ax) / span, (by - ay) / span);
        // The first measurement counts in full; later ones are smoothed, as boxes tremble.
        let weight = if track.hits == 1 { 1.0 } else { 0.4 };
        track.speed.0 += weight * (speed.0 - track.speed.0);
        track.speed.1 += weight * (speed.1 - track.speed.1);
    }
    track.bbox = bbox;
    track.score = track.score.max(score);
    track.seen = when;
    track.hits += 1;
    track.misses = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(category: &str, x: f32, y: f32) -> Prediction {
        Prediction { category: category.into(), bbox: Some(BBox::new(x, y, 40.0, 40.0)), score: 0.9 }
    }

    struct Clock(When);

    impl Clock {
        fn start() -> Self {
            Self(When { at: Instant::now(), taken: Timestamp::UNIX_EPOCH })
        }

        fn at(&self, seconds: f64) -> When {
            let passed = Duration::from_secs_f64(seconds);
            When { at: self.0.at + passed, taken: self.0.taken + passed }
        }
    }

    fn numbers(update: &Update) -> Vec<Option<u64>> {
        update.tracks.clone()
    }

    fn told(tracks: &[Followed]) -> Vec<(u64, &str)> {
        tracks.iter().map(|t| (t.number, t.category.as_str())).collect()
    }

    #[test]
    fn an_object_keeps_its_number_while_it_moves_and_is_told_of_once() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        let first = tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0)]);
        assert_eq!((numbers(&first), first.appeared.len()), (vec![None], 0));
        let second = tracker.update(clock.at(0.2), &[seen("cat", 12.0, 0.0)]);
        assert_eq!((numbers(&second), told(&second.appeared)), (vec![Some(1)], vec![(1, "cat")]));
        assert_eq!((second.appeared[0].first, second.appeared[0].last), (clock.at(0.0).taken, clock.at(0.2).taken));
        for step in 2..20 {
            let update = tracker.update(clock.at(f64::from(step) * 0.2), &[seen("cat", step as f32 * 12.0, 0.0)]);
            assert_eq!((numbers(&update), update.appeared.len(), update.left.len()), (vec![Some(1)], 0, 0));
        }
    }

    #[test]
    fn speed_carries_a_track_over_a_gap_without_overlap() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0)]);
        tracker.update(clock.at(0.2), &[seen("cat", 20.0, 0.0)]);
        tracker.update(clock.at(0.4), &[]);
        let back = tracker.update(clock.at(0.9), &[seen("cat", 91.0, 0.0)]);
        assert_eq!(numbers(&back), [Some(1)]);
    }

    #[test]
    fn crossing_objects_of_different_categories_and_neighbours_of_one_are_told_apart() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        for step in 0..10 {
            let x = step as f32 * 10.0;
            // Two cats side by side, a dog that crosses them; their order in the list changes.
            let mut all = vec![seen("cat", x, 0.0), seen("cat", x, 45.0), seen("dog", 90.0 - x, 20.0)];
            if step % 2 == 1 {
                all.reverse();
            }
            let update = tracker.update(clock.at(f64::from(step) * 0.2), &all);
            if step > 0 {
                let expected = if step % 2 == 1 { [Some(3), Some(2), Some(1)] } else { [Some(1), Some(2), Some(3)] };
                assert_eq!(numbers(&update), expected, "step {step}");
            }
        }
    }

    #[test]
    fn a_track_is_lost_after_a_second_and_its_number_is_not_given_again() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0)]);
        tracker.update(clock.at(0.25), &[seen("cat", 0.0, 0.0)]);
        for step in 2..=5 {
            assert_eq!(tracker.update(clock.at(f64::from(step) * 0.25), &[]).left, []);
        }
        let gone = tracker.update(clock.at(1.5), &[]).left;
        assert_eq!(
            (told(&gone), gone[0].first, gone[0].last),
            (vec![(1, "cat")], clock.at(0.0).taken, clock.at(0.25).taken),
            "as it was seen last"
        );
        assert_eq!(gone[0].score, 0.9);
        tracker.update(clock.at(1.6), &[seen("cat", 0.0, 0.0)]);
        assert_eq!(numbers(&tracker.update(clock.at(1.8), &[seen("cat", 0.0, 0.0)])), [Some(2)]);
    }

    #[test]
    fn a_slow_model_does_not_lose_what_one_look_missed() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0)]);
        tracker.update(clock.at(3.0), &[seen("cat", 0.0, 0.0)]);
        assert_eq!(tracker.update(clock.at(6.0), &[]).left, []);
        assert_eq!(numbers(&tracker.update(clock.at(9.0), &[seen("cat", 0.0, 0.0)])), [Some(1)]);
    }

    #[test]
    fn a_ghost_never_gets_a_number_and_tags_are_not_tracked() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        let tag = Prediction { category: "wet".into(), bbox: None, score: 1.0 };
        tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0), tag.clone()]);
        for step in 1..10 {
            let update = tracker.update(clock.at(f64::from(step) * 0.2), std::slice::from_ref(&tag));
            assert_eq!((numbers(&update), update.appeared, update.left), (vec![None], vec![], vec![]));
        }
    }

    #[test]
    fn what_is_there_and_gone_and_there_flickers_in_the_look_that_is_odd() {
        let flickers = |places: &[(f64, Option<f32>)]| {
            let (mut tracker, clock) = (Tracker::default(), Clock::start());
            let mut all = vec![];
            for (at, x) in places {
                let seen: Vec<_> = x.iter().map(|x| seen("cat", *x, 0.0)).collect();
                all.extend(tracker.update(clock.at(*at), &seen).flickers);
            }
            let after = |f: &Flicker| f.taken.duration_since(clock.at(0.0).taken).as_secs_f64();
            all.iter().map(|f| (f.category.clone(), after(f))).collect::<Vec<_>>()
        };
        let cat = |at: f64| vec![("cat".to_owned(), at)];
        let steady: Vec<_> = (0..10).map(|i| (0.2 * f64::from(i), Some(i as f32 * 5.0))).collect();
        assert_eq!(flickers(&steady), []);
        assert_eq!(flickers(&[(0.0, Some(0.0)), (0.2, Some(5.0)), (0.4, None), (0.6, Some(15.0))]), cat(0.4), "missed");
        assert_eq!(
            flickers(&[(0.0, None), (0.2, Some(0.0)), (0.4, None), (0.6, None), (0.8, None)]),
            cat(0.2),
            "a ghost"
        );
        let left = [(0.0, Some(0.0)), (0.2, Some(5.0)), (0.4, None), (0.6, None), (1.4, None)];
        assert_eq!(flickers(&left), [], "it was there and went");
        assert_eq!(flickers(&[(0.0, Some(0.0)), (3.0, None), (6.0, Some(0.0))]), [], "who looks rarely can't tell");
    }

    #[test]
    fn another_model_starts_afresh() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        tracker.update(clock.at(0.0), &[seen("cat", 0.0, 0.0)]);
        tracker.update(clock.at(0.2), &[seen("cat", 0.0, 0.0)]);
        assert_eq!(told(&tracker.clear()), [(1, "cat")]);
        assert_eq!(numbers(&tracker.update(clock.at(0.4), &[seen("cat", 0.0, 0.0)])), [None]);
    }

    #[test]
    fn an_object_is_followed_though_the_clock_is_set_and_is_lost_in_its_time() {
        let (mut tracker, clock) = (Tracker::default(), Clock::start());
        let years = jiff::SignedDuration::from_hours(10 * 365 * 24);
        let set = |seconds: f64, by| When { taken: clock.at(seconds).taken + by, ..clock.at(seconds) };
        for (step, by) in [-years, jiff::SignedDuration::ZERO, years, -years].into_iter().enumerate() {
            let update = tracker.update(set(0.2 * step as f64, by), &[seen("cat", 12.0 * step as f32, 0.0)]);
            assert_eq!((numbers(&update), update.left), (vec![(step > 0).then_some(1)], vec![]));
        }
        for (seconds, by) in [(0.8, years), (1.0, -years)] {
            assert_eq!(tracker.update(set(seconds, by), &[]).left, []);
        }
        assert_eq!(told(&tracker.update(set(2.0, -years), &[]).left), [(1, "cat")]);
    }
}
