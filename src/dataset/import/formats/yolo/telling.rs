//! What all lines of a data set together tell of what they are. A reading counts for all of them: what one line refutes no
//! other of its kind is taken for.

use super::looks::{
    crosses, has_seen_points, has_unset_points, holds, is_identified, is_long, is_numbered, is_share, is_turned_box,
    is_unset, may_be_box, poses,
};
use super::rows::{Identified, Kind, Numbered, Rows, Seen};
use std::collections::BTreeMap;

/// Lines of which the way they lie tells what they are.
const ENOUGH: u64 = 5;
/// Lengths of outlines in a data set that has nothing else: points are as many in every line.
const VARIED: usize = 4;
/// Outlines of several lengths in a data set that has few, at least, and numbers of each: with fewer corners hardly any crosses
/// itself.
const ASSORTED: (u64, usize) = (3, 10);
/// Lengths of lines that are told apart; more than key points have.
const LENGTHS: usize = 500;

/// What the lines of a data set have told so far.
#[derive(Default)]
pub struct Telling {
    /// Long lines that may be outlines or points of two numbers, by how many numbers they have.
    lengths: BTreeMap<usize, OfLength>,
    /// Lines whose first four numbers are a box that holds the points of the others, and the other lines.
    held: u64,
    loose: u64,
    /// Of the latter those whose first four numbers are no box in the picture: they are outlines.
    boxless: u64,
    /// Of all those that no outline is: they cross themselves, or have points that were not set.
    crossed: u64,
    /// Of those that hold the ones that key points alone explain.
    posed: u64,
    /// How far the second corner goes with the first.
    together: [Together; 2],
    /// Lines of eight numbers, and those among them that are the corners of a box that is turned.
    eights: u64,
    turned: u64,
    angles: bool,
    /// Lines of five numbers, those among them that begin with a whole one, and those of the latter that go on with a box.
    fives: u64,
    whole: u64,
    identified: u64,
    /// Lines of a box alone.
    plain: u64,
    /// Long ones that may end with an object's number, and those that do not.
    numbered: u64,
    unnumbered: u64,
    /// Whether a line among the former has more than a box before it, or such a number that is no share.
    outlined: bool,
    counted: bool,
}

/// Lines of one length.
#[derive(Default)]
struct OfLength {
    lines: u64,
    /// Those of which each third number behind a box may say how well a point is seen.
    seen: u64,
    /// Whether one of these is no outline.
    sure: bool,
    /// Whether one begins with what is no box in the picture.
    boxless: bool,
}

impl OfLength {
    /// Whether the lines of so many numbers are boxes with points of three numbers.
    fn seen(&self, length: usize) -> Seen {
        let points = (length as u64 - 4) / 3;
        match self {
            _ if length % 2 == 1 => Seen::Yes,
            Self { seen: 0, .. } => Seen::No,
            Self { seen, lines, sure, .. } if seen == lines && (*sure || seen * points >= 8) => Seen::Yes,
            Self { seen, lines, .. } if seen * 10 <= *lines => Seen::No,
            _ => Seen::Perhaps,
        }
    }
}

/// How much a number differs from line to line, and how much what is added to it to make another.
#[derive(Default)]
struct Together {
    count: f64,
    first: [f64; 2],
    added: [f64; 2],
}

impl Together {
    fn hear(&mut self, first: f32, second: f32) {
        let (first, added) = (f64::from(first), f64::from(second - first));
        self.count += 1.0;
        self.first = [self.first[0] + first, self.first[1] + first * first];
        self.added = [self.added[0] + added, self.added[1] + added * added];
    }

    /// Whether the second goes where the first goes, as the next corner of an outline does, and the size of a box does not.
    fn go(&self) -> bool {
        let variance = |[sum, squares]: [f64; 2]| squares / self.count - (sum / self.count).powi(2);
        variance(self.added) * 5.0 < variance(self.first)
    }
}

impl Telling {
    pub fn hear(&mut self, numbers: &[f32]) {
        let identified = numbers.len() == 5 && is_identified(numbers);
        self.fives += u64::from(numbers.len() == 5);
        self.whole += u64::from(numbers.len() == 5 && numbers[0].fract() == 0.0);
        self.identified += u64::from(identified);
        self.angles |= numbers.len() == 5 && !identified && !(0.0..=1.0).contains(&numbers[4]);
        self.plain += u64::from(numbers.len() == 4);
        if is_numbered(numbers) {
            self.numbered += 1;
            self.outlined |= numbers.len() > 6;
            self.counted |= numbers.last().is_some_and(|n| *n > 1.0);
        } else {
            self.unnumbered += u64::from(is_long(numbers) && !has_seen_points(numbers));
        }
        let turned = is_turned_box(numbers);
        self.eights += u64::from(numbers.len() == 8 && !is_unset(numbers));
        self.turned += u64::from(turned);
        if is_long(numbers) && !turned {
            self.long(numbers);
        }
    }

