//! From the shapes of a track to labels of frames. CVAT writes a shape for every frame; where another program wrote only those that
//! somebody drew, in whatever order, boxes between two of them are computed. `outside` says that the object is not seen.

use super::film::{Seen, Track};
use super::reader::{Image, NO_FILE, Reader};
use crate::dataset::attributes::Attributes as Ours;
use crate::dataset::import::formats::xml::Attributes;
use crate::dataset::import::found::{Picture, PictureId};
use crate::dataset::import::told::{ImportError, Reason};
use crate::domain::{LabelOrigin, limits};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

static NO_NUMBER: Reason = Reason::new("no_frame", "shapes of tracks without the number of a frame");
static FAR: Reason = Reason::new(
    "far_apart",
    "boxes of a track with more than 10000 frames between them; nothing was computed between these",
);

static BETWEEN: Reason = Reason::new(
    "not_computed",
    "frames between two shapes of a track that are no upright boxes or have no numbers; these frames are not labelled",
);
static ENDLESS: Reason = Reason::new(
    "endless_track",
    "frames after the last shape of a track of which nothing says that it ended (`outside`); these frames are not labelled",
);

/// The endings that frames have.
const ENDINGS: [&str; 4] = ["PNG", "jpg", "jpeg", "bmp"];

impl Reader<'_> {
    /// A shape of the track begins.
    pub(super) fn follow(&mut self, kind: &str, attributes: &Attributes) -> Result<(), ImportError> {
        self.element = None;
        let Some(Track { id, label, .. }) = &self.film.track else { return Ok(()) };
        let (id, label) = (id.clone(), label.clone());
        let Some(number) = attributes.get("frame").and_then(|text| text.trim().parse::<u32>().ok()) else {
            self.found.told.leave_out(&NO_NUMBER, || format!("track {id} (`{label}`)"));
            return Ok(());
        };
        let outside = attributes.get("outside") == Some("1");
        self.found.hold(size_of::<Seen>())?;
        if let Some(track) = &mut self.film.track {
            track.shapes.push(Seen { number, outside, edges: edges(kind, attributes) });
        }
        if !outside {
            self.turn_to(number)?;
            let drawn = attributes.get("keyframe") != Some("0");
            let origin = if drawn { LabelOrigin::Drawn } else { LabelOrigin::Interpolated };
            self.entry(kind, attributes, &label, named(&id, origin))?;
        }
        Ok(())
    }

    /// All shapes of the track are there: what lies between two of them is computed, or known not to be known.
    pub(super) fn end_of_track(&mut self) -> Result<(), ImportError> {
        self.image = None;
        let Some(Track { id, label, mut shapes }) = self.film.track.take() else { return Ok(()) };
        shapes.sort_by_key(|shape| shape.number);
        for pair in shapes.windows(2) {
            let [before, after] = pair else { continue };
            match (before.edges, after.edges) {
                _ if before.outside => {}
                (Some(a), Some(b)) => self.between((before.number, a), (after.number, b), &label, &id)?,
                _ => {
                    let example = format!("track {id} (`{label}`), frames {} and {}", before.number, after.number);
                    self.unknown(before.number + 1..after.number, &BETWEEN, &example)?;
                }
            }
        }
        if let Some(last) = shapes.last().filter(|last| !last.outside) {
            self.found.hold(size_of::<(u32, String)>() + id.len() + label.len() + 16)?;
            self.film.open.push((last.number, format!("track {id} (`{label}`)")));
        }
        self.image = None;
        Ok(())
    }

    /// Of these frames nobody knows what is in them.
    fn unknown(&mut self, numbers: Range<u32>, why: &Reason, example: &str) -> Result<(), ImportError> {
        if numbers.len() as u64 > limits::FILM_FRAMES {
            self.found.told.leave_out(&FAR, || example.to_owned());
            return Ok(());
        }
        for number in numbers {
            if let Some(picture) = self.frame(number, false)? {
                self.found.doubt(picture, why, || format!("frame {number}, {example}"));
            }
        }
        Ok(())
    }

    /// Boxes of the frames between two.
    fn between(
        &mut self,
        (from, a): (u32, [f64; 4]),
        (to, b): (u32, [f64; 4]),
        label: &str,
        id: &str,
    ) -> Result<(), ImportError> {
        if u64::from(to.saturating_sub(from)) > limits::FILM_FRAMES {
            self.found.told.leave_out(&FAR, || format!("track {id} (`{label}`), frames {from} and {to}"));
            return Ok(());
        }
        for number in from + 1..to {
            // Of a film of which every fifth frame was taken there are no others.
            if self.frame(number, false)?.is_none() {
                continue;
            }
            let t = f64::from(number - from) / f64::from(to - from);
            let [xtl, ytl, xbr, ybr] = std::array::from_fn(|edge| (a[edge] + (b[edge] - a[edge]) * t).to_string());
            let computed = Attributes::of(&[("xtl", xtl), ("ytl", ytl), ("xbr", xbr), ("ybr", ybr)]);
            self.turn_to(number)?;
            self.entry("box", &computed, label, named(id, LabelOrigin::Interpolated))?;
        }
        Ok(())
    }

    /// The frames of the film without any object: they are named, and empty. After the last shape of a track that does not end
    /// nobody knows whether they are.
    pub(super) fn rest_of_film(&mut self) -> Result<(), ImportError> {
        if let Some((first, last, step)) = self.film.numbers() {
            let listing = self.listing.clone();
            let there: BTreeSet<u32> = listing.pictures().filter_map(|(_, name)| number_of(name)).collect();
            for number in there.range(first..=last).filter(|number| (*number - first).is_multiple_of(step)) {
                self.frame(*number, false)?;
            }
        }
        let mut known: Vec<(u32, PictureId)> =
            self.film.frames.iter().filter_map(|(number, picture)| Some((*number, (*picture)?))).collect();
        known.sort_unstable();
        for (end, track) in std::mem::take(&mut self.film.open) {
            for (number, picture) in known.iter().filter(|(number, _)| *number > end) {
                self.found.doubt(*picture, &ENDLESS, || format!("frame {number}, {track}"));
            }
        }
        Ok(())
    }

    /// The frame of that number is the one whose shapes come.
    fn turn_to(&mut self, number: u32) -> Result<(), ImportError> {
        let picture = self.frame(number, true)?;
        let entries = picture.map_or(0, |id| self.found.things(&self.found.pictures[id as usize]).count());
        self.image = Some(Image { picture, entries: entries as u32, groups: HashMap::new() });
        Ok(())
    }

    /// The picture of a frame; `wanted`: it is told where there is none.
    fn frame(&mut self, number: u32, wanted: bool) -> Result<Option<PictureId>, ImportError> {
        if let Some(Some(known)) = self.film.frames.get(&number) {
            return Ok(Some(*known));
        }
        let name = |ending: &str| format!("frame_{number:06}.{ending}");
        let found = ENDINGS.iter().find_map(|ending| {
            let name = name(ending);
            Some((self.listing.find(&self.name, &name).ok()?, name))
        });
        let Some((file, name)) = found else {
            if wanted && self.film.frames.insert(number, None).is_none() {
                self.found.hold(size_of::<(u32, Option<PictureId>)>() * 2)?;
                self.found.told.leave_out(&NO_FILE, || format!("{}, of a film", name(ENDINGS[0])));
            }
            return Ok(None);
        };
        let (size, clip) = (self.film.size(), Some(self.film.place(number)));
        let picture = self.found.picture(Picture { size, clip, ..Picture::new(file, &name) })?;
        self.found.hold(size_of::<(u32, Option<PictureId>)>() * 2)?;
        self.film.frames.insert(number, Some(picture));
        Ok(Some(picture))
    }
}

fn named(id: &str, origin: LabelOrigin) -> Ours {
    if id.is_empty() { Ours::default() } else { Ours::of_track(id.to_owned(), origin) }
}

/// The number of a frame, by the name of its picture.
fn number_of(picture: &str) -> Option<u32> {
    let last = picture.rsplit('/').next().unwrap_or(picture).to_lowercase();
    last.strip_prefix("frame_")?.split('.').next()?.parse().ok()
}

/// The edges of an upright box.
fn edges(kind: &str, attributes: &Attributes) -> Option<[f64; 4]> {
    let number = |key: &str| attributes.get(key)?.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let turned = attributes.get("rotation").is_some_and(|text| text.trim().parse() != Ok(0.0));
    (kind == "box" && !turned).then_some(())?;
    Some([number("xtl")?, number("ytl")?, number("xbr")?, number("ybr")?])
}
