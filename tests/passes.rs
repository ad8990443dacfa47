//! What reading and rewriting a model keeps: it computes the same, run by the real ONNX Runtime.

#[path = "common/runtime.rs"]
mod device;

use fieldcoach::graph::{Attribute, Builder, DType, Model, Node, Tensor, ValueInfo};
use fieldcoach::runtime::SessionOptions;

/// The output `y` for the input `x`.
fn run(model: &Model, x: &Tensor) -> Tensor {
    let mut session = device::open(2).session(model, SessionOptions::default()).unwrap();
    session.run(&[("x", x)], &["y"]).unwrap().remove(0)
}

/// A convolution, its normalisation, a transposed one in two groups, its normalisation, and one that follows a sum.
fn normalized_network() -> Model {
    let mut g = Builder::new();
    let ramp = |shape: &[usize], from: f32| {
        let count: usize = shape.iter().product();
        Tensor::f32(shape, (0..count).map(|i| from + 0.37 * (i as f32 * 0.7).sin()).collect())
    };
    let norm = |g: &mut Builder, x, from: f32| {
        let shape = g.shape(x)[1];
        let parts = [1.0, 0.2, -0.3, 1.5].map(|v| g.constant(ramp(&[shape], v + from)));
        g.node("BatchNormalization", &[x, parts[0], parts[1], parts[2], parts[3]], &[])
    };
    let x = g.input("x", DType::F32, &[1, 3, 8, 8]);
    let w = g.constant(ramp(&[4, 3, 3, 3], 0.0));
    let y = g.conv(x, w, None, 1, 1, 1);
    let y = norm(&mut g, y, 0.1);
    let y = g.relu(y);
    let (w, b) = (g.constant(ramp(&[4, 3, 2, 2], 0.1)), g.constant(ramp(&[6], 0.4)));
    let two = |v: i64| Attribute::Ints(vec![v; 2]);
    let y = g.node("ConvTranspose", &[y, w, b], &[("group", Attribute::Int(2)), ("strides", two(2))]);
    let y = norm(&mut g, y, 0.3);
    let z = g.add(y, y);
    let z = norm(&mut g, z, 0.2);
    g.output("y", z);
    g.finish().unwrap()
}

#[test]
fn a_folded_network_computes_the_same() {
    let (model, x) = (normalized_network(), Tensor::f32([1, 3, 8, 8], (0..192).map(|i| (i as f32).cos()).collect()));
    let folded = model.clone().with_folded_normalization();
    let left = folded.nodes.iter().filter(|n| n.op == "BatchNormalization").count();
    assert_eq!(left, 1, "the one behind the sum");
    assert!(folded.initializers.len() < model.initializers.len());
    let values = |model: &Model| run(model, &x).as_f32().unwrap().to_vec();
    for (a, b) in values(&model).into_iter().zip(values(&folded)) {
        assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{a} {b}");
    }
}

/// Flattens pictures to their channels' means, as exporters write it with an open batch.
fn open_network() -> Model {
    let node = |op: &str, inputs: &[&str], output: &str, attributes: &[(&str, Attribute)]| Node {
        op: op.into(),
        inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
        outputs: vec![output.into()],
        attributes: attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
        ..Node::default()
    };
    let axis = [("axis", Attribute::Int(0))];
    let part = [("start", Attribute::Int(0)), ("end", Attribute::Int(1))];
    let nodes = vec![
        node("Shape", &["x"], "batch", &part),
        node("Concat", &["batch", "channels", "rest"], "flat", &axis),
        node("Reshape", &["x", "flat"], "rows", &[("allowzero", Attribute::Int(1))]),
        node("Neg", &["scale"], "negative", &[]),
        node("Mul", &["rows", "negative"], "y", &[]),
    ];
    let ints = |v: i64| Tensor::i64([1], vec![v]);
    let initializers = [("channels", ints(3)), ("rest", ints(-1)), ("scale", Tensor::f32([1], vec![2.0]))];
    Model {
        opset: 18,
        nodes,
        initializers: initializers.map(|(name, t)| (name.to_owned(), t)).into(),
        inputs: vec![ValueInfo { name: "x".into(), dtype: Some(DType::F32), shape: None }],
        outputs: vec![ValueInfo { name: "y".into(), dtype: Some(DType::F32), shape: None }],
        ..Model::default()
    }
}

#[test]
fn calculations_on_shapes_go_and_the_batch_stays_open() {
    let settled = open_network().settled("x", [2, 2]).unwrap();
    let ops: Vec<&str> = settled.nodes.iter().map(|n| n.op.as_str()).collect();
    assert_eq!(ops, ["Reshape", "Mul"]);
    assert_eq!(settled.initializers["rows/shape"], Tensor::i64([3], vec![0, 3, -1]));
    assert_eq!(settled.initializers["negative"], Tensor::f32([1], vec![-2.0]));
    for batch in [1, 3] {
        let x = Tensor::f32([batch, 3, 2, 2], (0..batch * 12).map(|v| v as f32).collect());
        let sized = |mut model: Model| {
            model.inputs = vec![ValueInfo::fixed("x", DType::F32, &x.shape)];
            run(&model, &x)
        };
        assert_eq!(sized(open_network()), sized(settled.clone()));
    }
}

#[test]
fn a_batch_of_one_written_into_the_file_is_opened() {
    let mut fixed = open_network();
    fixed.nodes.retain(|n| n.op != "Shape" && n.op != "Concat");
    fixed.initializers.insert("flat".into(), Tensor::i64([3], vec![1, 3, 4]));
    let mut settled = fixed.settled("x", [2, 2]).unwrap();
    settled.inputs = vec![ValueInfo::fixed("x", DType::F32, &[2, 3, 2, 2])];
    let y = run(&settled, &Tensor::full([2, 3, 2, 2], 1.0));
    assert_eq!(y, Tensor::full([2, 3, 4], -2.0));
}

/// Part `index` of 0..6 along its only axis.
fn part(sizes: Option<Tensor>, index: i64) -> Vec<f32> {
    let node = |op: &str, inputs: &[&str], output: &str| Node {
        op: op.into(),
        inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
        outputs: vec![output.into()],
        ..Node::default()
    };
    let mut model = Model { opset: 18, ..Model::default() };
    model.inputs = vec![ValueInfo::fixed("x", DType::F32, &[6])];
    model.outputs = vec![ValueInfo { name: "y".into(), dtype: Some(DType::F32), shape: None }];
    let split: &[&str] = if sizes.is_some() { &["x", "sizes"] } else { &["x"] };
    model.nodes = vec![node("SplitToSequence", split, "list"), node("SequenceAt", &["list", "index"], "y")];
    model.initializers.extend(sizes.map(|s| ("sizes".to_owned(), s)));
    model.initializers.insert("index".into(), Tensor::i64([], vec![index]));
    let model = Model::decode(&model.encode()).unwrap().up_to(&["y".into()]).unwrap();
    assert!(model.nodes.iter().all(|n| n.op != "SequenceAt"), "{:?}", model.nodes);
    let x = Tensor::f32([6], (0..6).map(|v| v as f32).collect());
    run(&model, &x).as_f32().unwrap().to_vec()
}

#[test]
fn parts_are_cut_out() {
    let (four, three) = (Tensor::i64([], vec![4]), Tensor::i64([3], vec![1, 3, 2]));
    assert_eq!(part(Some(four.clone()), 0), [0., 1., 2., 3.]);
    assert_eq!(part(Some(four), 1), [4., 5.]);
    assert_eq!(part(Some(three), 1), [1., 2., 3.]);
    assert_eq!(part(None, 5), [5.]);
}
