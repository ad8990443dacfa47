//! Whole models.

use super::rule::Upgrading;
use crate::graph::error::GraphError;
use crate::graph::model::{Model, OPSET};
use crate::graph::operator::schema::Lookup;

/// The newest operator set whose operators mean what the rules and shapes here take them to mean.
const NEWEST: i64 = 27;
/// The oldest operator set that can be brought over.
const OLDEST: i64 = 9;

/// The same model in operator set [`OPSET`] or newer. Errors name the operator that can't be brought over.
pub fn upgrade(mut model: Model, operators: Lookup) -> Result<Model, GraphError> {
    if model.opset > NEWEST {
        return Err(GraphError::Invalid(format!(
            "the model uses operator set {}; the newest that can be read is {NEWEST}: export it with an older one",
            model.opset
        )));
    }
    if model.opset >= OPSET {
        return Ok(model);
    }
    if model.opset < OLDEST {
        return Err(GraphError::Invalid(format!(
            "the model uses operator set {}; the oldest that can be read is {OLDEST}: export it anew",
            model.opset
        )));
    }
    let mut upgrading = Upgrading { from: model.opset, nodes: Vec::new(), constants: Vec::new() };
    for node in std::mem::take(&mut model.nodes) {
        operators(&node.op).upgraded(node, &mut upgrading)?;
    }
    model.nodes = upgrading.nodes;
    model.initializers.extend(upgrading.constants);
    model.opset = OPSET;
    Ok(model)
}
