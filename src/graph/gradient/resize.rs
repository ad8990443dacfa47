//! Interpolation. The places that an output looks at are found with the same formulas, in the same precision, as ONNX
//! Runtime's (operator specification of `Resize`), so that rounding falls alike.

use super::linear::Map;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::Builder;
use crate::graph::node::Node;
use crate::graph::shape::resize::{Stretch, stretches};

/// Every axis was stretched on its own: back along each.
pub fn resize(g: &mut Builder, s: &BackwardNode) -> Grads {
    let node = s.node.view();
    let tensor = |index: usize| s.optional(index).and_then(|v| g.constant_of(v));
    let stretches = stretches(&node, &g.shape(s.x()), tensor(2), tensor(3));
    let maps = stretches.and_then(|all| all.iter().map(|stretch| map(&node, stretch)).collect::<Result<Vec<_>, _>>());
    match maps {
        Ok(maps) => {
            let last_first = maps.iter().enumerate().rev();
            vec![Some(last_first.fold(s.grad, |grad, (axis, map)| map.back(g, grad, axis)))]
        }
        Err(why) => s.without(g, &why),
    }
}

/// What each place of one axis takes from the places before.
fn map(node: &Node, stretch: &Stretch) -> Result<Map, String> {
    let Stretch { from, to, scale } = *stretch;
    let mut map = Map::zeros(from, to);
    if from == to && scale == 1.0 {
        (0..to).for_each(|i| map.put(i, i, 1.0));
        return Ok(map);
    }
    if node.int("antialias", 0) != 0 {
        return Err("antialias".into());
    }
    let last = from as i64 - 1;
    for row in 0..to {
        let at = place(node.text("coordinate_transformation_mode").unwrap_or("half_pixel"), row as f32, stretch)?;
        match node.text("mode").unwrap_or("nearest") {
            "nearest" => {
                let near = nearest(node.text("nearest_mode").unwrap_or("round_prefer_floor"), at)?;
                map.put(row, (near as i64).clamp(0, last) as usize, 1.0);
            }
            "linear" => {
                let at = at.clamp(0.0, last as f32);
                let low = at.floor();
                let next = (low as i64 + 1).min(last) as usize;
                map.put(row, low as usize, 1.0 - (at - low));
                map.put(row, next, at - low);
            }
            "cubic" => cubic(&mut map, row, at, node),
            mode => return Err(format!("mode {mode}")),
        }
    }
    Ok(map)
}

/// Where on the axis before the place `x` looks.
fn place(mode: &str, x: f32, stretch: &Stretch) -> Result<f32, String> {
    let (from, to, scale) = (stretch.from as f32, stretch.to as f32, stretch.scale);
    Ok(match mode {
        "half_pixel" => (x + 0.5) / scale - 0.5,
        "pytorch_half_pixel" if stretch.to <= 1 => 0.0,
        "pytorch_half_pixel" => (x + 0.5) / scale - 0.5,
        "half_pixel_symmetric" => {
            let centre = from / 2.0;
            centre * (1.0 - to / (scale * from)) + (x + 0.5) / scale - 0.5
        }
        "asymmetric" => x / scale,
        "align_corners" if stretch.to <= 1 => 0.0,
        "align_corners" => x * (from - 1.0) / (to - 1.0),
        mode => return Err(format!("coordinate_transformation_mode {mode}")),
    })
}

fn nearest(mode: &str, at: f32) -> Result<f32, String> {
    Ok(match mode {
        "round_prefer_floor" if at == at.floor() + 0.5 => at.floor(),
        "round_prefer_floor" | "round_prefer_ceil" => at.round(),
        "floor" => at.floor(),
        "ceil" => at.ceil(),
        mode => return Err(format!("nearest_mode {mode}")),
    })
}

/// Four neighbours, weighed by Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981).
fn cubic(map: &mut Map, row: usize, at: f32, node: &Node) {
    let a = node.float("cubic_coeff_a", -0.75);
    let last = map.last();
    let weight = |distance: f32| {
        let d = distance.abs();
        if d <= 1.0 {
            ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
        } else {
            ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
        }
    };
    let taps: Vec<(i64, f32)> =
        (-1..=2).map(|i| (at.floor() as i64 + i, weight(at - (at.floor() + i as f32)))).collect();
    let outside = node.int("exclude_outside", 0) != 0;
    let kept = |column: i64| !outside || (0..=last).contains(&column);
    let total: f32 = if outside { taps.iter().filter(|t| kept(t.0)).map(|t| t.1).sum() } else { 1.0 };
    for (column, weight) in taps.into_iter().filter(|t| kept(t.0)) {
        map.put(row, column.clamp(0, last) as usize, weight / total);
    }
}
