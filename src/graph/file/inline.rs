//! Model-local functions: some exporters write a layer once, as a function, and call it. Each call is replaced by the
//! function's nodes.

use super::proto::{AttributeProto, FunctionProto, NodeProto};
use crate::graph::error::GraphError;
use std::collections::HashMap;

/// Functions that call one another deeper than this call themselves.
const DEPTH: usize = 32;
/// Nodes of a network, at most: functions that each call the next one twice are short to write.
const MOST: usize = 1 << 18;

type Functions = HashMap<(String, String), FunctionProto>;

fn key(domain: Option<&str>, name: Option<&str>) -> (String, String) {
    (domain.unwrap_or_default().to_owned(), name.unwrap_or_default().to_owned())
}

/// The nodes with no call left. Errors: functions that call themselves, or become too many nodes.
pub fn inline(nodes: Vec<NodeProto>, functions: Vec<FunctionProto>) -> Result<Vec<NodeProto>, GraphError> {
    let functions = functions.into_iter().map(|f| (key(f.domain.as_deref(), f.name.as_deref()), f)).collect();
    let mut inlined = Inlined { functions, nodes: Vec::new(), calls: 0 };
    nodes.into_iter().try_for_each(|node| inlined.add(node, 0))?;
    Ok(inlined.nodes)
}

struct Inlined {
    functions: Functions,
    nodes: Vec<NodeProto>,
    /// For names that occur once.
    calls: usize,
}

impl Inlined {
    fn add(&mut self, node: NodeProto, depth: usize) -> Result<(), GraphError> {
        let Some(function) = self.functions.get(&key(node.domain.as_deref(), node.op_type.as_deref())) else {
            self.nodes.push(node);
            return Ok(());
        };
        let name = function.name.as_deref().unwrap_or_default();
        if depth > DEPTH {
            return Err(GraphError::Invalid(format!("the function `{name}` calls itself")));
        }
        if self.nodes.len().max(self.calls) > MOST {
            return Err(GraphError::Invalid(format!("the function `{name}` is called until there are {MOST} nodes")));
        }
        let body = function.clone();
        self.calls += 1;
        let prefix = format!("{}/{}/", node.name.as_deref().unwrap_or_default(), self.calls);
        // What the caller gives and takes goes by the caller's names; an input left out is an empty name.
        let inputs = body.input.iter().enumerate().map(|(i, n)| (n, node.input.get(i).cloned().unwrap_or_default()));
        let outputs = body.output.iter().zip(node.output.iter().cloned());
        let outside: HashMap<&String, String> = inputs.chain(outputs.filter(|(_, o)| !o.is_empty())).collect();
        let rename = |name: &String| match outside.get(name) {
            Some(outer) => outer.clone(),
            None if name.is_empty() => String::new(),
            None => format!("{prefix}{name}"),
        };
        for inner in &body.node {
            let mut inner = inner.clone();
            inner.name = inner.name.filter(|n| !n.is_empty()).map(|n| format!("{prefix}{n}"));
            inner.input = inner.input.iter().map(rename).collect();
            inner.output = inner.output.iter().map(rename).collect();
            inner.attribute = inner.attribute.into_iter().filter_map(|a| given(a, &node, &body)).collect();
            self.add(inner, depth + 1)?;
        }
        Ok(())
    }
}

/// An attribute, or what the call or the function's defaults give for it; `None` if it is left out.
fn given(attribute: AttributeProto, call: &NodeProto, function: &FunctionProto) -> Option<AttributeProto> {
    let Some(reference) = attribute.ref_attr_name.as_deref().filter(|r| !r.is_empty()) else { return Some(attribute) };
    let mut all = call.attribute.iter().chain(&function.attribute_proto);
    let found = all.find(|a| a.name.as_deref() == Some(reference))?;
    Some(AttributeProto { name: attribute.name, ..found.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        NodeProto { input: owned(inputs), output: owned(outputs), op_type: Some(op.into()), ..Default::default() }
    }

    fn function(name: &str, body: Vec<NodeProto>) -> FunctionProto {
        FunctionProto {
            name: Some(name.into()),
            input: vec!["x".into()],
            output: vec!["y".into()],
            node: body,
            ..Default::default()
        }
    }

    #[test]
    fn calls_are_replaced_and_names_kept_apart() {
        let mut leaky = node("LeakyRelu", &["x"], &["t"]);
        let slope =
            AttributeProto { name: Some("alpha".into()), ref_attr_name: Some("slope".into()), ..Default::default() };
        leaky.attribute = vec![slope];
        let twice = function("Twice", vec![leaky, node("Neg", &["t"], &["y"])]);
        let mut call = node("Twice", &["a"], &["b"]);
        call.attribute = vec![AttributeProto { name: Some("slope".into()), f: Some(0.5), ..Default::default() }];
        let nodes = inline(vec![call.clone(), node("Twice", &["b"], &["c"])], vec![twice]).unwrap();
        let ends: Vec<_> = nodes.iter().map(|n| (n.input[0].as_str(), n.output[0].as_str())).collect();
        assert_eq!(ends, [("a", "/1/t"), ("/1/t", "b"), ("b", "/2/t"), ("/2/t", "c")]);
        assert_eq!(nodes[0].attribute[0].f, Some(0.5));
        assert!(nodes[2].attribute.is_empty(), "the second call gives no slope");
    }

    #[test]
    fn a_function_that_calls_itself_is_refused() {
        let endless = function("Endless", vec![node("Endless", &["x"], &["y"])]);
        assert!(inline(vec![node("Endless", &["a"], &["b"])], vec![endless]).is_err());
    }

    #[test]
    fn functions_that_grow_without_end_are_refused() {
        let twice = |i: usize| {
            let next = format!("F{}", i + 1);
            function(&format!("F{i}"), vec![node(&next, &["x"], &["t"]), node(&next, &["t"], &["y"])])
        };
        let functions = (0..30).map(twice).collect();
        let error = inline(vec![node("F0", &["a"], &["b"])], functions).unwrap_err();
        assert!(error.to_string().contains("nodes"), "{error}");
    }
}
