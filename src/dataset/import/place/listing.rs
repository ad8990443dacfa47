//! The names of all files of a data set, and which of them is meant by a name in it.

use super::mask::{self, Masks};
use super::name::{is_foreign_picture, is_picture, meanings, parts, skeleton};
use super::part::Part;
use crate::dataset::import::letters;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Place of a file in its [`Listing`].
pub type FileId = u32;

/// Names relative to the top of the data set, with `/`.
pub struct Listing {
    names: Vec<Box<str>>,
    /// By the hash of its last part, without regard to case.
    by_last: Vec<(u64, FileId)>,
    /// By what is left of the last part in any code page; only where that is not all of it.
    by_skeleton: OnceCell<Vec<(u64, FileId)>>,
    pictured: OnceCell<Pictured>,
    masks: OnceCell<Masks<FileId>>,
    /// Pictures by the hash of their last part without its ending.
    by_stem: OnceCell<Vec<(u64, FileId)>>,
    /// Files whose names are no UTF-8, and nothing says what else.
    guessed: Vec<FileId>,
}

/// Folders with pictures in them.
#[derive(Default)]
struct Pictured {
    /// In small letters, wherever the pictures lie in them.
    called: HashSet<String>,
    /// Paths with their `/`; the pictures lie in these themselves.
    itself: HashSet<Box<str>>,
}

/// Why no file is meant by a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// None of that name in these folders.
    Nowhere { last: String, folders: Vec<String> },
    /// None in the folder that is said, only this one in another.
    Elsewhere { name: String, there: String },
    /// Several, and nothing says which.
    Several(Vec<String>),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Nowhere { last, folders } => write!(f, "there is no `{last}` in {}", folders.join(", ")),
            Self::Elsewhere { name, there } => {
                write!(f, "there is no `{name}`; `{there}` lies in another folder, and may be another picture")
            }
            Self::Several(names) => {
                write!(f, "there are several files of that name ({}); name it with its folder", names.join(", "))
            }
        }
    }
}

