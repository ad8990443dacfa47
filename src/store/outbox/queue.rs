//! The files of the queue, and where each message lies in them.

use super::item::{Item, Told, list, ranges};
use crate::store::disk::Handle;
use crate::store::durable::{AppendFile, Files};
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, Depth, Magic, OUTBOX};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const MAGIC: Magic = OUTBOX;
const MESSAGE: u8 = 1;
const MARK: u8 = 2;

/// Where a message lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    segment: u32,
    at: u32,
    total: u32,
}

struct Segment {
    file: Handle,
    len: u64,
    /// Messages in it that wait, and their bytes.
    live: usize,
    live_bytes: u64,
}

/// Numbers that are done with, from one to another, and what was told.
#[derive(Default, Serialize, Deserialize)]
struct Mark {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: Vec<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    told: Vec<Told>,
}

/// The queue on disk.
pub struct Queue {
    files: Files,
    dir: PathBuf,
    /// Bytes at which a segment is full.
    full: u64,
    segments: BTreeMap<u32, Segment>,
    /// The last segment, where it can be appended to.
    current: Option<AppendFile>,
    next: u32,
    places: BTreeMap<u64, Place>,
    told: BTreeMap<String, String>,
    /// Could not be read when they were copied.
    lost: Vec<u64>,
}

impl Queue {
    /// Reads what is there; what is damaged is passed over and told. `read` makes of the metadata and the length of the
    /// body, in bytes, of each message what the caller needs of it; `None` where it can't.
    pub fn open<T>(
        files: &Files,
        dir: &Path,
        full: u64,
        mut read: impl FnMut(&[u8], u64) -> Option<T>,
    ) -> Result<(Self, Vec<(u64, T)>)> {
        files.make_folder(dir)?;
        let mut queue = Self {
            files: files.clone(),
            dir: dir.to_owned(),
            full,
            segments: BTreeMap::new(),
            current: None,
            next: 1,
            places: BTreeMap::new(),
            told: BTreeMap::new(),
            lost: Vec::new(),
        };
        let mut waiting = BTreeMap::new();
        let numbers: BTreeSet<u32> = files.list(dir)?.iter().filter_map(|path| number_of(path)).collect();
        for number in &numbers {
            queue.read_segment(*number, &mut |number, meta, length| match read(meta, length) {
                Some(one) => {
                    waiting.insert(number, one);
                    true
                }
                None => false,
            })?;
        }
        waiting.retain(|number, _| queue.places.contains_key(number));
        queue.next = numbers.last().map_or(1, |last| last + 1);
        if let Some(last) = numbers.last() {
            queue.go_on(*last);
        }
        queue.remove_done();
        Ok((queue, waiting.into_iter().collect()))
    }

