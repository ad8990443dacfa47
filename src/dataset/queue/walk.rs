//! What a walk through the queue gave first, so that it does not give it again. Some are remembered; they are small.

use crate::domain::{Frame, FrameId, KeptFor};
use std::collections::{HashSet, VecDeque};

/// Walks remembered: more than there are people labelling at the same time.
const WALKS: usize = 32;

/// What was ranked, when the walk began and since.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    ranked: Vec<FrameId>,
    given: HashSet<FrameId>,
}

impl Walk {
    pub fn through(ranked: impl Iterator<Item = FrameId>) -> Self {
        let mut walk = Self::default();
        walk.extend(ranked);
        walk
    }

    /// Some more was ranked, which comes next.
    pub fn extend(&mut self, more: impl IntoIterator<Item = FrameId>) {
        self.ranked.extend(more);
        self.given.extend(&self.ranked);
    }

    /// Those that come after this one; all of them where there is none.
    pub fn after(&self, last: Option<FrameId>) -> impl Iterator<Item = FrameId> {
        let ranked = &self.ranked;
        let from = last.map_or(0, |last| ranked.iter().position(|id| *id == last).map_or(ranked.len(), |at| at + 1));
        ranked[from..].iter().copied()
    }

    pub fn last(&self) -> Option<FrameId> {
        self.ranked.last().copied()
    }

    pub fn gave(&self, id: FrameId) -> bool {
        self.given.contains(&id)
    }

    /// Whether more is to be ranked, up to so many: nothing is where nothing could be at the beginning.
    pub fn goes_on(&self, most: usize) -> bool {
        (1..most).contains(&self.ranked.len())
    }
}

/// The newest walks by their numbers, which begin at 1 beyond a random one: after a restart no old cursor fits.
#[derive(Debug, Default)]
pub struct Walks {
    walks: VecDeque<(u64, Walk)>,
}

impl Walks {
    pub fn add(&mut self, walk: Walk) -> u64 {
        let number = rand::random_range(1..u64::MAX);
        self.walks.push_back((number, walk));
        if self.walks.len() > WALKS {
            self.walks.pop_front();
        }
        number
    }

    /// One has gone on.
    pub fn put(&mut self, number: u64, walk: &Walk) {
        if let Some((_, known)) = self.walks.iter_mut().find(|(known, _)| *known == number) {
            known.clone_from(walk);
        }
    }

    pub fn get(&self, number: u64) -> Option<Walk> {
        self.walks.iter().find(|(known, _)| *known == number).map(|(_, walk)| walk.clone())
    }
}

/// Which of these frames to look at, at most `count`, by their places: up to half of them such as were kept for what the
/// model made of them, the newest first, and of the others some that are spread evenly.
pub fn chosen(frames: &[Frame], count: usize) -> Vec<usize> {
    let (kept, others): (Vec<usize>, Vec<usize>) = (0..frames.len()).partition(|i| has_reason(&frames[*i]));
    let first = kept.len().min(count / 2);
    let mut chosen = kept[..first].to_vec();
    let rest = [&kept[first..], &others].concat();
    chosen.extend(spread(rest.len(), count - first).map(|i| rest[i]));
    chosen
}

/// Whether it was kept for what is in it, not for what is beside it in time.
fn has_reason(frame: &Frame) -> bool {
    frame.kept.as_ref().is_some_and(|why| *why != KeptFor::Around)
}

/// At most `count` indices below `len`, evenly spread, the first one always among them.
fn spread(len: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(len);
    (0..count).map(move |i| i * len / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_looks_at_frames_spread_over_time() {
        assert_eq!(spread(5, 32).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let spread: Vec<_> = spread(320, 32).collect();
        assert_eq!((spread.len(), spread[0], spread[1], spread[31]), (32, 0, 10, 310));
        assert_eq!(super::spread(0, 32).count(), 0);
    }

    #[test]
    fn the_oldest_walk_is_forgotten_first() {
        let mut walks = Walks::default();
        let first = walks.add(Walk::through([FrameId::new()].into_iter()));
        assert!(walks.get(first).is_some());
        for _ in 0..WALKS {
            walks.add(Walk::default());
        }
        assert!(walks.get(first).is_none());
    }
}
