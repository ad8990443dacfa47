//! Shape inference: the element type and shape of each operator's outputs, from its inputs'.

use super::{Attribute, DType, Node, Tensor};

/// What is known of an input.
pub struct Known<'a> {
    pub dtype: DType,
    pub shape: Option<&'a [usize]>,
    pub constant: Option<&'a Tensor>,
}

type Kind = (DType, Option<Vec<usize>>);

/// The outputs' types and shapes. Operators that are not listed, or that see a shape known only at run time, give
/// outputs whose shapes are known only at run time.
pub fn infer(node: &Node, inputs: &[Option<Known>], outputs: usize) -> Result<Vec<Kind>, String> {
    let dtype = |i: usize| inputs.get(i).and_then(Option::as_ref).map_or(DType::F32, |k| k.dtype);
    let out = match node.op.as_str() {
        "Cast" => DType::from_onnx(node.int("to", 1) as i32).ok_or("an element type that is not supported")?,
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Not" | "And" | "Or" => DType::Bool,
        "Where" => dtype(1),
        "Shape" | "ArgMax" | "NonMaxSuppression" => DType::I64,
        _ => dtype(0),
    };
    let shapes: Option<Vec<&[usize]>> = inputs.iter().flatten().map(|k| k.shape).collect();
    // Second outputs of these are places, not values.
    let kinds = |first: Option<Vec<usize>>| -> Vec<Kind> {
        let second = if matches!(node.op.as_str(), "TopK" | "MaxPool") { DType::I64 } else { out };
        (0..outputs).map(|i| (if i == 1 { second } else { out }, first.clone())).collect()
    };
    let Some(shapes) = shapes else {
        return Ok(kinds(None));
    };
    let first = *shapes.first().ok_or("no inputs")?;
    let ints = |i: usize| -> Result<&[i64], String> {
        inputs
            .get(i)
            .and_then(Option::as_ref)
            .and_then(|k| k.constant)
            .and_then(Tensor::as_i64)
            .ok_or_else(|| format!("input {i} must be a constant"))
    };
    let one = |shape: Vec<usize>| Ok(vec![(out, Some(shape))]);
    match node.op.as_str() {
        "Neg" | "Abs" | "Sqrt" | "Exp" | "Log" | "Relu" | "LeakyRelu" | "Clip" | "Sigmoid" | "Tanh" | "Softplus"
        | "Softmax" | "LogSoftmax" | "Identity" | "Cast" | "Not" | "Sign" | "Reciprocal" | "Floor" => {
            one(first.to_vec())
        }
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" | "Equal" | "Greater" | "GreaterOrEqual" | "Less"
        | "LessOrEqual" | "And" | "Or" | "Where" => {
            let mut shape = first.to_vec();
            for s in &shapes[1..] {
                shape = broadcast(&shape, s)?;
            }
            one(shape)
        }
        "MatMul" => one(matmul(first, shapes.get(1).ok_or("one input is missing")?)?),
        "Transpose" => {
            let perm: Vec<usize> = match node.ints("perm") {
                Some(p) => p.iter().map(|d| *d as usize).collect(),
                None => (0..first.len()).rev().collect(),
            };
            if perm.len() != first.len() || (0..first.len()).any(|d| !perm.contains(&d)) {
                return Err(format!("perm {perm:?} does not fit"));
            }
            one(perm.iter().map(|d| first[*d]).collect())
        }
        "Reshape" => one(reshape(first, ints(1)?)?),
        "Expand" => {
            let target: Vec<usize> = ints(1)?.iter().map(|d| *d as usize).collect();
            one(broadcast(first, &target)?)
        }
        "Unsqueeze" => {
            let rank = first.len() + ints(1)?.len();
            let axes = ints(1)?.iter().map(|a| axis(*a, rank)).collect::<Result<Vec<_>, _>>()?;
            let mut rest = first.iter();
            one((0..rank).map(|d| if axes.contains(&d) { 1 } else { *rest.next().unwrap_or(&1) }).collect())
        }
        "Squeeze" => {
            let axes = ints(1)?.iter().map(|a| axis(*a, first.len())).collect::<Result<Vec<_>, _>>()?;
            one(first.iter().enumerate().filter(|(d, _)| !axes.contains(d)).map(|(_, n)| *n).collect())
        }
        "Concat" => {
            let along = axis(node.int("axis", 0), first.len())?;
            let mut shape = first.to_vec();
            for s in &shapes[1..] {
                if s.len() != shape.len() || (0..s.len()).any(|d| d != along && s[d] != shape[d]) {
                    return Err("they differ beside the axis".into());
                }
                shape[along] += s[along];
            }
            one(shape)
        }
        "Slice" => {
            let (starts, ends) = (ints(1)?, ints(2)?);
            let axes: Vec<i64> = if inputs.len() > 3 { ints(3)?.to_vec() } else { (0..starts.len() as i64).collect() };
            let steps: Vec<i64> = if inputs.len() > 4 { ints(4)?.to_vec() } else { vec![1; starts.len()] };
            let mut shape = first.to_vec();
            for i in 0..starts.len() {
                let along = axis(axes[i], first.len())?;
                shape[along] = slice_length(first[along], starts[i], ends[i], steps[i]);
            }
            one(shape)
        }
        "Pad" => {
            let pads = ints(1)?;
            if pads.len() != 2 * first.len() {
                return Err("pads must name every side".into());
            }
            one((0..first.len()).map(|d| (first[d] as i64 + pads[d] + pads[d + first.len()]).max(0) as usize).collect())
        }
        "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" => {
            let axes: Vec<usize> = match inputs.get(1).and_then(Option::as_ref) {
                Some(_) => ints(1)?.iter().map(|a| axis(*a, first.len())).collect::<Result<_, _>>()?,
                None => (0..first.len()).collect(),
            };
            let keep = node.int("keepdims", 1) != 0;
            one(first
                .iter()
                .enumerate()
                .filter(|(d, _)| keep || !axes.contains(d))
                .map(|(d, n)| if axes.contains(&d) { 1 } else { *n })
                .collect())
        }
        "GlobalAveragePool" | "GlobalMaxPool" => {
            one(first.iter().enumerate().map(|(d, n)| if d < 2 { *n } else { 1 }).collect())
        }
        "Conv" => one(conv(node, first, shapes.get(1).ok_or("the weights are missing")?)?),
        "ConvTranspose" => one(conv_transpose(node, first, shapes.get(1).ok_or("the weights are missing")?)?),
        "MaxPool" => {
            let kernel = node.ints("kernel_shape").ok_or("kernel_shape is missing")?;
            let window = Window::of(node, kernel.iter().map(|k| *k as usize).collect())?;
            let mut shape = first[..2].to_vec();
            for d in 0..kernel.len() {
                shape.push(window.output(first[d + 2], d)?);
            }
            Ok(kinds(Some(shape)))
        }
        _ => Ok(kinds(None)),
    }
}

