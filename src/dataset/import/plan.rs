//! A data set as read from its files, before it meets the store.

use crate::domain::{BBox, Category, FrameSource, Label, LabelKind, Phase};
use jiff::Timestamp;

/// Everything a data set says.
#[derive(Debug, Default)]
pub struct Plan {
    /// What the data set is called in messages.
    pub name: String,
    pub categories: Vec<Category>,
    pub pictures: Vec<Picture>,
    /// What is left out already, a sentence each.
    pub skipped: Vec<String>,
    /// Whether labels count pixels as they are stored, whatever EXIF says of turning them.
    pub as_stored: bool,
}

#[derive(Debug)]
pub struct Picture {
    /// As the data set names it.
    pub file: String,
    /// Width and height, where the data set says so.
    pub size: Option<(u32, u32)>,
    pub phase: Phase,
    pub source: FrameSource,
    pub taken: Option<Timestamp>,
    pub objects: Vec<Object>,
}

/// One label to be.
#[derive(Debug)]
pub struct Object {
    /// Place in `Plan::categories`.
    pub category: usize,
    /// In pixels, or in shares of the picture where `relative`.
    pub bbox: BBox,
    pub outline: Option<Vec<[f32; 2]>>,
    pub relative: bool,
    /// What it is called in messages.
    pub entry: String,
}

/// More corners than this a polygon can't have in the store.
const MAX_CORNERS: usize = 1_000;

impl Object {
    /// The label in a picture of this size; `Err` says why there is none.
    pub fn label(&self, category: &Category, (width, height): (u32, u32)) -> Result<Label, String> {
        let (w, h) = (width as f32, height as f32);
        let (sx, sy) = if self.relative { (w, h) } else { (1.0, 1.0) };
        let label = |bbox, polygon| Label { category: category.name.clone(), bbox, polygon };
        if category.kind == LabelKind::Tag {
            return Ok(label(None, None));
        }
        let bbox = self.bbox.scaled(sx, sy);
        if !<[f32; 4]>::from(bbox).iter().all(|n| n.is_finite()) || bbox.width <= 0.0 || bbox.height <= 0.0 {
            return Err(format!("its box {:?} has no area", <[f32; 4]>::from(bbox)));
        }
        // What lies inside stays to the bit as it is; converting to corners and back would round.
        let inside = bbox.x >= 0.0 && bbox.y >= 0.0 && bbox.right() <= w && bbox.bottom() <= h;
        let clipped = if inside { Some(bbox) } else { bbox.clipped(w, h) };
        let bbox = clipped.ok_or_else(|| {
            format!("its box {:?} lies outside the picture of {width} × {height} pixels", <[f32; 4]>::from(bbox))
        })?;
        if category.kind == LabelKind::Box {
            return Ok(label(Some(bbox), None));
        }
        let corners = match &self.outline {
            Some(corners) => corners.iter().map(|[x, y]| [(x * sx).clamp(0.0, w), (y * sy).clamp(0.0, h)]).collect(),
            None => {
                let (right, bottom) = (bbox.right().min(w), bbox.bottom().min(h));
                vec![[bbox.x, bbox.y], [right, bbox.y], [right, bottom], [bbox.x, bottom]]
            }
        };
        let around = around(&corners).filter(|b| b.width > 0.0 && b.height > 0.0);
        match around {
            _ if corners.len() > MAX_CORNERS => Err(format!("its outline has more than {MAX_CORNERS} corners")),
            None => Err("its outline has no area".to_owned()),
            around => Ok(label(around, Some(corners))),
        }
    }
}

/// The box around these corners.
pub fn around(corners: &[[f32; 2]]) -> Option<BBox> {
    let ends = |axis: usize| {
        let values = corners.iter().map(|c| c[axis]);
        Some((values.clone().reduce(f32::min)?, values.reduce(f32::max)?))
    };
    let ((left, right), (top, bottom)) = (ends(0)?, ends(1)?);
    Some(BBox::from_corners(left, top, right, bottom))
}

/// A few of many, and how many there are.
pub fn some_of(many: &[String]) -> String {
    let shown = many.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    if many.len() > 5 { format!("{shown} and {} more", many.len() - 5) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(kind: LabelKind) -> Category {
        Category { name: "cell".into(), colour: "#000000".into(), instructions: String::new(), kind }
    }

    fn object(bbox: BBox) -> Object {
        Object { category: 0, bbox, outline: None, relative: false, entry: "annotation 1".into() }
    }

    #[test]
    fn boxes_are_clipped_and_those_outside_refused() {
        let label = |bbox| object(bbox).label(&category(LabelKind::Box), (100, 80));
        let inside = BBox::new(0.1, 0.2, 33.3, 44.4);
        assert_eq!(label(inside).unwrap().bbox, Some(inside));
        assert_eq!(label(BBox::new(-10.0, 70.0, 30.0, 30.0)).unwrap().bbox, Some(BBox::new(0.0, 70.0, 20.0, 10.0)));
        assert!(label(BBox::new(100.0, 0.0, 5.0, 5.0)).unwrap_err().contains("outside"));
        assert!(label(BBox::new(5.0, 5.0, 0.0, 5.0)).unwrap_err().contains("no area"));
        assert!(label(BBox::new(f32::NAN, 5.0, 5.0, 5.0)).is_err());
    }

    #[test]
    fn the_kind_of_the_category_decides() {
        let outline = vec![[10.0, 10.0], [30.0, 10.0], [20.0, 120.0]];
        let object = Object { outline: Some(outline), ..object(BBox::new(10.0, 10.0, 20.0, 60.0)) };
        let label = |kind| object.label(&category(kind), (100, 80)).unwrap();
        assert_eq!((label(LabelKind::Tag).bbox, label(LabelKind::Tag).polygon), (None, None));
        assert_eq!(label(LabelKind::Box).polygon, None);
        let polygon = label(LabelKind::Polygon);
        assert_eq!(polygon.polygon.unwrap()[2], [20.0, 80.0]);
        assert_eq!(polygon.bbox, Some(BBox::new(10.0, 10.0, 20.0, 70.0)));
    }

    #[test]
    fn shares_become_pixels() {
        let object = Object { relative: true, ..object(BBox::new(0.25, 0.5, 0.5, 0.25)) };
        let label = object.label(&category(LabelKind::Box), (100, 80)).unwrap();
        assert_eq!(label.bbox, Some(BBox::new(25.0, 40.0, 50.0, 20.0)));
    }
}
