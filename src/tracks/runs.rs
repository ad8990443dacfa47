//! Where a box was found in the pictures of a film, in one direction.

use super::edges::Edges;

/// Overlap of two ways to one place, from which they agree; and of a way with the box at its end, from which it led there.
pub const AGREE: f32 = 0.5;
pub const ARRIVED: f32 = 0.4;

/// Why a box is not followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It came to the end of its stretch.
    Reached,
    Lost,
    /// It left the picture.
    Out,
}

/// Where a box was found in a picture, or is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub edges: Edges,
    /// `None` where it was not found, but waited for.
    pub score: Option<f32>,
    /// How alike it is to what it was where it began, -1 to 1.
    pub alike: f32,
    /// Whether it was found to be something else, maybe.
    pub doubted: bool,
}

/// Where a box was found, in one direction from where it began.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The picture in which it began.
    pub key: usize,
    /// By their distance from `key` in pictures, less 1; the last was found.
    pub found: Vec<Spot>,
    pub end: End,
}

/// The runs of an object, in the order of its keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    pub ahead: Vec<Run>,
    pub behind: Vec<Run>,
}

impl Run {
    /// What was found in this picture.
    pub fn at(&self, picture: usize) -> Option<&Spot> {
        let away = picture.abs_diff(self.key).checked_sub(1)?;
        self.found.get(away).filter(|spot| spot.score.is_some())
    }

    /// What was waited for to the end was not found: it was lost before.
    pub fn ended(mut self, end: End) -> Self {
        let found = self.found.iter().rposition(|spot| spot.score.is_some()).map_or(0, |last| last + 1);
        let waited = found < self.found.len();
        self.found.truncate(found);
        self.end = if waited && end == End::Reached { End::Lost } else { end };
        self
    }
}

/// A box from which it is followed.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Number of the object.
    pub track: usize,
    pub key: usize,
    pub edges: Edges,
    /// Last picture of the stretch.
    pub last: usize,
    /// Pixels of the picture a second, as far as it is known.
    pub speed: Option<(f32, f32)>,
}
