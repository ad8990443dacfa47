//! The flip book's pages: `trainings/ID/pages`, laid out as `tables/pages` says.

use crate::domain::{EpochPages, FlipBook, FlipBookEpoch, FlipBookFrame, FrameId, Page, Point, TrainingId};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, Depth};
use crate::store::tables::pages::{CACHED, EpochMeta, EpochTable, PageMeta, Table};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

impl Core {
    pub fn put_epoch(&self, training: TrainingId, epoch: &EpochPages) -> Result<()> {
        self.training(training)?;
        let EpochPages { summary, pages } = epoch;
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
        let meta = EpochMeta { summary: summary.clone(), pages: table };
        let meta = serde_json::to_vec(&meta).map_err(|e| StoreError::Invalid(e.to_string()))?;
        let key = Uuid::from_u128(u128::from(summary.epoch)).into_bytes();
        let bytes = record::encode(record::PAGES, key, &meta, &body)?;
        self.room_for_bulk(bytes.len() as u64)?;
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

    pub fn flip_book(&self, training: TrainingId) -> Result<FlipBook> {
        let table = self.table(training)?;
        // A training keeps its frames from epoch to epoch; should they differ, the last epoch's count.
        let frames = table.epochs.values().next_back().map(|e| e.frames.clone()).unwrap_or_default();
        let epochs: Vec<FlipBookEpoch> = table.epochs.values().map(|e| in_order(e, &frames)).collect();
        let note = FlipBook::note(&self.training(training)?, epochs.len());
        Ok(FlipBook { training, note, frames, epochs })
    }

    pub fn page(&self, training: TrainingId, epoch: u32, frame: FrameId) -> Result<Page> {
        let table = self.table(training)?;
        let place = table.epochs.get(&epoch).and_then(|e| e.places.get(&frame));
        let Some(&(offset, n, crc)) = place else {
            return Err(StoreError::NotFound { what: "page", id: format!("{training}/{epoch}/{frame}") });
        };
        let damaged = |text: &str| StoreError::Damaged(format!("page {training}/{epoch}/{frame}: {text}"));
        let (file, _) = self.files.open(&self.pages_path(training))?.ok_or_else(|| damaged("its file is gone"))?;
        let mut json = vec![0; n as usize];
        file.read_exact_at(&mut json, offset).map_err(|e| damaged(&e.to_string()))?;
        if crc32fast::hash(&json) != crc {
            return Err(damaged("it does not match its checksum"));
        }
        serde_json::from_slice(&json).map_err(|e| damaged(&e.to_string()))
    }

    /// For `check`: what is wrong with a training's pages.
    pub fn check_pages(&self, training: TrainingId) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        // Held, so that no epoch is half written.
        let _cache = self.pages.lock();
        if let Some((file, len)) = self.files.open(&self.pages_path(training))? {
            let end = Table::default().read(&*file, len, Depth::Everything, |text| problems.push(text))?;
            if end < len {
                problems.push(format!("{} bytes at the end are no whole epoch", len - end));
            }
        }
        Ok(problems)
    }
}

fn in_order(epoch: &EpochTable, frames: &[FlipBookFrame]) -> FlipBookEpoch {
    let mut summary = epoch.summary.clone();
    if epoch.frames != frames {
        let points: HashMap<_, _> = epoch.frames.iter().map(|f| f.id).zip(&epoch.summary.points).collect();
        summary.points = frames.iter().map(|f| points.get(&f.id).map_or(Point::default(), |p| **p)).collect();
    }
    summary
}
