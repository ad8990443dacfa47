//! What goes in and what comes out.

use crate::domain::{BBox, LabelOrigin, Prediction};
use image::RgbImage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

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
    /// The pictures through which it is carried; all of them, unless said otherwise.
    pub within: Option<Range<usize>>,
}

/// A run of pictures of one camera.
pub struct Film<'a> {
    /// Width and height of its pictures; one of another size is passed over as if it were not there.
    pub size: (u32, u32),
    /// When each was taken, in seconds from any moment on.
    pub times: &'a [f64],
    /// The picture with this number; `None` where there is none. Asked for in order, forwards, backwards and forwards
    /// again, and only where something is followed; one is in memory at a time.
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
    /// One a picture: nobody knows whether it can be seen there. So it is from where it was lost, or more of it came into view than
    /// was drawn, to where something is said of it, or to the film's end.
    pub unknown: Vec<bool>,
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
