//! Shape inference: how the shape of each operator's outputs follows from its inputs'. A rule is a function of
//! [`inputs::Inputs`]; the table of operators (`graph/operator/table.rs`) names it.

pub mod broadcast;
pub mod elementwise;
pub mod inputs;
pub mod layout;
pub mod matrix;
pub mod normalization;
pub mod reduce;
pub mod resize;
pub mod window;
