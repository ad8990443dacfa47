//! Convolutions and pools: the sliding window, and the shapes it gives.

use super::inputs::{Inputs, Shapes};
use crate::graph::node::Node;

/// The sliding window of a convolution or pooling: sizes in pixels, per spatial axis.
#[derive(Clone, Debug)]
pub struct Window {
    pub kernel: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilations: Vec<usize>,
    /// Begin of every axis, then end of every axis.
    pub pads: Vec<usize>,
    /// Whether a last window that lies partly outside counts.
    ceil: bool,
}

impl Window {
    /// Reads `strides`, `dilations`, `pads`, `ceil_mode` and `auto_pad`; `sizes` are the picture's, per spatial axis.
    pub fn of(node: &Node, kernel: Vec<usize>, sizes: &[usize]) -> Result<Self, String> {
        let mut window = Self::unpadded(node, kernel)?;
        if sizes.len() != window.kernel.len() {
            return Err(format!("a kernel of {} dimensions", window.kernel.len()));
        }
        match node.text("auto_pad") {
            Some(same @ ("SAME_UPPER" | "SAME_LOWER")) => {
                let total = (0..sizes.len()).map(|d| {
                    let outputs = sizes[d].div_ceil(window.strides[d]);
                    ((outputs.max(1) - 1) * window.strides[d] + window.reach(d)).saturating_sub(sizes[d])
                });
                window.pads = shared(total.collect(), same == "SAME_UPPER");
            }
            Some("VALID") => {}
            _ => window.pads = list(node, "pads", 0, 2 * sizes.len())?,
        }
        Ok(window)
    }

    fn unpadded(node: &Node, kernel: Vec<usize>) -> Result<Self, String> {
        let rank = kernel.len();
        let strides = list(node, "strides", 1, rank)?;
        if strides.contains(&0) || kernel.contains(&0) {
            return Err("an empty kernel or stride".into());
        }
        let dilations = list(node, "dilations", 1, rank)?;
        Ok(Self { strides, dilations, pads: vec![0; 2 * rank], ceil: node.int("ceil_mode", 0) != 0, kernel })
    }

    /// The window over lines as one over pictures of height 1.
    pub fn with_rows(mut self) -> Self {
        for list in [&mut self.kernel, &mut self.strides, &mut self.dilations] {
            list.insert(0, 1);
        }
        self.pads = vec![0, self.pads[0], 0, self.pads[1]];
        self
    }

    /// Pixels that one output sees along an axis.
    pub fn reach(&self, d: usize) -> usize {
        (self.kernel[d] - 1) * self.dilations[d] + 1
    }

    /// How many outputs there are along an axis.
    pub fn output(&self, length: usize, d: usize) -> Result<usize, String> {
        let padded = length + self.pads[d] + self.pads[d + self.kernel.len()];
        let free = padded.checked_sub(self.reach(d)).ok_or("the kernel is larger than the picture")?;
        let whole = free / self.strides[d] + 1;
        // A window that would start in the padding at the end does not count.
        let more = self.ceil && free % self.strides[d] != 0 && whole * self.strides[d] < length + self.pads[d];
        Ok(whole + usize::from(more))
    }

    /// The picture's shape after the window slid over it, with this many channels.
    fn slide(&self, x: &[usize], channels: usize) -> Shapes {
        let mut shape = vec![x[0], channels];
        for d in 0..self.kernel.len() {
            shape.push(self.output(x[d + 2], d)?);
        }
        Ok(vec![shape])
    }
}

fn list(node: &Node, name: &str, default: usize, count: usize) -> Result<Vec<usize>, String> {
    match node.ints(name) {
        Some(v) if v.len() == count => {
            v.iter().map(|x| usize::try_from(*x).map_err(|_| format!("a negative number among the {name}"))).collect()
        }
        Some(_) => Err(format!("{name} does not fit the kernel")),
        None => Ok(vec![default; count]),
    }
}

/// Pads of both sides; of an odd number the larger half goes to the end if `upper`.
fn shared(total: Vec<usize>, upper: bool) -> Vec<usize> {
    let (small, large): (Vec<_>, Vec<_>) = total.iter().map(|t| (t / 2, t - t / 2)).unzip();
    if upper { [small, large].concat() } else { [large, small].concat() }
}

