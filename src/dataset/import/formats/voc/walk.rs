//! Finds the objects of a file of Pascal VOC, wherever they stand in it and whatever holds them, and what else may be one.
//!
//! An object is every element called `object`, and every other that has a box or an outline in it. What is neither an object
//! nor known to say something else (`size`, `source`, …) may hold objects that are not understood: it is never taken for
//! nothing.

use super::annotation::{Annotation, Object, number};
use crate::dataset::import::formats::xml::{Attributes, Piece, Xml};
use crate::dataset::import::place::{FileId, Place};
use crate::domain::limits;

/// Corners of all outlines of a file, at most.
const CORNERS: usize = 200_000;
/// Numbers of an element that may be a box.
const BOX: u32 = 4;
/// Letters of a path that is told.
const NAME: usize = 200;

/// What a file says of its picture, and not of what is in it.
const HEADS: [&str; 19] = [
    "folder",
    "filename",
    "path",
    "source",
    "owner",
    "size",
    "imagesize",
    "segmented",
    "database",
    "research",
    "scenedescription",
    "verified",
    "version",
    "author",
    "license",
    "date",
    "time",
    "timestamp",
    "time_labeled",
];
/// What draws an object.
const SHAPES: [&str; 6] = ["bndbox", "robndbox", "polygon", "segm", "segmentation", "points"];

/// An element that is open, and may be an object.
#[derive(Default)]
struct Open {
    object: Object,
    /// It is drawn somewhere.
    drawn: bool,
    /// There are objects in it.
    holds: bool,
    /// There is something in it that may be an object, and is not understood.
    unclear: bool,
    numbers: u32,
}

/// The annotations of a file, one after the other: one of one picture, or a list of them in an `annotations`.
pub struct Annotations<'a> {
    xml: Xml<'a>,
    /// What stands around each.
    around: usize,
    ended: bool,
}

impl<'a> Annotations<'a> {
    /// Opens a file; the error says what is wrong with it.
    pub fn open(place: &'a mut dyn Place, file: FileId) -> Result<Self, String> {
        let mut xml = Xml::open(place, file)?;
        xml.next()?;
        let around = usize::from(xml.path().first().is_some_and(|root| root.eq_ignore_ascii_case("annotations")));
        Ok(Self { xml, around, ended: false })
    }

    /// Whether it is a list of them, each of which says its picture.
    pub fn is_list(&self) -> bool {
        self.around > 0
    }

    /// The next one; of a file of one picture only where it is sound to its end.
    pub fn next(&mut self) -> Result<Option<Annotation>, String> {
        let mut walk = Walk::default();
        if self.ended {
            return Ok(None);
        }
        if self.around == 0 {
            walk.open.push(Open::default());
        }
        while let Some(piece) = self.xml.next()? {
            let path = self.xml.path();
            // The end of the list.
            if path.len() == self.around {
                continue;
            }
            let whole = path.len() == self.around + 1 && matches!(piece, Piece::End(_));
            walk.take(&path[self.around..], piece)?;
            if whole && self.is_list() {
                return Ok(Some(self.whole(walk)));
            }
        }
        self.ended = true;
        Ok((self.around == 0).then(|| self.whole(walk)))
    }

    fn whole(&self, walk: Walk) -> Annotation {
        let mut annotation = walk.whole();
        annotation.guessed = self.xml.is_guessed();
        annotation
    }
}

/// A file that is being read.
#[derive(Default)]
struct Walk {
    annotation: Annotation,
    open: Vec<Open>,
    corners: usize,
    /// Something that is neither known nor in an object.
    unknown: Option<String>,
}

impl Walk {
    /// What comes next in the file, and the elements in which it stands.
    fn take(&mut self, path: &[&str], piece: Piece) -> Result<(), String> {
        // Some write `Object`.
        let path: Vec<String> = path.iter().skip(1).map(|name| name.to_lowercase()).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match piece {
            Piece::Begin(attributes) => self.begin(&path, &attributes),
            Piece::End(text) => self.end(&path, text),
        }
    }

    /// All that was read; what may hold an object that is not understood.
    fn whole(mut self) -> Annotation {
        if self.annotation.objects.is_empty() && self.annotation.strange.is_none() {
            self.annotation.strange = self.unknown;
        }
        self.annotation
    }

