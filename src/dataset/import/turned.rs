//! Which way up boxes count.
//!
//! A camera that is held sideways stores the picture as its sensor sees it, and says in EXIF how to turn it. Whoever
//! labels in a browser sees it upright, and so do most programs (CVAT, Label Studio, Roboflow, OpenCV, Ultralytics): their
//! boxes count pixels of the upright picture. Scripts that read pixels with Pillow or libjpeg alone write boxes that count
//! pixels as they are stored. Frames here are upright; what boxes count is decided for each data set:
//!
//! 1. as the importer says ([`Boxes`]);
//! 2. else, where a quarter turn swaps width and height, by the size that the data set gives for that picture;
//! 3. else (half turns, mirrored, squares, no size given) as the pictures of the same data set that tell it do;
//! 4. else the upright picture.

use super::told::Reason;

pub static TURNED: Reason = Reason::new(
    "turned",
    "pictures that their camera says to turn, while nothing tells whether their boxes count before or after: they were \
     taken to count what one sees. If the boxes lie wrong, import again with boxes counted as stored",
);

/// What boxes count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Boxes {
    /// As the data set tells.
    #[default]
    Auto,
    /// Pixels of the picture as one sees it.
    Upright,
    /// Pixels as they are stored in the file, whatever it says of turning them.
    Stored,
}

/// What the pictures of a data set tell.
#[derive(Debug, Default)]
pub struct Habit {
    upright: u64,
    stored: u64,
}

impl Habit {
    /// A picture whose size tells it: given is that of the upright one, or of the stored one.
    pub fn tells(&mut self, upright: bool) {
        match upright {
            true => self.upright += 1,
            false => self.stored += 1,
        }
    }

    /// How boxes count where the picture does not tell.
    pub fn upright(&self) -> bool {
        self.upright >= self.stored
    }

    /// Whether any picture told it.
    pub fn is_known(&self) -> bool {
        self.upright != self.stored
    }
}

/// Whether the upright picture is meant, by its size alone; `None` where that does not tell. `size` is given by the data
/// set, `stored` is that of the file.
pub fn by_size(size: Option<(u32, u32)>, stored: (u32, u32), swaps: bool) -> Option<bool> {
    let upright = if swaps { (stored.1, stored.0) } else { stored };
    let size = size.filter(|_| upright != stored)?;
    if size == upright {
        Some(true)
    } else if size == stored {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_is_told_by_the_size_and_nothing_else_is() {
        assert_eq!(by_size(Some((40, 30)), (30, 40), true), Some(true));
        assert_eq!(by_size(Some((30, 40)), (30, 40), true), Some(false));
        assert_eq!(by_size(Some((30, 40)), (30, 40), false), None);
        assert_eq!(by_size(Some((30, 30)), (30, 30), true), None);
        assert_eq!(by_size(None, (30, 40), true), None);
        assert_eq!(by_size(Some((1, 2)), (30, 40), true), None);
    }

    #[test]
    fn the_others_follow_those_that_tell() {
        let mut habit = Habit::default();
        assert!(habit.upright() && !habit.is_known());
        habit.tells(false);
        assert!(!habit.upright() && habit.is_known());
    }
}
