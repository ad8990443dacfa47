//! ONNX graphs as values: read, write, build, differentiate.
//!
//! [`Model`] is an ONNX file. [`Builder`] makes one node by node, knows every shape, and remembers the first mistake
//! until [`Builder::finish`]. [`Model::settled`] makes constants of what exporters calculate from shapes. [`replay`]
//! places a model's nodes in one, [`replicate`] those of several copies with weights of their own. [`differentiate`]
//! extends a builder with the gradient of a scalar, in standard operators only, so that a stock ONNX Runtime can train.
//! [`adamw`] and [`sgd`] add the optimizer's step to the same graph.
//!
//! What is known of an operator (its shapes, its gradient, how copies of it are placed, its older forms) is one
//! [`Operator`], an entry in the table of `operator/table.rs`; the functions that it names lie by family in `shape/`,
//! `gradient/`, `copies/`, `fold/` and `upgrade/`. To add an operator, add an entry; the module document of `gradient/`
//! shows how.
//!
//! A network of one layer, its loss, and a step of gradient descent, as one graph:
//!
//! ```
//! use fieldcoach::graph::{Builder, DType, GraphError, Model, Sgd, differentiate, sgd};
//!
//! let mut g = Builder::new();
//! let x = g.input("x", DType::F32, &[8, 3]);
//! let wanted = g.input("wanted", DType::F32, &[8, 1]);
//! let weight = g.input("weight", DType::F32, &[3, 1]);
//! let direction = g.input("direction", DType::F32, &[3, 1]);
//! let first = g.input("first", DType::F32, &[]);
//!
//! let found = g.matmul(x, weight);
//! let found = g.tanh(found);
//! let error = g.sub(found, wanted);
//! let squared = g.square(error);
//! let loss = g.reduce_mean(squared, &[0, 1], false);
//!
//! let gradient = differentiate(&mut g, loss, &[weight])?[0];
//! assert_eq!(g.shape(gradient), [3, 1]);
//! let rate = g.scalar(0.1);
//! let next = sgd(&mut g, Sgd { momentum: 0.9, ..Sgd::default() }, weight, gradient, direction, rate, None, first);
//! g.output("loss", loss);
//! g.output("next_weight", next.weight);
//! g.output("next_direction", next.direction);
//!
//! let step = g.finish()?;
//! assert_eq!(step.outputs.len(), 3);
//! let file = step.encode();
//! assert_eq!(Model::decode(&file)?.nodes, step.nodes);
//! # Ok::<(), GraphError>(())
//! ```

mod builder;
mod copies;
mod differentiate;
mod error;
mod file;
mod fold;
mod fuse;
mod gradient;
mod model;
mod node;
mod operator;
mod ops;
mod optimizer;
mod reach;
mod replay;
mod replicate;
mod settle;
mod shape;
mod standard;
mod tensor;
mod upgrade;

pub use builder::{Builder, Processor, Value, part_name};
pub use copies::copied::Copied;
pub use differentiate::differentiate;
pub use error::GraphError;
pub use model::{Model, OPSET, ValueInfo};
pub use node::{Attribute, Node};
pub use operator::record::Operator;
pub use operator::table::{differentiable, operator, operators};
pub use optimizer::{AdamW, AdamWStepped, Sgd, SgdStepped, adamw, clip_scale, sgd};
pub use reach::{Reach, reach};
pub use replay::replay;
pub use replicate::replicate;
pub use tensor::{DType, Data, Tensor};
