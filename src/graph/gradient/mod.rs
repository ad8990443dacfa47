//! How the gradient passes through each operator.
//!
//! # Adding an operator
//!
//! A rule is a function that gets a [`node::BackwardNode`]: the node, and the gradient dy of the result with respect to the node's
//! output, which has the output's shape. It adds nodes to the graph that compute the gradients of the node's inputs,
//! each of its input's shape, and returns them in the inputs' order. For y = sin x, dx = dy · cos x:
//!
//! ```ignore
//! pub fn sin(g: &mut Builder, s: &BackwardNode) -> Grads {
//!     let slope = g.node("Cos", &[s.x()], &[]);
//!     s.times(g, slope)
//! }
//! ```
//!
//! 1. Write the function in the file of its family. `s.x()` and `s.y()` are the first input and output, `s.grad` is
//!    dy, `s.times(g, slope)` gives the finished list with dy · slope in it. With several inputs, `s.when(i, …)` builds
//!    the gradient of input i only if somebody wants it, and [`broadcast::reduce_to`] sums it down to the input's shape
//!    if that was broadcast (`elementwise.rs` has examples). `s.float("name", default)` and `s.node.view()` read
//!    attributes, `s.optional(i)` an input that may be left out; `s.without(g, "form")` says that a form is not covered.
//!    What formulas use is in `graph/ops.rs`; any other operator is
//!    `g.node("Name", &[inputs], &[("attribute", value)])`.
//! 2. Name it in the operator's entry in `graph/operator/table.rs`: `.gradient(…)`. If there is no entry yet, add one:
//!    `op("Name")`, with the inputs that it can't do without and its shape rule, `.shape(1, shape::elementwise::same)`
//!    where it is shaped like its input. What else an entry can say is in `graph/operator/record.rs`: `.since(…)` if it is
//!    as new as operator set 18 or newer, `.upgrade(…)` if older sets wrote it otherwise, `.trains(…)` which of its inputs
//!    are weights, `.copies(…)` how several copies are placed as one node (`graph/copies/`), `.fold(…)` how it is computed
//!    where all inputs are constants.
//! 3. Add a case to `tests/gradient_rules/cases.rs`; the tests beside it compare the rule with finite differences and the
//!    shape with the runtime's, and fail for every operator in the table without a case: `cargo test --test
//!    gradient_rules`.

pub mod activation;
pub mod attention;
pub mod broadcast;
pub mod convolution;
pub mod elementwise;
pub mod indexing;
pub mod layout;
pub mod linear;
pub mod matrix;
pub mod node;
pub mod normalization;
pub mod pooling;
pub mod reduction;
pub mod resize;
pub mod smooth;

pub mod trigonometry;
