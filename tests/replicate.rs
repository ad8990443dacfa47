//! Copies of a network in one graph against as many graphs of one, run by the real ONNX Runtime: outputs and gradients.

use fieldcoach::graph::{
    Attribute, Builder, Copied, DType, GraphError, Model, Node, Tensor, Value, differentiate, replay, replicate,
};
use fieldcoach::runtime::{Device, Purpose, Runtime, find_library};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::Path;

const COPIES: usize = 3;
const PICTURE: [usize; 4] = [2, 4, 6, 8];

fn runtime() -> Runtime {
    let library = find_library(Path::new("")).expect("run `make build` first: it fetches ONNX Runtime");
    Runtime::open(&library, Device::Cpu, 1).unwrap()
}

/// Numbers with the same spread as long as the seed is another.
fn random(seed: u64, shape: &[usize]) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count: usize = shape.iter().product();
    Tensor::f32(shape, (0..count).map(|_| rng.random_range(0.1..1.0) * [-1.0, 1.0][rng.random_range(0..2)]).collect())
}

/// A network under construction: `x` is the picture that all copies see.
struct Net {
    g: Builder,
    weights: usize,
}

impl Net {
    /// A weight of which every copy has its own.
    fn weight(&mut self, shape: &[usize]) -> Value {
        self.weights += 1;
        self.g.named_constant(&format!("weight{}", self.weights), Tensor::full(shape, 0.0))
    }

    fn conv(&mut self, x: Value, out: usize, kernel: usize, stride: i64, group: usize) -> Value {
        let channels = self.g.shape(x)[1];
        let w = self.weight(&[out, channels / group, kernel, kernel]);
        let b = self.weight(&[out]);
        self.g.conv(x, w, Some(b), stride, kernel as i64 / 2, group as i64)
    }
}

fn model(build: impl FnOnce(&mut Net, Value) -> Value) -> Model {
    let mut net = Net { g: Builder::new(), weights: 0 };
    let x = net.g.input("x", DType::F32, &PICTURE);
    let y = build(&mut net, x);
    net.g.output("y", y);
    net.g.finish().unwrap()
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
    let mut session = runtime().session(&g.finish()?, Purpose::Train).unwrap();
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

fn ints(values: &[i64]) -> Attribute {
    Attribute::Ints(values.to_vec())
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

type Case = (&'static str, fn(&mut Net, Value) -> Value);

/// Every rule by itself, behind a convolution of the copies' own.
const CASES: &[Case] = &[
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

#[test]
fn every_rule() {
    for (what, build) in CASES {
        let trained = check(what, &model(build));
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

#[test]
fn what_is_shared_is_computed_once() {
    let model = model(|n, x| {
        let frozen = n.g.relu(x);
        n.conv(frozen, 2, 1, 1, 1)
    });
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &PICTURE);
    let weights = ["weight1", "weight2"].map(|name| {
        let shape = [&[COPIES], model.initializers[name].shape.as_slice()].concat();
        (name.to_owned(), Copied::Stacked(g.input(name, DType::F32, &shape)))
    });
    let mut known = HashMap::from(weights);
    known.insert("x".into(), Copied::Shared(x));
    let y = replicate(&mut g, &model, COPIES, known).unwrap()["y"];
    g.output("y_found", y.value());
    let placed = g.finish().unwrap();
    let count = |op: &str| placed.nodes.iter().filter(|n| n.op == op).count();
    assert_eq!((count("Relu"), count("Conv")), (1, 1));
}
