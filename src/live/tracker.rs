//! Which object of this frame is which of the last: the same object keeps its number.
//!
//! Greedy matching within a category by overlap with where each track should be by now (constant speed), then, for
//! small or fast objects, by distance. A track is confirmed by its second sighting and lost when it was not seen for a
//! second, nor in two frames.

use crate::domain::{BBox, Prediction};

/// Overlap from which a prediction continues a track.
const LEAST_IOU: f32 = 0.2;
/// Without overlap: distance of the centres, in mean sides of the box, up to which it still does.
const REACH: f32 = 0.9;
/// Sightings that confirm a track.
const CONFIRMED: u32 = 2;
/// Seconds unseen after which a track may be lost.
const PATIENCE: f64 = 1.0;
/// Frames unseen, at least, before a track is lost: a model that looks rarely must not lose all it looks away from.
const LEAST_MISSES: u32 = 2;

/// An object followed from frame to frame.
#[derive(Clone, Debug)]
struct Track {
    /// Given when it is confirmed.
    number: Option<u64>,
    category: String,
    bbox: BBox,
    /// Pixels a second.
    speed: (f32, f32),
    /// Seconds, on the caller's clock.
    seen: f64,
    hits: u32,
    misses: u32,
    /// When it was seen first.
    first: f64,
    /// Of all its sightings, the surest.
    score: f32,
}

/// A track that has a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    pub number: u64,
    pub category: String,
    /// When it was seen first and last, in seconds.
    pub first: f64,
    pub last: f64,
    /// Of all its sightings, the surest.
    pub score: f32,
}

impl Track {
    fn followed(&self) -> Option<Followed> {
        let Self { number, category, first, seen, score, .. } = self;
        Some(Followed { number: (*number)?, category: category.clone(), first: *first, last: *seen, score: *score })
    }

    fn expected(&self, at: f64) -> BBox {
        let t = (at - self.seen) as f32;
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
}

/// Follows objects.
#[derive(Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    given: u64,
}

