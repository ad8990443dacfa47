//! Which text file belongs to which picture.

use crate::dataset::import::place::{FileId, Kin, Listing, Part, folder_of, is_usual, kin};
use crate::domain::name::spelled;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Every picture with its text file, in the order of the data set, and the text files that no picture has.
pub struct Pairs {
    pub pictures: Vec<(FileId, Option<FileId>)>,
    pub alone: Vec<FileId>,
    /// Text files that are called as a picture which has another, with that picture.
    pub rivals: Vec<(FileId, FileId)>,
    /// Pictures that may have one of several text files, or share one with others: nobody knows what is in them.
    pub unsure: HashSet<FileId>,
}

/// `images/a/b.jpg` has its labels in `labels/a/b.txt` (the last `images` of the path counts), or beside it; else in the
/// only text file of its name that no other picture has. `not_labels` are text files that say something else.
pub fn pairs(listing: &Listing, not_labels: &HashSet<FileId>) -> Pairs {
    // By the hash of the name as it is written, or, where that is one, whatever the letters are: there may be a hundred thousand.
    let mut texts: HashMap<u64, FileId> = HashMap::new();
    let mut by_letters: HashMap<u64, Option<FileId>> = HashMap::new();
    let mut free: HashSet<FileId> = HashSet::new();
    for (file, name) in listing.iter().filter(|(_, name)| name.to_lowercase().ends_with(".txt")) {
        if !not_labels.contains(&file) {
            let stem = spelled(without_ending(name)).into_owned();
            by_letters.entry(hash(&stem.to_lowercase())).and_modify(|one| *one = None).or_insert(Some(file));
            texts.insert(hash(&stem), file);
            free.insert(file);
        }
    }
    let find = |place: String| {
        let alike = || by_letters.get(&hash(&place.to_lowercase())).copied().flatten();
        texts.get(&hash(&place)).copied().or_else(alike)
    };
    let (mut pictures, mut unsure) = (Vec::new(), HashSet::new());
    let mut claims: HashMap<FileId, Vec<FileId>> = HashMap::new();
    for (file, name) in listing.pictures() {
        let own = places(&spelled(without_ending(name))).find_map(find);
        if let Some(text) = own {
            claims.entry(text).or_default().push(file);
        }
        pictures.push((file, own));
    }
    // Of several that share one text it is that of the one which is called exactly so; else nobody knows whose.
    let exact = |text: FileId, file: FileId| last_of(listing.name(text)) == last_of(listing.name(file));
    for (file, own) in &mut pictures {
        let Some(text) = *own else { continue };
        let sharing = &claims[&text];
        let mut called = sharing.iter().filter(|other| exact(text, **other));
        let owner =
            if sharing.len() == 1 { sharing.first() } else { called.next().filter(|_| called.next().is_none()) };
        match owner == Some(&*file) {
            true => drop(free.remove(&text)),
            false => {
                *own = None;
                unsure.insert(*file);
            }
        }
    }
    // By the part of the data set, the folders that say something, and the last part of the name; by the folder and the last
    // part; then by the last part alone.
    alone_with(listing, place_of, &mut pictures, &unsure, &mut free);
    alone_with(listing, within_of, &mut pictures, &unsure, &mut free);
    let several = alone_with(listing, |name| last_of(name).to_lowercase(), &mut pictures, &unsure, &mut free);
    unsure.extend(several);
    let (rivals, alone) = rivals(listing, &pictures, free);
    Pairs { pictures, alone, rivals, unsure }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Gives pictures without a text the one that has the same key, where that is one of each, those with a text of their own
/// counted too: that all others have one says of none that this is its text. Answers those of which there are several, or
/// that may be of another folder.
fn alone_with(
    listing: &Listing,
    key: impl Fn(&str) -> String,
    pictures: &mut [(FileId, Option<FileId>)],
    unsure: &HashSet<FileId>,
    free: &mut HashSet<FileId>,
) -> Vec<FileId> {
    let key = |file: FileId| key(listing.name(file));
    let mut texts: HashMap<String, Vec<FileId>> = HashMap::new();
    free.iter().for_each(|text| texts.entry(key(*text)).or_default().push(*text));
    let mut called: HashMap<String, usize> = HashMap::new();
    let mut pictured: HashSet<String> = HashSet::new();
    for (file, _) in pictures.iter() {
        *called.entry(key(*file)).or_default() += 1;
        pictured.extend(said_by(listing.name(*file)));
    }
    let mut several = Vec::new();
    for (file, text) in pictures.iter_mut().filter(|(file, text)| text.is_none() && !unsure.contains(file)) {
        let key = key(*file);
        match (called.get(&key), texts.get(&key).map(Vec::as_slice)) {
            (Some(1), Some([only])) if may_be(listing.name(*file), listing.name(*only), &pictured) => {
                *text = Some(*only);
                free.remove(only);
            }
            (_, Some(_)) => several.push(*file),
            (_, None) => {}
        }
    }
    several
}

/// Whether a text may be that of a picture: neither is of another part or series, and the text does not lie in a folder of
/// which there are pictures, and this is none.
fn may_be(picture: &str, text: &str, pictured: &HashSet<String>) -> bool {
    let own: Vec<String> = said_by(picture).collect();
    agree(picture, text) && said_by(text).all(|folder| !pictured.contains(&folder) || own.contains(&folder))
}

/// The folders of a name that say something, in small letters.
fn said_by(name: &str) -> impl Iterator<Item = String> {
    let folder = folder_of(name).to_lowercase();
    let said: Vec<String> =
        folder.split('/').filter(|part| !part.is_empty() && !is_usual(part)).map(str::to_owned).collect();
    said.into_iter()
}

/// The innermost folder, if it says something or is so short that it may, and the last part of the name: `pics/a/1.jpg` and
/// `lab/a/1.txt` are called alike.
fn within_of(name: &str) -> String {
    let folder = folder_of(name).trim_end_matches('/').to_lowercase();
    let within = folder.rsplit('/').next().filter(|part| part.len() <= 2 || !is_usual(part)).unwrap_or_default();
    // What lies in no such folder is called as nothing else.
    if within.is_empty() { format!("/{name}") } else { format!("{within}/{}", last_of(name).to_lowercase()) }
}

/// Of which part of the data set a file is, and in which folders that say something it lies: `train/images/cam1/a.jpg` and
/// `labels/train/cam1/a.txt` are of one place.
fn place_of(name: &str) -> String {
    let folder = folder_of(name).to_lowercase();
    let said = folder.split('/').filter(|part| !part.is_empty() && !is_usual(part));
    let said = said.collect::<Vec<_>>().join("/");
    format!("{:?}/{said}/{}", Part::of(&folder), last_of(name).to_lowercase())
}

/// Of the texts that are left those which are called as one picture alone, which has another text; and the others.
fn rivals(
    listing: &Listing,
    pictures: &[(FileId, Option<FileId>)],
    free: HashSet<FileId>,
) -> (Vec<(FileId, FileId)>, Vec<FileId>) {
    let last = |file: FileId| last_of(listing.name(file)).to_lowercase();
    // Where several are called so, none is meant surely.
    let mut called: HashMap<String, Option<FileId>> = HashMap::new();
    for (file, text) in pictures {
        called.entry(last(*file)).and_modify(|only| *only = None).or_insert(text.map(|_| *file));
    }
    let (mut rivals, mut alone) = (Vec::new(), Vec::new());
    for text in free {
        let only = called.get(&last(text)).copied().flatten();
        match only.filter(|picture| agree(listing.name(*picture), listing.name(text))) {
            Some(picture) => rivals.push((text, picture)),
            None => alone.push(text),
        }
    }
    rivals.sort_unstable();
    alone.sort_unstable();
    (rivals, alone)
}

/// The last part of a name, without its ending.
fn last_of(name: &str) -> String {
    let name = spelled(without_ending(name)).into_owned();
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Whether neither is of another part of the data set, or of a series, than the other.
fn agree(a: &str, b: &str) -> bool {
    let (a, b) = (folder_of(a), folder_of(b));
    Part::agree(Part::of(a), Part::of(b)) && kin(a, b) != Kin::Other
}

fn without_ending(name: &str) -> &str {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    name[start..].rfind('.').filter(|dot| *dot > 0).map_or(name, |dot| &name[..start + dot])
}

/// Where the text of a picture may lie, without its ending, the likeliest first.
fn places(picture: &str) -> impl Iterator<Item = String> {
    let parts: Vec<&str> = picture.split('/').collect();
    let images = parts[..parts.len() - 1].iter().rposition(|part| part.eq_ignore_ascii_case("images"));
    let labels = images.map(|at| {
        let mut path = parts.clone();
        path[at] = "labels";
        path.join("/")
    });
    labels.into_iter().chain([picture.to_owned(), format!("labels/{picture}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let listing = Listing::new(names.iter().map(|name| (*name).into()).collect());
        let pairs = pairs(&listing, &HashSet::new());
        let name = |file: FileId| listing.name(file).to_owned();
        let found = pairs.pictures.iter().map(|(file, text)| (name(*file), text.map_or("-".into(), name))).collect();
        (found, pairs.alone.into_iter().map(name).collect())
    }

    #[test]
    fn every_common_layout_is_understood() {
        for (picture, text) in [
            ("images/a.jpg", "labels/a.txt"),
            ("images/train/a.jpg", "labels/train/a.txt"),
            ("train/images/a.jpg", "train/labels/a.txt"),
            ("set/Images/a.JPG", "set/Labels/a.TXT"),
            ("obj_train_data/a.png", "obj_train_data/a.txt"),
            ("a.jpg", "a.txt"),
            ("a.jpg", "labels/a.txt"),
            ("a.rf.0123.jpg", "labels/a.rf.0123.txt"),
            ("pictures/a.jpg", "annotations/a.txt"),
        ] {
            assert_eq!(texts(&[picture, text]), (vec![(picture.into(), text.into())], vec![]), "{picture}");
        }
    }

    #[test]
    fn the_parts_of_a_data_set_stand_before_or_behind_what_lies_in_them() {
        for (images, labels) in [
            ("{}/images/{}", "labels/{}/{}"),
            ("images/{}/{}", "{}/labels/{}"),
            ("{}/{}", "labels/{}/{}"),
            ("images/{}/cam1/{}", "{}/labels/cam1/{}"),
            ("set/images/{}2024/{}", "set/{}2024/labels/{}"),
        ] {
            let of = |way: &str, part: &str, last: &str| way.replacen("{}", part, 1).replacen("{}", last, 1);
            let names: Vec<String> = ["train", "valid", "test"]
                .iter()
                .flat_map(|part| [of(images, part, "a.jpg"), of(labels, part, "a.txt")])
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let (found, alone) = texts(&names);
            assert_eq!((found.len(), alone.len()), (3, 0), "{images}");
            for (i, (picture, text)) in found.iter().enumerate() {
                assert_eq!((picture.as_str(), text.as_str()), (names[2 * i], names[2 * i + 1]), "{images}");
            }
        }
        // Where one part has no text, that of another is not taken, and what may be of two is nobody's.
        let (found, _) = texts(&["train/images/a.jpg", "valid/images/a.jpg", "labels/valid/a.txt"]);
        assert_eq!((found[0].1.as_str(), found[1].1.as_str()), ("-", "labels/valid/a.txt"));
        let (found, _) = texts(&["images/train/cam1/a.jpg", "images/train/cam2/a.jpg", "train/labels/a.txt"]);
        assert!(found.iter().all(|(_, text)| text == "-"), "{found:?}");
    }

    #[test]
    fn the_text_as_it_is_written_comes_first() {
        let (found, _) = texts(&["A.jpg", "A.txt", "a.jpg", "a.txt"]);
        assert_eq!(found, [("A.jpg".into(), "A.txt".into()), ("a.jpg".into(), "a.txt".into())]);
        let (found, _) = texts(&["e\u{301}.jpg", "\u{e9}.txt"]);
        assert_eq!(found[0].1, "\u{e9}.txt");
    }

    #[test]
    fn a_text_that_several_pictures_share_is_nobody_s() {
        let (found, alone) = texts(&["images/a.jpg", "images/a.png", "labels/a.txt"]);
        assert!(found.iter().all(|(_, text)| text == "-"));
        assert_eq!(alone, ["labels/a.txt"]);
        let (found, alone) = texts(&["A.jpg", "a.jpg", "a.txt"]);
        assert_eq!((found[0].1.as_str(), found[1].1.as_str(), alone.len()), ("-", "a.txt", 0));
    }

    #[test]
    fn a_second_text_of_a_picture_is_its_rival() {
        let names = ["images/a.jpg", "images/a.txt", "labels/a.txt", "other/a.txt", "labels/b.txt"];
        let listing = Listing::new(names.iter().map(|name| (*name).into()).collect());
        let Pairs { pictures, alone, rivals, .. } = pairs(&listing, &HashSet::new());
        assert_eq!((pictures, alone, rivals), (vec![(0, Some(2))], vec![4], vec![(1, 0), (3, 0)]));
    }

    #[test]
    fn a_mask_has_no_text() {
        let (found, _) = texts(&["images/a.jpg", "labels/a.png", "labels/a.txt"]);
        assert_eq!(found, [("images/a.jpg".into(), "labels/a.txt".into())]);
    }

    #[test]
    fn the_text_of_another_picture_is_never_taken() {
        let (found, alone) = texts(&["cam2/a.jpg", "cam1/a.txt"]);
        assert_eq!((found[0].1.as_str(), alone.len()), ("-", 1));
        let (found, alone) = texts(&["train/images/a.jpg", "valid/labels/a.txt"]);
        assert_eq!((found[0].1.as_str(), alone.len()), ("-", 1));
        let (found, alone) = texts(&["train/images/a.jpg", "valid/images/a.jpg", "valid/labels/a.txt"]);
        assert_eq!(found[0].1, "-");
        assert_eq!(found[1].1, "valid/labels/a.txt");
        assert!(alone.is_empty());
        // That all others have one of their own says nothing.
        for names in [
            ["images/a/1.jpg", "images/b/1.jpg", "labels/a/1.txt", "backup/labels/a/1.txt"],
            ["a/1.jpg", "b/1.jpg", "a/1.txt", "old/1.txt"],
            ["images/1.jpg", "crops/1.jpg", "labels/1.txt", "labels.bak/1.txt"],
            ["images/1.jpg", "augmented/images/1.jpg", "labels/1.txt", "labels_flipped/1.txt"],
            ["images/cam1/1.jpg", "images/cam2/1.jpg", "labels/cam1/1.txt", "labels/1.txt"],
            ["train/images/1.jpg", "extra/images/1.jpg", "train/labels/1.txt", "valid/labels/1.txt"],
        ] {
            let (found, _) = texts(&names);
            assert_eq!((found[0].1.as_str(), found[1].1.as_str()), (names[2], "-"), "{names:?}");
        }
        // Nor that it is alone of its name, where the folder of the text has pictures of its own.
        let (found, alone) =
            texts(&["images/garden/2.jpg", "images/house/1.jpg", "labels/garden/1.txt", "labels/garden/2.txt"]);
        assert_eq!((found[0].1.as_str(), found[1].1.as_str()), ("labels/garden/2.txt", "-"));
        assert_eq!(alone, ["labels/garden/1.txt"]);
        let (found, alone) = texts(&["data/pics/a/1.jpg", "data/pics/b/1.jpg", "data/lab/a/1.txt", "data/lab/b/1.txt"]);
        assert_eq!((found[0].1.as_str(), found[1].1.as_str()), ("data/lab/a/1.txt", "data/lab/b/1.txt"));
        assert!(alone.is_empty());
        let (found, alone) = texts(&["x/a.jpg", "y/a.jpg", "labels/a.txt"]);
        assert!(found.iter().all(|(_, text)| text == "-"));
        assert_eq!(alone, ["labels/a.txt"]);
    }
}
