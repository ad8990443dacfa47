//! Opening: lock, version, index, then what the index missed. After any crash the store is brought to a state in which
//! every acknowledged label is there and every frame in the index can be read. The same makes an index anew that fails
//! while the store is in use.

use super::delete::{bury, unbury};
use super::labels::apply_labels;
use super::misplaced;
use super::recover;
use crate::domain::{self, FrameId, Phase};
use crate::store::api::Options;
use crate::store::core::Core;
use crate::store::disk::{Disk, DiskFile};
use crate::store::dry::Dry;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::index::keys::{self, FrameEntry, Pointer};
use crate::store::index::{self, Changes, Found, Index, Place};
use crate::store::journal::{self, Journal, JournalFile, Logged};
use crate::store::lock::Lock;
use crate::store::ranked::{Rank, Ranked, RankedRw};
use crate::store::room::Room;
use crate::store::schema;
use crate::store::segments::{Segments, Series};
use crate::store::tables::audit::Audit;
use crate::store::tables::budget::Budget;
use crate::store::tables::categories::{self, Categories};
use crate::store::tables::history::History;
use crate::store::tables::models::Models;
use crate::store::tables::pages::PageCache;
use crate::store::tables::space::{Counts, Space};
use crate::store::tables::tally::Tally;
use crate::store::tables::undo::Undos;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// What opening yields before the rest is put around it.
struct Parts {
    index: Index,
    journal: Journal,
    segments: Segments,
    categories: Categories,
    boot: u64,
    dropped: u64,
    space: Space,
    tally: Tally,
}

pub fn open(options: Options, disk: Arc<dyn Disk>) -> Result<Core> {
    let files = Files::on(disk, &options.dir);
    let budget = Budget::of(options.budget)?;
    files.make_folder(&options.dir)?;
    // On a full disk too: labels go on.
    let core = files.surely(|| open_once(&options, &budget, &files, Place::Disk))?;
    core.index.serve(Arc::clone(&core.syncer));
    if let Err(e) = core.compact() {
        tracing::error!("the label journal is not compacted: {e}");
    }
    core.files.ballast.take();
    Ok(core)
}

/// Opened as if by `open`, with no change to what is on the disk: what is written only seems to be.
pub fn look(options: &Options, disk: Arc<dyn Disk>) -> Result<Core> {
    let files = Files::on(Arc::new(Dry::over(disk)), &options.dir);
    if !schema::is_store(&files, &options.dir)? {
        return Err(StoreError::Invalid(format!("there is no store in {}", options.dir.display())));
    }
    open_once(options, &Budget::of(options.budget)?, &files, Place::Copy)
}

fn open_once(options: &Options, budget: &Budget, files: &Files, place: Place) -> Result<Core> {
    let (dir, reserve, files, budget) = (options.dir.clone(), options.reserve, files.clone(), *budget);
    let lock = Lock::take(&dir)?;
    misplaced::folders(&files, &dir)?;
    schema::check_and_upgrade(&files, &dir)?;
    for sub in ["", "segments", "trainings", "models", "bases", "keys", "undo"] {
        files.make_folder(&dir.join(sub))?;
        remove_temporary(&files, &dir.join(sub))?;
    }
    let Parts { index, mut journal, segments, categories, boot, dropped, space, tally } =
        somewhere(&files, &dir, &budget, false, place)?;
    let boot = boot + 1;
    journal.append(&Logged::Boot(boot))?;
    index.set_mark("boot", &boot)?;
    if index::blobs(&files, &dir) > 0 {
        tracing::error!("sled has written blob files, which may be lost in a power cut: please report this");
    }
    let counts = Counts { dropped: dropped.into(), ..Counts::default() };
    let models = Models::load(&files, &dir)?;
    let audit = Audit::open(&files, &dir.join("audit"))?;
    let (history, history_files) = History::open(&files, &dir)?;
    let undos = Undos::load(&files, &dir.join("undo"))?;
    let core = Core {
        room: Room::new(&files, dir.clone(), reserve),
        files,
        budget,
        reserve,
        boot,
        index,
        segments: Ranked::new(Rank::Segments, segments),
        journal_file: JournalFile::new(journal.handle()),
        journal: Ranked::new(Rank::Journal, journal),
        space: Ranked::new(Rank::Space, space),
        tally: Ranked::new(Rank::Tally, tally),
        categories: RankedRw::new(Rank::Categories, categories),
        models: Ranked::new(Rank::Models, models),
        pages: Ranked::new(Rank::Pages, PageCache::default()),
        audit: Ranked::new(Rank::Audit, audit),
        history: Ranked::new(Rank::History, history),
        history_files: Ranked::new(Rank::HistoryFiles, history_files),
        undos: Ranked::new(Rank::Undos, undos),
        counts,
        syncer: Arc::default(),
        fault: watch::Sender::new(None),
        dir,
        _lock: lock,
    };
    core.sync_all()?;
    core.know_ids()?;
    Ok(core)
}

