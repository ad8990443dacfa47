//! Where the files of a data set come from: a folder, or a ZIP that is never unpacked to disk.

use super::directory;
use super::report::ImportError;
use crate::picture::Bounds;
use crate::turns::{Turn, Turns};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;

/// Bytes of a COCO file that somebody sends, at most. As we write them a box takes 150: these are 400,000 of them, twenty
/// for each of 20,000 pictures. Read, they take up to ten times as much memory.
const MAX_JSON: u64 = 64_000_000;
/// Of these whatever the pictures, so that few of them may be full, and for each entry of the ZIP: a picture of 400 boxes.
const JSON: u64 = 16_000_000;
const JSON_OF_ONE: u64 = 64_000;
/// Bytes of a COCO file or a label file that lies on the device, where whoever owns it imports it by hand, at most.
pub const MAX_OWN: u64 = 512_000_000;
/// How many times as large as the ZIP its files may be, beside [`UNPACKED`]: pictures hardly get smaller in a ZIP.
const TIMES: u64 = 8;
const UNPACKED: u64 = 256_000_000;

/// Reads the pictures of a data set.
pub trait Files {
    /// What a picture may be.
    fn bounds(&self) -> Bounds;
    /// Waits until a picture may be decoded.
    fn turn(&self) -> Option<Turn>;
    /// Whether a file of that name is there.
    fn has(&mut self, name: &str) -> bool;
    /// Its bytes, one more than the bounds allow at most (which tells that it is too large).
    fn read(&mut self, name: &str) -> io::Result<Bytes>;
}

pub fn unreadable(name: &str, error: &io::Error) -> ImportError {
    ImportError::Invalid(format!("{name} can't be read ({error})"))
}

/// A name within its folder: relative, and never up.
fn is_within(name: &str) -> bool {
    let parts = Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    parts && !name.is_empty() && !name.contains(['\\', '\0'])
}

pub struct Folder {
    roots: Vec<PathBuf>,
    bounds: Bounds,
}

impl Folder {
    /// Files in `dir`, in its `images`, or in the same of the folder above it.
    pub fn new(dir: &Path, bounds: Bounds) -> Self {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        let up = dir.join("..");
        Self { roots: vec![dir.into(), dir.join("images"), up.clone(), up.join("images")], bounds }
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        if !is_within(name) {
            return None;
        }
        self.roots.iter().map(|root| root.join(name)).find(|path| path.is_file())
    }
}

impl Files for Folder {
    fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whoever owns the device imports it in a process of its own, one picture after the other.
    fn turn(&self) -> Option<Turn> {
        None
    }

    fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn read(&mut self, name: &str) -> io::Result<Bytes> {
        let path = self.find(name).ok_or(io::ErrorKind::NotFound)?;
        bounded(File::open(path)?, self.bounds.max_bytes as u64)
    }
}

/// Reads a file of `most` bytes at most.
pub fn whole(path: &Path, most: u64) -> Result<Bytes, ImportError> {
    let name = path.display().to_string();
    let bytes = File::open(path).and_then(|file| bounded(file, most)).map_err(|e| unreadable(&name, &e))?;
    if bytes.len() as u64 > most {
        return Err(too_long(&name, most));
    }
    Ok(bytes)
}

fn too_long(name: &str, most: u64) -> ImportError {
    let most = bytesize::ByteSize::b(most).display().si();
    ImportError::Invalid(format!(
        "{name} has more than {most}, and so much is allowed here; split the data set and import its parts one after the \
         other"
    ))
}