    fn begin(&mut self, path: &[&str], attributes: &Attributes) -> Result<(), String> {
        self.open.push(Open::default());
        let Some((name, above)) = path.split_last() else { return Ok(()) };
        if is_drawing(path) {
            match above.is_empty() {
                true => self.strange(path),
                false => {
                    let holder = &mut self.open[path.len() - 1];
                    holder.drawn = true;
                    holder.object.draw(name);
                }
            }
        }
        // Some write attributes where others have elements.
        for (key, value) in attributes.iter().filter(|(key, _)| *key != "xmlns") {
            self.value(&[path, &[key.to_lowercase().as_str()]].concat(), value)?;
        }
        Ok(())
    }

    fn end(&mut self, path: &[&str], text: String) -> Result<(), String> {
        let open = self.open.pop().unwrap_or_default();
        self.value(path, &text)?;
        self.annotation.take(path, text);
        let Some((name, above)) = path.split_last() else { return Ok(()) };
        if is_head(path) || is_in_drawing(path) || matches!(*name, "part" | "parts") {
            return Ok(());
        }
        let holder = above.iter().rposition(|name| *name == "object").map(|at| at + 1);
        let called = *name == "object" && !(open.holds && !open.drawn && open.object.name.is_empty());
        // An outline of the object around it: a part.
        if let (false, true, true, Some(at)) = (called, open.drawn, open.object.name.is_empty(), holder) {
            self.open[at].object.parts = true;
            self.open[at].unclear = true;
            return Ok(());
        }
        if called || open.drawn {
            for around in &mut self.open[1..] {
                around.holds = true;
            }
            self.push(open.object);
            return Ok(());
        }
        let unclear = !open.object.name.is_empty() || open.numbers >= BOX || open.unclear;
        match holder {
            _ if !unclear => {}
            // Something about that object; where it is none, but a list of them, one more of these.
            Some(at) if *name != "object" => self.open[at].unclear = true,
            _ => self.strange(path),
        }
        Ok(())
    }

    /// The text of an element or an attribute.
    fn value(&mut self, path: &[&str], text: &str) -> Result<(), String> {
        if path.is_empty() || is_head(path) {
            return Ok(());
        }
        // Nothing that counts is deeper in an object.
        let nearest = 1.max(path.len().saturating_sub(3));
        for (at, open) in self.open.iter_mut().enumerate().take(path.len()).skip(nearest) {
            let before = open.object.corners.len();
            open.object.take(&path[at..], text);
            self.corners += open.object.corners.len().saturating_sub(before);
        }
        let (_, above) = path.split_last().unwrap_or((&"", &[]));
        let mut numbers = text.split([',', ';', ' ']).filter(|piece| !piece.is_empty());
        if !above.is_empty() {
            self.open[above.len()].numbers += numbers.clone().filter(|piece| number(piece).is_some()).count() as u32;
        }
        if numbers.next().is_some() && !above.contains(&"object") && self.unknown.is_none() {
            self.unknown = Some(limits::short(path.join("/"), NAME));
        }
        match self.corners > CORNERS {
            true => Err(format!("its outlines have more than {CORNERS} corners")),
            false => Ok(()),
        }
    }

    fn push(&mut self, object: Object) {
        let all = &mut self.annotation;
        all.over |= all.objects.len() == limits::LABELS;
        if !all.over {
            all.objects.push(object);
        }
    }

    fn strange(&mut self, path: &[&str]) {
        self.annotation.strange.get_or_insert_with(|| limits::short(path.join("/"), NAME));
    }
}

fn is_head(path: &[&str]) -> bool {
    path.first().is_some_and(|first| HEADS.contains(first))
}

/// Whether the last element of a path draws what the one before it is.
fn is_drawing(path: &[&str]) -> bool {
    let draws = path.split_last().is_some_and(|(last, above)| SHAPES.contains(last) && !is_in_drawing(above));
    draws && !is_head(path)
}

fn is_in_drawing(above: &[&str]) -> bool {
    above.iter().any(|name| SHAPES.contains(name))
}
