//! Opening: lock, version, index, then what the index missed. After any crash the store is brought to a state in which
//! every acknowledged label is there and every frame in the index can be read. The same makes an index anew that fails
//! while the store is in use.

use super::clock;
use super::delete::{bury, unbury};
use super::labels::apply_labels;
use super::losses;
use super::misplaced;
use super::recover;
use super::settings;
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
use crate::store::tables::categories::Categories;
use crate::store::tables::ends::Ends;
use crate::store::tables::history::History;
use crate::store::tables::models::Models;
use crate::store::tables::pages::PageCache;
use crate::store::tables::space::{self, Space};
use crate::store::tables::undo::Undos;
use crate::store::twice;
use crate::supervise::Progress;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What opening yields before the rest is put around it and its index.
struct Parts {
    journal: Journal,
    segments: Segments,
    categories: Categories,
    boot: u64,
    dropped: u64,
}

/// `progress`: of what is brought into the index. Where the disk can only be read, what is there is shown: as by `look`, and nothing is written.
pub fn open(options: Options, disk: Arc<dyn Disk>, progress: &Progress) -> Result<Core> {
    match open_to_write(&options, Arc::clone(&disk), progress) {
        Err(why @ StoreError::ReadOnly(_)) => {
            let core = look(&options, Arc::clone(&disk), progress)?;
            tracing::error!("what is there is shown, and nothing can be kept: {why}");
            core.files.home.close();
            Ok(Core { unwritten: Some(disk), ..core })
        }
        opened => opened,
    }
}

fn open_to_write(options: &Options, disk: Arc<dyn Disk>, progress: &Progress) -> Result<Core> {
    let files = Files::on(disk, &options.dir).counted(progress);
    let budget = Budget::of(options.budget)?;
    files.make_folder(&options.dir)?;
    files.home.settle(&options.dir)?;
    // On a full disk too: labels go on.
    let core = files.surely(|| open_once(options, &budget, &files, Place::Disk))?;
    core.index.serve(Arc::clone(&core.syncer));
    core.files.home.serve(Arc::clone(&core.syncer));
    if let Err(e) = core.compact() {
        tracing::error!("the label journal is not compacted: {e}");
    }
    core.files.ballast.take();
    Ok(core)
}

/// Opened as if by `open`, with no change to what is on the disk: what is written only seems to be.
pub fn look(options: &Options, disk: Arc<dyn Disk>, progress: &Progress) -> Result<Core> {
    let files = Files::on(Arc::new(Dry::over(disk)), &options.dir).counted(progress);
    if !schema::is_store(&files, &options.dir)? {
        return Err(StoreError::Invalid(format!("there is no store in {}", options.dir.display())));
    }
    open_once(options, &Budget::of(options.budget)?, &files, Place::Copy)
}

