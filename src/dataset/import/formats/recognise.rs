//! What form a data set has, by what is in it.

use super::beside::{self, Beside};
use super::telling::{self, Looks};
use super::text;
use super::yolo;
use crate::dataset::import::found::Found;
use crate::dataset::import::manner::Format;
use crate::dataset::import::place::{FileId, Place, is_foreign_picture, is_picture};
use crate::dataset::import::told::{ImportError, Reason};
use std::collections::{BTreeMap, HashSet};

static NOT_LABELS: Reason =
    Reason::new("no_labels", "files that may hold labels, in a form that is not known, or that can't be read");
static UNREAD: Reason = Reason::new(
    "form_not_read",
    "files with labels in a form that is not read; export the data set as COCO or YOLO instead",
);
static PACKED: Reason = Reason::new(
    "packed",
    "archives and packed files within, which are not looked into; unpack them first, or bring each by itself",
);

/// What there is.
pub struct Seen {
    files: BTreeMap<Format, Vec<FileId>>,
    pub pictures: usize,
    /// What the pictures are called.
    stems: HashSet<String>,
    /// Some files that look like labels and can't be read, and why.
    pub broken: Vec<String>,
    /// The first of the other files that may hold labels.
    odd: Option<String>,
    /// Text files, which may hold lines of YOLO.
    pub texts: Vec<FileId>,
    main: Option<FileId>,
}

impl Seen {
    /// The forms that are there, the likeliest first.
    pub fn forms(&self) -> impl Iterator<Item = Format> {
        self.files.keys().copied()
    }

    /// The files of a form other than the one that is read.
    pub fn other(&self, format: Format) -> &[FileId] {
        match format {
            // Those that name its classes are no labels, and texts are looked at one by one.
            Format::Yolo => &[],
            format => self.files.get(&format).map_or(&[], Vec::as_slice),
        }
    }

    /// The files of a form.
    pub fn of(&self, format: Format, place: &dyn Place) -> Result<Vec<FileId>, ImportError> {
        match (self.main, self.files.get(&format)) {
            // Somebody says that it is one.
            (Some(main), _) => Ok(vec![main]),
            (None, Some(files)) => Ok(files.clone()),
            (None, None) => Err(self.nothing_of(format.title(), place)),
        }
    }

    /// Why pictures are not taken in without the labels that lie beside them.
    pub fn labels_broken(&self, place: &dyn Place) -> ImportError {
        ImportError::Invalid(format!(
            "the labels in {} can't be read: {}. Nothing was imported; to take in the pictures without labels, name \
             `pictures` as the form",
            place.title(),
            self.broken.join("; ")
        ))
    }

    /// Why nothing can be read.
    pub fn nothing(&self, place: &dyn Place) -> ImportError {
        self.nothing_of("labels or pictures", place)
    }

    fn nothing_of(&self, what: &str, place: &dyn Place) -> ImportError {
        let odd = self.broken.first().or(self.odd.as_ref());
        let odd = odd.map(|why| format!(" ({why})")).unwrap_or_default();
        ImportError::Invalid(format!(
            "there are no {what} in {} that can be read{odd}; it takes COCO, LabelMe and Label Studio (JSON), Pascal \
             VOC and CVAT (XML), YOLO (a text file for each picture), or pictures alone. Nothing was imported",
            self.main.map_or(place.title(), |main| place.listing().name(main))
        ))
    }
}

/// Looks at every file, or at the one that was named; tells those that may hold labels and are not read.
pub fn all(place: &mut dyn Place, main: Option<FileId>, found: &mut Found) -> Result<Seen, ImportError> {
    let (files, broken, texts) = Default::default();
    let listing = place.listing().clone();
    let shown = |name: &str| is_picture(name) || is_foreign_picture(name);
    let stems = listing.iter().filter(|(_, name)| shown(name)).map(|(_, name)| called(name)).collect();
    let mut seen = Seen { files, pictures: 0, stems, broken, odd: None, texts, main };
    let names: Vec<FileId> = match main {
        Some(main) => {
            seen.pictures = usize::from(is_picture(listing.name(main)));
            vec![main]
        }
        None => {
            seen.pictures = listing.iter().filter(|(_, name)| is_picture(name)).count();
            listing.iter().filter(|(_, name)| !shown(name)).map(|(file, _)| file).collect()
        }
    };
    for file in names {
        seen.look(place, file, listing.name(file), found)?;
    }
    // Text files alone are YOLO's where there is nothing else, and one of them is called as a picture.
    if seen.files.is_empty() && seen.texts.iter().any(|text| seen.is_called_as_picture(listing.name(*text))) {
        seen.files.insert(Format::Yolo, seen.texts.clone());
    }
    Ok(seen)
}

