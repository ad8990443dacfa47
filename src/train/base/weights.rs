//! What is trained, by name.

use crate::graph::Tensor;
use std::collections::BTreeMap;

/// Trained tensors of one experiment by name: `head/…`, and `base/…` for initializers of the base.
pub type Weights = BTreeMap<String, Tensor>;

/// Before the name of an initializer of the base.
pub const BASE: &str = "base/";
