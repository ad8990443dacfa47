//! Photographs from a folder, in the order of their names, over and over.

use super::source::{FrameClock, Source, SourceError, trouble_of};
use crate::domain::name::is_character;
use crate::domain::{CameraTrouble, FrameSource, NewFrame, limits};
use crate::files;
use crate::picture::{self, Bounds, PictureError};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of pictures. New files join in at the next loop; broken ones, and those of a kind that isn't read, are skipped,
/// with a warning the first time.
pub struct Folder {
    path: PathBuf,
    clock: FrameClock,
    /// Names still to come in this loop.
    left: VecDeque<OsString>,
    /// What was skipped, and told.
    warned: HashSet<OsString>,
    /// JPEGs that were found sound as they are: read in each loop, decoded in the first.
    sound: HashMap<OsString, Sound>,
    /// How many of them since that was asked.
    skipped: u64,
    /// Frames given in this loop.
    given: usize,
    /// What was wrong with the photograph that was skipped last, and in words.
    trouble: CameraTrouble,
    why: String,
}

/// What was found of a file.
#[derive(Clone, Copy)]
struct Sound {
    changed: SystemTime,
    length: u64,
    size: (u32, u32),
}

/// Why a photograph is skipped.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl LoadError {
    fn trouble(&self) -> CameraTrouble {
        match self {
            // What is no file, or too large a one.
            Self::Io(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::FileTooLarge) => {
                CameraTrouble::Damaged
            }
            Self::Io(error) => trouble_of(error),
            Self::Picture(_) => CameraTrouble::Damaged,
        }
    }
}

impl Folder {
    /// `fps`: photographs a second. Error: the folder is missing, unreadable or without a photograph.
    pub fn open(path: &Path, fps: f32) -> Result<Self, SourceError> {
        let left = list(path)?;
        Ok(Self {
            path: path.to_owned(),
            clock: FrameClock::new(fps),
            left,
            warned: HashSet::new(),
            sound: HashMap::new(),
            skipped: 0,
            given: 0,
            trouble: CameraTrouble::Damaged,
            why: String::new(),
        })
    }

    fn load(&mut self, name: &OsStr) -> Result<NewFrame, LoadError> {
        let path = self.path.join(name);
        let bounds = Bounds::default();
        let file = files::open(&path)?;
        let about = file.metadata()?;
        let (changed, length) = (about.modified()?, about.len());
        let bytes = Bytes::from(files::rest(&file, bounds.max_bytes as u64)?);
        let known = self.sound.get(name).filter(|s| (s.changed, s.length) == (changed, length));
        let (jpeg, width, height) = match known {
            Some(Sound { size: (width, height), .. }) => (bytes, *width, *height),
            None => {
                let (jpeg, width, height) = picture::to_jpeg(bytes.clone(), bounds)?;
                if jpeg == bytes {
                    self.sound.insert(name.to_owned(), Sound { changed, length, size: (width, height) });
                }
                (jpeg, width, height)
            }
        };
        let taken = Timestamp::now();
        Ok(NewFrame {
            jpeg,
            taken,
            width,
            height,
            source: FrameSource::Folder,
            camera: None,
            name: Some(told(name)),
            clip: None,
            kept: None,
            truth: None,
        })
    }

    /// The name that is next, beginning a new loop where one is over.
    fn advance(&mut self) -> Result<OsString, SourceError> {
        loop {
            if let Some(name) = self.left.pop_front() {
                return Ok(name);
            }
            if self.given == 0 {
                let text = format!("no photograph in {} can be read: {}", self.path.display(), self.why);
                return Err(SourceError::new(self.trouble, text));
            }
            self.given = 0;
            self.left = list(&self.path)?;
            self.sound.retain(|name, _| self.left.binary_search(name).is_ok());
        }
    }
}

impl Source for Folder {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        self.clock.wait();
        loop {
            let name = self.advance()?;
            match self.load(&name) {
                Ok(frame) => {
                    self.given += 1;
                    return Ok(frame);
                }
                Err(error) => {
                    self.trouble = error.trouble();
                    self.why = format!("{}: {error}", told(&name));
                    if self.warned.insert(name.clone()) {
                        tracing::warn!("skipping {}: {error}", self.path.join(&name).display());
                        self.skipped += 1;
                    }
                }
            }
        }
    }

    fn passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    fn describe(&self) -> String {
        format!("folder:{}", self.path.display())
    }
}

/// Names of the photographs in a folder, sorted.
fn list(path: &Path) -> Result<VecDeque<OsString>, SourceError> {
    let entries = std::fs::read_dir(path).map_err(|source| {
        SourceError::of(format!("camera.source: the folder {} can't be read: {source}", path.display()), source)
    })?;
    let mut names: Vec<OsString> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| !name.as_encoded_bytes().starts_with(b".") && is_photograph(name))
        .collect();
    if names.is_empty() {
        return Err(SourceError::new(
            CameraTrouble::Empty,
            format!(
                "camera.source: there is no photograph (JPEG, PNG, BMP, WebP, TIFF) in {}; put some there",
                path.display()
            ),
        ));
    }
    names.sort();
    Ok(names.into())
}

