//! Reads everything and says, in words, what is wrong.

use super::clip_list;
use crate::domain::{FrameId, Phase};
use crate::store::api::CheckReport;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::keys::{self, Location, PHASES};
use crate::store::journal;
use crate::store::record::{self, Depth, Item};
use crate::store::segments::file_of;
use crate::store::twice;
use std::collections::HashMap;
use uuid::Uuid;

impl Core {
    /// May run while the store is in use; what is written meanwhile is not looked at.
    pub fn check(&self) -> Result<CheckReport> {
        let mut report = CheckReport::default();
        let blobs = crate::store::index::blobs(&self.files, &self.dir);
        if blobs > 0 {
            report
                .problems
                .push(format!("index/blobs holds {blobs} files, which a power cut may destroy: report this"));
        }
        let found = self.check_segments(&mut report)?;
        self.check_entries(&mut report, &found)?;
        self.check_deleted(&mut report, &found)?;
        self.check_lists(&mut report)?;
        if !self.index.counts_are_right()? {
            report.problems.push("the index counts its frames wrongly: `check --repair` makes it anew".into());
        }
        self.check_journal(&mut report)?;
        self.check_trainings(&mut report)?;
        self.check_away(&mut report)?;
        self.check_outbox(&mut report)?;
        let (models, problems) = self.check_models()?;
        report.models = models;
        report.problems.extend(problems.into_iter().map(|(_, problem)| problem));
        report.notes.extend(twice::check(&self.files, &self.dir)?);
        report.problems.extend(self.check_bases()?.into_iter().map(|(_, problem)| problem));
        let lost = self.files.losses.open().into_iter();
        report.problems.extend(lost.map(|text| format!("{text}; told until `check --repair` says that it is known")));
        report.notes = [self.files.notes(), report.notes].concat();
        Ok(report)
    }

    /// What waits for the broker: damage costs the messages in it, and is passed over when they are read.
    fn check_outbox(&self, report: &mut CheckReport) -> Result<()> {
        let folder = self.dir.join("outbox");
        if !self.files.is_there(&folder)? {
            return Ok(());
        }
        let mut paths = self.files.list(&folder)?;
        paths.retain(|path| path.extension().is_some_and(|e| e == "seg"));
        for path in paths {
            let Some((file, len)) = self.files.open(&path)? else { continue };
            let mut note = |text: String| report.notes.push(format!("{}: {text}", path.display()));
            let end = record::scan(&*file, record::OUTBOX, 0, len, Depth::Everything, |item| {
                if let Item::Damage { text, .. } = item {
                    note(format!("{text}; what waited there for the broker is lost"));
                }
                Ok(())
            })?;
            if end < len {
                note(format!("{} bytes at its end are no whole message", len - end));
            }
        }
        Ok(())
    }

    fn check_trainings(&self, report: &mut CheckReport) -> Result<()> {
        for id in self.training_ids()? {
            let epochs = match self.training(id) {
                Ok(training) => {
                    report.trainings += 1;
                    training.epoch
                }
                // A folder made for files of a training that was never stored.
                Err(StoreError::NotFound { .. }) if !self.files.is_there(&self.pages_path(id))? => continue,
                Err(StoreError::NotFound { .. }) => {
                    report.problems.push(format!("training {id} has a flip book, and no record"));
                    0
                }
                Err(e) => {
                    report.problems.push(e.to_string());
                    0
                }
            };
            self.check_own_files(report, id)?;
            self.check_pages(report, id, &self.training_folder(id), epochs)?;
        }
        Ok(())
    }

    /// Every record of every segment. Answers the whole ones.
    fn check_segments(&self, report: &mut CheckReport) -> Result<HashMap<FrameId, Vec<Location>>> {
        // Taken together: every record before these ends is in the index.
        let ends: Vec<(u32, u64)> = self.segments()?.files.iter().map(|(n, s)| (*n, s.len)).collect();
        let mut found: HashMap<FrameId, Vec<Location>> = HashMap::new();
        for (number, len) in ends {
            let Some(file) = file_of(&self.files, &self.segments_dir(), number)? else {
                if self.segments()?.files.contains_key(&number) {
                    report.problems.push(format!("segment {number} is gone"));
                }
                continue;
            };
            let now = file.look().map_or(0, |found| found.len);
            if now < len {
                report.problems.push(format!("segment {number} has {now} bytes, not the {len} it had"));
            }
            let len = len.min(now);
            let end = record::scan(&*file, record::FRAME, 0, len, Depth::Everything, |item| {
                match item {
                    Item::Damage { text, .. } => report.problems.push(format!("segment {number}: {text}")),
                    Item::Record { at, header, .. } => {
                        let at = Location { segment: number, offset: at, total: header.total() };
                        found.entry(FrameId(Uuid::from_bytes(header.key))).or_default().push(at);
                    }
                }
                Ok(())
            })?;
            if end < len {
                report
                    .problems
                    .push(format!("segment {number}: {} bytes from {end} on are no whole record", len - end));
            }
        }
        for (id, places) in &found {
            let there = |p: &Location| self.segments.lock().files.contains_key(&p.segment);
            if self.index.anywhere(*id)?.is_none() && places.iter().any(there) {
                report.problems.push(format!("frame {id} is in segment {} but not in the index", places[0].segment));
            }
        }
        Ok(found)
    }

