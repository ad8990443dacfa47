//! A case for every rule.

use super::net::{Net, ints, random};
use fieldcoach::graph::{Attribute, DType, Tensor, Value};

/// Operators with one input, of which every copy has its own: each becomes a case.
pub const UNARY: &[&str] = &[
    "Abs",
    "Cast",
    "Ceil",
    "Celu",
    "Cos",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "Log",
    "Mish",
    "Neg",
    "Reciprocal",
    "ReduceMax",
    "ReduceMin",
    "Relu",
    "Round",
    "Selu",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Swish",
    "ThresholdedRelu",
];

/// Operators with two inputs, which broadcast, of which every copy has its own: each becomes a case.
pub const BINARY: &[&str] = &["Add", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Sum"];

/// Comparisons of two inputs: each becomes a case.
pub const COMPARING: &[&str] = &["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"];

/// What makes truths of truths: each becomes a case.
pub const TRUTHS: &[&str] = &["And", "Not", "Or"];

pub fn unary(n: &mut Net, x: Value, op: &str) -> Value {
    let x = positive(n, x);
    match op {
        "Cast" => n.g.node(op, &[x], &[("to", Attribute::Int(DType::F32 as i64))]),
        _ => n.g.node(op, &[x], &[]),
    }
}

pub fn binary(n: &mut Net, x: Value, op: &str) -> Value {
    let x = positive(n, x);
    let other = n.weight(&[4, 1, 1]);
    let other = n.g.square(other);
    n.g.node(op, &[x, other], &[])
}

/// What is compared decides what passes.
pub fn comparing(n: &mut Net, x: Value, op: &str) -> Value {
    let x = n.conv(x, 4, 1, 1, 1);
    let other = n.weight(&[4, 1, 1]);
    let holds = n.g.node(op, &[x, other], &[]);
    let holds = n.g.cast(holds, DType::F32);
    n.g.mul(x, holds)
}

pub fn truths(n: &mut Net, x: Value, op: &str) -> Value {
    let x = n.conv(x, 4, 1, 1, 1);
    let (low, high) = (n.weight(&[4, 1, 1]), n.g.scalar(0.5));
    let a = n.g.node("Greater", &[x, low], &[]);
    let b = n.g.node("Less", &[x, high], &[]);
    let holds = if op == "Not" { n.g.node(op, &[a], &[]) } else { n.g.node(op, &[a, b], &[]) };
    n.g.select(holds, x, low)
}

/// Between a half and one and a half.
fn positive(n: &mut Net, x: Value) -> Value {
    let x = n.conv(x, 4, 1, 1, 1);
    let x = n.g.sigmoid(x);
    n.g.plus(x, 0.5)
}

pub type Case = (&'static str, fn(&mut Net, Value) -> Value);

/// Every rule by itself, behind a convolution of the copies' own.
pub const CASES: &[Case] = &[
    ("grouped Conv of a shared picture", |n, x| n.conv(x, 8, 3, 1, 2)),
    ("MaxPool", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("MaxPool", &[x], &[("kernel_shape", ints(&[2, 2])), ("strides", ints(&[2, 2]))])
    }),
    ("AveragePool", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("AveragePool", &[x], &[("kernel_shape", ints(&[2, 2])), ("strides", ints(&[2, 2]))])
    }),
    ("PRelu", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let slope = n.weight(&[4, 1, 1]);
        n.g.node("PRelu", &[x, slope], &[])
    }),
    ("BatchNormalization", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let (scale, bias) = (n.weight(&[4]), n.weight(&[4]));
        let mean = n.g.named_constant("mean", Tensor::f32([4], vec![0.1, -0.2, 0.3, 0.0]));
        let variance = n.g.named_constant("variance", Tensor::f32([4], vec![1.0, 0.5, 2.0, 0.1]));
        n.g.node("BatchNormalization", &[x, scale, bias, mean, variance], &[("epsilon", Attribute::Float(1e-3))])
    }),
    ("BatchNormalization of a shared picture", |n, x| {
        let (scale, bias) = (n.weight(&[4]), n.weight(&[4]));
        let mean = n.g.named_constant("mean", Tensor::full([4], 0.1));
        let variance = n.g.named_constant("variance", Tensor::full([4], 0.7));
        n.g.node("BatchNormalization", &[x, scale, bias, mean, variance], &[])
    }),
    ("ConvTranspose", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let (w, b) = (n.weight(&[4, 3, 2, 2]), n.weight(&[6]));
        n.g.node("ConvTranspose", &[x, w, b], &[("strides", ints(&[2, 2])), ("group", Attribute::Int(2))])
    }),
    ("Conv with shared weights", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let w = n.g.constant(random(7, &[6, 4, 3, 3]));
        n.g.conv(x, w, None, 1, 1, 1)
    }),
    ("Resize", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let scales = n.g.constant(Tensor::f32([4], vec![1.0, 1.0, 2.0, 2.0]));
        n.g.place("Resize", &[Some(x), None, Some(scales)], &[("mode", Attribute::Text("nearest".into()))], 1)[0]
    }),
    ("Resize to sizes", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let sizes = n.g.ints(&[2, 4, 12, 16]);
        n.g.place("Resize", &[Some(x), None, None, Some(sizes)], &[("mode", Attribute::Text("linear".into()))], 1)[0]
    }),
    ("channel shuffle", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.reshape(x, &[0, 2, 2, 6, 8]);
        let x = n.g.transpose(x, &[0, 2, 1, 3, 4]);
        let x = n.g.reshape(x, &[2, 4, 6, -1]);
        n.conv(x, 3, 3, 1, 1)
    }),
    ("channels last", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.transpose(x, &[0, 2, 3, 1]);
        let (w, b) = (n.weight(&[4, 5]), n.weight(&[5]));
        let x = n.g.matmul(x, w);
        let x = n.g.add(x, b);
        let x = n.g.node("Softmax", &[x], &[("axis", Attribute::Int(-1))]);
        let x = n.g.transpose(x, &[0, 3, 1, 2]);
        n.conv(x, 2, 1, 1, 1)
    }),
    ("attention", |n, x| {
        let x = n.conv(x, 6, 1, 1, 1);
        let x = n.g.reshape(x, &[2, 6, 48]);
        let cut = |n: &mut Net, i: i64| n.g.slice(x, &[(1, 2 * i, 2 * i + 2, 1)]);
        let (q, k, v) = (cut(n, 0), cut(n, 1), cut(n, 2));
        let q = n.g.transpose(q, &[0, 2, 1]);
        let scores = n.g.matmul(q, k);
        let scores = n.g.node("Softmax", &[scores], &[("axis", Attribute::Int(2))]);
        let v = n.g.transpose(v, &[0, 2, 1]);
        n.g.matmul(scores, v)
    }),
    ("Gemm", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.reduce_mean(x, &[2, 3], false);
        let (w, b) = (n.weight(&[5, 4]), n.weight(&[5]));
        let attributes = [("transB", Attribute::Int(1)), ("alpha", Attribute::Float(0.5))];
        n.g.node("Gemm", &[x, w, b], &attributes)
    }),
    ("Flatten", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("Flatten", &[x], &[])
    }),
    ("Split", |n, x| {
        let x = n.conv(x, 5, 1, 1, 1);
        let sizes = n.g.ints(&[2, 3]);
        let parts = n.g.place("Split", &[Some(x), Some(sizes)], &[("axis", Attribute::Int(1))], 2);
        n.g.concat(&[parts[1], parts[0]], -3)
    }),
    ("Pad, Expand and Squeeze", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.pad(x, &[0, 1, 2, 0, 0, 0, -1, 3]);
        let x = n.g.reduce_sum(x, &[1, -1], true);
        let x = n.g.expand(x, &[2, 3, 7, 2]);
        let x = n.g.reduce_mean(x, &[1], true);
        let axes = n.g.ints(&[1]);
        n.g.node("Squeeze", &[x, axes], &[])
    }),
    ("softmax over channels", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let low = n.weight(&[4, 1, 1]);
        let x = n.g.max(x, low);
        n.g.node("LogSoftmax", &[x], &[("axis", Attribute::Int(1))])
    }),
    ("standardised weights", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let w = n.weight(&[6, 4, 3, 3]);
        let mean = n.g.reduce_mean(w, &[1, 2, 3], true);
        let w = n.g.sub(w, mean);
        n.g.conv(x, w, None, 1, 1, 1)
    }),
    ("InstanceNormalization", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let (scale, bias) = (n.weight(&[4]), n.weight(&[4]));
        n.g.node("InstanceNormalization", &[x, scale, bias], &[])
    }),
    ("DepthToSpace", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("DepthToSpace", &[x], &[("blocksize", Attribute::Int(2))])
    }),
    ("GroupNormalization", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let (scale, bias) = (n.weight(&[4]), n.weight(&[4]));
        n.g.node("GroupNormalization", &[x, scale, bias], &[("num_groups", Attribute::Int(2))])
    }),
    ("GlobalAveragePool, Tanh, Unsqueeze", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let mean = n.g.node("GlobalAveragePool", &[x], &[]);
        let mean = n.g.tanh(mean);
        let axes = n.g.ints(&[1]);
        n.g.node("Unsqueeze", &[mean, axes], &[])
    }),
    ("LpPool", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("LpPool", &[x], &[("kernel_shape", ints(&[2, 2]))])
    }),
    ("LRN", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("LRN", &[x], &[("size", Attribute::Int(3))])
    }),
    ("SpaceToDepth", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        n.g.node("SpaceToDepth", &[x], &[("blocksize", Attribute::Int(2))])
    }),
    ("LeakyRelu, Clip", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.node("LeakyRelu", &[x], &[("alpha", Attribute::Float(0.2))]);
        n.g.clip(x, -0.3, 0.9)
    }),
    ("Shape", |n, x| {
        let x = n.conv(x, 3, 1, 1, 1);
        let shape = n.g.node("Shape", &[x], &[("start", Attribute::Int(1)), ("end", Attribute::Int(-1))]);
        let shape = n.g.cast(shape, DType::F32);
        let sum = n.g.reduce_sum(shape, &[0], false);
        n.g.div(x, sum)
    }),
    ("no rule: Conv in one dimension", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let x = n.g.reshape(x, &[2, 4, 48]);
        let w = n.weight(&[2, 4, 3]);
        n.g.node("Conv", &[x, w], &[])
    }),
    ("no rule: limits of their own", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let low = n.weight(&[1]);
        let low = n.g.reshape(low, &[]);
        n.g.node("Clip", &[x, low], &[])
    }),
    ("no rule: LayerNormalization", |n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let (scale, bias) = (n.weight(&[8]), n.weight(&[8]));
        n.g.node("LayerNormalization", &[x, scale, bias], &[])
    }),
];