    fn read_segment(&mut self, number: u32, read: &mut dyn FnMut(u64, &[u8], u64) -> bool) -> Result<()> {
        let path = self.path(number);
        let Some((file, len)) = self.files.open(&path)? else { return Ok(()) };
        self.segments.insert(number, Segment { file: file.clone(), len, live: 0, live_bytes: 0 });
        let damage = |text: &str| tracing::error!("{}: {text}; messages in there are lost", path.display());
        let end = record::scan(&*file, MAGIC, 0, len, Depth::Everything, |item| {
            match item {
                record::Item::Record { at, header, meta } if header.key[0] == MESSAGE => {
                    let of = numbered(&header.key);
                    match (u32::try_from(at), u32::try_from(header.total())) {
                        (Ok(at), Ok(total)) if read(of, &meta, u64::from(header.body_len)) => {
                            self.place(of, Place { segment: number, at, total });
                        }
                        _ => damage("a message is not understood"),
                    }
                }
                record::Item::Record { meta, .. } => match serde_json::from_slice::<Mark>(&meta) {
                    Ok(mark) => self.apply(mark),
                    Err(e) => damage(&format!("a mark is not understood: {e}")),
                },
                record::Item::Damage { text, .. } => damage(&text),
            }
            Ok(())
        })?;
        if end < len {
            tracing::warn!("{}: {} bytes at its end are no whole message", path.display(), len - end);
        }
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.len = end;
        }
        Ok(())
    }

    /// The last segment is gone on with, if its torn tail can be cut; else a new one is begun.
    fn go_on(&mut self, number: u32) {
        let Some(segment) = self.segments.get(&number) else { return };
        let end = segment.len;
        let opened = self.files.append(&self.path(number)).and_then(|mut file| {
            if file.len() > end {
                file.cut(end)?;
            }
            Ok(file)
        });
        match opened {
            Ok(file) => self.current = Some(file),
            Err(error) => tracing::warn!("a new segment of the outbox is begun: {error}"),
        }
    }

    pub fn told(&self) -> &BTreeMap<String, String> {
        &self.told
    }

    /// The number after all that wait.
    pub fn next_number(&self) -> u64 {
        self.places.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    /// Numbers that turned out to be lost since this was last asked.
    pub fn take_lost(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.lost)
    }

    /// Writes messages, then which are done with and what was told; on disk when it returns. Answers how many of the
    /// messages are, also where the rest failed.
    pub fn commit(
        &mut self,
        items: &[Item],
        done: &BTreeSet<u64>,
        told: &BTreeMap<String, String>,
    ) -> (usize, Result<()>) {
        let mut written = 0;
        // Only what is on disk needs a mark.
        let done: BTreeSet<u64> = done.iter().copied().filter(|number| self.places.contains_key(number)).collect();
        let mark = Mark { done: ranges(&done), told: list(told) };
        loop {
            match self.write_some(&items[written..], &mark) {
                Ok(more) => written += more,
                Err(error) => return (written, Err(error)),
            }
            if written == items.len() {
                break;
            }
        }
        self.apply(mark);
        self.remove_done();
        if let Err(error) = self.copy_oldest() {
            tracing::warn!("the outbox takes more room than it needs: {error}");
        }
        (written, Ok(()))
    }

    /// As many messages as the segment takes; the mark with the last of them.
    fn write_some(&mut self, items: &[Item], mark: &Mark) -> Result<usize> {
        let (mut bytes, mut placed) = (Vec::new(), Vec::new());
        let base = self.begun(&mut bytes)?;
        for item in items {
            if !placed.is_empty() && base + bytes.len() as u64 >= self.full {
                break;
            }
            let record = record::encode(MAGIC, key(MESSAGE, item.number), &item.meta, &item.body)?;
            placed.push((item.number, base + bytes.len() as u64, record.len()));
            bytes.extend(record);
        }
        if placed.len() == items.len() && !(mark.done.is_empty() && mark.told.is_empty()) {
            bytes.extend(mark_record(mark)?);
        }
        self.write(&bytes)?;
        let Some((&segment, _)) = self.segments.last_key_value() else { return Ok(0) };
        for (number, at, total) in &placed {
            // A segment is far smaller than 4 GB.
            self.place(*number, Place { segment, at: *at as u32, total: *total as u32 });
        }
        Ok(placed.len())
    }

    /// Where the next bytes go. A full segment is followed by a new one, which begins with all that was told.
    fn begun(&mut self, bytes: &mut Vec<u8>) -> Result<u64> {
        if self.current.as_ref().is_none_or(|file| file.len() >= self.full) {
            let number = self.next;
            // Another one should this fail half way.
            self.next += 1;
            // Somebody may have removed it.
            self.files.make_folder(&self.dir)?;
            let file = self.files.create(&self.path(number))?;
            let segment = Segment { file: file.handle(), len: 0, live: 0, live_bytes: 0 };
            self.segments.insert(number, segment);
            self.current = Some(file);
        }
        let base = self.current.as_ref().map_or(0, AppendFile::len);
        if base == 0 {
            bytes.extend(mark_record(&Mark { done: Vec::new(), told: list(&self.told) })?);
        }
        Ok(base)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &mut self.current else { return Err(StoreError::Damaged("the outbox has no file".into())) };
        let appended = file.append(bytes);
        // Removed, or another in its place: a new one is begun.
        let gone = matches!(appended, Err(StoreError::Gone(_)));
        if let Err(error) = appended.and_then(|_| file.sync()) {
            // Nobody knows what of it is on disk: it is not built upon. What failed to be appended is cut.
            if gone || file.is_suspect() {
                self.current = None;
            }
            return Err(error);
        }
        let len = file.len();
        if let Some(mut last) = self.segments.last_entry() {
            last.get_mut().len = len;
        }
        Ok(())
    }

    /// A message as it was put in; `None` where it does not wait. Error: it can't be read, and is gone from now on where it
    /// is damaged.
    pub fn read(&mut self, number: u64) -> Result<Option<Item>> {
        let Some(place) = self.places.get(&number).copied() else { return Ok(None) };
        let Some(segment) = self.segments.get(&place.segment) else { return Ok(None) };
        let read = record::read(&*segment.file, MAGIC, u64::from(place.at), u64::from(place.total));
        match read {
            Ok((header, meta, body)) if numbered(&header.key) == number => {
                Ok(Some(Item { number, meta: Bytes::from(meta), body: Bytes::from(body) }))
            }
            other => {
                let why = other.err().map_or_else(|| "another message lies there".to_owned(), |e| e.to_string());
                self.forget(number);
                Err(StoreError::Damaged(format!("{}: {why}", self.path(place.segment).display())))
            }
        }
    }

    fn place(&mut self, number: u64, place: Place) {
        self.forget(number);
        if let Some(segment) = self.segments.get_mut(&place.segment) {
            segment.live += 1;
            segment.live_bytes += u64::from(place.total);
            self.places.insert(number, place);
        }
    }

    fn forget(&mut self, number: u64) {
        if let Some(place) = self.places.remove(&number)
            && let Some(segment) = self.segments.get_mut(&place.segment)
        {
            segment.live -= 1;
            segment.live_bytes -= u64::from(place.total);
        }
    }

    fn apply(&mut self, mark: Mark) {
        for (from, to) in mark.done {
            let done: Vec<u64> = self.places.range(from..=to.max(from)).map(|(number, _)| *number).collect();
            done.into_iter().for_each(|number| self.forget(number));
        }
        for Told { of, upto } in mark.told {
            // Said to be nothing any more.
            if upto.is_empty() {
                self.told.remove(&of);
            } else {
                self.told.insert(of, upto);
            }
        }
    }

    /// Removes segments from the oldest on, as far as nothing in them waits.
    fn remove_done(&mut self) {
        while self.segments.len() > 1
            && let Some((&number, segment)) = self.segments.first_key_value()
            && segment.live == 0
        {
            if let Err(error) = self.files.remove(&self.path(number)) {
                tracing::warn!("a segment of the outbox could not be removed: {error}");
                return;
            }
            self.segments.remove(&number);
        }
    }

    /// Where the files take half more than what waits: what waits in the oldest is copied to the end, and it goes.
    fn copy_oldest(&mut self) -> Result<()> {
        let (all, live) = self.segments.values().fold((0, 0), |(all, live), s| (all + s.len, live + s.live_bytes));
        if self.segments.len() < 2 || all <= live + live / 2 + 2 * self.full {
            return Ok(());
        }
        let Some((&oldest, _)) = self.segments.first_key_value() else { return Ok(()) };
        let inside: Vec<u64> = self.places.iter().filter(|(_, p)| p.segment == oldest).map(|(n, _)| *n).collect();
        let mut items = Vec::with_capacity(inside.len());
        for number in inside {
            match self.read(number) {
                Ok(item) => items.extend(item),
                Err(error) => {
                    tracing::error!("a message of the outbox is lost: {error}");
                    self.lost.push(number);
                }
            }
        }
        let mut written = 0;
        while written < items.len() {
            written += self.write_some(&items[written..], &Mark::default())?;
        }
        self.remove_done();
        Ok(())
    }

    fn path(&self, number: u32) -> PathBuf {
        self.dir.join(format!("{number:08}.seg"))
    }
}

fn key(kind: u8, number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[0] = kind;
    key[8..].copy_from_slice(&number.to_le_bytes());
    key
}

fn numbered(key: &[u8; 16]) -> u64 {
    key[8..].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn number_of(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok()
}

fn mark_record(mark: &Mark) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(mark).map_err(|e| StoreError::Invalid(e.to_string()))?;
    record::encode(MAGIC, key(MARK, 0), &json, &[])
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
