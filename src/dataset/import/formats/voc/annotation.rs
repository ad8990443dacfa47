//! One XML file of Pascal VOC: what it says, as it says it.

use crate::dataset::import::formats::attributes::{self, Names};
use crate::dataset::import::formats::paired::{Said, last};
use crate::dataset::import::formats::shapes::Drawn;
use crate::domain::limits;

/// Letters of a name or a path that are kept.
const LETTERS: usize = 1_000;

#[derive(Debug, Default)]
pub struct Annotation {
    folder: String,
    filename: String,
    path: String,
    width: Option<String>,
    height: Option<String>,
    database: String,
    source: String,
    pub objects: Vec<Object>,
    /// An element that may hold objects which are not understood.
    pub strange: Option<String>,
    /// Something is said of the picture: its name, its size, where it comes from.
    pub says: bool,
    /// There were more objects than are kept.
    pub over: bool,
    /// Its code was guessed.
    pub guessed: bool,
}

#[derive(Debug, Default)]
pub struct Object {
    pub name: String,
    /// `xmin`, `ymin`, `xmax`, `ymax`.
    bndbox: [Option<f64>; 4],
    /// `cx`, `cy`, `w`, `h`, `angle`: a box that is turned, as roLabelImg writes it.
    robndbox: [Option<f64>; 5],
    /// An angle beside a box of edges, in whatever way.
    pub is_tilted: bool,
    pub corners: Vec<[f64; 2]>,
    /// A number of it has a comma that may stand between thousands, or before decimals.
    pub is_unclear: bool,
    /// LabelMe's way to say that the corners are those of a box.
    pub is_rectangle: bool,
    /// What else is said of it.
    pub beside: Names,
    /// The attribute whose value comes.
    attribute: String,
    /// By how many degrees its box is turned about its centre, as CVAT writes it.
    rotation: f64,
    pub parts: bool,
    pub deleted: bool,
    /// It has several boxes, outlines or names: nobody knows which is meant.
    pub several: bool,
    has_box: bool,
    has_turned: bool,
    /// How many outlines have begun, and the one that the corners are of.
    outlines: u32,
    outline: u32,
}

/// What a file says of the size of its picture.
#[derive(Debug, PartialEq)]
pub enum Size {
    Known((u32, u32)),
    /// Nothing, or 0.
    Unknown,
    Odd,
}

/// Elements of an object that say nothing of it, or what others say.
const PLAIN: [&str; 12] = [
    "name",
    "type",
    "deleted",
    "verified",
    "id",
    "date",
    "coordinate",
    "description",
    "username",
    "ispartof",
    "part",
    "parts",
];

const EDGES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];
const TURNED: [&str; 5] = ["cx", "cy", "w", "h", "angle"];

impl Annotation {
    /// What an element says of the picture.
    pub fn take(&mut self, path: &[&str], text: String) {
        if text.is_empty() {
            return;
        }
        let text = limits::short(text, LETTERS);
        match path {
            ["folder"] => self.folder = text,
            ["filename"] => self.filename = text,
            ["path"] => self.path = text,
            ["source", "database"] => self.database = text,
            ["source", "annotation"] => self.source = text,
            ["size", "width"] | ["imagesize", "ncols"] => self.width = Some(text),
            ["size", "height"] | ["imagesize", "nrows"] => self.height = Some(text),
            // FAIR1M
            ["source", "filename"] if self.filename.is_empty() => self.filename = text,
            _ => return,
        }
        self.says = true;
    }

    /// What it says of its picture.
    pub fn picture(&self) -> Said {
        let names = [self.filename.clone(), last(&self.path.replace('\\', "/")).to_owned()];
        let mut names: Vec<String> = names.into_iter().filter(|name| !name.trim().is_empty()).collect();
        // What is told is the name.
        names.dedup();
        // It is where the picture lay when it was labelled.
        let folder = if self.filename.trim().is_empty() { String::new() } else { self.folder.clone() };
        Said { folder, names, path: self.path.clone() }
    }

