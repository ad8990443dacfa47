//! The deployed model on the camera: detections, tracks, pictures with boxes, proposals for labelling.

pub mod deployment;
mod detector;
mod error;
mod looks;
mod seen;
mod service;
mod shared;
mod status;
mod tracker;
mod view;
mod watcher;
mod watching;

pub use detector::Detector;
pub use error::{ProposeError, WatchError};
pub use seen::{Seen, Shown};
pub use service::Live;
pub use status::LiveStatus;
