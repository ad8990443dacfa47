//! Labels as the store takes them, from what was read and the size of the picture.

use super::found::Thing;
use super::told::{Note, Reason};
use crate::domain::{BBox, BoxError, Category, Label, LabelKind, limits, outline};

pub static NO_AREA: Reason = Reason::new("no_area", "boxes without area, or with numbers that are none");
pub static SMALL: Reason =
    Reason::new("too_small", "boxes of less than half a pixel across or up, in which nothing can be seen");
pub static OUTSIDE: Reason = Reason::new("outside", "boxes that lie outside of their picture");
pub static OUTLINE: Reason = Reason::new("outline", "outlines without area");
pub static BOXED_TAG: Reason = Reason::new(
    "boxed_tag",
    "boxes and outlines in categories that tag the whole picture; give what lies in a box a category of its own",
);
pub static SQUARED: Note = Note::new(
    "boxed_outline",
    "boxes and round shapes in categories of outlines; each became an outline of the four corners of its box",
);
pub static DENSE: Note = Note::new(
    "many_corners",
    "outlines with more than 1000 corners; in place of each the four corners of its box were taken",
);

/// The label in a picture of this size; `Err` says why there is none.
pub fn label(mut thing: Thing, category: &Category, size: (u32, u32)) -> Result<Label, (&'static Reason, String)> {
    let (sx, sy) = if thing.relative { (size.0 as f32, size.1 as f32) } else { (1.0, 1.0) };
    let attributes = std::mem::take(&mut thing.attributes);
    let label = |bbox, polygon| attributes.on(Label { bbox, polygon, ..Label::tag(&category.name) });
    if category.kind == LabelKind::Tag {
        return match is_whole(&thing, size) {
            true => Ok(label(None, None)),
            false => Err((&BOXED_TAG, format!("{:?}", <[f32; 4]>::from(in_pixels(&thing, size))))),
        };
    }
    let bbox = clipped(thing.bbox.scaled(sx, sy), size)?;
    if category.kind == LabelKind::Box {
        return Ok(label(Some(bbox), None));
    }
    let corners: Vec<[f32; 2]> = match &thing.outline {
        Some(corners) if limits::CORNERS.contains(&corners.len()) => {
            corners.iter().map(|[x, y]| [x * sx, y * sy]).collect()
        }
        _ => {
            let (right, bottom) = (bbox.right(), bbox.bottom());
            vec![[bbox.x, bbox.y], [right, bbox.y], [right, bottom], [bbox.x, bottom]]
        }
    };
    match outline::clip_to(&corners, size, f32::INFINITY) {
        Ok((corners, around)) => Ok(label(Some(around), Some(corners))),
        Err(_) => Err((&OUTLINE, "no area".to_owned())),
    }
}

/// Whether a thing is the whole picture, as a tag is: it has no place in it, or, as in our own COCO files, all of it.
fn is_whole(thing: &Thing, size: (u32, u32)) -> bool {
    let whole = BBox::new(0.0, 0.0, size.0 as f32, size.1 as f32);
    let bbox = in_pixels(thing, size);
    thing.outline.is_none() && (bbox == BBox::new(0.0, 0.0, 0.0, 0.0) || !is_cut(&bbox, &whole))
}

/// What is to be known of a thing that became a label of an outline.
pub fn remark(thing: &Thing, category: &Category) -> Option<&'static Note> {
    match &thing.outline {
        _ if category.kind != LabelKind::Polygon => None,
        None => Some(&SQUARED),
        Some(corners) => (!limits::CORNERS.contains(&corners.len())).then_some(&DENSE),
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
        let boxed = label(thing.clone(), &category(LabelKind::Tag), (100, 80)).unwrap_err();
        assert_eq!(boxed.0.kind(), "boxed_tag");
        for whole in [[0.0, 0.0, 100.0, 80.0], [0.0; 4]] {
            let tag = label(self::thing(whole.into()), &category(LabelKind::Tag), (100, 80)).unwrap();
            assert_eq!((tag.bbox, tag.polygon), (None, None));
        }
        let label = |kind| label(thing.clone(), &category(kind), (100, 80)).unwrap();
        assert_eq!(label(LabelKind::Box).polygon, None);
        let polygon = label(LabelKind::Polygon);
        assert_eq!(polygon.polygon.unwrap()[2], [20.0, 80.0]);
        assert_eq!(polygon.bbox, Some(BBox::new(10.0, 10.0, 20.0, 70.0)));
    }

    #[test]
    fn what_is_no_outline_becomes_the_corners_of_its_box_and_is_told() {
        let corner = |i: usize| [10.0 + (i as f32 / 200.0).cos(), 10.0 + (i as f32 / 200.0).sin()];
        for (outline, kind) in [(None, "boxed_outline"), (Some((0..1_001).map(corner).collect()), "many_corners")] {
            let thing = Thing { outline, ..thing(BBox::new(10.0, 10.0, 20.0, 60.0)) };
            let (category, of_boxes) = (category(LabelKind::Polygon), category(LabelKind::Box));
            assert_eq!(remark(&thing, &category).map(Note::kind), Some(kind));
            assert!(remark(&thing, &of_boxes).is_none());
            let label = label(thing, &category, (100, 80)).unwrap();
            assert_eq!((label.polygon.unwrap().len(), label.bbox), (4, Some(BBox::new(10.0, 10.0, 20.0, 60.0))));
        }
    }

    #[test]
    fn shares_become_pixels() {
        let thing = Thing { relative: true, ..thing(BBox::new(0.25, 0.5, 0.5, 0.25)) };
        let label = label(thing, &category(LabelKind::Box), (100, 80)).unwrap();
        assert_eq!(label.bbox, Some(BBox::new(25.0, 40.0, 50.0, 20.0)));
    }
}