/// NumPy's broadcasting.
pub fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let at = |s: &[usize], d: usize| if d + s.len() < rank { 1 } else { s[d + s.len() - rank] };
    (0..rank)
        .map(|d| match (at(a, d), at(b, d)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            (x, y) => Err(format!("{x} and {y} do not broadcast")),
        })
        .collect()
}

/// A negative axis counts from the end.
pub fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let positive = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(positive).ok().filter(|a| *a < rank).ok_or_else(|| format!("there is no axis {axis}"))
}

/// How many elements `start..end` by `step` takes of `length`, as ONNX clamps them.
pub fn slice_length(length: usize, start: i64, end: i64, step: i64) -> usize {
    let n = length as i64;
    let from_end = |i: i64| if i < 0 { i.saturating_add(n) } else { i };
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let start = from_end(start).clamp(if step > 0 { 0 } else { 0.min(n - 1) }, high);
    let end = from_end(end).clamp(low, high.max(low));
    let span = if step > 0 { end - start } else { start - end };
    if span <= 0 { 0 } else { (span as usize).div_ceil(step.unsigned_abs() as usize) }
}

fn matmul(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    if a.len() < 2 || b.len() < 2 {
        return Err("both need two dimensions or more".into());
    }
    let (ra, rb) = (a.len(), b.len());
    if a[ra - 1] != b[rb - 2] {
        return Err(format!("{} columns do not meet {} rows", a[ra - 1], b[rb - 2]));
    }
    let mut shape = broadcast(&a[..ra - 2], &b[..rb - 2])?;
    shape.extend([a[ra - 2], b[rb - 1]]);
    Ok(shape)
}

