//! The heavy part of a training, which loads sessions: here, or in a process of its own.
//!
//! A training takes as much memory as everything else of the daemon together, and more where somebody has labelled for long.
//! Where that is too much the kernel ends a process: it is to be this one, and nobody else is to notice. So the daemon starts
//! its own program once more, gives it a plan and frames, and writes down what it tells. The other process opens no file but
//! the models that it judges, and has no store.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `task` | what is to be done, and what comes of it; doing it here |
//! | `wire` | messages as bytes on a socket |
//! | `messages`, `begin` | what the two processes say to one another; a plan as a message |
//! | `parent` | starts the other process, answers it, notices its end |
//! | `child` | the other process |
//! | `place` | which of the two it is |

mod begin;
pub mod child;
mod messages;
mod parent;
mod place;
mod task;
mod wire;

pub use place::Workplace;
pub use task::{Jpeg, Task, Trained, Work, picture};
