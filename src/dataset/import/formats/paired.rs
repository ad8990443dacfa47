//! Forms in which every picture has a file of its own with its labels: which picture that is.

use crate::dataset::import::formats::elsewhere;
use crate::dataset::import::found::{Found, Picture};
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, Numbered, Part, Place, folder_of, is_picture};
use crate::dataset::import::told::{ImportError, Note, Told};
use std::collections::HashSet;

static OTHER_NAME: Note = Note::new(
    "other_name",
    "label files that name a picture which is not there, or has its own; they were taken for the picture of their own name",
);
static OTHER_FOLDER: Note = Note::new(
    "says_other_folder",
    "label files that name another folder of a series than the one in which they and their picture lie (`cam1`, `cam2`); they were taken for the picture beside them, look whether it is",
);
static NO_FILE: Note = Note::new(
    "no_label_file",
    "pictures without a label file: they are not labelled, unless you say that such pictures have nothing in them",
);

static SHARED: Note = Note::new(
    "shared_name",
    "pictures that are called as another with labels, but for the ending: they are not labelled, as the labels went to the other",
);

/// Endings of pictures that are tried where a name has another, or none.
const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "JPG", "bmp", "webp", "tif", "tiff"];

/// What a label file says of its picture.
#[derive(Debug, Default)]
pub struct Said {
    /// A folder that need not be the one in which it lies now: it helps where several pictures have the name.
    pub folder: String,
    /// Its name, in the ways in which it may be written, the likeliest first.
    pub names: Vec<String>,
    /// Where it lay when it was labelled: it is not looked for there.
    pub path: String,
}

impl Said {
    /// The names, with the folder first, unless the label file itself lies in another of its series.
    fn ways(&self, by: &str) -> Vec<String> {
        let within =
            self.names.first().filter(|_| !self.folder.trim().is_empty()).map(|name| format!("{}/{name}", self.folder));
        let is_own = |way: &String| Numbered::of(way).clashes(&Numbered::of(by)).next().is_none();
        within.into_iter().filter(is_own).chain(self.names.iter().cloned()).collect()
    }

    /// Every way in which it is said where the picture lies.
    fn places(&self) -> impl Iterator<Item = String> {
        let within = format!("{}/", self.folder);
        [within, self.path.clone()].into_iter().chain(self.names.iter().cloned())
    }
}

/// The picture that the label file `by` belongs to: the first of those that are said to be it that is there, whatever its
/// ending; else the one that is called as `by` is. One that has a label file of its own belongs to that. `Err` says why there
/// is none.
pub fn picture_of(listing: &Listing, by: FileId, said: &Said, told: &mut Told) -> Result<FileId, String> {
    let ways = said.ways(listing.name(by));
    let file = meant(listing, by, &ways, told)?;
    if let Some((place, own)) = is_of_another(listing, by, said, file) {
        let (by, there) = (listing.name(by), listing.name(file));
        if !own {
            return Err(format!("{by}: `{there}` lies in another folder than it names, and may be another picture"));
        }
        told.note(&OTHER_FOLDER, || format!("{by} says `{place}`; taken for {there}"));
    }
    match said.names.iter().find(|name| listing.is_odd(name, file)) {
        Some(name) => elsewhere::tell_named(listing, listing.name(by), name, file, told),
        // A way with a folder says it.
        None if ways.iter().any(|way| listing.vouches(way, file)) => {}
        None => elsewhere::tell(listing, by, file, told),
    }
    Ok(file)
}

/// What is said of a folder of a series, where the picture lies in another of it; and whether `by` lies in one of that series
/// too, and so, as it was found, in the picture's own: a data set that was copied keeps what it said.
fn is_of_another(listing: &Listing, by: FileId, said: &Said, picture: FileId) -> Option<(String, bool)> {
    let (own, there) = (Numbered::of(listing.name(by)), Numbered::of(listing.name(picture)));
    let clash = |place: String| {
        let numbered = Numbered::of(&place);
        let mut series = numbered.clashes(&there).peekable();
        series.peek()?;
        let own = series.all(|series| own.has(series));
        Some((place, own))
    };
    // One that speaks against it weighs more than one that may be old.
    let clashes: Vec<(String, bool)> = said.places().filter_map(clash).collect();
    clashes.iter().find(|(_, own)| !own).or(clashes.first()).cloned()
}

