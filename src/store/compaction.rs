//! The journal without what is superseded: read, and written beside it, while it goes on growing. What can't be read in it
//! is taken over as it is, for whoever wants to look at it; there the index is believed.

use super::durable::Files;
use super::journal::{self, Logged, encode, walk};
use super::successor::Successor;
use super::tables::categories::Categories;
use crate::domain::{Category, Example, FrameId, Side};
use crate::store::disk::{DiskFile, Handle};
use crate::store::error::{Result, What};
use crate::store::index::keys::Pointer;
use crate::store::record;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use uuid::Uuid;

/// A journal as it was at a moment, with what was known beside it then.
pub struct Old {
    pub file: Handle,
    pub len: u64,
    pub generation: Uuid,
    /// Deleted frames that still lie in their segments; of others that were deleted nothing counts.
    pub buried: BTreeSet<FrameId>,
    pub categories: Categories,
}

/// A journal that is to take the place of another, of the generation that follows on its own.
pub struct Next {
    out: Successor,
    /// Bytes of the one before that are in it.
    read: u64,
    /// Where what lay at a byte of the one before lies, and its length.
    places: BTreeMap<u64, (u64, u64)>,
    labels: BTreeSet<FrameId>,
    damaged: bool,
}

impl Next {
    /// With what still counts, in place of the one at `path`. `sides`: those that the index knows.
    pub fn of(
        files: &Files,
        path: &Path,
        old: &Old,
        sides: impl FnOnce() -> Result<BTreeMap<FrameId, Side>>,
    ) -> Result<Self> {
        let mut said = Said::by(&*old.file, old.len)?;
        said.without_gone(&old.buried);
        let mut entries = history(said.categories, old.categories.merged());
        if !said.damaged.is_empty() {
            said.sides.extend(sides()?);
            entries.extend(corrected(&entries, &old.categories));
            said.examples = old.categories.numbered().map(|(n, _)| (n, old.categories.examples(n).to_vec())).collect();
            said.order = old.categories.numbered().map(|(number, _)| number).collect();
        }
        let there = there(&entries);
        said.examples.retain(|number, examples| there.contains_key(number) && !examples.is_empty());
        entries.push(Logged::Sides(said.sides.into_iter().collect()));
        entries.extend([Logged::Boot(said.boot), Logged::Dropped(said.dropped)]);
        entries.extend(said.examples.into_iter().map(|(number, examples)| Logged::Examples { number, examples }));
        entries.extend(Some(said.order).filter(|order| !order.is_empty()).map(Logged::Order));

        let out = files.successor(path)?;
        let labels = said.labels.keys().copied().collect();
        let mut next = Self { out, read: old.len, places: BTreeMap::new(), labels, damaged: !said.damaged.is_empty() };
        next.out.append(&encode(journal::next(old.generation), &Logged::Start)?)?;
        // Whole records come behind it, so that it is no torn end.
        for (from, to) in said.damaged {
            next.places.insert(from, (next.out.len(), to - from));
            record::damaged(&*old.file, record::JOURNAL, (from, to), |bytes| next.out.append(bytes))?;
        }
        for entry in &entries {
            next.out.append(&encode(Uuid::nil(), entry)?)?;
        }
        for at in said.labels.into_values() {
            next.copy(&*old.file, at)?;
        }
        if !old.buried.is_empty() {
            next.out.append(&encode(Uuid::nil(), &Logged::Deleted(old.buried.iter().copied().collect()))?)?;
        }
        Ok(next)
    }

    fn copy(&mut self, file: &dyn DiskFile, at: Pointer) -> Result<()> {
        let what = || "read labels.journal".to_owned();
        let (header, meta, _) = record::read(file, record::JOURNAL, at.offset, at.total).what(what)?;
        self.places.insert(at.offset, (self.out.len(), at.total));
        self.out.append(&record::encode(record::JOURNAL, header.key, &meta, &[])?)
    }

    /// Takes over what was written to the one before since, up to its byte `len`.
    pub fn follow(&mut self, file: &dyn DiskFile, len: u64) -> Result<()> {
        let from = self.read;
        let end = walk(file, from, len, |item| {
            match item {
                Ok((_, Logged::Labels(labels))) => drop(self.labels.insert(labels.frame)),
                Ok(_) => {}
                Err(_) => self.damaged = true,
            }
            Ok(())
        })?;
        self.damaged |= end < len;
        self.places.insert(from, (self.out.len(), len - from));
        record::damaged(file, record::JOURNAL, (from, len), |bytes| self.out.append(bytes))?;
        self.read = len;
        Ok(())
    }

