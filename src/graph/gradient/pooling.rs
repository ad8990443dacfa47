//! Pools.

use super::indexing;
use super::linear::Map;
use super::node::{BackwardNode, Grads};
use crate::graph::builder::{Builder, Placed};
use crate::graph::node::Attribute;
use crate::graph::shape::window::Window;

/// The gradient goes to where each maximum came from, the first of equals, as `MaxPool` itself tells. That is exact,
/// and for large windows much cheaper than comparing every pixel of the window.
pub fn max(g: &mut Builder, s: &BackwardNode) -> Grads {
    to_maxima(g, s, s.node.attributes.iter().map(|(k, v)| (k.as_str(), v.clone())).collect())
}

/// A window as large as the picture.
pub fn global_max(g: &mut Builder, s: &BackwardNode) -> Grads {
    let kernel = g.shape(s.x())[2..].iter().map(|d| *d as i64).collect();
    to_maxima(g, s, vec![("kernel_shape", Attribute::Ints(kernel))])
}

fn to_maxima(g: &mut Builder, s: &BackwardNode, mut attributes: Vec<(&str, Attribute)>) -> Grads {
    let shape: Vec<i64> = g.shape(s.x()).iter().map(|d| *d as i64).collect();
    // Places count over the whole tensor, row by row.
    attributes.retain(|(name, _)| *name != "storage_order");
    let places = g.place("MaxPool", &[Some(s.x())], &attributes, 2)[1];
    let (places, grad) = (g.reshape(places, &[-1]), g.reshape(s.grad, &[-1]));
    let flat = indexing::scatter(g, &[shape.iter().product()], places, grad, 0);
    vec![Some(g.reshape(flat, &shape))]
}

/// A mean over a rectangle is a mean over rows of means over columns, at the edges too.
pub fn average(g: &mut Builder, s: &BackwardNode) -> Grads {
    let sizes = g.shape(s.x())[2..].to_vec();
    match window(s.node, &sizes) {
        Ok(window) => {
            let everywhere = s.node.view().int("count_include_pad", 0) != 0;
            let outputs = g.shape(s.y());
            let mut grad = s.grad;
            for d in (0..sizes.len()).rev() {
                grad = means(&window, d, sizes[d], outputs[d + 2], everywhere).back(g, grad, d + 2);
            }
            vec![Some(grad)]
        }
        Err(why) => s.without(g, &why),
    }
}

fn window(node: &Placed, sizes: &[usize]) -> Result<Window, String> {
    let view = node.view();
    let kernel = view.ints("kernel_shape").unwrap_or_default().iter().map(|k| *k as usize).collect();
    Window::of(&view, kernel, sizes)
}

/// The means along one axis. Divided by the pixels on the picture, or with its pads if `everywhere`.
fn means(window: &Window, d: usize, from: usize, to: usize, everywhere: bool) -> Map {
    let mut map = Map::zeros(from, to);
    let (before, after) = (window.pads[d], window.pads[d + window.kernel.len()]);
    for row in 0..to {
        let seen = (0..window.kernel[d]).map(|k| row * window.strides[d] + k * window.dilations[d]);
        let on_picture: Vec<usize> = seen.clone().filter(|p| (before..before + from).contains(p)).collect();
        let count = if everywhere { seen.filter(|p| *p < before + from + after).count() } else { on_picture.len() };
        on_picture.iter().for_each(|p| map.put(row, p - before, 1.0 / count as f32));
    }
    map
}

/// The mean of all pixels.
pub fn global_average(g: &mut Builder, s: &BackwardNode) -> Grads {
    let shape = g.shape(s.x());
    let share = g.scale(s.grad, 1.0 / shape[2..].iter().product::<usize>().max(1) as f32);
    vec![Some(g.expand(share, &shape))]
}
