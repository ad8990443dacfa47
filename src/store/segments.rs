//! Segment files: append-only, up to 32 MB, holding frame records.
//!
//! Two series share one count: `NNNNNNNNNN.seg` as frames arrive, `NNNNNNNNNN.kept` for labelled frames copied forward
//! by retention. Only the last file of a series is written; it is synced before the next one is begun.

use super::disk::Handle;
use super::durable::{AppendFile, Files};
use super::error::{Result, StoreError, What};
use super::index::keys::Location;
use super::record;
use crate::domain::FrameId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// As frames arrive.
    Plain,
    /// Copied forward because they are labelled.
    Kept,
}

impl Series {
    fn extension(self) -> &'static str {
        match self {
            Self::Plain => "seg",
            Self::Kept => "kept",
        }
    }

    /// Name of the index's mark for the end of the series.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Kept => "kept",
        }
    }
}

/// A segment on disk.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub series: Series,
    pub len: u64,
    /// By real blocks.
    pub on_disk: u64,
}

struct Active {
    number: u32,
    file: AppendFile,
}

/// All segments, and the ends that grow.
pub struct Segments {
    on: Files,
    dir: PathBuf,
    /// Bytes at which a segment is full.
    size: u64,
    pub files: BTreeMap<u32, Segment>,
    plain: Option<Active>,
    kept: Option<Active>,
    next: u32,
}

/// Path of a segment.
pub fn path(dir: &Path, number: u32, series: Series) -> PathBuf {
    dir.join(format!("{number:010}.{}", series.extension()))
}

/// Reads a frame's record, verified: whose it is, and its JPEG. `None` when its segment is gone.
pub fn read(files: &Files, dir: &Path, at: Location) -> Result<Option<(FrameId, Vec<u8>)>> {
    for series in [Series::Plain, Series::Kept] {
        let path = path(dir, at.segment, series);
        if let Some((file, _)) = files.open(&path)? {
            return match record::read(&*file, record::FRAME, at.offset, at.total) {
                Ok((header, _, jpeg)) => Ok(Some((FrameId(uuid::Uuid::from_bytes(header.key)), jpeg))),
                Err(e) => Err(StoreError::of_record(e, format_args!("{} at byte {}", path.display(), at.offset))),
            };
        }
    }
    Ok(None)
}

