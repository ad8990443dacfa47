use super::*;
use crate::store::disk::Real;
use std::sync::Arc;

const FULL: u64 = 2_000;

fn item(number: u64) -> Item {
    Item { number, meta: Bytes::from(format!("meta {number}")), body: Bytes::from(vec![number as u8; 100]) }
}

fn open(dir: &Path) -> (Queue, Vec<u64>) {
    let (queue, waiting) = Queue::open(&Files::on(Arc::new(Real), dir), dir, FULL, |_, _| Some(())).unwrap();
    (queue, waiting.into_iter().map(|(number, ())| number).collect())
}

fn put(queue: &mut Queue, numbers: std::ops::RangeInclusive<u64>) {
    let items: Vec<Item> = numbers.map(item).collect();
    let (written, outcome) = queue.commit(&items, &BTreeSet::new(), &BTreeMap::new());
    outcome.unwrap();
    assert_eq!(written, items.len());
}

fn done(queue: &mut Queue, numbers: impl IntoIterator<Item = u64>) {
    queue.commit(&[], &numbers.into_iter().collect(), &BTreeMap::new()).1.unwrap();
}

fn segments(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[test]
fn what_waits_is_there_again_in_order_and_what_is_done_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=50);
    done(&mut queue, [1, 2, 3, 7, 50]);
    drop(queue);
    let (mut queue, waiting) = open(dir.path());
    assert_eq!(waiting, (4..50).filter(|n| *n != 7).collect::<Vec<_>>());
    assert_eq!(queue.read(20).unwrap(), Some(item(20)));
    assert_eq!(queue.read(7).unwrap(), None);
    assert_eq!(queue.next_number(), 50);
}

#[test]
fn segments_go_once_nothing_in_them_waits() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=200);
    assert!(segments(dir.path()) > 10);
    done(&mut queue, 1..=200);
    assert_eq!(segments(dir.path()), 1);
    assert!(open(dir.path()).1.is_empty());
}

#[test]
fn one_that_waits_for_long_does_not_hold_the_room_of_all_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=1);
    for round in 1..100 {
        let from = 10 * round;
        put(&mut queue, from..=from + 9);
        done(&mut queue, from..=from + 9);
    }
    assert!(segments(dir.path()) <= 5, "{} segments", segments(dir.path()));
    drop(queue);
    let (mut queue, waiting) = open(dir.path());
    assert_eq!((waiting, queue.read(1).unwrap()), (vec![1], Some(item(1))));
}

#[test]
fn what_was_told_outlives_the_segment_it_was_told_in() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    let told = BTreeMap::from([("log".to_owned(), "7".to_owned())]);
    queue.commit(&[item(1)], &BTreeSet::new(), &told).1.unwrap();
    put(&mut queue, 2..=100);
    done(&mut queue, 1..=100);
    drop(queue);
    let (mut queue, _) = open(dir.path());
    assert_eq!(queue.told(), &told);
    queue.commit(&[], &BTreeSet::new(), &BTreeMap::from([("log".to_owned(), String::new())])).1.unwrap();
    assert!(open(dir.path()).0.told().is_empty());
}

#[test]
fn damage_costs_only_what_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=10);
    drop(queue);
    let path = dir.path().join("00000001.seg");
    let whole = std::fs::read(&path).unwrap();
    let at = whole.windows(6).position(|bytes| bytes == b"meta 5").unwrap();
    for (place, lost) in [(at, 5), (at + 50, 5)] {
        let mut bytes = whole.clone();
        bytes[place] ^= 8;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(open(dir.path()).1, (1..=10).filter(|n| *n != lost).collect::<Vec<_>>());
    }
    // Torn anywhere: whole ones before it stay, and it goes on.
    for cut in (0..whole.len()).step_by(37) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let (mut queue, waiting) = open(dir.path());
        assert_eq!(waiting, (1..=waiting.len() as u64).collect::<Vec<_>>());
        put(&mut queue, 20..=21);
        drop(queue);
        assert!(open(dir.path()).1.ends_with(&[20, 21]));
        for more in std::fs::read_dir(dir.path()).unwrap() {
            std::fs::remove_file(more.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn one_that_rots_later_is_lost_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=3);
    let path = dir.path().join("00000001.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(6).position(|bytes| bytes == b"meta 2").unwrap();
    bytes[at + 20] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(queue.read(2).is_err());
    assert_eq!(queue.read(2).unwrap(), None);
    assert_eq!(queue.read(3).unwrap(), Some(item(3)));
}

#[test]
fn a_segment_that_is_removed_or_replaced_takes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let (mut queue, _) = open(dir.path());
    put(&mut queue, 1..=2);
    let path = dir.path().join("00000001.seg");
    std::fs::copy(&path, dir.path().join("copy")).unwrap();
    std::fs::rename(dir.path().join("copy"), &path).unwrap();
    let refused = queue.commit(&[item(3)], &BTreeSet::new(), &BTreeMap::new());
    assert!(matches!(refused, (0, Err(StoreError::Gone(_)))), "{:?}", refused.1);
    put(&mut queue, 3..=3);
    drop(queue);
    let (mut queue, waiting) = open(dir.path());
    assert_eq!(waiting, [1, 2, 3]);
    std::fs::remove_dir_all(dir.path()).unwrap();
    assert!(queue.commit(&[item(4)], &BTreeSet::new(), &BTreeMap::new()).1.is_err());
    put(&mut queue, 4..=4);
    drop(queue);
    assert_eq!(open(dir.path()).1, [4]);
}
