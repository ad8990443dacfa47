//! Frames are found by what they are.

use super::*;
use fieldcoach::store::FrameQuery;
use std::collections::BTreeMap;

fn all(store: &Store, mut query: FrameQuery) -> Vec<FrameId> {
    let mut found = Vec::new();
    loop {
        let slice = store.frames(&query).unwrap();
        found.extend(slice.items.iter().map(|f| f.id));
        match slice.next {
            Some(next) => query.before = Some(next.parse().unwrap()),
            None => return found,
        }
    }
}

#[test]
fn frames_are_found_by_side_source_and_time_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let sources = [FrameSource::Camera, FrameSource::Upload, FrameSource::Import];
    let ids: Vec<FrameId> =
        (0..30).map(|i| store.add_frame(&new_frame(i, 100, sources[i as usize % 3])).unwrap().id).collect();
    let mut sides = BTreeMap::new();
    for (i, id) in ids.iter().enumerate().filter(|(i, _)| i % 2 == 0) {
        put(&store, *id, 0, vec![boxed("cell", 1.0)]).unwrap();
        sides.insert(*id, if i % 4 == 0 { Side::Training } else { Side::Validation });
    }
    store.put_sides(&sides).unwrap();
    let second = |s: i64| Some(Timestamp::from_second(s).unwrap());
    let wanted =
        |fits: &dyn Fn(usize) -> bool| -> Vec<FrameId> { (0..30).rev().filter(|i| fits(*i)).map(|i| ids[i]).collect() };
    for limit in [1, 4, 100] {
        let base = FrameQuery { limit, ..FrameQuery::default() };
        let training = FrameQuery { side: Some(Side::Training), ..base.clone() };
        assert_eq!(all(&store, training.clone()), wanted(&|i| i % 4 == 0));
        let uploaded = FrameQuery { source: Some(FrameSource::Upload), ..base.clone() };
        assert_eq!(all(&store, uploaded), wanted(&|i| i % 3 == 1));
        let between = FrameQuery { since: second(5), until: second(9), ..base.clone() };
        assert_eq!(all(&store, between), wanted(&|i| (5..9).contains(&i)));
        let together = FrameQuery {
            category: Some("cell".into()),
            phase: Some(Phase::Labelled),
            source: Some(FrameSource::Camera),
            since: second(3),
            ..training
        };
        assert_eq!(all(&store, together), wanted(&|i| i % 4 == 0 && i % 3 == 0 && i >= 3));
        let none = FrameQuery { side: Some(Side::Validation), phase: Some(Phase::Final), ..base };
        assert!(all(&store, none).is_empty());
    }
}

#[test]
fn a_search_without_a_list_looks_at_so_many_frames_and_says_that_there_are_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store.add_frame(&new_frame(0, 4, FrameSource::Upload)).unwrap().id;
    for i in 1..5_100 {
        store.add_frame(&new_frame(i, 4, FrameSource::Camera)).unwrap();
    }
    let query = FrameQuery { source: Some(FrameSource::Upload), ..FrameQuery::default() };
    let slice = store.frames(&query).unwrap();
    assert!(slice.items.is_empty() && slice.next.is_some());
    assert_eq!(all(&store, query), [first]);
}
