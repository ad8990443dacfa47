//! The keep rule: which frames are stored.
//!
//! A frame is kept when `camera.keep_every` seconds have passed since the last kept one and it differs from that one by
//! `camera.keep_difference` or more: the mean absolute difference, 0 to 255, of small grey copies.

use crate::config;
use crate::domain::{FrameSource, NewFrame};
use crate::picture::{self, Bounds, PictureError};
use image::RgbImage;
use std::time::{Duration, Instant};

/// Size of the small copies: enough to see a hand, too little to see sensor noise.
const SIZE: (u32, u32) = (64, 48);

/// A small grey copy of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey(Vec<u8>);

impl Grey {
    pub fn of(image: &RgbImage) -> Self {
        let small = picture::resize(image, SIZE.0, SIZE.1);
        // Rec. 601 luma.
        Self(
            small
                .pixels()
                .map(|p| ((u32::from(p[0]) * 299 + u32::from(p[1]) * 587 + u32::from(p[2]) * 114) / 1000) as u8)
                .collect(),
        )
    }

    /// Mean absolute difference, 0 to 255.
    pub fn difference(&self, other: &Self) -> f32 {
        let sum: u32 = self.0.iter().zip(&other.0).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        sum as f32 / self.0.len().max(1) as f32
    }
}

/// What the rule says about a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Store it, then call [`Keep::kept`].
    Keep(Grey),
    /// Too soon after the last one.
    NotYet,
    /// It hardly differs from the last kept frame.
    Same,
}

/// The rule as it holds now: it may change from frame to frame.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    every: Duration,
    difference: f32,
}

impl Rule {
    pub fn of(config: &config::Camera) -> Self {
        // Years, should somebody write 1e30 to switch keeping off.
        let every = Duration::try_from_secs_f32(config.keep_every).unwrap_or(Duration::from_secs(u32::MAX.into()));
        Self { every, difference: config.keep_difference }
    }
}

/// What the rule goes by: the last kept frame, and when that was.
#[derive(Default)]
pub struct Keep {
    /// When a frame was kept last, or could not be.
    since: Option<Instant>,
    /// Before this none is looked at, whatever the rule says.
    rest: Option<Instant>,
    last: Option<Grey>,
}

impl Keep {
    /// Whether to keep a frame that arrived `now`; decodes it only when it is time for one.
    pub fn consider(&mut self, rule: Rule, now: Instant, frame: &NewFrame) -> Result<Verdict, PictureError> {
        self.judge(rule, now, || Ok(Grey::of(&picture::decode(&frame.jpeg, Bounds::default())?)), frame.source)
    }

    fn judge(
        &mut self,
        rule: Rule,
        now: Instant,
        grey: impl FnOnce() -> Result<Grey, PictureError>,
        source: FrameSource,
    ) -> Result<Verdict, PictureError> {
        let due = self.since.and_then(|since| since.checked_add(rule.every));
        if due.max(self.rest).is_some_and(|due| now < due) {
            return Ok(Verdict::NotYet);
        }
        // A camera on a still scene is looked at about once a second, not at its full rate; photographs all differ.
        let again = if source.is_continuous() { rule.every.min(Duration::from_secs(1)) } else { Duration::ZERO };
        self.rest = Some(now + again);
        let grey = grey()?;
        match &self.last {
            Some(last) if last.difference(&grey) < rule.difference => Ok(Verdict::Same),
            _ => Ok(Verdict::Keep(grey)),
        }
    }

    /// The frame was stored.
    pub fn kept(&mut self, now: Instant, grey: Grey) {
        (self.since, self.rest) = (Some(now), None);
        self.last = Some(grey);
    }

