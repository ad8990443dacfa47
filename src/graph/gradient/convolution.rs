//! Convolution in one and two dimensions: strides, dilations, pads and groups.

use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Processor, Value};
use crate::graph::node::Attribute;
use crate::graph::shape::window::{Window, transpose_window};
use crate::graph::tensor::Tensor;

/// Input: `Conv` with flipped, transposed weights (stride 1) or `ConvTranspose`. Weights: products of the output's
/// gradient with the shifted picture, which run several times faster than a `Conv` whose kernel is that gradient. Bias:
/// a sum.
pub fn conv(g: &mut Builder, s: &BackwardNode) -> Grads {
    let node = s.node.view();
    let (x, w) = (s.node.input(0), s.node.input(1));
    let window = Window::of(&node, g.shape(w)[2..].to_vec(), &g.shape(x)[2..]);
    let Some(Planar { x, w, grad, window, lines }) = window.ok().and_then(|window| planar(g, s, window)) else {
        return s.without(g, "of three dimensions");
    };
    let (xs, ws) = (g.shape(x), g.shape(w));
    let group = node.int("group", 1) as usize;
    let dx = s.when(0, || input_gradient(g, grad, w, &window, group, &xs));
    let dw = s.when(1, || weight_gradient(g, grad, x, &window, group, &ws));
    let db = s.when(2, || g.reduce_sum(grad, &[0, 2, 3], false));
    narrowed(g, s, lines, [dx, dw, db])
}

/// A transposed convolution is what a `Conv` with the same weights does to its gradient: so the input's gradient is
/// that `Conv` of the output's, and the weights' is its weight gradient with picture and gradient swapped.
pub fn conv_transpose(g: &mut Builder, s: &BackwardNode) -> Grads {
    let node = s.node.view();
    let window = transpose_window(&node, &g.shape(s.node.input(0)), &g.shape(s.node.input(1)));
    let Some(Planar { x, w, grad, window, lines }) = window.ok().and_then(|(window, _)| planar(g, s, window)) else {
        return s.without(g, "of three dimensions");
    };
    let (xs, ws) = (g.shape(x), g.shape(w));
    let group = node.int("group", 1) as usize;
    let dx = s.when(0, || {
        let wide = g.node(
            "Conv",
            &[grad, w],
            &[
                ("group", Attribute::Int(group as i64)),
                ("strides", ints(window.strides.iter().copied())),
                ("dilations", ints(window.dilations.iter().copied())),
                ("pads", ints(window.pads.iter().copied())),
            ],
        );
        // A large output padding leaves room for windows that no input had.
        g.slice(wide, &[(2, 0, xs[2] as i64, 1), (3, 0, xs[3] as i64, 1)])
    });
    let dw = s.when(1, || weight_gradient(g, x, grad, &window, group, &ws));
    let db = s.when(2, || g.reduce_sum(grad, &[0, 2, 3], false));
    narrowed(g, s, lines, [dx, dw, db])
}

/// Picture, weights, gradient of the output and window with two spatial dimensions.
struct Planar {
    x: Value,
    w: Value,
    grad: Value,
    window: Window,
    /// Whether there was one, and lines were made pictures of height 1.
    lines: bool,
}

/// `None` where there are more than two.
fn planar(g: &mut Builder, s: &BackwardNode, window: Window) -> Option<Planar> {
    let (x, w, grad) = (s.node.input(0), s.node.input(1), s.grad);
    match window.kernel.len() {
        2 => Some(Planar { x, w, grad, window, lines: false }),
        1 => {
            let [x, w, grad] = [x, w, grad].map(|value| {
                let shape: Vec<i64> = g.shape(value).iter().map(|d| *d as i64).collect();
                g.reshape(value, &[shape[0], shape[1], 1, shape[2]])
            });
            Some(Planar { x, w, grad, window: window.with_rows(), lines: true })
        }
        _ => None,
    }
}

/// The gradients with the number of dimensions that the inputs have.
fn narrowed(g: &mut Builder, s: &BackwardNode, lines: bool, grads: [Option<Value>; 3]) -> Grads {
    let mut grads = grads.to_vec();
    for index in (0..2).filter(|_| lines) {
        let shape = s.shape_of(g, index);
        grads[index] = grads[index].map(|grad| g.reshape(grad, &shape));
    }
    grads
}

