//! What an experiment is punished for: missing or inventing centres, wrong boxes, wrong tags.

use super::head::HeadOutput;
use super::head_layout::HeadShape;
use crate::graph::{Builder, DType, Value};

/// Inputs of the graph that hold the truth of a batch, as far as there is something to be true.
#[derive(Clone, Copy, Debug)]
pub struct TruthInputs {
    /// Where a category has boxes.
    pub boxes: Option<BoxTruth>,
    /// `tag_truth` `[batch, 1, tags]`: 0 or 1.
    pub tags: Option<Value>,
}

/// Names are those of the graph's inputs.
#[derive(Clone, Copy, Debug)]
pub struct BoxTruth {
    /// `distance` `[batch, 1, boxes, cells]`: squared distance to the nearest centre of the category, in object sizes.
    pub distance: Value,
    /// `centre` `[batch, 1, boxes, cells]`: in the cell of a centre what its object counts (1 where it was drawn), else 0.
    pub centre: Value,
    /// `weight` `[batch, 1, boxes, cells]`: how much the cell counts where no centre is: 1, and more where somebody
    /// refused a proposal of the category.
    pub weight: Value,
    /// `sides` `[batch, 1, 4, cells]`: pixels of the base's input from the cell to the sides of its object.
    pub sides: Value,
    /// `inside` `[batch, 1, 1, cells]`: how much the cell counts for its object's box, 0 to 1.
    pub inside: Value,
}

/// Inputs of the graph that an experiment may have differently, `[E]` each.
#[derive(Clone, Copy, Debug)]
pub struct LossInputs {
    pub focal_gamma: Value,
    pub box_weight: Value,
    pub target_radius: Value,
}

impl LossInputs {
    pub fn declare(g: &mut Builder, experiments: usize) -> Self {
        let mut input = |name: &str| g.input(name, DType::F32, &[experiments]);
        Self {
            focal_gamma: input("focal_gamma"),
            box_weight: input("box_weight"),
            target_radius: input("target_radius"),
        }
    }
}

/// What the training side looks like on average.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LossScale {
    /// Mean number of centres in a frame.
    pub centres: f32,
    /// Mean sum of `inside` in a frame.
    pub insides: f32,
    /// Pixels between cells.
    pub stride: f32,
}

/// The logarithms of distances are held to this range: e⁻⁴ to e⁶ strides.
pub const SIDE_RANGE: (f32, f32) = (-4.0, 6.0);

impl TruthInputs {
    /// Declares the inputs for batches of this size.
    pub fn declare(g: &mut Builder, shape: &HeadShape, batch: usize) -> Self {
        let (k, cells) = (shape.boxes, shape.cells());
        let mut input = |name: &str, shape: [usize; 2]| g.input(name, DType::F32, &[batch, 1, shape[0], shape[1]]);
        let boxes = (k > 0).then(|| BoxTruth {
            distance: input("distance", [k, cells]),
            centre: input("centre", [k, cells]),
            weight: input("weight", [k, cells]),
            sides: input("sides", [4, cells]),
            inside: input("inside", [1, cells]),
        });
        let tags = (shape.tags > 0).then(|| g.input("tag_truth", DType::F32, &[batch, 1, shape.tags]));
        Self { boxes, tags }
    }
}

/// The loss of every frame under every experiment, `[batch, E]`. Sums over a frame are divided by the training side's
/// means, not by the batch's counts: so a frame's loss is its own, and the flip book can show it.
pub fn loss(
    g: &mut Builder,
    shape: &HeadShape,
    out: HeadOutput,
    truth: TruthInputs,
    own: LossInputs,
    scale: LossScale,
) -> Value {
    let mut parts = Vec::new();
    if let (Some(maps), Some(truth)) = (out.maps, truth.boxes) {
        let k = shape.boxes as i64;
        let logits = g.slice(maps, &[(2, 0, k, 1)]);
        parts.push(focal(g, logits, truth, own, scale));
        let sides = g.slice(maps, &[(2, k, k + 4, 1)]);
        parts.push(giou(g, sides, truth, own, scale));
    }
    if let (Some(logits), Some(truth)) = (out.tags, truth.tags) {
        parts.push(cross_entropy(g, logits, truth));
    }
    let mut sum = parts[0];
    for part in &parts[1..] {
        sum = g.add(sum, *part);
    }
    sum
}

/// `[E]` as `[1, E, 1, 1]`.
fn per_experiment(g: &mut Builder, values: Value) -> Value {
    g.reshape(values, &[1, -1, 1, 1])
}

