//! The same in ONNX, for the exported file.

use super::rules::{LOWEST, MOST, NEAR, SAME};
use crate::graph::{Attribute, Builder, Tensor, Value};
use crate::train::network::head_layout::HeadShape;

/// Objects of one frame, best first: boxes `[n, 4]` (COCO, in pixels of an input of `(w, h)` pixels), scores `[n]` and
/// categories `[n]` from `maps`, `[1, 1, boxes + 4, cells]`.
pub fn objects_in_graph(
    g: &mut Builder,
    shape: &HeadShape,
    maps: Value,
    stride: f32,
    (w, h): (f32, f32),
) -> (Value, Value, Value) {
    let (rows, columns) = shape.grid();
    let (k, cells) = (shape.boxes as i64, (rows * columns) as i64);
    let maps = g.reshape(maps, &[k + 4, cells]);

    // Corners of every cell's box, `[cells, 4]`.
    let position = |pick: fn(usize, usize) -> usize| -> Vec<f32> {
        (0..rows * columns).map(|c| (pick(c, columns) as f32 + 0.5) * stride).collect()
    };
    let (xs, ys) = (position(|c, n| c % n), position(|c, n| c / n));
    let here = g.constant(Tensor::f32([4, rows * columns], [xs.as_slice(), &ys, &xs, &ys].concat()));
    let sign = g.constant(Tensor::f32([4, 1], vec![-1.0, -1.0, 1.0, 1.0]));
    let sides = g.slice(maps, &[(0, k, k + 4, 1)]);
    let offset = g.mul(sides, sign);
    let corners = g.add(here, offset);
    let zero = g.scalar(0.0);
    let limit = g.constant(Tensor::f32([4, 1], vec![w, h, w, h]));
    let corners = g.max(corners, zero);
    let corners = g.min(corners, limit);
    let corners = g.transpose(corners, &[1, 0]);
    let boxes = Boxes::new(g, corners);

    // Scores `[k, cells]`; 0 where a cell has no vote, or its box lies outside the picture.
    let scores = g.slice(maps, &[(0, 0, k, 1)]);
    let lowest = g.scalar(LOWEST);
    let high = g.node("Greater", &[scores, lowest], &[]);
    let whole = g.node("Greater", &[boxes.area, zero], &[]);
    let votes = g.node("And", &[high, whole], &[]);
    let scores = g.select(votes, scores, zero);

    let first = g.ints(&[0]);
    let candidates = g.node("Unsqueeze", &[corners, first], &[]);
    let by_category = g.node("Unsqueeze", &[scores, first], &[]);
    let most = g.ints(&[MOST as i64]);
    let overlap = g.constant(Tensor::f32([1], vec![SAME]));
    let lowest = g.constant(Tensor::f32([1], vec![LOWEST]));
    // Rows of picture, category, cell.
    let kept = g.node("NonMaxSuppression", &[candidates, by_category, most, overlap, lowest], &[]);
    let kept = g.slice(kept, &[(1, 1, 3, 1)]);
    let found = g.node("GatherND", &[scores, kept], &[]);
    // Suppression goes category by category; here the best of all come first.
    let count = g.node("Shape", &[found], &[]);
    let count = g.min(count, most);
    let best = g.place("TopK", &[Some(found), Some(count)], &[("axis", Attribute::Int(0))], 2);
    let kept = g.node("Gather", &[kept, best[1]], &[]);
    let column = |g: &mut Builder, which: i64| {
        let which = g.constant(Tensor::i64([], vec![which]));
        g.node("Gather", &[kept, which], &[("axis", Attribute::Int(1))])
    };
    let (category, cell) = (column(g, 0), column(g, 1));

    // The mean of the corners near those kept, weighted by the score for their category.
    let overlap = boxes.overlap(g, cell);
    let least = g.scalar(NEAR);
    let near = g.node("Greater", &[overlap, least], &[]);
    let own = g.node("Gather", &[scores, category], &[]);
    let weights = g.select(near, own, zero);
    let sums = g.matmul(weights, corners);
    let weight = g.reduce_sum(weights, &[1], true);
    let corners = g.div(sums, weight);
    // From corners to x, y, width, height: one product.
    let change = Tensor::f32([4, 4], vec![1., 0., -1., 0., 0., 1., 0., -1., 0., 0., 1., 0., 0., 0., 0., 1.]);
    let change = g.constant(change);
    (g.matmul(corners, change), best[0], category)
}