fn open_once(options: &Options, budget: &Budget, files: &Files, place: Place) -> Result<Core> {
    let (dir, reserve, files, budget) = (options.dir.clone(), options.reserve, files.clone(), *budget);
    let lock = Lock::take(&dir)?;
    misplaced::aside(&files, &dir)?;
    schema::check_and_upgrade(&files, &dir)?;
    twice::settle(&files, &dir)?;
    for sub in ["", "segments", "trainings", "models", "bases", "keys", "undo"] {
        files.make_folder(&dir.join(sub))?;
        remove_temporary(&files, &dir.join(sub))?;
    }
    losses::load(&files, &dir)?;
    let (index, parts) = somewhere(&files, &dir, &budget, false, place)?;
    losses::keep(&files, &dir);
    let Parts { mut journal, segments, categories, boot, dropped } = parts;
    let boot = boot + 1;
    journal.append(&Logged::Boot(boot))?;
    index.set_boot(boot)?;
    if index::blobs(&files, &dir) > 0 {
        tracing::error!("sled has written blob files, which may be lost in a power cut: please report this");
    }
    let counts = space::Counts { dropped: dropped.into(), ..space::Counts::default() };
    let models = Models::load(&files, &dir)?;
    let audit = Audit::open(&files, &dir.join("audit"), boot == 1)?;
    let (mut history, history_files) = History::open(&files, &dir, boot == 1)?;
    // The power may have gone between an act and its place in the log.
    let said = [models.deployments.said.clone(), settings::said(&files, &dir)];
    said.into_iter().flatten().for_each(|said| history.came_true(said));
    let undos = Undos::load(&files, &dir.join("undo"))?;
    let clock = clock::open(&files, &dir)?;
    let core = Core {
        room: Room::new(&files, dir.clone(), reserve),
        files,
        budget,
        reserve,
        boot,
        index,
        rebuilding: AtomicBool::new(false),
        segments: Ranked::new(Rank::Segments, segments),
        journal_file: JournalFile::new(journal.handle()),
        journal: Ranked::new(Rank::Journal, journal),
        space: Ranked::new(Rank::Space, Space::default()),
        categories: RankedRw::new(Rank::Categories, categories),
        models: Ranked::new(Rank::Models, models),
        pages: Ranked::new(Rank::Pages, PageCache::default()),
        trainings: Ranked::new(Rank::Trainings, Ends::default()),
        audit: Ranked::new(Rank::Audit, audit),
        history: Ranked::new(Rank::History, history),
        history_files: Ranked::new(Rank::HistoryFiles, history_files),
        undos: Ranked::new(Rank::Undos, undos),
        clock: Ranked::new(Rank::Clock, clock),
        counts,
        syncer: Arc::default(),
        unwritten: None,
        anew: CancellationToken::new(),
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
        let audit = self.audit.lock().entries.iter().map(|stored| stored.entry.id.0).max();
        [newest, training, model, undo, audit].into_iter().flatten().for_each(domain::known);
        Ok(())
    }

    /// Makes the index of the running store anew from what is on disk, as it failed; all who write wait meanwhile.
    pub fn reopen(&self) -> Result<()> {
        let _told = Rebuilding::told(&self.rebuilding);
        let mut segments = self.segments.lock();
        let mut journal = self.journal.lock();
        for series in [Series::Plain, Series::Kept] {
            segments.sync(series)?;
        }
        let (index, parts) = somewhere(&self.files, &self.dir, &self.budget, true, Place::Disk)?;
        self.index.replace(&index);
        self.journal_file.turn(parts.journal.handle());
        self.journal_file.settle();
        *segments = parts.segments;
        *journal = parts.journal;
        *self.categories.write() = parts.categories;
        losses::keep(&self.files, &self.dir);
        Ok(())
    }
}

/// As long as it lives, whoever waits for a lock is told that the index is made anew.
struct Rebuilding<'a>(&'a AtomicBool);

impl<'a> Rebuilding<'a> {
    fn told(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Relaxed);
        Self(flag)
    }
}

impl Drop for Rebuilding<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// With its index in memory where the disk has no room for it.
fn somewhere(files: &Files, dir: &Path, budget: &Budget, anew: bool, place: Place) -> Result<(Index, Parts)> {
    match files.surely(|| parts(files, dir, budget, anew, place)) {
        Err(why) if place == Place::Disk && (matches!(why, StoreError::Full(_)) || why.is_denied()) => {
            tracing::warn!("the index is made in memory until the disk takes it: {why}");
            parts(files, dir, budget, anew, Place::Memory)
        }
        parts => parts,
    }
}

/// `anew`: whatever index there is failed.
fn parts(files: &Files, dir: &Path, budget: &Budget, anew: bool, place: Place) -> Result<(Index, Parts)> {
    let ordered = anew || files.is_there(&index::rebuild_flag(dir))?;
    let failed = ordered.then(|| StoreError::Damaged("the index failed while it was in use".into()));
    let bulk = || -> Result<(Journal, Segments)> {
        let journal = Journal::open(files, &dir.join("labels.journal"))?;
        Ok((journal, Segments::open(files, &dir.join("segments"), budget.segment)?))
    };
    let (journal, segments) = bulk()?;
    let settled = settled_index(files, dir, failed, place, &journal, &segments)?;
    match filled(files, &settled, place, journal, segments) {
        // Damage shows itself where sled is read, and only then.
        Err(error @ StoreError::Damaged(_)) if settled.index.has_failed() => {
            drop(settled);
            let (journal, segments) = bulk()?;
            let settled = settled_index(files, dir, Some(error), place, &journal, &segments)?;
            let parts = filled(files, &settled, place, journal, segments)?;
            Ok((settled.index, parts))
        }
        parts => Ok((settled.index, parts?)),
    }
}

/// An index that is the journal's, as far as it goes.
struct Settled {
    index: Index,
    /// It is to be made of segments and journal, though there is something to make it of.
    rebuild: bool,
    /// It does not say yet whose it is.
    nameless: bool,
}

