//! Folds normalisation layers into the convolutions before them.

use super::model::Model;
use super::node::Node;
use super::tensor::Tensor;
use std::collections::HashMap;

impl Model {
    /// The same function with every `BatchNormalization` that follows a convolution folded into its weights, which is
    /// exact: with running mean μ and variance σ², s·(w·x − μ)/√(σ² + ε) + b = (s/√(σ² + ε))·w·x + (b − s·μ/√(σ² + ε)).
    /// Those that stand elsewhere stay. One in training form becomes what it is in use, and a
    /// `Dropout` lets everything pass.
    pub fn with_folded_normalization(mut self) -> Self {
        for node in &mut self.nodes {
            match node.op.as_str() {
                "BatchNormalization" => _ = node.attributes.remove("training_mode"),
                "Dropout" => node.inputs.truncate(1),
                _ => continue,
            }
            node.outputs.truncate(1);
        }
        let mut at = 0;
        while at < self.nodes.len() {
            match self.folded(at) {
                Some((before, convolution, tensors)) => {
                    self.nodes[before] = convolution;
                    self.nodes.remove(at);
                    self.initializers.extend(tensors);
                }
                None => at += 1,
            }
        }
        let read: Vec<String> = self.nodes.iter().flat_map(|n| n.inputs.iter().cloned()).collect();
        self.initializers.retain(|name, _| read.contains(name));
        self
    }

    /// The convolution before the normalisation at `at` with that folded in, where it stands, and its new tensors.
    fn folded(&self, at: usize) -> Option<(usize, Node, HashMap<String, Tensor>)> {
        let norm = &self.nodes[at];
        if norm.op != "BatchNormalization" {
            return None;
        }
        let between = norm.inputs.first()?;
        let before = self.nodes[..at].iter().position(|n| n.outputs.first() == Some(between))?;
        let mut convolution = self.nodes[before].clone();
        let alone = self.nodes.iter().filter(|n| n.inputs.contains(between)).count() == 1
            && self.outputs.iter().all(|o| o.name != *between);
        if !alone || !matches!(convolution.op.as_str(), "Conv" | "ConvTranspose") {
            return None;
        }
        let tensor = |name: Option<&String>| self.initializers.get(name?);
        let values = |index: usize| tensor(norm.inputs.get(index)).and_then(Tensor::as_f32);
        let (scale, bias, mean, variance) = (values(1)?, values(2)?, values(3)?, values(4)?);
        let epsilon = norm.float("epsilon", 1e-5);
        let factor: Vec<f32> = scale.iter().zip(variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();

        let weight = tensor(convolution.inputs.get(1))?;
        let group = usize::try_from(convolution.int("group", 1)).ok().filter(|n| *n > 0)?;
        // A transposed convolution has its output channels second, those of each group after those of its inputs.
        let [rows, columns] = [*weight.shape.first()?, *weight.shape.get(1)?];
        let inner: usize = weight.shape[2..].iter().product();
        let per_group = rows / group;
        if per_group == 0 || [bias.len(), mean.len(), variance.len()] != [scale.len(); 3] {
            return None;
        }
        let channel = |i: usize| match convolution.op.as_str() {
            "Conv" => i / (columns * inner),
            _ => (i / (columns * inner)) / per_group * columns + (i / inner) % columns,
        };
        let weights = weight.as_f32()?.iter().enumerate().map(|(i, w)| w * factor.get(channel(i)).unwrap_or(&1.0));
        let weights: Vec<f32> = weights.collect();
        let old = match convolution.inputs.get(2).filter(|n| !n.is_empty()) {
            Some(name) => self.initializers.get(name)?.as_f32()?.to_vec(),
            None => vec![0.0; factor.len()],
        };
        if old.len() != factor.len() {
            return None;
        }
        let biases =
            old.iter().zip(&factor).zip(mean.iter().zip(bias)).map(|((o, f), (m, b))| (o - m) * f + b).collect();

        // Under the normalisation's names: the convolution's own may be shared.
        let output = norm.outputs.first()?.clone();
        let names = [format!("{output}/weight"), format!("{output}/bias")];
        convolution.inputs.truncate(1);
        convolution.inputs.extend(names.iter().cloned());
        convolution.outputs = vec![output];
        let tensors =
            names.into_iter().zip([Tensor::f32(weight.shape.clone(), weights), Tensor::f32([factor.len()], biases)]);
        Some((before, convolution, tensors.collect()))
    }
}