    pub fn size(&self) -> Size {
        let pixels = |text: &Option<String>| match text.as_deref().map(str::trim) {
            None | Some("") => Some(0),
            Some(text) => {
                number(text).filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n)).map(|n| n as u32)
            }
        };
        match (pixels(&self.width), pixels(&self.height)) {
            (Some(0), Some(_)) | (Some(_), Some(0)) => Size::Unknown,
            (Some(width), Some(height)) => Size::Known((width, height)),
            _ => Size::Odd,
        }
    }

    /// Whether it says so.
    pub fn is_of_pascal_voc(&self) -> bool {
        let says = |text: &str, word: &str| text.trim().to_ascii_lowercase().starts_with(word);
        says(&self.database, "the voc20") || says(&self.source, "pascal voc")
    }

    pub fn begins_at_zero(&self) -> bool {
        let edges = |object: &Object| object.bndbox.iter().flatten().any(|edge| *edge < 0.5);
        self.objects.iter().any(edges)
    }
}

impl Object {
    /// One more thing that draws it, of that name.
    pub fn draw(&mut self, by: &str) {
        match by {
            "bndbox" => self.several |= std::mem::replace(&mut self.has_box, true),
            "robndbox" => self.several |= std::mem::replace(&mut self.has_turned, true),
            _ => self.outlines += 1,
        }
    }

    /// What an element in it says.
    pub fn take(&mut self, path: &[&str], text: &str) {
        let place = |names: &[&str], name: &str| names.iter().position(|known| *known == name);
        // In a corner that is one text a comma stands between its two numbers.
        let is_number = match path {
            ["bndbox" | "robndbox", _] => true,
            ["polygon" | "segm" | "segmentation" | "points", .., last] => !matches!(*last, "pt" | "point"),
            _ => false,
        };
        self.is_unclear |= is_number && may_be_thousands(text);
        match path {
            ["name"] | ["possibleresult", "name"] if !text.is_empty() => {
                let name = limits::short(text.to_owned(), LETTERS);
                self.several |= !self.name.is_empty() && self.name != name;
                self.name = name;
            }
            ["bndbox", "angle" | "rotation"] | ["angle" | "rotation"] => {
                self.is_tilted |= number(text).is_some_and(|n| n != 0.0);
            }
            ["bndbox", edge] => {
                if let Some(place) = place(&EDGES, edge) {
                    let number = number(text);
                    let before = std::mem::replace(&mut self.bndbox[place], number);
                    self.several |= before.is_some() && before != number;
                }
            }
            ["robndbox", what] => {
                if let Some(place) = place(&TURNED, what) {
                    self.robndbox[place] = number(text);
                }
            }
            // A corner each, or numbered, or with both numbers in a text.
            ["polygon" | "segm" | "segmentation" | "points", "pt" | "point", axis] => self.corner(axis, text),
            ["polygon" | "segm" | "segmentation" | "points", "pt" | "point"] => {
                if let Some((x, y)) = text.split_once([',', ' ']) {
                    self.corner("x", x);
                    self.corner("y", y);
                } else if !text.is_empty() {
                    self.corner("x", text);
                }
            }
            ["polygon" | "segmentation" | "points", axis] => self.corner(axis, text),
            ["type"] => self.is_rectangle = matches!(text, "bounding_box" | "rectangle"),
            ["deleted"] => self.deleted = is_set(text),
            ["part"] => self.parts = true,
            ["parts", "hasparts"] => self.parts = !text.is_empty(),
            ["attributes", "attribute", "name"] => self.attribute = limits::short(text.to_owned(), LETTERS),
            ["attributes", "attribute", "value"] => match (self.attribute.as_str(), number(text)) {
                ("rotation", Some(degrees)) => self.rotation = degrees % 360.0,
                _ => self.say(text),
            },
            [name] if attributes::says(text) && !PLAIN.contains(name) => self.beside.add(name),
            _ => {}
        }
    }

    /// The value of an attribute.
    fn say(&mut self, text: &str) {
        if attributes::says(text) {
            self.beside.add(&self.attribute);
        }
    }

