//! What must be known of an operator to place a node of it: the types and shapes of what it gives, its other forms, and
//! what comes out where all that goes in is known.

use super::dtype::OutputType;
use crate::graph::error::GraphError;
use crate::graph::fold::rule::{Fold, Folding};
use crate::graph::fold::small::{LIMIT, Small};
use crate::graph::model::OPSET;
use crate::graph::node::Node;
use crate::graph::shape::inputs::{Inputs, Kind, Known, ShapeRule};
use crate::graph::tensor::Tensor;
use crate::graph::upgrade::rule::{Upgrade, Upgrading};

/// The operator set in which an operator came up, for those newer than [`OPSET`].
#[derive(Clone, Copy, Debug)]
pub enum Since {
    Set(i64),
    /// It depends on the form of the node.
    Form(fn(&Node, &[Option<Known>]) -> i64),
}

/// The node in its one form, if it is in another, and how many of its inputs that form has: the first ones.
pub type Canonical = fn(&Node, &[Option<Known>]) -> Option<(Node, usize)>;

/// What an operator takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Inputs that it can't do without, and the rule for its outputs' shapes. Without one they are known only at run time.
    pub shape: Option<(usize, ShapeRule)>,
    pub output_type: OutputType,
    pub since: Since,
    pub canonical: Option<Canonical>,
    pub fold: Option<Fold>,
    /// How a node of an older operator set becomes one of ours; without, it can't be brought over.
    pub upgrade: Option<Upgrade>,
}

/// Finds an operator's schema; [`Schema::UNKNOWN`] for one that is in no table.
pub type Lookup = fn(&str) -> &'static Schema;

impl Schema {
    /// Of an operator of which nothing is known but that its outputs are of its first input's type.
    pub const UNKNOWN: Self = Self {
        shape: None,
        output_type: OutputType::Like(0),
        since: Since::Set(OPSET),
        canonical: None,
        fold: None,
        upgrade: None,
    };

    /// The outputs' types and shapes. An operator without a shape rule, or that sees a shape known only at run time, gives
    /// outputs whose shapes are known only at run time. Errors say what does not fit.
    pub fn infer(&self, node: &Node, inputs: &[Option<Known>], outputs: usize) -> Result<Vec<Kind>, String> {
        if let Some((required, _)) = self.shape
            && let Some(missing) = (0..required).find(|i| inputs.get(*i).is_none_or(Option::is_none))
        {
            return Err(format!("input {missing} is missing"));
        }
        let dtypes = (0..outputs).map(|i| self.output_type.of(node, inputs, i)).collect::<Result<Vec<_>, _>>()?;
        let known = inputs.iter().flatten().all(|k| k.shape.is_some());
        let Some((_, shapes)) = self.shape.filter(|_| known) else {
            return Ok(dtypes.into_iter().map(|d| (d, None)).collect());
        };
        let shapes = shapes(&Inputs::new(node, inputs, outputs))?;
        if shapes.len() < outputs {
            return Err(format!("it has {} outputs, not {outputs}", shapes.len()));
        }
        Ok(dtypes.into_iter().zip(shapes).map(|(d, s)| (d, Some(s))).collect())
    }

    /// The oldest operator set in which this form of the operator is.
    pub fn since(&self, node: &Node, inputs: &[Option<Known>]) -> i64 {
        match self.since {
            Since::Set(set) => set,
            Since::Form(set) => set(node, inputs),
        }
    }

    /// The node in its one form, if it is in another; see [`Canonical`].
    pub fn canonical(&self, node: &Node, inputs: &[Option<Known>]) -> Option<(Node, usize)> {
        self.canonical.and_then(|canonical| canonical(node, inputs))
    }

    /// The outputs of a node that depends only on shapes and small constants; `None` if it does not, or is left to the
    /// runtime.
    pub fn fold(&self, node: &Node, inputs: &[Option<Known>]) -> Option<Vec<Tensor>> {
        let fold = self.fold?;
        if let Fold::Shape(fold) = fold {
            return Some(vec![fold(node, inputs.first()?.as_ref()?.shape?)]);
        }
        let small: Vec<Option<Small>> = inputs
            .iter()
            .map(|input| match input {
                None => Some(None),
                Some(known) => known.constant.and_then(Small::of).map(Some),
            })
            .collect::<Option<_>>()?;
        if let Fold::Whole(fold) = fold {
            return Some(vec![fold(node, &small)?.tensor()?]);
        }
        // The type and shape of the result are those that shape inference gives.
        let kinds = self.infer(node, inputs, node.outputs.len()).ok()?;
        let shapes: Vec<Vec<usize>> = kinds.iter().map(|(_, s)| s.clone()).collect::<Option<_>>()?;
        if shapes.iter().any(|s| s.iter().product::<usize>() > LIMIT) {
            return None;
        }
        let values = fold.values(&Folding { node, inputs, small: &small, shapes: &shapes })?;
        let parts = kinds.iter().zip(shapes).zip(values);
        parts.map(|((kind, shape), values)| Small { dtype: kind.0, shape, values }.tensor()).collect()
    }

    /// Brings a node of operator set `from` to ours; see [`Upgrade`].
    pub fn upgraded(&self, node: Node, upgrading: &mut Upgrading) -> Result<(), GraphError> {
        match self.upgrade {
            Some(upgrade) => {
                upgrade.apply(node, upgrading);
                Ok(())
            }
            None => Err(GraphError::Invalid(format!(
                "operator {} (node `{}`) of operator set {} can't be brought to {OPSET}: export the model with operator \
                 set {OPSET}",
                node.op, node.name, upgrading.from
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shape::window::conv;
    use crate::graph::tensor::DType;

    #[test]
    fn a_node_without_a_required_input_is_refused() {
        let schema = Schema { shape: Some((2, conv)), ..Schema::UNKNOWN };
        let node = Node { op: "Conv".into(), ..Node::default() };
        let x = Known { dtype: DType::F32, shape: None, constant: None };
        assert_eq!(schema.infer(&node, &[Some(x), None], 1).unwrap_err(), "input 1 is missing");
    }
}
