//! The deployed models on the cameras: detections, tracks, pictures with boxes, proposals for labelling.

mod deployment;
mod detector;
mod doubt;
mod error;
mod eye;
mod familiar;
mod keep;
mod keeping;
mod lock;
mod looking;
mod looks;
mod seen;
mod service;
mod shared;
mod sight;
mod status;
mod tracker;
mod view;
mod watcher;
mod watching;

pub use deployment::{DeployError, Deployment};
pub use detector::Detector;
pub use error::{KeepError, ProposeError, WatchError};
pub use eye::Eye;
pub use keep::{Draft, LeftOut, Said, draft};
pub use looks::Remembered;
pub use seen::{Seen, Shown};
pub use service::{Live, Means};
pub use status::{LiveStatus, LookedAt};
pub use view::draw;