/// A name as it is told, whatever the code it was written in.
fn told(name: &OsStr) -> String {
    let lossy = name.to_string_lossy();
    let mut text: String =
        lossy.chars().map(|c| if is_character(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    text.truncate(text.floor_char_boundary(limits::FRAME_NAME));
    text
}

/// Also of a kind that isn't read: it is skipped with a warning that says so.
fn is_photograph(name: &OsStr) -> bool {
    picture::is_named_as_picture(Path::new(name)) || picture::is_named_as_foreign_picture(Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, width: u32) {
        image::RgbImage::new(width, 24).save(dir.join(name)).unwrap();
    }

    fn names(folder: &mut Folder, count: usize) -> Vec<String> {
        (0..count).map(|_| folder.next().unwrap().name.unwrap()).collect()
    }

    #[test]
    fn photographs_come_in_name_order_and_new_ones_join_at_the_next_loop() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "b.jpg", 32);
        write(dir.path(), "a.png", 16);
        write(dir.path(), "c.JPEG", 40);
        std::fs::write(dir.path().join("notes.txt"), "no photograph").unwrap();
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        assert_eq!(names(&mut folder, 2), ["a.png", "b.jpg"]);
        write(dir.path(), "b2.jpg", 32);
        assert_eq!(names(&mut folder, 5), ["c.JPEG", "a.png", "b.jpg", "b2.jpg", "c.JPEG"]);
    }

    #[test]
    fn pictures_of_every_kind_that_is_read_come_as_jpegs() {
        let dir = tempfile::tempdir().unwrap();
        for (at, ending) in ["BMP", "jpeg", "PNG", "tif", "WebP"].iter().enumerate() {
            write(dir.path(), &format!("{at}.{ending}"), 16 + at as u32);
        }
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        for at in 0..5 {
            let frame = folder.next().unwrap();
            assert_eq!(
                (frame.width, picture::probe(&frame.jpeg, Bounds::default()).unwrap()),
                (16 + at, (16 + at, 24, true))
            );
        }
        assert_eq!(folder.passed_over(), 0);
    }

    #[test]
    fn a_name_in_any_code_is_read() {
        use std::os::unix::ffi::OsStringExt;
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a.jpg", 16);
        // As cameras and sticks of old write `ä`.
        let old = dir.path().join(OsString::from_vec(b"b\xe4.JPG".to_vec()));
        std::fs::rename(dir.path().join("a.jpg"), old).unwrap();
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        assert_eq!(names(&mut folder, 2), ["b\u{fffd}.JPG", "b\u{fffd}.JPG"]);
        assert_eq!(told(&OsString::from_vec(vec![0xff; 255])).len(), 498);
        assert_eq!(told(OsStr::new("a\u{ffff}.jpg")), "a\u{fffd}.jpg");
    }

    #[test]
    fn a_broken_photograph_is_skipped_and_a_jpeg_is_passed_on_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.jpg"), b"\xff\xd8\xff broken").unwrap();
        write(dir.path(), "b.jpg", 32);
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        for _ in 0..2 {
            let frame = folder.next().unwrap();
            assert_eq!((frame.name.as_deref(), frame.width, frame.height), (Some("b.jpg"), 32, 24));
            assert_eq!(frame.jpeg[..], std::fs::read(dir.path().join("b.jpg")).unwrap());
        }
        assert_eq!((folder.passed_over(), folder.passed_over()), (1, 0), "counted once, though met twice");
    }

    #[test]
    fn what_is_no_file_is_passed_over_and_nobody_waits_for_it() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        mknodat(CWD, dir.path().join("a.jpg"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        symlink("/dev/zero", dir.path().join("b.jpg")).unwrap();
        std::fs::create_dir(dir.path().join("c.jpg")).unwrap();
        symlink("nowhere", dir.path().join("d.jpg")).unwrap();
        std::fs::File::create(dir.path().join("e.jpg")).unwrap().set_len(33_000_000).unwrap();
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        let error = folder.next().err().unwrap();
        assert!(
            error.trouble == CameraTrouble::Damaged && error.to_string().contains("e.jpg: it has more than 32"),
            "{error}"
        );
        write(dir.path(), "f.jpg", 32);
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        assert_eq!(names(&mut folder, 3), ["f.jpg"; 3]);
        assert_eq!(folder.passed_over(), 5, "each is told once");
    }

    #[test]
    fn a_photograph_that_is_overwritten_comes_as_it_is_now_and_is_skipped_when_it_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a.jpg", 16);
        write(dir.path(), "b.jpg", 32);
        let mut folder = Folder::open(dir.path(), 240.0).unwrap();
        let mut widths = |count: usize| (0..count).map(|_| folder.next().unwrap().width).collect::<Vec<_>>();
        assert_eq!(widths(4), [16, 32, 16, 32]);
        write(dir.path(), "a.jpg", 48);
        assert_eq!(widths(2), [48, 32]);
        std::fs::write(dir.path().join("a.jpg"), b"\xff\xd8\xff broken").unwrap();
        assert_eq!(widths(2), [32, 32]);
    }

    #[test]
    fn a_folder_that_gives_nothing_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let told = |path: &Path, trouble, words: &str| {
            let error = Folder::open(path, 240.0).and_then(|mut folder| folder.next()).err().unwrap();
            assert!(error.trouble == trouble && error.to_string().contains(words), "{error:?}");
        };
        let missing = dir.path().join("missing");
        told(&missing, CameraTrouble::Missing, &missing.display().to_string());
        told(dir.path(), CameraTrouble::Empty, "put some there");
        std::fs::write(dir.path().join("IMG_1.HEIC"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
        told(dir.path(), CameraTrouble::Damaged, "IMG_1.HEIC: this is a HEIC");
        std::fs::write(dir.path().join("a.png"), b"nothing").unwrap();
        told(dir.path(), CameraTrouble::Damaged, "can be read");
        told(&dir.path().join("a.png"), CameraTrouble::Unsuitable, "can't be read");
    }
}
