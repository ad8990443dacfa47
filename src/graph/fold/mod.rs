//! Computes at build time what depends on shapes and constants alone: exporters write sizes as little calculations
//! (`Shape`, `Gather`, `Mul`, `Concat`, …) where a model leaves its batch or picture size open.
//!
//! Numbers are held as 64-bit floats: exact for 32-bit floats and for integers below 2⁵³, and casts back saturate, so
//! that the ends of 64-bit integers, which stand for "all the rest", survive.

mod moves;

use super::shape::{Known, infer};
use super::{Attribute, DType, Data, Node, Tensor};

/// Tensors with more elements are left to the runtime.
const LIMIT: usize = 1 << 22;

/// A small constant.
#[derive(Clone, Debug)]
struct Small {
    dtype: DType,
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Small {
    fn of(tensor: &Tensor) -> Option<Self> {
        let values = match &tensor.data {
            _ if tensor.len() > LIMIT => return None,
            Data::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::I64(v) => v.iter().map(|x| *x as f64).collect(),
            Data::U8(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::Raw(DType::Bool, b) => b.iter().map(|x| f64::from(*x)).collect(),
            Data::Raw(DType::I32, _) => tensor.to_ints()?.iter().map(|x| *x as f64).collect(),
            Data::Raw(DType::F64, b) => b
                .chunks_exact(8)
                .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                .collect(),
            Data::Raw(DType::F16, b) => {
                b.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f64()).collect()
            }
            Data::Raw(..) => return None,
        };
        Some(Self { dtype: tensor.dtype(), shape: tensor.shape.clone(), values })
    }

    fn tensor(self) -> Option<Tensor> {
        let values = self.values.iter();
        let data = match self.dtype {
            DType::F32 => Data::F32(values.map(|v| *v as f32).collect()),
            DType::I64 => Data::I64(values.map(|v| *v as i64).collect()),
            DType::U8 => Data::U8(values.map(|v| *v as u8).collect()),
            DType::Bool => Data::Raw(DType::Bool, values.map(|v| u8::from(*v != 0.0)).collect()),
            DType::I32 => Data::Raw(DType::I32, values.flat_map(|v| (*v as i32).to_le_bytes()).collect()),
            DType::F64 => Data::Raw(DType::F64, values.flat_map(|v| v.to_le_bytes()).collect()),
            DType::F16 => Data::Raw(DType::F16, values.flat_map(|v| half::f16::from_f64(*v).to_le_bytes()).collect()),
        };
        (self.shape.iter().product::<usize>() == self.values.len()).then_some(Tensor { shape: self.shape, data })
    }

    /// Which value a broadcast result of this shape takes at a place.
    fn at(&self, shape: &[usize], mut place: usize) -> f64 {
        let (mut index, mut step) = (0, 1);
        let lead = shape.len() - self.shape.len();
        for d in (lead..shape.len()).rev() {
            let n = self.shape[d - lead];
            index += if n == 1 { 0 } else { place % shape[d] } * step;
            (place, step) = (place / shape[d], step * n);
        }
        self.values.get(index).copied().unwrap_or_default()
    }
}

/// The outputs of a node that depends only on shapes and small constants; `None` if it does not, or is left to the
/// runtime.
pub fn fold(node: &Node, inputs: &[Option<Known>]) -> Option<Vec<Tensor>> {
    match node.op.as_str() {
        "Shape" => {
            let shape = inputs.first()?.as_ref()?.shape?;
            let rank = shape.len() as i64;
            let place = |p: i64| (if p < 0 { p + rank } else { p }).clamp(0, rank) as usize;
            let (start, end) = (place(node.int("start", 0)), place(node.int("end", rank)));
            let part: Vec<i64> = shape.get(start..end).unwrap_or_default().iter().map(|d| *d as i64).collect();
            return Some(vec![Tensor::i64([part.len()], part)]);
        }
        "Size" => {
            let shape = inputs.first()?.as_ref()?.shape?;
            return Some(vec![Tensor::i64([], vec![shape.iter().product::<usize>() as i64])]);
        }
        _ => {}
    }
    let small: Vec<Option<Small>> = inputs
        .iter()
        .map(|input| match input {
            None => Some(None),
            Some(known) => known.constant.and_then(Small::of).map(Some),
        })
        .collect::<Option<_>>()?;
    let results = match node.op.as_str() {
        "ConstantOfShape" => vec![filled(node, small.first()?.as_ref()?)?],
        "Range" => vec![range(&small)?],
        _ => {
            // The type and shape of the result are those that shape inference gives.
            let kinds = infer(node, inputs, node.outputs.len()).ok()?;
            let shapes: Vec<Vec<usize>> = kinds.iter().map(|(_, s)| s.clone()).collect::<Option<_>>()?;
            if shapes.iter().any(|s| s.iter().product::<usize>() > LIMIT) {
                return None;
            }
            let values = values(node, inputs, &small, &shapes)?;
            let parts = kinds.iter().zip(shapes).zip(values);
            parts.map(|((kind, shape), values)| Small { dtype: kind.0, shape, values }).collect()
        }
    };
    results.into_iter().map(Small::tensor).collect()
}

fn filled(node: &Node, shape: &Small) -> Option<Small> {
    let value = match node.attributes.get("value") {
        Some(Attribute::Tensor(value)) => Small::of(value)?,
        _ => Small { dtype: DType::F32, shape: vec![1], values: vec![0.0] },
    };
    let shape: Vec<usize> = shape.values.iter().map(|d| *d as usize).collect();
    let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= LIMIT)?;
    Some(Small { dtype: value.dtype, shape, values: vec![*value.values.first()?; count] })
}