/// Penalty-reduced focal loss (Law & Deng, "CornerNet", 2018), with logarithms of σ as softplus:
/// −ln p = softplus(−y), −ln(1−p) = softplus(y).
fn focal(g: &mut Builder, y: Value, truth: BoxTruth, own: LossInputs, scale: LossScale) -> Value {
    let gamma = g.neg(own.focal_gamma);
    let gamma = per_experiment(g, gamma);
    // −1 / 2r²
    let half = g.scalar(-0.5);
    let square = g.mul(own.target_radius, own.target_radius);
    let sharpness = g.div(half, square);
    let sharpness = per_experiment(g, sharpness);
    let scaled = g.mul(truth.distance, sharpness);
    let target = g.exp(scaled);
    let one = g.scalar(1.0);
    let far = g.sub(one, target);
    let far = g.mul(far, far);
    let far = g.mul(far, far);

    let miss = g.softplus(y);
    let hit = g.sub(miss, y);
    let modulate = |g: &mut Builder, of: Value, times: Value| {
        let e = g.mul(of, gamma);
        let m = g.exp(e);
        g.mul(m, times)
    };
    let at_centre = modulate(g, miss, hit);
    let at_centre = g.mul(at_centre, truth.centre);
    let elsewhere = modulate(g, hit, miss);
    // At a centre the distance is 0, so `far` is 0 there too.
    let elsewhere = g.mul(elsewhere, far);
    let elsewhere = g.mul(elsewhere, truth.weight);
    let both = g.add(at_centre, elsewhere);
    let total = g.reduce_sum(both, &[2, 3], false);
    let share = g.scalar(1.0 / scale.centres.max(1.0));
    g.mul(total, share)
}

/// 1 − GIoU (Rezatofighi et al., 2019) of boxes given by their sides' distances from the same cell.
fn giou(g: &mut Builder, y: Value, truth: BoxTruth, own: LossInputs, scale: LossScale) -> Value {
    let bounded = g.clip(y, SIDE_RANGE.0, SIDE_RANGE.1);
    let strides = g.exp(bounded);
    let stride = g.scalar(scale.stride);
    let found = g.mul(strides, stride);
    let side = |g: &mut Builder, of: Value, i: i64| g.slice(of, &[(2, i, i + 1, 1)]);
    let [l, t, r, b] = [0, 1, 2, 3].map(|i| side(g, found, i));
    let [tl, tt, tr, tb] = [0, 1, 2, 3].map(|i| side(g, truth.sides, i));
    let span = |g: &mut Builder, f: fn(&mut Builder, Value, Value) -> Value, a: (Value, Value), b: (Value, Value)| {
        let (x, y) = (f(g, a.0, b.0), f(g, a.1, b.1));
        g.add(x, y)
    };
    let area = |g: &mut Builder, l: Value, t: Value, r: Value, b: Value| {
        let (w, h) = (g.add(l, r), g.add(t, b));
        g.mul(w, h)
    };
    let iw = span(g, Builder::min, (l, r), (tl, tr));
    let ih = span(g, Builder::min, (t, b), (tt, tb));
    let intersection = g.mul(iw, ih);
    let (mine, yours) = (area(g, l, t, r, b), area(g, tl, tt, tr, tb));
    let both = g.add(mine, yours);
    let union = g.sub(both, intersection);
    let small = g.scalar(1e-3);
    let union = g.add(union, small);
    let cw = span(g, Builder::max, (l, r), (tl, tr));
    let ch = span(g, Builder::max, (t, b), (tt, tb));
    let hull = g.mul(cw, ch);
    let hull = g.add(hull, small);
    // 1 − (I/U − (C − U)/C) = 2 − I/U − U/C
    let iou = g.div(intersection, union);
    let fill = g.div(union, hull);
    let two = g.scalar(2.0);
    let rest = g.sub(two, iou);
    let rest = g.sub(rest, fill);
    let weighed = g.mul(rest, truth.inside);
    let total = g.reduce_sum(weighed, &[2, 3], false);
    let mean = g.scalar(1.0 / scale.insides.max(1e-3));
    let share = g.mul(own.box_weight, mean);
    g.mul(total, share)
}

/// Binary cross-entropy, a mean over the tags: a frame may carry several.
fn cross_entropy(g: &mut Builder, y: Value, truth: Value) -> Value {
    let soft = g.softplus(y);
    let hit = g.mul(y, truth);
    let each = g.sub(soft, hit);
    g.reduce_mean(each, &[2], false)
}
