//! What stands behind the class in the lines of a data set. The description may say it; where it does not, all lines
//! together tell: a trainer takes data sets of one kind alone. What they do not tell is not guessed.
//!
//! A long line is an outline, `x1 y1 x2 y2 …`, or a box and its key points. Key points are as many in every line, and lie
//! in their box. The first two corners of an outline hardly ever make a box that holds all others, least of all in every
//! line; and the numbers of key points, taken for corners, make an outline that crosses itself.
//!
//! What a program wrote that follows objects ends with how sure it was and the object's number, `… 0.91 7`, which would make
//! one corner more. Real corners end in a whole number where they lie on the picture's edge, and not in every line.

use crate::domain::limits;
use std::collections::BTreeSet;

/// How far outside of the picture a share may be: rounding.
const OVER: f32 = 0.01;
/// Points of a line that may be key points, at most; an outline of more is one.
const POINTS: usize = 150;
/// How far a key point may lie outside of its box, in shares of the box and of the picture.
const SLACK: (f32, f32) = (0.05, 0.005);
/// By how much the corners of a turned box may miss a parallelogram: rounding.
const SKEW: f32 = 0.002;
/// Lines of which the way they lie tells what they are.
const ENOUGH: u64 = 5;

/// What the long lines of a data set are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Kind {
    /// How many key points a line has, and how many numbers each.
    KeyPoints(usize, usize),
    /// Key points of two numbers, however many.
    Pairs,
    Outlines,
    /// Nothing but boxes.
    Boxes,
    #[default]
    Unclear,
}

/// Whether long lines end with how sure a program was and an object's number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Numbered {
    #[default]
    No,
    Yes,
    /// All do that might, and these are too few.
    Perhaps,
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub enum Meaning {
    Box,
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
    kind: Kind,
    /// The description says it.
    is_said: bool,
    numbered: Numbered,
    /// Some fifth number is none between 0 and 1: these are angles.
    angles: bool,
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
        let count = numbers.len();
        let number = Some(Beside::Number);
        if let Kind::KeyPoints(points, each) = self.kind {
            return match count == 4 || count == 4 + points * each {
                true => Meaning::Box,
                false => Meaning::None(Wrong::Count(count)),
            };
        }
        match count {
            4 => Meaning::Box,
            6 if self.kind == Kind::Boxes && is_numbered(numbers) => Meaning::Beside(Beside::Number),
            _ if is_numbered(numbers) && self.numbered == Numbered::Perhaps => Meaning::None(Wrong::Unclear),
            6 if is_numbered(numbers) && self.numbered == Numbered::Yes => Meaning::Beside(Beside::Number),
            _ if is_numbered(numbers) && self.numbered == Numbered::Yes => Meaning::Outline(count - 2, number),
            5 if !numbers[..4].iter().all(is_share) => Meaning::None(Wrong::Pixels),
            5 if self.angles || !(0.0..=1.0).contains(&numbers[4]) => Meaning::None(Wrong::Turned),
            5 => Meaning::Beside(Beside::Confidence),
            _ if self.kind == Kind::Boxes => Meaning::None(Wrong::Count(count)),
            _ if is_turned_box(numbers) => Meaning::Outline(count, None),
            _ if (self.kind != Kind::Outlines || count % 2 == 1) && has_seen_points(numbers) => match holds(numbers, 3)
            {
                true => Meaning::Beside(Beside::KeyPoints),
                false => Meaning::None(Wrong::KeyPoints),
            },
            _ if !is_long(numbers) => Meaning::None(Wrong::Count(count)),
            // Pixels are told as such.
            _ if !numbers.iter().all(is_share) => Meaning::None(Wrong::Pixels),
            _ => match (self.kind, holds(numbers, 2)) {
                // One of key points among outlines.
                (Kind::Outlines, true) if crosses(numbers) || !self.is_said && poses(numbers) => {
                    Meaning::None(Wrong::Unclear)
                }
                (Kind::Outlines, _) => Meaning::Outline(count, None),
                (Kind::Pairs, true) => Meaning::Beside(Beside::KeyPoints),
                _ => Meaning::None(Wrong::Unclear),
            },
        }
    }
}