fn key(last: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    last.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

fn under(index: &[(u64, FileId)], key: u64) -> impl Iterator<Item = FileId> {
    let start = index.partition_point(|(k, _)| *k < key);
    index[start..].iter().take_while(move |(k, _)| *k == key).map(|(_, file)| *file)
}

/// The folder of a file, with its `/`; empty at the top.
pub fn folder_of(name: &str) -> &str {
    name.rfind('/').map_or("", |end| &name[..=end])
}

impl Listing {
    /// Files of these names.
    #[cfg(test)]
    pub fn new(names: Vec<Box<str>>) -> Self {
        Self::guessed(names, Vec::new())
    }

    /// Files of these names, of which some are guessed, as they are no UTF-8.
    pub fn guessed(names: Vec<Box<str>>, mut guessed: Vec<FileId>) -> Self {
        guessed.sort_unstable();
        let last = |name: &str| parts(name).pop().unwrap_or_default();
        let mut by_last: Vec<_> = (0..).zip(&names).map(|(file, name)| (key(&last(name)), file)).collect();
        by_last.sort_unstable();
        let (by_skeleton, pictured, masks, by_stem) = Default::default();
        Self { names, by_last, by_skeleton, pictured, masks, by_stem, guessed }
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        // A name, what the allocator has beside it, and its place in the order of last parts.
        let each = size_of::<Box<str>>() + 16 + size_of::<(u64, FileId)>();
        self.names.iter().map(|name| name.len() + each).sum()
    }

    pub fn name(&self, file: FileId) -> &str {
        &self.names[file as usize]
    }

    /// Files whose names are guessed.
    pub fn odd_names(&self) -> impl Iterator<Item = &str> {
        self.guessed.iter().map(|file| self.name(*file))
    }

    /// Every file, in the order of the data set.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &str)> {
        (0..).zip(self.names.iter().map(|name| &**name))
    }

    /// Every picture that is no mask of another, in the order of the data set.
    pub fn pictures(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.iter().filter(|(file, name)| is_picture(name) && !self.masks().masks.contains(file))
    }

    /// Every picture that is a mask of another.
    pub fn mask_pictures(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.iter().filter(|(file, _)| self.masks().masks.contains(file))
    }

    /// Whether there is a mask of a picture.
    pub fn is_masked(&self, file: FileId) -> bool {
        self.masks().masked.contains(&file)
    }

    fn masks(&self) -> &Masks<FileId> {
        self.masks.get_or_init(|| mask::masks(self.iter()))
    }

    /// The file of this very name.
    pub fn exactly(&self, name: &str) -> Option<FileId> {
        let wanted = parts(name);
        under(&self.by_last, key(wanted.last()?)).find(|file| parts(self.name(*file)) == wanted)
    }

    /// The file that the file `by` means with `name`: where it says; else beside `by`, in `images` there, one folder up;
    /// else the only one with that last part, or with most of its last parts, or in a folder that the name of `by` speaks of.
    pub fn find(&self, by: &str, name: &str) -> Result<FileId, Missing> {
        let meanings = meanings(&self.ended(name));
        let mut several = Vec::new();
        for wanted in &meanings {
            match self.of_parts(by, &meanings, wanted) {
                Ok(file) => return self.spelled_so(file, name),
                Err(candidates) if several.is_empty() => several = candidates,
                Err(_) => {}
            }
        }
        if let [there] = several[..] {
            return Err(Missing::Elsewhere { name: name.to_owned(), there: self.name(there).to_owned() });
        }
        if !several.is_empty() {
            let some = several.iter().take(3).map(|file| self.name(*file).to_owned()).collect();
            return Err(Missing::Several(some));
        }
        let last = meanings.last().and_then(|parts| parts.last().cloned()).unwrap_or_else(|| name.to_owned());
        Err(Missing::Nowhere { last, folders: self.some_folders() })
    }

    /// Of files whose names differ in their spelling alone (Unicode's forms), the one that is spelled as the name is.
    fn spelled_so(&self, file: FileId, name: &str) -> Result<FileId, Missing> {
        let twins = self.twins(file);
        if twins.len() < 2 {
            return Ok(file);
        }
        let wanted = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let so: Vec<FileId> =
            twins.iter().copied().filter(|f| self.name(*f).rsplit('/').next() == Some(wanted)).collect();
        only(&so).ok_or_else(|| Missing::Several(twins.iter().map(|f| self.name(*f).to_owned()).collect()))
    }

    /// A file, and those whose names mean the same.
    fn twins(&self, file: FileId) -> Vec<FileId> {
        let path = parts(self.name(file));
        let last = path.last().map_or("", String::as_str);
        under(&self.by_last, key(last)).filter(|other| parts(self.name(*other)) == path).collect()
    }

    /// A name with the ending of the only picture that is called so without one; any other name as it is.
    pub fn ended<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let plain = name.trim();
        let called = parts(plain).pop().unwrap_or_default().to_lowercase();
        if called.is_empty() || is_picture(&called) || is_foreign_picture(&called) || plain.contains('?') {
            return name.into();
        }
        let stem = |file: FileId| stem_of(self.name(file)).filter(|(stem, _)| *stem == called);
        let index = self.by_stem.get_or_init(|| {
            let key = |(file, name)| Some((key(&stem_of(name)?.0), file));
            let mut index: Vec<_> = self.pictures().filter_map(key).collect();
            index.sort_unstable();
            index
        });
        let so: Vec<String> = under(index, key(&called)).filter_map(|file| Some(stem(file)?.1)).take(2).collect();
        match &so[..] {
            [ending] => format!("{plain}.{ending}").into(),
            _ => name.into(),
        }
    }

    /// The same, where nobody asks why there is none.
    pub fn any(&self, by: &str, name: &str) -> Option<FileId> {
        let meanings = meanings(&self.ended(name));
        let file = meanings.iter().find_map(|wanted| self.of_parts(by, &meanings, wanted).ok())?;
        self.spelled_so(file, name).ok()
    }

    /// The file of one of the `meanings` of a name. `Err`: those among which nothing decides.
    fn of_parts(&self, by: &str, meanings: &[Vec<String>], wanted: &[String]) -> Result<FileId, Vec<FileId>> {
        let Some(last) = wanted.last() else { return Err(Vec::new()) };
        let same =
            |file: &FileId| parts(self.name(*file)).last().is_some_and(|l| l.to_lowercase() == last.to_lowercase());
        let mut candidates: Vec<FileId> = under(&self.by_last, key(last)).filter(same).collect();
        if candidates.is_empty() {
            candidates = self.of_skeleton(last);
        }
        let beside = parts(folder_of(by));
        let up = &beside[..beside.len().saturating_sub(1)];
        let images = ["images".to_owned()];
        for folder in [beside.clone(), [&beside[..], &images].concat(), up.to_vec(), [up, &images].concat(), Vec::new()]
        {
            let there = [&folder[..], wanted].concat();
            if let Some(file) = candidates.iter().find(|file| parts(self.name(**file)) == there) {
                return Ok(*file);
            }
        }
        // What is said to be of one part is never of another one.
        let said = Part::of(&[by, "/", &wanted[..wanted.len() - 1].join("/")].concat());
        let part = |file: &FileId| Part::of(folder_of(self.name(*file)));
        let (all, of_other) = (candidates.clone(), candidates.iter().any(|file| !Part::agree(part(file), said)));
        candidates.retain(|file| Part::agree(part(file), said));
        // That all others are of another part says of none that it is of this one: thumbnails beside what somebody fetched.
        if of_other && !candidates.is_empty() && candidates.iter().all(|file| part(file).is_none()) {
            return Err(all);
        }
        // As many parts from the end as there are in common.
        let common = |file: FileId| {
            let parts = parts(self.name(file));
            parts
                .iter()
                .rev()
                .zip(wanted.iter().rev())
                .take_while(|(a, b)| a.to_lowercase() == b.to_lowercase())
                .count()
        };
        let most = candidates.iter().map(|file| common(*file)).max().unwrap_or_default();
        candidates.retain(|file| common(*file) == most);
        // Of twins the first stands for all.
        let twins = || candidates.first().copied().filter(|first| self.twins(*first).len() == candidates.len());
        let decided = match only(&candidates).or_else(twins) {
            Some(file) => Some(file).filter(|file| !self.is_elsewhere(by, wanted, *file)),
            None => only(&self.spoken_of(by, &candidates)),
        };
        decided.filter(|file| !self.is_of_another(by, meanings, *file)).ok_or(candidates)
    }

    /// Whether a picture that is alone with its last part lies in another folder than is said, though that is there: the folder
    /// that is named, or else the one of `by`, has pictures of its own. Where it has none, it may be called otherwise here.
    fn is_elsewhere(&self, by: &str, wanted: &[String], file: FileId) -> bool {
        if !is_picture(self.name(file)) {
            return false;
        }
        let pictured = self.pictured.get_or_init(|| self.pictured());
        let path = parts(&self.name(file).to_lowercase());
        let wanted: Vec<String> = wanted.iter().map(|part| part.to_lowercase()).collect();
        let differs = path.iter().rev().zip(wanted.iter().rev()).find(|(there, said)| there != said);
        match differs {
            Some((_, said)) => pictured.called.contains(said) && !path.contains(said),
            None => {
                let beside = folder_of(by);
                wanted.len() == 1 && pictured.itself.contains(beside) && !self.name(file).starts_with(beside)
            }
        }
    }

    fn pictured(&self) -> Pictured {
        let mut pictured = Pictured::default();
        for folder in self.names.iter().filter(|name| is_picture(name)).map(|name| folder_of(name)) {
            if pictured.itself.insert(folder.into()) {
                pictured.called.extend(parts(&folder.to_lowercase()));
            }
        }
        pictured
    }

    /// How many of its last parts a file has in common with a name.
    pub fn fit(&self, name: &str, file: FileId) -> usize {
        let path = parts(&self.name(file).to_lowercase());
        let in_common = |wanted: &Vec<String>| {
            path.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| **a == b.to_lowercase()).count()
        };
        meanings(name).iter().map(in_common).max().unwrap_or_default()
    }

    /// Whether two names mean the same.
    pub fn is_same(&self, a: &str, b: &str) -> bool {
        meanings(a).iter().any(|one| meanings(b).contains(one))
    }

    /// Those in a folder that is a word in the path of `by`: `annotations/instances_Train.json` speaks of `images/Train/`.
    fn spoken_of(&self, by: &str, candidates: &[FileId]) -> Vec<FileId> {
        let lower = by.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let whole: Vec<String> = parts(&lower);
        let speaks = |file: &&FileId| {
            let path = parts(&self.name(**file).to_lowercase());
            path[..path.len().saturating_sub(1)]
                .iter()
                .any(|folder| folder != "images" && (words.contains(&folder.as_str()) || whole.contains(folder)))
        };
        candidates.iter().filter(speaks).copied().collect()
    }

    /// Names that were written in another code page than they are read in; only where one alone can be meant, and is the name,
    /// read so.
    fn of_skeleton(&self, last: &str) -> Vec<FileId> {
        let index = self.by_skeleton.get_or_init(|| {
            let last = |name: &str| parts(name).pop().filter(|last| !last.is_ascii());
            let mut index: Vec<_> =
                self.iter().filter_map(|(file, name)| Some((key(&skeleton(&last(name)?)), file))).collect();
            index.sort_unstable();
            index
        });
        match last.is_ascii() {
            true => Vec::new(),
            false => {
                let same = under(index, key(&skeleton(last)));
                let misread = |file: &FileId| {
                    parts(self.name(*file)).pop().is_some_and(|there| letters::is_misread(&there, last))
                };
                only(&same.filter(misread).collect::<Vec<_>>()).into_iter().collect()
            }
        }
    }

    fn some_folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        for name in &self.names {
            let folder = folder_of(name);
            let folder = if folder.is_empty() { "the top folder" } else { folder };
            if !folders.iter().any(|f| f == folder) {
                if folders.len() == 4 {
                    folders.push("others".into());
                    break;
                }
                folders.push(folder.to_owned());
            }
        }
        folders
    }
}

