//! The journal without what is superseded.

use super::journal::{self, Journal, Logged, encode, walk};
use crate::domain::FrameId;
use crate::store::error::{Result, StoreError, What};
use crate::store::index::keys::Pointer;
use crate::store::record;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A journal that is to take the place of another.
pub struct Compacted {
    pub bytes: Vec<u8>,
    /// Where labels lie in it.
    pub moved: Vec<(FrameId, Pointer)>,
}

/// The journal with what still counts, of the generation that follows on its own. `buried`: deleted frames that still lie in their segments; of others that were deleted nothing counts. `merged`: what categories became, which
/// earlier versions did not write.
pub fn compacted(journal: &Journal, buried: &BTreeSet<FrameId>, merged: &BTreeMap<u32, u32>) -> Result<Compacted> {
    let (file, len) = (journal.handle(), journal.len());
    let (mut labels, mut sides, mut categories) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let (mut deleted, mut order, mut examples) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
    let (mut boot, mut dropped) = (0, 0);
    let mut damaged = None;
    walk(&*file, 0, len, |item| {
        match item {
            Ok((pointer, Logged::Labels(l))) => drop(labels.insert(l.frame, pointer)),
            Ok((_, entry @ Logged::Category { .. })) => categories.push(entry),
            Ok((_, Logged::CategoryRemoved { number, into })) => {
                let into = into.or_else(|| merged.get(&number).copied());
                categories.push(Logged::CategoryRemoved { number, into });
            }
            Ok((_, Logged::Deleted(frames))) => deleted.extend(frames),
            Ok((_, Logged::Restored(frames))) => deleted.retain(|id| !frames.contains(id)),
            Ok((_, Logged::Examples { number, examples: some })) => drop(examples.insert(number, some)),
            Ok((_, Logged::Order(numbers))) => order = numbers,
            Ok((_, Logged::Sides(more))) => sides.extend(more),
            Ok((_, Logged::Boot(n))) => boot = n,
            Ok((_, Logged::Dropped(n))) => dropped = n,
            Ok((_, Logged::Start)) => {}
            Err(text) => damaged = Some(text),
        }
        Ok(())
    })?;
    if let Some(text) = damaged {
        // Somebody may still want to look at the damaged stretch: keep everything as it is.
        return Err(StoreError::Damaged(format!("labels.journal is not compacted: {text}")));
    }
    let mut out = encode(journal::next(journal.generation), &Logged::Start)?;
    labels.retain(|id, _| !deleted.contains(id) || buried.contains(id));
    deleted.retain(|id| buried.contains(id));
    let (mut entries, there) = history(categories);
    examples.retain(|number, _| there.contains(number));
    entries.push(Logged::Sides(sides.into_iter().collect()));
    entries.extend([Logged::Boot(boot), Logged::Dropped(dropped)]);
    entries.extend(examples.into_iter().map(|(number, examples)| Logged::Examples { number, examples }));
    entries.extend(Some(order).filter(|order| !order.is_empty()).map(Logged::Order));
    for entry in &entries {
        out.extend(encode(Uuid::nil(), entry)?);
    }
    let mut moved = Vec::with_capacity(labels.len());
    for (frame, pointer) in labels {
        let (header, meta, _) = record::read(&*file, record::JOURNAL, pointer.offset, pointer.total)
            .what(|| "read labels.journal".to_owned())?;
        let one = record::encode(record::JOURNAL, header.key, &meta, &[])?;
        moved.push((frame, Pointer { offset: out.len() as u64, total: one.len() as u64 }));
        out.extend(one);
    }
    if !deleted.is_empty() {
        out.extend(encode(Uuid::nil(), &Logged::Deleted(deleted.into_iter().collect()))?);
    }
    Ok(Compacted { bytes: out, moved })
}

/// What of the records of categories still counts: each name that one had, as models and phones may still say it, its end,
/// and what it is now. Also the numbers of those that are there.
fn history(records: Vec<Logged>) -> (Vec<Logged>, BTreeSet<u32>) {
    let (mut kept, mut there): (Vec<Logged>, BTreeMap<u32, usize>) = (Vec::new(), BTreeMap::new());
    for record in records {
        match &record {
            Logged::Category { number, category } => {
                let before = there.get(number).copied();
                let same = before.filter(
                    |at| matches!(&kept[*at], Logged::Category { category: old, .. } if old.name == category.name),
                );
                match same {
                    Some(at) => kept[at] = record,
                    None => {
                        there.insert(*number, kept.len());
                        kept.push(record);
                    }
                }
            }
            Logged::CategoryRemoved { number, .. } => {
                there.remove(number);
                kept.push(record);
            }
            _ => {}
        }
    }
    (kept, there.into_keys().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Category, Side};
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
        let Compacted { bytes, .. } = compacted(&journal, &BTreeSet::from([b]), &BTreeMap::from([(2, 1)])).unwrap();
        files().replace(&path, &bytes).unwrap();
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
            ]
        );
        let after = Journal::open(&files(), &path).unwrap().generation;
        assert!(after != before && journal::follows(after, before) && !journal::follows(before, after));
    }
}
