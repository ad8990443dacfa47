//! A data set in a folder of this device, which whoever owns the device imports by hand.

use super::files::{Place, unreadable};
use super::listing::{FileId, Listing};
use super::name::{is_foreign_picture, is_picture};
use crate::dataset::import::letters;
use crate::dataset::import::told::ImportError;
use crate::files;
use crate::picture::Bounds;
use crate::turns::Turn;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file with labels: COCO's own, of 118,000 pictures, has 450 MB.
const LONGEST: u64 = 1_000_000_000;
/// Files, at most.
const FILES: usize = 500_000;
/// Folders within folders, at most.
const DEPTH: usize = 32;

pub struct Folder {
    top: PathBuf,
    /// Where files lie whose names are no UTF-8.
    paths: HashMap<FileId, PathBuf>,
    title: String,
    listing: Arc<Listing>,
}

impl Folder {
    /// Every file in a folder and the folders in it, also those that are linked.
    pub fn open(top: &Path) -> Result<Self, ImportError> {
        let mut walk = Walk { top, names: Vec::new(), seen: HashSet::new() };
        walk.folder(top, 0)?;
        walk.names.sort_unstable();
        let title = top.display().to_string();
        let (mut names, mut paths) = (Vec::with_capacity(walk.names.len()), HashMap::new());
        for (file, (name, path)) in (0..).zip(walk.names) {
            names.push(name);
            paths.extend(path.map(|path| (file, path)));
        }
        let guessed = paths.keys().copied().collect();
        Ok(Self { top: top.to_owned(), paths, title, listing: Listing::guessed(names, guessed).into() })
    }

    /// The folder of a file, or, where no picture lies there or below, the one above it; and the file in it.
    pub fn around(file: &Path) -> Result<(Self, FileId), ImportError> {
        let name = file.display().to_string();
        let file = file.canonicalize().map_err(|e| unreadable(&name, &e))?;
        let Some(folder) = file.parent() else {
            return Err(ImportError::Invalid(format!("{name} is no file")));
        };
        let mut place = Self::open(folder)?;
        let has_pictures = place.listing.iter().any(|(_, name)| is_picture(name));
        if let (false, Some(above)) = (has_pictures, folder.parent()) {
            place = Self::open(above)?;
        }
        let within = file.strip_prefix(&place.top).unwrap_or(&file).to_owned();
        let odd = place.paths.iter().find(|(_, path)| **path == within).map(|(file, _)| *file);
        match odd.or_else(|| place.listing.exactly(within.to_str()?)) {
            Some(file) => Ok((place, file)),
            None => Err(ImportError::Invalid(format!("{name} is no file"))),
        }
    }
}

struct Walk<'a> {
    top: &'a Path,
    /// Each with its path, where that is no UTF-8.
    names: Vec<(Box<str>, Option<PathBuf>)>,
    /// Folders, by device and number: a link may lead back.
    seen: HashSet<(u64, u64)>,
}

impl Walk<'_> {
    fn folder(&mut self, dir: &Path, depth: usize) -> Result<(), ImportError> {
        let failed = |e: io::Error| unreadable(&dir.display().to_string(), &e);
        let about = fs::metadata(dir).map_err(failed)?;
        if !self.seen.insert((about.dev(), about.ino())) || depth > DEPTH {
            return Ok(());
        }
        for entry in fs::read_dir(dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.') || n == "__MACOSX");
            // A link that leads nowhere is no file.
            let Ok(about) = fs::metadata(&path) else { continue };
            if hidden {
                continue;
            } else if about.is_dir() {
                self.folder(&path, depth + 1)?;
            // What is called a picture and is no file is told when it is opened.
            } else if about.is_file() || path.to_str().is_some_and(|name| is_picture(name) || is_foreign_picture(name))
            {
                let within = path.strip_prefix(self.top).unwrap_or(&path);
                self.names.push(match within.to_str() {
                    Some(name) => (name.into(), None),
                    None => {
                        let parts = within.iter().map(|part| letters::name_of(part.as_bytes()));
                        (parts.collect::<Vec<_>>().join("/").into(), Some(within.to_owned()))
                    }
                });
            }
            if self.names.len() > FILES {
                return Err(ImportError::Invalid(format!(
                    "there are more than {FILES} files in {}; import folders of it one after the other",
                    self.top.display()
                )));
            }
        }
        Ok(())
    }
}

