//! Times that the clock told while it was not believed: what they are as far as that is known by now.

use crate::clock::{Change, Look};
use crate::domain::{self, Stamp};
use crate::store::core::Core;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::stamped;
use crate::store::tables::clock::{Boot, Clock};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

fn path(dir: &Path) -> PathBuf {
    dir.join("clock.json")
}

/// What was known of it. Where that is damaged, times that were told by it stay unsure.
pub fn open(files: &Files, dir: &Path) -> Result<Clock> {
    let boots: Vec<Boot> = match stamped::read(files, &path(dir)) {
        Ok(boots) => boots.unwrap_or_default(),
        Err(StoreError::Damaged(why)) => {
            files.note(format!("{why}: times that were told while the clock was unsure stay so"));
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    Ok(Clock::new(boots, Look::now()))
}

impl Core {
    /// Looks at the clock, and keeps what came of it; what is to be told of it.
    pub fn look_at_clock(&self) -> Option<Change> {
        let (unwritten, change) = {
            let mut clock = self.clock.lock();
            clock.look(Look::now());
            (clock.unwritten(), clock.next())
        };
        if let Some(boots) = unwritten
            && let Err(error) = stamped::write(&self.files, &path(&self.dir), &boots)
        {
            self.clock.lock().give_back();
            // What is told is told all the same.
            tracing::warn!(%error, "what is known of the clock can't be stored yet");
        }
        change
    }

    /// Why the clock is not believed, in words.
    pub fn clock_doubt(&self) -> Option<String> {
        self.clock.lock().doubt(Look::now())
    }

    /// By which a time that was told a moment ago can be mended, where the clock was not believed.
    pub fn stamp(&self, time: Timestamp) -> Option<Stamp> {
        self.clock.lock().stamp(time, Look::now())
    }

    /// A time, as far as it is known by now.
    pub fn time(&self, told: Timestamp, stamp: Option<&Stamp>) -> (Timestamp, Option<domain::Clock>) {
        self.clock.lock().time(told, stamp)
    }
}
