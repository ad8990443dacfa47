//! What was set at a distance, as `settings` wrote it. Read by its path: at the start it comes before the store.

use crate::domain::FleetEvent;
use crate::store::core::Core;
use crate::store::disk::Real;
use crate::store::durable::{Files, SMALL};
use crate::store::error::Result;
use crate::store::tables::history::Said;
use crate::store::twice::{Found, SETTINGS};
use std::path::Path;
use std::sync::Arc;

/// Its name in the data directory.
pub const SETTINGS_FILE: &str = SETTINGS.name;
/// Where a file that can't be used is kept.
const ASIDE: &str = "settings.toml.bad";

/// Begins the line that carries the event which tells of the newest change.
const TOLD: &str = "# told: ";

/// The event in the file of this folder, if there is one that can be read: a person may have written the file. That it can't
/// be read at all, `settings` says.
pub fn said(files: &Files, dir: &Path) -> Option<Said> {
    let bytes = files.read(&dir.join(SETTINGS_FILE), SMALL).ok().flatten()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().find_map(|line| serde_json::from_str(line.strip_prefix(TOLD)?).ok())
}

/// The settings file of a data folder, or its copy where the file is damaged; `None` where there is none. Changes nothing: it
/// comes before the store is opened. The error says in words why neither can be used.
pub fn settings(dir: &Path) -> std::result::Result<Option<String>, String> {
    let files = Files::on(Arc::new(Real), dir);
    match SETTINGS.read(&files, dir).map_err(|error| error.to_string())? {
        Found::Nothing => Ok(None),
        Found::Bad(why, _) => Err(why),
        Found::Whole(bytes) => {
            String::from_utf8(SETTINGS.content(bytes)).map(Some).map_err(|_| "it is no text (UTF-8)".to_owned())
        }
    }
}

impl Core {
    pub fn put_settings(&self, toml: &str, event: Option<&FleetEvent>) -> Result<()> {
        let said = event.map(|event| self.foretell(event.clone()));
        // Plain data: it always becomes JSON.
        let line = said.as_ref().and_then(|said| serde_json::to_string(said).ok());
        let line = line.map(|line| format!("{TOLD}{line}\n")).unwrap_or_default();
        SETTINGS.replace(&self.files, &self.dir, format!("{line}{toml}").as_bytes())?;
        said.into_iter().for_each(|said| self.came_true(said));
        Ok(())
    }

    /// Puts the file there is aside, over the one that was put aside before.
    pub fn set_settings_aside(&self) -> Result<()> {
        let path = self.dir.join(SETTINGS_FILE);
        match self.files.is_there(&path)? {
            true => self.files.rename(&path, &self.dir.join(ASIDE)),
            false => Ok(()),
        }
    }
}
