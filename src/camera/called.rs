//! How a camera is named in what is told of it.

use crate::domain::{CameraId, FleetEvent, FleetEventKind};
use crate::supervise::PartName;

/// What a camera is called. The only one of a device is "the camera" in words; of several each is named.
#[derive(Clone, Debug)]
pub struct Called {
    id: CameraId,
    /// Before what is said of it.
    named: String,
    /// After what parts of the daemon that serve it are called.
    of: String,
}

impl Called {
    /// The only camera of the device.
    pub fn only(id: CameraId) -> Self {
        Self { id, named: String::new(), of: String::new() }
    }

    /// One of several.
    pub fn among(id: CameraId) -> Self {
        Self { named: format!("{id}: "), of: format!(" {id}"), id }
    }

    pub fn id(&self) -> &CameraId {
        &self.id
    }

    /// The part of the daemon that does this for it: `camera`, or `camera door`.
    pub fn part(&self, what: &'static str) -> PartName {
        if self.of.is_empty() { what.into() } else { format!("{what}{}", self.of).into() }
    }

    /// What is said of it.
    pub fn words(&self, text: &str) -> String {
        format!("{}{text}", self.named)
    }

    /// What happened to it.
    pub fn event(&self, kind: FleetEventKind, text: &str) -> FleetEvent {
        FleetEvent { camera: Some(self.id.clone()), ..FleetEvent::new(kind, self.words(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_is_named_and_the_only_one_is_the_camera() {
        let (one, door) = (Called::only(CameraId::main()), Called::among("door".parse().unwrap()));
        assert_eq!((one.part("camera"), door.part("camera")), ("camera".into(), "camera door".into()));
        assert_eq!((one.words("unplugged"), door.words("unplugged")), ("unplugged".into(), "door: unplugged".into()));
        let event = door.event(FleetEventKind::CameraLost, "unplugged");
        assert_eq!((event.message.as_str(), event.camera), ("door: unplugged", Some("door".parse().unwrap())));
    }
}
