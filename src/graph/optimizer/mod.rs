//! The optimizer's step, as nodes of the same graph: what the gradient does to the weights and to the optimizer's own
//! state. Rates and decays may be scalars or shaped to broadcast against the weights: with copies of a network as the outermost
//! dimension, `[E, 1, …]`.

mod adamw;
mod clip;
mod sgd;

pub use adamw::{AdamW, AdamWStepped, adamw};
pub use clip::clip_scale;
pub use sgd::{Sgd, SgdStepped, sgd};
