//! The frames of an export, and what their files are called.

use crate::domain::{Frame, FrameLabels};
use std::collections::HashSet;
use std::path::Path;

/// A frame and the name of its file, without folder and extension.
pub struct Item {
    pub frame: Frame,
    pub labels: FrameLabels,
    pub stem: String,
}

/// Gives every frame a file name: its own where it has one that is safe and not taken, otherwise its id.
pub fn named(frames: Vec<(Frame, FrameLabels)>) -> Vec<Item> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut items = Vec::with_capacity(frames.len());
    for (frame, labels) in frames {
        let own = frame.name.as_deref().and_then(|name| Path::new(name).file_stem()?.to_str());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let own = own.filter(|s| s.len() <= 100 && !s.starts_with('.') && s.chars().all(plain));
        // Some file systems don't tell `A` from `a`.
        let stem = own
            .filter(|s| !taken.contains(&s.to_ascii_lowercase()))
            .map_or_else(|| frame.id.to_string(), str::to_owned);
        taken.insert(stem.to_ascii_lowercase());
        items.push(Item { frame, labels, stem });
    }
    items
}