    /// Every frame of the index: its bytes, its labels.
    fn check_entries(&self, report: &mut CheckReport, found: &HashMap<FrameId, Vec<Location>>) -> Result<()> {
        let newest = found.keys().max().copied();
        for id in self.index.frames_under(keys::FRAMES)? {
            let entry = match self.index.entry(id) {
                Ok(Some(entry)) => entry,
                // Dropped meanwhile.
                Ok(None) => continue,
                Err(e) => {
                    report.problems.push(e.to_string());
                    continue;
                }
            };
            report.frames += 1;
            let seen = found.get(&id).is_some_and(|places| places.contains(&entry.location));
            if seen {
                // It may not have been readable before.
                self.readable(format!("the picture of the labelled frame {id}"), Ok(()))?;
            // Added or moved since the segments were read: read it by itself.
            } else if let Err(e) = self.jpeg(id)
                && (Some(id) <= newest || self.index.has(&keys::frame(id))?)
            {
                report.problems.push(format!("frame {id}: {e}"));
            }
            if entry.phase > Phase::Unlabelled {
                report.labelled += 1;
            }
            if let Some(place) = entry.meta.clip
                && !self.index.has(&keys::in_clip(place, id))?
                && self.index.has(&keys::frame(id))?
            {
                report.problems.push(format!("frame {id} is missing from the list of its clip {}", place.id));
            }
            if let Some(at) = entry.labels {
                match self.labels_at(id, at) {
                    Ok(l) if l.frame == id && l.revision == entry.revision && l.phase == entry.phase => {
                        self.check_labels(report, id, &l)?;
                    }
                    Ok(_) => {
                        report.problems.push(format!("the index points frame {id} at labels that are not its own"))
                    }
                    Err(e) => report.problems.push(format!("labels of frame {id}: {e}")),
                }
            } else if entry.phase > Phase::Unlabelled {
                report.problems.push(format!("frame {id} is labelled but has no labels in the journal"));
            }
        }
        Ok(())
    }

    /// Frames that can be brought back: their bytes are where the index says, and they are in no other place.
    fn check_deleted(&self, report: &mut CheckReport, found: &HashMap<FrameId, Vec<Location>>) -> Result<()> {
        for id in self.index.frames_under(keys::DELETED)? {
            let Some(entry) = self.index.buried(id)? else { continue };
            report.deleted += 1;
            let seen = || found.get(&id).is_some_and(|places| places.contains(&entry.location));
            let there = || self.segments.lock().files.contains_key(&entry.location.segment);
            if there() && !seen() && self.index.buried(id)?.is_some() {
                report.problems.push(format!("deleted frame {id} is not where the index says"));
            }
            if self.index.has(&keys::frame(id))? && self.index.has(&keys::deleted(id))? {
                report.problems.push(format!("frame {id} is deleted and there at the same time"));
            }
        }
        Ok(())
    }

    fn check_labels(&self, report: &mut CheckReport, id: FrameId, labels: &journal::StoredLabels) -> Result<()> {
        for label in &labels.labels {
            let known = {
                let categories = self.categories.read();
                categories.by_number(label.category).is_some()
            };
            if !known {
                report.problems.push(format!("frame {id} has a label of category {}, which is gone", label.category));
            } else if !self.index.has(&keys::with(keys::category_phase(label.category, labels.phase), id))?
                // Labelled anew meanwhile?
                && self.index.entry(id)?.is_some_and(|e| e.revision == labels.revision)
            {
                report.problems.push(format!("frame {id} is missing from the list of category {}", label.category));
            }
        }
        Ok(())
    }

    /// The lists by phase and by clip against the frames.
    fn check_lists(&self, report: &mut CheckReport) -> Result<()> {
        for phase in PHASES {
            for id in self.index.frames_under(&keys::phase(phase))? {
                let listed = || self.index.has(&keys::with(keys::phase(phase), id));
                if self.index.entry(id)?.is_none_or(|e| e.phase != phase) && listed()? {
                    report.problems.push(format!("the list of phase {phase:?} names frame {id}, which is not in it"));
                }
            }
        }
        let (mut after, step) = (None, 1000);
        loop {
            let clips = clip_list::clips(&self.index, after, step)?;
            for clip in &clips {
                for (at, id) in clip_list::frames(&self.index, *clip, None, usize::MAX)? {
                    let key = keys::in_clip_at(*clip, at, id);
                    let of = self.index.entry(id)?.and_then(|entry| entry.meta.clip);
                    if of.is_none_or(|place| keys::in_clip(place, id) != key) && self.index.has(&key)? {
                        report.problems.push(format!("the list of clip {clip} names frame {id}, which is not in it"));
                    }
                }
            }
            after = clips.last().copied();
            if clips.len() < step {
                return Ok(());
            }
        }
    }

    fn check_journal(&self, report: &mut CheckReport) -> Result<()> {
        let len = self.journal()?.len();
        let end = journal::walk(&*self.journal_file.now(), 0, len, |item| {
            if let Err(unread) = item {
                report.problems.push(format!("labels.journal: {}", unread.text));
            }
            Ok(())
        })?;
        if end < len {
            report.problems.push(format!("labels.journal: {} bytes from {end} on are no whole record", len - end));
        }
        Ok(())
    }
}
