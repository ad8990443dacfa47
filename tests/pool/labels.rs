//! Labels from one device to another.

use crate::common::folder;
use crate::device::{Device, at, files, pictures, spoken_of};
use fieldcoach::domain::{LabelKind, Phase, Side, Who};
use fieldcoach::store::BatchAction;
use std::collections::BTreeMap;

#[test]
fn what_was_labelled_on_one_device_is_labelled_on_the_other() {
    let dir = folder();
    let (a, b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..5);
    a.frame(9); // nobody labelled it: it is nobody else's business
    a.store.put_sides(&BTreeMap::from([(frames[0], Side::Validation), (frames[1], Side::Training)])).unwrap();
    let told = a.push();
    assert_eq!((told.frames, told.pictures, told.left_out), (5, 5, vec![]));
    assert!(a.push().is_nothing(), "all is there");
    assert_eq!(files(dir.path()).len(), 5 + 1, "five pictures, one shard");

    let told = b.pull();
    assert_eq!((told.frames, told.categories, told.left_out), (5, 1, vec![]));
    let theirs = b.theirs();
    for frame in &frames {
        let (here, labels) = &theirs[frame];
        let (there, said) = (a.store.frame(*frame).unwrap(), a.store.labels(*frame).unwrap());
        assert_eq!((&labels.labels, labels.phase), (&said.labels, Phase::Labelled));
        assert_eq!(a.store.jpeg(*frame).unwrap(), b.store.jpeg(here.id).unwrap());
        assert_eq!((here.taken, here.source, here.camera.as_ref()), (there.taken, there.source, None));
        let pooled = here.pooled.as_ref().unwrap();
        assert_eq!((pooled.device.as_str(), &pooled.camera), ("cam-a", &there.camera));
    }
    let side = |frame| b.store.sides().unwrap().get(&theirs[frame].0.id).copied();
    assert_eq!(
        (side(&frames[0]), side(&frames[1]), side(&frames[2])),
        (Some(Side::Validation), Some(Side::Training), None)
    );
    assert_eq!(b.pull(), Default::default(), "once each");
    assert!(b.push().is_nothing(), "what is another's is not pushed again");
}

#[test]
fn what_is_said_later_counts() {
    let dir = folder();
    let (a, b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..3);
    a.push();
    b.pull();
    a.label(frames[0], "cup", 20.0);
    let undo = a.store.batch(&Who::local(), &frames[1..2], BatchAction::Delete).unwrap().undo.unwrap();
    let told = a.push();
    assert_eq!((told.frames, told.pictures, told.withdrawn), (1, 0, 1));
    let told = b.pull();
    assert_eq!((told.frames, told.relabelled, told.withdrawn, told.kept), (0, 1, 1, 0));
    let theirs = b.theirs();
    assert_eq!(theirs[&frames[0]].1.labels, a.store.labels(frames[0]).unwrap().labels);
    assert!(!theirs.contains_key(&frames[1]) && theirs.contains_key(&frames[2]));

    // It comes back, on both.
    a.store.undo(undo.id).unwrap();
    assert_eq!((a.push().frames, b.pull().frames), (1, 1));
    assert!(b.theirs().contains_key(&frames[1]));
    // A device that comes late reads the last word alone.
    let late = Device::new("cam-c", &at(dir.path()));
    assert_eq!(late.pull().frames, 3);
    assert_eq!(late.theirs()[&frames[0]].1.labels, a.store.labels(frames[0]).unwrap().labels);
}

#[test]
fn what_somebody_said_here_stays() {
    let dir = folder();
    let (a, b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..3);
    a.push();
    b.pull();
    let here: Vec<_> = frames.iter().map(|frame| b.theirs()[frame].0.id).collect();
    let mine = b.label(here[0], "cup", 33.0);
    b.store.batch(&Who::local(), &here[1..2], BatchAction::Delete).unwrap();
    frames.iter().for_each(|frame| drop(a.label(*frame, "cup", 20.0)));
    a.push();
    let told = b.pull();
    assert_eq!((told.frames, told.relabelled, told.kept), (0, 1, 2));
    assert_eq!(b.store.labels(here[0]).unwrap(), mine);
    assert!(!b.theirs().contains_key(&frames[1]), "deleted here");
    a.store.batch(&Who::local(), &frames, BatchAction::Delete).unwrap();
    a.push();
    let told = b.pull();
    assert_eq!((told.withdrawn, told.kept), (1, 2));
    assert_eq!(b.store.labels(here[0]).unwrap(), mine);
}

#[test]
fn a_category_of_another_kind_is_refused_in_words_and_brings_nothing() {
    let dir = folder();
    let (a, b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    b.category("Cup", LabelKind::Tag);
    a.labelled(0..2);
    a.push();
    let told = b.pull();
    assert_eq!((told.frames, told.categories, told.left_out.len()), (0, 0, 2));
    assert!(told.left_out[0].contains("`Cup` is a category of another kind here"), "{:?}", told.left_out);
    assert_eq!(b.store.usage().unwrap().frames, 0);
}

#[test]
fn a_device_with_another_name_knows_its_own_frames_and_nobody_gets_them_twice() {
    let dir = folder();
    let (a, b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    a.labelled(0..3);
    a.push();
    b.pull();
    let a = a.again(Some("cam-z"), false);
    let told = a.push();
    assert_eq!((told.frames, told.pictures), (3, 0), "said under its name, and the pictures are there");
    assert_eq!(pictures(&files(dir.path())), 3);
    assert_eq!((a.pull().frames, a.theirs().len()), (0, 0));
    assert_eq!((b.pull().frames, b.theirs().len()), (0, 3));
    assert_eq!(spoken_of(&files(dir.path()), "cam-z").len(), 3);
}
