//! What people draw, as the tools give it: boxes, boxes that are turned, outlines, round things, and tags of the whole picture.
//!
//! How a category is applied is known when all of it is read: outlines alone make it one of outlines, tags alone one of
//! tags, anything else one of boxes, unless the device or the data set says it.

use crate::dataset::attributes::Attributes;
use crate::dataset::import::found::{CategoryId, Entry, Found, PictureId, Thing};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::{BBox, LabelKind};
use std::collections::HashMap;

static SWAPPED: Note = Note::new("swapped", "boxes whose corners were written the other way round; they were swapped");
static SHARES: Reason = Reason::new(
    "box_in_shares",
    "boxes of less than one pixel, which look like shares of the picture; this form counts pixels",
);
pub static TURNED_BOX: Note = Note::new("turned_box", "boxes that are turned; the upright box around each was taken");
static ROUND: Note = Note::new("round", "circles and ellipses; the box around each was taken");
static OUTLINED: Note =
    Note::new("outlined", "categories with outlines, which take boxes; the box around each outline was taken");
static SEVERAL_PARTS: Note = Note::new(
    "several_parts",
    "categories of outlines with objects in several parts; of each the largest part was kept, and the box around that",
);
static TAG_OF_BOXES: Reason = Reason::new(
    "tag_of_boxes",
    "tags of the whole picture in categories that take boxes; give the tag a name of its own",
);
static APART: Note = Note::new(
    "box_and_outline",
    "objects whose box lies otherwise than their outline; the outline was taken, look them over",
);
pub static GROUPED: Note =
    Note::new("grouped", "shapes that belong together (`group_id`); each was taken as an object of its own");
/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    /// Left, top, right and bottom edge.
    Box([f64; 4]),
    /// The corners of a box that does not stand upright.
    Turned(Vec<[f64; 2]>),
    Outline(Vec<[f64; 2]>),
    /// Centre, radii, and by how many degrees it is turned.
    Round([f64; 2], [f64; 2], f64),
}

impl Drawn {
    /// The upright box with these corners, in whatever order.
    pub fn boxed(corners: &[[f64; 2]]) -> Self {
        Self::Box(ends(corners))
    }

    /// The box with these corners: upright, or, where there are four of them that are no upright box, turned.
    pub fn from_corners(corners: Vec<[f64; 2]>) -> Self {
        let [left, top, right, bottom] = ends(&corners);
        let off = |n: f64, a: f64, b: f64| (n - a).abs().min((n - b).abs());
        // More than rounding.
        let tilted = corners.iter().any(|[x, y]| off(*x, left, right) > 1.0 || off(*y, top, bottom) > 1.0);
        if corners.len() == 4 && tilted { Self::Turned(corners) } else { Self::boxed(&corners) }
    }