impl Core {
    /// Whatever is made from now on sorts after all that is here, in whatever year the clock was and is.
    fn know_ids(&self) -> Result<()> {
        let mut newest = None;
        self.index.newest(&[keys::FRAMES.to_vec(), keys::DELETED.to_vec()], None, |id| {
            newest = Some(id.0);
            false
        })?;
        let training = self.training_ids()?.last().map(|id| id.0);
        let model = self.models.lock().all.keys().next_back().map(|id| id.0);
        let undo = self.undos.lock().newest().map(|id| id.0);
        let audit = self.audit.lock().entries.iter().map(|entry| entry.id.0).max();
        [newest, training, model, undo, audit].into_iter().flatten().for_each(domain::known);
        Ok(())
    }

    /// Opens the index of the running store once more, or makes it anew from what is on disk if it failed; all who write
    /// wait meanwhile.
    pub fn reopen(&self) -> Result<()> {
        let mut segments = self.segments.lock();
        let mut journal = self.journal.lock();
        for series in [Series::Plain, Series::Kept] {
            segments.sync(series)?;
        }
        let parts = somewhere(&self.files, &self.dir, &self.budget, self.index.has_failed(), Place::Disk)?;
        self.index.replace(&parts.index);
        self.journal_file.turn(parts.journal.handle());
        self.journal_file.settle();
        *segments = parts.segments;
        *journal = parts.journal;
        *self.categories.write() = parts.categories;
        {
            let mut space = self.space.lock();
            let pins = std::mem::take(&mut space.pins);
            *space = Space { pins, ..parts.space };
        }
        *self.tally.lock() = parts.tally;
        Ok(())
    }
}

/// With its index in memory where the disk has no room for it.
fn somewhere(files: &Files, dir: &Path, budget: &Budget, anew: bool, place: Place) -> Result<Parts> {
    match files.surely(|| parts(files, dir, budget, anew, place)) {
        Err(StoreError::Full(why)) if place == Place::Disk => {
            tracing::warn!("the index is made in memory until there is room for it on the disk: {why}");
            parts(files, dir, budget, anew, Place::Memory)
        }
        parts => parts,
    }
}

/// `anew`: whatever index there is failed.
fn parts(files: &Files, dir: &Path, budget: &Budget, anew: bool, place: Place) -> Result<Parts> {
    let mut journal = Journal::open(files, &dir.join("labels.journal"))?;
    let mut segments = Segments::open(files, &dir.join("segments"), budget.segment)?;
    let mut index = open_index(files, dir, anew, place)?;
    let seen: u64 = index.mark("journal")?.unwrap_or(0);
    let generation: Option<uuid::Uuid> = index.mark("generation")?;
    let mut rebuild = false;
    if generation != Some(journal.generation) || seen > journal.len() {
        if generation.is_some() && seen > journal.len() {
            files.note("labels.journal is shorter than it was: labels may be lost".into());
        }
        rebuild = generation.is_some() || !segments.files.is_empty() || journal.len() > journal::START;
        drop(index);
        index = match place {
            Place::Disk => {
                files.remove_folder(&dir.join("index"))?;
                open_index(files, dir, false, Place::Disk)?
            }
            Place::Memory | Place::Copy => open_index(files, dir, false, Place::Memory)?,
        };
    }
    if rebuild {
        files.note(
            "the index is not that of segments and journal: it is made anew from them, and nothing is lost".into(),
        );
    }
    let seen: u64 = index.mark("journal")?.unwrap_or(0);
    recover::segments(files, &index, &mut segments, &journal)?;
    let (mut boot, mut dropped) = (index.mark("boot")?.unwrap_or(0), index.mark("dropped")?.unwrap_or(0));
    let mut categories = Categories::load(&index)?;
    let file = journal.handle();
    let mut lost = BTreeSet::new();
    journal.replay(seen, |pointer, entry| {
        match &entry {
            Logged::Boot(n) => boot = boot.max(*n),
            Logged::Dropped(n) => dropped = dropped.max(*n),
            _ => {}
        }
        replay_one(&index, &*file, &mut categories, &mut lost, pointer, entry)
    })?;
    for frame in lost {
        files.note(format!(
            "the labelled frame {frame} is in no segment: its picture is lost, its labels stay in the journal"
        ));
    }
    index.set_mark("boot", &boot)?;
    index.set_mark("dropped", &dropped)?;
    let (space, tally) = count(&index)?;
    // Only a complete index says whose it is: a rebuild cut short is begun again.
    if generation != Some(journal.generation) || rebuild {
        index.sync()?;
        index.set_mark("generation", &journal.generation)?;
        index.sync()?;
    }
    if rebuild {
        tracing::warn!(frames = tally.frames(), "the index is rebuilt");
    }
    Ok(Parts { index, journal, segments, categories, boot, dropped, space, tally })
}

