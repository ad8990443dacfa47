//! Labels as the store takes them, from what was read and the size of the picture.

use super::found::Thing;
use super::told::Reason;
use crate::domain::{BBox, BoxError, Category, Label, LabelKind, OutlineError, limits, outline};

pub static NO_AREA: Reason = Reason::new("no_area", "boxes without area, or with numbers that are none");
pub static SMALL: Reason =
    Reason::new("too_small", "boxes of less than half a pixel across or up, in which nothing can be seen");
pub static OUTSIDE: Reason = Reason::new("outside", "boxes that lie outside of their picture");
pub static OUTLINE: Reason = Reason::new("outline", "outlines without area, or with more than 1000 corners");

/// The label in a picture of this size; `Err` says why there is none.
pub fn label(thing: Thing, category: &Category, size: (u32, u32)) -> Result<Label, (&'static Reason, String)> {
    let (sx, sy) = if thing.relative { (size.0 as f32, size.1 as f32) } else { (1.0, 1.0) };
    let attributes = thing.attributes;
    let label = |bbox, polygon| attributes.on(Label { bbox, polygon, ..Label::tag(&category.name) });
    if category.kind == LabelKind::Tag {
        return Ok(label(None, None));
    }
    let bbox = clipped(thing.bbox.scaled(sx, sy), size)?;
    if category.kind == LabelKind::Box {
        return Ok(label(Some(bbox), None));
    }
    let corners: Vec<[f32; 2]> = match &thing.outline {
        Some(corners) => corners.iter().map(|[x, y]| [x * sx, y * sy]).collect(),
        None => {
            let (right, bottom) = (bbox.right(), bbox.bottom());
            vec![[bbox.x, bbox.y], [right, bbox.y], [right, bottom], [bbox.x, bottom]]
        }
    };
    match outline::clip_to(&corners, size, f32::INFINITY) {
        Ok((corners, around)) => Ok(label(Some(around), Some(corners))),
        Err(OutlineError::Corners { .. }) => Err((&OUTLINE, format!("more than {} corners", limits::CORNERS.end()))),
        Err(_) => Err((&OUTLINE, "no area".to_owned())),
    }
}

/// The box of a thing in pixels of a picture of this size.
pub fn in_pixels(thing: &Thing, size: (u32, u32)) -> BBox {
    match thing.relative {
        true => thing.bbox.scaled(size.0 as f32, size.1 as f32),
        false => thing.bbox,
    }
}

/// Whether more than rounding was cut off.
pub fn is_cut(given: &BBox, taken: &BBox) -> bool {
    let edges = |b: &BBox| [b.x, b.y, b.right(), b.bottom()];
    edges(given).iter().zip(edges(taken)).any(|(a, b)| (a - b).abs() > limits::OVERHANG)
}

fn clipped(bbox: BBox, size: (u32, u32)) -> Result<BBox, (&'static Reason, String)> {
    let clipped = bbox.clip_to(size, f32::INFINITY).map_err(|error| match error {
        BoxError::NotFinite(bbox) | BoxError::NoArea(bbox) => (&NO_AREA, format!("{bbox:?}")),
        BoxError::Reaches { bbox, frame: (width, height) } | BoxError::Outside { bbox, frame: (width, height) } => {
            (&OUTSIDE, format!("{bbox:?} in {width} × {height} pixels"))
        }
    })?;
    match clipped.width.min(clipped.height) < limits::SEEN {
        true => Err((&SMALL, format!("{:?}", <[f32; 4]>::from(clipped)))),
        false => Ok(clipped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::attributes::Attributes;
    use crate::dataset::import::found::Entry;

    fn category(kind: LabelKind) -> Category {
        Category { name: "cell".into(), colour: "#000000".into(), instructions: String::new(), kind }
    }

    fn thing(bbox: BBox) -> Thing {
        let (attributes, entry) = (Attributes::default(), Entry::Number(1));
        Thing { category: 0, bbox, outline: None, relative: false, attributes, entry }
    }

    #[test]
    fn boxes_are_clipped_and_those_outside_refused() {
        let label = |bbox| label(thing(bbox), &category(LabelKind::Box), (100, 80));
        let inside = BBox::new(0.1, 0.2, 33.3, 44.4);
        assert_eq!(label(inside).unwrap().bbox, Some(inside));
        assert_eq!(label(BBox::new(-10.0, 70.0, 30.0, 30.0)).unwrap().bbox, Some(BBox::new(0.0, 70.0, 20.0, 10.0)));
        for (bbox, kind) in [
            ([100.0, 0.0, 5.0, 5.0], "outside"),
            ([5.0, 5.0, 0.0, 5.0], "no_area"),
            ([5.0, 5.0, 0.02, 5.0], "too_small"),
            ([99.8, 5.0, 9.0, 5.0], "too_small"),
            ([5.0, 5.0, -5.0, -5.0], "no_area"),
            ([f32::NAN, 5.0, 5.0, 5.0], "no_area"),
        ] {
            assert_eq!(label(bbox.into()).unwrap_err().0.kind(), kind, "{bbox:?}");
        }
    }

    #[test]
    fn the_kind_of_the_category_decides() {
        let outline = vec![[10.0, 10.0], [30.0, 10.0], [20.0, 120.0]];
        let thing = Thing { outline: Some(outline), ..thing(BBox::new(10.0, 10.0, 20.0, 60.0)) };
        let label = |kind| label(thing.clone(), &category(kind), (100, 80)).unwrap();
        assert_eq!((label(LabelKind::Tag).bbox, label(LabelKind::Tag).polygon), (None, None));
        assert_eq!(label(LabelKind::Box).polygon, None);
        let polygon = label(LabelKind::Polygon);
        assert_eq!(polygon.polygon.unwrap()[2], [20.0, 80.0]);
        assert_eq!(polygon.bbox, Some(BBox::new(10.0, 10.0, 20.0, 70.0)));
    }

    #[test]
    fn shares_become_pixels() {
        let thing = Thing { relative: true, ..thing(BBox::new(0.25, 0.5, 0.5, 0.25)) };
        let label = label(thing, &category(LabelKind::Box), (100, 80)).unwrap();
        assert_eq!(label.bbox, Some(BBox::new(25.0, 40.0, 50.0, 20.0)));
    }
}
