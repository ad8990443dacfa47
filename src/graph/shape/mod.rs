//! Shape inference: the element type and shape of each operator's outputs, from its inputs'.
//!
//! To add an operator: add a line to [`rule`] with the number of inputs it can't do without and the function that
//! gives its outputs' shapes; and a line to [`dtype`] if its outputs are not of the type of its first input.

mod layout;
mod matrix;
mod reduce;
mod resize;
mod window;

pub use layout::slice_length;
pub use matrix::einsum_terms;
pub use reduce::reduced_axes;
pub use resize::{Stretch, stretches};
pub use window::{Window, transpose_window};

use super::{Attribute, DType, Node, Tensor};

/// What is known of an input.
pub struct Known<'a> {
    pub dtype: DType,
    /// `None`: known only at run time.
    pub shape: Option<&'a [usize]>,
    pub constant: Option<&'a Tensor>,
}

type Kind = (DType, Option<Vec<usize>>);

/// The shapes of an operator's outputs, in their order, or what does not fit.
type Shapes = Result<Vec<Vec<usize>>, String>;

/// How the shapes of an operator's outputs follow from its inputs.
type Rule = fn(&Inputs) -> Shapes;

/// A node whose inputs all have known shapes; those that it can't do without are there.
pub struct Inputs<'a> {
    pub node: &'a Node,
    known: &'a [Option<Known<'a>>],
    /// How many outputs are asked for.
    pub outputs: usize,
}

impl<'a> Inputs<'a> {
    pub fn new(node: &'a Node, known: &'a [Option<Known<'a>>], outputs: usize) -> Self {
        Self { node, known, outputs }
    }

    /// The shape of an input; of an optional one that was left out, that of a scalar.
    pub fn shape(&self, index: usize) -> &'a [usize] {
        self.known(index).and_then(|k| k.shape).unwrap_or_default()
    }

    fn known(&self, index: usize) -> Option<&'a Known<'a>> {
        self.known.get(index).and_then(Option::as_ref)
    }

    /// The shapes of all inputs that are there.
    fn shapes(&self) -> impl Iterator<Item = &'a [usize]> {
        self.known.iter().flatten().map(|k| k.shape.unwrap_or_default())
    }

    /// The values of an input, which must be a constant; `None` if it is left out.
    pub fn constant(&self, index: usize) -> Result<Option<&'a Tensor>, String> {
        match self.known(index) {
            None => Ok(None),
            Some(Known { constant: Some(tensor), .. }) => Ok(Some(tensor)),
            Some(_) => Err(format!("input {index} must be a constant")),
        }
    }

    /// The integers that an optional input holds.
    pub fn optional_ints(&self, index: usize) -> Result<Option<Vec<i64>>, String> {
        let Some(tensor) = self.constant(index)? else { return Ok(None) };
        tensor.to_ints().map(Some).ok_or_else(|| format!("input {index} must hold integers"))
    }

    /// The integers that a required input holds.
    pub fn ints(&self, index: usize) -> Result<Vec<i64>, String> {
        self.optional_ints(index)?.ok_or_else(|| format!("input {index} is missing"))
    }
}

/// The outputs' types and shapes. Operators without a line in the table, or that see a shape known only at run time,
/// give outputs whose shapes are known only at run time. Errors say what does not fit.
pub fn infer(node: &Node, inputs: &[Option<Known>], outputs: usize) -> Result<Vec<Kind>, String> {
    let rule = rule(&node.op);
    if let Some((required, _)) = rule
        && let Some(missing) = (0..required).find(|i| inputs.get(*i).is_none_or(Option::is_none))
    {
        return Err(format!("input {missing} is missing"));
    }
    let dtypes = (0..outputs).map(|i| dtype(node, inputs, i)).collect::<Result<Vec<_>, _>>()?;
    let known = inputs.iter().flatten().all(|k| k.shape.is_some());
    let Some((_, shapes)) = rule.filter(|_| known) else {
        return Ok(dtypes.into_iter().map(|d| (d, None)).collect());
    };
    let shapes = shapes(&Inputs::new(node, inputs, outputs))?;
    if shapes.len() < outputs {
        return Err(format!("it has {} outputs, not {outputs}", shapes.len()));
    }
    Ok(dtypes.into_iter().zip(shapes).map(|(d, s)| (d, Some(s))).collect())
}

