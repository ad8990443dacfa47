//! The shapes and types that are inferred, against those that the runtime gives.

use super::cases::{self, Case};
use super::differences::{random, run};
use fieldcoach::graph::{Builder, DType, Tensor, Value, operators};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Operators whose outputs' shapes are known only at run time, and why.
const WITHOUT: &[(&[&str], &str)] = &[
    (&["CastLike"], "placed as a Cast"),
    (&["Constant"], "becomes an initializer"),
    (&["Scatter", "Upsample"], "of older operator sets: placed as what they became"),
    (&["Compress", "ConstantOfShape", "NonMaxSuppression", "NonZero", "Range"], "the values decide"),
    (
        &["DequantizeLinear", "EyeLike", "GRU", "LSTM", "OneHot", "QuantizeLinear", "RNN", "ReverseSequence"],
        "only below what is trained, where nobody asks",
    ),
];

/// Operators on truths.
const TRUTHS: [&str; 4] = ["And", "Not", "Or", "Xor"];

/// The cases of an operator: those of its gradient, or if it has none its own.
fn cases_of(op: &str) -> Vec<Case> {
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    let [x, y] = [[2, 3, 4], [1, 3, 1]].map(|shape| random(rng, &shape, -1.0, 1.0));
    let picture = random(rng, &[2, 4, 5, 6], -1.0, 1.0);
    let case = |inputs: &[&Tensor]| Case::new(op, inputs.iter().map(|t| (*t).clone()).collect());
    match op {
        "And" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Or" | "Xor" => {
            vec![case(&[&x, &y]), case(&[&y, &x])]
        }
        "IsInf" | "IsNaN" | "Not" | "Shrink" | "Size" | "LpNormalization" => vec![case(&[&x])],
        "Shape" => vec![
            case(&[&x]),
            case(&[&x]).with("start", 1),
            case(&[&x]).with("start", -2).with("end", 2),
            case(&[&x]).with("start", 2).with("end", 1),
        ],
        "LRN" => vec![case(&[&picture]).with("size", 3)],
        "LpPool" => vec![case(&[&picture]).with("kernel_shape", [2, 3]).with("strides", [2, 1])],
        "ArgMax" | "ArgMin" => vec![case(&[&x]), case(&[&x]).with("axis", -1).with("keepdims", 0)],
        "GridSample" => vec![case(&[&picture, &random(rng, &[2, 7, 3, 2], -1.0, 1.0)])],
        _ => cases::of(op, rng, [2, 3, 2]),
    }
}

/// Places a case, and compares each output with what the runtime gives.
fn check(op: &str, case: &Case) {
    let mut g = Builder::new();
    let names: Vec<String> = (0..case.inputs.len()).map(|i| format!("x{i}")).collect();
    let takes = if TRUTHS.contains(&op) { DType::Bool } else { DType::F32 };
    let input = |(tensor, name): (&Tensor, &String)| {
        let numbers = g.input(name, DType::F32, &tensor.shape);
        g.cast(numbers, takes)
    };
    let inputs: Vec<Value> = case.inputs.iter().zip(&names).map(input).collect();
    let outputs = case.place(&mut g, &inputs);
    let expected: Vec<(DType, Vec<usize>)> = outputs.iter().map(|v| (g.dtype(*v), g.shape(*v))).collect();
    let wanted: Vec<String> = (0..outputs.len()).map(|i| format!("y{i}")).collect();
    for (name, value) in wanted.iter().zip(&outputs) {
        let truth = g.dtype(*value) == DType::Bool;
        let value = if truth { g.cast(*value, DType::U8) } else { *value };
        g.output(name, value);
    }
    let feed: Vec<(&str, &Tensor)> = names.iter().map(String::as_str).zip(&case.inputs).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let found = run(&g.finish().unwrap(), &feed, &wanted);
    for (found, (dtype, shape)) in found.iter().zip(expected) {
        let dtype = if dtype == DType::Bool { DType::U8 } else { dtype };
        assert_eq!((found.dtype(), &found.shape), (dtype, &shape), "{}", case.describe());
    }
}

#[test]
fn every_shape_is_what_the_runtime_gives() {
    for operator in operators() {
        let (op, without) = (operator.name(), WITHOUT.iter().find(|(ops, _)| ops.contains(&operator.name())));
        let cases = cases_of(op);
        assert_eq!(operator.has_shape(), without.is_none(), "{op}: a shape, or why it has none ({without:?})");
        assert_eq!(operator.has_shape(), !cases.is_empty(), "{op}: a case for its shape");
        cases.iter().for_each(|case| check(op, case));
    }
}
