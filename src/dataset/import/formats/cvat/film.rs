//! Tracks of "CVAT for video": an object's shapes by the number of the frame. The film's frames lie beside the labels, as CVAT
//! exports them with the task's images: `images/frame_000000.PNG` and so on.

use crate::dataset::import::formats::xml::Attributes;
use crate::dataset::import::found::PictureId;
use crate::domain::limits;
use std::collections::HashMap;

/// The film that a file is about.
#[derive(Default)]
pub struct Film {
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

impl Film {
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
