//! Copies of a network in one graph against as many graphs of one, run by the real ONNX Runtime: outputs and gradients.

mod cases;
#[path = "../common/runtime.rs"]
mod device;
mod net;

use cases::{BINARY, CASES, COMPARING, TRUTHS, UNARY};
use fieldcoach::graph::{
    Attribute, Builder, Copied, DType, GraphError, Model, Node, Tensor, Value, differentiate, operators, replay,
    replicate,
};
use fieldcoach::runtime::{Runtime, SessionOptions};
use net::{Net, PICTURE, model, random};
use std::collections::{BTreeSet, HashMap};

const COPIES: usize = 3;

fn runtime() -> Runtime {
    device::open(1)
}

/// What a graph of one copy or of all computes: the output, and the gradient of every weight where it can be had.
struct Computed {
    y: Tensor,
    gradients: Option<Vec<Tensor>>,
}

fn compute(
    mut g: Builder,
    y: Value,
    inputs: &[Value],
    feed: &[(&str, &Tensor)],
    seeds: &[u64],
) -> Result<Computed, GraphError> {
    let shape = g.shape(y);
    g.output("y_found", y);
    let mut wanted = vec!["y_found".to_owned()];
    if !shape.is_empty() {
        let mut trained = g.clone();
        let own = &shape[if seeds.len() > 1 { 1 } else { 0 }..];
        let factors = seeds.iter().flat_map(|s| random(*s, own).as_f32().unwrap().to_vec()).collect();
        let factors = trained.constant(Tensor::f32(shape.clone(), factors));
        let weighed = trained.mul(y, factors);
        let axes: Vec<i64> = (0..shape.len() as i64).collect();
        let loss = trained.reduce_sum(weighed, &axes, false);
        let grads = differentiate(&mut trained, loss, inputs);
        let grads = grads.and_then(|grads| trained.clone().finish().map(|_| grads));
        match grads {
            Ok(grads) => {
                for (i, grad) in grads.into_iter().enumerate() {
                    trained.output(&format!("grad{i}"), grad);
                    wanted.push(format!("grad{i}"));
                }
                g = trained;
            }
            Err(GraphError::NoGradient { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let whole = wanted.len() > inputs.len();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let mut session = runtime().session(&g.finish()?, SessionOptions::default()).unwrap();
    let mut found = session.run(feed, &wanted).unwrap().into_iter();
    let y = found.next().unwrap();
    Ok(Computed { y, gradients: whole.then(|| found.collect()) })
}

/// Whether gradients were compared too; otherwise a single copy has none either.
fn check(what: &str, model: &Model) -> bool {
    let names: Vec<&String> = model.initializers.keys().filter(|n| n.starts_with("weight")).collect();
    let x = random(99, &PICTURE);
    let weights: Vec<Vec<Tensor>> = (0..COPIES)
        .map(|copy| {
            let of = |(i, n): (usize, &&String)| random((copy * 100 + i) as u64, &model.initializers[*n].shape);
            names.iter().enumerate().map(of).collect()
        })
        .collect();
    let alone: Vec<Computed> = weights
        .iter()
        .enumerate()
        .map(|(copy, weights)| {
            let mut g = Builder::new();
            let picture = g.input("x", DType::F32, &PICTURE);
            let inputs: Vec<Value> = names.iter().zip(weights).map(|(n, t)| g.input(n, DType::F32, &t.shape)).collect();
            let mut known: HashMap<String, Value> = names.iter().map(|n| n.to_string()).zip(inputs.clone()).collect();
            known.insert("x".into(), picture);
            let y = replay(&mut g, model, known).unwrap()["y"];
            let mut feed = vec![("x", &x)];
            feed.extend(names.iter().map(|n| n.as_str()).zip(weights));
            compute(g, y, &inputs, &feed, &[copy as u64]).unwrap()
        })
        .collect();

    let stacked: Vec<Tensor> = (0..names.len())
        .map(|i| {
            let values = weights.iter().flat_map(|w| w[i].as_f32().unwrap().to_vec()).collect();
            Tensor::f32([&[COPIES], weights[0][i].shape.as_slice()].concat(), values)
        })
        .collect();
    let mut g = Builder::new();
    let picture = g.input("x", DType::F32, &PICTURE);
    let inputs: Vec<Value> = names.iter().zip(&stacked).map(|(n, t)| g.input(n, DType::F32, &t.shape)).collect();
    let mut known: HashMap<String, Copied> =
        names.iter().map(|n| n.to_string()).zip(inputs.iter().map(|v| Copied::Stacked(*v))).collect();
    known.insert("x".into(), Copied::Shared(picture));
    let mut feed = vec![("x", &x)];
    feed.extend(names.iter().map(|n| n.as_str()).zip(&stacked));
    let seeds: Vec<u64> = (0..COPIES as u64).collect();
    let together = replicate(&mut g, model, COPIES, known).and_then(|values| {
        let y = values["y"].stacked(&mut g, COPIES);
        compute(g, y, &inputs, &feed, &seeds)
    });
    let trainable = alone.iter().all(|a| a.gradients.is_some());
    let together = match together {
        Ok(together) => together,
        // What can't be trained alone need not be trained in copies.
        Err(_) if !trainable => return false,
        Err(error) => panic!("{what}: {error}"),
    };
    assert!(together.gradients.is_some() || !trainable, "{what}: gradients");
    for (copy, alone) in alone.iter().enumerate() {
        close(&format!("{what}: output"), copy, &together.y, &alone.y);
        for (i, name) in names.iter().enumerate().filter(|_| trainable) {
            let gradient = |c: &Computed| c.gradients.as_ref().unwrap()[i].clone();
            close(&format!("{what}: gradient of {name}"), copy, &gradient(&together), &gradient(alone));
        }
    }
    trainable
}

/// Compares a row of `all` with `one`, relative to the largest number in it.
fn close(what: &str, copy: usize, all: &Tensor, one: &Tensor) {
    assert_eq!(all.shape[0], COPIES, "{what}: copies are outermost");
    assert_eq!(all.shape[1..], one.shape, "{what}: shape of one");
    let one = one.as_f32().unwrap();
    let row = &all.as_f32().unwrap()[copy * one.len()..(copy + 1) * one.len()];
    let largest = one.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    for (a, b) in row.iter().zip(one) {
        assert!((a - b).abs() <= 1e-4 * largest, "{what}, copy {copy}: {a}, alone {b} (largest {largest})");
    }
}

#[test]
fn a_small_residual_network() {
    let model = model(|n, x| {
        let stem = n.conv(x, 8, 3, 2, 1);
        let stem = n.g.relu(stem);
        // Depthwise and pointwise, with a residue.
        let z = n.conv(stem, 8, 3, 1, 8);
        let z = n.g.node("LeakyRelu", &[z], &[("alpha", Attribute::Float(0.2))]);
        let z = n.conv(z, 8, 1, 1, 1);
        let x1 = n.g.add(stem, z);
        // Squeeze and excitation, once by reduction and convolution, once pooled and by products.
        let s = n.g.reduce_mean(x1, &[2, 3], true);
        let s = n.conv(s, 4, 1, 1, 1);
        let s = n.g.sigmoid(s);
        let s = n.conv(s, 8, 1, 1, 1);
        let s = n.g.clip(s, -0.9, 0.9);
        let x1 = n.g.mul(x1, s);
        let pooled = n.g.node("GlobalAveragePool", &[x1], &[]);
        let flat = n.g.reshape(pooled, &[2, 8]);
        let w = n.weight(&[8, 8]);
        let b = n.weight(&[8]);
        let v = n.g.matmul(flat, w);
        let v = n.g.add(v, b);
        let v = n.g.tanh(v);
        let axes = n.g.ints(&[2, 3]);
        let v = n.g.node("Unsqueeze", &[v, axes], &[]);
        let x2 = n.g.mul(x1, v);
        // Beside what all copies share, and a map of one channel over all.
        let half = n.g.slice(x, &[(2, 0, 6, 2), (3, 0, 8, 2)]);
        let both = n.g.concat(&[x2, half, x1], 1);
        let map = n.conv(both, 1, 3, 1, 1);
        let map = n.g.sigmoid(map);
        let y = n.g.mul(both, map);
        let scale = n.weight(&[1, 20, 1, 1]);
        let y = n.g.mul(y, scale);
        n.conv(y, 6, 3, 2, 2)
    });
    assert!(check("residual network", &model), "it can be trained");
}

/// Every case by its name, as a model.
fn all_cases() -> Vec<(String, Model)> {
    type Build = fn(&mut Net, Value, &str) -> Value;
    let families: [(&[&str], Build); 4] =
        [(UNARY, cases::unary), (BINARY, cases::binary), (COMPARING, cases::comparing), (TRUTHS, cases::truths)];
    let written = CASES.iter().map(|(what, build)| (what.to_string(), model(build)));
    let made = families.into_iter().flat_map(|(ops, build)| {
        ops.iter().map(move |op| (op.to_string(), model(|n, x| build(n, x, op)))).collect::<Vec<_>>()
    });
    written.chain(made).collect()
}

/// Those without a rule are placed once for each copy, as in the cases that say so.
#[test]
fn every_operator_with_a_rule_has_a_case() {
    let with_rules = all_cases().into_iter().filter(|(what, _)| !what.starts_with("no rule"));
    let seen: BTreeSet<String> = with_rules.flat_map(|(_, model)| model.nodes).map(|n| n.op).collect();
    let without: Vec<&str> =
        operators().filter(|o| o.is_replicated()).map(|o| o.name()).filter(|op| !seen.contains(*op)).collect();
    assert!(without.is_empty(), "no case in cases.rs for {without:?}");
}

#[test]
fn every_rule() {
    for (what, model) in all_cases() {
        let trained = check(&what, &model);
        println!("{what}: {}", if trained { "outputs and gradients" } else { "without gradients" });
    }
}

/// Exporters write where a model leaves its batch open: the new shape is calculated from that of a copy.
#[test]
fn calculations_on_shapes() {
    let mut model = model(|n, x| {
        let x = n.conv(x, 4, 1, 1, 1);
        let shape = n.g.named_constant("shape", Tensor::i64([2], vec![2, -1]));
        n.g.node("Reshape", &[x, shape], &[])
    });
    model.initializers.remove("shape");
    model.initializers.insert("rest".into(), Tensor::i64([1], vec![-1]));
    let at = model.nodes.iter().position(|n| n.op == "Reshape").unwrap();
    let node = |op: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]| Node {
        op: op.into(),
        name: output.into(),
        inputs: inputs.iter().map(|i| i.to_string()).collect(),
        outputs: vec![output.into()],
        attributes: attributes.iter().map(|(k, v)| (k.to_string(), Attribute::Int(*v))).collect(),
    };
    let picture = model.nodes[at].inputs[0].clone();
    let batch = node("Shape", &[&picture], "batch", &[("start", -4), ("end", 1)]);
    let shape = node("Concat", &["batch", "rest"], "shape", &[("axis", 0)]);
    model.nodes.splice(at..at, [batch, shape]);
    assert!(check("calculations on shapes", &model), "it can be trained");
}

/// The copies of a model in one graph.
fn together(model: &Model) -> Model {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &PICTURE);
    let mut known = HashMap::from([("x".to_owned(), Copied::Shared(x))]);
    for (name, tensor) in model.initializers.iter().filter(|(name, _)| name.starts_with("weight")) {
        let shape = [&[COPIES], tensor.shape.as_slice()].concat();
        known.insert(name.clone(), Copied::Stacked(g.input(name, DType::F32, &shape)));
    }
    let y = replicate(&mut g, model, COPIES, known).unwrap()["y"];
    g.output("y_found", y.value());
    g.finish().unwrap()
}

#[test]
fn a_node_is_placed_once_for_each_copy_only_without_a_rule() {
    for (what, model) in all_cases() {
        let names: BTreeSet<String> = together(&model).nodes.into_iter().map(|n| n.name).collect();
        let one_by_one = |n: &Node| (0..COPIES).all(|i| names.contains(&format!("{}_{i}", n.name)));
        let found: Vec<&str> = model.nodes.iter().filter(|n| one_by_one(n)).map(|n| n.op.as_str()).collect();
        assert_eq!(found.is_empty(), !what.starts_with("no rule"), "{what}: {found:?} once for each copy");
    }
}

#[test]
fn what_is_shared_is_computed_once() {
    let model = model(|n, x| {
        let frozen = n.g.relu(x);
        n.conv(frozen, 2, 1, 1, 1)
    });
    let placed = together(&model);
    let count = |op: &str| placed.nodes.iter().filter(|n| n.op == op).count();
    assert_eq!((count("Relu"), count("Conv")), (1, 1));
}