/// What the lines of a data set have told so far.
#[derive(Default)]
pub struct Telling {
    lengths: BTreeSet<usize>,
    /// Lines whose first four numbers are a box that holds the points of the others, and the other lines.
    held: u64,
    loose: u64,
    /// Of the former those that would cross themselves as an outline.
    crossed: u64,
    /// Of the former those that key points alone explain.
    posed: u64,
    angles: bool,
    /// Lines of a box alone.
    plain: u64,
    /// Long ones that may end with an object's number, and those that do not.
    numbered: u64,
    unnumbered: u64,
    /// Whether a line among the former has more than a box before it, or such a number that is no share.
    outlined: bool,
    counted: bool,
}

impl Telling {
    pub fn hear(&mut self, numbers: &[f32]) {
        self.angles |= numbers.len() == 5 && !(0.0..=1.0).contains(&numbers[4]);
        self.plain += u64::from(numbers.len() == 4);
        let shares = || numbers.iter().all(is_share);
        if is_numbered(numbers) {
            self.numbered += 1;
            self.outlined |= numbers.len() > 6;
            self.counted |= numbers.last().is_some_and(|n| *n > 1.0);
        } else {
            self.unnumbered += u64::from(is_long(numbers) && !has_seen_points(numbers));
        }
        if !is_long(numbers) || is_turned_box(numbers) || has_seen_points(numbers) || !shares() {
            return;
        }
        // Two tell that there are several.
        if self.lengths.len() < 2 {
            self.lengths.insert(numbers.len());
        }
        match holds(numbers, 2) {
            true => {
                self.held += 1;
                self.crossed += u64::from(crosses(numbers));
                self.posed += u64::from(poses(numbers));
            }
            false => self.loose += 1,
        }
    }

    pub fn rows(&self) -> Rows {
        let all = self.held + self.loose;
        let one = self.lengths.len() == 1;
        // Small outlines towards the corner where counting begins hold as often as not; key points lie in their box. One key
        // point makes a triangle, which never crosses itself: there only most lines tell.
        let share = if self.lengths.contains(&6) { 2 } else { 4 };
        let loose = self.loose * share > all;
        // So few that they may be what they are not by chance tell nothing by how they lie.
        let drawn = (!one || loose) && self.posed * 10 <= all || all >= ENOUGH && self.posed * 20 <= all;
        let kind = match self {
            // A few outlines cross themselves where somebody's hand slipped.
            _ if all > 0 && drawn && self.crossed * 10 <= all => Kind::Outlines,
            _ if one && self.crossed > 0 && self.loose * 10 <= all && self.posed * 2 >= all => Kind::Pairs,
            _ => Kind::Unclear,
        };
        let sure = self.counted || self.numbered >= ENOUGH || self.plain > 0 && !self.outlined;
        let numbered = match (self.numbered > 0 && self.unnumbered == 0, sure) {
            (true, true) => Numbered::Yes,
            (true, false) => Numbered::Perhaps,
            (false, _) => Numbered::No,
        };
        Rows { kind, is_said: false, numbered, angles: self.angles }
    }
}

/// Whether it is a share of the picture.
pub fn is_share(number: &f32) -> bool {
    (-OVER..=1.0 + OVER).contains(number)
}

/// Whether the last two numbers may say how sure a program was of the others, and which object it is.
fn is_numbered(numbers: &[f32]) -> bool {
    let [before @ .., sure, number] = numbers else { return false };
    is_long(numbers)
        && (0.0..=1.0).contains(sure)
        && *number >= 1.0
        && number.fract() == 0.0
        && before.iter().all(is_share)
        && !is_turned_box(numbers)
        && !has_seen_points(numbers)
}

/// As many numbers as an outline has.
fn is_long(numbers: &[f32]) -> bool {
    numbers.len() >= 2 * limits::CORNERS.start() && numbers.len().is_multiple_of(2)
}

/// Whether they are the corners of a box that is turned. Any other four points hardly ever are.
fn is_turned_box(numbers: &[f32]) -> bool {
    let &[ax, ay, bx, by, cx, cy, dx, dy] = numbers else { return false };
    let skew = (ax + cx - bx - dx).abs().max((ay + cy - by - dy).abs());
    let (width, height) = ((ax - cx).abs().max((bx - dx).abs()), (ay - cy).abs().max((by - dy).abs()));
    skew <= SKEW.min(width.max(height) / 4.0) && numbers.iter().all(is_share)
}