    /// An even number of numbers.
    fn long(&mut self, numbers: &[f32]) {
        let (seen, shares) = (has_seen_points(numbers), numbers.iter().all(is_share));
        let held = shares && holds(numbers, 2);
        // Whether it crosses itself is looked for where there are few corners.
        let crossed = || !shares || has_unset_points(numbers) || (held || holds(numbers, 3)) && crosses(numbers);
        if let Some(of) = self.of_length(numbers.len()) {
            of.lines += 1;
            of.seen += u64::from(seen);
            of.sure |= seen && !is_unset(numbers) && (!shares || holds(numbers, 3) && crossed());
            of.boxless |= shares && !seen && !is_unset(numbers) && !may_be_box(numbers);
        }
        // Points none of which is set say nothing of where they are.
        if !shares || seen || is_unset(numbers) {
            return;
        }
        self.crossed += u64::from(crossed());
        if held && poses(numbers) {
            self.posed += 1;
        } else {
            self.together.iter_mut().enumerate().for_each(|(axis, of)| of.hear(numbers[axis], numbers[axis + 2]));
        }
        self.held += u64::from(held);
        self.loose += u64::from(!held);
        self.boxless += u64::from(!may_be_box(numbers));
    }

    fn of_length(&mut self, length: usize) -> Option<&mut OfLength> {
        let room = self.lengths.len() < LENGTHS || self.lengths.contains_key(&length);
        room.then(|| self.lengths.entry(length).or_default())
    }

    pub fn rows(&self) -> Rows {
        let sure = self.counted || self.numbered >= ENOUGH || self.plain > 0 && !self.outlined;
        let numbered = match (self.numbered > 0 && self.unnumbered == 0, sure) {
            (true, true) => Numbered::Yes,
            (true, false) => Numbered::Perhaps,
            (false, _) => Numbered::No,
        };
        let identified = match self.identified {
            0 => Identified::No,
            // A box may reach over the edge.
            boxes if self.whole == self.fives && boxes * 10 >= self.fives * 9 => Identified::Yes,
            _ => Identified::Perhaps,
        };
        let threes = |length: usize| length > 4 && (length - 4).is_multiple_of(3);
        let seen = self.lengths.iter().filter(|(length, _)| threes(**length));
        let seen = seen.map(|(length, of)| (*length, of.seen(*length))).collect();
        let turned = self.turned * 2 >= self.eights;
        let varied = self.is_assorted() || self.lengths.values().filter(|of| of.boxless).count() >= VARIED;
        Rows { varied, kind: self.kind(), is_said: false, numbered, identified, seen, turned, angles: self.angles }
    }

    /// Whether all long lines are of several lengths, as key points never are, none of them by far the most, and none crosses
    /// itself.
    fn is_assorted(&self) -> bool {
        let all: u64 = self.lengths.values().map(|of| of.lines).sum();
        let plain =
            |(length, of): (&usize, &OfLength)| *length >= ASSORTED.1 && of.seen == 0 && of.lines * 4 <= all * 3;
        all >= ASSORTED.0
            && all == self.held + self.loose
            && self.crossed == 0
            && self.numbered == 0
            && self.fives == 0
            && self.lengths.iter().all(plain)
    }

    fn kind(&self) -> Kind {
        let all = self.held + self.loose;
        let one = self.lengths.len() == 1;
        // Small outlines towards the corner where counting begins hold as often as not; key points lie in their box. One key
        // point makes a triangle, which never crosses itself: there only most lines tell.
        let share = if self.lengths.contains_key(&6) { 2 } else { 4 };
        let loose = self.boxless * 10 > all && self.loose * share > all;
        let together = all >= 2 * ENOUGH && self.together.iter().all(Together::go);
        // So few that they may be what they are not by chance tell nothing by how they lie.
        let drawn = loose && self.posed * 10 <= all || together && self.posed * 20 <= all;
        match self {
            // A few outlines cross themselves where somebody's hand slipped.
            _ if all > 0 && drawn && self.crossed * 10 <= all => Kind::Outlines,
            _ if self.is_assorted() => Kind::Outlines,
            Self { boxless: 0, .. }
                if one && all >= ENOUGH && self.crossed > 0 && self.loose * 10 <= all && self.posed * 2 >= all =>
            {
                Kind::Pairs
            }
            _ => Kind::Unclear,
        }
    }
}

#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;
