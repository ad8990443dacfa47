//! Operators that work element by element.

use super::broadcast::broadcast;
use super::inputs::{Inputs, Shapes};

/// One output, shaped like the first input.
pub fn same(inputs: &Inputs) -> Shapes {
    Ok(vec![inputs.shape(0).to_vec()])
}

/// One output, all inputs broadcast against one another.
pub fn together(inputs: &Inputs) -> Shapes {
    let shape = inputs.shapes().try_fold(vec![], |shape, s| broadcast(&shape, s))?;
    Ok(vec![shape])
}

/// One output, shaped like the first input, against which the second broadcasts.
pub fn onto_first(inputs: &Inputs) -> Shapes {
    if broadcast(inputs.shape(0), inputs.shape(1))? != inputs.shape(0) {
        return Err("the second input is larger than the first".into());
    }
    same(inputs)
}

/// Two outputs, both shaped like the first input.
pub fn same_twice(inputs: &Inputs) -> Shapes {
    Ok(vec![inputs.shape(0).to_vec(); 2])
}