fn reshape(from: &[usize], to: &[i64]) -> Result<Vec<usize>, String> {
    let count: usize = from.iter().product();
    let mut shape: Vec<usize> = to
        .iter()
        .enumerate()
        .map(|(i, d)| match d {
            0 => from.get(i).copied().unwrap_or(0),
            -1 => 1,
            d => *d as usize,
        })
        .collect();
    if let Some(free) = to.iter().position(|d| *d == -1) {
        shape[free] = count / shape.iter().product::<usize>().max(1);
    }
    if shape.iter().product::<usize>() != count {
        return Err(format!("{count} elements do not fill {to:?}"));
    }
    Ok(shape)
}

/// The sliding window of a convolution or pooling: sizes in pixels, per spatial axis.
#[derive(Clone, Debug)]
pub struct Window {
    pub kernel: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilations: Vec<usize>,
    /// Begin of every axis, then end of every axis.
    pub pads: Vec<usize>,
}

impl Window {
    /// Reads `strides`, `dilations` and `pads`; `auto_pad` must have been resolved.
    pub fn of(node: &Node, kernel: Vec<usize>) -> Result<Self, String> {
        if !matches!(node.text("auto_pad"), None | Some("NOTSET")) {
            return Err("auto_pad is not supported".into());
        }
        if node.int("ceil_mode", 0) != 0 {
            return Err("ceil_mode is not supported".into());
        }
        let rank = kernel.len();
        let list = |name: &str, default: usize, count: usize| match node.ints(name) {
            Some(v) if v.len() == count => Ok(v.iter().map(|x| *x as usize).collect()),
            Some(_) => Err(format!("{name} does not fit the kernel")),
            None => Ok(vec![default; count]),
        };
        Ok(Self {
            strides: list("strides", 1, rank)?,
            dilations: list("dilations", 1, rank)?,
            pads: list("pads", 0, 2 * rank)?,
            kernel,
        })
    }

    /// Pixels that one output sees along an axis.
    pub fn reach(&self, d: usize) -> usize {
        (self.kernel[d] - 1) * self.dilations[d] + 1
    }

    fn output(&self, length: usize, d: usize) -> Result<usize, String> {
        let padded = length + self.pads[d] + self.pads[d + self.kernel.len()];
        let free = padded.checked_sub(self.reach(d)).ok_or("the kernel is larger than the picture")?;
        Ok(free / self.strides[d] + 1)
    }
}

fn conv(node: &Node, x: &[usize], w: &[usize]) -> Result<Vec<usize>, String> {
    let group = node.int("group", 1) as usize;
    if x.len() != w.len() || x.len() < 3 {
        return Err("picture and weights need the same rank".into());
    }
    if x[1] != w[1] * group || !w[0].is_multiple_of(group) {
        return Err(format!("{} channels do not fit the weights in {group} groups", x[1]));
    }
    let window = Window::of(node, w[2..].to_vec())?;
    let mut shape = vec![x[0], w[0]];
    for d in 0..window.kernel.len() {
        shape.push(window.output(x[d + 2], d)?);
    }
    Ok(shape)
}

fn conv_transpose(node: &Node, x: &[usize], w: &[usize]) -> Result<Vec<usize>, String> {
    let group = node.int("group", 1) as usize;
    if x.len() != w.len() || x[1] != w[0] {
        return Err("the channels do not fit the weights".into());
    }
    let window = Window::of(node, w[2..].to_vec())?;
    let extra = match node.attributes.get("output_padding") {
        Some(Attribute::Ints(v)) => v.clone(),
        _ => vec![0; window.kernel.len()],
    };
    let mut shape = vec![x[0], w[1] * group];
    for d in 0..window.kernel.len() {
        let pads = window.pads[d] + window.pads[d + window.kernel.len()];
        shape.push(((x[d + 2] - 1) * window.strides[d] + window.reach(d) + extra[d] as usize).saturating_sub(pads));
    }
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_count_like_numpy() {
        assert_eq!(slice_length(10, 2, 8, 2), 3);
        assert_eq!(slice_length(10, 0, i64::MAX, 1), 10);
        assert_eq!(slice_length(3, -1, i64::MIN + 1, -1), 3);
        assert_eq!(slice_length(5, 4, 1, -2), 2);
    }

    #[test]
    fn broadcasting_follows_numpy() {
        assert_eq!(broadcast(&[4, 1, 3], &[2, 1]).unwrap(), [4, 2, 3]);
        assert!(broadcast(&[2, 3], &[4, 3]).is_err());
    }
}