/// A segment's file, if it is still there.
pub fn file_of(files: &Files, segments_dir: &Path, number: u32) -> Result<Option<Handle>> {
    for series in [Series::Plain, Series::Kept] {
        if let Some((file, _)) = files.open(&path(segments_dir, number, series))? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

impl Segments {
    /// Lists what is there; `continue_at` takes up writing once recovery has cut the ends.
    pub fn open(on: &Files, dir: &Path, size: u64) -> Result<Self> {
        on.make_folder(dir)?;
        let mut files = BTreeMap::new();
        let mut twice = Vec::new();
        // In one order, so that of two files of one number the first to arrive is the same at every opening.
        let mut paths = on.list(dir)?;
        paths.sort_by_key(|path| (path.extension() == Some("kept".as_ref()), path.clone()));
        for path in paths {
            let number = path.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse::<u32>().ok());
            let series = match path.extension().and_then(|e| e.to_str()) {
                Some("seg") => Series::Plain,
                Some("kept") => Series::Kept,
                _ => continue,
            };
            if let Some(number) = number {
                let found = on.disk().look(&path).what(|| format!("read {}", path.display()))?;
                if !found.file {
                    return Err(StoreError::Damaged(format!(
                        "{} is no file, where a segment should be: take it away",
                        path.display()
                    )));
                }
                let segment = Segment { series, len: found.len, on_disk: found.on_disk };
                match files.entry(number) {
                    Entry::Vacant(free) => drop(free.insert(segment)),
                    Entry::Occupied(_) => twice.push((path, segment)),
                }
            }
        }
        let mut next = files.last_key_value().map_or(1, |(n, _)| n + 1);
        for (from, segment) in twice {
            // Earlier versions could give a number twice. Under one of its own nothing of it is hidden.
            let to = path(dir, next, segment.series);
            on.note(format!("two segments have one number: {} becomes {}", from.display(), to.display()));
            on.rename(&from, &to)?;
            files.insert(next, segment);
            next += 1;
        }
        Ok(Self { on: on.clone(), dir: dir.into(), size, files, plain: None, kept: None, next })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Numbers of a series, oldest first.
    pub fn numbers(&self, series: Series) -> Vec<u32> {
        self.files.iter().filter(|(_, s)| s.series == series).map(|(n, _)| *n).collect()
    }

    /// Where a segment lies.
    pub fn path_of(&self, number: u32) -> PathBuf {
        let series = self.files.get(&number).map_or(Series::Plain, |segment| segment.series);
        path(&self.dir, number, series)
    }

    /// Bytes of all segments on disk.
    pub fn on_disk(&self) -> u64 {
        self.files.values().map(|s| s.on_disk).sum()
    }

    /// Whether it is still written to.
    pub fn is_active(&self, number: u32) -> bool {
        [&self.plain, &self.kept].into_iter().flatten().any(|a| a.number == number)
    }

    /// Takes up writing at the end of the series' last segment, its tail cut to `end`.
    pub fn continue_at(&mut self, number: u32, file: AppendFile) -> Result<()> {
        let Some(segment) = self.files.get_mut(&number) else { return Ok(()) };
        (segment.len, segment.on_disk) = (file.len(), file.on_disk()?);
        file.hold();
        *match segment.series {
            Series::Plain => &mut self.plain,
            Series::Kept => &mut self.kept,
        } = Some(Active { number, file });
        Ok(())
    }

    /// Appends a record. Not on disk before it is synced.
    pub fn append(&mut self, series: Series, bytes: &[u8]) -> Result<Location> {
        let total = bytes.len() as u64;
        let full = |a: &Active, size: u64| a.file.len() > 0 && a.file.len() + total > size;
        if self.active(series).as_ref().is_none_or(|a| full(a, self.size)) {
            self.begin(series)?;
        }
        let slot = match series {
            Series::Plain => &mut self.plain,
            Series::Kept => &mut self.kept,
        };
        let active = slot.as_mut().ok_or_else(|| StoreError::Damaged("no segment is open".into()))?;
        let offset = active.file.append(bytes)?;
        let location = Location { segment: active.number, offset, total };
        if let Some(segment) = self.files.get_mut(&location.segment) {
            (segment.len, segment.on_disk) = (active.file.len(), active.file.on_disk()?);
        }
        Ok(location)
    }

    /// Takes back the record appended last.
    pub fn take_back(&mut self, location: Location) {
        for active in [&mut self.plain, &mut self.kept].into_iter().flatten() {
            if active.number == location.segment && active.file.len() == location.end() {
                active.file.take_back(location.offset);
                if let Some(segment) = self.files.get_mut(&location.segment) {
                    segment.len = location.offset;
                }
            }
        }
    }

    /// Ends a series' segment: synced, and written no more. The next append begins a new one.
    pub fn seal(&mut self, series: Series) -> Result<()> {
        let slot = match series {
            Series::Plain => &mut self.plain,
            Series::Kept => &mut self.kept,
        };
        if let Some(mut active) = slot.take() {
            let synced = active.file.sync();
            match synced {
                Ok(()) => active.file.let_go(),
                Err(_) => *slot = Some(active),
            }
            synced?;
        }
        Ok(())
    }

    fn begin(&mut self, series: Series) -> Result<()> {
        self.seal(series)?;
        let number = self.next;
        // Whatever becomes of it: a file that could not be made may be there all the same, and its number is taken.
        self.next += 1;
        let file = self.on.create(&path(&self.dir, number, series))?;
        self.files.insert(number, Segment { series, len: 0, on_disk: 0 });
        self.continue_at(number, file)
    }

    fn active(&self, series: Series) -> &Option<Active> {
        match series {
            Series::Plain => &self.plain,
            Series::Kept => &self.kept,
        }
    }

    /// Syncs a series' end.
    pub fn sync(&mut self, series: Series) -> Result<()> {
        match series {
            Series::Plain => &mut self.plain,
            Series::Kept => &mut self.kept,
        }
        .as_mut()
        .map_or(Ok(()), |a| a.file.sync())
    }

    /// Where a series ends (segment, length), and how to sync up to there without holding this.
    pub fn end(&self, series: Series) -> Option<(u32, u64, Handle)> {
        self.active(series).as_ref().map(|a| (a.number, a.file.len(), a.file.handle()))
    }

    /// The handle to sync before a record may be relied on; `None` when it is on disk already.
    pub fn unsynced(&self, at: Location) -> Option<(u32, u64, Handle)> {
        let active = [&self.plain, &self.kept].into_iter().flatten().find(|a| a.number == at.segment)?;
        (active.file.synced() < at.end()).then(|| (active.number, active.file.len(), active.file.handle()))
    }

    /// Somebody synced the handle of a segment that had grown up to `end`.
    pub fn note_synced(&mut self, number: u32, end: u64) {
        for active in [&mut self.plain, &mut self.kept].into_iter().flatten() {
            if active.number == number {
                active.file.note_synced(end);
            }
        }
    }

    /// Somebody's sync of the handle of a segment failed.
    pub fn note_unsynced(&mut self, number: u32) {
        for active in [&mut self.plain, &mut self.kept].into_iter().flatten() {
            if active.number == number {
                active.file.note_unsynced();
            }
        }
    }

    /// Makes good what an earlier sync of an end left in doubt.
    pub fn mend(&mut self) -> Result<()> {
        let mut ends = [&mut self.plain, &mut self.kept].into_iter().flatten();
        ends.try_for_each(|active| if active.file.is_suspect() { active.file.sync() } else { Ok(()) })
    }

    /// Removes a segment's file.
    pub fn remove(&mut self, number: u32) -> Result<()> {
        if let Some(segment) = self.files.get(&number) {
            self.on.remove(&path(&self.dir, number, segment.series))?;
            self.files.remove(&number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;

    fn files() -> Files {
        Files::on(std::sync::Arc::new(Real), Path::new("."))
    }

    #[test]
    fn a_full_segment_is_followed_by_the_next_and_both_series_share_the_count() {
        let dir = tempfile::tempdir().unwrap();
        let mut segments = Segments::open(&files(), dir.path(), 100).unwrap();
        let at = |s: &mut Segments, series| s.append(series, &[0; 60]).unwrap().segment;
        assert_eq!(at(&mut segments, Series::Plain), 1);
        assert_eq!(at(&mut segments, Series::Plain), 2);
        assert_eq!(at(&mut segments, Series::Kept), 3);
        assert_eq!(at(&mut segments, Series::Plain), 4);
        assert_eq!(segments.numbers(Series::Plain), [1, 2, 4]);
        segments.remove(1).unwrap();
        let again = Segments::open(&files(), dir.path(), 100).unwrap();
        assert_eq!(again.files.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(again.next, 5);
    }

    #[test]
    fn a_record_longer_than_a_segment_gets_one_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let mut segments = Segments::open(&files(), dir.path(), 100).unwrap();
        segments.append(Series::Plain, &[0; 10]).unwrap();
        assert_eq!(segments.append(Series::Plain, &[0; 500]).unwrap().offset, 0);
        assert_eq!(segments.append(Series::Plain, &[0; 10]).unwrap().segment, 3);
    }
}
