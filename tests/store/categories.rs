//! Categories are ordered, shown by examples, merged and removed with their labels, and come back.

use super::*;

fn names(store: &Store) -> Vec<String> {
    store.categories().unwrap().into_iter().map(|c| c.name).collect()
}

#[test]
fn categories_keep_the_order_and_the_examples_somebody_gave_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    for name in ["a", "b", "c", "d"] {
        store.add_category(category(name)).unwrap();
    }
    let frame = add(&store, 1).id;
    let move_to = |store: &Store, name: &str, position| {
        store.patch_category(name, CategoryPatch { position: Some(position), ..CategoryPatch::default() }).unwrap();
    };
    move_to(&store, "d", 0);
    move_to(&store, "a", 99);
    let example = |x| Example { frame, bbox: BBox::new(x, 1.26, 10.0, 10.0) };
    let examples = |examples| CategoryPatch { examples: Some(examples), ..CategoryPatch::default() };
    store.patch_category("b", examples(vec![example(1.04); 6])).unwrap();
    store.add_category(category("new")).unwrap();
    for (bad, says) in [
        (vec![example(1.0); 7], "7 examples are too many"),
        (vec![example(1.0), example(700.0)], "example 2: "),
        (vec![Example { frame: FrameId::new(), ..example(1.0) }], "example 1: there is no frame"),
    ] {
        let error = store.patch_category("b", examples(bad)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    for lose_index in [false, true, false] {
        store = reopened(dir.path(), store, lose_index);
        assert_eq!(names(&store), ["d", "b", "c", "a", "new"]);
        let cards = store.category_cards().unwrap();
        assert_eq!(cards[1].examples, vec![Example { frame, bbox: BBox::new(1.0, 1.3, 10.0, 10.0) }; 6]);
        assert!(cards[0].examples.is_empty());
    }
}

/// Frames with a cell, with a cell and a leaf, with a leaf.
fn labelled(store: &Store) -> [FrameId; 3] {
    store.add_category(category("cell")).unwrap();
    store.add_category(category("leaf")).unwrap();
    let ids = [1, 2, 3].map(|n| add(store, n).id);
    put(store, ids[0], 0, vec![boxed("cell", 1.0)]).unwrap();
    put(store, ids[1], 0, vec![boxed("cell", 1.0), boxed("leaf", 2.0), boxed("cell", 3.0)]).unwrap();
    put(store, ids[2], 0, vec![boxed("leaf", 2.0)]).unwrap();
    ids
}

#[test]
fn a_former_name_leads_to_what_it_became_until_another_bears_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let ids = labelled(&store);
    let training = training();
    store.put_training(&training).unwrap();
    let model = add_model(&store, training.id, b"onnx");
    let rename = |store: &Store, old: &str, new: &str| {
        store.patch_category(old, CategoryPatch { name: Some(new.into()), ..CategoryPatch::default() }).unwrap();
    };
    rename(&store, "cell", "blood cell");
    rename(&store, "blood cell", "RBC");
    for lose_index in [false, false, true] {
        store = reopened(dir.path(), store, lose_index);
        let now = |name: &str| store.category_now(name).map(|c| c.name);
        assert_eq!([now("cell"), now("blood cell"), now("RBC")], [const { "RBC" }; 3].map(|n| Some(n.to_owned())));
        assert_eq!(now("nothing"), None);
        assert_eq!(store.model(model).unwrap().categories[0].name, "RBC", "what the model says follows");
        assert_eq!(store.category_use("RBC").unwrap().models, 1);
    }
    // A phone that was away sends the name of before.
    let stored = put(&store, ids[0], 1, vec![boxed("cell", 5.0)]).unwrap();
    assert_eq!(stored.labels[0].category, "RBC");
    let undo = store.merge_category(&Who::local(), "RBC", "leaf").unwrap().undo;
    store = reopened(dir.path(), store, false);
    let named = |store: &Store| {
        let now = ["cell", "RBC"].map(|name| store.category_now(name).unwrap().name);
        assert_eq!(now[0], store.model(model).unwrap().categories[0].name);
        now
    };
    assert_eq!(named(&store), ["leaf", "leaf"]);
    store.undo(undo.id).unwrap();
    assert_eq!(named(&store), ["RBC", "RBC"]);
    store.add_category(category("cell")).unwrap();
    assert_eq!(store.category_now("cell").unwrap().name, "cell", "it is another one's now");
}

#[test]
fn a_merged_category_gives_its_labels_away_and_gets_them_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let ids = labelled(&store);
    let used = store.category_use("cell").unwrap();
    assert_eq!((used.frames, used.labels, used.models), (2, 3, 0));
    let tag = Category { kind: LabelKind::Tag, ..category("blurred") };
    store.add_category(tag).unwrap();
    let who = Who::local();
    for into in ["blurred", "cell", "nobody"] {
        assert!(store.merge_category(&who, "cell", into).is_err());
    }
    let merged = store.merge_category(&who, "cell", "leaf").unwrap();
    assert_eq!((merged.frames, merged.labels), (vec![ids[0], ids[1]], 3));
    store = reopened(dir.path(), store, true);
    assert_eq!(names(&store), ["leaf", "blurred"]);
    let of = |store: &Store, id| -> Vec<String> {
        store.labels(id).unwrap().labels.into_iter().map(|l| l.category).collect()
    };
    assert_eq!(of(&store, ids[1]), ["leaf", "leaf", "leaf"]);
    assert_eq!(store.counts().unwrap().categories[0].frames, 3);
    assert_sound(&store);
    // One frame is labelled anew, and another category takes the name.
    put(&store, ids[0], 2, vec![boxed("leaf", 9.0)]).unwrap();
    store.add_category(category("cell")).unwrap();
    let undone = store.undo(merged.undo.id).unwrap();
    assert_eq!((undone.restored, undone.kept), (2, 1), "the category and one frame");
    for lose_index in [false, true] {
        store = reopened(dir.path(), store, lose_index);
        assert_eq!(names(&store), ["cell (2)", "leaf", "blurred", "cell"]);
        assert_eq!(of(&store, ids[1]), ["cell (2)", "leaf", "cell (2)"]);
        assert_eq!(of(&store, ids[0]), ["leaf"]);
        assert_sound(&store);
    }
}

#[test]
fn a_category_takes_its_labels_along_only_if_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let ids = labelled(&store);
    let who = Who::local();
    let error = store.delete_category(&who, "cell", false).unwrap_err().to_string();
    assert!(error.contains("`cell` has labels in 2 frames"), "{error}");
    let before = ids.map(|id| store.labels(id).unwrap().labels);
    let gone = store.delete_category(&who, "cell", true).unwrap();
    assert_eq!((gone.frames.len(), gone.labels), (2, 3));
    for lose_index in [false, true] {
        store = reopened(dir.path(), store, lose_index);
        assert_eq!(store.labels(ids[0]).unwrap().labels, []);
        assert_eq!(store.labels(ids[1]).unwrap().labels, [boxed("leaf", 2.0)]);
        assert_eq!(store.labelled().unwrap().len(), 3, "what was looked through stays so");
        assert_sound(&store);
    }
    assert_eq!(store.undo(gone.undo.id).unwrap().restored, 3);
    assert_eq!(ids.map(|id| store.labels(id).unwrap().labels), before);
    assert_eq!(names(&store), ["cell", "leaf"]);
    assert_sound(&store);
}
