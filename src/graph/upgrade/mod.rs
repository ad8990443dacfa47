//! Brings a model of an older operator set to ours, so that it can stand in one graph with our nodes: what later
//! versions moved from attributes to inputs is moved, and what changed its meaning is rewritten.
//!
//! How a node of an operator is brought over is a [`rule::Upgrade`], which the table of operators
//! (`graph/operator/table.rs`) names.

pub mod rewritten;
pub mod rule;
pub mod whole;
