//! How a store is: whether it takes what is written, what is wrong, what is lost, what fills it; and a copy of it as it is.

use super::api::{CheckReport, DiskPart};
use super::backup::Contents;
use super::disk::Real;
use super::durable::Files;
use super::error::Result;
use super::handle::Store;
use super::operations::Snapshot;
use super::room::Room;
use super::schema;
use crate::domain::ModelId;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

impl Store {
    /// Whether there is a store in this folder.
    pub fn is_in(dir: &Path) -> Result<bool> {
        schema::is_store(&Files::on(Arc::new(Real), dir), dir)
    }

    /// Whether what is written now lies where it should; the error says what is wrong, and what to do.
    pub fn disk_is_well(&self) -> Result<()> {
        self.core().disk_is_well()
    }
    /// All frames that were stored so far are on disk when it returns.
    pub fn settle_frames(&self) -> Result<()> {
        self.core().sync_frames()
    }
    /// Whether it was opened on a disk that can only be read: what is there is shown, and nothing can be kept.
    pub fn is_read_only(&self) -> bool {
        self.core().unwritten.is_some()
    }
    /// Room for what need not stay: that of the store, or of the system where nothing can be kept.
    pub fn scratch(&self) -> Room {
        let core = self.core();
        if !self.is_read_only() {
            return core.room.clone();
        }
        let folder = std::env::temp_dir();
        Room::new(&Files::on(Arc::new(Real), &folder), folder, core.reserve)
    }
    /// Cancelled when such a disk can be written again: then the store is to be opened anew.
    pub fn anew(&self) -> CancellationToken {
        self.core().anew.clone()
    }
    /// What is wrong with the disk, in words, as it changes.
    pub fn fault(&self) -> watch::Receiver<Option<String>> {
        self.core().fault.subscribe()
    }
    /// Where the file of a model lies, which is what was stored. Reads all of it.
    pub fn sound_model(&self, id: ModelId) -> Result<PathBuf> {
        self.core().sound_model(id)
    }
    /// What is wrong with the file of a model, in words; whoever loads it asks before. Reads all of it.
    pub fn wrong_with_model(&self, id: ModelId) -> Result<Option<String>> {
        self.core().wrong_with_model(id)
    }
    /// Puts a model aside that is no use; what was live before it is, and that is told.
    pub fn lose_model(&self, id: ModelId, why: &str) -> Result<()> {
        self.core().lose_model(id, why)
    }
    /// What is lost for good, in words, until `check --repair` says that it is known.
    pub fn losses(&self) -> Vec<String> {
        self.core().files.losses.open()
    }
    /// What was found to be lost since this was last asked.
    pub fn new_losses(&self) -> Vec<String> {
        self.core().files.losses.take_new()
    }
    /// What fills the disk, largest first. Looks at every file: not to be asked many times a second.
    pub fn disk_use(&self) -> Result<Vec<DiskPart>> {
        self.core().disk_use()
    }
    /// Reads every record and checksum.
    pub fn check(&self) -> Result<CheckReport> {
        self.core().check()
    }
    /// Opens what a copy of the store as it is now needs, in moments; what can't be opened is told in it. Error: it is not where it was.
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.core().snapshot()
    }
    /// Writes a copy of the store as it is now, while it goes on; [`backup::restore`](super::backup::restore) makes a store
    /// of it again.
    pub fn back_up(&self, out: &mut dyn Write) -> Result<Contents> {
        self.snapshot()?.write(out)
    }
}
