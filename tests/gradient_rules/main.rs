//! Every gradient rule against finite differences, on random shapes, run by the real ONNX Runtime.

mod cases;
mod differences;
mod shapes;

use differences::{check, random};
use fieldcoach::graph::{Attribute, Builder, DType, Tensor, differentiable, differentiate, operators};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Operators that pass no gradient, and why.
const WITHOUT: &[(&[&str], &str)] = &[
    (&["And", "Not", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"], "truths carry none"),
    (&["IsInf", "IsNaN"], "truths carry none"),
    (&["ArgMax", "ArgMin", "NonMaxSuppression", "NonZero", "Shape", "Size"], "places and counts carry none"),
    (&["Constant", "ConstantOfShape", "EyeLike", "OneHot", "Range"], "made of no floats that could be trained"),
    (&["CastLike", "Scatter", "Upsample"], "placed as what they became"),
    (&["DequantizeLinear", "QuantizeLinear"], "whole numbers carry none"),
    (&["Compress", "GRU", "LSTM", "RNN", "ReverseSequence"], "no rule yet: what lies below stays as it is"),
    (&["GridSample", "LRN", "LpNormalization", "LpPool", "Shrink"], "no rule yet: what lies below stays as it is"),
];

#[test]
fn every_operator_passes_a_gradient_or_says_why_not() {
    for operator in operators() {
        let without = WITHOUT.iter().find(|(ops, _)| ops.contains(&operator.name()));
        assert_eq!(operator.is_differentiable(), without.is_none(), "{}: {without:?}", operator.name());
    }
}

#[test]
fn every_rule_has_a_case() {
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    let without: Vec<&str> = differentiable().filter(|op| cases::of(op, rng, [1, 1, 1]).is_empty()).collect();
    assert!(without.is_empty(), "no case in cases.rs for {without:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_rule_agrees_with_differences(sizes in prop::array::uniform3(1usize..4), seed: u64) {
        let failed: Vec<&str> = differentiable().filter(|op| {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            cases::of(op, rng, sizes).iter().any(|case| {
                let check = || check(&case.describe(), &case.inputs, |g, v| case.build(g, v));
                catch_unwind(AssertUnwindSafe(check)).is_err()
            })
        }).collect();
        prop_assert!(failed.is_empty(), "rules that differ (above is how): {failed:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn convolutions(
        group in 1usize..3, channels in 1usize..3, kernel in 1usize..4, stride in 1usize..3, dilation in 1usize..3,
        pad in 0usize..3, size in 5usize..8, seed: u64,
    ) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let x = random(rng, &[2, group * channels, size, size + 1], -1.0, 1.0);
        let w = random(rng, &[group * 2, channels, kernel, kernel], -1.0, 1.0);
        let b = random(rng, &[group * 2], -1.0, 1.0);
        let ints = |v: usize, n: usize| Attribute::Ints(vec![v as i64; n]);
        check("Conv", &[x, w, b], |g, v| {
            g.node("Conv", v, &[
                ("group", Attribute::Int(group as i64)),
                ("strides", ints(stride, 2)),
                ("dilations", ints(dilation, 2)),
                ("pads", ints(pad, 4)),
            ])
        });
    }

    #[test]
    fn transposed_convolutions(
        group in 1usize..3, channels in 1usize..3, kernel in 1usize..4, stride in 1usize..4, dilation in 1usize..3,
        extra in 0usize..2, size in 2usize..4, seed: u64,
    ) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let x = random(rng, &[2, group * 2, size, size + 1], -1.0, 1.0);
        let w = random(rng, &[group * 2, channels, kernel, kernel], -1.0, 1.0);
        let b = random(rng, &[group * channels], -1.0, 1.0);
        let ints = |v: usize, n: usize| Attribute::Ints(vec![v as i64; n]);
        let pad = (kernel - 1).min(1);
        check("ConvTranspose", &[x, w, b], |g, v| {
            g.node("ConvTranspose", v, &[
                ("group", Attribute::Int(group as i64)),
                ("strides", ints(stride, 2)),
                ("dilations", ints(dilation, 2)),
                ("pads", ints(pad, 4)),
                ("output_padding", ints(extra.min(stride - 1), 2)),
            ])
        });
    }
}

#[test]
fn one_output_of_several_is_enough() {
    let rng = &mut ChaCha8Rng::seed_from_u64(0);
    let x = random(rng, &[2, 5], -1.0, 1.0);
    for used in 0..3 {
        check("Split", std::slice::from_ref(&x), |g, v| {
            let sizes = g.ints(&[1, 1, 3]);
            g.place("Split", &[Some(v[0]), Some(sizes)], &[("axis", Attribute::Int(1))], 3)[used]
        });
    }
}

#[test]
fn the_first_of_equal_maxima_takes_all() {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[1, 1, 2, 2]);
    let kernel = Attribute::Ints(vec![2, 2]);
    let y = g.node("MaxPool", &[x], &[("kernel_shape", kernel)]);
    let loss = g.reduce_sum(y, &[0, 1, 2, 3], false);
    let grad = differentiate(&mut g, loss, &[x]).unwrap()[0];
    g.output("grad", grad);
    let found = differences::run(&g.finish().unwrap(), &[("x", &Tensor::full([1, 1, 2, 2], 0.5))], &["grad"]);
    assert_eq!(found[0].as_f32().unwrap(), [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn an_operator_without_a_rule_is_named() {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[1, 2, 1, 1]);
    let y = g.node("LRN", &[x], &[("size", Attribute::Int(1))]);
    let loss = g.reduce_sum(y, &[0, 1, 2, 3], false);
    let error = differentiate(&mut g, loss, &[x]).unwrap_err().to_string();
    assert!(error.contains("LRN"), "{error}");
}

#[test]
fn an_operator_without_a_rule_may_lie_before_the_weights() {
    let mut g = Builder::new();
    let (x, w) = (g.input("x", DType::F32, &[1, 2, 1, 1]), g.input("w", DType::F32, &[2, 1, 1]));
    let before = g.node("LRN", &[x], &[("size", Attribute::Int(1))]);
    let y = g.mul(before, w);
    let loss = g.reduce_sum(y, &[0, 1, 2, 3], false);
    assert!(differentiate(&mut g, loss, &[w]).is_ok());
}

#[test]
fn a_form_without_a_rule_is_named() {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[1, 1, 2, 2, 2]);
    let w = g.input("w", DType::F32, &[1, 1, 1, 1, 1]);
    let y = g.node("Conv", &[x, w], &[]);
    let loss = g.reduce_sum(y, &[0, 1, 2, 3, 4], false);
    let error = differentiate(&mut g, loss, &[w]).unwrap_err().to_string();
    assert!(error.contains("Conv (of three dimensions)"), "{error}");
}
