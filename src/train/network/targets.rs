//! From boxes to what the loss compares with: maps over the grid of cells.

use super::head_layout::HeadShape;
use crate::domain::BBox;

/// Objects smaller than this many strides count as this large when the target around their centre is drawn.
const SMALLEST: f32 = 3.0;
/// Share of an object's size within which cells answer for its box, as a standard deviation.
const INSIDE: f32 = 0.12;
/// Cells whose weight falls below this do not answer.
const CUT: f32 = 0.4;
/// How many times as much as others a cell counts in which a refused proposal had its centre. Chosen, not measured: a
/// false alarm at even odds then weighs about as much as an object that was missed.
const REJECTED: f32 = 4.0;
/// A distance that stands for "far away": e^(−1e4/2r²) is 0 for every radius.
const FAR: f32 = 1e4;

/// An object that is to be found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrueBox {
    /// Class index among the box categories.
    pub class: usize,
    pub bbox: BBox,
    /// How much it counts beside what somebody drew, which counts 1.
    pub weight: f32,
}

impl TrueBox {
    /// One that somebody drew.
    pub fn drawn(class: usize, bbox: BBox) -> Self {
        Self { class, bbox, weight: 1.0 }
    }
}

/// A frame's truth as the model is to see it; boxes in pixels of the base's input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewTruth {
    pub boxes: Vec<TrueBox>,
    /// Proposals that somebody refused, with their class: there is no such object there.
    pub rejected: Vec<(usize, BBox)>,
    /// One per tag category.
    pub tags: Vec<f32>,
}

/// Maps of one view, row-major over the grid; see `TruthInputs` for their meaning.
#[derive(Clone, Debug)]
pub struct Targets {
    pub distance: Vec<f32>,
    pub centre: Vec<f32>,
    pub weight: Vec<f32>,
    pub sides: Vec<f32>,
    pub inside: Vec<f32>,
}

impl Targets {
    /// Draws the maps. `stride`: pixels between cells.
    pub fn draw(shape: &HeadShape, truth: &ViewTruth, stride: f32) -> Self {
        let (rows, columns) = shape.grid();
        let cells = rows * columns;
        let mut maps = Self {
            distance: vec![FAR; shape.boxes.max(1) * cells],
            centre: vec![0.0; shape.boxes.max(1) * cells],
            weight: vec![1.0; shape.boxes.max(1) * cells],
            // Where no object is, any box will do: it has no weight.
            sides: vec![stride; 4 * cells],
            inside: vec![0.0; cells],
        };
        let mut boxes: Vec<_> = truth.boxes.iter().collect();
        // Largest first: where objects overlap, the smaller one's cells answer for it.
        boxes.sort_by(|a, b| b.bbox.area().total_cmp(&a.bbox.area()));
        for TrueBox { class, bbox: b, weight: counts } in boxes {
            let (cx, cy) = b.centre();
            let (w, h) = (b.width.max(SMALLEST * stride), b.height.max(SMALLEST * stride));
            let home = home((cx, cy), stride, (rows, columns));
            // Beyond 1.5 object sizes even the widest target has faded.
            let reach = |centre: f32, size: f32, n: usize| {
                let low = ((centre - 1.5 * size) / stride).floor().max(0.0) as usize;
                let high = (((centre + 1.5 * size) / stride).ceil().max(0.0) as usize).min(n);
                low.min(n)..high
            };
            for row in reach(cy, h, rows) {
                for column in reach(cx, w, columns) {
                    let (x, y) = ((column as f32 + 0.5) * stride, (row as f32 + 0.5) * stride);
                    let (dx, dy) = ((x - cx) / w, (y - cy) / h);
                    let cell = row * columns + column;
                    let at_home = (row, column) == home;
                    let d = if at_home { 0.0 } else { dx * dx + dy * dy };
                    let slot = &mut maps.distance[class * cells + cell];
                    *slot = slot.min(d);
                    let weight = if at_home { 1.0 } else { (-d / (2.0 * INSIDE * INSIDE)).exp() };
                    if weight > CUT {
                        maps.inside[cell] = weight * counts;
                        let sides = [x - b.x, y - b.y, b.right() - x, b.bottom() - y];
                        for (i, side) in sides.into_iter().enumerate() {
                            maps.sides[i * cells + cell] = side.max(0.1);
                        }
                    }
                }
            }
            maps.centre[class * cells + home.0 * columns + home.1] = *counts;
        }
        for (category, b) in &truth.rejected {
            let (row, column) = home(b.centre(), stride, (rows, columns));
            maps.weight[category * cells + row * columns + column] = REJECTED;
        }
        maps
    }
}