fn bounded(from: impl Read, most: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

pub struct Archive {
    zip: ZipArchive<File>,
    /// The folder of the COCO file, with its `/`; empty at the top.
    folder: String,
    bounds: Bounds,
    turns: Turns,
    /// Bytes that it may have unpacked.
    room: u64,
    /// Bytes that may still be unpacked: every picture is read twice.
    left: u64,
}

/// Why no more than `room` is unpacked.
fn unpacks(room: u64) -> ImportError {
    let room = bytesize::ByteSize::b(room).display().si();
    ImportError::Invalid(format!(
        "the ZIP unpacks to more than {room}, far more than it has itself; send the pictures as JPEG or PNG, each once"
    ))
}

fn few_enough(entries: u64) -> Result<(), ImportError> {
    let most = directory::MAX_ENTRIES;
    match entries > most {
        true => Err(ImportError::Invalid(format!(
            "the ZIP has {entries} entries, and {most} are allowed: make several of it"
        ))),
        false => Ok(()),
    }
}

impl Archive {
    /// Opens a ZIP and reads the one COCO file in it.
    pub fn open(mut file: File, bounds: Bounds, turns: Turns) -> Result<(Self, String, Bytes), ImportError> {
        let invalid =
            |text: String| ImportError::Invalid(format!("{text}; send a ZIP of one COCO JSON file and its images"));
        let packed = file.metadata()?.len();
        few_enough(directory::entries(&mut file)?)?;
        let mut zip = ZipArchive::new(file).map_err(|e| invalid(format!("this is no complete ZIP ({e})")))?;
        // A directory may be found where its end does not say.
        few_enough(zip.len() as u64)?;
        let room = packed.saturating_mul(TIMES).saturating_add(UNPACKED);
        if zip.decompressed_size().is_some_and(|size| size > u128::from(room)) {
            return Err(unpacks(room));
        }
        let mut names = Vec::new();
        for name in zip.file_names() {
            let name = name.map_err(|e| invalid(format!("the ZIP has an entry whose name can't be read ({e})")))?;
            if !is_within(&name) {
                return Err(invalid(format!("the ZIP has an entry that leaves its folder (`{name}`)")));
            }
            let hidden = name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|n| n.starts_with('.'));
            if name.to_ascii_lowercase().ends_with(".json") && !hidden {
                names.push(name.into_owned());
            }
        }
        let name = match names.as_slice() {
            [name] => name.clone(),
            [] => return Err(invalid("there is no JSON file in the ZIP".into())),
            [first, second, ..] => {
                return Err(invalid(format!(
                    "there are {} JSON files in the ZIP (`{first}`, `{second}`)",
                    names.len()
                )));
            }
        };
        let most = MAX_JSON.min(JSON + JSON_OF_ONE * zip.len() as u64);
        let text = {
            let entry = zip.by_name(&name).map_err(|e| unreadable(&name, &e.into()))?;
            // What the ZIP says of its size may be wrong.
            if entry.size() > most {
                return Err(too_long(&name, most));
            }
            bounded(entry, most).map_err(|e| unreadable(&name, &e))?
        };
        if text.len() as u64 > most {
            return Err(too_long(&name, most));
        }
        let folder = name.rfind('/').map_or("", |end| &name[..=end]).to_owned();
        Ok((Self { zip, folder, bounds, turns, room, left: room.saturating_mul(2) }, name, text))
    }

    fn find(&self, name: &str) -> Option<usize> {
        if !is_within(name) {
            return None;
        }
        let name = name.trim_start_matches("./");
        let folder = &self.folder;
        let up = folder.trim_end_matches('/').rfind('/').map_or("", |end| &folder[..=end]);
        [
            format!("{folder}{name}"),
            format!("{folder}images/{name}"),
            format!("{up}{name}"),
            format!("{up}images/{name}"),
        ]
        .iter()
        .find_map(|name| self.zip.index_for_name(name))
    }
}

impl Files for Archive {
    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn turn(&self) -> Option<Turn> {
        Some(self.turns.wait())
    }

    fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn read(&mut self, name: &str) -> io::Result<Bytes> {
        let place = self.find(name).ok_or(io::ErrorKind::NotFound)?;
        // One entry may be named many times, and what the ZIP says of its sizes be wrong.
        if self.left == 0 {
            return Err(io::Error::other(unpacks(self.room)));
        }
        let bytes = bounded(self.zip.by_index(place)?, self.bounds.max_bytes as u64)?;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn archive(entries: &[(&str, &str)]) -> File {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, text) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        let mut file = zip.finish().unwrap();
        file.rewind().unwrap();
        file
    }

