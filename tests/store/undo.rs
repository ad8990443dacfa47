//! What is taken away stays away, over restarts and a lost index, and comes back as it was.

use super::*;
use fieldcoach::store::{Batch, BatchAction, FrameQuery};
use std::collections::BTreeMap;

fn batch(store: &Store, frames: &[FrameId], action: BatchAction) -> Batch {
    store.batch(&Who::local(), frames, action).unwrap()
}

fn all(store: &Store) -> Vec<FrameId> {
    store.frames(&FrameQuery { limit: 1000, ..FrameQuery::default() }).unwrap().items.iter().map(|f| f.id).collect()
}

#[test]
fn deleted_frames_are_nowhere_and_come_back_with_their_labels_and_side() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let ids: Vec<FrameId> = (0..6).map(|i| add(&store, i).id).collect();
    let labelled = put(&store, ids[1], 0, vec![boxed("cell", 1.0)]).unwrap();
    let draft = LabelWrite { labels: vec![boxed("cell", 2.0)], ..LabelWrite::default() };
    let draft = store.put_labels(ids[2], draft).unwrap();
    store.put_sides(&BTreeMap::from([(ids[1], Side::Validation)])).unwrap();
    let before = (store.counts().unwrap(), all(&store), store.jpeg(ids[1]).unwrap());
    // The newest is among them: the next frame must sort after it all the same.
    let nobody = FrameId::new();
    let gone = [ids[1], ids[2], ids[5], nobody, ids[1]];
    let deleted = batch(&store, &gone, BatchAction::Delete);
    assert_eq!(deleted.done, [ids[1], ids[2], ids[5]]);
    assert_eq!(deleted.failed.len(), 1);
    assert!(deleted.failed[0].0 == nobody && deleted.failed[0].1.contains("no frame"));
    let undo = deleted.undo.unwrap();
    assert_eq!((undo.what.as_str(), undo.count), ("deleted 3 frames", 3));
    for lose_index in [false, true, false] {
        store = reopened(dir.path(), store, lose_index);
        assert_eq!(all(&store), [ids[4], ids[3], ids[0]]);
        for id in &deleted.done {
            assert!(matches!(store.frame(*id), Err(StoreError::NotFound { .. })));
            assert!(matches!(store.jpeg(*id), Err(StoreError::NotFound { .. })));
            assert!(matches!(put(&store, *id, 1, vec![]), Err(StoreError::NotFound { .. })));
        }
        assert!(store.labelled().unwrap().is_empty());
        let counts = store.counts().unwrap();
        assert_eq!((counts.total, counts.deleted, counts.drafts, counts.categories[0].frames), (3, 3, 0, 0));
        assert_eq!(store.undos(), std::slice::from_ref(&undo));
        assert_sound(&store);
    }
    let next = add(&store, 9).id;
    assert!(next > ids[5]);
    assert_eq!(batch(&store, &[next], BatchAction::Delete).done, [next]);
    let undone = store.undo(undo.id).unwrap();
    assert_eq!((undone.restored, undone.kept), (3, 0));
    for lose_index in [false, true] {
        assert_eq!((store.counts().unwrap().total, all(&store)), (before.0.total, before.1.clone()));
        assert_eq!(store.counts().unwrap().categories, before.0.categories);
        assert_eq!(store.jpeg(ids[1]).unwrap(), before.2);
        assert_eq!((store.labels(ids[1]).unwrap(), store.labels(ids[2]).unwrap()), (labelled.clone(), draft.clone()));
        assert_eq!(store.sides().unwrap()[&ids[1]], Side::Validation);
        assert!(matches!(store.undo(undo.id), Err(StoreError::NotFound { .. })), "once");
        assert_sound(&store);
        store = reopened(dir.path(), store, lose_index);
    }
}

#[test]
fn deleted_frames_go_first_when_room_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().into(), budget: 4 << 20, reserve: 0 }).unwrap();
    let big = |number| store.add_frame(&new_frame(number, 40_000, FrameSource::Camera)).unwrap().id;
    let old: Vec<FrameId> = (0..20).map(big).collect();
    let newer: Vec<FrameId> = (20..40).map(big).collect();
    // By the usual order the oldest would go.
    let undo = batch(&store, &newer, BatchAction::Delete).undo.unwrap();
    let mut number = 40;
    while store.counts().unwrap().deleted == 20 {
        big(number);
        number += 1;
    }
    assert!(number > 60, "there was room for long");
    for id in &old {
        assert!(store.frame(*id).is_ok(), "what was not deleted is still there");
    }
    assert_eq!(store.usage().unwrap().dropped, 0);
    let undone = store.undo(undo.id).unwrap();
    assert!(undone.restored < 20 && undone.restored + undone.kept == 20, "{undone:?}");
    assert_sound(&store);
}