impl Place for Folder {
    fn title(&self) -> &str {
        &self.title
    }

    fn listing(&self) -> &Arc<Listing> {
        &self.listing
    }

    fn open(&mut self, file: FileId) -> io::Result<Box<dyn Read + '_>> {
        let path = self.paths.get(&file).map_or_else(|| Path::new(self.listing.name(file)), PathBuf::as_path);
        Ok(Box::new(files::open(&self.top.join(path))?))
    }

    fn longest(&self) -> u64 {
        LONGEST
    }

    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    /// Whoever owns the device imports it in a process of its own, one picture after the other.
    fn turn(&self) -> Option<Turn> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_a_picture_and_is_none_is_listed_and_nobody_waits_for_it() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "pipe"] {
            mknodat(CWD, dir.path().join(name), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        }
        std::os::unix::fs::symlink("/dev/zero", dir.path().join("b.png")).unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        let names: Vec<_> = folder.listing().iter().map(|(file, name)| (file, name.to_owned())).collect();
        assert_eq!(names, [(0, "a.jpg".to_owned()), (1, "b.png".to_owned())]);
        for (file, _) in names {
            assert_eq!(folder.open(file).err().unwrap().kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn linked_folders_are_walked_once_and_files_that_are_none_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let (set, far) = (dir.path().join("set"), dir.path().join("far"));
        for folder in [&set, &far] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(far.join("a.jpg"), "a").unwrap();
        for name in ["b.txt", ".hidden"] {
            fs::write(set.join(name), "b").unwrap();
        }
        std::os::unix::fs::symlink(&far, set.join("images")).unwrap();
        std::os::unix::fs::symlink(&set, set.join("loop")).unwrap();
        std::os::unix::fs::symlink("/nowhere", set.join("dead")).unwrap();
        let mut folder = Folder::open(&set).unwrap();
        assert_eq!(folder.listing().iter().map(|(_, n)| n).collect::<Vec<_>>(), ["b.txt", "images/a.jpg"]);
        let mut text = String::new();
        folder.open(1).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a");
    }

    #[test]
    fn files_are_found_whose_names_are_no_utf_8() {
        let dir = tempfile::tempdir().unwrap();
        let names: [&[u8]; 3] = [b"\xba\xec.jpg", b"\xc2\xcc.jpg", b"Fr\xfcchte.jpg"];
        for name in names {
            fs::write(dir.path().join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
        }
        let mut folder = Folder::open(dir.path()).unwrap();
        let listing = folder.listing().clone();
        assert_eq!(listing.iter().map(|(_, n)| n).collect::<Vec<_>>(), ["Früchte.jpg", "┬╠.jpg", "║∞.jpg"]);
        for (file, bytes) in (0..).zip([names[2], names[1], names[0]]) {
            let mut read = Vec::new();
            folder.open(file).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
            let path = dir.path().join(std::ffi::OsStr::from_bytes(bytes));
            assert_eq!(Folder::around(&path).unwrap().1, file);
        }
        // What a file with labels in UTF-8 calls them, they are.
        assert_eq!((listing.find("a.json", "红.jpg"), listing.find("a.json", "绿.jpg")), (Ok(2), Ok(1)));
        assert!(listing.find("a.json", "青.jpg").is_err());
    }

    #[test]
    fn pictures_may_lie_one_folder_up() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["annotations", "images/Train"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("annotations/a.json"), "{}").unwrap();
        fs::write(dir.path().join("images/Train/0.jpg"), "").unwrap();
        let (place, file) = Folder::around(&dir.path().join("annotations/a.json")).unwrap();
        assert_eq!(place.listing().name(file), "annotations/a.json");
        assert_eq!(place.listing().iter().count(), 2);
    }
}
