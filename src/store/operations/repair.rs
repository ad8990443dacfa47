//! Mends what an opening leaves as it is, for somebody to look at: damage in the middle of files. What that costs is told.

use super::losses;
use super::models::now_live;
use super::open::open;
use crate::domain::{Category, LabelKind, ModelId, TrainingId};
use crate::store::api::{CheckReport, Options};
use crate::store::core::Core;
use crate::store::disk::{Disk, Handle};
use crate::store::error::{Result, StoreError};
use crate::store::index;
use crate::store::index::keys::{self, PHASES};
use crate::store::journal::Logged;
use crate::store::record::{self, Depth, HEADER, Item, Magic};
use crate::store::segments;
use crate::supervise::Progress;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sides a record.
const SIDES: usize = 10_000;

/// Opens the store, mends it where something is wrong, and looks again; the notes say what was wrong, and what it cost.
pub fn repair(options: Options, disk: Arc<dyn Disk>) -> Result<CheckReport> {
    let core = open(options.clone(), disk.clone(), &Progress::default())?;
    if core.index.read_all().is_err() {
        core.reopen()?;
    }
    let before = core.check()?;
    if before.problems.is_empty() {
        return Ok(before);
    }
    core.files.note(format!("{} problems were found, and are mended", before.problems.len()));
    before.problems.iter().for_each(|problem| core.files.note(problem.clone()));
    core.mend_models()?;
    core.mend_trainings()?;
    core.mend_bases()?;
    let stretches = core.cover_damage()?;
    if stretches > 0 {
        core.write_categories_again()?;
    }
    losses::acknowledge(&core.files, &core.dir)?;
    // Damaged or not, it is made of what is whole now.
    core.files.replace(&index::rebuild_flag(&core.dir), b"")?;
    let notes = core.files.notes();
    drop(core);
    let core = open(options, disk, &Progress::default())?;
    core.name_categories()?;
    if stretches > 0 {
        core.compact_now()?;
    }
    // What only the index made anew came upon.
    let lost = core.files.losses.open();
    lost.into_iter().for_each(|text| core.files.note(text));
    losses::acknowledge(&core.files, &core.dir)?;
    let after = core.check()?;
    Ok(CheckReport { notes: [notes, after.notes].concat(), ..after })
}

impl Core {
    fn mend_models(&self) -> Result<()> {
        let (_, problems) = self.check_models()?;
        let mut lost: Vec<ModelId> = problems.into_iter().map(|(id, _)| id).collect();
        lost.sort_unstable();
        lost.dedup();
        for id in lost {
            let now = now_live(self.set_model_aside(id)?);
            self.files.note(format!("model {id} is lost; its files are put aside{now}"));
        }
        Ok(())
    }

    fn mend_trainings(&self) -> Result<()> {
        for id in self.training_ids()? {
            match self.training(id) {
                Ok(training) => self.mend_pages(id, training.epoch)?,
                Err(StoreError::NotFound { .. }) if !self.files.is_there(&self.pages_path(id))? => {}
                Err(StoreError::NotFound { .. } | StoreError::Damaged(_)) => {
                    self.files.note(format!("training {id} is lost, with its flip book; its folder is put aside"));
                    self.files.set_aside(&self.training_folder(id))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What is damaged in a flip book is taken out of it, and the record knows of no more than is there.
    fn mend_pages(&self, id: TrainingId, epochs: u32) -> Result<()> {
        let mut report = CheckReport::default();
        for name in self.check_own_files(&mut report, id)? {
            self.files.set_aside(&self.training_folder(id).join(name))?;
        }
        report.problems.clear();
        self.check_pages(&mut report, id, &self.training_folder(id), epochs)?;
        if report.problems.is_empty() {
            return Ok(());
        }
        cover(self, &self.pages_path(id), record::PAGES)?;
        let left = self.flip_book(id, None)?.epochs.len();
        self.files.note(format!("of training {id} the pages of {left} of {epochs} epochs are left"));
        self.put_lost_pages(id, epochs.saturating_sub(left as u32))
    }

    /// What the journal may not say any more and the index still knows, beside labels: they lie in the journal alone.
    fn write_categories_again(&self) -> Result<()> {
        let mut journal = self.journal()?;
        let categories = self.categories.read();
        for (number, category) in categories.numbered() {
            journal.append(&Logged::Category { number, category: category.clone() })?;
            let examples = categories.examples(number).to_vec();
            if !examples.is_empty() {
                journal.append(&Logged::Examples { number, examples })?;
            }
        }
        journal.append(&Logged::Order(categories.numbered().map(|(number, _)| number).collect()))?;
        let sides: Vec<_> = self.sides()?.into_iter().collect();
        sides.chunks(SIDES).try_for_each(|some| journal.append(&Logged::Sides(some.to_vec())))
    }

    /// Gives categories of which labels are left and nothing else a name, for somebody to change.
    fn name_categories(&self) -> Result<()> {
        let mut nameless = BTreeSet::new();
        for phase in PHASES {
            for id in self.index.frames_under(&keys::phase(phase))? {
                let Some(at) = self.index.entry(id)?.and_then(|entry| entry.labels) else { continue };
                let Ok(labels) = self.labels_at(id, at) else { continue };
                nameless.extend(labels.labels.into_iter().map(|label| (label.category, label.bbox.is_some())));
            }
        }
        let mut journal = self.journal()?;
        for (number, boxes) in nameless {
            let categories = self.categories.read().clone();
            if categories.by_number(number).is_some() {
                continue;
            }
            let kind = if boxes { LabelKind::Box } else { LabelKind::Tag };
            let name = format!("category {number}");
            self.files.note(format!("labels are left of a category whose name is lost: it is `{name}` now"));
            let category = Category { name, colour: String::new(), instructions: String::new(), kind };
            let category = categories.checked(category, None)?;
            self.put_category(&mut journal, categories, number, category)?;
        }
        Ok(())
    }

    /// Covers damaged stretches of frames and labels, so that they are passed over in silence from now on; answers how many.
    fn cover_damage(&self) -> Result<usize> {
        let segments: Vec<PathBuf> = {
            let segments = self.segments()?;
            segments.files.iter().map(|(n, segment)| segments::path(segments.dir(), *n, segment.series)).collect()
        };
        for path in segments {
            cover(self, &path, record::FRAME)?;
        }
        cover(self, &self.dir.join("labels.journal"), record::JOURNAL)
    }
}

/// Covers what is no record in a file of them, and cuts its end; answers how many stretches that were.
fn cover(core: &Core, path: &Path, magic: Magic) -> Result<usize> {
    if !core.files.is_there(path)? {
        return Ok(0);
    }
    let mut file = core.files.append(path)?;
    let handle: Handle = file.handle();
    let mut stretches = Vec::new();
    let end = record::scan(&*handle, magic, 0, file.len(), Depth::Everything, |item| {
        if let Item::Damage { from, to, .. } = item {
            stretches.push((from, to));
        }
        Ok(())
    })?;
    for (from, to) in &stretches {
        match record::void(to - from) {
            Some(header) => file.overwrite(*from, &header)?,
            None => core.files.note(format!("{}: fewer than {HEADER} bytes at {from} stay damaged", path.display())),
        }
    }
    if end < file.len() {
        file.cut(end)?;
    }
    Ok(stretches.len())
}
