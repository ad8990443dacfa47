//! What devices share by a pool: labels and models, in a folder, and in a bucket of a real server that is killed.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/runtime.rs"]
mod runtime;

#[path = "../common/model.rs"]
mod model;

mod bucket;
mod daemon;
mod device;
mod labels;
mod models;
mod torn;
mod weed;
