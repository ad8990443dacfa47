//! How nodes are placed for several copies of a model at once.
//!
//! # Adding an operator
//!
//! A rule gets a [`node::CopiedNode`]: the node, and what the copies have of each input. It places nodes that compute the
//! outputs of all copies and says how they lie ([`copied::Copied`]); or it gives `None` for a form that it does not
//! cover: then, as for an operator without a rule, the node is placed once for each copy. What it places must have
//! gradient rules. Write the function in the file of its family, name it in the operator's entry in
//! `graph/operator/table.rs`, and add a case to `tests/replicate/cases.rs`.

pub mod channels;
pub mod copied;
pub mod elementwise;
pub mod layout;
pub mod matrix;
pub mod node;
