//! What a step shows of a frame.

use crate::train::network::ViewTruth;
use half::f16;
use std::collections::HashMap;
use std::sync::Arc;

/// One view of one frame.
#[derive(Clone, Debug)]
pub struct Example {
    /// Index of the frame among the samples.
    pub sample: usize,
    /// Whether the view shows the frame as it is.
    pub plain: bool,
    pub truth: ViewTruth,
    pub content: Content,
}

/// What the part above a fork is given of a view.
#[derive(Clone, Debug)]
pub enum Content {
    /// RGB bytes of the view at the size of the base's input.
    Pixels(Vec<u8>),
    /// Values of the base by name.
    Values(HashMap<String, Arc<Vec<f16>>>),
}

impl Content {
    /// Lets go of the values of other names.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        if let Self::Values(values) = self {
            values.retain(|name, _| wanted(name));
        }
    }
}