/// Row and column of the cell of a point.
fn home((x, y): (f32, f32), stride: f32, (rows, columns): (usize, usize)) -> (usize, usize) {
    (((y / stride) as usize).min(rows - 1), ((x / stride) as usize).min(columns - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::base::Tap;

    #[test]
    fn where_a_proposal_was_refused_its_category_counts_more() {
        let shape = HeadShape {
            taps: vec![Tap { name: "t".into(), channels: 1, height: 6, width: 8, stride: 8 }],
            hidden: 1,
            boxes: 2,
            tags: 0,
        };
        let bbox = BBox::new(10.0, 18.0, 20.0, 12.0);
        let maps = Targets::draw(&shape, &ViewTruth { rejected: vec![(1, bbox)], ..ViewTruth::default() }, 8.0);
        let heavy: Vec<usize> = (0..maps.weight.len()).filter(|i| maps.weight[*i] != 1.0).collect();
        assert_eq!(heavy, [48 + 3 * 8 + 2]);
        assert_eq!(maps.weight[heavy[0]], REJECTED);
        assert!(maps.centre.iter().all(|c| *c == 0.0) && maps.inside.iter().all(|i| *i == 0.0), "no object is there");
    }

    #[test]
    fn a_box_counts_as_much_as_it_is_said_to() {
        let shape = HeadShape {
            taps: vec![Tap { name: "t".into(), channels: 1, height: 6, width: 8, stride: 8 }],
            hidden: 1,
            boxes: 2,
            tags: 0,
        };
        let drawn = TrueBox::drawn(1, BBox::new(10.0, 18.0, 20.0, 12.0));
        let of = |weight| {
            Targets::draw(&shape, &ViewTruth { boxes: vec![TrueBox { weight, ..drawn }], ..ViewTruth::default() }, 8.0)
        };
        let (whole, half) = (of(1.0), of(0.5));
        let halved = |of: &[f32]| of.iter().map(|v| v / 2.0).collect::<Vec<_>>();
        assert_eq!((&half.centre, &half.inside), (&halved(&whole.centre), &halved(&whole.inside)));
        assert_eq!((half.distance, half.weight, half.sides), (whole.distance, whole.weight, whole.sides));
    }

    #[test]
    fn the_cell_of_the_centre_answers_for_the_box() {
        let shape = HeadShape {
            taps: vec![Tap { name: "t".into(), channels: 1, height: 6, width: 8, stride: 8 }],
            hidden: 1,
            boxes: 2,
            tags: 0,
        };
        let truth =
            ViewTruth { boxes: vec![TrueBox::drawn(1, BBox::new(10.0, 18.0, 20.0, 12.0))], ..ViewTruth::default() };
        let maps = Targets::draw(&shape, &truth, 8.0);
        let cell = 3 * 8 + 2;
        assert_eq!(maps.centre.iter().sum::<f32>(), 1.0);
        assert_eq!(maps.centre[48 + cell], 1.0);
        assert_eq!(maps.distance[48 + cell], 0.0);
        assert_eq!(maps.distance[cell], FAR, "the other category has nothing");
        let side = |i: usize| maps.sides[i * 48 + cell];
        assert_eq!([side(0), side(1), side(2), side(3)], [10.0, 10.0, 10.0, 2.0]);
    }
}