    /// It could not be stored: try again after the usual pause, and not at once.
    pub fn failed(&mut self, now: Instant) {
        (self.since, self.rest) = (Some(now), Some(now + Duration::from_secs(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: u8) -> Grey {
        Grey(vec![value; 64 * 48])
    }

    fn rule(keep_every: f32, keep_difference: f32) -> Rule {
        Rule::of(&config::Camera { keep_every, keep_difference, ..Default::default() })
    }

    /// Runs the rule over (seconds, brightness) and returns the seconds at which it kept.
    fn kept(rule: Rule, frames: &[(f32, u8)]) -> Vec<f32> {
        kept_by(|_| rule, frames)
    }

    /// The same with the rule that holds at each second.
    fn kept_by(rule: impl Fn(f32) -> Rule, frames: &[(f32, u8)]) -> Vec<f32> {
        let start = Instant::now();
        let (mut keep, mut kept) = (Keep::default(), Vec::new());
        for (at, value) in frames {
            let now = start + Duration::from_secs_f32(*at);
            if let Verdict::Keep(grey) = keep.judge(rule(*at), now, || Ok(flat(*value)), FrameSource::Camera).unwrap() {
                keep.kept(now, grey);
                kept.push(*at);
            }
        }
        kept
    }

    #[test]
    fn the_first_frame_is_kept_and_then_one_every_so_many_seconds() {
        let frames: Vec<_> = (0..=25).map(|s| (s as f32, s as u8 * 10)).collect();
        assert_eq!(kept(rule(10.0, 3.0), &frames), [0.0, 10.0, 20.0]);
    }

    #[test]
    fn a_frame_that_hardly_differs_is_skipped_until_something_changes() {
        // 10.0 hardly differs; 14.0 differs, but comes too soon after 11.0.
        let frames = [(0.0, 100), (10.0, 102), (11.0, 97), (14.0, 200), (24.0, 200)];
        assert_eq!(kept(rule(10.0, 3.0), &frames), [0.0, 11.0, 24.0]);
        // Looked at once a second while nothing changes: the change at 10.5 is seen at 11.1.
        let frames = [(0.0, 100), (10.0, 102), (10.5, 200), (11.1, 200)];
        assert_eq!(kept(rule(10.0, 3.0), &frames), [0.0, 11.1]);
    }

    #[test]
    fn slow_change_adds_up_against_the_kept_frame_not_the_last_seen_one() {
        let frames: Vec<_> = (0..8).map(|i| (i as f32 * 2.0, 100 + i as u8)).collect();
        assert_eq!(kept(rule(1.0, 3.0), &frames), [0.0, 6.0, 12.0]);
    }

    #[test]
    fn a_difference_of_zero_keeps_everything_in_its_time() {
        assert_eq!(kept(rule(0.0, 0.0), &[(0.0, 5), (0.1, 5), (0.2, 5)]), [0.0, 0.1, 0.2]);
    }

    #[test]
    fn an_undecodable_frame_is_an_error_and_the_next_is_looked_at() {
        let (mut keep, rule) = (Keep::default(), rule(0.0, 3.0));
        let now = Instant::now();
        let broken = || Err(PictureError::Unreadable("cut off".into()));
        assert!(keep.judge(rule, now, broken, FrameSource::Camera).is_err());
        assert_eq!(keep.judge(rule, now, || Ok(flat(1)), FrameSource::Camera).unwrap(), Verdict::Keep(flat(1)));
    }

    #[test]
    fn another_rule_counts_from_the_frame_that_was_kept_last() {
        let frames: Vec<_> = (0..=12).map(|s| (s as f32, s as u8 * 10)).collect();
        let shorter = kept_by(|at| rule(if at < 5.0 { 1e9 } else { 3.0 }, 3.0), &frames);
        assert_eq!(shorter, [0.0, 5.0, 8.0, 11.0]);
        let longer = kept_by(|at| rule(if at < 5.0 { 2.0 } else { 6.0 }, 3.0), &frames);
        assert_eq!(longer, [0.0, 2.0, 4.0, 10.0]);
        let coarser = kept_by(|at| rule(2.0, if at < 5.0 { 3.0 } else { 60.0 }), &frames);
        assert_eq!(coarser, [0.0, 2.0, 4.0, 10.0]);
    }

    #[test]
    fn what_could_not_be_stored_is_tried_again_after_the_pause_and_never_at_once() {
        let (mut keep, start) = (Keep::default(), Instant::now());
        keep.failed(start);
        let mut at = |seconds, rule| {
            let now = start + Duration::from_secs_f32(seconds);
            keep.judge(rule, now, || Ok(flat(1)), FrameSource::Camera).unwrap() != Verdict::NotYet
        };
        assert!(!at(0.9, rule(0.0, 3.0)) && !at(4.9, rule(5.0, 3.0)) && at(5.0, rule(5.0, 3.0)));
    }
}