fn range(inputs: &[Option<Small>]) -> Option<Small> {
    let number = |i: usize| inputs.get(i)?.as_ref()?.values.first().copied();
    let (start, limit, delta) = (number(0)?, number(1)?, number(2)?);
    let count = ((limit - start) / delta).ceil().max(0.0) as usize;
    let values = (0..count.min(LIMIT + 1)).map(|i| start + i as f64 * delta).collect();
    (count <= LIMIT).then_some(Small { dtype: inputs[0].as_ref()?.dtype, shape: vec![count], values })
}

/// The values of each output, whose shapes are known.
fn values(
    node: &Node,
    inputs: &[Option<Known>],
    small: &[Option<Small>],
    shapes: &[Vec<usize>],
) -> Option<Vec<Vec<f64>>> {
    let first = small.first()?.as_ref()?;
    let whole = matches!(first.dtype, DType::I32 | DType::I64 | DType::U8);
    let unary = |f: fn(f64) -> f64| Some(vec![first.values.iter().map(|v| f(*v)).collect()]);
    let shape = shapes.first()?;
    let count: usize = shape.iter().product();
    let binary = |f: &dyn Fn(f64, f64) -> f64| {
        let others: Vec<&Small> = small.iter().flatten().collect();
        let each = |i: usize| others[1..].iter().fold(others[0].at(shape, i), |a, b| f(a, b.at(shape, i)));
        Some(vec![(0..count).map(each).collect()])
    };
    let truth = |holds: bool| f64::from(u8::from(holds));
    match node.op.as_str() {
        // Only what can be computed without losing anything.
        "Identity" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => Some(vec![first.values.clone()]),
        "Cast" => {
            let to = DType::from_onnx(node.int("to", 1) as i32)?;
            let whole = matches!(to, DType::I32 | DType::I64 | DType::U8);
            Some(vec![first.values.iter().map(|v| if whole { v.trunc() } else { *v }).collect()])
        }
        "Neg" => unary(|v| -v),
        "Abs" => unary(f64::abs),
        "Floor" => unary(f64::floor),
        "Ceil" => unary(f64::ceil),
        "Round" => unary(f64::round_ties_even),
        "Sqrt" => unary(f64::sqrt),
        "Not" => unary(|v| f64::from(u8::from(v == 0.0))),
        "Add" | "Sum" => binary(&|a, b| a + b),
        "Sub" => binary(&|a, b| a - b),
        "Mul" => binary(&|a, b| a * b),
        "Div" if whole => binary(&|a, b| (a / b).trunc()),
        "Div" => binary(&|a, b| a / b),
        "Pow" => binary(&f64::powf),
        // Integers take the sign of the divisor, `fmod` that of the dividend.
        "Mod" if node.int("fmod", 0) != 0 => binary(&|a, b| a % b),
        "Mod" => binary(&|a, b| a - (a / b).floor() * b),
        "Min" => binary(&f64::min),
        "Max" => binary(&f64::max),
        "Equal" => binary(&|a, b| truth(a == b)),
        "Less" => binary(&|a, b| truth(a < b)),
        "LessOrEqual" => binary(&|a, b| truth(a <= b)),
        "Greater" => binary(&|a, b| truth(a > b)),
        "GreaterOrEqual" => binary(&|a, b| truth(a >= b)),
        "And" => binary(&|a, b| truth(a != 0.0 && b != 0.0)),
        "Or" => binary(&|a, b| truth(a != 0.0 || b != 0.0)),
        "Clip" => {
            let limit = |i: usize, none: f64| {
                small.get(i).and_then(Option::as_ref).map_or(none, |s| s.values.first().copied().unwrap_or(none))
            };
            let (low, high) = (limit(1, f64::NEG_INFINITY), limit(2, f64::INFINITY));
            Some(vec![first.values.iter().map(|v| v.max(low).min(high)).collect()])
        }
        "Sign" => unary(|v| if v == 0.0 { 0.0 } else { v.signum() }),
        "Tile" if shape.len() == 1 => Some(vec![(0..count).map(|i| first.values[i % first.values.len()]).collect()]),
        "Expand" => Some(vec![(0..count).map(|i| first.at(shape, i)).collect()]),
        "Where" => {
            let (a, b) = (small.get(1)?.as_ref()?, small.get(2)?.as_ref()?);
            let pick = |i: usize| if first.at(shape, i) != 0.0 { a.at(shape, i) } else { b.at(shape, i) };
            Some(vec![(0..count).map(pick).collect()])
        }
        "Transpose" | "Slice" | "Gather" | "Concat" | "Split" => moves::moved(node, inputs, small, shapes),
        "ReduceProd" | "ReduceSum" | "ReduceMax" | "ReduceMin" if count == 1 => {
            let all = first.values.iter().copied();
            let total = match node.op.as_str() {
                "ReduceProd" => all.product(),
                "ReduceSum" => all.sum(),
                "ReduceMax" => all.reduce(f64::max)?,
                _ => all.reduce(f64::min)?,
            };
            Some(vec![vec![total]])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn folded(op: &str, attributes: &[(&str, Attribute)], inputs: &[Tensor]) -> Tensor {
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect::<BTreeMap<_, _>>();
        let node = Node { op: op.into(), attributes, outputs: vec!["y".into()], ..Node::default() };
        let known = |t| Known { dtype: Tensor::dtype(t), shape: Some(&t.shape), constant: Some(t) };
        let inputs: Vec<_> = inputs.iter().map(|t| Some(known(t))).collect();
        fold(&node, &inputs).unwrap().remove(0)
    }

    fn ints(values: &[i64]) -> Tensor {
        Tensor::i64([values.len()], values.to_vec())
    }

    #[test]
    fn shapes_and_arithmetic_fold() {
        let picture = Tensor::full([2, 3, 4, 5], 0.0);
        assert_eq!(folded("Shape", &[], std::slice::from_ref(&picture)), ints(&[2, 3, 4, 5]));
        let part = [("start", Attribute::Int(-2)), ("end", Attribute::Int(9))];
        assert_eq!(folded("Shape", &part, &[picture]), ints(&[4, 5]));
        assert_eq!(folded("Div", &[], &[ints(&[-7, 7]), ints(&[2])]), ints(&[-3, 3]));
        assert_eq!(folded("Mod", &[], &[ints(&[-7, 7]), ints(&[3])]), ints(&[2, 1]));
        let half = Tensor::f32([1], vec![2.5]);
        assert_eq!(folded("Cast", &[("to", Attribute::Int(7))], &[half]), ints(&[2]));
        assert_eq!(folded("Gather", &[], &[ints(&[5, 6, 7]), ints(&[-1, 0])]), ints(&[7, 5]));
        let cut = [ints(&[5, 6, 7, 8]), ints(&[-1]), ints(&[i64::MIN]), ints(&[0]), ints(&[-2])];
        assert_eq!(folded("Slice", &[], &cut), ints(&[8, 6]));
        let (start, limit, step) = (ints(&[1]), ints(&[8]), ints(&[3]));
        assert_eq!(folded("Range", &[], &[start, limit, step]), ints(&[1, 4, 7]));
        let joined = folded("Concat", &[("axis", Attribute::Int(0))], &[ints(&[1]), ints(&[2, 3])]);
        assert_eq!(joined, ints(&[1, 2, 3]));
        let table = Tensor::i64([2, 2], vec![1, 2, 3, 4]);
        assert_eq!(folded("Transpose", &[], &[table]), Tensor::i64([2, 2], vec![1, 3, 2, 4]));
    }

    #[test]
    fn the_largest_integer_survives() {
        assert_eq!(folded("Identity", &[], &[ints(&[i64::MAX])]), ints(&[i64::MAX]));
    }
}
