//! The device nodes of cameras, `/dev/video*`: what is there, and what it is.

use crate::camera::source::SourceError;
use crate::domain::CameraTrouble;
use nokhwa::utils::{ApiBackend, CameraIndex};
use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};
use v4l::Device;
use v4l::capability::Flags;

/// What a camera is known by, whatever its number: its name, and its place at the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub bus: String,
}

/// A camera that is open, and gives no frames yet.
pub struct Node {
    pub path: PathBuf,
    pub identity: Identity,
    pub device: Device,
}

impl AsRef<Identity> for Node {
    fn as_ref(&self) -> &Identity {
        &self.identity
    }
}

impl AsRef<Identity> for Identity {
    fn as_ref(&self) -> &Identity {
        self
    }
}

impl Node {
    /// Error: it is not there, may not be opened, or captures no video.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let device = Device::with_path(path).map_err(|error| refused(path, error))?;
        let caps = device.query_caps().map_err(|error| refused(path, error))?;
        if !caps.capabilities.contains(Flags::VIDEO_CAPTURE) {
            let text = format!("{} ({}) does not capture video; try another /dev/video*", path.display(), caps.card);
            return Err(SourceError::new(CameraTrouble::Unsuitable, text));
        }
        let identity = Identity { name: caps.card, bus: caps.bus };
        Ok(Self { path: path.to_owned(), identity, device })
    }
}

/// The cameras of this machine in the order of their numbers, and why others can't be opened. A webcam has a second node
/// for metadata, which captures nothing.
pub fn find() -> Vec<Result<Node, SourceError>> {
    let mut nodes = nokhwa::query(ApiBackend::Video4Linux).unwrap_or_else(|error| {
        tracing::warn!("cameras can't be listed: {error}");
        Vec::new()
    });
    nodes.sort_by_key(|node| node.index().as_index().unwrap_or(u32::MAX));
    nodes
        .into_iter()
        .filter_map(|node| match node.index() {
            CameraIndex::Index(number) => Some(Node::open(Path::new(&format!("/dev/video{number}")))),
            CameraIndex::String(_) => None,
        })
        .collect()
}

/// The device did not do what was asked of it.
pub fn refused(path: &Path, error: io::Error) -> SourceError {
    SourceError::of(explain(path, &error), error)
}

/// What an error of the device means to a person.
pub fn explain(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => format!("there is no {shown}; plug the camera in, or see `v4l2-ctl --list-devices`"),
        Some(Errno::ACCESS | Errno::PERM) => format!("{shown} may not be opened; add this user to the group `video`"),
        Some(Errno::BUSY) => format!("{shown} is in use by another program"),
        Some(Errno::NODEV | Errno::NXIO) => format!("{shown} was unplugged"),
        Some(Errno::NOTTY) => format!("{shown} is no camera; see `v4l2-ctl --list-devices`"),
        _ => format!("{shown}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_camera_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        for (path, trouble, words) in [
            (dir.path().join("video9"), CameraTrouble::Missing, "plug the camera in"),
            ("/dev/null".into(), CameraTrouble::Unsuitable, "is no camera"),
        ] {
            let error = Node::open(&path).err().unwrap();
            let text = error.to_string();
            assert_eq!(error.trouble, trouble, "{text}");
            assert!(text.contains(&path.display().to_string()) && text.contains(words), "{text}");
        }
    }
}