/// Brings one journal record into the index. May be told records the index knows already. `lost`: labelled frames that
/// are in no segment.
fn replay_one(
    index: &Index,
    file: &dyn DiskFile,
    categories: &mut Categories,
    lost: &mut BTreeSet<FrameId>,
    pointer: Pointer,
    entry: Logged,
) -> Result<()> {
    let mut changes = Changes::default();
    match entry {
        Logged::Labels(labels) => {
            let works = labels.phase > Phase::Unlabelled || labels.is_draft();
            match index.anywhere(labels.frame)? {
                Some(Found { entry, deleted: false }) => {
                    drop(apply_labels(&mut changes, index, file, &entry, pointer, &labels)?)
                }
                // Deleted later on; it has no lists to be in.
                Some(Found { entry, deleted: true }) => {
                    let (phase, revision, draft) = (labels.phase, labels.revision, labels.is_draft());
                    let entry = FrameEntry { phase, revision, labels: Some(pointer), draft, ..entry };
                    changes.put_buried(labels.frame, &entry)?;
                }
                None if works => drop(lost.insert(labels.frame)),
                None => drop(lost.remove(&labels.frame)),
            }
        }
        Logged::Deleted(frames) => {
            for id in frames {
                lost.remove(&id);
                if let Some(entry) = index.entry(id)? {
                    bury(&mut changes, index, file, id, &entry)?;
                }
            }
        }
        Logged::Restored(frames) => {
            for id in frames {
                if let Some(entry) = index.buried(id)? {
                    unbury(&mut changes, index, file, id, &entry)?;
                }
            }
        }
        Logged::Category { number, category } => categories.put(&mut changes, number, category)?,
        Logged::CategoryRemoved { number, into } => categories.remove(&mut changes, number, into),
        Logged::Examples { number, examples } => categories.put_examples(&mut changes, number, examples)?,
        Logged::Order(order) => categories.put_order(&mut changes, order)?,
        Logged::Sides(sides) => {
            for (frame, side) in sides {
                changes.put(keys::side(frame), &[keys::side_byte(side)][..]);
            }
        }
        Logged::Start | Logged::Boot(_) | Logged::Dropped(_) => return Ok(()),
    }
    index.apply(changes)
}

/// Opens sled; when it is damaged (an error or a panic), moves it aside and starts an empty one.
fn open_index(files: &Files, dir: &Path, anew: bool, place: Place) -> Result<Index> {
    let attempt = |place| match catch_unwind(AssertUnwindSafe(|| Index::open(files, dir, place))) {
        Ok(result) => result,
        Err(_) => Err(StoreError::Damaged("the index made sled panic".into())),
    };
    let ordered = anew || files.is_there(&index::rebuild_flag(dir))?;
    let error = match ordered {
        true => StoreError::Damaged("the index failed while it was in use".into()),
        false => match attempt(place) {
            Ok(index) => return Ok(index),
            // A full or unreadable disk is no damage.
            Err(e @ StoreError::Damaged(_)) => e,
            Err(e) => return Err(e),
        },
    };
    move_aside(files, dir, &error)?;
    attempt(if place == Place::Copy { Place::Memory } else { place })
}

fn move_aside(files: &Files, dir: &Path, why: &StoreError) -> Result<()> {
    // One damaged index is kept for whoever wants to look at it; older ones would only fill the disk.
    for old in damaged(files, dir)? {
        files.remove_folder(&old)?;
    }
    let aside = dir.join(format!("index.damaged-{}", jiff::Timestamp::now().as_second()));
    let index = dir.join("index");
    files.note(format!("{why}; it is kept as {} and made anew from segments and journal", aside.display()));
    if files.is_there(&index)? {
        files.rename(&index, &aside)?;
    }
    files.remove(&index::rebuild_flag(dir))
}

/// Indexes moved aside earlier.
fn damaged(files: &Files, dir: &Path) -> Result<Vec<PathBuf>> {
    Ok(files
        .list(dir)?
        .into_iter()
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("index.damaged-")))
        .collect())
}

/// Removes what an interrupted replacement left.
fn remove_temporary(files: &Files, dir: &Path) -> Result<()> {
    for path in files.list(dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(".tmp") {
            files.remove(&path)?;
        }
    }
    Ok(())
}

/// Counts frames, and the bytes that retention must keep.
fn count(index: &Index) -> Result<(Space, Tally)> {
    let (mut space, mut tally, mut bad) = (Space::default(), Tally::default(), None);
    index.each(keys::FRAMES, |_, value| {
        match serde_json::from_slice::<FrameEntry>(value) {
            Ok(entry) => {
                if entry.has_work() {
                    space.live += entry.labels.map_or(0, |p| p.total);
                    *space.labelled.entry(entry.location.segment).or_default() += entry.location.total;
                }
                tally.add(&entry, &BTreeSet::new());
            }
            Err(e) => bad = Some(e),
        }
        true
    })?;
    if let Some(e) = bad {
        return Err(StoreError::Damaged(format!("an index entry is damaged: {e}")));
    }
    for id in index.frames_under(keys::DELETED)? {
        if let Some(entry) = index.buried(id)? {
            tally.deleted += 1;
            *space.deleted.entry(entry.location.segment).or_default() += entry.location.total;
        }
    }
    for number in categories::numbers(index)? {
        let mut frames = 0;
        index.each(&keys::of_category(number), |_, _| {
            frames += 1;
            true
        })?;
        tally.categories.insert(number, frames);
    }
    Ok((space, tally))
}
