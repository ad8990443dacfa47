//! What a walk through the queue gave first, so that it does not give it again. Some are remembered; they are small.

use crate::domain::FrameId;
use std::collections::VecDeque;

/// Walks remembered: more than there are people labelling at the same time.
const WALKS: usize = 32;

/// What the model ranked when the walk began.
#[derive(Clone, Debug, Default)]
pub struct Walk(Vec<FrameId>);

impl Walk {
    pub fn through(ranked: impl Iterator<Item = FrameId>) -> Self {
        Self(ranked.collect())
    }

    /// Those that come after this one; all of them where there is none.
    pub fn after(&self, last: Option<FrameId>) -> impl Iterator<Item = FrameId> {
        let from = last.map_or(0, |last| self.0.iter().position(|id| *id == last).map_or(self.0.len(), |at| at + 1));
        self.0[from..].iter().copied()
    }

    pub fn gave(&self, id: FrameId) -> bool {
        self.0.contains(&id)
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

    pub fn get(&self, number: u64) -> Option<Walk> {
        self.walks.iter().find(|(known, _)| *known == number).map(|(_, walk)| walk.clone())
    }
}

/// At most `count` indices below `len`, evenly spread, the first one always among them.
pub fn spread(len: usize, count: usize) -> impl Iterator<Item = usize> {
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