fn meant(listing: &Listing, by: FileId, ways: &[String], told: &mut Told) -> Result<FileId, String> {
    let name = listing.name(by);
    let named = ways.iter().find_map(|way| picture(listing, name, way));
    let way = ways.last().map_or(last(stem(name)), String::as_str);
    let exact = |file: FileId| ways.iter().any(|way| last(&way.replace('\\', "/")) == last(listing.name(file)));
    if let Some(several) = several(listing, name, way).filter(|_| !named.is_some_and(exact)) {
        return Err(format!("{name}: it may be of {several}; give one of them another name"));
    }
    let said = || ways.last().cloned().unwrap_or_default();
    if let Some(file) = named
        && claim(listing, by, file).is_none()
    {
        return Ok(file);
    }
    let own = picture(listing, name, last(stem(name)));
    match own.filter(|own| claim(listing, by, *own).is_none()) {
        Some(own) => {
            if ways.iter().any(|way| !way.trim().is_empty()) {
                told.note(&OTHER_NAME, || format!("{name} names `{}`; taken for {}", said(), listing.name(own)));
            }
            Ok(own)
        }
        None => Err(match named.or(own).and_then(|file| Some((file, claim(listing, by, file)?))) {
            Some((file, owner)) => format!("{name}: {} has its labels in {}", listing.name(file), listing.name(owner)),
            None => match listing.find(name, ways.last().map_or(last(stem(name)), String::as_str)) {
                Err(why) => format!("{name}: {why}"),
                Ok(file) => format!("{name}: {} is no picture", listing.name(file)),
            },
        }),
    }
}

/// Another label file of the same form that is the picture's own.
fn claim(listing: &Listing, by: FileId, picture: FileId) -> Option<FileId> {
    let (name, ending) = (listing.name(picture), listing.name(by).rsplit('.').next().unwrap_or_default());
    // The very one is looked for first: a name may mean several.
    if stem(name) == stem(listing.name(by)) {
        return None;
    }
    let own = listing.any(name, &format!("{}.{ending}", last(stem(name))))?;
    (own != by && last(stem(listing.name(own))) == last(stem(name))).then_some(own)
}

/// The picture of a name, with this ending, another, or none.
fn picture(listing: &Listing, by: &str, way: &str) -> Option<FileId> {
    let there = |name: &str| listing.any(by, name).filter(|file| is_picture(listing.name(*file)));
    let other = |stem: &str| ENDINGS.iter().find_map(|ending| there(&format!("{stem}.{ending}")));
    if way.trim().is_empty() {
        return None;
    }
    there(way).or_else(|| other(way)).or_else(|| other(stem(way)))
}

/// The pictures that a name without its ending may mean, where these are several and none is called so.
fn several(listing: &Listing, by: &str, way: &str) -> Option<String> {
    let there = |name: &str| listing.any(by, name).filter(|file| is_picture(listing.name(*file)));
    if there(way).is_some() {
        return None;
    }
    let of = |stem: &str| -> Vec<FileId> {
        let mut files: Vec<FileId> = ENDINGS.iter().filter_map(|ending| there(&format!("{stem}.{ending}"))).collect();
        files.sort_unstable();
        files.dedup();
        files
    };
    let files = [way, stem(way)].map(of).into_iter().find(|files| !files.is_empty())?;
    let names: Vec<&str> = files.iter().map(|file| listing.name(*file)).collect();
    (names.len() > 1).then(|| names.join(" or "))
}

/// Without its ending.
pub fn stem(name: &str) -> &str {
    let start = name.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
    name[start..].rfind('.').filter(|dot| *dot > 0).map_or(name, |dot| &name[..start + dot])
}

