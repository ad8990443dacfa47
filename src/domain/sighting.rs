//! Objects that the live camera saw come and go.

use super::camera::CameraId;
use super::clock::Clock;
use super::event::{FleetEvent, FleetEventKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An object that the deployed model followed on the camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sighting {
    /// Its number; the next start of the daemon counts from 1 again.
    pub track: u64,
    pub category: String,
    /// The camera that saw it; absent for those seen before cameras had names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// When it was seen first.
    #[schema(value_type = String, format = DateTime)]
    pub appeared: Timestamp,
    /// When it was seen last; null while it is there. Where the device was cut off meanwhile, when it last wrote down
    /// anything.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub left: Option<Timestamp>,
    /// `unsure` where the clock was not believed at one of these, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// How sure the model was at best, 0 to 1.
    pub score: f32,
    /// The zone to watch in which it appeared, if any.
    #[serde(default)]
    pub zone: Option<String>,
}

impl Sighting {
    /// That it appeared, as an event.
    pub fn appearance(&self) -> FleetEvent {
        self.event(FleetEventKind::ObjectAppeared, "appeared", self.appeared)
    }

    /// That it left, as an event; `None` while it is there.
    pub fn departure(&self) -> Option<FleetEvent> {
        Some(self.event(FleetEventKind::ObjectLeft, "left", self.left?))
    }

    fn event(&self, kind: FleetEventKind, what: &str, time: Timestamp) -> FleetEvent {
        FleetEvent {
            time,
            clock: self.clock,
            camera: self.camera.clone(),
            category: Some(self.category.clone()),
            track: Some(self.track),
            score: Some(self.score),
            zone: self.zone.clone(),
            ..FleetEvent::new(kind, format!("{} {} {what}", self.category, self.track))
        }
    }
}