    /// A box that is turned by so many degrees about its centre.
    pub fn turned([x0, y0, x1, y1]: [f64; 4], degrees: f64) -> Self {
        let (cx, cy) = ((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        Self::Turned([[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(|corner| about([cx, cy], corner, degrees)).to_vec())
    }
}

/// A corner that is turned about a point.
pub fn about([cx, cy]: [f64; 2], [x, y]: [f64; 2], degrees: f64) -> [f64; 2] {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (dx, dy) = (x - cx, y - cy);
    [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos]
}

/// One of a picture.
pub struct Shape {
    pub picture: PictureId,
    pub category: CategoryId,
    pub drawn: Drawn,
    /// In shares of the picture, and not in pixels.
    pub relative: bool,
    pub entry: Entry,
    pub attributes: Attributes,
}

/// Takes shapes and tags.
#[derive(Default)]
pub struct Shapes {
    seen: HashMap<CategoryId, Seen>,
    /// Until it is known whether their categories take tags.
    tags: Vec<(PictureId, CategoryId, Entry)>,
}

#[derive(Default)]
struct Seen {
    said: Option<LabelKind>,
    boxes: u64,
    outlines: u64,
    tags: u64,
    /// Outlines in several parts, and the first of them.
    parted: Option<(u64, String)>,
}

impl Seen {
    fn kind(&self) -> LabelKind {
        match self {
            Self { boxes: 0, outlines: 0, tags: 1.., .. } => LabelKind::Tag,
            Self { boxes: 0, outlines: 1.., .. } => LabelKind::Polygon,
            _ => LabelKind::Box,
        }
    }
}

impl Shapes {
    /// A box of a category.
    pub fn boxed(&mut self, category: CategoryId) {
        self.seen.entry(category).or_default().boxes += 1;
    }

    /// An outline of a category; answers whether it is to be kept.
    pub fn outlined(&mut self, found: &Found, category: CategoryId) -> bool {
        let said = self.said(found, category);
        let seen = self.seen.entry(category).or_default();
        seen.outlines += 1;
        // Beside boxes it would be one of them.
        said.map_or(seen.boxes == 0, |kind| kind == LabelKind::Polygon)
    }

    /// An outline of a category has several parts, of which one is kept.
    pub fn parted(&mut self, category: CategoryId, example: impl FnOnce() -> String) {
        let parted = &mut self.seen.entry(category).or_default().parted;
        parted.get_or_insert_with(|| (0, example())).0 += 1;
    }

    /// The data set says how a category is applied.
    pub fn say(&mut self, category: CategoryId, kind: LabelKind) {
        self.seen.entry(category).or_default().said = Some(kind);
    }

    /// How a category is applied, where that is said.
    pub fn said(&self, found: &Found, category: CategoryId) -> Option<LabelKind> {
        found.kind_here(category).or_else(|| self.seen.get(&category)?.said)
    }

    /// A shape.
    pub fn shape(&mut self, found: &mut Found, shape: Shape) -> Result<(), ImportError> {
        let Shape { picture, category, drawn, relative, entry, attributes } = shape;
        let name = || found.pictures[picture as usize].name.clone();
        let [left, top, right, bottom] = around(&drawn);
        let bbox = BBox::new(left as f32, top as f32, (right - left) as f32, (bottom - top) as f32);
        let share = |n: f32| (0.0..=1.0).contains(&n);
        if !relative && bbox.area() > 0.0 && <[f32; 4]>::from(bbox).into_iter().all(share) {
            let name = name();
            found.doubt(picture, &SHARES, || format!("{entry} of {name}"));
            return Ok(());
        }
        let remark = match &drawn {
            Drawn::Box([x0, y0, x1, y1]) if x0 > x1 || y0 > y1 => Some(&SWAPPED),
            Drawn::Turned(..) => Some(&TURNED_BOX),
            Drawn::Round(..) => Some(&ROUND),
            _ => None,
        };
        if let Some(remark) = remark {
            let name = name();
            found.told.note(remark, || format!("{entry} of {name}"));
        }
        let corners = match drawn {
            Drawn::Outline(corners) => self.outlined(found, category).then_some(corners),
            Drawn::Turned(corners) => {
                self.boxed(category);
                found.is_outlined(category).then_some(corners)
            }
            Drawn::Box(_) | Drawn::Round(..) => {
                self.boxed(category);
                None
            }
        };
        let outline = corners.map(|corners| corners.iter().map(|[x, y]| [*x as f32, *y as f32]).collect());
        found.thing(picture, Thing { category, bbox, outline, relative, attributes, entry })
    }

    /// A tag of the whole picture.
    pub fn tag(
        &mut self,
        found: &mut Found,
        picture: PictureId,
        category: CategoryId,
        entry: Entry,
    ) -> Result<(), ImportError> {
        found.hold(size_of::<(PictureId, CategoryId, Entry)>() + 24)?;
        self.seen.entry(category).or_default().tags += 1;
        self.tags.push((picture, category, entry));
        Ok(())
    }

    /// Settles how each category is applied, when everything is read.
    pub fn settle(self, found: &mut Found) -> Result<(), ImportError> {
        let mut kinds: Vec<(CategoryId, LabelKind)> = self
            .seen
            .iter()
            .map(|(category, seen)| (*category, self.said(found, *category).unwrap_or(seen.kind())))
            .collect();
        kinds.sort_unstable_by_key(|(category, _)| *category);
        for (category, kind) in &kinds {
            let known = &mut found.categories[*category as usize];
            known.kind = *kind;
            let (name, Seen { outlines, parted, .. }) = (&known.name, &self.seen[category]);
            if *kind == LabelKind::Box && *outlines > 0 {
                found.told.note(&OUTLINED, || format!("`{name}`, of {outlines} outlines"));
            }
            if let (LabelKind::Polygon, Some((count, first))) = (kind, parted) {
                found.told.note(&SEVERAL_PARTS, || format!("`{name}`, {count} objects, as {first}"));
            }
        }
        for (picture, category, entry) in self.tags {
            if found.categories[category as usize].kind != LabelKind::Tag {
                let name = found.pictures[picture as usize].name.clone();
                found.doubt(picture, &TAG_OF_BOXES, || format!("{entry} of {name}"));
                continue;
            }
            found.tag(picture, category, entry)?;
        }
        Ok(())
    }
}

/// Tells where a box that is given is not the one around its outline.
pub fn tell_apart(given: &BBox, around: &BBox, found: &mut Found, example: impl FnOnce() -> String) {
    let edges = |b: &BBox| [b.x, b.y, b.right(), b.bottom()];
    let most = (around.width.max(around.height) * 0.1).max(2.0);
    if edges(given).iter().zip(edges(around)).any(|(a, b)| (a - b).abs() > most) {
        found.told.note(&APART, example);
    }
}

/// The edges of the upright box around it.
pub fn around(drawn: &Drawn) -> [f64; 4] {
    match drawn {
        Drawn::Box([x0, y0, x1, y1]) => ends(&[[*x0, *y0], [*x1, *y1]]),
        Drawn::Turned(corners) | Drawn::Outline(corners) => ends(corners),
        Drawn::Round([x, y], [rx, ry], degrees) => {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let (dx, dy) = ((rx * cos).hypot(ry * sin), (rx * sin).hypot(ry * cos));
            ends(&[[x - dx, y - dy], [x + dx, y + dy]])
        }
    }
}

/// The least and the most of the corners; no numbers where one of them is none, which `f64::min` would pass over.
fn ends(corners: &[[f64; 2]]) -> [f64; 4] {
    if corners.iter().flatten().any(|n| !n.is_finite()) {
        return [f64::NAN; 4];
    }
    let least = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
    let most = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max);
    [least(0), least(1), most(0), most(1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::import::found::Picture;
    use crate::domain::Category;

    fn close(drawn: Drawn, edges: [f64; 4]) {
        let found = around(&drawn);
        assert!(found.iter().zip(edges).all(|(a, b)| (a - b).abs() < 1e-9), "{drawn:?}: {found:?}");
    }

    #[test]
    fn the_box_around_whatever_is_drawn() {
        close(Drawn::Box([1.0, 2.0, 5.0, 9.0]), [1.0, 2.0, 5.0, 9.0]);
        close(Drawn::Box([5.0, 9.0, 1.0, 2.0]), [1.0, 2.0, 5.0, 9.0]);
        close(Drawn::turned([10.0, 20.0, 30.0, 24.0], 90.0), [18.0, 12.0, 22.0, 32.0]);
        close(Drawn::Round([5.0, 6.0], [2.0, 1.0], 0.0), [3.0, 5.0, 7.0, 7.0]);
        close(Drawn::Round([5.0, 6.0], [2.0, 1.0], 90.0), [4.0, 4.0, 6.0, 8.0]);
        close(Drawn::Outline(vec![[1.0, 5.0], [3.0, 2.0], [2.0, 9.0]]), [1.0, 2.0, 3.0, 9.0]);
        assert!(around(&Drawn::Outline(vec![[1.0, f64::NAN], [3.0, 2.0]]))[1].is_nan());
    }

    fn add(shapes: &mut Shapes, found: &mut Found, name: &str, drawn: Option<Drawn>) {
        let picture = found.picture(Picture::new(0, "a.jpg")).unwrap();
        let (category, entry) = (found.named(name).unwrap(), Entry::Number(1));
        match drawn {
            Some(drawn) => {
                let attributes = Attributes::default();
                let shape = Shape { picture, category, drawn, relative: false, entry, attributes };
                shapes.shape(found, shape).unwrap();
            }
            None => shapes.tag(found, picture, category, entry).unwrap(),
        }
    }

    #[test]
    fn a_category_is_what_all_of_it_is() {
        let device = Category { kind: LabelKind::Tag, ..category("here") };
        let (mut found, mut shapes) = (Found::new("set", &[device]), Shapes::default());
        let (boxed, outline) =
            (Drawn::Box([9.0, 9.0, 20.0, 20.0]), Drawn::Outline(vec![[1.0, 1.0], [5.0, 1.0], [1.0, 5.0]]));
        for (name, drawn) in [
            ("box", Some(boxed.clone())),
            ("box", None),
            ("outline", Some(outline.clone())),
            ("both", Some(outline)),
            ("both", Some(boxed.clone())),
            ("tag", None),
            ("here", Some(boxed)),
        ] {
            add(&mut shapes, &mut found, name, drawn);
        }
        shapes.settle(&mut found).unwrap();
        let kinds: Vec<_> = found.categories.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        let (tag, polygon, boxes) = (LabelKind::Tag, LabelKind::Polygon, LabelKind::Box);
        assert_eq!(kinds, [("box", boxes), ("outline", polygon), ("both", boxes), ("tag", tag), ("here", tag)]);
        assert!(found.pictures[0].doubt, "a tag among boxes");
        let (left_out, notes) = std::mem::take(&mut found.told).into_parts();
        let of =
            |remarks: &[crate::dataset::import::Remark]| remarks.iter().map(|r| r.kind.clone()).collect::<Vec<_>>();
        assert_eq!((of(&left_out), of(&notes)), (vec!["tag_of_boxes".into()], vec!["outlined".into()]));
        assert_eq!(found.things(&found.pictures[0]).count(), 6);
    }

    fn category(name: &str) -> Category {
        Category { name: name.into(), colour: String::new(), instructions: String::new(), kind: LabelKind::Box }
    }

    #[test]
    fn shares_in_place_of_pixels_and_swapped_corners_are_told() {
        let (mut found, mut shapes) = (Found::new("set", &[]), Shapes::default());
        for edges in [[0.1, 0.1, 0.5, 0.5], [9.0, 20.0, 3.0, 4.0]] {
            add(&mut shapes, &mut found, "box", Some(Drawn::Box(edges)));
        }
        let things: Vec<_> = found.things(&found.pictures[0]).map(|t| t.bbox).collect();
        assert_eq!(things, [BBox::new(3.0, 4.0, 6.0, 16.0)]);
        let (left_out, notes) = std::mem::take(&mut found.told).into_parts();
        assert_eq!((left_out[0].kind.as_str(), notes[0].kind.as_str()), ("box_in_shares", "swapped"));
    }
}
