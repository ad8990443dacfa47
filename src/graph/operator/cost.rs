//! Multiplications (each with an addition) that products make, forward.

use crate::graph::node::Node;

fn count(shape: &[usize]) -> u64 {
    shape.iter().product::<usize>() as u64
}

fn shape(inputs: &[Vec<usize>], index: usize) -> &[usize] {
    inputs.get(index).map(Vec::as_slice).unwrap_or_default()
}

pub fn conv(_: &Node, inputs: &[Vec<usize>], output: &[usize]) -> u64 {
    count(output) * count(shape(inputs, 1).get(1..).unwrap_or_default())
}

pub fn conv_transpose(_: &Node, inputs: &[Vec<usize>], _: &[usize]) -> u64 {
    count(shape(inputs, 0)) * count(shape(inputs, 1).get(1..).unwrap_or_default())
}

pub fn matmul(_: &Node, inputs: &[Vec<usize>], output: &[usize]) -> u64 {
    count(output) * shape(inputs, 0).last().copied().unwrap_or(0) as u64
}

pub fn gemm(node: &Node, inputs: &[Vec<usize>], output: &[usize]) -> u64 {
    let turned = node.int("transA", 0) == 1;
    count(output) * shape(inputs, 0).get(usize::from(!turned)).copied().unwrap_or(0) as u64
}
