//! The flip book's pages: `trainings/ID/pages`, laid out as `tables/pages` says.

use super::trainings::PAGES;
use crate::domain::{
    EpochPages, ExperimentId, FlipBook, FlipBookEpoch, FlipBookFrame, FrameId, OtherPages, Page, SplitMetrics,
    TrainingId,
};
use crate::store::api::CheckReport;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, Depth};
use crate::store::stamped;
use crate::store::tables::pages::{CACHED, EpochMeta, EpochTable, OtherMeta, PageMeta, Place, Table};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of what one experiment saw at one epoch, at most: a guard against a file that is not ours.
const MAX_INFLATED: u64 = 1 << 30;

/// How many epochs' pages are lost, where any are.
const LOST: &str = "pages.lost";

impl Core {
    pub fn put_epoch(&self, training: TrainingId, epoch: &EpochPages) -> Result<()> {
        self.training(training)?;
        let EpochPages { summary, pages, others } = epoch;
        if pages.len() != summary.points.len() {
            return Err(StoreError::Invalid(format!(
                "epoch {} has {} pages but {} points: there must be one point a page",
                summary.epoch,
                pages.len(),
                summary.points.len()
            )));
        }
        let mut body = Vec::new();
        let mut table = Vec::with_capacity(pages.len());
        for page in pages {
            let json = serde_json::to_vec(page).map_err(|e| StoreError::Invalid(e.to_string()))?;
            let frame = FlipBookFrame { id: page.frame, split: page.split };
            table.push(PageMeta { frame, n: json.len() as u32, crc: crc32fast::hash(&json) });
            body.extend(json);
        }
        let mut other_table = Vec::with_capacity(others.len());
        for other in others {
            let bytes = deflated(other)?;
            let (n, crc) = (bytes.len() as u32, crc32fast::hash(&bytes));
            other_table.push(OtherMeta { experiment: other.experiment, n, crc });
            body.extend(bytes);
        }
        let meta = EpochMeta { summary: summary.clone(), pages: table, others: other_table };
        let meta = serde_json::to_vec(&meta).map_err(|e| StoreError::Invalid(e.to_string()))?;
        let key = Uuid::from_u128(u128::from(summary.epoch)).into_bytes();
        let bytes = record::encode(record::PAGES, key, &meta, &body)?;
        self.room.for_trainings(bytes.len() as u64)?;
        // Held while writing: epochs of one training must not mix.
        let mut cache = self.pages.lock();
        cache.0.retain(|(id, _)| *id != training);
        let path = self.pages_path(training);
        let mut file = match self.files.is_there(&path)? {
            true => self.files.append(&path)?,
            false => self.files.create(&path)?,
        };
        let end = record::scan(&*file.handle(), record::PAGES, 0, file.len(), Depth::Meta, |_| Ok(()))?;
        if end < file.len() {
            tracing::warn!(%training, bytes = file.len() - end, "cut a torn epoch");
            file.cut(end)?;
        }
        file.append(&bytes)?;
        file.sync()
    }

    fn table(&self, training: TrainingId) -> Result<Arc<Table>> {
        let mut cache = self.pages.lock();
        if let Some(at) = cache.0.iter().position(|(id, _)| *id == training) {
            let hit = cache.0.remove(at);
            let table = hit.1.clone();
            cache.0.push(hit);
            return Ok(table);
        }
        let table = match self.files.open(&self.pages_path(training))? {
            Some((file, len)) => {
                let mut table = Table::default();
                table.read(&*file, len, Depth::Meta, |text| tracing::error!(%training, "pages: {text}"))?;
                Arc::new(table)
            }
            None => {
                // Says so where there is no such training at all.
                self.training(training)?;
                Arc::new(Table::default())
            }
        };
        if cache.0.len() == CACHED {
            cache.0.remove(0);
        }
        cache.0.push((training, table.clone()));
        Ok(table)
    }

