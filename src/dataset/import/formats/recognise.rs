//! What form a data set has, by what is in it.

use super::telling::{self, Looks};
use crate::dataset::import::manner::Format;
use crate::dataset::import::place::{FileId, Place, is_picture};
use crate::dataset::import::told::ImportError;
use std::collections::BTreeMap;
use std::io::Read;

/// What there is.
pub struct Seen {
    files: BTreeMap<Format, Vec<FileId>>,
    pub pictures: usize,
    /// Files that look like labels and can't be read, and why.
    pub broken: Vec<String>,
    /// Files that may hold labels, in a form that is not known.
    pub strange: Vec<String>,
    /// Files with labels in a form that is not read, and what it is called.
    pub unread: Vec<String>,
    main: Option<FileId>,
}

impl Seen {
    /// The forms that are there, the likeliest first.
    pub fn forms(&self) -> impl Iterator<Item = Format> {
        self.files.keys().copied()
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
        let odd = self.broken.first().or(self.unread.first()).or(self.strange.first());
        let odd = odd.map(|why| format!(" ({why})")).unwrap_or_default();
        ImportError::Invalid(format!(
            "there are no {what} in {} that can be read{odd}; it takes COCO, LabelMe and Label Studio (JSON), Pascal \
             VOC and CVAT (XML), YOLO (a text file for each picture), or pictures alone. Nothing was imported",
            self.main.map_or(place.title(), |main| place.listing().name(main))
        ))
    }
}

/// Looks at every file, or at the one that was named.
pub fn all(place: &mut dyn Place, main: Option<FileId>) -> Seen {
    let (broken, strange, unread) = Default::default();
    let mut seen = Seen { files: BTreeMap::new(), pictures: 0, broken, strange, unread, main };
    let names: Vec<(FileId, String)> = match main {
        Some(main) => {
            seen.pictures = usize::from(is_picture(place.listing().name(main)));
            vec![(main, place.listing().name(main).to_owned())]
        }
        None => {
            seen.pictures = place.listing().iter().filter(|(_, name)| is_picture(name)).count();
            place.listing().iter().filter(|(_, name)| !is_picture(name)).map(|(f, n)| (f, n.to_owned())).collect()
        }
    };
    let mut texts = Vec::new();
    for (file, name) in names {
        let lower = name.to_lowercase();
        let last = lower.rsplit('/').next().unwrap_or_default();
        let plain = last.trim_end_matches(".gz");
        let yolo = matches!(last, "obj.data" | "classes.txt") || last.ends_with(".names");
        if plain.ends_with(".json") || plain.ends_with(".xml") {
            let (told, lacks) = match plain.ends_with(".json") {
                true => (
                    telling::json(place, file),
                    "it has neither `images` nor `annotations`, nor what tells another form",
                ),
                false => (
                    telling::xml(place, file).map(|told| told.map_or(Looks::Nothing, Looks::Like)),
                    "its outermost element is neither `annotation` nor `annotations`",
                ),
            };
            match told {
                Ok(Looks::Like(format)) => seen.files.entry(format).or_default().push(file),
                Ok(Looks::Unread(form)) => few(&mut seen.unread, format!("{name}: {form}")),
                Ok(Looks::Nothing) => few(&mut seen.strange, format!("{name}: {lacks}")),
                Err(why) => few(&mut seen.broken, format!("{name}: {why}")),
            }
        } else if yolo || last.ends_with(".yaml") || last.ends_with(".yml") {
            seen.files.entry(Format::Yolo).or_default().push(file);
        } else if last.ends_with(".txt") {
            texts.push(file);
        } else if let Some(form) = not_read(place, file, last) {
            few(&mut seen.unread, format!("{name}: {form}"));
        } else if last.bytes().all(|b| b.is_ascii_digit())
            && let Ok(Looks::Like(Format::LabelStudio)) = telling::json(place, file)
        {
            // Label Studio calls its files so, where each has one annotation.
            seen.files.entry(Format::LabelStudio).or_default().push(file);
        }
    }
    // Text files alone are YOLO's where there is nothing else.
    if seen.files.is_empty() && !texts.is_empty() && seen.pictures > 0 {
        seen.files.insert(Format::Yolo, texts);
    }
    seen
}

/// The form of a file by its name and its first line, where it is one with labels that is not read.
fn not_read(place: &mut dyn Place, file: FileId, name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "tfrecord" | "tfrecords" | "record" => "TensorFlow's TFRecord",
        "parquet" => "Parquet",
        "jsonl" | "ndjson" | "manifest" => "JSON lines",
        "csv" | "tsv" => {
            let mut head = Vec::new();
            place.open(file).ok()?.take(4_000).read_to_end(&mut head).ok()?;
            let head = String::from_utf8_lossy(&head).to_lowercase();
            let first = head.lines().next().unwrap_or_default();
            let tells = ["xmin", "x_min", "bbox", "x1", "region_shape_attributes", "width_px", "class", "label"];
            tells.iter().any(|word| first.contains(word)).then_some("a table, as TensorFlow and others write")?
        }
        _ => return None,
    })
}

fn few(to: &mut Vec<String>, item: String) {
    if to.len() < 5 {
        to.push(item);
    }
}
