//! The frames of an export, and what their files are called.

use crate::domain::name::is_character;
use crate::domain::{Frame, FrameLabels};
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// A frame and the name of its file, with its folders and without extension.
pub struct Item {
    pub frame: Frame,
    pub labels: FrameLabels,
    pub stem: String,
}

/// Bytes of a name without its extension, at most, and of a part of it: what file systems take, with room for endings.
const NAME: usize = 400;
const PART: usize = 200;
/// Folders in which forms keep pictures and labels apart: they are made anew.
const LAYOUT: [&str; 4] = ["images", "labels", "jpegimages", "annotations"];
/// What Windows takes for something else, whatever the ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Gives every frame a file name: its own, with its folders, where that is safe and free, otherwise its id.
pub fn named(frames: Vec<(Frame, FrameLabels)>) -> Vec<Item> {
    let mut taken = HashSet::new();
    let mut items = Vec::with_capacity(frames.len());
    for (frame, labels) in frames {
        let own = frame.name.as_deref().and_then(safe).filter(|own| take(&mut taken, own));
        let stem = own.unwrap_or_else(|| {
            let id = frame.id.to_string();
            take(&mut taken, &id);
            id
        });
        items.push(Item { frame, labels, stem });
    }
    items
}

/// The name without its extension, where every file system takes it as it is.
fn safe(name: &str) -> Option<String> {
    let name: String = name.nfc().collect();
    let mut parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    let last = parts.pop()?;
    let last = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(last, |(stem, _)| stem);
    parts.retain(|part| !LAYOUT.contains(&part.to_lowercase().as_str()));
    // A folder that is called as a file would be in its way.
    let folders = parts.iter().all(|part| !part.contains('.'));
    parts.push(last);
    let whole = parts.join("/");
    (folders && parts.iter().all(|part| is_safe(part)) && whole.len() <= NAME).then_some(whole)
}

fn is_safe(part: &str) -> bool {
    // Marks that nobody sees, and that turn what follows round.
    let unseen =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let letter = |c: char| is_character(c) && !(c.is_control() || unseen(c) || "<>:\"/\\|?*%#".contains(c));
    let ends = |c: char| matches!(c, '.' | ' ');
    let lower = part.to_lowercase();
    let before = lower.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    !part.is_empty()
        && part.len() <= PART
        && part.chars().all(letter)
        && !part.starts_with(['.', ' ', '~', '-'])
        && !part.ends_with(ends)
        && !part.starts_with("__MACOSX")
        && !DEVICES.contains(&before)
}

/// Takes a name, where it is free. Some file systems don't tell `A` from `a`.
fn take(taken: &mut HashSet<String>, name: &str) -> bool {
    taken.insert(name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_where_every_system_takes_it() {
        for (name, kept) in [
            ("a.jpg", "a"),
            ("train/0.jpg", "train/0"),
            ("images/train/0.jpg", "train/0"),
            ("x\\y\\0.png", "x/y/0"),
            ("Gru\u{308}n \u{8d64} (2).jpeg", "Gr\u{fc}n \u{8d64} (2)"),
            ("a.b.c.jpg", "a.b.c"),
            ("\u{1f422}.jpg", "\u{1f422}"),
            ("none", "none"),
        ] {
            assert_eq!(safe(name).as_deref(), Some(kept), "{name}");
        }
        for name in [
            "",
            "..",
            "../a.jpg",
            "a:b.jpg",
            "a\tb.jpg",
            "con.jpg",
            "x/COM1/a.jpg",
            ".hidden.jpg",
            "a .jpg",
            "a.jpg/b.jpg",
            "a%20b.jpg",
            "\u{202e}gpj.a.jpg",
            "a\u{fffe}.jpg",
        ] {
            assert_eq!(safe(name), None, "{name}");
        }
        assert_eq!(safe(&format!("{}.jpg", "x".repeat(201))), None);
    }

    #[test]
    fn a_name_that_is_taken_is_not_taken_twice() {
        let mut taken = HashSet::new();
        let mut free = |name| take(&mut taken, name);
        assert!(free("x/a") && free("y/a") && !free("X/A"));
    }
}
