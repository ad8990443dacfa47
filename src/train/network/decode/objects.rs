//! Objects from maps, while training.

use super::rules::{LOWEST, MOST, NEAR, SAME};
use crate::domain::BBox;
use crate::train::evaluate::Scored;
use crate::train::network::head_layout::HeadShape;

/// Objects of one frame, best first, in a frame of `to` pixels: `maps` is `[boxes + 4, cells]` of one experiment, with
/// probabilities and sides in pixels of an input of `from` pixels.
pub fn objects(shape: &HeadShape, maps: &[f32], stride: f32, from: (f32, f32), to: (f32, f32)) -> Vec<Scored> {
    let voters = voters(shape, maps, stride, from);
    let overlaps = |a: &Scored, b: &Scored, least: f32| a.category == b.category && a.bbox.iou(&b.bbox) > least;
    let mut kept: Vec<Scored> = Vec::with_capacity(MOST);
    for voter in &voters {
        if kept.len() == MOST {
            break;
        }
        if !kept.iter().any(|k| overlaps(k, voter, SAME)) {
            kept.push(*voter);
        }
    }
    for object in &mut kept {
        let own = *object;
        object.bbox = mean(voters.iter().filter(|v| overlaps(&own, v, NEAR))).scaled(to.0 / from.0, to.1 / from.1);
    }
    kept
}

/// What the cells see, best first, cut to an input of `from` pixels; one entry for each category that a cell may be
/// the centre of.
fn voters(shape: &HeadShape, maps: &[f32], stride: f32, from: (f32, f32)) -> Vec<Scored> {
    let (rows, columns) = shape.grid();
    let cells = rows * columns;
    let voter = |(place, score): (usize, &f32)| {
        if *score <= LOWEST {
            return None;
        }
        let (category, cell) = (place / cells, place % cells);
        let (x, y) = (((cell % columns) as f32 + 0.5) * stride, ((cell / columns) as f32 + 0.5) * stride);
        let side = |i: usize| maps[(shape.boxes + i) * cells + cell];
        let bbox = BBox::from_corners(x - side(0), y - side(1), x + side(2), y + side(3));
        Some(Scored { category, bbox: bbox.clipped(from.0, from.1)?, score: *score })
    };
    let mut voters: Vec<Scored> = maps[..shape.boxes * cells].iter().enumerate().filter_map(voter).collect();
    // Stable: of equal scores the first category and cell is first.
    voters.sort_by(|a, b| b.score.total_cmp(&a.score));
    voters
}

/// The mean box, weighted by score; at least one vote is wanted.
fn mean<'a>(votes: impl Iterator<Item = &'a Scored>) -> BBox {
    let (mut sums, mut weight) = ([0.0; 4], 0.0);
    for Scored { bbox, score, .. } in votes {
        for (sum, side) in sums.iter_mut().zip(<[f32; 4]>::from(*bbox)) {
            *sum += score * side;
        }
        weight += score;
    }
    sums.map(|s| s / weight).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::base::Tap;

    /// Maps of one row of 8-pixel cells for two categories: scores by cell, the same `sides` in every cell.
    fn seen(scores: [[f32; 6]; 2], sides: [f32; 4]) -> Vec<Scored> {
        let tap = Tap { name: String::new(), channels: 1, height: 1, width: 6, stride: 8 };
        let shape = HeadShape { taps: vec![tap], hidden: 1, boxes: 2, tags: 0 };
        let maps: Vec<f32> = scores.into_iter().flatten().chain(sides.into_iter().flat_map(|s| [s; 6])).collect();
        objects(&shape, &maps, 8.0, (48.0, 8.0), (96.0, 8.0))
    }

    #[test]
    fn neighbours_vote_on_where_an_object_is() {
        // Around 4 and 12, cut at the frame's edge, they are 20 and 28 pixels wide and overlap by 20 of 28. In the
        // middle of the frame they are 32 wide and overlap by 24 of 40.
        let found = seen([[0.6, 0.2, 0., 0., 0., 0.], [0.; 6]], [16.0, 4.0, 16.0, 4.0]);
        assert_eq!(found.len(), 1);
        assert!((found[0].bbox.right() - 2.0 * (0.75 * 20.0 + 0.25 * 28.0)).abs() < 1e-4, "{found:?}");
        assert_eq!(found[0].score, 0.6);
        assert_eq!(seen([[0., 0., 0.6, 0.2, 0., 0.], [0.; 6]], [16.0, 4.0, 16.0, 4.0]).len(), 2);
    }

    #[test]
    fn what_hardly_overlaps_stays_apart_and_categories_never_mix() {
        let found = seen([[0.9, 0., 0., 0.8, 0., 0.], [0., 0., 0., 0.7, 0., 0.04]], [4.0, 4.0, 4.0, 4.0]);
        let seen: Vec<_> = found.iter().map(|f| (f.category, f.score, f.bbox.x)).collect();
        assert_eq!(seen, [(0, 0.9, 0.0), (0, 0.8, 48.0), (1, 0.7, 48.0)]);
    }
}
