//! From what was said of an object to the stretches of the film through which it is carried.

use super::said::{Mark, Track};
use crate::domain::BBox;

/// A stretch of the film. Numbers of pictures; a box was drawn in `key`, `from` and `to` of `Between`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leg {
    /// From `from` up to `key`, where it was drawn first.
    Before {
        from: usize,
        key: usize,
    },
    Between {
        from: usize,
        to: usize,
    },
    /// From `key`, where it was drawn last, up to before `until`.
    After {
        key: usize,
        until: usize,
    },
    /// Said to be there from `from` on, and never drawn up to before `until`.
    Nothing {
        from: usize,
        until: usize,
    },
}

/// All of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Legs {
    /// In order.
    pub keys: Vec<(usize, BBox)>,
    pub legs: Vec<Leg>,
    pub pictures: usize,
}

/// What is known of the object while the marks are read.
enum Now {
    /// It may be there since that picture; `told` where somebody said so.
    Open {
        since: usize,
        told: bool,
    },
    Drawn {
        key: usize,
    },
    Gone,
}

/// Reads the marks in order. Saying again what holds already changes nothing.
pub fn of(track: &Track, pictures: usize) -> Legs {
    let mut found = Legs { pictures, ..Legs::default() };
    let within = track.within.clone().unwrap_or(0..pictures);
    let mut now = Now::Open { since: within.start, told: false };
    for (&at, mark) in &track.marks {
        now = match (mark, now) {
            (Mark::Box(bbox), now) => {
                match now {
                    Now::Open { since, .. } => found.legs.push(Leg::Before { from: since, key: at }),
                    Now::Drawn { key } => found.legs.push(Leg::Between { from: key, to: at }),
                    Now::Gone => {}
                }
                found.keys.push((at, *bbox));
                Now::Drawn { key: at }
            }
            (Mark::Gone, now) => {
                found.close(now, at);
                Now::Gone
            }
            (Mark::Back, Now::Gone) => Now::Open { since: at, told: true },
            (Mark::Back, now) => now,
        };
    }
    found.close(now, within.end);
    found
}

impl Legs {
    fn close(&mut self, now: Now, until: usize) {
        match now {
            Now::Drawn { key } => self.legs.push(Leg::After { key, until }),
            Now::Open { since: from, told: true } => self.legs.push(Leg::Nothing { from, until }),
            Now::Open { told: false, .. } | Now::Gone => {}
        }
    }

    /// The box drawn there.
    pub fn drawn(&self, at: usize) -> Option<BBox> {
        self.keys.iter().find(|(key, _)| *key == at).map(|(_, bbox)| *bbox)
    }

    /// The last picture to which the box drawn in `key` is followed, forwards; `None` where it is not.
    pub fn ahead(&self, key: usize) -> Option<usize> {
        self.legs.iter().find_map(|leg| match *leg {
            Leg::Between { from, to } if from == key => Some(to),
            Leg::After { key: from, until } if from == key => Some(until - 1),
            _ => None,
        })
    }

    /// The same, backwards.
    pub fn behind(&self, key: usize) -> Option<usize> {
        self.legs.iter().find_map(|leg| match *leg {
            Leg::Between { from, to } if to == key => Some(from),
            Leg::Before { from, key: to } if to == key => Some(from),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_stretches() {
        let here = Mark::Box(BBox::new(1.0, 2.0, 3.0, 4.0));
        let of = |marks: &[(usize, Mark)]| {
            let track = Track { marks: marks.iter().copied().collect(), ..Track::default() };
            super::of(&track, 20).legs
        };
        let (before, between) = (|from, key| Leg::Before { from, key }, |from, to| Leg::Between { from, to });
        let after = |key, until| Leg::After { key, until };
        assert_eq!(of(&[(4, here), (9, here)]), [before(0, 4), between(4, 9), after(9, 20)]);
        let leaves = [(4, here), (7, Mark::Gone), (7 + 3, Mark::Back), (12, here), (15, Mark::Gone)];
        assert_eq!(of(&leaves), [before(0, 4), after(4, 7), before(10, 12), after(12, 15)]);
        assert_eq!(of(&[(3, Mark::Gone), (8, here)]), [after(8, 20)], "it was not said to be back before");
        assert_eq!(of(&[(0, Mark::Gone), (2, Mark::Back), (4, Mark::Gone)]), [Leg::Nothing { from: 2, until: 4 }]);
        assert_eq!(of(&[(1, Mark::Back), (2, here), (3, Mark::Back)]), [before(0, 2), after(2, 20)]);
        assert_eq!(of(&[]), []);
        let within = |within, marks: &[(usize, Mark)]| {
            let track = Track { marks: marks.iter().copied().collect(), within: Some(within), ..Track::default() };
            super::of(&track, 20).legs
        };
        assert_eq!(within(3..12, &[(4, here)]), [before(3, 4), after(4, 12)]);
        assert_eq!(within(3..10, &[(3, here), (9, here)]), [before(3, 3), between(3, 9), after(9, 10)]);
        assert_eq!(within(5..12, &[(2, Mark::Gone), (7, here)]), [after(7, 12)]);
    }
}