impl Tracker {
    /// Takes the predictions of a frame taken at `at` seconds. Those without a box (tags) are not tracked.
    pub fn update(&mut self, at: f64, predictions: &[Prediction]) -> Update {
        let mut update = Update { tracks: vec![None; predictions.len()], ..Update::default() };
        let mut taken = vec![None; self.tracks.len()];
        let mut matched = vec![None; predictions.len()];
        for (track, prediction) in self.pairs(at, predictions) {
            if taken[track].is_none() && matched[prediction].is_none() {
                taken[track] = Some(prediction);
                matched[prediction] = Some(track);
            }
        }
        for (track, prediction) in taken.iter().enumerate() {
            let found = prediction.and_then(|p| Some((predictions[p].bbox?, predictions[p].score)));
            let track = &mut self.tracks[track];
            match found {
                Some((bbox, score)) => see(track, at, bbox, score),
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
                    seen: at,
                    hits: 1,
                    misses: 0,
                    first: at,
                    score,
                });
            }
        }
        for track in &mut self.tracks {
            if track.number.is_none() && track.hits >= CONFIRMED {
                self.given += 1;
                track.number = Some(self.given);
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
                Some(_) => track.misses >= LEAST_MISSES && at - track.seen > PATIENCE,
            };
            if lost {
                update.left.extend(track.followed());
            }
            !lost
        });
        update
    }

    /// Forgets everything, as when another model looks. Numbers go on, so that none is given twice.
    pub fn clear(&mut self) -> Vec<Followed> {
        self.tracks.drain(..).filter_map(|track| track.followed()).collect()
    }

    /// Possible pairs of track and prediction, best first.
    fn pairs(&self, at: f64, predictions: &[Prediction]) -> impl Iterator<Item = (usize, usize)> + use<> {
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

fn see(track: &mut Track, at: f64, bbox: BBox, score: f32) {
    let span = (at - track.seen) as f32;
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
    track.seen = at;
    track.hits += 1;
    track.misses = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(category: &str, x: f32, y: f32) -> Prediction {
        Prediction { category: category.into(), bbox: Some(BBox::new(x, y, 40.0, 40.0)), score: 0.9 }
    }

    fn numbers(update: &Update) -> Vec<Option<u64>> {
        update.tracks.clone()
    }

    fn told(tracks: &[Followed]) -> Vec<(u64, &str)> {
        tracks.iter().map(|t| (t.number, t.category.as_str())).collect()
    }

    #[test]
    fn an_object_keeps_its_number_while_it_moves_and_is_told_of_once() {
        let mut tracker = Tracker::default();
        let first = tracker.update(0.0, &[seen("cat", 0.0, 0.0)]);
        assert_eq!((numbers(&first), first.appeared.len()), (vec![None], 0));
        let second = tracker.update(0.2, &[seen("cat", 12.0, 0.0)]);
        assert_eq!((numbers(&second), told(&second.appeared)), (vec![Some(1)], vec![(1, "cat")]));
        assert_eq!((second.appeared[0].first, second.appeared[0].last), (0.0, 0.2));
        for step in 2..20 {
            let update = tracker.update(f64::from(step) * 0.2, &[seen("cat", step as f32 * 12.0, 0.0)]);
            assert_eq!((numbers(&update), update.appeared.len(), update.left.len()), (vec![Some(1)], 0, 0));
        }
    }

    #[test]
    fn speed_carries_a_track_over_a_gap_without_overlap() {
        let mut tracker = Tracker::default();
        tracker.update(0.0, &[seen("cat", 0.0, 0.0)]);
        tracker.update(0.2, &[seen("cat", 20.0, 0.0)]);
        tracker.update(0.4, &[]);
        let back = tracker.update(0.9, &[seen("cat", 91.0, 0.0)]);
        assert_eq!(numbers(&back), [Some(1)]);
    }

    #[test]
    fn crossing_objects_of_different_categories_and_neighbours_of_one_are_told_apart() {
        let mut tracker = Tracker::default();
        for step in 0..10 {
            let x = step as f32 * 10.0;
            // Two cats side by side, a dog that crosses them; their order in the list changes.
            let mut all = vec![seen("cat", x, 0.0), seen("cat", x, 45.0), seen("dog", 90.0 - x, 20.0)];
            if step % 2 == 1 {
                all.reverse();
            }
            let update = tracker.update(f64::from(step) * 0.2, &all);
            if step > 0 {
                let expected = if step % 2 == 1 { [Some(3), Some(2), Some(1)] } else { [Some(1), Some(2), Some(3)] };
                assert_eq!(numbers(&update), expected, "step {step}");
            }
        }
    }

    #[test]
    fn a_track_is_lost_after_a_second_and_its_number_is_not_given_again() {
        let mut tracker = Tracker::default();
        tracker.update(0.0, &[seen("cat", 0.0, 0.0)]);
        tracker.update(0.25, &[seen("cat", 0.0, 0.0)]);
        for step in 2..=5 {
            assert_eq!(tracker.update(f64::from(step) * 0.25, &[]).left, []);
        }
        let gone = tracker.update(1.5, &[]).left;
        assert_eq!((told(&gone), gone[0].first, gone[0].last), (vec![(1, "cat")], 0.0, 0.25), "as it was seen last");
        assert_eq!(gone[0].score, 0.9);
        tracker.update(1.6, &[seen("cat", 0.0, 0.0)]);
        assert_eq!(numbers(&tracker.update(1.8, &[seen("cat", 0.0, 0.0)])), [Some(2)]);
    }

    #[test]
    fn a_slow_model_does_not_lose_what_one_look_missed() {
        let mut tracker = Tracker::default();
        tracker.update(0.0, &[seen("cat", 0.0, 0.0)]);
        tracker.update(3.0, &[seen("cat", 0.0, 0.0)]);
        assert_eq!(tracker.update(6.0, &[]).left, []);
        assert_eq!(numbers(&tracker.update(9.0, &[seen("cat", 0.0, 0.0)])), [Some(1)]);
    }

    #[test]
    fn a_ghost_never_gets_a_number_and_tags_are_not_tracked() {
        let mut tracker = Tracker::default();
        let tag = Prediction { category: "wet".into(), bbox: None, score: 1.0 };
        tracker.update(0.0, &[seen("cat", 0.0, 0.0), tag.clone()]);
        for step in 1..10 {
            let update = tracker.update(f64::from(step) * 0.2, std::slice::from_ref(&tag));
            assert_eq!((numbers(&update), update.appeared, update.left), (vec![None], vec![], vec![]));
        }
    }

    #[test]
    fn another_model_starts_afresh() {
        let mut tracker = Tracker::default();
        tracker.update(0.0, &[seen("cat", 0.0, 0.0)]);
        tracker.update(0.2, &[seen("cat", 0.0, 0.0)]);
        assert_eq!(told(&tracker.clear()), [(1, "cat")]);
        assert_eq!(numbers(&tracker.update(0.4, &[seen("cat", 0.0, 0.0)])), [None]);
    }
}