    /// Bytes of the one before that are in it.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// What it has so far is on disk.
    pub fn sync(&mut self) -> Result<()> {
        self.out.sync()
    }

    /// It takes the place of the one before. What is left says where things lie in it.
    pub fn succeed(self, files: &Files) -> (Result<()>, Moved) {
        let Self { out, places, labels, damaged, .. } = self;
        (files.succeed(out), Moved { places, labels, damaged })
    }
}

/// Where what lay in a journal lies in the one that took its place.
pub struct Moved {
    places: BTreeMap<u64, (u64, u64)>,
    /// Frames of which there are labels that can be read.
    pub labels: BTreeSet<FrameId>,
    /// There are stretches that can't be read: any frame's labels may lie there.
    pub damaged: bool,
}

impl Moved {
    /// Where this lies now; `None`: it was superseded.
    pub fn place(&self, at: Pointer) -> Option<Pointer> {
        let (from, (to, len)) = self.places.range(..=at.offset).next_back()?;
        let inside = at.offset - from;
        (inside < *len).then(|| Pointer { offset: to + inside, ..at })
    }
}

/// What a journal says, as far as it counts.
#[derive(Default)]
struct Said {
    labels: BTreeMap<FrameId, Pointer>,
    categories: Vec<Logged>,
    examples: BTreeMap<u32, Vec<Example>>,
    order: Vec<u32>,
    sides: BTreeMap<FrameId, Side>,
    boot: u64,
    dropped: u64,
    deleted: BTreeSet<FrameId>,
    /// Stretches that can't be read.
    damaged: Vec<(u64, u64)>,
}

impl Said {
    fn by(file: &dyn DiskFile, len: u64) -> Result<Self> {
        let mut said = Self::default();
        let end = walk(file, 0, len, |item| {
            match item {
                Ok((pointer, Logged::Labels(l))) => drop(said.labels.insert(l.frame, pointer)),
                Ok((_, entry @ (Logged::Category { .. } | Logged::CategoryRemoved { .. }))) => {
                    said.categories.push(entry)
                }
                Ok((_, Logged::Deleted(frames))) => said.deleted.extend(frames),
                Ok((_, Logged::Restored(frames))) => said.deleted.retain(|id| !frames.contains(id)),
                Ok((_, Logged::Examples { number, examples })) => drop(said.examples.insert(number, examples)),
                Ok((_, Logged::Order(numbers))) => said.order = numbers,
                Ok((_, Logged::Sides(more))) => said.sides.extend(more),
                Ok((_, Logged::Boot(n))) => said.boot = n,
                Ok((_, Logged::Dropped(n))) => said.dropped = n,
                Ok((_, Logged::Start)) => {}
                Err(unread) => {
                    tracing::warn!("labels.journal: {}; it is kept as it is", unread.text);
                    said.damaged.push((unread.from, unread.to));
                }
            }
            Ok(())
        })?;
        if end < len {
            // All of it was acknowledged, so that this is no torn end.
            said.damaged.push((end, len));
        }
        Ok(said)
    }

    /// Without the labels of frames that are gone for good; all stay where it can't be read which came back.
    fn without_gone(&mut self, buried: &BTreeSet<FrameId>) {
        if self.damaged.is_empty() {
            self.labels.retain(|id, _| !self.deleted.contains(id) || buried.contains(id));
        }
    }
}

/// What the index knows better of categories than these entries, which are followed by others that can't be read.
fn corrected(entries: &[Logged], known: &Categories) -> Vec<Logged> {
    let there = there(entries);
    let gone = there.keys().filter(|number| known.by_number(**number).is_none());
    let gone =
        gone.map(|number| Logged::CategoryRemoved { number: *number, into: known.merged().get(number).copied() });
    let other = known.numbered().filter(|(number, category)| there.get(number) != Some(category));
    let other = other.map(|(number, category)| Logged::Category { number, category: category.clone() });
    gone.chain(other).collect()
}

