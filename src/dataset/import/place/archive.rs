//! A data set in a ZIP that somebody sends. Nothing of it is unpacked to disk.

use super::directory;
use super::entry::Entry;
use super::files::Place;
use super::listing::{FileId, Listing};
use super::packed;
use crate::dataset::import::letters;
use crate::dataset::import::told::ImportError;
use crate::picture::{self, Bounds};
use crate::turns::{Turn, Turns};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of a file with labels, at most: as we write them a box takes 150, these are 800,000 of them.
const LONGEST: u64 = 128_000_000;
/// How many times as large as the ZIP its files may be, beside [`UNPACKED`]: pictures hardly get smaller in a ZIP.
const TIMES: u64 = 8;
const UNPACKED: u64 = 256_000_000;
/// How often a file is read: to see what it is, twice for its labels, twice as a picture.
const READ: u64 = 3;

pub struct Archive {
    zip: File,
    /// Of each name what it stands for.
    entries: Vec<Entry>,
    listing: Arc<Listing>,
    bounds: Bounds,
    turns: Turns,
    /// Bytes that it may have unpacked.
    room: u64,
    /// Bytes that may still be unpacked.
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

/// What a file is that is no ZIP, and what to do.
fn named(file: &mut File) -> io::Result<(&'static str, &'static str)> {
    if let Some(closed) = packed::closed(file)? {
        return Ok((closed.what, closed.todo));
    }
    let mut head = Vec::new();
    file.take(300).read_to_end(&mut head)?;
    let whole = "send a whole ZIP of the labels and their pictures";
    if let Some(instead) = picture::instead(&head) {
        return Ok(instead);
    }
    Ok(match head.as_slice() {
        [] => ("an empty file", whole),
        [0x1f, 0x8b, ..] => ("a gzip file", whole),
        [b'P', b'K', 3 | 5 | 7, ..] => ("a ZIP that is cut short or damaged", whole),
        head if head.trim_ascii_start().starts_with(b"<") => ("a web page or XML", whole),
        head if head.trim_ascii_start().starts_with(b"{") || head.trim_ascii_start().starts_with(b"[") => {
            ("a JSON file without its pictures", whole)
        }
        _ => ("no ZIP", whole),
    })
}

impl Archive {
    /// Opens a ZIP and reads what is in it. An entry whose name leads out of its folder does no harm: nothing is written
    /// under that name.
    pub fn open(mut file: File, bounds: Bounds, turns: Turns) -> Result<Self, ImportError> {
        let packed = file.metadata()?.len();
        few_enough(directory::entries(&mut file)?)?;
        if directory::bytes(&mut file)? > directory::MAX_BYTES {
            return Err(ImportError::Invalid(format!(
                "the ZIP has more than {} of names and what is beside them: make several of it, or shorten the names",
                bytesize::ByteSize::b(directory::MAX_BYTES).display().si()
            )));
        }
        let (what, todo) = named(&mut file.try_clone()?)?;
        io::Seek::rewind(&mut file)?;
        let mut again = file.try_clone()?;
        // It takes some 400 bytes an entry, and is let go of at the end.
        let zip = ZipArchive::new(file)
            .map_err(|e| ImportError::Invalid(format!("this is {what} ({e}); {todo}. Nothing was imported")))?;
        // A directory may be found where its end does not say.
        few_enough(zip.len() as u64)?;
        if zip.has_duplicate_names()
            && let Some(name) = directory::contradiction(&mut again)?
        {
            return Err(ImportError::Invalid(format!(
                "the ZIP has `{name}` twice, each with something else in it, and nothing says which is meant: unpack it, and \
                 make a new ZIP of the one that is right"
            )));
        }
        let room = packed.saturating_mul(TIMES).saturating_add(UNPACKED);
        if zip.decompressed_size().is_some_and(|size| size > u128::from(room)) {
            return Err(unpacks(room));
        }
        let (mut entries, mut names, mut guessed): (Vec<Entry>, Vec<Box<str>>, _) = Default::default();
        for (place, raw) in (0..).zip(zip.file_names_raw()) {
            // Many tools write UTF-8 and do not say so.
            let name = match std::str::from_utf8(raw) {
                Ok(name) => name.to_owned(),
                Err(_) => match zip.name_for_index(place as usize) {
                    Some(Ok(name)) => name.into_owned(),
                    _ => String::from_utf8_lossy(raw).into_owned(),
                },
            };
            let name = name.replace('\\', "/");
            let hidden = |part: &str| part.starts_with('.') && !matches!(part, "." | "..") || part == "__MACOSX";
            if !name.ends_with('/') && !name.split('/').any(hidden) {
                if std::str::from_utf8(raw).is_err() && name == letters::name_in_zip(raw).replace('\\', "/") {
                    Vec::push(&mut guessed, names.len() as FileId);
                }
                entries.push(Entry::of(&zip.by_index_data(place as usize).map_err(explained)?));
                names.push(name.trim_start_matches("./").into());
            }
        }
        let left = room.saturating_mul(READ);
        let zip = again;
        Ok(Self { zip, entries, listing: Listing::guessed(names, guessed).into(), bounds, turns, room, left })
    }
}

impl Place for Archive {
    fn title(&self) -> &str {
        "the ZIP"
    }

