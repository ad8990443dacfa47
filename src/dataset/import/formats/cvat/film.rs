//! Tracks of "CVAT for video": an object's shapes by the number of the frame. The film's frames lie beside the labels, as CVAT
//! exports them with the task's images: `images/frame_000000.PNG` and so on.

use crate::dataset::import::formats::xml::Attributes;
use crate::dataset::import::found::PictureId;
use crate::domain::{ClipId, ClipPlace, limits};
use std::collections::HashMap;

/// Frames a second of a film, of which CVAT does not say how many it has.
const RATE: f64 = 25.0;

/// The film that a file is about.
pub struct Film {
    id: ClipId,
    pub track: Option<Track>,
    /// Of its pictures, where that is said.
    width: Option<u32>,
    height: Option<u32>,
    /// By number; `None` where the picture is not there.
    pub frames: HashMap<u32, Option<PictureId>>,
}

/// The track whose shapes come.
pub struct Track {
    pub id: String,
    pub label: String,
    /// The box that came last, where the object was seen.
    pub last: Option<(u32, [f64; 4])>,
}

impl Track {
    pub fn of(attributes: &Attributes) -> Self {
        let text = |key| attributes.get(key).unwrap_or_default().trim().to_owned();
        // The store takes no other letters.
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-');
        let id: String = text("id").chars().filter(plain).take(*limits::TRACK.end()).collect();
        Self { id, label: text("label"), last: None }
    }
}

impl Default for Film {
    fn default() -> Self {
        let (track, width, height, frames) = Default::default();
        Self { id: ClipId::new(), track, width, height, frames }
    }
}

impl Film {
    /// The place of the frame of that number.
    pub fn place(&self, number: u32) -> ClipPlace {
        ClipPlace { id: self.id, at: f64::from(number) / RATE }
    }

    /// Width and height of its pictures.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height)
    }

    /// A side of its pictures.
    pub fn say(&mut self, side: &str, text: &str) {
        let pixels = text.trim().parse().ok().filter(|pixels| *pixels > 0);
        match side {
            "width" => self.width = pixels,
            "height" => self.height = pixels,
            _ => {}
        }
    }
}