/// `failed`: what is wrong with the one that is there.
fn settled_index(
    files: &Files,
    dir: &Path,
    failed: Option<StoreError>,
    place: Place,
    journal: &Journal,
    segments: &Segments,
) -> Result<Settled> {
    let index = open_index(files, dir, failed, place)?;
    let seen: u64 = index.mark("journal")?.unwrap_or(0);
    let generation: Option<uuid::Uuid> = index.mark("generation")?;
    // Where the first record is damaged it does not say whose it is, and the index knows more of the rest than can be read.
    let same = generation.is_some_and(|known| known == journal.generation || journal.generation.is_nil());
    if same && seen <= journal.len() {
        return Ok(Settled { index, rebuild: false, nameless: false });
    }
    match generation {
        Some(_) if same => files.lost("labels.journal is shorter than it was: labels may be lost".into()),
        // One that was compacted, and the power or the program went before the index knew.
        Some(known) if !journal::follows(journal.generation, known) => {
            files.lost("labels.journal is not the one that the index was made of: labels may be lost".into());
        }
        _ => {}
    }
    let rebuild = generation.is_some() || !segments.files.is_empty() || journal.len() > journal::START;
    drop(index);
    let index = match place {
        Place::Disk => {
            files.remove_folder(&dir.join("index"))?;
            open_index(files, dir, None, Place::Disk)?
        }
        Place::Memory | Place::Copy => open_index(files, dir, None, Place::Memory)?,
    };
    if rebuild {
        files.note(
            "the index is not that of segments and journal: it is made anew from them, and nothing is lost".into(),
        );
    }
    Ok(Settled { index, rebuild, nameless: true })
}

/// Brings into the index what it lacks.
fn filled(
    files: &Files,
    Settled { index, rebuild, nameless }: &Settled,
    place: Place,
    mut journal: Journal,
    mut segments: Segments,
) -> Result<Parts> {
    if place == Place::Copy {
        // Whoever looks at a store wants to know; others come upon it, and make the index anew then.
        index.read_all()?;
    }
    let seen: u64 = index.mark("journal")?.unwrap_or(0);
    if let Some(known) = index.mark("generation")? {
        journal.generation = known;
    }
    recover::segments(files, index, &mut segments, &journal)?;
    let (mut boot, mut dropped) = (index.mark("boot")?.unwrap_or(0), index.mark("dropped")?.unwrap_or(0));
    let mut categories = Categories::load(index)?;
    let file = journal.handle();
    let mut lost = BTreeSet::new();
    journal.replay(seen, |pointer, entry| {
        files.progress.step();
        match &entry {
            Logged::Boot(n) => boot = boot.max(*n),
            Logged::Dropped(n) => dropped = dropped.max(*n),
            _ => {}
        }
        replay_one(index, &*file, &mut categories, &mut lost, pointer, entry)
    })?;
    for frame in lost {
        files.lost(format!(
            "the labelled frame {frame} is in no segment: its picture is lost, its labels stay in the journal"
        ));
    }
    index.set_boot(boot)?;
    index.set_mark("dropped", &dropped)?;
    // Only a complete index says whose it is: a rebuild cut short is begun again.
    if *nameless {
        index.sync()?;
        index.set_mark("generation", &journal.generation)?;
        index.sync()?;
    }
    if *rebuild {
        tracing::warn!(frames = index.counts(|counts| counts.frames()), "the index is rebuilt");
    }
    Ok(Parts { journal, segments, categories, boot, dropped })
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
                    apply_labels(&mut changes, index, file, &entry, pointer, &labels)?
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

/// Opens sled; when it is damaged (it is known to have failed, an error, or a panic), moves it aside and starts an empty one.
fn open_index(files: &Files, dir: &Path, failed: Option<StoreError>, place: Place) -> Result<Index> {
    let attempt = |place| match catch_unwind(AssertUnwindSafe(|| Index::open(files, dir, place))) {
        Ok(result) => result,
        Err(_) => Err(StoreError::Damaged("the index made sled panic".into())),
    };
    let error = match failed {
        Some(error) => error,
        None => match attempt(place) {
            Ok(index) => return Ok(index),
            // A full or unreadable disk is no damage.
            Err(e @ StoreError::Damaged(_)) => e,
            // Another's file: it is no use here.
            Err(e) if e.is_denied() => e,
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
