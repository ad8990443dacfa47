//! What stands behind the class in the lines of a data set. The description may say it; where it does not, all lines
//! together tell: a trainer takes data sets of one kind alone. What they do not tell is not guessed. How they tell it, [`Telling`](super::telling::Telling) knows.
//!
//! A long line is an outline, `x1 y1 x2 y2 …`, or a box and its key points. Key points are as many in every line, and lie
//! in their box. The first two corners of an outline hardly ever make a box that holds all others, least of all in every
//! line; and the numbers of key points, taken for corners, make an outline that crosses itself.
//!
//! What a program wrote that follows objects ends with how sure it was and the object's number, `… 0.91 7`, which would make
//! one corner more. Real corners end in a whole number where they lie on the picture's edge, and not in every line.

use super::looks::{
    crosses, has_seen_points, has_unset_points, holds, is_long, is_numbered, is_share, is_turned_box, is_unset, poses,
};
use std::collections::BTreeMap;

/// What the long lines of a data set are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Kind {
    /// How many key points a line has, and how many numbers each.
    KeyPoints(usize, usize),
    /// Key points of two numbers, however many.
    Pairs,
    Outlines,
    /// Boxes that are turned, by their corners.
    Turned,
    /// Nothing but boxes.
    Boxes,
    #[default]
    Unclear,
}

/// Whether long lines end with how sure a program was and an object's number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Numbered {
    #[default]
    No,
    Yes,
    /// All do that might, and these are too few.
    Perhaps,
}

/// Whether lines of five numbers begin with an object's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Identified {
    #[default]
    No,
    Yes,
    /// Some do.
    Perhaps,
}

/// Whether lines of one length are boxes with points of three numbers, the third of which says how well each is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    No,
    Yes,
    Perhaps,
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub enum Meaning {
    Box,
    /// A box behind an object's number.
    Identified,
    /// The corners of a box that is turned, of so many numbers.
    Turned(usize, Option<Beside>),
    /// A box, and something that is not read.
    Beside(Beside),
    /// Of so many numbers.
    Outline(usize, Option<Beside>),
    None(Wrong),
}

/// What may stand behind a box, and is not read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beside {
    KeyPoints,
    Confidence,
    /// How sure a program was, and the object's number.
    Number,
    /// An object's number, before the box.
    NumberBefore,
}

/// Why a line says nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wrong {
    NotNumbers,
    Count(usize),
    /// Not between 0 and 1.
    Pixels,
    /// It looks like key points, and nothing says how many.
    KeyPoints,
    /// It may be a box and key points, or an outline.
    Unclear,
    /// It is a box and an angle, and nothing says what is turned about what.
    Turned,
}

/// What is known of the lines of a data set.
#[derive(Debug, Default)]
pub struct Rows {
    pub(super) kind: Kind,
    /// The description says it.
    pub(super) is_said: bool,
    pub(super) numbered: Numbered,
    pub(super) identified: Identified,
    /// Of lines of an even length that may have points of three numbers, by how many numbers they have.
    pub(super) seen: BTreeMap<usize, Seen>,
    /// Those of eight numbers may be the corners of a turned box: most are.
    pub(super) turned: bool,
    /// Outlines are of so many lengths that nothing else is among them.
    pub(super) varied: bool,
    /// Some fifth number is none between 0 and 1: these are angles.
    pub(super) angles: bool,
}

impl Rows {
    pub fn of(kind: Kind) -> Self {
        Self { kind, is_said: true, ..Self::default() }
    }

    /// The same lines, of which the description says what they are.
    pub fn said(self, kind: Kind) -> Self {
        Self { kind, is_said: true, ..self }
    }