/// What a file is called, whatever its ending and folder.
fn called(name: &str) -> String {
    let lower = name.to_lowercase();
    let last = lower.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned()
}

/// Endings of what cameras and editors put beside a picture, under its name.
const COMPANIONS: [&str; 14] =
    ["aae", "xmp", "mov", "mp4", "thm", "lrv", "lrf", "srt", "wav", "m4a", "md", "pp3", "html", "dop"];

impl Seen {
    fn look(&mut self, place: &mut dyn Place, file: FileId, name: &str, found: &mut Found) -> Result<(), ImportError> {
        let lower = name.to_lowercase();
        let last = lower.rsplit('/').next().unwrap_or_default();
        let plain = last.trim_end_matches(".gz");
        if plain.ends_with(".json") || plain.ends_with(".xml") {
            return self.notation(place, file, name, plain.ends_with(".json"), found);
        }
        let names_classes = matches!(last, "obj.data" | "classes.txt" | "data.yaml" | "data.yml")
            || last.ends_with(".names")
            || (last.ends_with(".yaml") || last.ends_with(".yml")) && yolo::describes(place, file);
        if names_classes {
            self.files.entry(Format::Yolo).or_default().push(file);
        } else if last.ends_with(".txt") {
            if !self.is_called_as_picture(name) && text::has_boxed_pictures(place, file) {
                return self.tell(&UNREAD, name, "pictures with their boxes in a line, as Keras' YOLO has them", found);
            }
            self.texts.push(file);
        } else if let Some(what) = beside::of(last) {
            let (reason, words) = match what {
                Beside::Labels(form) => (&UNREAD, form),
                Beside::Packed(what) => (&PACKED, what),
            };
            return self.tell(reason, name, words, found);
        } else if last.bytes().all(|b| b.is_ascii_digit())
            && let Ok(Looks::Like(Format::LabelStudio)) = telling::json(place, file)
        {
            // Label Studio calls its files so, where each has one annotation.
            self.files.entry(Format::LabelStudio).or_default().push(file);
        } else if self.is_called_as_picture(name)
            && !last.rsplit('.').next().is_some_and(|ending| COMPANIONS.contains(&ending))
        {
            return self.strange(name, "it is called as a picture, and its ending is not known", found);
        }
        Ok(())
    }

    /// Whether a file has the name of a picture, but for its ending, or with another one behind it (`a.jpg.json`).
    pub fn is_called_as_picture(&self, name: &str) -> bool {
        let stem = called(name);
        self.stems.contains(&stem) || is_picture(&stem) && self.stems.contains(&called(&stem))
    }

    /// A file that may hold labels, in a form that is not known.
    pub fn strange(&mut self, name: &str, why: &str, found: &mut Found) -> Result<(), ImportError> {
        self.tell(&NOT_LABELS, name, why, found)
    }

    /// A file of JSON or XML.
    fn notation(
        &mut self,
        place: &mut dyn Place,
        file: FileId,
        name: &str,
        json: bool,
        found: &mut Found,
    ) -> Result<(), ImportError> {
        let (looks, lacks) = match json {
            true => {
                (telling::json(place, file), "it has neither `images` nor `annotations`, nor what tells another form")
            }
            false => (
                telling::xml(place, file).map(|told| told.map_or(Looks::Nothing, Looks::Like)),
                "its outermost element is neither `annotation` nor `annotations`",
            ),
        };
        match looks {
            Ok(Looks::Like(format)) => self.files.entry(format).or_default().push(file),
            Ok(Looks::Unread(form)) => return self.tell(&UNREAD, name, form, found),
            Ok(Looks::Nothing) => return self.strange(name, lacks, found),
            Ok(Looks::Names) => {}
            Err(why) => {
                if self.broken.len() < SOME {
                    self.broken.push(format!("{name}: {why}"));
                }
                // It may have been one of those that are read.
                if !self.is_called_as_picture(name) {
                    found.damaged(name);
                }
                return self.strange(name, &why, found);
            }
        }
        Ok(())
    }

    fn tell(&mut self, reason: &Reason, name: &str, why: &str, found: &mut Found) -> Result<(), ImportError> {
        self.odd.get_or_insert_with(|| format!("{name}: {why}"));
        found.told.leave_out(reason, || format!("{name}: {why}"));
        let of_one = self.is_called_as_picture(name);
        found.pass_over(name, of_one)
    }
}

/// Broken files that are named in an error, at most.
const SOME: usize = 5;
