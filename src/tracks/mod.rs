//! Labels carried along a film: from the boxes that somebody drew on some of its pictures to boxes on all of them.
//!
//! Pictures and boxes in, boxes out; nothing here knows of a store or a door. Each drawn box is followed forwards to the
//! next one and backwards to the one before (`passes`, `follower`); then both ways are brought together (`course`).
//! `docs/tracks.md` says how well that goes.

mod course;
mod edges;
mod follower;
mod legs;
pub mod measure;
mod passes;
mod patch;
mod sight;

use crate::domain::{BBox, LabelOrigin, Prediction, limits};
use image::RgbImage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody said of an object in one picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is here: what of it can be seen.
    Box(BBox),
    /// From this picture on it can't be seen.
    Gone,
    /// From this picture on it can be seen again.
    Back,
}

/// An object, and what was said of it, by number of the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    pub name: String,
    pub category: String,
    pub marks: BTreeMap<usize, Mark>,
}

/// A run of pictures of one camera.
pub struct Film<'a> {
    /// Width and height of its pictures; one of another size is passed over as if it were not there.
    pub size: (u32, u32),
    /// When each was taken, in seconds from any moment on.
    pub times: &'a [f64],
    /// The picture with this number; `None` where there is none. Asked for in order, forwards and then backwards, and only
    /// where something is followed; one is in memory at a time.
    pub picture: &'a mut dyn FnMut(usize) -> Option<RgbImage>,
    /// What a model sees in it; empty where there is no model.
    pub detections: &'a dyn Fn(usize) -> Vec<Prediction>,
}

/// The box of an object in one picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Carried {
    /// What of it can be seen, in pixels of the picture.
    pub bbox: BBox,
    /// How likely it is right, 0 to 1.
    pub score: f32,
    /// `drawn` where it was, `interpolated` between two drawn ones, else `carried`.
    pub origin: LabelOrigin,
    /// False where somebody should look.
    pub sure: bool,
}

/// Why somebody should look at a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was not found there.
    Lost,
    /// It has come further into the picture than was ever drawn of it.
    Unseen,
    /// The ways from both sides lead to different places, or none of them leads there.
    Doubtful,
}

/// A picture in which an object should be drawn next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ask {
    pub picture: usize,
    pub why: Why,
}

/// An object through the whole film.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// One a picture; `None` where it can't be seen, or nobody knows.
    pub boxes: Vec<Option<Carried>>,
    /// Where somebody should look, in order.
    pub asks: Vec<Ask>,
}

/// What can't be carried.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrackError {
    #[error(
        "track `{track}` says something of picture {picture}, and there are {pictures}: their numbers begin with 0"
    )]
    NoSuchPicture { track: String, picture: usize, pictures: usize },
    #[error("track `{track}`, picture {picture}: {why}")]
    Box { track: String, picture: usize, why: String },
    #[error("the pictures must be in the order in which they were taken: number {0} is not after the one before it")]
    Order(usize),
}

/// Carries each track through the film; the answer is in the order of the tracks.
pub fn carry(film: Film, tracks: &[Track]) -> Result<Vec<Course>, TrackError> {
    let pictures = film.times.len();
    if let Some(at) = film.times.windows(2).position(|pair| !(pair[1] >= pair[0] && pair[1].is_finite())) {
        return Err(TrackError::Order(at + 1));
    }
    let size = film.size;
    let mut legs = Vec::with_capacity(tracks.len());
    for track in tracks {
        if let Some(&picture) = track.marks.keys().find(|picture| **picture >= pictures) {
            return Err(TrackError::NoSuchPicture { track: track.name.clone(), picture, pictures });
        }
        let mut of = legs::of(track, pictures);
        for (picture, bbox) in &mut of.keys {
            *bbox = bbox.clip_to(size, limits::OVERHANG).map_err(|why| TrackError::Box {
                track: track.name.clone(),
                picture: *picture,
                why: why.to_string(),
            })?;
        }
        legs.push(of);
    }
    let times = film.times;
    let runs = passes::run(film, tracks, &legs);
    Ok(legs.iter().zip(&runs).map(|(legs, runs)| course::settle(legs, runs, times, size)).collect())
}

#[cfg(test)]
mod tests;
