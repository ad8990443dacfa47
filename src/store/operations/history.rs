//! What happened on the device, and what its camera saw come and go.

use crate::domain::{CameraId, FleetEvent, FleetEventKind, Sighting};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::tables::history::{Said, place};
use jiff::Timestamp;

impl Core {
    /// Notes an event, in memory; whether it is worth being written at once.
    pub fn note(&self, event: FleetEvent) -> bool {
        let stamp = self.stamp(event.time);
        self.history.lock().note(event, stamp)
    }

    /// Writes what was noted since the last time; on disk when it returns.
    pub fn write_history(&self) -> Result<()> {
        let mut files = self.history_files.lock();
        let (what, events, sightings) = self.history.lock().take_unwritten();
        let written = files.write(&self.files, &what, &events, &sightings);
        if written.is_err() {
            self.history.lock().give_back(what);
        }
        written
    }

    /// Gives what will be told of an act its place, before the act.
    pub fn foretell(&self, event: FleetEvent) -> Said {
        let stamp = self.stamp(event.time);
        self.history.lock().foretell(event, stamp)
    }

    /// Notes and writes what an act on disk tells. Where the log can't be written now it is told when the store is opened next:
    /// the record of the act carries it.
    pub fn came_true(&self, said: Said) {
        self.history.lock().came_true(said);
        if let Err(error) = self.write_history() {
            tracing::warn!(%error, "the log could not be written");
        }
    }

    pub fn end_sightings(&self, time: Timestamp) {
        let stamp = self.stamp(time);
        self.history.lock().end_all(time, stamp);
    }

    pub fn log(
        &self,
        kind: Option<FleetEventKind>,
        camera: Option<&CameraId>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<FleetEvent>> {
        let before = place(before)?;
        Ok(self.history.lock().log(kind, camera, before, limit, &|time, stamp| self.time(time, stamp)))
    }

    pub fn timeline(
        &self,
        category: Option<&str>,
        camera: Option<&CameraId>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<Sighting>> {
        let before = place(before)?;
        Ok(self.history.lock().timeline(category, camera, before, limit, &|time, stamp| self.time(time, stamp)))
    }
}