fn ints(values: impl IntoIterator<Item = usize>) -> Attribute {
    Attribute::Ints(values.into_iter().map(|v| v as i64).collect())
}

fn input_gradient(g: &mut Builder, dy: Value, w: Value, window: &Window, group: usize, xs: &[usize]) -> Value {
    let ws = g.shape(w);
    let [co, cig, kh, kw] = [ws[0], ws[1], ws[2], ws[3]];
    let dys = g.shape(dy);
    if window.strides == [1, 1] && (0..2).all(|d| window.reach(d) > window.pads[d].max(window.pads[d + 2])) {
        let grouped = g.reshape(w, &[group, co / group, cig, kh, kw].map(|d| d as i64));
        let swapped = g.transpose(grouped, &[0, 2, 1, 3, 4]);
        let swapped = g.reshape(swapped, &[group * cig, co / group, kh, kw].map(|d| d as i64));
        let flipped = if kh * kw == 1 {
            swapped
        } else {
            g.slice(swapped, &[(2, -1, i64::MIN + 1, -1), (3, -1, i64::MIN + 1, -1)])
        };
        let pads = (0..4).map(|i| window.reach(i % 2) - 1 - window.pads[i]);
        return g.node(
            "Conv",
            &[dy, flipped],
            &[
                ("group", Attribute::Int(group as i64)),
                ("pads", ints(pads)),
                ("dilations", ints(window.dilations.iter().copied())),
            ],
        );
    }
    // Pixels at the far edge that no window reached: they get zeros.
    let rest = (0..2).map(|d| {
        let seen = (dys[d + 2] - 1) * window.strides[d] + window.reach(d);
        xs[d + 2] + window.pads[d] + window.pads[d + 2] - seen
    });
    g.node(
        "ConvTranspose",
        &[dy, w],
        &[
            ("group", Attribute::Int(group as i64)),
            ("strides", ints(window.strides.iter().copied())),
            ("dilations", ints(window.dilations.iter().copied())),
            ("pads", ints(window.pads.iter().copied())),
            ("output_padding", ints(rest)),
        ],
    )
}

fn weight_gradient(g: &mut Builder, dy: Value, x: Value, window: &Window, group: usize, ws: &[usize]) -> Value {
    let [co, cig, kh, kw] = [ws[0], ws[1], ws[2], ws[3]];
    if (kh, kw) == (1, 1) && window.strides == [1, 1] && window.pads.iter().all(|p| *p == 0) {
        let kernel = product(g, dy, x, group, [co, cig]);
        return g.reshape(kernel, &[co as i64, cig as i64, 1, 1]);
    }
    match g.processor() {
        Processor::Cpu => sliced(g, dy, x, window, group, ws),
        Processor::Gpu => gathered(g, dy, x, window, group, ws),
    }
}

/// The gradient of the weights `[group, co / group, columns]` of a product whose right side is `seen`, `columns` rows in
/// each group of it: summed over the batch and all cells.
fn product(g: &mut Builder, dy: Value, seen: Value, group: usize, [co, columns]: [usize; 2]) -> Value {
    let dys = g.shape(dy);
    let (n, cells) = (dys[0], dys[2] * dys[3]);
    let dy = g.reshape(dy, &[n, group, co / group, cells].map(|d| d as i64));
    let seen = g.reshape(seen, &[n, group, columns, cells].map(|d| d as i64));
    let seen = g.transpose(seen, &[0, 1, 3, 2]);
    let each = g.matmul(dy, seen);
    g.reduce_sum(each, &[0], false)
}

/// One product for all window positions: on a GPU a product of more rows keeps more of it busy, and few large nodes are
/// better than many small ones. On an H200 a quarter of the time of [`sliced`].
fn gathered(g: &mut Builder, dy: Value, x: Value, window: &Window, group: usize, ws: &[usize]) -> Value {
    let [co, cig, kh, kw] = [ws[0], ws[1], ws[2], ws[3]];
    let dys = g.shape(dy);
    let (n, columns) = (dys[0], dys[3]);
    let cells = dys[2] * columns;
    let p: Vec<i64> = window.pads.iter().map(|p| *p as i64).collect();
    let padded = g.pad(x, &[0, 0, p[0], p[1], 0, 0, p[2], p[3]]);
    let size = g.shape(padded);
    // Of each window position, the pixel that every cell sees there.
    let at = |d: usize, k: usize, cell: usize| k * window.dilations[d] + cell * window.strides[d];
    let mut index = Vec::with_capacity(kh * kw * cells);
    for (i, j) in positions(kh, kw) {
        index.extend((0..cells).map(|c| (at(0, i, c / columns) * size[3] + at(1, j, c % columns)) as i64));
    }
    let flat = g.reshape(padded, &[n, size[1], size[2] * size[3]].map(|d| d as i64));
    let index = g.constant(Tensor::i64([index.len()], index));
    let seen = g.node("Gather", &[flat, index], &[("axis", Attribute::Int(2))]);
    let kernel = product(g, dy, seen, group, [co, cig * kh * kw]);
    g.reshape(kernel, &[co, cig, kh, kw].map(|d| d as i64))
}

