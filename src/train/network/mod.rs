//! What is trained above a fork, as graphs: the upper part of the base, the head on it, what it is compared with, and
//! how its maps become objects.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `kinds`, `head_layout`, `head` | boxes and tags; the head's tensors; the head itself |
//! | `standard` | mean and spread of the features that the head stands on |
//! | `above_fork` | the whole network above a fork, for E experiments at once |
//! | `targets`, `loss` | from boxes to maps; what an experiment is punished for |
//! | `decode` | from the head's maps to objects: non-maximum suppression and box voting |

mod above_fork;
pub mod decode;
pub mod head;
mod head_layout;
mod kinds;
pub mod loss;
mod standard;
mod targets;

pub use above_fork::{Network, Parameter};
pub use head::Feature;
pub use head_layout::{CategoryRows, HeadParameter, HeadShape, RowKind};
pub use kinds::kinds;
pub use loss::LossScale;
pub use standard::Standard;
pub use targets::{Targets, TrueBox, ViewTruth};
