//! Where the files of a data set come from: a folder, or a ZIP that is never unpacked to disk.

use super::report::ImportError;
use crate::picture::Bounds;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;

/// Largest COCO file in a ZIP; one of a million boxes has about a tenth.
const MAX_JSON: u64 = 1 << 30;
/// Entries of a ZIP, at most.
const MAX_ENTRIES: usize = 1_000_000;

/// Reads the pictures of a data set.
pub trait Files {
    /// What a picture may be.
    fn bounds(&self) -> Bounds;
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

    fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn read(&mut self, name: &str) -> io::Result<Bytes> {
        let path = self.find(name).ok_or(io::ErrorKind::NotFound)?;
        bounded(File::open(path)?, self.bounds.max_bytes as u64)
    }
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
}

impl Archive {
    /// Opens a ZIP and reads the one COCO file in it.
    pub fn open(file: File, bounds: Bounds) -> Result<(Self, String, Bytes), ImportError> {
        let invalid =
            |text: String| ImportError::Invalid(format!("{text}; send a ZIP of one COCO JSON file and its images"));
        let mut zip = ZipArchive::new(file).map_err(|e| invalid(format!("this is no complete ZIP ({e})")))?;
        if zip.len() > MAX_ENTRIES {
            return Err(invalid(format!("the ZIP has {} entries, and {MAX_ENTRIES} are allowed", zip.len())));
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
        let text = zip.by_name(&name).map_err(io::Error::from).and_then(|entry| bounded(entry, MAX_JSON));
        let text = text.map_err(|e| unreadable(&name, &e))?;
        if text.len() as u64 > MAX_JSON {
            return Err(invalid(format!("{name} has more than {MAX_JSON} bytes")));
        }
        let folder = name.rfind('/').map_or("", |end| &name[..=end]).to_owned();
        Ok((Self { zip, folder, bounds }, name, text))
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

    fn has(&mut self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn read(&mut self, name: &str) -> io::Result<Bytes> {
        let place = self.find(name).ok_or(io::ErrorKind::NotFound)?;
        bounded(self.zip.by_index(place)?, self.bounds.max_bytes as u64)
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
        Archive::open(file, Bounds::default()).err().unwrap().to_string()
    }

    #[test]
    fn the_coco_file_and_its_images_are_found_in_a_folder_of_the_zip() {
        let file =
            archive(&[("set/annotations/a.json", "{}"), ("set/images/b.jpg", "b"), ("set/annotations/c.jpg", "c")]);
        let (mut archive, name, text) = Archive::open(file, Bounds::default()).unwrap();
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
    fn no_more_than_the_bounds_is_read() {
        let file = archive(&[("a.json", "{}"), ("bomb.jpg", &"0".repeat(1_000_000))]);
        let (mut archive, ..) = Archive::open(file, Bounds { max_bytes: 1000, ..Bounds::default() }).unwrap();
        assert_eq!(archive.read("bomb.jpg").unwrap().len(), 1001);
    }
}
