//! Computes at build time what depends on shapes and constants alone: exporters write sizes as little calculations
//! (`Shape`, `Gather`, `Mul`, `Concat`, …) where a model leaves its batch or picture size open.
//!
//! Numbers are held as 64-bit floats: exact for 32-bit floats and for integers below 2⁵³, and casts back saturate, so
//! that the ends of 64-bit integers, which stand for "all the rest", survive.
//!
//! How an operator folds is a [`rule::Fold`], which the table of operators (`graph/operator/table.rs`) names.

pub mod arithmetic;
pub mod moves;
pub mod rule;
pub mod small;
