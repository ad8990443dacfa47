//! The HTTP door: `/api/v1`, the phone page, metrics and the OpenAPI document. One file a resource; no rule lives here.
//!
//! A request comes by `listen`, passes `router` (what every request passes), `admission` (who it is) and `table` (what
//! that may do), and ends in the file of its resource.

mod admission;
mod around;
mod audit;
mod backup;
mod batch;
mod budget;
mod cameras;
mod carry;
mod categories;
mod clips;
mod dataset;
mod deed;
mod detections;
mod document;
mod door;
mod extract;
mod film_jobs;
mod films;
mod flipbook;
mod forwarded;
mod frames;
mod gate;
pub(crate) mod guard;
pub(crate) mod hanging;
mod history;
mod history_files;
mod imports;
mod jobs;
mod labels;
mod listen;
mod live;
mod models;
pub(crate) mod page;
mod pair;
mod people;
mod pool;
mod pool_jobs;
mod problem;
mod queue;
mod receive;
mod recordings;
mod router;
mod seat;
mod sent;
mod serve;
mod set_jobs;
mod settings;
pub(crate) mod shared;
mod status;
pub(crate) mod system;
mod table;
mod taken;
mod tokens;
mod trainings;
mod undo;
mod upload;
mod watch;

pub use admission::Entered;
pub use gate::Gate;
pub use listen::{LocalSocket, SOCKET, short};
pub use problem::Problem;
pub use router::{app, openapi};
pub use serve::{serve, serve_local};