/// The window's positions, row by row.
fn positions(kh: usize, kw: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..kh).flat_map(move |i| (0..kw).map(move |j| (i, j)))
}

/// Channels of a group below which gathering whole pixels copies too little at a time.
const FEW_CHANNELS: usize = 8;

/// The gradient of the weights at window position (i, j) is the product of the output's gradient with the picture
/// shifted by (i, j): k·k slices, and a product each. With the picture's channels innermost a slice is made of long
/// runs, and is the product's right side as it lies.
fn sliced(g: &mut Builder, dy: Value, x: Value, window: &Window, group: usize, ws: &[usize]) -> Value {
    let [co, cig, kh, kw] = [ws[0], ws[1], ws[2], ws[3]];
    let int = |v: usize| v as i64;
    let dys = g.shape(dy);
    let (n, cells) = (dys[0], dys[2] * dys[3]);
    let p: Vec<i64> = window.pads.iter().map(|p| int(*p)).collect();
    let cut = |axis: i64, d: usize, k: usize| {
        let start = k * window.dilations[d];
        (axis, int(start), int(start + (dys[d + 2] - 1) * window.strides[d] + 1), int(window.strides[d]))
    };
    if cig == 1 && co == group {
        // Depthwise: a product of single numbers is a sum over the picture.
        let padded = g.pad(x, &[0, 0, p[0], p[1], 0, 0, p[2], p[3]]);
        let parts: Vec<Value> = positions(kh, kw)
            .map(|(i, j)| {
                let shifted = g.slice(padded, &[cut(2, 0, i), cut(3, 1, j)]);
                let product = g.mul(shifted, dy);
                let sum = g.reduce_sum(product, &[0, 2, 3], false);
                g.reshape(sum, &[int(co), 1])
            })
            .collect();
        let kernel = g.concat(&parts, 1);
        return g.reshape(kernel, &[co, 1, kh, kw].map(int));
    }
    let parts: Vec<Value> = if cig < FEW_CHANNELS {
        let padded = g.pad(x, &[0, 0, p[0], p[1], 0, 0, p[2], p[3]]);
        let shifted: Vec<Value> = positions(kh, kw)
            .map(|(i, j)| {
                let part = g.slice(padded, &[cut(2, 0, i), cut(3, 1, j)]);
                g.reshape(part, &[n, group, cig, cells].map(int))
            })
            .collect();
        let seen = g.concat(&shifted, 2);
        vec![product(g, dy, seen, group, [co, cig * kh * kw])]
    } else {
        let dy = g.reshape(dy, &[n, group, co / group, cells].map(int));
        let size = g.shape(x);
        let grouped = g.reshape(x, &[n, group, cig, size[2], size[3]].map(int));
        let inward = g.transpose(grouped, &[0, 1, 3, 4, 2]);
        let padded = g.pad(inward, &[0, 0, p[0], p[1], 0, 0, 0, p[2], p[3], 0]);
        positions(kh, kw)
            .map(|(i, j)| {
                let shifted = g.slice(padded, &[cut(2, 0, i), cut(3, 1, j)]);
                let rows = g.reshape(shifted, &[n, group, cells, cig].map(int));
                let each = g.matmul(dy, rows);
                g.reduce_sum(each, &[0], false)
            })
            .collect()
    };
    let kernel = if parts.len() == 1 { parts[0] } else { g.concat(&parts, 2) };
    let kernel = g.reshape(kernel, &[co, kh, kw, cig].map(int));
    g.transpose(kernel, &[0, 3, 1, 2])
}
