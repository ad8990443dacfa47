//! Pictures in a folder for each class, as sets for classifiers come: `train/cat/1.jpg`. Each is tagged with the name of its
//! folder where somebody says that these are classes; nothing else tells them from folders of barns and years.

use super::shapes::Shapes;
use crate::dataset::import::found::{Entry, Found, Picture};
use crate::dataset::import::manner::Manner;
use crate::dataset::import::place::{FileId, Listing, Numbered, Part, folder_of, is_usual, parts};
use crate::dataset::import::told::{ImportError, Note};
use std::collections::BTreeMap;

static ALIKE: Note = Note::new(
    "class_folders",
    "folders whose names look like classes, which were not taken for labels; if they are classes, import it again in the form `folders`, which tags each picture with the name of its folder",
);
static NO_FOLDER: Note =
    Note::new("no_class_folder", "pictures that lie in no folder of a class; they came in unlabelled");

/// What folders within that of a class are called.
const WITHIN: [&str; 8] = ["images", "image", "imgs", "img", "pictures", "photos", "jpegimages", "data"];

/// Letters of the name of a class, at least, where nobody says that it is one.
const LETTERS: usize = 3;

/// Takes every picture but masks, tagged with the class whose folder it lies in.
pub fn read(listing: &Listing, found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let mut shapes = Shapes::default();
    for (file, name) in listing.pictures() {
        let class = classes(name).pop();
        let side = manner.sides.then(|| Part::of(folder_of(name)).map(Part::side)).flatten();
        let picture = Picture { side, labelled: class.is_some(), ..Picture::new(file, name) };
        let picture = found.picture(picture)?;
        match class {
            Some(class) => {
                let category = found.named(&class)?;
                shapes.tag(found, picture, category, Entry::Id(format!("`{class}`")))?;
            }
            None => found.told.note(&NO_FOLDER, || name.to_owned()),
        }
    }
    shapes.settle(found)
}

/// Tells folders of pictures that came in unlabelled, where they look like classes: each picture lies in one, equally deep, and
/// they are called by words, each of several pictures.
pub fn tell(listing: &Listing, found: &mut Found) {
    let mut depth = None;
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let taken: Vec<FileId> = found.pictures.iter().map(|picture| picture.file).collect();
    for file in taken {
        let mut classes = classes(listing.name(file));
        let deep = classes.len();
        let Some(class) = classes.pop().filter(|class| is_word(class) && *depth.get_or_insert(deep) == deep) else {
            return;
        };
        *alike.entry(class).or_default() += 1;
    }
    if alike.len() > 1 && alike.values().all(|pictures| *pictures > 1) {
        alike.keys().for_each(|class| found.told.note(&ALIKE, || class.clone()));
    }
}

/// The folders of a picture that may be called by its class, the innermost last.
fn classes(name: &str) -> Vec<String> {
    let mut folders = parts(folder_of(name));
    folders.retain(|folder| Part::of(folder).is_none() && !WITHIN.contains(&folder.to_lowercase().as_str()));
    folders
}

/// Whether a folder is called neither as those of any data set, nor by a number.
fn is_word(folder: &str) -> bool {
    let letters = folder.chars().filter(|c| c.is_alphabetic()).count();
    letters >= LETTERS && !is_usual(&folder.to_lowercase()) && !Numbered::among(&[folder.to_owned()]).is_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(names: &[&str]) -> usize {
        let listing = Listing::new(names.iter().map(|name| (*name).into()).collect());
        let mut found = Found::new("set", &[]);
        for (file, name) in listing.pictures() {
            found.picture(Picture::new(file, name)).unwrap();
        }
        tell(&listing, &mut found);
        found.told.into_parts().1.first().map_or(0, |note| note.count as usize)
    }

    #[test]
    fn folders_look_like_classes_where_all_pictures_lie_in_such() {
        for (names, count) in [
            (&["train/cat/1.jpg", "train/cat/2.jpg", "train/dog/1.jpg", "test/dog/3.jpg"][..], 2),
            (&["PetImages/Cat/1.jpg", "PetImages/Cat/2.jpg", "PetImages/Dog/1.jpg", "PetImages/Dog/2.jpg"], 2),
            (&["cat/images/1.jpg", "cat/images/2.jpg", "dog/images/1.jpg", "dog/images/2.jpg"], 2),
            // A top folder, days, cameras, one folder, or one of each.
            (&["cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg", "x.jpg"], 0),
            (&["2024-01-01/1.jpg", "2024-01-01/2.jpg", "2024-01-02/1.jpg", "2024-01-02/2.jpg"], 0),
            (&["cam1/1.jpg", "cam1/2.jpg", "cam2/1.jpg", "cam2/2.jpg"], 0),
            (&["barn/1.jpg", "barn/2.jpg", "barn/3.jpg"], 0),
            (&["barn/1.jpg", "yard/2.jpg"], 0),
            (&["train/images/1.jpg", "train/images/2.jpg", "test/images/1.jpg", "test/images/2.jpg"], 0),
            (&["cat/1.jpg", "cat/2.jpg", "pets/dog/1.jpg", "pets/dog/2.jpg"], 0),
        ] {
            assert_eq!(alike(names), count, "{names:?}");
        }
    }
}