/// The categories that are there after these entries.
fn there(entries: &[Logged]) -> BTreeMap<u32, &Category> {
    let mut there = BTreeMap::new();
    for entry in entries {
        match entry {
            Logged::Category { number, category } => drop(there.insert(*number, category)),
            Logged::CategoryRemoved { number, .. } => drop(there.remove(number)),
            _ => {}
        }
    }
    there
}

/// What of the records of categories still counts: each name that one had, as models and phones may still say it, its end,
/// and what it is now. `merged`: what categories became, which earlier versions did not write.
fn history(records: Vec<Logged>, merged: &BTreeMap<u32, u32>) -> Vec<Logged> {
    let (mut kept, mut there): (Vec<Logged>, BTreeMap<u32, usize>) = (Vec::new(), BTreeMap::new());
    for record in records {
        match record {
            Logged::Category { number, ref category } => {
                let before = there.get(&number).copied();
                let same = before.filter(
                    |at| matches!(&kept[*at], Logged::Category { category: old, .. } if old.name == category.name),
                );
                match same {
                    Some(at) => kept[at] = record,
                    None => {
                        there.insert(number, kept.len());
                        kept.push(record);
                    }
                }
            }
            Logged::CategoryRemoved { number, into } => {
                there.remove(&number);
                kept.push(Logged::CategoryRemoved { number, into: into.or_else(|| merged.get(&number).copied()) });
            }
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::Changes;
    use crate::store::journal::Journal;
    use crate::store::journal::tests::{entries, files, labels};

    #[test]
    fn compaction_keeps_the_last_word_on_everything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let mut journal = Journal::open(&files(), &path).unwrap();
        let before = journal.generation;
        let [a, b, gone, back] = [(); 4].map(|_| FrameId::new());
        let category = |name: &str| Category {
            name: name.into(),
            colour: "#000000".into(),
            instructions: String::new(),
            kind: Default::default(),
        };
        for entry in [
            Logged::Category { number: 1, category: category("w") },
            Logged::Category { number: 2, category: category("y") },
            Logged::Category { number: 1, category: Category { colour: "#ffffff".into(), ..category("x") } },
            Logged::Category { number: 1, category: category("x") },
            Logged::Category { number: 3, category: category("z") },
            Logged::CategoryRemoved { number: 3, into: Some(1) },
            labels(a, 1),
            Logged::Sides(vec![(a, Side::Training)]),
            labels(b, 1),
            Logged::Boot(3),
            Logged::CategoryRemoved { number: 2, into: None },
            labels(a, 2),
            Logged::Sides(vec![(b, Side::Validation)]),
            Logged::Dropped(9),
            labels(gone, 1),
            Logged::Deleted(vec![b, gone, back]),
            Logged::Restored(vec![back]),
        ] {
            journal.append(&entry).unwrap();
        }
        let mut categories = Categories::default();
        categories.remove(&mut Changes::default(), 2, Some(1));
        let (file, len, generation) = (journal.handle(), journal.len(), journal.generation);
        let old = Old { file, len, generation, buried: BTreeSet::from([b]), categories };
        let mut next = Next::of(&files(), &path, &old, || unreachable!("all of it can be read")).unwrap();
        // Written meanwhile.
        journal.append(&labels(a, 3)).unwrap();
        next.follow(&*journal.handle(), journal.len()).unwrap();
        next.succeed(&files()).0.unwrap();
        assert_eq!(
            entries(&path),
            [
                Logged::Start,
                Logged::Category { number: 1, category: category("w") },
                Logged::Category { number: 2, category: category("y") },
                Logged::Category { number: 1, category: category("x") },
                Logged::Category { number: 3, category: category("z") },
                Logged::CategoryRemoved { number: 3, into: Some(1) },
                Logged::CategoryRemoved { number: 2, into: Some(1) },
                Logged::Sides(vec![(a, Side::Training), (b, Side::Validation)]),
                Logged::Boot(3),
                Logged::Dropped(9),
                labels(a, 2),
                labels(b, 1),
                Logged::Deleted(vec![b]),
                labels(a, 3),
            ]
        );
        let after = Journal::open(&files(), &path).unwrap().generation;
        assert!(after != before && journal::follows(after, before) && !journal::follows(before, after));
    }
}
