//! What the numbers of one line may be, by how they lie.

use crate::domain::limits;

/// How far outside of the picture a share may be: rounding.
const OVER: f32 = 0.01;
/// Points of a line that may be key points, at most; an outline of more is one.
const POINTS: usize = 150;
/// How far a key point may lie outside of its box, in shares of the box and of the picture.
const SLACK: (f32, f32) = (0.05, 0.005);
/// By how much the corners of a turned box may miss a parallelogram: rounding.
const SKEW: f32 = 0.002;
/// By how much a box may stick out of its picture, where its file is sound.
const STICKS_OUT: f32 = 0.02;

/// Whether it is a share of the picture.
pub fn is_share(number: &f32) -> bool {
    (-OVER..=1.0 + OVER).contains(number)
}

/// Whether the last two numbers may say how sure a program was of the others, and which object it is.
pub fn is_numbered(numbers: &[f32]) -> bool {
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
pub fn is_long(numbers: &[f32]) -> bool {
    numbers.len() >= 2 * limits::CORNERS.start() && numbers.len().is_multiple_of(2)
}

/// Whether they are the corners of a box that is turned. Any other four points hardly ever are.
pub fn is_turned_box(numbers: &[f32]) -> bool {
    let &[ax, ay, bx, by, cx, cy, dx, dy] = numbers else { return false };
    let skew = (ax + cx - bx - dx).abs().max((ay + cy - by - dy).abs());
    let (width, height) = ((ax - cx).abs().max((bx - dx).abs()), (ay - cy).abs().max((by - dy).abs()));
    skew <= SKEW.min(width.max(height) / 4.0) && numbers.iter().all(is_share) && !has_unset_points(numbers)
}

/// Whether each third number behind a box is 0, 1 or 2 to the digit, as it is where it says how well a point is seen.
/// That of one outline may be by chance, where it lies along the edge of the picture; those of many are not.
pub fn has_seen_points(numbers: &[f32]) -> bool {
    let Some((_, points)) = numbers.split_at_checked(4).filter(|(_, points)| !points.is_empty()) else { return false };
    let seen = |n: &f32| [0.0, 1.0, 2.0].contains(n);
    points.len().is_multiple_of(3) && points.as_chunks::<3>().0.iter().all(|[_, _, how]| seen(how))
}

/// Whether nothing but zeros stands behind the first four numbers: key points none of which was set.
pub fn is_unset(numbers: &[f32]) -> bool {
    numbers.len() > 5 && numbers[4..].iter().all(|n| *n == 0.0)
}

/// Whether two neighbours among the points behind the first four numbers lie at 0, 0, as those do that were not set.
pub fn has_unset_points(numbers: &[f32]) -> bool {
    numbers.len() > 7 && numbers[4..].as_chunks::<2>().0.windows(2).any(|pair| pair.as_flattened() == [0.0; 4])
}

/// Whether the first four numbers are a box in the picture.
pub fn begins_with_box(numbers: &[f32]) -> bool {
    let inside = |centre: f32, side: f32| {
        side > 0.0 && centre - side / 2.0 >= -STICKS_OUT && centre + side / 2.0 <= 1.0 + STICKS_OUT
    };
    matches!(numbers, &[x, y, width, height, ..] if inside(x, width) && inside(y, height))
}

/// Whether the first four numbers are a box in the picture, and hold all points behind that were set (one at 0, 0 was not),
/// of so many numbers each.
pub fn holds(numbers: &[f32], each: usize) -> bool {
    let Some((&[x, y, width, height], points)) = numbers.split_first_chunk() else { return false };
    let slack = |side: f32| side / 2.0 + side * SLACK.0 + SLACK.1;
    let (across, down) = (slack(width), slack(height));
    let mut set = points.chunks(each).filter(|point| point[0] != 0.0 || point[1] != 0.0);
    points.len() <= POINTS * each
        && points.len().is_multiple_of(each)
        && begins_with_box(numbers)
        && set.all(|point| (point[0] - x).abs() <= across && (point[1] - y).abs() <= down)
}

/// Whether a long line may be a box in the picture and its points: those are not without end.
pub fn may_be_box(numbers: &[f32]) -> bool {
    numbers.len() <= 4 + 3 * POINTS && begins_with_box(numbers)
}

/// Whether five numbers are an object's number and a box, as JDE and FairMOT write them: the number is a whole one, as the
/// centre of a box in the picture never is.
pub fn is_identified(numbers: &[f32]) -> bool {
    matches!(numbers, [number, bbox @ ..] if bbox.len() == 4 && number.fract() == 0.0 && begins_with_box(bbox))
}

/// Whether the first four numbers, being a box, are hardly two corners of an outline: its points fill it, while those of an
/// outline lie to one side of the first corner; or its width and height, taken for a corner, lie far from the others.
pub fn poses(numbers: &[f32]) -> bool {
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
pub fn crosses(numbers: &[f32]) -> bool {
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