#[test]
fn many_frames_change_their_phase_at_once_and_back_but_for_those_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let ids: Vec<FrameId> = (0..5).map(|i| add(&store, i).id).collect();
    for id in &ids[..4] {
        put(&store, *id, 0, vec![boxed("cell", 1.0)]).unwrap();
    }
    let reviewed = batch(&store, &ids, BatchAction::Reviewed);
    assert_eq!(reviewed.done, ids[..4]);
    assert_eq!(reviewed.failed, [(ids[4], "it has no labels yet: label it first".to_owned())]);
    assert_eq!(store.counts().unwrap().phases.reviewed, 4);
    assert!(batch(&store, &ids[..4], BatchAction::Reviewed).undo.is_none(), "nothing to do, nothing to undo");
    let unlabelled = batch(&store, &ids[..4], BatchAction::Unlabel).undo.unwrap();
    assert_eq!(unlabelled.what, "took the labels off 4 frames");
    put(&store, ids[0], 3, vec![boxed("cell", 7.0)]).unwrap();
    batch(&store, &[ids[1]], BatchAction::Delete);
    store = reopened(dir.path(), store, true);
    let undone = store.undo(unlabelled.id).unwrap();
    assert_eq!((undone.restored, undone.kept, undone.relabelled), (2, 2, vec![ids[2], ids[3]]));
    assert_eq!(store.labels(ids[0]).unwrap().labels, [boxed("cell", 7.0)]);
    let back = store.labels(ids[2]).unwrap();
    assert_eq!((back.phase, back.revision, back.labels), (Phase::Reviewed, 4, vec![boxed("cell", 1.0)]));
    assert_sound(&store);
}

#[test]
fn a_frame_comes_back_without_the_labels_of_a_category_that_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    store.add_category(category("leaf")).unwrap();
    let id = add(&store, 1).id;
    put(&store, id, 0, vec![boxed("cell", 1.0), boxed("leaf", 2.0)]).unwrap();
    let undo = batch(&store, &[id], BatchAction::Delete).undo.unwrap();
    store.delete_category(&Who::local(), "leaf", false).unwrap();
    // Its number is not given to another one.
    store = reopened(dir.path(), store, true);
    store.add_category(category("stone")).unwrap();
    assert_eq!(store.undo(undo.id).unwrap().restored, 1);
    for lose_index in [false, true] {
        let labels = store.labels(id).unwrap();
        assert_eq!((labels.labels, labels.revision), (vec![boxed("cell", 1.0)], 2));
        assert_sound(&store);
        store = reopened(dir.path(), store, lose_index);
    }
}

#[test]
fn models_and_trainings_go_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut record = training();
    store.put_training(&record).unwrap();
    store.put_epoch(record.id, &epoch(record.id, 1, &[FrameId::new()], 1.0)).unwrap();
    let (first, second) = (add_model(&store, record.id, b"one"), add_model(&store, record.id, b"two"));
    store.deploy(first, None).unwrap();
    store.deploy(second, None).unwrap();
    let who = Who::local();
    assert!(matches!(store.delete_model(&who, second, &[]), Err(StoreError::Conflict(_))), "it is live");
    assert!(matches!(store.delete_training(&who, record.id), Err(StoreError::Conflict(_))), "it is not over");
    record.state = TrainingState::Done;
    store.put_training(&record).unwrap();
    let book = store.flip_book(record.id, None).unwrap();
    let undos = [store.delete_model(&who, first, &[]).unwrap(), store.delete_training(&who, record.id).unwrap()];
    for _ in 0..2 {
        assert!(matches!(store.model(first), Err(StoreError::NotFound { .. })));
        assert!(matches!(store.training(record.id), Err(StoreError::NotFound { .. })));
        assert!(matches!(store.flip_book(record.id, None), Err(StoreError::NotFound { .. })));
        assert!(store.trainings(None, 10).unwrap().items.is_empty());
        assert_sound(&store);
        store = reopened(dir.path(), store, false);
    }
    assert!(matches!(store.roll_back(None), Err(StoreError::Conflict(_))), "the one before is gone");
    for undo in &undos {
        assert_eq!(store.undo(undo.id).unwrap().restored, 1);
    }
    assert_eq!(std::fs::read(store.model_path(first).unwrap()).unwrap(), b"one");
    assert_eq!((store.training(record.id).unwrap(), store.flip_book(record.id, None).unwrap()), (record, book));
    assert!(store.undos().is_empty());
    assert_sound(&store);
}
