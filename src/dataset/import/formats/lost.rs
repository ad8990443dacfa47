//! Files that show something and are not called as pictures: films, copies that programs leave, pictures without an ending.

use crate::dataset::import::found::Found;
use crate::dataset::import::place::Place;
use crate::dataset::import::told::Reason;
use std::io::Read;

static FILMS: Reason = Reason::new("film", "films: bring each by itself, as a clip (`import video`, or the page)");
static ODD_ENDING: Reason =
    Reason::new("odd_ending", "pictures that are not called so: rename those that are wanted, as `.jpg` or `.png`");

const FILM_ENDINGS: [&str; 16] = [
    "mov", "mp4", "m4v", "avi", "mkv", "webm", "mts", "m2ts", "3gp", "3g2", "wmv", "flv", "mpg", "mpeg", "ogv", "mjpeg",
];
/// Endings of pictures that browsers and programs write and nothing else reads.
const ODD_ENDINGS: [&str; 4] = ["pjpeg", "pjp", "jpe", "jif"];
/// What programs add to the name of a picture where they keep a copy, or have not got all of it.
const ADDED: [&str; 9] = ["~", ".bak", ".orig", "_original", ".old", ".tmp", ".part", ".crdownload", ".download"];
/// Bytes by which a picture is known.
const MAGIC: u64 = 32;

/// Tells all that are there.
pub fn tell(place: &mut dyn Place, found: &mut Found) {
    let listing = place.listing().clone();
    for (file, name) in listing.iter() {
        let lower = name.to_lowercase();
        let last = lower.rsplit('/').next().unwrap_or_default();
        let ending = last.rsplit_once('.').map(|(_, ending)| ending);
        if ending.is_some_and(|ending| FILM_ENDINGS.contains(&ending)) {
            found.told.leave_out(&FILMS, || name.to_owned());
        } else if ending.is_some_and(|ending| ODD_ENDINGS.contains(&ending)) || is_copy(last) {
            found.told.leave_out(&ODD_ENDING, || name.to_owned());
        } else if ending.is_none() && !found.has(file) {
            let mut bytes = Vec::new();
            let read = place.open(file).and_then(|from| from.take(MAGIC).read_to_end(&mut bytes));
            if read.is_ok() && image::guess_format(&bytes).is_ok() {
                found.told.leave_out(&ODD_ENDING, || name.to_owned());
            }
        }
    }
}

/// `a.jpg~`, `a.jpg.bak`, `a.jpg.1`.
fn is_copy(last: &str) -> bool {
    let numbered = || last.rsplit_once('.').filter(|(_, n)| n.len() < 3 && n.parse::<u8>().is_ok()).map(|(of, _)| of);
    let of = ADDED.iter().find_map(|added| last.strip_suffix(added)).or_else(numbered);
    of.is_some_and(crate::dataset::import::place::is_picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_pictures_are_known_by_their_names() {
        for name in ["img_1.jpg~", "a.jpg.bak", "a.jpg_original", "photo.jpg.1", "a.png.part"] {
            assert!(is_copy(name), "{name}");
        }
        for name in ["a.jpg", "a.txt.bak", "a.1", "notes~", "a.jpg.txt", "1", "a.jpg.2024"] {
            assert!(!is_copy(name), "{name}");
        }
    }
}
