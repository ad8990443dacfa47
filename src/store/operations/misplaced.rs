//! What lies where a file or a folder of ours should be and is none, or is longer than ours ever is: nothing of ours makes
//! that, and who opened or read it could wait for ever, or would take all memory.

use crate::domain::UndoId;
use crate::store::durable::{Files, SMALL};
use crate::store::error::Result;
use std::path::Path;

/// Files of the data folder, but those that `twice` sees to, and how long they are at most; others may keep folders of their own there
/// (`lost+found`).
const FILES: [(&str, u64); 14] = [
    ("schema", SMALL),
    ("labels.journal", u64::MAX),
    ("audit", LOG),
    ("audit.old", LOG),
    ("log", LOG),
    ("log.old", LOG),
    ("timeline", LOG),
    ("timeline.old", LOG),
    ("lanes.json", SMALL),
    ("pool.json", SMALL),
    ("clock.json", SMALL),
    ("losses", SMALL),
    ("ballast", u64::MAX),
    ("index.rebuild", SMALL),
];
const FOLDERS: [&str; 8] = ["index", "segments", "trainings", "models", "bases", "keys", "undo", "outbox"];

/// Bytes of a log: ten thousand entries of it have less.
const LOG: u64 = 256 << 20;

/// Puts them aside, and tells.
pub fn aside(files: &Files, dir: &Path) -> Result<()> {
    for folder in FOLDERS.map(|name| dir.join(name)) {
        if files.is_there(&folder)? && !files.is_folder(&folder)? {
            files.note(format!("{} is no folder, as it should be: it is put aside", folder.display()));
            files.set_aside(&folder)?;
        }
    }
    let ends = |name: &str, ends: &[&str], most| ends.iter().any(|end| name.ends_with(end)).then_some(most);
    within(files, dir, |name| FILES.iter().find(|(file, _)| *file == name).map(|(_, most)| *most))?;
    within(files, &dir.join("segments"), |name| ends(name, &[".seg", ".kept"], u64::MAX))?;
    within(files, &dir.join("models"), |name| {
        ends(name, &[".json", ".deleted"], SMALL).or_else(|| ends(name, &[".onnx"], u64::MAX))
    })?;
    within(files, &dir.join("bases"), |name| ends(name, &[".onnx"], u64::MAX))?;
    within(files, &dir.join("undo"), |name| name.parse::<UndoId>().is_ok().then_some(u64::MAX))?;
    within(files, &dir.join("keys"), |name| (!name.ends_with(".damaged")).then_some(SMALL))?;
    within(files, &dir.join("outbox"), |name| ends(name, &[".seg"], u64::MAX))?;
    let trainings = dir.join("trainings");
    if files.is_there(&trainings)? {
        for training in files.list(&trainings)? {
            within(files, &training, |name| match name {
                "training.json" | "pages.lost" => Some(SMALL),
                name => (!name.ends_with(".damaged")).then_some(u64::MAX),
            })?;
        }
    }
    Ok(())
}

/// `most`: how long a file of this name is at most, if it is one of ours.
fn within(files: &Files, dir: &Path, most: impl Fn(&str) -> Option<u64>) -> Result<()> {
    if !files.is_folder(dir)? {
        return Ok(());
    }
    for path in files.list(dir)? {
        let Some(most) = most(&path.file_name().unwrap_or_default().to_string_lossy()) else { continue };
        let wrong = match files.other_than_file(&path)? {
            Some(other) => format!("is {other}, where a file should be"),
            None => match files.disk().look(&path) {
                Ok(found) if found.len > most => format!("has {} bytes, where ours has {most} at most", found.len),
                _ => continue,
            },
        };
        files.note(format!("{} {wrong}: it is put aside", path.display()));
        files.set_aside(&path)?;
    }
    Ok(())
}
