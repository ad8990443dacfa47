//! The pictures of a clip, as they are asked for.

use super::answer::Unseen;
use super::asked::CarryError;
use crate::dataset::going::Going;
use crate::domain::{Frame, FrameId, Prediction};
use crate::picture::{self, Bounds};
use crate::store::Store;
use crate::tracks::{self, Course, Film, Track};
use crate::turns::Turns;
use image::RgbImage;
use std::ops::ControlFlow;

/// What it goes through on its way.
pub struct Way<'a> {
    /// At decoding pictures.
    pub turns: &'a Turns,
    /// What a model sees in a frame; empty where there is no model.
    pub detections: &'a dyn Fn(FrameId) -> Vec<Prediction>,
    /// Hears how many pictures were looked at, and says whether to go on.
    pub going: &'a mut Going<'a>,
}

/// The pictures of the clip, as they are asked for.
pub struct Reel<'a, 'w> {
    store: &'a Store,
    pub frames: &'a [Frame],
    /// Seconds of the clip.
    times: Vec<f64>,
    way: Way<'w>,
    looked: u64,
    stopped: bool,
    /// Frames whose picture could not be used, and why.
    unseen: Vec<Unseen>,
}

impl<'a, 'w> Reel<'a, 'w> {
    pub fn new(store: &'a Store, frames: &'a [Frame], way: Way<'w>) -> Self {
        let times = frames.iter().map(|frame| frame.clip.map_or(0.0, |place| place.at)).collect();
        Self { store, frames, times, way, looked: 0, stopped: false, unseen: vec![] }
    }

    /// Carries the tracks, whose marks count from `first`, along the frames from there up to before `end`.
    pub fn carry(&mut self, first: usize, end: usize, tracks: &[Track]) -> Result<Vec<Course>, CarryError> {
        let (frames, detections) = (self.frames, self.way.detections);
        let times = self.times[first..end].to_vec();
        let size = (frames[0].width, frames[0].height);
        let mut read = |number: usize| self.picture(first + number);
        let seen = |number: usize| detections(frames[first + number].id);
        let film = Film { size, times: &times, picture: &mut read, detections: &seen };
        let courses = tracks::carry(film, tracks)?;
        if self.stopped { Err(CarryError::Stopped) } else { Ok(courses) }
    }

    /// Frames whose picture could not be used.
    pub fn unseen(self) -> Vec<Unseen> {
        self.unseen
    }

    /// The picture; `None` where it can't be used, and of all once it was said to stop.
    fn picture(&mut self, number: usize) -> Option<RgbImage> {
        self.looked += 1;
        let of = 2 * self.frames.len() as u64;
        self.stopped |= (self.way.going)(self.looked.min(of), of) == ControlFlow::Break(());
        if self.stopped {
            return None;
        }
        match self.read(&self.frames[number]) {
            Ok(picture) => Some(picture),
            Err(why) => {
                let frame = self.frames[number].id;
                // Each is asked for several times.
                if self.unseen.iter().all(|unseen| unseen.frame != frame) {
                    self.unseen.push(Unseen { frame, detail: why });
                }
                None
            }
        }
    }

    fn read(&self, frame: &Frame) -> Result<RgbImage, String> {
        let first = &self.frames[0];
        if (frame.width, frame.height) != (first.width, first.height) {
            let (w, h) = (first.width, first.height);
            return Err(format!("it has {} × {} pixels, and the first {w} × {h}", frame.width, frame.height));
        }
        let _turn = self.way.turns.wait();
        let jpeg = self.store.jpeg(frame.id).map_err(|error| error.to_string())?;
        picture::decode(&jpeg, Bounds::default()).map_err(|error| error.to_string())
    }
}
