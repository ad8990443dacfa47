//! From the head's maps to objects.
//!
//! Every cell that may be an object's centre votes. Non-maximum suppression names the objects, and the box of each is
//! the mean of its category's boxes that lie almost where it lies, weighted by score (box voting: Gidaris and
//! Komodakis, "Object detection via a multi-region and semantic segmentation-aware CNN model", 2015).
//! [`objects_in_graph`] writes the same into the exported file.

mod in_graph;
mod objects;
mod rules;

pub use in_graph::objects_in_graph;
pub use objects::objects;
