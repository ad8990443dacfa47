//! The same in ONNX, for the exported file.

use super::{LOWEST, MOST, NEAR, SAME, VOTERS};
use crate::graph::{Attribute, Builder, DType, Tensor, Value};
use crate::train::head::HeadShape;

/// Objects of one frame, best first: boxes `[n, 4]` (COCO, in pixels of an input of `(w, h)` pixels), scores `[n]` and
/// categories `[n]` from `maps`, `[1, 1, boxes + 4, cells]`.
pub fn objects(
    g: &mut Builder,
    shape: &HeadShape,
    maps: Value,
    stride: f32,
    (w, h): (f32, f32),
) -> (Value, Value, Value) {
    let (rows, columns) = shape.grid();
    let (k, cells) = (shape.boxes as i64, (rows * columns) as i64);
    let maps = g.reshape(maps, &[1, k + 4, cells]);
    let centres = g.slice(maps, &[(1, 0, k, 1)]);
    let centres = g.reshape(centres, &[k * cells]);
    let most = g.ints(&[VOTERS.min((k * cells) as usize) as i64]);
    let top = g.place("TopK", &[Some(centres), Some(most)], &[("axis", Attribute::Int(0))], 2);
    let (scores, places) = (top[0], top[1]);
    let width = g.constant(Tensor::i64([], vec![cells]));
    let category = g.node("Div", &[places, width], &[]);
    let cell = g.node("Mod", &[places, width], &[]);

    // Corners of every cell's box, then those of the voters.
    let position = |pick: fn(usize, usize) -> usize| -> Vec<f32> {
        (0..rows * columns).map(|c| (pick(c, columns) as f32 + 0.5) * stride).collect()
    };
    let (xs, ys) = (position(|c, n| c % n), position(|c, n| c / n));
    let n = rows * columns;
    let here = g.constant(Tensor::f32([1, 4, n], [xs.as_slice(), &ys, &xs, &ys].concat()));
    let sign = g.constant(Tensor::f32([1, 4, 1], vec![-1.0, -1.0, 1.0, 1.0]));
    let sides = g.slice(maps, &[(1, k, k + 4, 1)]);
    let offset = g.mul(sides, sign);
    let corners = g.add(here, offset);
    let low = g.scalar(0.0);
    let limit = g.constant(Tensor::f32([1, 4, 1], vec![w, h, w, h]));
    let corners = g.max(corners, low);
    let corners = g.min(corners, limit);
    let corners = g.transpose(corners, &[0, 2, 1]);
    let corners = g.reshape(corners, &[cells, 4]);
    let corners = g.node("Gather", &[corners, cell], &[]);

    // Doubles are suppressed within a category: NonMaxSuppression wants a row of scores for each.
    let classes = g.constant(Tensor::i64([shape.boxes, 1], (0..k).collect()));
    let own = g.node("Equal", &[category, classes], &[]);
    let rows_of = g.select(own, scores, low);
    let axis = g.ints(&[0]);
    let by_class = g.node("Unsqueeze", &[rows_of, axis], &[]);
    let candidates = g.node("Unsqueeze", &[corners, axis], &[]);
    let most = g.ints(&[MOST as i64]);
    let overlap = g.constant(Tensor::f32([1], vec![SAME]));
    let lowest = g.constant(Tensor::f32([1], vec![LOWEST]));
    let kept = g.node("NonMaxSuppression", &[candidates, by_class, most, overlap, lowest], &[]);
    let which = g.constant(Tensor::i64([], vec![2]));
    let kept = g.node("Gather", &[kept, which], &[("axis", Attribute::Int(1))]);
    // Suppression goes category by category; the voters were sorted, so sorting their places sorts by score.
    let count = g.node("Shape", &[kept], &[]);
    let sorted =
        g.place("TopK", &[Some(kept), Some(count)], &[("axis", Attribute::Int(0)), ("largest", Attribute::Int(0))], 2)
            [0];
    let kept = g.slice(sorted, &[(0, 0, MOST as i64, 1)]);
    let boxes = voted(g, corners, scores, category, kept);
    // From corners to x, y, width, height: one product.
    let change = Tensor::f32([4, 4], vec![1., 0., -1., 0., 0., 1., 0., -1., 0., 0., 1., 0., 0., 0., 0., 1.]);
    let change = g.constant(change);
    let boxes = g.node("MatMul", &[boxes, change], &[]);
    (boxes, g.node("Gather", &[scores, kept], &[]), g.node("Gather", &[category, kept], &[]))
}