/// The last part of a name, without its ending and in small letters, and that ending.
fn stem_of(name: &str) -> Option<(String, String)> {
    let last = parts(name).pop()?;
    last.rsplit_once('.').map(|(stem, ending)| (stem.to_lowercase(), ending.to_owned()))
}

fn only(files: &[FileId]) -> Option<FileId> {
    if let [file] = files { Some(*file) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Listing {
        Listing::new(names.iter().map(|name| (*name).into()).collect())
    }

    #[test]
    fn a_name_has_the_ending_of_the_only_picture_that_is_called_so() {
        let files =
            listing(&["images/a.JPG", "b.jpg", "b.png", "x/c.jpg", "y/c.jpg", "frame.0001.png", "d.txt", "a.json"]);
        for (name, whole) in [
            ("a", "a.JPG"),
            ("A", "A.JPG"),
            ("pictures\\a", "pictures\\a.JPG"),
            ("frame.0001", "frame.0001.png"),
            ("b", "b"),
            ("x/c", "x/c"),
            ("d", "d"),
            ("a.png", "a.png"),
            ("", ""),
        ] {
            assert_eq!(files.ended(name), whole, "{name}");
        }
        assert_eq!(files.find("a.json", "a"), Ok(0));
        assert!(files.find("a.json", "b").is_err());
    }

    #[test]
    fn a_file_is_found_where_the_data_set_means_it() {
        let files =
            listing(&["set/annotations/a.json", "set/images/b.jpg", "set/annotations/c.jpg", "set/f g.JPG", "é.jpg"]);
        let find = |name: &str| files.find("set/annotations/a.json", name).map(|file| files.name(file)).unwrap();
        for (name, file) in [
            ("b.jpg", "set/images/b.jpg"),
            ("images\\b.jpg", "set/images/b.jpg"),
            ("..\\..\\label-studio\\media\\b.jpg", "set/images/b.jpg"),
            ("/home/ann/b.jpg", "set/images/b.jpg"),
            ("./c.jpg", "set/annotations/c.jpg"),
            ("https://host/x/f%20g.jpg?token=1", "set/f g.JPG"),
            ("e\u{301}.jpg", "é.jpg"),
        ] {
            assert_eq!(find(name), file, "{name}");
        }
        let missing = files.find("set/annotations/a.json", "deep/d.jpg").unwrap_err().to_string();
        assert!(missing.contains("no `d.jpg`") && missing.contains("set/images/"), "{missing}");
    }

    #[test]
    fn of_several_the_one_that_is_spoken_of() {
        let files = listing(&["images/Train/0.jpg", "images/Val/0.jpg", "images/Test/0.jpg"]);
        let find = |by: &str, name: &str| files.find(by, name);
        assert_eq!(find("annotations/instances_Val.json", "0.jpg"), Ok(1));
        assert_eq!(find("a.json", "x/Test/0.jpg"), Ok(2));
        assert_eq!(find("train/a.json", "0.jpg"), Ok(0));
        let several = find("a.json", "0.jpg").unwrap_err().to_string();
        assert!(several.contains("several files") && several.contains("images/Val/0.jpg"), "{several}");
    }

    #[test]
    fn a_picture_of_another_side_is_never_meant() {
        let files = listing(&["train/a.jpg", "train/b.jpg"]);
        assert!(files.find("valid/_annotations.coco.json", "a.jpg").is_err());
        assert!(files.find("a.json", "val/b.jpg").is_err());
        assert!(files.find("annotations/instances_test.json", "b.jpg").is_err());
        assert_eq!(files.find("x/set.json", "a.jpg"), Ok(0));
        // Nor one of no side, because all others are of another.
        let files = listing(&["train/1.jpg", "thumbs/1.jpg", "images/2.jpg"]);
        assert!(files.find("a.json", "val/1.jpg").is_err() && files.find("annotations/val.json", "1.jpg").is_err());
        assert_eq!(files.find("annotations/val.json", "2.jpg"), Ok(2));
        assert_eq!(files.find("a.json", "train/1.jpg"), Ok(0));
    }

    #[test]
    fn a_picture_of_another_folder_is_not_meant_where_the_one_that_is_named_has_pictures() {
        let files = listing(&["imgs/cam1/1.jpg", "imgs/cam2/2.jpg", "cam1/a.xml", "imgs/cam2/day/3.jpg", "x/4.jpg"]);
        let missing = files.find("a.json", "cam1/2.jpg").unwrap_err().to_string();
        assert!(missing.contains("no `cam1/2.jpg`") && missing.contains("imgs/cam2/2.jpg"), "{missing}");
        assert!(files.find("a.json", "/data/cam1/day/3.jpg").is_err());
        // Nor where it has none, but is one of a series.
        for name in ["cam9/2.jpg", "/data/local-files/?d=cam9/2.jpg", "https://host/cam9/2.jpg?token=1", "cam%39/2.jpg"]
        {
            assert!(matches!(files.find("a.json", name), Err(Missing::Elsewhere { .. })), "{name}");
        }
        for (name, file) in [("imgs/2.jpg", 1), ("barn/2.jpg", 1), ("/home/ann/2.jpg", 1), ("cam2/3.jpg", 3)] {
            assert_eq!(files.find("a.json", name), Ok(file), "{name}");
        }
        // A file of labels with pictures beside it speaks of these.
        assert!(files.find("x/4.xml", "2.jpg").is_err());
        assert_eq!(files.find("labels/a.xml", "2.jpg"), Ok(1));
        // As does one in a folder of a series.
        assert!(files.find("cam1/a.xml", "2.jpg").is_err());
        assert_eq!(files.find("cam1/a.xml", "cam2/2.jpg"), Ok(1));
        assert!(files.find("cam1/a.xml", "imgs/cam2/2.jpg").is_ok() && files.find("cam1/a.xml", "x/2.jpg").is_err());
    }

    #[test]
    fn the_same_names_in_two_folders_stay_apart() {
        let files = listing(&["train/0.jpg", "valid/0.jpg", "0.jpg"]);
        for (file, name) in files.iter() {
            assert_eq!(files.find("a.json", name), Ok(file));
        }
    }

    #[test]
    fn of_two_spellings_of_one_name_the_one_that_is_written() {
        let files = listing(&["i/caf\u{e9}.jpg", "i/cafe\u{301}.jpg", "i/n\u{e9}.jpg"]);
        assert_eq!(files.find("a.json", "caf\u{e9}.jpg"), Ok(0));
        assert_eq!(files.find("a.json", "x/cafe\u{301}.jpg"), Ok(1));
        assert_eq!(files.find("a.json", "ne\u{301}.jpg"), Ok(2));
        let zip = listing(&["a/1.jpg", "a/1.jpg"]);
        assert!(matches!(zip.find("a.json", "a/1.jpg"), Err(Missing::Several(_))));
    }

    #[test]
    fn a_name_in_another_code_page_is_found_where_only_one_is_like_it() {
        let files = listing(&["Fr\u{b3}chte.jpg", "Fr.jpg", "N\u{2592}sse.jpg"]);
        assert_eq!(files.find("a.json", "Früchte.jpg"), Ok(0));
        assert!(files.find("a.json", "Fürchte.jpg").is_err());
        // Or where one of them is the name.
        let both = listing(&["Fr\u{b3}chte.jpg", "Fr\u{2592}chte.jpg"]);
        assert_eq!(both.find("a.json", "Früchte.jpg"), Ok(0));
        let both = listing(&["Fr\u{b3}chte.jpg", "Frⁿchte.jpg"]);
        assert!(both.find("a.json", "Früchte.jpg").is_err());
        // Another picture is not meant because it is the only one with such letters.
        assert!(listing(&["\u{7eff}.jpg"]).find("a.json", "\u{7ea2}.jpg").is_err());
    }
}