    /// What the numbers behind a class are.
    pub fn meaning(&self, numbers: &[f32]) -> Meaning {
        match (self.kind, numbers.len()) {
            (_, 4) => Meaning::Box,
            (Kind::KeyPoints(points, each), count) if count == 4 + points * each => Meaning::Beside(Beside::KeyPoints),
            (Kind::KeyPoints(..), count) => Meaning::None(Wrong::Count(count)),
            (_, 5) => self.of_five(numbers),
            (Kind::Boxes, 6) if is_numbered(numbers) => Meaning::Beside(Beside::Number),
            _ if is_numbered(numbers) && self.numbered != Numbered::No => self.of_numbered(numbers),
            (Kind::Boxes, count) => Meaning::None(Wrong::Count(count)),
            _ => self.of_many(numbers),
        }
    }

    /// A box and how sure a model was, or one that is turned, or an object's number and a box.
    fn of_five(&self, numbers: &[f32]) -> Meaning {
        match numbers {
            [number, ..] if self.identified == Identified::Yes && number.fract() == 0.0 => Meaning::Identified,
            [number, ..] if self.identified == Identified::Perhaps && number.fract() == 0.0 => {
                Meaning::None(Wrong::Unclear)
            }
            _ if !numbers[..4].iter().all(is_share) => Meaning::None(Wrong::Pixels),
            _ if self.angles || !(0.0..=1.0).contains(&numbers[4]) => Meaning::None(Wrong::Turned),
            _ => Meaning::Beside(Beside::Confidence),
        }
    }

    /// What ends with how sure a program was and an object's number.
    fn of_numbered(&self, numbers: &[f32]) -> Meaning {
        let (count, number) = (numbers.len(), Some(Beside::Number));
        match (self.kind, count) {
            _ if self.numbered == Numbered::Perhaps => Meaning::None(Wrong::Unclear),
            (_, 6) => Meaning::Beside(Beside::Number),
            (Kind::Boxes, count) => Meaning::None(Wrong::Count(count)),
            (kind, 10) if kind != Kind::Outlines && is_turned_box(&numbers[..8]) => Meaning::Turned(8, number),
            _ => Meaning::Outline(count - 2, number),
        }
    }

