//! The pictures of a clip, as they are asked for.

use super::answer::Unseen;
use super::asked::CarryError;
use super::sizes;
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
    /// Of the pictures, in pixels.
    size: (u32, u32),
    /// Seconds of the clip.
    times: Vec<f64>,
    way: Way<'w>,
    looked: u64,
    stopped: bool,
    /// Frames whose picture could not be used, and why.
    unseen: Vec<Unseen>,
}

impl<'a, 'w> Reel<'a, 'w> {
    /// `size`: of the clip's pictures, in pixels.
    pub fn new(store: &'a Store, frames: &'a [Frame], size: (u32, u32), way: Way<'w>) -> Self {
        let times = frames.iter().map(|frame| frame.clip.map_or(0.0, |place| place.at)).collect();
        let odd = |frame: &Frame| sizes::odd(frame, size).map(|detail| Unseen { frame: frame.id, detail });
        let unseen = frames.iter().filter_map(odd).collect();
        Self { store, frames, size, times, way, looked: 0, stopped: false, unseen }
    }

    /// Whether the frame with this number is of the size of the others.
    pub fn fits(&self, number: usize) -> bool {
        sizes::odd(&self.frames[number], self.size).is_none()
    }

    /// Carries the tracks, whose marks count from `first`, along the frames from there up to before `end`.
    pub fn carry(&mut self, first: usize, end: usize, tracks: &[Track]) -> Result<Vec<Course>, CarryError> {
        let (frames, detections) = (self.frames, self.way.detections);
        let times = self.times[first..end].to_vec();
        let size = self.size;
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
        let of = 3 * self.frames.len() as u64;
        self.stopped |= (self.way.going)(self.looked.min(of), of) == ControlFlow::Break(());
        if self.stopped || !self.fits(number) {
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
        let _turn = self.way.turns.wait();
        let jpeg = self.store.jpeg(frame.id).map_err(|error| error.to_string())?;
        picture::decode(&jpeg, Bounds::default()).map_err(|error| error.to_string())
    }
}