    fn corner(&mut self, axis: &str, text: &str) {
        let number = number(text).unwrap_or(f64::NAN);
        self.several |= !self.corners.is_empty() && self.outline != self.outlines;
        self.outline = self.outlines;
        match axis.chars().next() {
            Some('x') if self.corners.len() <= *limits::CORNERS.end() => self.corners.push([number, f64::NAN]),
            Some('y') => {
                if let Some(corner) = self.corners.last_mut().filter(|corner| corner[1].is_nan()) {
                    corner[1] = number;
                }
            }
            _ => {}
        }
    }

    /// Its corners; some write the first again at the end.
    pub fn outline(&self) -> &[[f64; 2]] {
        match self.corners.as_slice() {
            [first, rest @ .., last] if first == last && rest.len() >= 2 => &self.corners[..self.corners.len() - 1],
            corners => corners,
        }
    }

    /// Its box from `edges`, as it stands or is turned.
    pub fn boxed(&self, edges: [f64; 4]) -> Drawn {
        if self.rotation == 0.0 { Drawn::Box(edges) } else { Drawn::turned(edges, self.rotation) }
    }

    /// The four numbers of its box.
    pub fn edges(&self) -> Option<[f64; 4]> {
        let [Some(x0), Some(y0), Some(x1), Some(y1)] = self.bndbox else { return None };
        Some([x0, y0, x1, y1])
    }

    pub fn turned(&self) -> Option<Drawn> {
        let [Some(x), Some(y), Some(width), Some(height), Some(angle)] = self.robndbox else { return None };
        let edges = [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0];
        Some(Drawn::turned(edges, angle.to_degrees()))
    }
}

/// A number; a decimal comma is one too, where it can't stand between thousands.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if may_be_thousands(text) {
        return None;
    }
    let number = text.parse().or_else(|_| text.replacen(',', ".", 1).parse());
    number.ok().filter(|number: &f64| number.is_finite())
}

/// Whether a comma in a number may stand between thousands: `1,050`, and not `12,5` or `0,125`.
fn may_be_thousands(text: &str) -> bool {
    let plain = text.trim().trim_start_matches(['-', '+']);
    let whole = plain.split_once('.').map_or(plain, |(whole, _)| whole);
    let Some((first, rest)) = whole.split_once(',') else { return false };
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && digits(first)
        && rest.split(',').all(|group| group.len() == 3 && digits(group))
}

fn is_set(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_known_unknown_or_odd() {
        for (width, height, size) in [
            ("640", "480", Size::Known((640, 480))),
            ("640.0", " 480 ", Size::Known((640, 480))),
            ("0", "0", Size::Unknown),
            ("", "480", Size::Unknown),
            ("640", "wide", Size::Odd),
            ("640", "-3", Size::Odd),
        ] {
            let annotation =
                Annotation { width: Some(width.into()), height: Some(height.into()), ..Annotation::default() };
            assert_eq!(annotation.size(), size, "{width} {height}");
        }
        assert_eq!(Annotation::default().size(), Size::Unknown);
    }

    #[test]
    fn a_comma_is_a_decimal_sign_only_where_it_can_be_nothing_else() {
        for (text, read) in [
            ("12,5", Some(12.5)),
            ("0,125", Some(0.125)),
            ("1050,25", Some(1050.25)),
            (" 7 ", Some(7.0)),
            ("1,050", None),
            ("1,050.5", None),
            ("-1,050", None),
            ("12,500", None),
            ("1,2,3", None),
            ("1.050,5", None),
        ] {
            assert_eq!(number(text), read, "{text}");
        }
    }

    #[test]
    fn corners_are_read_in_pairs_however_they_are_named() {
        let mut object = Object::default();
        for (path, text) in [
            (&["polygon", "x1"][..], "1"),
            (&["polygon", "y1"], "2.5"),
            (&["polygon", "pt", "x"], "3"),
            (&["polygon", "pt", "y"], "4,5"),
            (&["polygon", "username"], "y"),
        ] {
            object.take(path, text);
        }
        assert_eq!(object.corners, [[1.0, 2.5], [3.0, 4.5]]);
    }
}