    /// An outline, the corners of a turned box, or a box and its points.
    fn of_many(&self, numbers: &[f32]) -> Meaning {
        let count = numbers.len();
        let seen = match has_seen_points(numbers) {
            false => Seen::No,
            true if count % 2 == 1 => Seen::Yes,
            true => self.seen.get(&count).copied().unwrap_or(Seen::Perhaps),
        };
        let outlined = self.is_said && self.kind == Kind::Outlines && count.is_multiple_of(2);
        match self.kind {
            _ if !outlined && seen == Seen::Yes && holds(numbers, 3) => Meaning::Beside(Beside::KeyPoints),
            _ if !outlined && seen == Seen::Yes => Meaning::None(Wrong::KeyPoints),
            _ if !is_long(numbers) => Meaning::None(Wrong::Count(count)),
            // Pixels are told as such, but for what says how well a point is seen.
            _ if !numbers.iter().all(is_share) && seen == Seen::No => Meaning::None(Wrong::Pixels),
            Kind::Outlines if outlined => match numbers.iter().all(is_share) {
                true if !holds(numbers, 2) || !crosses(numbers) => Meaning::Outline(count, None),
                true => Meaning::None(Wrong::Unclear),
                false => Meaning::None(Wrong::Pixels),
            },
            // Nothing but zeros behind a box, which may be points of two or three numbers.
            Kind::Pairs if is_unset(numbers) && holds(numbers, 2) => Meaning::Beside(Beside::KeyPoints),
            _ if is_unset(numbers) || seen == Seen::Perhaps || self.seen.get(&count) == Some(&Seen::Perhaps) => {
                Meaning::None(Wrong::Unclear)
            }
            Kind::Turned if count == 8 => Meaning::Turned(8, None),
            Kind::Outlines => match holds(numbers, 2) && (crosses(numbers) || !self.varied && poses(numbers))
                || has_unset_points(numbers)
                || seen == Seen::No && has_seen_points(numbers) && holds(numbers, 3)
            {
                // One of key points among outlines.
                true => Meaning::None(Wrong::Unclear),
                false => Meaning::Outline(count, None),
            },
            Kind::Pairs if holds(numbers, 2) => Meaning::Beside(Beside::KeyPoints),
            _ if self.turned && is_turned_box(numbers) => Meaning::Turned(8, None),
            _ => Meaning::None(Wrong::Unclear),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::telling::Telling;
    use super::*;

    /// Twelve lines, moved about the picture.
    fn kind(line: impl Fn(f32, f32) -> Vec<f32>) -> Kind {
        let mut telling = Telling::default();
        for i in 0..12 {
            telling.hear(&line(0.2 + 0.05 * i as f32, 0.75 - 0.04 * i as f32));
        }
        telling.rows().kind
    }

    #[test]
    fn all_lines_together_tell_key_points_from_outlines() {
        let points = |x: f32, y: f32| vec![x, y, 0.2, 0.16, x - 0.05, y, x + 0.08, y - 0.02, x, y + 0.07, 0.0, 0.0];
        let outline = |x: f32, y: f32| vec![x, y, x + 0.1, y, x + 0.12, y + 0.1, x + 0.05, y + 0.15, x, y + 0.1];
        assert_eq!(kind(points), Kind::Pairs);
        assert_eq!(kind(outline), Kind::Outlines);
        // A single key point makes a triangle like any other.
        assert_eq!(kind(|x, y| vec![x, y, 0.2, 0.1, x + 0.02, y]), Kind::Unclear);
        // Half and half.
        let mixed = |x: f32, y: f32| if (x * 20.0).round() % 2.0 == 0.0 { points(x, y) } else { outline(x, y) };
        assert_eq!(kind(mixed), Kind::Unclear);
        // Small outlines of as many corners in the middle of the picture: two of them make a box that holds the rest.
        let small = |x: f32, y: f32| {
            let (x, y) = (0.3 + 0.3 * x, 0.3 + 0.3 * y);
            vec![x, y, x + 0.12, y + 0.01, x + 0.121, y + 0.063, x + 0.006, y + 0.05]
        };
        assert_eq!(kind(small), Kind::Outlines);
        // The same corners row by row: whoever wrote them, no box of theirs is one.
        let rows = |x: f32, y: f32| {
            let all = small(x, y);
            [&all[..4], &all[6..8], &all[4..6]].concat()
        };
        assert_eq!(kind(rows), Kind::Unclear);
        // Two data sets in one, with one key point and with two.
        let several = |x: f32, y: f32| {
            let all = points(x, y);
            if (x * 20.0).round() % 4.0 == 0.0 { all[..8].to_vec() } else { all[..6].to_vec() }
        };
        assert_eq!(kind(several), Kind::Unclear);
    }

    #[test]
    fn a_line_that_may_be_either_is_none() {
        // Round the middle of the picture, where two corners may make a box that holds the others.
        let middle = [0.5, 0.4, 0.6, 0.5, 0.5, 0.6, 0.45, 0.52];
        assert_eq!(Rows::default().meaning(&middle), Meaning::None(Wrong::Unclear));
        assert_eq!(Rows::of(Kind::Outlines).meaning(&middle), Meaning::Outline(8, None));
        assert_eq!(Rows::of(Kind::Pairs).meaning(&middle), Meaning::Beside(Beside::KeyPoints));
        // The corners of a turned box are told from all else.
        let corners = [0.5, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4, 0.5];
        let told = |lines: &[[f32; 8]]| {
            let mut telling = Telling::default();
            lines.iter().for_each(|line| telling.hear(line));
            telling.rows()
        };
        assert_eq!(told(&[corners, middle]).meaning(&corners), Meaning::Turned(8, None));
        // Unless most lines are no such corners.
        assert_eq!(told(&[corners, middle, middle]).meaning(&corners), Meaning::None(Wrong::Unclear));
    }

    #[test]
    fn a_stray_line_of_key_points_among_outlines_is_none() {
        let mut telling = Telling::default();
        for i in 0..20 {
            let (x, y) = (0.1 + 0.03 * i as f32, 0.7 - 0.02 * i as f32);
            let outline = [x, y, x + 0.1, y, x + 0.12, y + 0.1, x + 0.05, y + 0.15, x, y + 0.1];
            telling.hear(&outline[..if i % 2 == 0 { 10 } else { 8 }]);
        }
        // A box, and one point after the other round it, which crosses nothing.
        let stray = [0.5, 0.5, 0.2, 0.2, 0.41, 0.41, 0.59, 0.42, 0.58, 0.59];
        telling.hear(&stray);
        assert_eq!(telling.rows().kind, Kind::Outlines);
        assert_eq!(telling.rows().meaning(&stray), Meaning::None(Wrong::Unclear));
        assert_eq!(telling.rows().said(Kind::Outlines).meaning(&stray), Meaning::Outline(10, None));
        // Outlines of many lengths have no key points among them, and some begin with what might be a box.
        let outline = |corners: usize, x: f32| -> Vec<f32> {
            let at = |k: usize| std::f32::consts::TAU * k as f32 / corners as f32;
            (0..corners).flat_map(|k| [x + 0.1 * at(k).cos(), x + 0.1 * at(k).sin()]).collect()
        };
        (5..12).for_each(|corners| telling.hear(&outline(corners, 0.8)));
        assert_eq!(telling.rows().kind, Kind::Outlines);
        assert_eq!(telling.rows().meaning(&stray), Meaning::Outline(10, None));
    }

    #[test]
    fn an_object_s_number_is_no_corner() {
        let told = |lines: &[&[f32]]| {
            let mut telling = Telling::default();
            lines.iter().for_each(|line| telling.hear(line));
            telling.rows()
        };
        let (tracked, plain) = ([0.5, 0.5, 0.2, 0.4, 0.91, 1.0], [0.5, 0.5, 0.2, 0.4]);
        let boxed = Meaning::Beside(Beside::Number);
        assert_eq!(told(&[&tracked]).meaning(&tracked), Meaning::None(Wrong::Unclear));
        assert_eq!(told(&[&tracked[..]; 5]).meaning(&tracked), boxed);
        assert_eq!(told(&[&tracked, &plain]).meaning(&tracked), boxed);
        assert_eq!(told(&[&tracked, &[0.2, 0.2, 0.1, 0.1, 0.7, 2.0]]).meaning(&tracked), boxed);
        assert_eq!(told(&[&tracked]).said(Kind::Boxes).meaning(&tracked), boxed);
        // A corner at the edge, among others that are not.
        let triangle = [0.1, 0.2, 0.5, 0.4, 0.45, 0.92];
        let edge = [0.1, 0.2, 0.5, 0.4, 0.45, 1.0];
        let set = told(&[&edge, &triangle, &triangle]).said(Kind::Outlines);
        assert_eq!(set.meaning(&edge), Meaning::Outline(6, None));
        // Outlines, and the corners of turned boxes, with a number behind.
        let long = [0.1, 0.1, 0.3, 0.1, 0.3, 0.3, 0.1, 0.3, 0.92, 3.0];
        assert_eq!(told(&[&long]).said(Kind::Outlines).meaning(&long), Meaning::Outline(8, Some(Beside::Number)));
        assert_eq!(told(&[&long]).said(Kind::Turned).meaning(&long), Meaning::Turned(8, Some(Beside::Number)));
    }

    #[test]
    fn one_angle_makes_all_fifth_numbers_angles() {
        let mut telling = Telling::default();
        assert_eq!(telling.rows().meaning(&[0.5, 0.5, 0.2, 0.1, 0.4]), Meaning::Beside(Beside::Confidence));
        telling.hear(&[0.5, 0.5, 0.2, 0.1, -0.4]);
        assert_eq!(telling.rows().meaning(&[0.5, 0.5, 0.2, 0.1, 0.4]), Meaning::None(Wrong::Turned));
    }
}