    pub fn flip_book(&self, training: TrainingId, experiment: Option<ExperimentId>) -> Result<FlipBook> {
        let table = self.table(training)?;
        // A training keeps its frames from epoch to epoch; should they differ, the last epoch's count.
        let frames = table.epochs.values().next_back().map(|e| e.frames.clone()).unwrap_or_default();
        let record = self.training(training)?;
        if let Some(id) = experiment
            && !record.experiments.iter().any(|e| e.id == id)
        {
            return Err(StoreError::NotFound { what: "experiment", id: id.to_string() });
        }
        let mut epochs = Vec::with_capacity(table.epochs.len());
        for epoch in table.epochs.values() {
            match experiment.filter(|id| *id != epoch.summary.experiment) {
                None => epochs.push(in_order(epoch, &frames)),
                Some(id) => epochs.extend(self.others(training, epoch, id)?.map(|seen| other(epoch, seen, &frames))),
            }
        }
        let note = FlipBook::note(&record, table.epochs.len());
        Ok(FlipBook { training, note, frames, epochs })
    }

    pub fn page(
        &self,
        training: TrainingId,
        epoch: u32,
        frame: FrameId,
        experiment: Option<ExperimentId>,
    ) -> Result<Page> {
        let table = self.table(training)?;
        let nothing = || StoreError::NotFound { what: "page", id: format!("{training}/{epoch}/{frame}") };
        let of_epoch = table.epochs.get(&epoch).ok_or_else(nothing)?;
        let place = *of_epoch.places.get(&frame).ok_or_else(nothing)?;
        let json = self.bytes_at(training, place, || format!("page {training}/{epoch}/{frame}"))?;
        let page: Page = serde_json::from_slice(&json)
            .map_err(|e| StoreError::Damaged(format!("page {training}/{epoch}/{frame}: {e}")))?;
        let Some(id) = experiment.filter(|id| *id != of_epoch.summary.experiment) else {
            return Ok(self.page_now(page));
        };
        let others = self.others(training, of_epoch, id)?.ok_or_else(|| {
            let id = format!("{training}/{epoch}/{frame} of experiment {id}");
            StoreError::NotFound { what: "page", id }
        })?;
        let seen = others.pages.into_iter().find(|seen| seen.frame == frame).ok_or_else(nothing)?;
        Ok(self.page_now(Page { experiment: id, predictions: seen.predictions, point: seen.point, ..page }))
    }

    /// With its categories as they are called now.
    fn page_now(&self, mut page: Page) -> Page {
        let predicted = page.predictions.iter_mut().map(|prediction| &mut prediction.category);
        for name in page.truth.iter_mut().map(|label| &mut label.category).chain(predicted) {
            if let Some(now) = self.category_now(name) {
                *name = now.name;
            }
        }
        page
    }

    /// What an experiment that does not lead saw at an epoch, if it trained in it.
    fn others(&self, training: TrainingId, epoch: &EpochTable, id: ExperimentId) -> Result<Option<OtherPages>> {
        let Some(place) = epoch.others.get(&id) else { return Ok(None) };
        let what = || format!("pages of experiment {id} at epoch {} of training {training}", epoch.summary.epoch);
        let bytes = self.bytes_at(training, *place, what)?;
        let mut json = Vec::new();
        let read = DeflateDecoder::new(&bytes[..]).take(MAX_INFLATED).read_to_end(&mut json);
        let damaged = |why: String| StoreError::Damaged(format!("{}: {why}", what()));
        read.map_err(|e| damaged(e.to_string()))?;
        serde_json::from_slice(&json).map(Some).map_err(|e| damaged(e.to_string()))
    }

