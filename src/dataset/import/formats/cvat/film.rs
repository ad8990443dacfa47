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
    /// Tracks of which nothing says that they ended, and the number of their last shape.
    pub open: Vec<(u32, String)>,
    task: Task,
}

/// What a task or a job says of its frames: the numbers of the first and the last, how many there are, and every which of the film
/// was taken.
#[derive(Default)]
struct Task {
    first: Option<u32>,
    last: Option<u32>,
    count: Option<u32>,
    step: Option<u32>,
    /// There are several of them, each with frames of its own.
    several: bool,
}

/// The track whose shapes come.
pub struct Track {
    pub id: String,
    pub label: String,
    /// Its shapes so far, in whatever order.
    pub shapes: Vec<Seen>,
}

/// A shape of a track.
pub struct Seen {
    pub number: u32,
    /// The object is not seen from here on.
    pub outside: bool,
    /// Of an upright box.
    pub edges: Option<[f64; 4]>,
}

impl Track {
    pub fn of(attributes: &Attributes) -> Self {
        let text = |key| attributes.get(key).unwrap_or_default().trim().to_owned();
        // The store takes no other letters.
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-');
        let id: String = text("id").chars().filter(plain).take(*limits::TRACK.end()).collect();
        Self { id, label: text("label"), shapes: Vec::new() }
    }
}

impl Default for Film {
    fn default() -> Self {
        let (track, width, height, frames, open, task) = Default::default();
        Self { id: ClipId::new(), track, width, height, frames, open, task }
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

    /// What is said of its frames.
    pub fn say_frames(&mut self, key: &str, text: &str) {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let number: Option<u32> = digits.parse().ok();
        let task = &mut self.task;
        match key {
            "start_frame" => {
                task.several |= task.first.is_some();
                task.first = number;
            }
            "stop_frame" => task.last = number,
            "size" => task.count = number,
            // `step=5`
            "frame_filter" => task.step = number,
            _ => {}
        }
    }

    /// The first and the last of its frames, and every which there is, where that is sure: what the tracks say lies among them.
    pub fn numbers(&self) -> Option<(u32, u32, u32)> {
        let Task { first, last, count, step, several } = self.task;
        let (first, step) = (first?, step.unwrap_or(1).max(1));
        let of_count = count.and_then(|count| first.checked_add(count.checked_sub(1)?.checked_mul(step)?));
        let last = last.into_iter().chain(of_count).min()?;
        let is_of = |number: &u32| (first..=last).contains(number) && (number - first).is_multiple_of(step);
        let sure = !several && !self.frames.is_empty() && self.frames.keys().all(is_of);
        sure.then_some((first, last, step))
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