/// Corners `[m, 4]` of the objects `kept` among n voters: the mean of the corners of those near them of their category.
fn voted(g: &mut Builder, corners: Value, scores: Value, category: Value, kept: Value) -> Value {
    let lowest = g.scalar(LOWEST);
    let nothing = g.scalar(0.0);
    let counts = g.node("GreaterOrEqual", &[scores, lowest], &[]);
    let weights = g.select(counts, scores, nothing);
    // Objects lie along the first axis, voters along the second; left and top, right and bottom along the third.
    let (first, second) = (g.ints(&[0]), g.ints(&[1]));
    let facing = |g: &mut Builder, of: Value| {
        let own = g.node("Gather", &[of, kept], &[]);
        (g.node("Unsqueeze", &[own, second], &[]), g.node("Unsqueeze", &[of, first], &[]))
    };
    let (low, high) = (g.slice(corners, &[(1, 0, 2, 1)]), g.slice(corners, &[(1, 2, 4, 1)]));
    let ((low, other_low), (high, other_high)) = (facing(g, low), facing(g, high));
    let area = |g: &mut Builder, low: Value, high: Value| {
        let sides = g.sub(high, low);
        let sides = g.node("Relu", &[sides], &[]);
        let axis = g.ints(&[2]);
        g.node("ReduceProd", &[sides, axis], &[("keepdims", Attribute::Int(0))])
    };
    let (own, others) = (area(g, low, high), area(g, other_low, other_high));
    let (inner_low, inner_high) = (g.max(low, other_low), g.min(high, other_high));
    let intersection = area(g, inner_low, inner_high);
    let both = g.add(own, others);
    let union = g.sub(both, intersection);
    let least = g.scale(union, NEAR);
    let near = g.node("Greater", &[intersection, least], &[]);
    let (own, others) = facing(g, category);
    let same = g.node("Equal", &[own, others], &[]);
    let votes = g.node("And", &[near, same], &[]);
    let votes = g.cast(votes, DType::F32);
    let votes = g.mul(votes, weights);
    let sums = g.matmul(votes, corners);
    let weight = g.reduce_sum(votes, &[1], true);
    g.div(sums, weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Purpose, for_tests};
    use crate::train::base::Tap;
    use crate::train::decode;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    #[test]
    fn the_file_finds_what_the_trainer_finds() {
        let (rows, columns, boxes, stride) = (12, 16, 3, 8.0);
        let tap = Tap { name: "tap".into(), channels: 1, height: rows, width: columns, stride: 8 };
        let shape = HeadShape { taps: vec![tap], hidden: 1, boxes, tags: 0 };
        let cells = rows * columns;
        let input = (columns as f32 * stride, rows as f32 * stride);
        let mut g = Builder::new();
        let maps = g.input("maps", DType::F32, &[1, 1, boxes + 4, cells]);
        let (found, scores, categories) = objects(&mut g, &shape, maps, stride, input);
        g.output("boxes", found);
        g.output("scores", scores);
        g.output("categories", categories);
        let mut session = for_tests().session(&g.finish().unwrap(), Purpose::Live).unwrap();
        let mut rng = StdRng::seed_from_u64(3);
        // Nothing at all, a few objects, and more than are kept.
        for most in [0.04, 0.2, 0.4, 0.9, 1.0] {
            let score = |i: usize| if i < boxes * cells { 0.0..most } else { 4.0..30.0 };
            let maps: Vec<f32> = (0..(boxes + 4) * cells).map(|i| rng.random_range(score(i))).collect();
            let expected = decode::objects(&shape, &maps, stride, input, input);
            let given = Tensor::f32([1, 1, boxes + 4, cells], maps);
            let out = session.run(&[("maps", &given)], &["boxes", "scores", "categories"]).unwrap();
            assert_eq!(expected.is_empty(), most < decode::LOWEST);
            assert!(expected.len() <= MOST);
            assert_eq!(out[1].as_f32().unwrap(), expected.iter().map(|o| o.score).collect::<Vec<_>>());
            assert_eq!(out[2].as_i64().unwrap(), expected.iter().map(|o| o.category as i64).collect::<Vec<_>>());
            for (own, other) in
                out[0].as_f32().unwrap().chunks(4).zip(expected.iter().map(|o| <[f32; 4]>::from(o.bbox)))
            {
                assert!(own.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-3), "{own:?} {other:?}");
            }
        }
    }
}
