//! What is known of each operator, said once: an entry of [`table`] names the functions that know its shapes, its
//! gradient, its copies, how it folds, and how it was written in older operator sets.

pub mod canonical;
pub mod cost;
pub mod dtype;
pub mod record;
pub mod schema;
pub mod table;

#[cfg(test)]
mod tests;
