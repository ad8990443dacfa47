//! The table of a flip book's pages: where each lies. On disk they are one append-only file a training, one record an epoch.
//!
//! A record's metadata is the epoch's summary and a table of its pages; its body is the pages of the leader, one JSON after
//! the other, and behind them what each other experiment saw of the validation frames, as deflated JSON.
//! So a flip book is read without its pages, and a page without the others. Writing epoch n drops every epoch from n on:
//! a training that resumes writes them anew, and what an abandoned line of training left must not show.

use crate::domain::{ExperimentId, FlipBookEpoch, FlipBookFrame, FrameId, TrainingId};
use crate::store::disk::DiskFile;
use crate::store::error::Result;
use crate::store::record::{self, Depth, HEADER, Item};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Trainings whose tables are held in memory.
pub const CACHED: usize = 2;

/// The metadata of an epoch's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpochMeta {
    pub summary: FlipBookEpoch,
    pub pages: Vec<PageMeta>,
    /// Where what the experiments that do not lead saw lies: after the pages, deflated.
    #[serde(default)]
    pub others: Vec<OtherMeta>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OtherMeta {
    pub experiment: ExperimentId,
    /// Bytes in the body; they follow one another.
    pub n: u32,
    pub crc: u32,
}

/// Where something lies: offset in the file, bytes, CRC-32.
pub type Place = (u64, u32, u32);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PageMeta {
    #[serde(flatten)]
    pub frame: FlipBookFrame,
    /// Bytes in the body; pages follow one another.
    pub n: u32,
    pub crc: u32,
}

/// What is known of a training's pages file.
#[derive(Default)]
pub struct Table {
    pub epochs: BTreeMap<u32, EpochTable>,
}

pub struct EpochTable {
    pub summary: FlipBookEpoch,
    pub frames: Vec<FlipBookFrame>,
    /// Where each frame's page is.
    pub places: HashMap<FrameId, Place>,
    /// Where the pages of each experiment that does not lead are.
    pub others: HashMap<ExperimentId, Place>,
}

/// The tables of the trainings read last.
#[derive(Default)]
pub struct PageCache(pub Vec<(TrainingId, Arc<Table>)>);

impl Table {
    /// Reads the file's records; answers the end of the last whole one.
    pub fn read(&mut self, file: &dyn DiskFile, len: u64, depth: Depth, mut damage: impl FnMut(String)) -> Result<u64> {
        record::scan(file, record::PAGES, 0, len, depth, |item| {
            let (at, header, meta) = match item {
                Item::Record { at, header, meta } => (at, header, meta),
                Item::Damage { text, .. } => {
                    damage(text);
                    return Ok(());
                }
            };
            let meta: EpochMeta = match serde_json::from_slice(&meta) {
                Ok(meta) => meta,
                Err(e) => {
                    damage(format!("the record at byte {at} is not understood: {e}"));
                    return Ok(());
                }
            };
            let mut offset = at + HEADER as u64 + u64::from(header.meta_len);
            let mut places = HashMap::with_capacity(meta.pages.len());
            for page in &meta.pages {
                places.insert(page.frame.id, (offset, page.n, page.crc));
                offset += u64::from(page.n);
            }
            let mut others = HashMap::with_capacity(meta.others.len());
            for other in &meta.others {
                others.insert(other.experiment, (offset, other.n, other.crc));
                offset += u64::from(other.n);
            }
            let frames = meta.pages.iter().map(|p| p.frame).collect();
            let epoch = meta.summary.epoch;
            self.epochs.split_off(&epoch);
            self.epochs.insert(epoch, EpochTable { summary: meta.summary, frames, places, others });
            Ok(())
        })
    }
}
