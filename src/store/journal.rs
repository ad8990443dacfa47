//! The journal: what must outlive the index. Labels, categories, sides and two counters, appended and synced before
//! anything is acknowledged.
//!
//! The first record names the journal's generation. The index remembers generation and how far it has seen the
//! journal; opening replays the rest, and a compacted journal (a new generation) makes the index anew.

use super::disk::{DiskFile, Handle};
use super::durable::{AppendFile, Files};
use super::error::{Result, StoreError};
use super::index::keys::Pointer;
use super::record::{self, Depth, Item};
use crate::domain::{Category, Example, FrameId, Label, LabelOrigin, Phase, Side, Stamp, TrackMark};
use jiff::Timestamp;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use uuid::Uuid;

/// Blocks taken ahead of the end, so that labels can be written on a disk that others have filled.
const ROOM: u64 = 16 << 20;
/// Bytes of the first record.
pub const START: u64 = record::HEADER as u64 + "\"start\"".len() as u64;
/// A journal shorter than this is never compacted, and after one that failed so much more must be there.
const COMPACT_FROM: u64 = 16 << 20;
/// Compactions that an index may be behind: one, or more where the power took what sled had written.
const STEPS: usize = 1000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logged {
    /// Always first; the record's key is the generation.
    Start,
    Labels(StoredLabels),
    Category {
        number: u32,
        category: Category,
    },
    CategoryRemoved {
        number: u32,
        /// What its labels became, if it was merged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<u32>,
    },
    /// Pictures that go with the instructions of a category, in place of those before.
    Examples {
        number: u32,
        examples: Vec<Example>,
    },
    /// Categories in the order in which they are shown; those that are not named come last.
    Order(Vec<u32>),
    /// Adds to the sides already there.
    Sides(Vec<(FrameId, Side)>),
    /// Openings so far.
    Boot(u64),
    /// Frames dropped by retention so far.
    Dropped(u64),
    /// Frames that somebody deleted: they stay in their segments, and are not there.
    Deleted(Vec<FrameId>),
    /// Deleted frames that are there again.
    Restored(Vec<FrameId>),
}

/// A frame's labels as written; categories by number, so that renaming one touches no label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredLabels {
    pub frame: FrameId,
    pub revision: u64,
    pub phase: Phase,
    pub updated: Timestamp,
    /// By which that is mended, where the clock was not believed.
    #[serde(rename = "since", default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    pub labels: Vec<StoredLabel>,
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<StoredRejected>,
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<TrackMark>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
}

