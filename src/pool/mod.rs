//! The pool of a fleet: a bucket or a folder in which devices share what people labelled, and the models they made.
//!
//! Nothing there is ever changed: pictures lie under the sum of their bytes, labels in shards that a device counts up, a
//! model under its id. What is said later counts before what was said earlier. `docs/pool.md` has the form.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `error`, `told` | why something was not done; what was |
//! | `place` | names and bytes, in a folder or a bucket |
//! | `shard`, `facts` | what is said of frames; what is said of a model, and who vouches for it |
//! | `ledger` | what the pool has of this device, and this device of it |
//! | `push`, `pull`, `models` | labels out; labels in; models out, and what there are |
//! | `candidate` | a model of others, judged here |
//! | `service` | one thing after the other |
//! | `pushing` | pushes by itself |

mod candidate;
mod error;
mod facts;
mod ledger;
mod models;
mod place;
mod pull;
mod push;
mod pushing;
mod service;
mod shard;
mod told;

pub use candidate::{Judging, Taken};
pub use error::PoolError;
pub use facts::Facts;
pub use models::{Listed, Listing};
pub use pushing::start;
pub use service::{Means, Pool};
pub use told::{Pulled, Pushed};