    fn listing(&self) -> &Arc<Listing> {
        &self.listing
    }

    fn open(&mut self, file: FileId) -> io::Result<Box<dyn Read + '_>> {
        let inner = self.entries[file as usize].open(&self.zip)?;
        Ok(Box::new(Counted { inner, left: &mut self.left, room: self.room }))
    }

    fn longest(&self) -> u64 {
        LONGEST
    }

    fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn turn(&self) -> Option<Turn> {
        Some(self.turns.wait())
    }
}

/// What can't be unpacked, or is not what was packed.
fn damaged(error: io::Error) -> io::Error {
    let why = match error.to_string().to_lowercase().contains("checksum") {
        true => "what is unpacked is not what was packed: its checksum (CRC) is wrong".to_owned(),
        false => error.to_string(),
    };
    io::Error::other(format!("the ZIP is damaged here ({why}); make it again, or copy it again"))
}

fn explained(error: ZipError) -> io::Error {
    io::Error::other(format!("the ZIP is damaged here: {error}"))
}

/// Counts what is unpacked: one entry may be named many times, and what a ZIP says of its sizes be wrong.
struct Counted<'a, R> {
    inner: R,
    left: &'a mut u64,
    room: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(to).map_err(damaged)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => *self.left = left,
            None => return Err(io::Error::other(unpacks(self.room))),
        }
        Ok(count)
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

    fn read(archive: &mut Archive, name: &str) -> io::Result<String> {
        let file = archive.listing().exactly(name).unwrap();
        let mut text = String::new();
        archive.open(file)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn open(entries: &[(&str, &str)]) -> Archive {
        Archive::open(archive(entries), Bounds::default(), Turns::at_pictures()).unwrap()
    }

    #[test]
    fn entries_are_found_however_their_names_are_written() {
        let mut archive = open(&[
            ("set\\images\\a.jpg", "a"),
            ("__MACOSX/set/images/._a.jpg", "no"),
            ("set/.DS_Store", "no"),
            ("../../up.jpg", "up"),
            ("/top.jpg", "top"),
            ("e\u{301}.jpg", "e"),
        ]);
        let names: Vec<_> = archive.listing().iter().map(|(_, name)| name.to_owned()).collect();
        assert_eq!(names, ["set/images/a.jpg", "../../up.jpg", "/top.jpg", "e\u{301}.jpg"]);
        for (name, text) in [("set/images/a.jpg", "a"), ("up.jpg", "up"), ("top.jpg", "top"), ("\u{e9}.jpg", "e")] {
            assert_eq!(read(&mut archive, name).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_zip_is_named() {
        let refused = |bytes: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file.rewind().unwrap();
            refused(file)
        };
        for (bytes, what) in [
            (&b"Rar!\x1a\x07"[..], "RAR"),
            (b"7z\xbc\xaf\x27\x1c", "7z"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"%PDF-1.7", "PDF"),
            (b"\xff\xd8\xff", "a picture"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "Most Compatible"),
            (b"\0\0\0\x18ftypisom", "a film"),
            (b"GIF89a", "a GIF"),
            (b"PK\x03\x04cut", "cut short"),
            (b" {\"images\": []}", "a JSON file without its pictures"),
            (b"", "an empty file"),
            (b"hello", "no ZIP"),
        ] {
            assert!(refused(bytes).contains(what), "{what}: {}", refused(bytes));
        }
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
        let mut archive = open(&[("b.jpg", &"0".repeat(1_000_000))]);
        archive.left = 2_500_000;
        assert!((0..2).all(|_| read(&mut archive, "b.jpg").is_ok()));
        assert!(read(&mut archive, "b.jpg").unwrap_err().to_string().contains("unpacks to more than"));
    }

    #[test]
    fn a_zip_of_too_many_letters_is_refused_before_its_directory_is_read() {
        let names: Vec<String> = (0..220).map(|n| format!("{n}{}.jpg", "x".repeat(60_000))).collect();
        let entries: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let error = refused(archive(&entries));
        assert!(error.contains("more than 12.0 MB of names"), "{error}");
        assert!(Archive::open(archive(&entries[..190]), Bounds::default(), Turns::at_pictures()).is_ok());
        // Nor does it help to say that there is less: then all of the file may be names.
        let mut lies = archive(&entries);
        let end = lies.seek(std::io::SeekFrom::End(-10)).unwrap();
        lies.write_all(&40u32.to_le_bytes()).unwrap();
        lies.rewind().unwrap();
        assert!(end > 13_000_000 && refused(lies).contains("MB of names"));
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
}
