//! Finding frames: by the lists that there are, and by looking at a bounded number of them where there is none.

use crate::domain::{Category, Frame, FrameId, Phase, limits};
use crate::store::api::{CategoryCount, FrameCounts, FrameQuery, PhaseCounts, Slice};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::counts::Counts;
use crate::store::index::keys::{self, FrameEntry, PHASES};
use jiff::Timestamp;

/// Frames looked at for one slice, at most: some hundredths of a second. A slice may so be shorter than asked for, or
/// empty, and still have a `next`.
const LOOKED_AT: usize = 5_000;
/// Frames taken from a list at a time where not all of them may fit.
const CHUNK: usize = 512;

impl Core {
    pub fn frames(&self, query: &FrameQuery) -> Result<Slice<Frame>> {
        let limit = match query.limit {
            0 => limits::SLICE,
            n => n.min(limits::STORE_SLICE),
        };
        let prefixes = self.lists(query)?;
        // One more than asked for tells whether there is a next slice.
        let chunk = if query.filters() { CHUNK } else { limit + 1 };
        let (mut items, mut looked, mut last) = (Vec::new(), 0, query.before);
        loop {
            let ids = self.listed_before(&prefixes, last, chunk)?;
            for id in &ids {
                if items.len() == limit || looked == LOOKED_AT {
                    return Ok(Slice { items, next: last.map(|id| id.to_string()) });
                }
                (looked, last) = (looked + 1, Some(*id));
                // One that is not there was dropped, or given another phase, since the list was made.
                if let Some(entry) = self.index.entry(*id)?
                    && self.fits(query, *id, &entry)?
                {
                    items.push(self.frame_of(*id, entry));
                }
            }
            if ids.len() < chunk {
                return Ok(Slice { items, next: None });
            }
        }
    }

    /// Prefixes of the shortest lists that hold all frames asked for.
    fn lists(&self, query: &FrameQuery) -> Result<Vec<Vec<u8>>> {
        let phases = query.phase.map_or(PHASES.to_vec(), |p| vec![p]);
        if let Some(name) = &query.category {
            let categories = self.categories.read();
            let found = categories.by_name(name).map(|(n, _)| n);
            let number = found.ok_or_else(|| StoreError::NotFound { what: "category", id: name.clone() })?;
            return Ok(phases.iter().map(|p| keys::category_phase(number, *p)).collect());
        }
        Ok(match query {
            FrameQuery { draft: Some(true), .. } => vec![keys::DRAFTS.to_vec()],
            FrameQuery { phase: Some(phase), .. } => vec![keys::phase(*phase)],
            FrameQuery { side: Some(_), .. } => vec![keys::SIDES.to_vec()],
            _ => vec![keys::FRAMES.to_vec()],
        })
    }

    /// At most `most` frames of these lists, newest first.
    fn listed_before(&self, prefixes: &[Vec<u8>], before: Option<FrameId>, most: usize) -> Result<Vec<FrameId>> {
        let mut ids = Vec::with_capacity(most);
        self.index.newest(prefixes, before, |id| {
            if ids.last() != Some(&id) {
                ids.push(id);
            }
            ids.len() < most
        })?;
        Ok(ids)
    }

    fn fits(&self, query: &FrameQuery, id: FrameId, entry: &FrameEntry) -> Result<bool> {
        let FrameQuery { phase, draft, side, source, camera, since, until, .. } = query;
        let meta = &entry.meta;
        let taken = || self.time(meta.taken, meta.stamp.as_ref()).0;
        let fits = phase.is_none_or(|phase| phase == entry.phase)
            && draft.is_none_or(|draft| draft == entry.draft)
            && source.is_none_or(|source| source == meta.source)
            && camera.as_ref().is_none_or(|camera| meta.camera.as_ref() == Some(camera))
            && since.is_none_or(|since| taken() >= since)
            && until.is_none_or(|until| taken() < until);
        if let (true, Some(side)) = (fits, side) {
            let stored = self.index.get(&keys::side(id))?;
            return Ok(stored.and_then(|v| v.first().map(|byte| keys::side_of(*byte))) == Some(*side));
        }
        Ok(fits)
    }

    pub fn frame_counts(&self) -> FrameCounts {
        let categories = self.categories.read();
        let counts = self.index.counts(Counts::clone);
        let frames = |number| counts.categories.get(&number).copied().unwrap_or(0);
        let counted = |(number, c): (u32, &Category)| CategoryCount { name: c.name.clone(), frames: frames(number) };
        FrameCounts {
            total: counts.frames(),
            phases: PhaseCounts {
                unlabelled: counts.phase(Phase::Unlabelled),
                labelled: counts.phase(Phase::Labelled),
                reviewed: counts.phase(Phase::Reviewed),
                r#final: counts.phase(Phase::Final),
            },
            categories: categories.numbered().map(counted).collect(),
            sources: counts.sources().clone(),
            drafts: counts.drafts(),
            deleted: counts.deleted(),
        }
    }

    pub fn newest_frame(&self) -> Result<Option<Timestamp>> {
        let query = FrameQuery { limit: 1, ..FrameQuery::default() };
        Ok(self.frames(&query)?.items.first().map(|f| f.taken))
    }
}
