//! What is compared with finite differences: for every operator the forms that its rule tells apart.

use super::differences::{apart, random};
use fieldcoach::graph::{Attribute, Builder, DType, Data, Tensor, Value};
use rand::Rng;

/// One operator applied to inputs that are differentiated, and to constants.
pub struct Case {
    op: String,
    pub inputs: Vec<Tensor>,
    /// By their place among the inputs.
    constants: Vec<(usize, Tensor)>,
    attributes: Vec<(&'static str, Attribute)>,
    outputs: usize,
}

impl Case {
    pub fn new(op: &str, inputs: Vec<Tensor>) -> Self {
        Self { op: op.to_owned(), inputs, constants: vec![], attributes: vec![], outputs: 1 }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Form>) -> Self {
        self.attributes.push((name, value.into().0));
        self
    }

    pub fn constant(mut self, place: usize, tensor: Tensor) -> Self {
        self.constants.push((place, tensor));
        self
    }

    fn ints(self, place: usize, values: &[i64]) -> Self {
        self.constant(place, Tensor::i64([values.len()], values.to_vec()))
    }

    fn outputs(mut self, count: usize) -> Self {
        self.outputs = count;
        self
    }

    pub fn describe(&self) -> String {
        let shapes: Vec<_> = self.inputs.iter().map(|t| &t.shape).collect();
        format!("{} {:?} of {shapes:?} with {:?}", self.op, self.attributes, self.constants)
    }

    /// The outputs.
    pub fn place(&self, g: &mut Builder, values: &[Value]) -> Vec<Value> {
        let last = self.constants.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
        let mut inputs = vec![None; last.max(values.len())];
        for (place, tensor) in &self.constants {
            inputs[*place] = Some(g.constant(tensor.clone()));
        }
        let taken: Vec<usize> = self.constants.iter().map(|(place, _)| *place).collect();
        let mut free = (0..).filter(|place| !taken.contains(place));
        for value in values {
            let place = free.next().unwrap();
            inputs.resize(inputs.len().max(place + 1), None);
            inputs[place] = Some(*value);
        }
        g.place(&self.op, &inputs, &self.attributes, self.outputs)
    }

