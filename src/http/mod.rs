//! The HTTP door: `/api/v1`, the phone page, metrics and the OpenAPI document. One file a resource; no rule lives here.

mod categories;
mod dataset;
mod door;
mod extract;
mod flipbook;
mod frames;
mod guard;
mod labels;
mod live;
mod models;
mod page;
mod problem;
mod queue;
mod router;
mod serve;
mod settings;
mod status;
mod system;
mod trainings;

pub use problem::Problem;
pub use router::openapi;
pub use serve::serve;