/// The window of a `ConvTranspose`, and the size of its output per spatial axis.
pub fn transpose_window(node: &Node, x: &[usize], w: &[usize]) -> Result<(Window, Vec<usize>), String> {
    let mut window = Window::unpadded(node, w[2..].to_vec())?;
    let rank = window.kernel.len();
    let extra = list(node, "output_padding", 0, rank)?;
    let full = |window: &Window, d: usize| (x[d + 2].max(1) - 1) * window.strides[d] + window.reach(d) + extra[d];
    let automatic = node.text("auto_pad").filter(|a| a.starts_with("SAME"));
    let asked = match (node.ints("output_shape"), automatic) {
        // It may name batch and channels too.
        (Some(v), _) => Some(v[v.len().saturating_sub(rank)..].iter().map(|d| *d as usize).collect::<Vec<_>>()),
        (None, Some(_)) => Some((0..rank).map(|d| x[d + 2] * window.strides[d]).collect()),
        (None, None) => None,
    };
    if let Some(sizes) = asked.filter(|s| s.len() == rank) {
        let total = (0..rank).map(|d| full(&window, d).saturating_sub(sizes[d])).collect();
        window.pads = shared(total, automatic == Some("SAME_UPPER"));
        return Ok((window, sizes));
    }
    if node.text("auto_pad") != Some("VALID") {
        window.pads = list(node, "pads", 0, 2 * rank)?;
    }
    let sizes = (0..rank)
        .map(|d| full(&window, d).checked_sub(window.pads[d] + window.pads[d + rank]))
        .collect::<Option<Vec<_>>>()
        .ok_or("pads larger than the picture")?;
    Ok((window, sizes))
}

fn groups(inputs: &Inputs) -> Result<usize, String> {
    let (x, w) = (inputs.shape(0), inputs.shape(1));
    if x.len() != w.len() || x.len() < 3 {
        return Err("picture and weights need the same rank, three or more".into());
    }
    usize::try_from(inputs.node.int("group", 1)).ok().filter(|g| *g > 0).ok_or_else(|| "no groups".into())
}

pub fn conv(inputs: &Inputs) -> Shapes {
    let (x, w, group) = (inputs.shape(0), inputs.shape(1), groups(inputs)?);
    if x[1] != w[1] * group || !w[0].is_multiple_of(group) {
        return Err(format!("{} channels do not fit the weights in {group} groups", x[1]));
    }
    Window::of(inputs.node, w[2..].to_vec(), &x[2..])?.slide(x, w[0])
}

pub fn conv_transpose(inputs: &Inputs) -> Shapes {
    let (x, w, group) = (inputs.shape(0), inputs.shape(1), groups(inputs)?);
    if x[1] != w[0] || !x[1].is_multiple_of(group) {
        return Err(format!("{} channels do not fit the weights in {group} groups", x[1]));
    }
    let (_, sizes) = transpose_window(inputs.node, x, w)?;
    Ok(vec![[vec![x[0], w[1] * group], sizes].concat()])
}

/// The second output of `MaxPool` says where each value came from.
pub fn pool(inputs: &Inputs) -> Shapes {
    let x = inputs.shape(0);
    let kernel = inputs.node.ints("kernel_shape").ok_or("kernel_shape is missing")?;
    if x.len() != kernel.len() + 2 {
        return Err(format!("a kernel of {} dimensions", kernel.len()));
    }
    let kernel = kernel.iter().map(|k| *k as usize).collect();
    let mut shapes = Window::of(inputs.node, kernel, &x[2..])?.slide(x, x[1])?;
    shapes.push(shapes[0].clone());
    Ok(shapes)
}

pub fn global(inputs: &Inputs) -> Shapes {
    if inputs.shape(0).len() < 3 {
        return Err("it wants a batch of maps".into());
    }
    Ok(vec![inputs.shape(0).iter().enumerate().map(|(d, n)| if d < 2 { *n } else { 1 }).collect()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::node::Attribute;

    fn window(attributes: &[(&str, Attribute)], kernel: usize, length: usize) -> (Vec<usize>, usize) {
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let window = Window::of(&Node { attributes, ..Node::default() }, vec![kernel], &[length]).unwrap();
        (window.pads.clone(), window.output(length, 0).unwrap())
    }

    #[test]
    fn automatic_pads_keep_the_size() {
        let stride = ("strides", Attribute::Ints(vec![2]));
        let same = |side: &str| ("auto_pad", Attribute::Text(side.into()));
        assert_eq!(window(&[stride.clone(), same("SAME_UPPER")], 3, 8), (vec![0, 1], 4));
        assert_eq!(window(&[stride.clone(), same("SAME_LOWER")], 3, 8), (vec![1, 0], 4));
        assert_eq!(window(&[stride, same("VALID")], 3, 8), (vec![0, 0], 3));
    }

    #[test]
    fn a_last_window_must_start_on_the_picture() {
        let with = |pad: i64| {
            [
                ("strides", Attribute::Ints(vec![2])),
                ("ceil_mode", Attribute::Int(1)),
                ("pads", Attribute::Ints(vec![pad; 2])),
            ]
        };
        assert_eq!(window(&with(0), 3, 8).1, 4);
        assert_eq!(window(&with(0), 2, 5).1, 3);
        assert_eq!(window(&with(1), 2, 5).1, 3);
    }
}
