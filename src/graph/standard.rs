//! A builder that knows the operators of standard ONNX.

use super::builder::{Builder, Processor};
use super::operator::table::schema;

impl Builder {
    pub fn new() -> Self {
        Self::on(Processor::default())
    }

    /// For a graph that is to be fast on this processor. It runs on every one.
    pub fn on(processor: Processor) -> Self {
        Self::knowing(schema, processor)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
