//! How far a gradient reaches: what of a graph can be trained, and what keeps the rest from it.

use super::builder::{Builder, Value};
use super::differentiate::differentiate;
use super::error::GraphError;
use super::operator::table::operator;
use std::collections::{BTreeMap, HashSet};

/// What the gradient of some results reaches.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Values from which every way to a result has gradient rules.
    pub values: HashSet<Value>,
    /// Why the rest is not reached.
    pub barriers: Vec<String>,
}

/// Follows the gradient of `results` back through the graph to `weights`, among what a graph takes.
pub fn reach(g: &Builder, results: &[Value], weights: &[Value]) -> Reach {
    // Operators are known by name; whether a rule covers a node's form only the rule can say.
    let mut refused: HashSet<String> = HashSet::new();
    let mut why: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let (values, barriers) = follow(g, results, &refused);
        let reached: Vec<Value> = weights.iter().copied().filter(|w| values.contains(w)).collect();
        match gradient(g, results, &reached) {
            Err(GraphError::NoGradient { op, node }) if refused.insert(node.clone()) => {
                *why.entry(op).or_default() += 1;
            }
            Err(error) => return Reach { values: HashSet::new(), barriers: vec![error.to_string()] },
            Ok(()) => {
                for (op, count) in barriers {
                    *why.entry(op).or_default() += count;
                }
                let text =
                    |(op, count)| format!("{op} ({count} nodes) has no gradient: what lies below it stays as it is");
                return Reach { values, barriers: why.into_iter().map(text).collect() };
            }
        }
    }
}

/// Differentiates the sum of the results, in a copy of the graph.
fn gradient(g: &Builder, results: &[Value], weights: &[Value]) -> Result<(), GraphError> {
    let mut g = g.clone();
    let sums: Vec<Value> = results
        .iter()
        .map(|r| {
            let axes: Vec<i64> = (0..g.shape(*r).len() as i64).collect();
            g.reduce_sum(*r, &axes, false)
        })
        .collect();
    let total = sums.into_iter().reduce(|a, b| g.add(a, b));
    total.map_or(Ok(()), |total| differentiate(&mut g, total, weights).map(|_| ()))
}

/// The values from which every way to a result has rules, and how many nodes of which operator without a rule stand
/// before others. `refused`: nodes that their rule does not cover.
fn follow(g: &Builder, results: &[Value], refused: &HashSet<String>) -> (HashSet<Value>, BTreeMap<String, usize>) {
    let mut on_the_way: HashSet<Value> = results.iter().copied().collect();
    let mut stopped: HashSet<Value> = HashSet::new();
    let mut barriers = BTreeMap::new();
    for node in g.nodes.iter().rev() {
        // Only floats carry a gradient: a comparison, say, passes none, and asks for none. Nor do steps.
        let entry = operator(&node.op);
        let mut carrying = node.outputs.iter().filter(|o| on_the_way.contains(o) && g.dtype(**o).is_float()).peekable();
        if carrying.peek().is_none() || entry.is_some_and(|o| o.steps) {
            continue;
        }
        let mut inputs = node.inputs.iter().flatten().filter(|i| g.dtype(**i).is_float()).peekable();
        let known = entry.is_some_and(|o| o.gradient.is_some());
        if !known && inputs.peek().is_some() {
            *barriers.entry(node.op.clone()).or_insert(0) += 1;
        }
        let stops = !known || refused.contains(&node.name) || carrying.any(|o| stopped.contains(o));
        for input in inputs {
            on_the_way.insert(*input);
            if stops {
                stopped.insert(*input);
            }
        }
    }
    (on_the_way.difference(&stopped).copied().collect(), barriers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::node::Attribute;
    use crate::graph::tensor::DType;

    #[test]
    fn a_gradient_ends_at_an_operator_without_a_rule() {
        let mut g = Builder::new();
        let [x, below, above, aside] = ["x", "below", "above", "aside"].map(|n| g.input(n, DType::F32, &[1, 2, 1, 1]));
        let y = g.mul(x, below);
        let y = g.node("LRN", &[y], &[("size", Attribute::Int(1))]);
        let y = g.mul(y, above);
        // What is compared gets no gradient, and stops none.
        let larger = g.node("Greater", &[y, aside], &[]);
        let y = g.select(larger, y, above);
        let found = reach(&g, &[y], &[below, above, aside]);
        assert!(found.values.contains(&above));
        assert!(!found.values.contains(&below) && !found.values.contains(&aside));
        assert_eq!(found.barriers.len(), 1);
        assert!(found.barriers[0].contains("LRN (1 nodes)"), "{:?}", found.barriers);
    }

    #[test]
    fn a_gradient_ends_at_a_form_that_a_rule_does_not_cover() {
        let mut g = Builder::new();
        let [x, below] = ["x", "below"].map(|n| g.input(n, DType::F32, &[1, 1, 2, 2, 2]));
        let above = g.input("above", DType::F32, &[1, 1, 1, 1, 1]);
        let y = g.mul(x, below);
        let y = g.node("Conv", &[y, above], &[]);
        let found = reach(&g, &[y], &[below, above]);
        assert!(!found.values.contains(&below) && !found.values.contains(&above));
        assert!(found.barriers[0].contains("Conv (of three dimensions)"), "{:?}", found.barriers);
    }
}