/// The boxes of all cells.
struct Boxes {
    /// `[cells, 2]`: left and top; right and bottom.
    low: Value,
    high: Value,
    /// `[cells]`
    area: Value,
}

impl Boxes {
    fn new(g: &mut Builder, corners: Value) -> Self {
        let (low, high) = (g.slice(corners, &[(1, 0, 2, 1)]), g.slice(corners, &[(1, 2, 4, 1)]));
        Self { low, high, area: area(g, low, high) }
    }

    /// Intersection over union of the boxes of some cells `[m]` with all: `[m, cells]`.
    fn overlap(&self, g: &mut Builder, some: Value) -> Value {
        let after = g.ints(&[1]);
        let of = |g: &mut Builder, all: Value| {
            let own = g.node("Gather", &[all, some], &[]);
            g.node("Unsqueeze", &[own, after], &[])
        };
        let (low, high, own) = (of(g, self.low), of(g, self.high), of(g, self.area));
        let (low, high) = (g.max(low, self.low), g.min(high, self.high));
        let intersection = area(g, low, high);
        let both = g.add(own, self.area);
        let union = g.sub(both, intersection);
        g.div(intersection, union)
    }
}

/// Areas between corners `[…, 2]`: `[…]`; 0 where the high ones are not above the low ones.
fn area(g: &mut Builder, low: Value, high: Value) -> Value {
    let sides = g.sub(high, low);
    let sides = g.relu(sides);
    let last = g.ints(&[-1]);
    g.node("ReduceProd", &[sides, last], &[("keepdims", Attribute::Int(0))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::DType;
    use crate::runtime::{SessionOptions, for_tests};
    use crate::train::base::Tap;
    use crate::train::network::decode;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    /// Both ways on random maps with scores up to `most`; how many objects there are.
    fn compare(rows: usize, columns: usize, most: f32, seed: u64) -> usize {
        let (boxes, stride) = (3, 8.0);
        let tap = Tap { name: "tap".into(), channels: 1, height: rows, width: columns, stride: 8 };
        let shape = HeadShape { taps: vec![tap], hidden: 1, boxes, tags: 0 };
        let cells = rows * columns;
        // The last row and column reach beyond the input: centres of cells may lie outside.
        let input = (columns as f32 * stride - 5.0, rows as f32 * stride - 5.0);
        let mut g = Builder::new();
        let maps = g.input("maps", DType::F32, &[1, 1, boxes + 4, cells]);
        let (found, scores, categories) = objects_in_graph(&mut g, &shape, maps, stride, input);
        g.output("boxes", found);
        g.output("scores", scores);
        g.output("categories", categories);
        let mut session = for_tests().session(&g.finish().unwrap(), SessionOptions::default()).unwrap();
        let mut rng = StdRng::seed_from_u64(seed);
        let mut maps: Vec<f32> = (0..boxes * cells).map(|_| rng.random_range(0.0..most)).collect();
        // Some equal scores, and boxes from a quarter of a cell to several cells wide.
        maps.iter_mut().step_by(3).for_each(|s| *s = (*s * 16.0).round() / 16.0);
        maps.extend((0..4 * cells).map(|_| rng.random_range(1.0..30.0f32)));
        let expected = decode::objects(&shape, &maps, stride, input, input);
        let given = Tensor::f32([1, 1, boxes + 4, cells], maps);
        let out = session.run(&[("maps", &given)], &["boxes", "scores", "categories"]).unwrap();
        assert_eq!(out[1].as_f32().unwrap(), expected.iter().map(|o| o.score).collect::<Vec<_>>());
        assert_eq!(out[2].as_i64().unwrap(), expected.iter().map(|o| o.category as i64).collect::<Vec<_>>());
        let seen = out[0].as_f32().unwrap();
        let wanted: Vec<f32> = expected.iter().flat_map(|o| <[f32; 4]>::from(o.bbox)).collect();
        assert_eq!(seen.len(), wanted.len());
        assert!(seen.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-3), "{seen:?} {wanted:?}");
        expected.len()
    }

    #[test]
    fn the_file_finds_what_the_trainer_finds() {
        assert_eq!(compare(12, 16, 0.02, 1), 0);
        assert!((1..MOST).contains(&compare(12, 16, 0.051, 2)));
        assert_eq!(compare(12, 16, 1.0, 3), MOST);
        assert!((1..MOST).contains(&compare(2, 3, 1.0, 4)));
        assert!((1..MOST).contains(&compare(1, 1, 1.0, 5)));
    }
}
