//! Frame sources and capture into the store.
//!
//! A [`Source`] blocks for its next frame; the service ([`Camera::start`]) owns one at a time on a thread of its own,
//! opens it anew whenever it fails, publishes the newest frame, and stores those that the keep rule picks. Where there are
//! several cameras ([`Cameras`]) each has such a service, and knows nothing of the others.

pub mod auto;
mod called;
pub mod cameras;
pub mod folder;
#[cfg(test)]
mod for_tests;
mod frames;
pub mod keep;
mod open;
mod programs;
mod publisher;
mod rate;
mod reader;
pub mod scene;
mod service;
mod source;
mod status;
mod thinning;
pub mod v4l2;

pub use called::Called;
pub use cameras::Cameras;
pub use frames::Frames;
pub use scene::Scene;
pub use service::Camera;
pub use source::{Source, SourceError};
pub use status::{CameraReport, CameraState, CameraStatus};
