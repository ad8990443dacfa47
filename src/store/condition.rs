//! How a store is: whether it takes what is written, what is wrong, what is lost, what fills it; and a copy of it as it is.

use super::api::{CheckReport, DiskPart};
use super::backup::{Contents, Snapshot};
use super::disk::Real;
use super::durable::Files;
use super::error::Result;
use super::handle::Store;
use super::schema;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

impl Store {
    /// Whether there is a store in this folder.
    pub fn is_in(dir: &Path) -> Result<bool> {
        schema::is_store(&Files::on(Arc::new(Real), dir), dir)
    }

    /// Whether what is written now lies where it should; the error says what is wrong, and what to do.
    pub fn disk_is_well(&self) -> Result<()> {
        self.core().disk_is_well()
    }
    /// What is wrong with the disk, in words, as it changes.
    pub fn fault(&self) -> watch::Receiver<Option<String>> {
        self.core().fault.subscribe()
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
    /// Opens what a copy of the store as it is now needs, in moments. Error: it is not where it was.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot(self.core().snapshot()?))
    }
    /// Writes a copy of the store as it is now, while it goes on; [`backup::restore`](super::backup::restore) makes a store
    /// of it again.
    pub fn back_up(&self, out: &mut dyn Write) -> Result<Contents> {
        self.snapshot()?.write(out)
    }
}
