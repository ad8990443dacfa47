//! What a label write may carry besides labels: drafts, rejected proposals, who reviewed.

use super::*;
use fieldcoach::store::FrameQuery;

fn rejected(x: f32) -> Rejected {
    Rejected { category: "cell".into(), bbox: Some(BBox::new(x, 1.0, 10.0, 10.0)), score: Some(0.25) }
}

fn reopened(dir: &Path, store: Store, lose_index: bool) -> Store {
    drop(store);
    if lose_index {
        std::fs::remove_dir_all(dir.join("index")).unwrap();
    }
    open(dir)
}

#[test]
fn a_draft_is_kept_and_counts_as_unlabelled() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let (id, refused, plain) = (add(&store, 1).id, add(&store, 2).id, add(&store, 3).id);
    let draft =
        LabelWrite { labels: vec![boxed("cell", 1.0)], rejected: vec![rejected(50.0)], ..LabelWrite::default() };
    let written = store.put_labels(id, draft).unwrap();
    assert_eq!((written.phase, written.labels.len(), written.rejected.len()), (Phase::Unlabelled, 1, 1));
    // A false alarm: nothing is there but what was refused.
    store.put_labels(refused, LabelWrite { rejected: vec![rejected(9.0)], ..LabelWrite::default() }).unwrap();
    for lose_index in [false, true] {
        store = reopened(dir.path(), store, lose_index);
        assert_eq!(store.labels(id).unwrap(), written);
        assert!(store.labelled().unwrap().is_empty(), "trainings and exports pass it over");
        let of = |draft| -> Vec<FrameId> {
            let query = FrameQuery { draft: Some(draft), ..FrameQuery::default() };
            store.frames(&query).unwrap().items.iter().map(|f| f.id).collect()
        };
        assert_eq!((of(true), of(false)), (vec![refused, id], vec![plain]));
        let counts = store.counts().unwrap();
        assert_eq!((counts.phases.unlabelled, counts.drafts), (3, 2));
        assert_sound(&store);
    }
    put(&store, id, 1, vec![boxed("cell", 1.0)]).unwrap();
    assert_eq!(store.counts().unwrap().drafts, 1, "labelled, it is no draft any more");
    assert_eq!(store.labels(id).unwrap().rejected, [], "a write replaces all there was");
}

#[test]
fn retention_drops_no_draft() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().into(), budget: 1 << 20, reserve: 0 }).unwrap();
    store.add_category(category("cell")).unwrap();
    let id = add(&store, 1).id;
    store.put_labels(id, LabelWrite { labels: vec![boxed("cell", 1.0)], ..LabelWrite::default() }).unwrap();
    for number in 2..60 {
        store.add_frame(&new_frame(number, 40_000, FrameSource::Camera)).unwrap();
    }
    assert!(store.usage().unwrap().dropped > 0);
    assert_eq!(store.labels(id).unwrap().labels.len(), 1);
    assert_eq!(store.counts().unwrap().total, store.usage().unwrap().frames);
    assert_sound(&store);
}

#[test]
fn who_reviewed_is_kept_as_long_as_the_phase_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let id = add(&store, 1).id;
    let steps = [
        (Phase::Labelled, Some("Ana"), None),
        (Phase::Reviewed, Some("Ben"), Some("Ben")),
        (Phase::Final, Some("Cleo"), Some("Cleo")),
        // Nobody with a name.
        (Phase::Final, None, None),
        (Phase::Reviewed, Some("Ben"), Some("Ben")),
        (Phase::Labelled, Some("Ana"), None),
    ];
    for (revision, (phase, by, reviewed_by)) in steps.into_iter().enumerate() {
        let by = by.map(str::to_owned);
        let write = LabelWrite { revision: revision as u64, phase, by, ..LabelWrite::default() };
        store.put_labels(id, write).unwrap();
        store = reopened(dir.path(), store, revision % 2 == 0);
        assert_eq!(store.labels(id).unwrap().reviewed_by.as_deref(), reviewed_by);
    }
}

#[test]
fn what_was_rejected_of_a_category_that_is_gone_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let id = add(&store, 1).id;
    let write = LabelWrite { phase: Phase::Labelled, rejected: vec![rejected(1.0)], ..LabelWrite::default() };
    store.put_labels(id, write).unwrap();
    store.delete_category(&Who::local(), "cell", false).unwrap();
    assert_eq!(store.labels(id).unwrap().rejected, []);
    assert_sound(&store);
}
