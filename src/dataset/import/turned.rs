//! Which way up boxes count.
//!
//! A camera that is held sideways stores the picture as its sensor sees it, and says in EXIF how to turn it. Whoever
//! labels in a browser sees it upright, and so do most programs (CVAT, Label Studio, Roboflow, OpenCV, Ultralytics): their
//! boxes count pixels of the upright picture. Scripts that read pixels with Pillow or libjpeg alone write boxes that count
//! pixels as they are stored. Frames here are upright, and boxes of the stored pixels are turned with them: what is stored is
//! the same whichever habit the data set has. What boxes count is decided for each data set:
//!
//! 1. as the importer says ([`Boxes`]);
//! 2. else, where a quarter turn swaps width and height, by the size that the data set gives for that picture;
//! 3. else (half turns, mirrored, squares, no size given) as the pictures of the same data set that tell it do;
//! 4. else the upright picture.

use super::told::Note;
use crate::domain::{BBox, Label};
use crate::picture::{self, Orientation};

pub static TURNED: Note = Note::new(
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

/// The pixels that the boxes of a picture count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pixels {
    /// Width and height.
    pub size: (u32, u32),
    /// How they are turned to be those of the upright picture.
    pub orientation: Orientation,
}

impl Pixels {
    /// Those of the upright picture.
    pub fn upright(self) -> Self {
        Self { size: picture::upright_size(self.orientation, self.size), orientation: Orientation::NoTransforms }
    }

    /// A label that counts these, as one of the upright picture.
    pub fn turned(&self, label: Label) -> Label {
        if self.orientation == Orientation::NoTransforms {
            return label;
        }
        let size = (self.size.0 as f32, self.size.1 as f32);
        let point = |at| picture::upright_point(self.orientation, at, size);
        let around = |b: BBox| {
            let turned = BBox::around(&[point([b.x, b.y]), point([b.right(), b.bottom()])]).unwrap_or(b);
            // Rounding may have moved an edge over that of the picture.
            turned.clip_to(self.upright().size, f32::INFINITY).unwrap_or(turned)
        };
        let polygon = label.polygon.map(|corners| corners.into_iter().map(point).collect::<Vec<_>>());
        let bbox = polygon.as_deref().and_then(BBox::around).or_else(|| label.bbox.map(around));
        Label { bbox, polygon, ..label }
    }
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
/// set, `pixels` are those of the file.
pub fn by_size(size: Option<(u32, u32)>, pixels: Pixels) -> Option<bool> {
    let (stored, upright) = (pixels.size, pixels.upright().size);
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
        let pixels = |width, height, orientation| Pixels { size: (width, height), orientation };
        let (quarter, half) = (Orientation::Rotate90, Orientation::Rotate180);
        assert_eq!(by_size(Some((40, 30)), pixels(30, 40, quarter)), Some(true));
        assert_eq!(by_size(Some((30, 40)), pixels(30, 40, quarter)), Some(false));
        assert_eq!(by_size(Some((30, 40)), pixels(30, 40, half)), None);
        assert_eq!(by_size(Some((30, 30)), pixels(30, 30, quarter)), None);
        assert_eq!(by_size(None, pixels(30, 40, quarter)), None);
        assert_eq!(by_size(Some((1, 2)), pixels(30, 40, quarter)), None);
    }

    #[test]
    fn a_label_is_turned_with_its_picture() {
        let pixels = Pixels { size: (160, 120), orientation: Orientation::Rotate90 };
        let label = |bbox, polygon| Label { bbox: Some(bbox), polygon, ..Label::tag("cell") };
        let turned = pixels.turned(label(BBox::new(10.0, 12.0, 40.0, 24.0), None));
        assert_eq!(turned.bbox, Some(BBox::new(84.0, 10.0, 24.0, 40.0)));
        let corners = vec![[10.0, 12.0], [50.0, 12.0], [50.0, 36.0]];
        let turned = pixels.turned(label(BBox::new(10.0, 12.0, 40.0, 24.0), Some(corners)));
        assert_eq!(turned.polygon, Some(vec![[108.0, 10.0], [108.0, 50.0], [84.0, 50.0]]));
        assert_eq!(turned.bbox, Some(BBox::new(84.0, 10.0, 24.0, 40.0)));
        assert_eq!(pixels.turned(Label::tag("cell")), Label::tag("cell"));
    }

    #[test]
    fn the_others_follow_those_that_tell() {
        let mut habit = Habit::default();
        assert!(habit.upright() && !habit.is_known());
        habit.tells(false);
        assert!(!habit.upright() && habit.is_known());
    }
}