    fn refused(file: File) -> String {
        Archive::open(file, Bounds::default(), Turns::at_pictures()).err().unwrap().to_string()
    }

    #[test]
    fn the_coco_file_and_its_images_are_found_in_a_folder_of_the_zip() {
        let file =
            archive(&[("set/annotations/a.json", "{}"), ("set/images/b.jpg", "b"), ("set/annotations/c.jpg", "c")]);
        let (mut archive, name, text) = Archive::open(file, Bounds::default(), Turns::at_pictures()).unwrap();
        assert_eq!((name.as_str(), &text[..]), ("set/annotations/a.json", &b"{}"[..]));
        assert_eq!(archive.read("b.jpg").unwrap(), "b");
        assert_eq!(archive.read("./c.jpg").unwrap(), "c");
        assert!(!archive.has("d.jpg") && !archive.has("../a.json") && !archive.has("/c.jpg"));
    }

    #[test]
    fn entries_that_leave_the_folder_are_refused() {
        for name in ["../evil.jpg", "/etc/evil.jpg", "a/../../evil.jpg", "a\\..\\evil.jpg"] {
            let error = refused(archive(&[("a.json", "{}"), (name, "x")]));
            assert!(error.contains("leaves its folder"), "{name}: {error}");
        }
    }

    #[test]
    fn a_zip_without_exactly_one_json_is_refused() {
        assert!(refused(archive(&[("a.jpg", "x")])).contains("no JSON"));
        assert!(refused(archive(&[("a.json", "x"), ("b.json", "x")])).contains("2 JSON files"));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"not a zip").unwrap();
        assert!(refused(file).contains("no complete ZIP"));
    }

    #[test]
    fn a_bomb_of_json_is_refused_before_it_is_unpacked() {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        zip.start_file("a.json", zip::write::SimpleFileOptions::default()).unwrap();
        (0..17).for_each(|_| zip.write_all(&vec![b'['; 1_000_000]).unwrap());
        let mut file = zip.finish().unwrap();
        file.rewind().unwrap();
        let error = refused(file);
        assert!(error.contains("a.json has more than 16.1 MB") && error.contains("split the data set"), "{error}");
    }

    #[test]
    fn a_zip_that_unpacks_to_far_more_than_it_has_is_refused() {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for name in ["a.json", "a.jpg", "b.jpg", "c.jpg"] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            (0..90 * u64::from(name.ends_with("jpg"))).for_each(|_| zip.write_all(&vec![0; 1_000_000]).unwrap());
        }
        let mut file = zip.finish().unwrap();
        file.rewind().unwrap();
        let error = refused(file);
        assert!(error.contains("unpacks to more than 25") && error.contains("far more than it has"), "{error}");
    }

    #[test]
    fn an_entry_that_is_named_again_and_again_is_not_unpacked_without_end() {
        let file = archive(&[("a.json", "{}"), ("b.jpg", &"0".repeat(1_000_000))]);
        let (mut archive, ..) = Archive::open(file, Bounds::default(), Turns::at_pictures()).unwrap();
        archive.left = 2_500_000;
        assert!((0..3).all(|_| archive.read("b.jpg").is_ok()));
        assert!(archive.read("b.jpg").unwrap_err().to_string().contains("unpacks to more than"));
    }

    #[test]
    fn a_zip_of_too_many_entries_is_refused_before_its_directory_is_read() {
        let mut end = vec![0; 56];
        end[..12].copy_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0");
        end[32..40].copy_from_slice(&4_000_000u64.to_le_bytes());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[&end, &b"PK\x06\x07"[..], &[0; 38]].concat()).unwrap();
        assert!(refused(file).contains("4000000 entries"));
    }

    #[test]
    fn no_more_than_the_bounds_is_read() {
        let file = archive(&[("a.json", "{}"), ("bomb.jpg", &"0".repeat(1_000_000))]);
        let (mut archive, ..) =
            Archive::open(file, Bounds { max_bytes: 1000, ..Bounds::default() }, Turns::at_pictures()).unwrap();
        assert_eq!(archive.read("bomb.jpg").unwrap().len(), 1001);
    }
}