impl StoredLabels {
    /// Whether somebody's work is in an unlabelled frame.
    pub fn is_draft(&self) -> bool {
        self.phase == Phase::Unlabelled
            && !(self.labels.is_empty() && self.rejected.is_empty() && self.marks.is_empty())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRejected {
    #[serde(rename = "c")]
    pub category: u32,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[f32; 4]>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredLabel {
    #[serde(rename = "c")]
    pub category: u32,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[f32; 4]>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub polygon: Option<Vec<[f32; 2]>>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(rename = "o", default, skip_serializing_if = "LabelOrigin::is_drawn")]
    pub origin: LabelOrigin,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

impl StoredLabel {
    /// A label that was checked; `category`: the number of its category.
    pub fn of(label: Label, category: u32) -> Self {
        let Label { category: _, bbox, polygon, by, origin, track, score } = label;
        Self { category, bbox: bbox.map(Into::into), polygon, by, origin, track, score }
    }

    /// `category`: the name of its category.
    pub fn named(self, category: &str) -> Label {
        let Self { category: _, bbox, polygon, by, origin, track, score } = self;
        Label { category: category.to_owned(), bbox: bbox.map(Into::into), polygon, by, origin, track, score }
    }
}

pub struct Journal {
    files: Files,
    file: AppendFile,
    pub generation: Uuid,
    room_to: u64,
    /// Shorter than this it is not compacted.
    compact_from: u64,
}

/// A stretch of it that can't be read, and why.
#[derive(Debug)]
pub struct Unread {
    pub from: u64,
    pub to: u64,
    pub text: String,
}

/// The journal's file for those who read labels, without its lock: another takes its place when it is compacted.
pub struct JournalFile(RwLock<Both>);

struct Both {
    now: Handle,
    /// The one before, until the index points at places in the new one.
    before: Option<Handle>,
}

impl JournalFile {
    pub fn new(now: Handle) -> Self {
        Self(RwLock::new(Both { now, before: None }))
    }

    pub fn now(&self) -> Handle {
        self.0.read().now.clone()
    }

    /// Another takes its place; what the index still points at is found in the one before.
    pub fn turn(&self, next: Handle) {
        let mut files = self.0.write();
        files.before = Some(std::mem::replace(&mut files.now, next));
    }

    /// The index points at places in the new one only.
    pub fn settle(&self) {
        self.0.write().before = None;
    }

    /// The labels of a frame that the index says lie there.
    pub fn labels(&self, frame: FrameId, at: Pointer) -> Result<StoredLabels> {
        let (now, before) = {
            let files = self.0.read();
            (files.now.clone(), files.before.clone())
        };
        let read = read_labels(&*now, at);
        match (read, before) {
            (Ok(labels), _) if labels.frame == frame => Ok(labels),
            (_, Some(before)) => read_labels(&*before, at),
            (read, None) => read.and_then(|_| {
                Err(StoreError::Damaged(format!("labels.journal at byte {}: labels of another frame", at.offset)))
            }),
        }
    }
}

impl Journal {
    /// Opens or begins it.
    pub fn open(files: &Files, path: &Path) -> Result<Self> {
        let file = if files.is_there(path)? { files.append(path)? } else { files.create(path)? };
        file.hold();
        let mut journal =
            Self { files: files.clone(), file, generation: Uuid::nil(), room_to: 0, compact_from: COMPACT_FROM };
        match first(&*journal.file.handle(), journal.file.len()) {
            Some(generation) => journal.generation = generation,
            None if journal.file.len() < START => {
                // New, or torn while it was begun: nothing was acknowledged yet.
                journal.file.cut(0)?;
                journal.generation = Uuid::now_v7();
                let bytes = encode(journal.generation, &Logged::Start)?;
                journal.file.append(&bytes)?;
                journal.file.sync()?;
            }
            None => files.note(format!("the first record of {} is damaged; the rest is read", path.display())),
        }
        Ok(journal)
    }

    /// Appends durably: on disk when it returns.
    pub fn append(&mut self, entry: &Logged) -> Result<()> {
        self.append_all(std::slice::from_ref(entry)).map(drop)
    }

    /// Appends entries in one go: on disk when it returns. Answers where each of them lies. What fails is not in the
    /// journal, as far as the disk lets it be taken back.
    pub fn append_all(&mut self, entries: &[Logged]) -> Result<Vec<Pointer>> {
        let (mut bytes, mut pointers) = (Vec::new(), Vec::with_capacity(entries.len()));
        for entry in entries {
            let key = match entry {
                Logged::Labels(labels) => labels.frame.0,
                _ => Uuid::nil(),
            };
            let one = encode(key, entry)?;
            pointers.push(Pointer { offset: self.file.len() + bytes.len() as u64, total: one.len() as u64 });
            bytes.extend(one);
        }
        let files = self.files.clone();
        files.surely(|| self.write(&bytes))?;
        Ok(pointers)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let at = self.file.len();
        if at + ROOM / 2 > self.room_to {
            self.file.keep_room(ROOM);
            self.room_to = at + ROOM;
        }
        let written = self.file.append(bytes).and_then(|_| self.file.sync());
        if written.is_err() {
            self.file.take_back(at);
            // Cutting gave the room away.
            self.room_to = 0;
        }
        written
    }

    /// Whether it is still where it was.
    pub fn in_place(&self) -> Result<()> {
        self.file.in_place()
    }

    pub fn len(&self) -> u64 {
        self.file.len()
    }

    pub fn handle(&self) -> Handle {
        self.file.handle()
    }

    /// Replays everything from `from` on and cuts the torn tail.
    pub fn replay(&mut self, from: u64, mut apply: impl FnMut(Pointer, Logged) -> Result<()>) -> Result<()> {
        let (files, len) = (self.files.clone(), self.file.len());
        let end = walk(&*self.file.handle(), from, len, |item| match item {
            Ok((pointer, entry)) => apply(pointer, entry),
            Err(Unread { text, .. }) => {
                files.lost(format!("labels.journal: {text}; what was written there is lost"));
                Ok(())
            }
        })?;
        if end < len && self.generation.is_nil() {
            // Without its beginning nobody knows how far it was acknowledged: `check --repair` covers that up.
            let rest = len - end;
            files.lost(format!(
                "labels.journal can't be read at its beginning, nor in the last {rest} bytes: labels are lost"
            ));
        } else if end < len {
            files.note(format!(
                "labels.journal ends with {} torn bytes, which nobody was told are kept: they are cut",
                len - end
            ));
            self.file.cut(end)?;
        }
        Ok(())
    }

    /// Whether retention dropped frames after this byte of it.
    pub fn tells_of_dropped(&self, from: u64) -> Result<bool> {
        let mut found = false;
        walk(&*self.file.handle(), from.min(self.file.len()), self.file.len(), |item| {
            found |= matches!(item, Ok((_, Logged::Dropped(_))));
            Ok(())
        })?;
        Ok(found)
    }

    /// The frames that have labels, drafts among them, but for those that were deleted.
    pub fn labelled(&self) -> Result<BTreeSet<FrameId>> {
        let (mut labelled, mut deleted) = (BTreeSet::new(), BTreeSet::new());
        walk(&*self.file.handle(), 0, self.file.len(), |item| {
            match item {
                Ok((_, Logged::Labels(labels))) => {
                    match labels.phase > Phase::Unlabelled || labels.is_draft() {
                        true => labelled.insert(labels.frame),
                        false => labelled.remove(&labels.frame),
                    };
                }
                Ok((_, Logged::Deleted(frames))) => deleted.extend(frames),
                Ok((_, Logged::Restored(frames))) => deleted.retain(|id| !frames.contains(id)),
                _ => {}
            }
            Ok(())
        })?;
        Ok(&labelled - &deleted)
    }

    /// Whether so much of it is superseded that writing it anew pays.
    pub fn wants_compaction(&self, live: u64) -> bool {
        self.len() > self.compact_from && live < self.len() / 2
    }

    /// It could not be compacted, for a reason that lasts: it is not read in vain again before it has grown.
    pub fn put_off_compaction(&mut self) {
        self.compact_from = self.len() + COMPACT_FROM;
    }
}

/// The generation of what a journal becomes when it is compacted; a new one where it does not say which it is.
pub fn next(generation: Uuid) -> Uuid {
    if generation.is_nil() {
        return Uuid::now_v7();
    }
    let hash = Sha256::digest([b"compacted".as_slice(), generation.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Whether a journal of this generation is what one of an earlier one became.
pub fn follows(generation: Uuid, earlier: Uuid) -> bool {
    std::iter::successors(Some(earlier), |before| Some(next(*before))).skip(1).take(STEPS).any(|one| one == generation)
}

/// Reads a frame's labels.
pub fn read_labels(file: &dyn DiskFile, at: Pointer) -> Result<StoredLabels> {
    let damaged = |text: String| StoreError::Damaged(format!("labels.journal at byte {}: {text}", at.offset));
    let (_, meta, _) = record::read(file, record::JOURNAL, at.offset, at.total)
        .map_err(|e| StoreError::of_record(e, format_args!("labels.journal at byte {}", at.offset)))?;
    match serde_json::from_slice(&meta) {
        Ok(Logged::Labels(labels)) => Ok(labels),
        Ok(_) => Err(damaged("not a frame's labels".into())),
        Err(e) => Err(damaged(e.to_string())),
    }
}

/// Walks the journal; what can't be read is told. Answers the end of the last whole record.
pub fn walk(
    file: &dyn DiskFile,
    from: u64,
    len: u64,
    mut visit: impl FnMut(std::result::Result<(Pointer, Logged), Unread>) -> Result<()>,
) -> Result<u64> {
    record::scan(file, record::JOURNAL, from, len, Depth::Everything, |item| match item {
        Item::Damage { from, to, text } => visit(Err(Unread { from, to, text })),
        Item::Record { at, header, meta } => visit(match serde_json::from_slice(&meta) {
            Ok(entry) => Ok((Pointer { offset: at, total: header.total() }, entry)),
            Err(e) => {
                let text = format!("the record at byte {at} is not understood: {e}");
                Err(Unread { from: at, to: at + header.total(), text })
            }
        }),
    })
}

fn first(file: &dyn DiskFile, len: u64) -> Option<Uuid> {
    if len < START {
        return None;
    }
    let (header, meta, _) = record::read(file, record::JOURNAL, 0, START).ok()?;
    matches!(serde_json::from_slice(&meta), Ok(Logged::Start)).then(|| Uuid::from_bytes(header.key))
}

/// A record of it.
pub fn encode(key: Uuid, entry: &Logged) -> Result<Vec<u8>> {
    let meta = serde_json::to_vec(entry).map_err(|e| StoreError::Invalid(e.to_string()))?;
    record::encode(record::JOURNAL, key.into_bytes(), &meta, &[])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::GoneOrBack;
    use crate::store::disk::Real;

    pub fn files() -> Files {
        Files::on(std::sync::Arc::new(Real), Path::new("."))
    }

    pub fn entries(path: &Path) -> Vec<Logged> {
        let mut all = Vec::new();
        let mut journal = Journal::open(&files(), path).unwrap();
        journal
            .replay(0, |_, e| {
                all.push(e);
                Ok(())
            })
            .unwrap();
        all
    }

    pub fn labels(frame: FrameId, revision: u64) -> Logged {
        let label = Label {
            by: Some("Ada".into()),
            origin: LabelOrigin::Carried,
            track: Some("t1".into()),
            score: Some(0.7),
            ..Label::boxed("", [0.1, 1.0 / 3.0, 7.0, 1e-7].into())
        };
        let labels = vec![StoredLabel::of(label, 1), StoredLabel::of(Label::tag(""), 2)];
        let rejected = vec![StoredRejected { category: 1, bbox: Some([1.0, 2.0, 3.0, 4.0]), score: Some(0.5) }];
        Logged::Labels(StoredLabels {
            frame,
            revision,
            phase: Phase::Labelled,
            updated: Timestamp::UNIX_EPOCH,
            stamp: None,
            labels,
            rejected,
            marks: vec![TrackMark { track: "t2".into(), mark: GoneOrBack::Gone }],
            reviewed_by: Some("Ben".into()),
        })
    }

    #[test]
    fn a_torn_tail_costs_only_the_record_that_was_torn() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let mut journal = Journal::open(&files(), &path).unwrap();
        journal.append(&Logged::Boot(1)).unwrap();
        let whole = journal.len();
        journal.append(&labels(FrameId::new(), 1)).unwrap();
        let len = journal.len();
        drop(journal);
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        for cut in (whole..len).rev() {
            file.set_len(cut).unwrap();
            assert_eq!(entries(&path), [Logged::Start, Logged::Boot(1)]);
            assert_eq!(std::fs::metadata(&path).unwrap().len(), whole);
        }
    }
}
