//! A run of looks around one that is worth keeping: a clip.

use crate::domain::KeptFor;
use crate::live::looks::{Looks, Remembered};
use crate::live::seen::Seen;
use crate::picture::{self, Bounds, Likeness};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What becomes a clip once it is over.
pub struct Burst {
    /// The look that it is about.
    pub seen: Arc<Seen>,
    pub why: KeptFor,
    /// Before that look, and after it.
    half: Duration,
}

/// A look of a burst that is kept.
pub struct Shot {
    pub look: Remembered,
    pub likeness: Likeness,
    pub why: KeptFor,
    /// Seconds since the first of its burst.
    pub at: f64,
}

impl Burst {
    /// `seconds` long, half of it before the look.
    pub fn around(seen: Arc<Seen>, why: KeptFor, seconds: f32) -> Self {
        Self { seen, why, half: Duration::try_from_secs_f32(seconds / 2.0).unwrap_or_default() }
    }

    pub fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.seen.at) > self.half
    }

    /// What of it is kept: at most so many looks, those next to the one that it is about, in the order of time. Near copies
    /// of the look before, as seen from that one, are left out, and so is what is stored or can't be decoded.
    pub fn shots(&self, looks: &[Remembered], most: usize) -> Vec<Shot> {
        let Some(centre) = looks.iter().position(|look| Arc::ptr_eq(&look.seen, &self.seen)) else { return vec![] };
        let Some(first) = self.shot(&looks[centre], self.why.clone()) else { return vec![] };
        let mut shots = self.outward(looks[..centre].iter().rev(), &first.likeness);
        shots.extend(self.outward(looks[centre + 1..].iter(), &first.likeness));
        shots.sort_by_key(|shot| self.distance(shot));
        shots.insert(0, first);
        shots.truncate(most);
        shots.retain(|shot| shot.look.stored.is_none());
        shots.sort_by_key(|shot| shot.look.seen.at);
        let begun = shots.first().map(|shot| shot.look.seen.at);
        for shot in &mut shots {
            shot.at = begun.map_or(0.0, |begun| (shot.look.seen.at - begun).as_secs_f64());
        }
        shots
    }

    fn outward<'a>(&self, looks: impl Iterator<Item = &'a Remembered>, from: &Likeness) -> Vec<Shot> {
        let (mut shots, mut last) = (Vec::new(), from.clone());
        for shot in looks.filter_map(|look| self.shot(look, KeptFor::Around)) {
            if !last.is_near(&shot.likeness) {
                last = shot.likeness.clone();
                shots.push(shot);
            }
        }
        shots
    }

    fn shot(&self, look: &Remembered, why: KeptFor) -> Option<Shot> {
        let image = picture::decode(&look.seen.frame.jpeg, Bounds::default()).ok()?;
        Some(Shot { look: look.clone(), likeness: Likeness::of(&image), why, at: 0.0 })
    }

    fn distance(&self, shot: &Shot) -> Duration {
        let (a, b) = (shot.look.seen.at, self.seen.at);
        a.max(b) - a.min(b)
    }

    /// The looks of its camera within its time, oldest first; its own among them, though it be forgotten.
    pub fn looks(&self, looks: &Looks) -> Vec<Remembered> {
        let (from, to) = (self.seen.at.checked_sub(self.half), self.seen.at + self.half);
        let within = |at: Instant| from.is_none_or(|from| at >= from) && at <= to;
        let mut found = looks.of_camera(self.seen.detections.camera.as_ref(), within);
        if !found.iter().any(|look| Arc::ptr_eq(&look.seen, &self.seen)) {
            found.push(Remembered { seen: self.seen.clone(), stored: self.seen.detections.frame });
            found.sort_by_key(|look| look.seen.at);
        }
        found
    }
}
