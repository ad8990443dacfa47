//! Which frames are near copies of one another, however they came.

use crate::picture::{Envelope, Likeness};
use std::ops::Range;

/// A frame, as far as this cares.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    pub likeness: &'a Likeness,
    /// What a camera shows where nothing is. Two such are alike by nature, and teach nothing that could be told from them.
    pub scenery: bool,
}

/// The number of the kin that each is of, from 0; `None` where nothing is like it. What is like something of a kin is of it.
pub fn kin(looks: &[Option<Look>]) -> Vec<Option<usize>> {
    let mut kins = Joined::new(looks.len());
    let mut order: Vec<(usize, Look)> = looks.iter().enumerate().filter_map(|(i, look)| Some((i, (*look)?))).collect();
    let block = telling(&order);
    let grey = |look: &Look| look.likeness.coarse()[block];
    order.sort_by_key(|(i, look)| (grey(look), *i));
    // 6 KB a frame while this lasts: made for every pair they would cost more than all else.
    let envelopes: Vec<Envelope> = order.iter().map(|(_, look)| look.likeness.envelope()).collect();
    for (at, (a, look)) in order.iter().enumerate() {
        // Beyond these none can be near.
        let within = order[at + 1..].iter().zip(&envelopes[at + 1..]);
        for ((b, other), envelope) in within.take_while(|((_, other), _)| grey(other) - grey(look) <= Likeness::WITHIN)
        {
            let differs = (look.scenery && other.scenery) || !look.likeness.might_be_near(other.likeness);
            if !differs
                && !kins.are_joined(*a, *b)
                && envelopes[at].holds(other.likeness)
                && envelope.holds(look.likeness)
            {
                kins.join(*a, *b);
            }
        }
    }
    kins.numbered()
}

/// The block by which most are told apart.
fn telling(looks: &[(usize, Look)]) -> usize {
    let spread = |block: &usize| {
        let greys = || looks.iter().map(|(_, look)| f64::from(look.likeness.coarse()[*block]));
        let count = looks.len().max(1) as f64;
        let mean = greys().sum::<f64>() / count;
        greys().map(|grey| (grey - mean).powi(2)).sum::<f64>() / count
    };
    let blocks: Range<usize> = 0..Likeness::COARSE;
    blocks.max_by(|a, b| spread(a).total_cmp(&spread(b))).unwrap_or(0)
}

/// Things that are joined bit by bit (union-find, with path halving).
pub struct Joined(Vec<usize>);

impl Joined {
    pub fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// The one that stands for all that it is joined with.
    pub fn first(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn are_joined(&mut self, a: usize, b: usize) -> bool {
        self.first(a) == self.first(b)
    }

    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        // The smaller number stands for both, so that the order of joining does not matter.
        self.0[a.max(b)] = a.min(b);
    }

    /// Numbers of those that are joined with others.
    fn numbered(mut self) -> Vec<Option<usize>> {
        let firsts: Vec<usize> = (0..self.0.len()).map(|i| self.first(i)).collect();
        let mut sizes = vec![0; firsts.len()];
        firsts.iter().for_each(|first| sizes[*first] += 1);
        let mut numbers = vec![None; firsts.len()];
        let mut next = 0;
        for (first, size) in sizes.iter().enumerate() {
            if *size > 1 {
                numbers[first] = Some(next);
                next += 1;
            }
        }
        firsts.into_iter().map(|first| numbers[first]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// A picture of its own for every number, `noise` greys off it.
    fn picture(number: u32, noise: u32) -> Likeness {
        let grey = |x: u32, y: u32| {
            let cell = (x / 8 + y / 8 * 7 + 1).wrapping_mul(number.wrapping_mul(2_654_435_761) | 1);
            30 + (cell >> 13) % 180 + (x * 31 + y * 17) % (noise + 1)
        };
        Likeness::of(&RgbImage::from_fn(64, 64, |x, y| Rgb([grey(x, y) as u8; 3])))
    }

    #[test]
    fn kin_are_those_that_look_alike() {
        let pictures: Vec<Likeness> = (0..1000).map(|i| picture(i % 600, i / 600 * 6)).collect();
        let look = |likeness, scenery| Some(Look { likeness, scenery });
        let mut looks: Vec<Option<Look>> = pictures.iter().map(|p| look(p, false)).collect();
        looks.push(None);
        let kins = kin(&looks);
        for i in 0..600 {
            let copy = kins.get(i + 600).copied().flatten().filter(|_| i < 400);
            assert_eq!(kins[i], copy, "{i}");
            assert_eq!(kins[i].is_some(), i < 400, "{i}");
        }
        assert_eq!(kins[1000], None);
        assert_eq!(kins.iter().flatten().max(), Some(&399));
        // Where nothing is, a camera shows the same.
        let scenery: Vec<Option<Look>> = [true, true, false].map(|scenery| look(&pictures[0], scenery)).into();
        assert_eq!(kin(&scenery[..2]), [None, None]);
        assert_eq!(kin(&scenery), [Some(0); 3]);
        assert!(kin(&[]).is_empty());
    }
}