/// The element type of an output.
fn dtype(node: &Node, inputs: &[Option<Known>], output: usize) -> Result<DType, String> {
    let of = |i: usize| inputs.get(i).and_then(Option::as_ref).map_or(DType::F32, |k| k.dtype);
    Ok(match (node.op.as_str(), output) {
        ("Cast", _) => DType::from_onnx(node.int("to", 1) as i32).ok_or("an element type that is not supported")?,
        ("Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "IsNaN" | "IsInf", _)
        | ("Not" | "And" | "Or" | "Xor", _)
        | ("Dropout", 1) => DType::Bool,
        ("Where", _) => of(1),
        ("OneHot", _) => of(2),
        ("Shape" | "Size" | "ArgMax" | "ArgMin" | "NonMaxSuppression" | "NonZero", _) | ("TopK" | "MaxPool", 1) => {
            DType::I64
        }
        ("ConstantOfShape", _) => match node.attributes.get("value") {
            Some(Attribute::Tensor(value)) => value.dtype(),
            _ => DType::F32,
        },
        _ => of(0),
    })
}

/// The table: how many inputs an operator can't do without, and its outputs' shapes.
pub fn rule(op: &str) -> Option<(usize, Rule)> {
    Some(match op {
        "Abs" | "Acos" | "Acosh" | "Asin" | "Asinh" | "Atan" | "Atanh" | "Cast" | "Ceil" | "Celu" | "Clip" | "Cos"
        | "Cosh" | "Elu" | "Erf" | "Exp" | "Floor" | "Gelu" | "HardSigmoid" | "HardSwish" | "Identity" | "IsInf"
        | "IsNaN" | "LRN" | "LeakyRelu" | "Log" | "LogSoftmax" | "LpNormalization" | "Mish" | "Neg" | "Not"
        | "Reciprocal" | "Relu" | "Round" | "Selu" | "Sigmoid" | "Shrink" | "Sign" | "Sin" | "Sinh" | "Softmax"
        | "Softplus" | "Softsign" | "Sqrt" | "Swish" | "Tan" | "Tanh" | "ThresholdedRelu" | "Trilu" => (1, same),
        "CumSum" => (2, same),
        "Dropout" => (1, |i| Ok(vec![i.shape(0).to_vec(); 2])),
        "Add" | "And" | "Div" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Mod" | "Mul"
        | "Or" | "Pow" | "Sub" | "Xor" => (2, together),
        "Where" => (3, together),
        "Max" | "Mean" | "Min" | "Sum" => (1, together),
        "PRelu" => (2, onto_first),
        "BatchNormalization" => (5, batch_normalization),
        "GroupNormalization" => (3, group_normalization),
        "InstanceNormalization" => (3, per_channel),
        "LayerNormalization" => (2, layer_normalization),
        "RMSNormalization" => (2, onto_first),
        "MatMul" => (2, matrix::matmul),
        "Gemm" => (2, matrix::gemm),
        "Attention" => (3, matrix::attention),
        "Einsum" => (1, matrix::einsum),
        "Conv" => (2, window::conv),
        "ConvTranspose" => (2, window::conv_transpose),
        "AveragePool" | "LpPool" | "MaxPool" => (1, window::pool),
        "GlobalAveragePool" | "GlobalMaxPool" => (1, window::global),
        "Resize" => (1, resize::resize),
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin"
        | "ReduceProd" | "ReduceSum" | "ReduceSumSquare" => (1, reduce::reduce),
        "ArgMax" | "ArgMin" => (1, reduce::arg),
        "Concat" => (1, layout::concat),
        "DepthToSpace" => (1, layout::depth_to_space),
        "Expand" => (2, layout::expand),
        "Flatten" => (1, layout::flatten),
        "Gather" => (2, layout::gather),
        "GatherElements" => (2, |i| Ok(vec![i.shape(1).to_vec()])),
        "GatherND" => (2, layout::gather_nd),
        "GridSample" => (2, layout::grid_sample),
        "Pad" => (2, layout::pad),
        "Reshape" => (2, layout::reshape),
        "ScatterElements" | "ScatterND" => (3, same),
        "Shape" => (1, |i| Ok(vec![vec![i.shape(0).len()]])),
        "Size" => (1, |_| Ok(vec![vec![]])),
        "Slice" => (3, layout::slice),
        "SpaceToDepth" => (1, layout::space_to_depth),
        "Split" => (1, layout::split),
        "Squeeze" => (1, layout::squeeze),
        "Tile" => (2, layout::tile),
        "TopK" => (2, reduce::top),
        "Transpose" => (1, layout::transpose),
        "Unsqueeze" => (2, layout::unsqueeze),
        _ => return None,
    })
}

/// One output, shaped like the first input.
fn same(inputs: &Inputs) -> Shapes {
    Ok(vec![inputs.shape(0).to_vec()])
}

/// One output, all inputs broadcast against one another.
fn together(inputs: &Inputs) -> Shapes {
    let shape = inputs.shapes().try_fold(vec![], |shape, s| broadcast(&shape, s))?;
    Ok(vec![shape])
}

/// One output, shaped like the first input, against which the second broadcasts.
fn onto_first(inputs: &Inputs) -> Shapes {
    if broadcast(inputs.shape(0), inputs.shape(1))? != inputs.shape(0) {
        return Err("the second input is larger than the first".into());
    }
    same(inputs)
}

/// One output, shaped like the first input; the others hold a number a channel.
fn per_channel(inputs: &Inputs) -> Shapes {
    let channels = *inputs.shape(0).get(1).ok_or("an input without channels")?;
    if inputs.shapes().skip(1).any(|s| s != [channels]) {
        return Err(format!("a parameter that has not {channels} values"));
    }
    same(inputs)
}

/// In training mode the statistics follow.
fn batch_normalization(inputs: &Inputs) -> Shapes {
    let mut shapes = per_channel(inputs)?;
    shapes.resize(3, inputs.shape(1).to_vec());
    Ok(shapes)
}

/// Mean and inverse deviation follow.
fn layer_normalization(inputs: &Inputs) -> Shapes {
    let mut shapes = onto_first(inputs)?;
    let x = inputs.shape(0);
    let from = axis(inputs.node.int("axis", -1), x.len())?;
    let statistics = x.iter().enumerate().map(|(d, n)| if d < from { *n } else { 1 }).collect();
    shapes.resize(3, statistics);
    Ok(shapes)
}

fn group_normalization(inputs: &Inputs) -> Shapes {
    let groups = inputs.node.int("num_groups", 1);
    match inputs.shape(0) {
        [_, channels, ..] if groups > 0 && *channels as i64 % groups == 0 => same(inputs),
        shape => Err(format!("{groups} groups of the channels of {shape:?}")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        assert_eq!(broadcast(&[4, 1, 3], &[2, 1]).unwrap(), [4, 2, 3]);
        assert!(broadcast(&[2, 3], &[4, 3]).is_err());
    }

    #[test]
    fn a_node_without_a_required_input_is_refused() {
        let node = Node { op: "Conv".into(), ..Node::default() };
        let x = Known { dtype: DType::F32, shape: None, constant: None };
        assert_eq!(infer(&node, &[Some(x), None], 1).unwrap_err(), "input 1 is missing");
    }
}