/// The last part of a path.
pub fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Takes in the pictures of which nothing was said.
pub fn rest(place: &dyn Place, found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let named: HashSet<String> =
        found.pictures.iter().map(|picture| stem(listing.name(picture.file)).to_lowercase()).collect();
    for (file, name) in listing.pictures() {
        if found.has(file) {
            continue;
        }
        // `a.png` beside `a.jpg` and its labels: these may be of either.
        let shared = named.contains(&stem(name).to_lowercase());
        if shared {
            found.told.note(&SHARED, || name.to_owned());
        }
        // A mask, or a file that is not read, may say that something is there.
        let said = shared || listing.is_masked(file);
        let labelled = !said && found.counts_as_empty(name, manner);
        let side = manner.sides.then(|| Part::of(folder_of(name)).map(Part::side)).flatten();
        found.picture(Picture { labelled, side, ..Picture::new(file, name) })?;
        if manner.unmentioned == Unmentioned::Unlabelled && !shared {
            found.told.note(&NO_FILE, || name.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(names: &[&str], by: &str, folder: &str, ways: &[&str]) -> Result<(String, bool), String> {
        let listing = Listing::new(names.iter().map(|name| (*name).into()).collect());
        let (by, mut told) = (listing.exactly(by).unwrap(), Told::default());
        let names = ways.iter().map(|way| (*way).to_owned()).collect();
        let said = Said { folder: folder.to_owned(), names, path: String::new() };
        let file = picture_of(&listing, by, &said, &mut told)?;
        Ok((listing.name(file).to_owned(), !told.into_parts().1.is_empty()))
    }

    #[test]
    fn the_picture_of_a_label_file_is_found() {
        for (names, by, way, picture, noted) in [
            (vec!["a.xml", "a.jpg"], "a.xml", "a.jpg", "a.jpg", false),
            (vec!["Annotations/a.xml", "JPEGImages/a.jpg"], "Annotations/a.xml", "a.jpg", "JPEGImages/a.jpg", false),
            (vec!["Annotations/a.xml", "JPEGImages/a.jpg"], "Annotations/a.xml", "a", "JPEGImages/a.jpg", false),
            (vec!["a.xml", "a.jpg"], "a.xml", "a.png", "a.jpg", false),
            (vec!["a.xml", "a.JPG"], "a.xml", "C:\\x\\a.jpg", "a.JPG", false),
            (vec!["a.xml", "a.jpg"], "a.xml", "", "a.jpg", false),
            (vec!["a.xml", "a.jpg"], "a.xml", "other.jpg", "a.jpg", true),
            (vec!["a.xml", "b.xml", "a.jpg", "b.jpg"], "b.xml", "a.jpg", "b.jpg", true),
            (vec!["b.xml", "a.jpg", "b.jpg"], "b.xml", "a.jpg", "a.jpg", false),
            (vec!["barn/1.xml", "yard/1.jpg"], "barn/1.xml", "1.jpg", "yard/1.jpg", true),
            (vec!["barn/1.xml", "yard/1.jpg"], "barn/1.xml", "../yard/1.jpg", "yard/1.jpg", false),
            (vec!["ann/1.json", "barn/1.jpg"], "ann/1.json", "../yard/1.jpg", "barn/1.jpg", true),
            (vec!["cam1/1.json", "cam1/1.jpg"], "cam1/1.json", "../cam2/1.jpg", "cam1/1.jpg", true),
            (vec!["cam1/1.json", "cam2/1.jpg"], "cam1/1.json", "../cam2/1.jpg", "cam2/1.jpg", false),
            (vec!["1.v2.xml", "1.v2.jpg", "1.jpg"], "1.v2.xml", "1.v2", "1.v2.jpg", false),
            (
                vec!["train/A/1.xml", "val/A/1.xml", "train/J/1.jpg", "val/J/1.jpg"],
                "val/A/1.xml",
                "1.jpg",
                "val/J/1.jpg",
                false,
            ),
        ] {
            assert_eq!(paired(&names, by, "", &[way]), Ok((picture.to_owned(), noted)), "{names:?} {by} {way}");
        }
    }

    #[test]
    fn the_picture_of_another_label_file_is_never_taken() {
        let names = ["x/a.xml", "y/a.xml", "y/a.jpg"];
        let error = paired(&names, "x/a.xml", "", &["a.jpg"]).unwrap_err();
        assert!(error.contains("y/a.jpg has its labels in y/a.xml"), "{error}");
        let error = paired(&["cam1/1.xml", "cam2/1.jpg"], "cam1/1.xml", "", &["1.jpg"]).unwrap_err();
        assert!(error.contains("`cam2/1.jpg` lies in another folder"), "{error}");
        let error = paired(&["ann/1.json", "cam1/1.jpg"], "ann/1.json", "", &["../cam2/1.jpg"]).unwrap_err();
        assert!(error.contains("`cam1/1.jpg` lies in another folder"), "{error}");
        let error = paired(&["a.xml", "b.jpg"], "a.xml", "", &["a.jpg"]).unwrap_err();
        assert!(error.contains("there is no `a.jpg`"), "{error}");
    }

    #[test]
    fn a_folder_that_is_said_helps_and_never_contradicts() {
        let (one, two) = ("JPEGImages/cam1/1.jpg", "JPEGImages/cam2/1.jpg");
        for folder in ["", "images", "JPEGImages", "VOC2012", "cam1", "cam2"] {
            let refused = paired(&["Annotations/cam2/1.xml", one], "Annotations/cam2/1.xml", folder, &["1.jpg"]);
            assert!(refused.as_ref().is_err_and(|why| why.contains("in another folder")), "{folder}: {refused:?}");
            let own = paired(&["Annotations/cam2/1.xml", one, two], "Annotations/cam2/1.xml", folder, &["1.jpg"]);
            assert_eq!(own, Ok((two.to_owned(), folder == "cam1")), "{folder}");
            // A set that was copied into another folder keeps what it said of it, which is told.
            let beside = paired(&["cam3/1.xml", "cam3/1.jpg"], "cam3/1.xml", folder, &["1.jpg"]);
            assert_eq!(beside, Ok(("cam3/1.jpg".to_owned(), folder.starts_with("cam"))), "{folder}");
            let noted = paired(
                &["barn/Annotations/1.xml", "yard/JPEGImages/1.jpg"],
                "barn/Annotations/1.xml",
                folder,
                &["1.jpg"],
            );
            assert_eq!(noted, Ok(("yard/JPEGImages/1.jpg".to_owned(), true)), "{folder}");
        }
        assert!(paired(&["Annotations/1.xml", one], "Annotations/1.xml", "cam2", &["1.jpg"]).is_err());
        let helped = paired(&["Annotations/1.xml", one, two], "Annotations/1.xml", "cam2", &["1.jpg"]);
        assert_eq!(helped, Ok((two.to_owned(), false)));
    }
}
