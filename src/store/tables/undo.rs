//! What was taken away and can be brought back: a file each, written before it is taken, so that nothing is ever gone
//! without a way back. Their heads are held in memory, the rest is read when it is asked for.

use crate::domain::{Category, FrameId, ModelId, Stamp, TrainingId, UNDO_KEPT, Undo, UndoId};
use crate::moment::Moment;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::journal::StoredLabels;
use crate::store::record::{self, Depth, HEADER, Item};
use crate::store::tables::history::Mend;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// After a start everything can be brought back for so long at least: a clock that is years ahead then must not take it
/// away before anybody has seen that.
const LEAST: Duration = Duration::from_secs(3600);

/// One thing that was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Frame(FrameId),
    /// Labels as they were before the write that made revision `after`.
    Labels {
        after: u64,
        before: StoredLabels,
    },
    Category {
        number: u32,
        category: Category,
    },
    Model(ModelId),
    Training(TrainingId),
}

/// What was taken away, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredUndo {
    #[serde(flatten)]
    pub undo: Undo,
    /// By which its time is mended, where the clock was not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
}

impl StoredUndo {
    /// With its time as it is known by now.
    pub fn told(&self, mend: Mend) -> Undo {
        let (time, clock) = mend(self.undo.time, self.stamp.as_ref());
        Undo { time, clock, ..self.undo.clone() }
    }
}

/// The heads of what can be brought back.
#[derive(Default)]
pub struct Undos(BTreeMap<UndoId, Head>);

#[derive(Debug)]
struct Head {
    stored: StoredUndo,
    until: Moment,
}

impl Head {
    /// Its end as the clock has it now.
    fn told(&self, mend: Mend) -> Undo {
        Undo { until: self.until.told(), ..self.stored.told(mend) }
    }
}

impl Undos {
    /// Reads the heads; what is damaged is told and passed over.
    pub fn load(files: &Files, folder: &Path) -> Result<Self> {
        let mut undos = Self::default();
        for path in files.list(folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.parse::<UndoId>().is_err() {
                continue;
            }
            let Some((file, len)) = files.open(&path)? else { continue };
            let mut head: Option<StoredUndo> = None;
            let end = record::scan(&*file, record::UNDO, 0, len, Depth::Everything, |item| {
                if let Item::Record { meta, .. } = item {
                    head = serde_json::from_slice(&meta).ok();
                }
                Ok(())
            })?;
            match head.filter(|_| end == len) {
                Some(stored) => undos.add(stored, LEAST),
                None => {
                    files.note(format!("{} can't be read: what it tells of can't be brought back", path.display()));
                    files.set_aside(&path)?;
                }
            }
        }
        Ok(undos)
    }

    /// From now on it can be brought back: until when it says, for a day at most, and for so long at `least`.
    fn add(&mut self, stored: StoredUndo, least: Duration) {
        let undo = &stored.undo;
        let left = Duration::try_from(undo.until.duration_since(Timestamp::now())).unwrap_or_default();
        let until = Moment::known(Instant::now() + left.clamp(least, UNDO_KEPT), undo.until);
        self.0.insert(undo.id, Head { stored, until });
    }

    /// Something was taken away just now.
    pub fn begin(&mut self, stored: StoredUndo) {
        self.add(stored, UNDO_KEPT);
    }

    /// Newest first.
    pub fn list(&self, mend: Mend) -> Vec<Undo> {
        let now = Instant::now();
        self.0.values().rev().filter(|head| !head.until.is_over(now)).map(|head| head.told(mend)).collect()
    }

    /// What can't be brought back any more.
    pub fn over(&self) -> Vec<UndoId> {
        let now = Instant::now();
        self.0.iter().filter(|(_, head)| head.until.is_over(now)).map(|(id, _)| *id).collect()
    }

    pub fn newest(&self) -> Option<UndoId> {
        self.0.keys().next_back().copied()
    }

    pub fn forget(&mut self, id: UndoId) {
        self.0.remove(&id);
    }

    /// Takes it out, so that nobody else finds it; put back with [`Undos::put_back`].
    pub fn take(&mut self, id: UndoId) -> Result<Taken> {
        self.there(id)?;
        Ok(Taken(self.0.remove(&id)))
    }

    pub fn put_back(&mut self, Taken(head): Taken) {
        self.0.extend(head.map(|head| (head.stored.undo.id, head)));
    }

    pub fn found(&self, id: UndoId, mend: Mend) -> Result<Undo> {
        Ok(self.there(id)?.told(mend))
    }

    fn there(&self, id: UndoId) -> Result<&Head> {
        let known = self.0.get(&id).filter(|head| !head.until.is_over(Instant::now()));
        known.ok_or_else(|| StoreError::NotFound { what: "way back (it is kept for a day):", id: id.to_string() })
    }
}

/// What is being brought back.
pub struct Taken(Option<Head>);

fn path(folder: &Path, id: UndoId) -> PathBuf {
    folder.join(id.to_string())
}

/// Writes a way back; on disk when it returns.
pub fn write(files: &Files, folder: &Path, stored: &StoredUndo, parts: &[Part]) -> Result<()> {
    let wrong = |e: serde_json::Error| StoreError::Invalid(e.to_string());
    let (head, body) = (serde_json::to_vec(stored).map_err(wrong)?, serde_json::to_vec(parts).map_err(wrong)?);
    let id = stored.undo.id;
    files.replace(&path(folder, id), &record::encode(record::UNDO, id.0.into_bytes(), &head, &body)?)
}

pub fn read(files: &Files, folder: &Path, id: UndoId) -> Result<Vec<Part>> {
    let path = path(folder, id);
    let damaged = |why: String| StoreError::Damaged(format!("{}: {why}", path.display()));
    let (file, len) = files.open(&path)?.ok_or_else(|| damaged("it is gone".into()))?;
    let mut bytes = record::whole(&*file, len).map_err(|e| StoreError::of_record(e, path.display()))?;
    let header = record::verify(&bytes, record::UNDO).map_err(|e| damaged(e.to_string()))?;
    serde_json::from_slice(&bytes.split_off(HEADER + header.meta_len as usize)).map_err(|e| damaged(e.to_string()))
}

pub fn remove(files: &Files, folder: &Path, id: UndoId) -> Result<()> {
    files.remove(&path(folder, id))
}
