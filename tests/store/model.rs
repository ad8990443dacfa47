//! Any sequence of calls gives what a plain map gives, across reopenings and losses of the index.

use super::*;
use fieldcoach::store::{BatchAction, CategoryCount, FrameQuery, PhaseCounts};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Add(u16),
    /// Frame and category by number (modulo), based on the current revision or an old one, with so many boxes.
    Label {
        frame: usize,
        category: usize,
        stale: bool,
        boxes: u8,
        phase: u8,
    },
    /// Some frames by number (modulo).
    Delete(Vec<usize>),
    /// Of what was deleted, by number (modulo).
    Undo(usize),
    AddCategory,
    DeleteCategory(usize),
    Rename(usize),
    Reopen,
    LoseIndex,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (4u16..5000).prop_map(Step::Add),
        8 => (any::<usize>(), any::<usize>(), prop::bool::weighted(0.1), 0u8..120, 0u8..4)
            .prop_map(|(frame, category, stale, boxes, phase)| Step::Label { frame, category, stale, boxes, phase }),
        2 => prop::collection::vec(any::<usize>(), 1..4).prop_map(Step::Delete),
        2 => any::<usize>().prop_map(Step::Undo),
        1 => Just(Step::AddCategory),
        1 => any::<usize>().prop_map(Step::DeleteCategory),
        1 => any::<usize>().prop_map(Step::Rename),
        1 => Just(Step::Reopen),
        1 => Just(Step::LoseIndex),
    ];
    prop::collection::vec(step, 1..40)
}

/// JPEG, revision, phase, boxes by category and x.
type ExpectedFrame = (bytes::Bytes, u64, Phase, Vec<(u32, f32)>);

#[derive(Default)]
struct Expected {
    frames: BTreeMap<FrameId, ExpectedFrame>,
    /// Number inside the test, name now.
    categories: Vec<(u32, String)>,
    made: u32,
    deleted: Vec<(UndoId, BTreeMap<FrameId, ExpectedFrame>)>,
}

impl Expected {
    fn name(&self, number: u32) -> String {
        self.categories.iter().find(|c| c.0 == number).unwrap().1.clone()
    }

    fn compare(&self, store: &Store) {
        let query = FrameQuery { limit: 1000, ..FrameQuery::default() };
        let all = store.frames(&query).unwrap().items;
        assert_eq!(all.iter().map(|f| f.id).rev().collect::<Vec<_>>(), self.frames.keys().copied().collect::<Vec<_>>());
        for frame in all {
            let (jpeg, revision, phase, labels) = &self.frames[&frame.id];
            assert_eq!((frame.revision, frame.phase, frame.bytes), (*revision, *phase, jpeg.len() as u64));
            assert_eq!(store.jpeg(frame.id).unwrap(), jpeg);
            let stored = store.labels(frame.id).unwrap();
            assert_eq!((stored.revision, stored.phase), (*revision, *phase));
            let wanted: Vec<_> = labels.iter().map(|(c, x)| boxed(&self.name(*c), *x)).collect();
            assert_eq!(stored.labels, wanted);
        }
        let names: Vec<_> = store.categories().unwrap().into_iter().map(|c| c.name).collect();
        assert_eq!(names, self.categories.iter().map(|c| c.1.clone()).collect::<Vec<_>>());
        for (number, name) in &self.categories {
            let query = FrameQuery { category: Some(name.clone()), limit: 1000, ..FrameQuery::default() };
            let ids: Vec<_> = store.frames(&query).unwrap().items.iter().map(|f| f.id).rev().collect();
            let wanted: Vec<_> =
                self.frames.iter().filter(|(_, f)| f.3.iter().any(|l| l.0 == *number)).map(|(id, _)| *id).collect();
            assert_eq!(ids, wanted);
        }
        let drafts = FrameQuery { draft: Some(true), limit: 1000, ..FrameQuery::default() };
        let drafts: Vec<_> = store.frames(&drafts).unwrap().items.iter().map(|f| f.id).rev().collect();
        let is_draft = |f: &ExpectedFrame| f.2 == Phase::Unlabelled && !f.3.is_empty();
        let wanted: Vec<_> = self.frames.iter().filter(|(_, f)| is_draft(f)).map(|(id, _)| *id).collect();
        assert_eq!(drafts, wanted);
        self.compare_counts(store);
        let usage = store.usage().unwrap();
        let labelled = self.frames.values().filter(|f| f.2 > Phase::Unlabelled).count();
        assert_eq!((usage.frames, usage.labelled), (self.frames.len() as u64, labelled as u64));
        assert_sound(store);
    }

    fn delete(&mut self, store: &Store, which: Vec<usize>) {
        let id = |n: usize| *self.frames.keys().nth(n % self.frames.len()).unwrap();
        let ids: Vec<FrameId> = which.into_iter().map(id).collect();
        let batch = store.batch(&Who::local(), &ids, BatchAction::Delete).unwrap();
        let gone: BTreeMap<_, _> = ids.iter().filter_map(|id| self.frames.remove_entry(id)).collect();
        assert_eq!(batch.done, gone.keys().copied().collect::<Vec<_>>());
        self.deleted.push((batch.undo.unwrap().id, gone));
    }

