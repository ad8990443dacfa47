//! What is cut off in the middle, lost or damaged: nothing is lost, nothing lies there twice, and what is wrong is told.

use crate::common::folder;
use crate::device::{Device, at, files, pictures, spoken_of};
use fieldcoach::domain::LabelKind;
use fieldcoach::pool::{PoolError, Pushed};
use std::ops::ControlFlow;

#[test]
fn a_push_that_is_cut_off_anywhere_goes_on_and_puts_nothing_there_twice() {
    let dir = folder();
    let mut a = Device::new("cam-a", &at(dir.path()));
    a.category("cup", LabelKind::Box);
    a.labelled(0..6);
    // Before each frame, with the ledger and without.
    for asked in 0..6 {
        assert!(matches!(a.push_some(asked), PoolError::Stopped));
        a = a.again(None, false);
    }
    assert_eq!(a.push().frames, 6);
    for lost in [false, true] {
        a = a.again(None, lost);
        assert!(a.push().is_nothing(), "ledger lost: {lost}");
    }
    // The ledger is that of before this push.
    a.labelled(6..8);
    a.push();
    a = a.again(None, true);
    a.labelled(8..10);
    assert_eq!(a.push().frames, 2);
    let files = files(dir.path());
    assert_eq!(pictures(&files), 10);
    let often = spoken_of(&files, "cam-a");
    assert!(often.len() == 10 && often.values().all(|often| *often == 1), "{often:?}");
}

#[test]
fn a_pull_that_is_cut_off_anywhere_goes_on_and_brings_nothing_twice() {
    let dir = folder();
    let (a, mut b) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-b", &at(dir.path())));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..6);
    a.push();
    for asked in 0..5 {
        assert!(matches!(b.pull_some(asked), PoolError::Stopped));
        b = b.again(None, asked % 2 == 1);
    }
    assert_eq!(b.theirs().len(), 4);
    let told = b.pull();
    assert_eq!((told.frames, told.left_out.len()), (2, 0));
    assert_eq!(b.theirs().keys().copied().collect::<Vec<_>>(), frames);
    b = b.again(None, true);
    assert_eq!(b.pull().frames, 0);
    // What came is followed all the same.
    a.label(frames[3], "cup", 30.0);
    a.push();
    assert_eq!(b.pull().relabelled, 1);
    assert_eq!(b.theirs()[&frames[3]].1.labels, a.store.labels(frames[3]).unwrap().labels);
}

#[test]
fn a_pool_that_is_not_there_is_told_and_labels_go_on() {
    let dir = folder();
    let away = dir.path().join("not mounted");
    let a = Device::new("cam-a", &at(&away));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..2);
    let error = a.pool.push(&mut Pushed::default(), &mut |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("is not there: make it, or mount what holds it"), "{error}");
    assert!(!away.exists(), "nothing is written where a mount is missing");
    a.label(frames[0], "cup", 5.0);
    std::fs::create_dir(&away).unwrap();
    assert_eq!(a.push().frames, 2);
}

#[test]
fn a_pool_that_was_emptied_gets_everything_again() {
    let dir = folder();
    let a = Device::new("cam-a", &at(dir.path()));
    a.category("cup", LabelKind::Box);
    a.labelled(0..2);
    a.push();
    for part in ["labels", "frames"] {
        std::fs::remove_dir_all(dir.path().join(part)).unwrap();
    }
    assert_eq!(a.push().frames, 2);
}

#[test]
fn what_is_damaged_in_the_pool_is_told_and_the_rest_comes() {
    let dir = folder();
    let (a, c) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-c", &at(dir.path())));
    for device in [&a, &c] {
        device.category("cup", LabelKind::Box);
    }
    a.labelled(0..3);
    a.push();
    c.labelled(10..11);
    c.push();
    let mut pictures = files(dir.path()).into_keys().filter(|name| name.starts_with("frames/"));
    std::fs::write(dir.path().join(pictures.next().unwrap()), b"something else").unwrap();
    std::fs::remove_file(dir.path().join(pictures.next().unwrap())).unwrap();
    let b = Device::new("cam-b", &at(dir.path()));
    let told = b.pull();
    assert_eq!((told.frames, told.left_out.len()), (2, 2), "{:?}", told.left_out);
    let all = told.left_out.join("\n");
    assert!(all.contains("its sum is another") && all.contains("not in the pool any more"), "{all}");
    // A shard that is not what was put there says nothing.
    let shard = files(dir.path()).into_keys().find(|name| name.starts_with("labels/cam-a/")).unwrap();
    let path = dir.path().join(shard);
    let text = std::fs::read_to_string(&path).unwrap().replace("\"labelled\"", "\"reviewed\"");
    std::fs::write(&path, text).unwrap();
    let late = Device::new("cam-d", &at(dir.path()));
    let told = late.pull();
    assert!(
        told.left_out.iter().any(|line| line.contains("labels 00000001-") && line.contains("not what was put there"))
    );
}
