//! Folders where files of ours should be: nothing of ours makes them, and nothing can be opened through one.

use crate::domain::UndoId;
use crate::store::durable::Files;
use crate::store::error::Result;
use std::path::Path;

/// Files of the data folder, but those that `twice` sees to; others may keep folders of their own there (`lost+found`).
const FILES: [&str; 13] = [
    "schema",
    "labels.journal",
    "audit",
    "audit.old",
    "log",
    "log.old",
    "timeline",
    "timeline.old",
    "lanes.json",
    "clock.json",
    "losses",
    "ballast",
    "index.rebuild",
];

/// Puts them aside, and tells.
pub fn folders(files: &Files, dir: &Path) -> Result<()> {
    aside(files, dir, |name| FILES.contains(&name))?;
    aside(files, &dir.join("segments"), |name| [".seg", ".kept"].iter().any(|end| name.ends_with(end)))?;
    aside(files, &dir.join("models"), |name| [".json", ".onnx", ".deleted"].iter().any(|end| name.ends_with(end)))?;
    aside(files, &dir.join("bases"), |name| name.ends_with(".onnx"))?;
    aside(files, &dir.join("undo"), |name| name.parse::<UndoId>().is_ok())?;
    aside(files, &dir.join("keys"), |name| !name.ends_with(".damaged"))?;
    aside(files, &dir.join("outbox"), |name| name.ends_with(".seg"))?;
    let trainings = dir.join("trainings");
    if files.is_there(&trainings)? {
        for training in files.list(&trainings)? {
            aside(files, &training, |name| !name.ends_with(".damaged"))?;
        }
    }
    Ok(())
}

fn aside(files: &Files, dir: &Path, is_ours: impl Fn(&str) -> bool) -> Result<()> {
    let is_folder = |path: &Path| files.disk().look(path).is_ok_and(|found| found.folder);
    if !is_folder(dir) {
        return Ok(());
    }
    for path in files.list(dir)? {
        if is_ours(&path.file_name().unwrap_or_default().to_string_lossy()) && is_folder(&path) {
            files.note(format!("{} is a folder, where a file should be: it is put aside", path.display()));
            files.set_aside(&path)?;
        }
    }
    Ok(())
}