    fn undo(&mut self, store: &Store, n: usize) {
        let (undo, mut frames) = self.deleted.remove(n % self.deleted.len());
        assert_eq!(store.undo(undo).unwrap().restored, frames.len() as u64);
        // Labels of categories that are gone don't come back.
        for frame in frames.values_mut() {
            let labels = frame.3.len();
            frame.3.retain(|label| self.categories.iter().any(|c| c.0 == label.0));
            frame.1 += u64::from(frame.3.len() < labels);
        }
        self.frames.append(&mut frames);
    }

    fn compare_counts(&self, store: &Store) {
        let counts = store.counts().unwrap();
        assert_eq!(counts.total, self.frames.len() as u64);
        let of = |phase| self.frames.values().filter(|f| f.2 == phase).count() as u64;
        assert_eq!(
            counts.phases,
            PhaseCounts {
                unlabelled: of(Phase::Unlabelled),
                labelled: of(Phase::Labelled),
                reviewed: of(Phase::Reviewed),
                r#final: of(Phase::Final),
            }
        );
        for (number, name) in &self.categories {
            let frames = self.frames.values().filter(|f| f.3.iter().any(|l| l.0 == *number)).count() as u64;
            assert!(counts.categories.contains(&CategoryCount { name: name.clone(), frames }), "{counts:?}");
        }
        assert_eq!(counts.deleted, self.deleted.iter().map(|(_, frames)| frames.len() as u64).sum::<u64>());
        assert_eq!(counts.sources.values().sum::<u64>(), counts.total);
    }
}

fn run(steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut expected = Expected::default();
    for (i, step) in steps.into_iter().enumerate() {
        match step {
            Step::Add(size) => {
                let frame = new_frame(i as u32, size.into(), FrameSource::Camera);
                let id = store.add_frame(&frame).unwrap().id;
                assert!(expected.frames.keys().all(|k| *k < id));
                assert!(expected.deleted.iter().all(|(_, frames)| frames.keys().all(|k| *k < id)));
                expected.frames.insert(id, (frame.jpeg, 0, Phase::Unlabelled, Vec::new()));
            }
            Step::Label { frame, category, stale, boxes, phase } => {
                let Some(id) = expected.frames.keys().copied().nth(frame % expected.frames.len().max(1)) else {
                    continue;
                };
                let phase = [Phase::Unlabelled, Phase::Labelled, Phase::Reviewed, Phase::Final][phase as usize];
                let labels: Vec<(u32, f32)> = match expected.categories.len() {
                    0 => Vec::new(),
                    n => {
                        (0..boxes).map(|b| (expected.categories[(category + b as usize) % n].0, f32::from(b))).collect()
                    }
                };
                let sent = labels.iter().map(|(c, x)| boxed(&expected.name(*c), *x)).collect();
                let now = expected.frames.get_mut(&id).unwrap();
                let revision = if stale { now.1 + 1 } else { now.1 };
                let result =
                    store.put_labels(id, LabelWrite { revision, phase, labels: sent, ..LabelWrite::default() });
                if stale {
                    assert!(matches!(result, Err(StoreError::Stale(_))), "{result:?}");
                } else {
                    assert_eq!(result.unwrap().revision, now.1 + 1);
                    (now.1, now.2, now.3) = (now.1 + 1, phase, labels);
                }
            }
            Step::Delete(which) if !expected.frames.is_empty() => expected.delete(&store, which),
            Step::Undo(n) if !expected.deleted.is_empty() => expected.undo(&store, n),
            Step::AddCategory => {
                expected.made += 1;
                let name = format!("made {}", expected.made);
                store.add_category(category(&name)).unwrap();
                expected.categories.push((expected.made, name));
            }
            Step::DeleteCategory(n) if !expected.categories.is_empty() => {
                let at = n % expected.categories.len();
                let (number, name) = expected.categories[at].clone();
                let used = expected.frames.values().any(|f| f.3.iter().any(|l| l.0 == number));
                assert_eq!(store.delete_category(&Who::local(), &name, false).is_err(), used);
                if !used {
                    expected.categories.remove(at);
                }
            }
            Step::Rename(n) if !expected.categories.is_empty() => {
                let at = n % expected.categories.len();
                let patch =
                    fieldcoach::store::CategoryPatch { name: Some(format!("renamed {i}")), ..Default::default() };
                store.patch_category(&expected.categories[at].1, patch).unwrap();
                expected.categories[at].1 = format!("renamed {i}");
            }
            Step::DeleteCategory(_) | Step::Rename(_) | Step::Delete(_) | Step::Undo(_) => {}
            Step::Reopen | Step::LoseIndex => {
                expected.compare(&store);
                drop(store);
                if matches!(step, Step::LoseIndex) {
                    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
                }
                store = open(dir.path());
                expected.compare(&store);
            }
        }
    }
    expected.compare(&store);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_map(steps in steps()) {
        run(steps);
    }
}