    /// Bytes of a training's pages file that are what was written.
    fn bytes_at(&self, training: TrainingId, (offset, n, crc): Place, what: impl Fn() -> String) -> Result<Vec<u8>> {
        let damaged = |text: &str| StoreError::Damaged(format!("{}: {text}", what()));
        let (file, _) = self.files.open(&self.pages_path(training))?.ok_or_else(|| damaged("its file is gone"))?;
        let mut bytes = vec![0; n as usize];
        file.read_exact_at(&mut bytes, offset).map_err(|e| damaged(&e.to_string()))?;
        match crc32fast::hash(&bytes) == crc {
            true => Ok(bytes),
            false => Err(damaged("it does not match its checksum")),
        }
    }

    /// Epochs whose pages are known to be lost.
    fn lost_pages(&self, folder: &Path) -> Result<u32> {
        Ok(stamped::read(&self.files, &folder.join(LOST))?.unwrap_or_default())
    }

    /// Notes that the pages of so many epochs are lost for good.
    pub fn put_lost_pages(&self, training: TrainingId, epochs: u32) -> Result<()> {
        stamped::write(&self.files, &self.training_folder(training).join(LOST), &epochs)
    }

    /// For `check`: what is wrong with the pages of a training, which lie in this folder. That of them which a power cut tore
    /// is none, as long as every epoch is there that the training has finished.
    pub fn check_pages(
        &self,
        report: &mut CheckReport,
        training: TrainingId,
        folder: &Path,
        epochs: u32,
    ) -> Result<()> {
        let (mut problems, mut there) = (Vec::new(), 0);
        // Held, so that no epoch is half written.
        let _cache = self.pages.lock();
        if let Some((file, len)) = self.files.open(&folder.join(PAGES))? {
            let mut table = Table::default();
            let end = table.read(&*file, len, Depth::Everything, |text| problems.push(text))?;
            if end < len {
                let text = format!("{} bytes at the end are no whole epoch", len - end);
                report.notes.push(format!("pages of training {training}: {text}, and are passed over"));
            }
            there = table.epochs.len() as u32;
        }
        let lost = match self.lost_pages(folder) {
            Err(StoreError::Damaged(why)) => {
                problems.push(why);
                0
            }
            lost => lost?,
        };
        let missing = epochs.saturating_sub(there + lost);
        if missing > 0 {
            problems.push(format!("{missing} of {epochs} epochs are missing"));
        }
        report.problems.extend(problems.into_iter().map(|problem| format!("pages of training {training}: {problem}")));
        Ok(())
    }
}

/// The leader's epoch, its points in the order of these frames.
fn in_order(epoch: &EpochTable, frames: &[FlipBookFrame]) -> FlipBookEpoch {
    let mut summary = epoch.summary.clone();
    if summary.experiments.is_empty() {
        summary.experiments.push(summary.experiment);
    }
    if epoch.frames != frames {
        let points: HashMap<_, _> = epoch.frames.iter().map(|f| f.id).zip(&epoch.summary.points).collect();
        summary.points = frames.iter().map(|f| points.get(&f.id).and_then(|p| (*p).clone())).collect();
    }
    summary
}

/// The epoch of an experiment that does not lead.
fn other(epoch: &EpochTable, seen: OtherPages, frames: &[FlipBookFrame]) -> FlipBookEpoch {
    let mut points: HashMap<_, _> = seen.pages.into_iter().map(|page| (page.frame, page.point)).collect();
    FlipBookEpoch {
        epoch: epoch.summary.epoch,
        experiment: seen.experiment,
        metrics: SplitMetrics { training: None, validation: seen.metrics },
        categories: seen.categories,
        experiments: epoch.summary.experiments.clone(),
        points: frames.iter().map(|f| points.remove(&f.id)).collect(),
    }
}

fn deflated(pages: &OtherPages) -> Result<Vec<u8>> {
    let invalid = |error: &dyn std::fmt::Display| StoreError::Invalid(error.to_string());
    let json = serde_json::to_vec(pages).map_err(|e| invalid(&e))?;
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(&json).and_then(|()| deflate.finish()).map_err(|e| invalid(&e))
}