/// Whether the numbers look like a box and points of three numbers each, the third of which says how well it is seen.
/// Those of a real outline hardly ever do: each third number would have to be 0, 1 or 2 to the digit.
fn has_seen_points(numbers: &[f32]) -> bool {
    let Some((_, points)) = numbers.split_at_checked(4).filter(|(_, points)| !points.is_empty()) else { return false };
    let seen = |n: &f32| [0.0, 1.0, 2.0].contains(n);
    let threes = points.len().is_multiple_of(3) && points.as_chunks::<3>().0.iter().all(|[_, _, how]| seen(how));
    threes && points.iter().any(|n| !seen(n))
}

/// Whether the first four numbers are a box in the picture, and hold all points behind, of so many numbers each. One at
/// 0, 0 was not set.
fn holds(numbers: &[f32], each: usize) -> bool {
    let Some((&[x, y, width, height], points)) = numbers.split_first_chunk() else { return false };
    let slack = |side: f32| side / 2.0 + side * SLACK.0 + SLACK.1;
    let inside =
        |centre: f32, side: f32| side > 0.0 && is_share(&(centre - side / 2.0)) && is_share(&(centre + side / 2.0));
    let (across, down) = (slack(width), slack(height));
    let set = || points.chunks(each).filter(|point| point[0] != 0.0 || point[1] != 0.0);
    points.len() <= POINTS * each
        && inside(x, width)
        && inside(y, height)
        && set().next().is_some()
        && set().all(|point| (point[0] - x).abs() <= across && (point[1] - y).abs() <= down)
}

/// Whether the first four numbers, being a box, are hardly two corners of an outline: its points fill it, while those of an
/// outline lie to one side of the first corner; or its width and height, taken for a corner, lie far from the others.
fn poses(numbers: &[f32]) -> bool {
    let Some((&[x, y, width, height], points)) = numbers.split_first_chunk() else { return false };
    let points: Vec<[f32; 2]> = points.as_chunks::<2>().0.iter().filter(|p| **p != [0.0, 0.0]).copied().collect();
    let ends = |axis: usize, from: &[f32]| {
        let all = || points.iter().map(|point| point[axis]).chain(from.iter().copied());
        (all().fold(f32::INFINITY, f32::min), all().fold(f32::NEG_INFINITY, f32::max))
    };
    let fills = |axis: usize, side: f32| {
        let (least, most) = ends(axis, &[]);
        most - least >= 0.55 * side
    };
    let far = |axis: usize, centre: f32, side: f32| {
        let (least, most) = ends(axis, &[centre]);
        let size = (most - least).max(0.01);
        side < least - size || side > most + size
    };
    fills(0, width) && fills(1, height) || far(0, x, width) || far(1, y, height)
}

/// Whether the outline of these corners crosses itself.
fn crosses(numbers: &[f32]) -> bool {
    let corners = numbers.as_chunks::<2>().0;
    let count = corners.len();
    let edge = |i: usize| (corners[i], corners[(i + 1) % count]);
    (0..count).any(|i| (i + 2..count).filter(|j| (j + 1) % count != i).any(|j| cross(edge(i), edge(j))))
}

/// Whether two edges cross; those that only touch do not.
fn cross((a, b): ([f32; 2], [f32; 2]), (c, d): ([f32; 2], [f32; 2])) -> bool {
    let side = |p: [f32; 2], q: [f32; 2], r: [f32; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
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
        assert_eq!(Rows::default().meaning(&[0.5, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4, 0.5]), Meaning::Outline(8, None));
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
    }

    #[test]
    fn one_angle_makes_all_fifth_numbers_angles() {
        let mut telling = Telling::default();
        assert_eq!(telling.rows().meaning(&[0.5, 0.5, 0.2, 0.1, 0.4]), Meaning::Beside(Beside::Confidence));
        telling.hear(&[0.5, 0.5, 0.2, 0.1, -0.4]);
        assert_eq!(telling.rows().meaning(&[0.5, 0.5, 0.2, 0.1, 0.4]), Meaning::None(Wrong::Turned));
    }
}