    /// The output; several, one after the other, those that are not floats left out.
    pub fn build(&self, g: &mut Builder, values: &[Value]) -> Value {
        let outputs = self.place(g, values);
        match outputs.as_slice() {
            [one] => *one,
            several => {
                let floats: Vec<Value> = several.iter().copied().filter(|v| g.dtype(*v) == DType::F32).collect();
                let flat: Vec<Value> = floats.into_iter().map(|v| g.reshape(v, &[-1])).collect();
                g.concat(&flat, 0)
            }
        }
    }
}

/// An attribute, from what is written.
pub struct Form(Attribute);

impl From<i64> for Form {
    fn from(value: i64) -> Self {
        Self(Attribute::Int(value))
    }
}

impl From<f32> for Form {
    fn from(value: f32) -> Self {
        Self(Attribute::Float(value))
    }
}

impl From<&str> for Form {
    fn from(value: &str) -> Self {
        Self(Attribute::Text(value.into()))
    }
}

impl<const N: usize> From<[i64; N]> for Form {
    fn from(values: [i64; N]) -> Self {
        Self(Attribute::Ints(values.to_vec()))
    }
}

/// The cases of an operator, on shapes made of these sizes; none if it has none yet.
pub fn of(op: &str, rng: &mut impl Rng, [a, b, c]: [usize; 3]) -> Vec<Case> {
    let case = |inputs: Vec<Tensor>| Case::new(op, inputs);
    // Anything, away from kinks; positive numbers; small ones; a picture.
    let any = apart(rng, &[a, b, c]);
    let positive = random(rng, &[a, b, c], 0.5, 2.0);
    let picture = |rng: &mut _, channels: usize| apart(rng, &[1, channels, 4, 5]);
    let per_channel = |rng: &mut _, n: usize| random(rng, &[n], 0.5, 1.5);
    match op {
        "Abs" | "Asinh" | "Atan" | "Cos" | "Cosh" | "Erf" | "Exp" | "Identity" | "Mish" | "Neg" | "Relu" | "Selu"
        | "Sigmoid" | "Sin" | "Sinh" | "Softplus" | "Softsign" | "Tanh" => vec![case(vec![any])],
        "Acosh" => vec![case(vec![random(rng, &[a, b, c], 1.5, 3.0)])],
        "Acos" | "Asin" | "Atanh" => vec![case(vec![random(rng, &[a, b, c], -0.7, 0.7)])],
        "Tan" => vec![case(vec![random(rng, &[a, b, c], -1.0, 1.0)])],
        "Celu" | "Elu" | "Swish" => {
            vec![case(vec![any.clone()]), case(vec![any]).with("alpha", 0.7)]
        }
        "LeakyRelu" => [0.01, 0.7, -0.3].map(|alpha| case(vec![any.clone()]).with("alpha", alpha)).into(),
        "ThresholdedRelu" => vec![case(vec![any]).with("alpha", 0.275)],
        // Between the steps: `apart` keeps its numbers away from 0, and these from all whole ones and halves.
        "Ceil" | "Floor" | "Round" | "Sign" => vec![case(vec![random(rng, &[a, b, c], 0.1, 0.4)])],
        "Log" | "Reciprocal" | "Sqrt" => vec![case(vec![positive])],
        "HardSigmoid" | "HardSwish" => {
            let wide = any.as_f32().unwrap().iter().map(|v| v * 2.1).collect();
            vec![case(vec![Tensor::f32(any.shape.clone(), wide)])]
        }
        "Gelu" => vec![case(vec![any.clone()]), case(vec![any]).with("approximate", "tanh")],
        "Clip" => {
            let limit = |v: f32| Tensor::f32([], vec![v]);
            vec![
                case(vec![any.clone()]).constant(1, limit(-0.125)).constant(2, limit(0.275)),
                case(vec![any.clone()]).constant(1, limit(-0.125)),
                case(vec![any]).constant(2, limit(0.275)),
            ]
        }
        "Cast" => vec![case(vec![any]).with("to", DType::F32 as i64)],
        "Dropout" => {
            let on = || Tensor { shape: vec![], data: Data::Raw(DType::Bool, vec![1]) };
            let none = || Tensor::f32([], vec![0.0]);
            vec![case(vec![any.clone()]), case(vec![any]).constant(1, none()).constant(2, on())]
        }
        "PRelu" => {
            let slope = random(rng, &[b, 1], 0.1, 0.4);
            vec![case(vec![any, slope])]
        }
        "Softmax" | "LogSoftmax" => vec![case(vec![any.clone()]).with("axis", 0), case(vec![any]).with("axis", -1)],
        "Add" | "Sub" | "Mul" | "Div" | "Pow" => {
            let others = [[a, b, c], [1, 1, c], [a, 1, 1]].map(|s| random(rng, &s, 0.5, 2.0));
            let mut all: Vec<Case> = others.into_iter().map(|o| case(vec![positive.clone(), o])).collect();
            all.push(case(vec![random(rng, &[c], 0.5, 2.0), positive]));
            all
        }
        "Mod" => {
            // Quotients between 2 and 3.
            let divided = random(rng, &[a, b, c], 2.2, 2.8);
            let by = random(rng, &[c], 0.95, 1.05);
            vec![case(vec![divided, by]).with("fmod", 1)]
        }
        "Max" | "Min" => {
            // Drawn together: they must be apart from one another too.
            let all = apart(rng, &[3, b, c]);
            let mut rows = all.as_f32().unwrap().chunks(b * c).map(|v| Tensor::f32([b, c], v.to_vec()));
            let mut next = || rows.next().unwrap();
            let (x, y, z) = (next(), next(), next());
            vec![case(vec![x.clone(), y.clone()]), case(vec![x, y, z])]
        }
        "Sum" | "Mean" => vec![case(vec![any, random(rng, &[b, 1], -1.0, 1.0), random(rng, &[c], -1.0, 1.0)])],
        "Where" => {
            let condition =
                Tensor { shape: vec![b, 1], data: Data::Raw(DType::Bool, (0..b as u8).map(|i| i % 2).collect()) };
            vec![case(vec![any, random(rng, &[c], -1.0, 1.0)]).constant(0, condition)]
        }
        "MatMul" => {
            let mut pair = |x: &[usize], y: &[usize]| case(vec![random(rng, x, -1.0, 1.0), random(rng, y, -1.0, 1.0)]);
            vec![
                pair(&[2, a, b, c], &[a, c, 2]),
                pair(&[a, b], &[2, b, c]),
                pair(&[b], &[2, b, c]),
                pair(&[2, a, b], &[b]),
                pair(&[b], &[b]),
            ]
        }
        "Gemm" => {
            let mut all = Vec::new();
            for turned in 0..4i64 {
                let (ta, tb) = (turned / 2, turned % 2);
                let x = random(rng, &if ta == 0 { [a, b] } else { [b, a] }, -1.0, 1.0);
                let y = random(rng, &if tb == 0 { [b, c] } else { [c, b] }, -1.0, 1.0);
                let bias = random(rng, &[c], -1.0, 1.0);
                let set = |case: Case| case.with("transA", ta).with("transB", tb).with("alpha", 0.5f32);
                all.push(set(case(vec![x.clone(), y.clone()])));
                all.push(set(case(vec![x, y, bias])).with("beta", 2.0f32));
            }
            all
        }
        "Attention" => {
            let (q, k) = (random(rng, &[2, a, b, 3], -1.0, 1.0), random(rng, &[2, a, c, 3], -1.0, 1.0));
            let v = random(rng, &[2, a, c, 2], -1.0, 1.0);
            let all = || case(vec![q.clone(), k.clone(), v.clone()]);
            let mask = random(rng, &[b, c], -1.0, 1.0);
            vec![
                all(),
                all().with("is_causal", 1),
                all().with("scale", 0.3f32),
                case(vec![q.clone(), k.clone(), v.clone(), mask]),
            ]
        }
        "Einsum" => {
            let (x, y) = (random(rng, &[2, a, c], -1.0, 1.0), random(rng, &[2, b, c], -1.0, 1.0));
            vec![case(vec![x, y]).with("equation", "nac, nbc -> nba")]
        }
        "Conv" => {
            let (x, w) = (picture(rng, 2), random(rng, &[4, 1, 3, 3], -1.0, 1.0));
            let same = |side: &str| {
                case(vec![x.clone(), w.clone()]).with("group", 2).with("strides", [2, 2]).with("auto_pad", side)
            };
            let line = case(vec![random(rng, &[2, 2, 6], -1.0, 1.0), random(rng, &[3, 2, 3], -1.0, 1.0)]);
            let dilated = case(vec![x.clone(), w.clone()]).with("group", 2).with("dilations", [2, 1]);
            vec![
                same("SAME_UPPER"),
                same("SAME_LOWER"),
                same("VALID"),
                dilated.with("auto_pad", "SAME_UPPER"),
                line.with("pads", [1, 1]),
            ]
        }
        "ConvTranspose" => {
            let (x, w) = (apart(rng, &[1, 2, 3, 2]), random(rng, &[2, 1, 3, 3], -1.0, 1.0));
            let stride = || case(vec![x.clone(), w.clone()]).with("strides", [2, 2]);
            vec![
                stride().with("pads", [1, 0, 1, 2]).with("output_padding", [1, 0]),
                stride().with("auto_pad", "SAME_UPPER"),
                case(vec![x.clone(), w.clone()]).with("group", 2),
            ]
        }
        "BatchNormalization" => {
            let x = apart(rng, &[2, b, c, 2]);
            let mut four = (0..4).map(|_| per_channel(rng, b));
            let inputs: Vec<Tensor> = std::iter::once(x).chain(&mut four).collect();
            let with = || case(inputs.clone()).with("epsilon", 0.1f32);
            vec![with(), with().with("training_mode", 1).with("momentum", 0.6f32).outputs(3)]
        }
        "LayerNormalization" | "RMSNormalization" => {
            let x = apart(rng, &[2, b, c + 1]);
            let (last, two) = (random(rng, &[c + 1], 0.5, 1.5), random(rng, &[b, c + 1], 0.5, 1.5));
            let with = |inputs| case(inputs).with("epsilon", 0.1f32);
            let mut all = vec![with(vec![x.clone(), last.clone()]), with(vec![x.clone(), two.clone()]).with("axis", 1)];
            if op == "LayerNormalization" {
                all.push(with(vec![x.clone(), two, random(rng, &[b, c + 1], -1.0, 1.0)]).with("axis", -2));
                all.push(with(vec![x, last, random(rng, &[c + 1], -1.0, 1.0)]));
            }
            all
        }
        "InstanceNormalization" => {
            let inputs = vec![apart(rng, &[2, b, c, 2]), per_channel(rng, b), per_channel(rng, b)];
            vec![case(inputs).with("epsilon", 0.1f32)]
        }
        "GroupNormalization" => {
            let mut with = |parameters: usize| {
                let inputs =
                    vec![apart(rng, &[2, 2 * b, c]), per_channel(rng, parameters), per_channel(rng, parameters)];
                case(inputs).with("num_groups", 2).with("epsilon", 0.1f32)
            };
            vec![with(2 * b), with(2)]
        }
        "GlobalAveragePool" | "GlobalMaxPool" => vec![case(vec![picture(rng, b)])],
        "MaxPool" | "AveragePool" => {
            let x = picture(rng, 2);
            let with = |kernel: [i64; 2]| case(vec![x.clone()]).with("kernel_shape", kernel);
            let mut all = vec![
                with([2, 2]).with("strides", [2, 2]),
                with([3, 3]).with("strides", [1, 2]).with("pads", [1, 1, 1, 1]),
                with([3, 2]).with("strides", [2, 2]).with("ceil_mode", 1),
                with([3, 2]).with("strides", [2, 2]).with("pads", [1, 0, 1, 1]).with("ceil_mode", 1),
                with([3, 2]).with("strides", [2, 2]).with("auto_pad", "SAME_UPPER"),
                case(vec![apart(rng, &[1, 2, 5])]).with("kernel_shape", [2]),
            ];
            if op == "MaxPool" {
                all.push(with([2, 2]).with("dilations", [2, 2]));
            } else {
                let padded = || with([3, 3]).with("pads", [1, 1, 1, 1]).with("count_include_pad", 1);
                all.push(padded());
                all.push(padded().with("strides", [2, 2]).with("ceil_mode", 1));
            }
            all
        }
        "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceL1" | "ReduceL2" | "ReduceLogSum"
        | "ReduceLogSumExp" | "ReduceProd" | "ReduceSumSquare" => {
            let x = if op == "ReduceLogSum" { positive } else { any };
            let mut all = vec![case(vec![x.clone()])];
            for keep in [0, 1] {
                all.push(case(vec![x.clone()]).ints(1, &[0, -1]).with("keepdims", keep));
                all.push(case(vec![x.clone()]).ints(1, &[1]).with("keepdims", keep));
            }
            if matches!(op, "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd") {
                all.push(case(vec![x]).with("noop_with_empty_axes", 1));
            }
            if op == "ReduceProd" {
                // One zero in a product, two, and none.
                let x = Tensor::f32([3, 3], vec![0.5, 0.0, -2.0, 0.0, 1.5, 0.0, 0.7, -0.8, 1.2]);
                all.push(case(vec![x]).ints(1, &[1]));
            }
            all
        }
        "CumSum" => {
            let along = |v: i64| case(vec![any.clone()]).constant(1, Tensor::i64([], vec![v]));
            vec![along(1), along(-1).with("reverse", 1), along(0).with("exclusive", 1)]
        }
        "TopK" => {
            let x = apart(rng, &[2, 5]);
            let with = |largest: i64| case(vec![x.clone()]).ints(1, &[3]).with("largest", largest).outputs(2);
            vec![with(1), with(0)]
        }
        "Reshape" => vec![
            case(vec![any.clone()]).ints(1, &[-1, a as i64]),
            case(vec![any.clone()]).ints(1, &[0, -1]),
            case(vec![any]).ints(1, &[b as i64, c as i64, a as i64]).with("allowzero", 1),
        ],
        "Flatten" => (-2..=3).map(|axis| case(vec![any.clone()]).with("axis", axis)).collect(),
        "Squeeze" => {
            let x = random(rng, &[a + 1, 1, b + 1, 1], -1.0, 1.0);
            vec![case(vec![x.clone()]), case(vec![x]).ints(1, &[-1])]
        }
        "Unsqueeze" => vec![case(vec![any]).ints(1, &[0, -1])],
        "Transpose" => vec![case(vec![any.clone()]), case(vec![any]).with("perm", [2, 0, 1])],
        "Concat" => vec![case(vec![any, random(rng, &[a, 2, c], -1.0, 1.0)]).with("axis", -2)],
        "Split" => {
            let x = random(rng, &[2, 5], -1.0, 1.0);
            vec![
                case(vec![x.clone()]).ints(1, &[1, 3, 1]).with("axis", -1).outputs(3),
                case(vec![x]).with("axis", 1).with("num_outputs", 2).outputs(2),
            ]
        }
        "Slice" => {
            let x = random(rng, &[a, b, 5], -1.0, 1.0);
            let cut = |starts: &[i64], ends: &[i64], axes: &[i64], steps: &[i64]| {
                case(vec![x.clone()]).ints(1, starts).ints(2, ends).ints(3, axes).ints(4, steps)
            };
            vec![
                cut(&[1], &[i64::MAX], &[2], &[1]),
                cut(&[0, -1], &[i64::MAX, i64::MIN + 1], &[2, 0], &[2, -1]),
                cut(&[-2], &[0], &[-1], &[-2]),
                case(vec![x.clone()]).ints(1, &[0, 0, 1]).ints(2, &[1, 1, -1]),
            ]
        }
        "Pad" => {
            let x = random(rng, &[a, 3, 4], -1.0, 1.0);
            let with = |pads: &[i64]| case(vec![x.clone()]).ints(1, pads);
            vec![
                with(&[1, 0, 2, 0, 1, 0]),
                with(&[0, -1, 0, 0, 2, -1]),
                with(&[1, 2]).ints(3, &[-1]),
                with(&[0, 2, 1, 0, 1, 3]).with("mode", "reflect"),
                with(&[0, 2, 1, 0, 1, 3]).with("mode", "edge"),
                with(&[1, 2]).ints(3, &[1]).with("mode", "reflect"),
            ]
        }
        "Resize" => resizes(case, random(rng, &[1, 2, 3, 4], -1.0, 1.0)),
        "DepthToSpace" => {
            let x = random(rng, &[1, 8, b, c], -1.0, 1.0);
            ["DCR", "CRD"].map(|mode| case(vec![x.clone()]).with("blocksize", 2).with("mode", mode)).into()
        }
        "SpaceToDepth" => vec![case(vec![random(rng, &[1, b, 4, 2], -1.0, 1.0)]).with("blocksize", 2)],
        "Expand" => vec![case(vec![random(rng, &[b, 1], -1.0, 1.0)]).ints(1, &[a as i64, 1, c as i64])],
        "Tile" => vec![case(vec![any]).ints(1, &[2, 1, 3])],
        "Trilu" => [0, 1].map(|upper| case(vec![any.clone()]).with("upper", upper)).into(),
        "Gather" => {
            let x = random(rng, &[2, 3, c], -1.0, 1.0);
            let table = Tensor::i64([2, 2], vec![2, 0, -1, 2]);
            vec![
                case(vec![x.clone()]).constant(1, table).with("axis", 1),
                case(vec![x.clone()]).constant(1, Tensor::i64([], vec![-1])).with("axis", -2),
                case(vec![x]).ints(1, &[1, 1]),
            ]
        }
        "GatherElements" => {
            let places = Tensor::i64([1, 3], vec![2, 0, 2]);
            vec![case(vec![random(rng, &[2, 3], -1.0, 1.0)]).constant(1, places).with("axis", 1)]
        }
        "GatherND" => {
            let places = Tensor::i64([3, 2], vec![0, 1, 1, -1, 0, 1]);
            vec![case(vec![random(rng, &[2, 3, c], -1.0, 1.0)]).constant(1, places)]
        }
        "ScatterElements" => {
            let (x, new) = (random(rng, &[2, 3], -1.0, 1.0), random(rng, &[1, 2], -1.0, 1.0));
            let with = |places: [i64; 2], how: &str| {
                let places = Tensor::i64([1, 2], places.to_vec());
                case(vec![x.clone(), new.clone()]).constant(1, places).with("axis", 1).with("reduction", how)
            };
            vec![with([2, 0], "none"), with([1, 1], "add")]
        }
        "ScatterND" => {
            let (x, new) = (random(rng, &[3, c], -1.0, 1.0), random(rng, &[2, c], -1.0, 1.0));
            let with = |places: [i64; 2], how: &str| {
                let places = Tensor::i64([2, 1], places.to_vec());
                case(vec![x.clone(), new.clone()]).constant(1, places).with("reduction", how)
            };
            vec![with([2, 0], "none"), with([1, 1], "add")]
        }
        _ => vec![],
    }
}

fn resizes(case: impl Fn(Vec<Tensor>) -> Case, x: Tensor) -> Vec<Case> {
    let scales = |v: [f32; 4]| case(vec![x.clone()]).constant(2, Tensor::f32([4], v.to_vec()));
    let sizes = |v: [i64; 4]| case(vec![x.clone()]).ints(3, &v);
    let mut all = vec![
        scales([1.0, 1.0, 2.0, 2.0]).with("coordinate_transformation_mode", "asymmetric").with("nearest_mode", "floor"),
        case(vec![x.clone()]).ints(3, &[5, 3]).with("axes", [2, 3]).with("mode", "linear"),
        sizes([1, 2, 5, 7]).with("mode", "cubic"),
        sizes([1, 2, 2, 7]).with("mode", "cubic").with("exclude_outside", 1).with("cubic_coeff_a", -0.5f32),
    ];
    for places in ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"] {
        let placed = |case: Case| case.with("coordinate_transformation_mode", places);
        if places != "half_pixel_symmetric" {
            // It came with operator set 19; these graphs use 18.
            all.push(placed(scales([1.0, 1.0, 1.7, 0.6])).with("mode", "linear"));
            all.push(placed(sizes([1, 2, 5, 1])).with("mode", "linear"));
            for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] {
                all.push(placed(sizes([1, 2, 7, 3])).with("nearest_mode", rounding));
            }
        }
    }
    all
}
