//! A data set as read from its files, before it meets the store.

use crate::dataset::attributes::Attributes;
use crate::domain::{BBox, BoxError, Category, FrameSource, Label, LabelKind, OutlineError, Phase, limits, outline};
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
    pub attributes: Attributes,
    /// What it is called in messages.
    pub entry: String,
}

impl Object {
    /// The label in a picture of this size; `Err` says why there is none.
    pub fn label(&self, category: &Category, size: (u32, u32)) -> Result<Label, String> {
        let (sx, sy) = if self.relative { (size.0 as f32, size.1 as f32) } else { (1.0, 1.0) };
        let label = |bbox, polygon| self.attributes.clone().on(Label { bbox, polygon, ..Label::tag(&category.name) });
        if category.kind == LabelKind::Tag {
            return Ok(label(None, None));
        }
        let bbox = self.bbox.scaled(sx, sy);
        let bbox = bbox.clip_to(size, f32::INFINITY).map_err(|error| match error {
            BoxError::NotFinite(bbox) | BoxError::NoArea(bbox) => format!("its box {bbox:?} has no area"),
            BoxError::Reaches { bbox, frame: (width, height) } | BoxError::Outside { bbox, frame: (width, height) } => {
                format!("its box {bbox:?} lies outside the picture of {width} × {height} pixels")
            }
        })?;
        if category.kind == LabelKind::Box {
            return Ok(label(Some(bbox), None));
        }
        let corners: Vec<[f32; 2]> = match &self.outline {
            Some(corners) => corners.iter().map(|[x, y]| [x * sx, y * sy]).collect(),
            None => {
                let (right, bottom) = (bbox.right(), bbox.bottom());
                vec![[bbox.x, bbox.y], [right, bbox.y], [right, bottom], [bbox.x, bottom]]
            }
        };
        match outline::clip_to(&corners, size, f32::INFINITY) {
            Ok((corners, around)) => Ok(label(Some(around), Some(corners))),
            Err(OutlineError::Corners { .. }) => {
                Err(format!("its outline has more than {} corners", limits::CORNERS.end()))
            }
            Err(_) => Err("its outline has no area".to_owned()),
        }
    }
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
        Object {
            category: 0,
            bbox,
            outline: None,
            relative: false,
            attributes: Attributes::default(),
            entry: "annotation 1".into(),
        }
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
