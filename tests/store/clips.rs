//! Clips: told by their frames, in the order of time, over restarts and a lost index, gone and back with them.

use super::*;
use fieldcoach::store::BatchAction;

fn add_in(store: &Store, number: u32, id: ClipId, at: f64) -> FrameId {
    let clip = Some(ClipPlace { id, at });
    store.add_frame(&NewFrame { clip, ..new_frame(number, 1000, FrameSource::Upload) }).unwrap().id
}

/// The frames of a clip, three at a time.
fn frames(store: &Store, id: ClipId) -> Vec<FrameId> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let slice = store.clip_frames(id, after.as_deref(), 3).unwrap();
        all.extend(slice.items.iter().map(|frame| frame.id));
        match slice.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[test]
fn a_clip_is_its_frames_in_the_order_of_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let (first, second) = (ClipId::new(), ClipId::new());
    assert!(store.clips(None, 0).unwrap().items.is_empty());
    // A phone sends them as it comes to them.
    let [c, a, b, d] = [(1, 2.0), (2, 0.5), (3, 1.0), (4, 100.0)].map(|(n, at)| add_in(&store, n, first, at));
    let alone = add_in(&store, 5, second, 0.0);
    add(&store, 6);
    put(&store, b, 0, vec![boxed("cell", 1.0)]).unwrap();
    for lose_index in [false, true, false] {
        store = reopened(dir.path(), store, lose_index);
        let clips = store.clips(None, 0).unwrap();
        assert_eq!(clips.items.iter().map(|clip| clip.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(clips.next, None);
        let Clip { name, frames: count, first: begins, seconds, every, source, .. } = store.clip(first).unwrap();
        assert_eq!((name.as_deref(), count, begins, seconds), (Some("2.jpg"), 4, a, 100.0));
        assert_eq!((every, source), (Some(99.5 / 3.0), FrameSource::Upload));
        assert_eq!(store.clip(second).unwrap().every, None);
        assert_eq!(frames(&store, first), [a, b, c, d]);
        assert_eq!(store.frame(c).unwrap().clip, Some(ClipPlace { id: first, at: 2.0 }));
        assert_eq!(store.labels(b).unwrap().labels.len(), 1);
        assert_sound(&store);
    }
    let one = store.clips(None, 1).unwrap();
    assert_eq!((one.items[0].id, one.next.clone()), (second, Some(second.to_string())));
    assert_eq!(store.clips(Some(second), 1).unwrap().items[0].id, first);

    // Some of it deleted, then all.
    store.batch(&Who::local(), &[a], BatchAction::Delete).unwrap();
    assert_eq!(frames(&store, first), [b, c, d]);
    assert_eq!(store.clip(first).unwrap().first, b);
    let all = store.frames_of_clip(first).unwrap();
    let undo = store.batch(&Who::local(), &all, BatchAction::Delete).unwrap().undo.unwrap();
    for lose_index in [false, true] {
        store = reopened(dir.path(), store, lose_index);
        assert!(matches!(store.clip(first), Err(StoreError::NotFound { what: "clip", .. })));
        assert!(matches!(store.clip_frames(first, None, 0), Err(StoreError::NotFound { .. })));
        assert_eq!(store.clips(None, 0).unwrap().items.len(), 1);
        assert_eq!(frames(&store, second), [alone]);
        assert_sound(&store);
    }
    store.undo(undo.id).unwrap();
    assert_eq!(frames(&store, first), [b, c, d]);
    assert_eq!(store.labels(b).unwrap().labels.len(), 1);
    assert_sound(&store);
}

#[test]
fn what_is_no_place_in_a_clip_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let id = ClipId::new();
    for at in [f64::NAN, -1.0, f64::INFINITY, 1e12] {
        let frame = NewFrame { clip: Some(ClipPlace { id, at }), ..new_frame(1, 1000, FrameSource::Upload) };
        assert!(matches!(store.add_frame(&frame), Err(StoreError::Invalid(why)) if why.contains("seconds")), "{at}");
    }
    add_in(&store, 1, id, 0.0);
    let wrong = store.clip_frames(id, Some("yesterday"), 0).unwrap_err();
    assert!(matches!(&wrong, StoreError::Invalid(why) if why.contains("`next`")), "{wrong}");
}

#[test]
fn a_clip_loses_frames_to_the_budget_and_ends_with_the_last() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().into(), budget: 1 << 20, reserve: 0 }).unwrap();
    let ids = [ClipId::new(), ClipId::new()];
    for (clip, id) in ids.into_iter().enumerate() {
        for i in 0..60u32 {
            // Of a camera: those of an upload would wait for their labels.
            let frame = new_frame(i, 30_000, FrameSource::Camera);
            let place = ClipPlace { id, at: f64::from(i) };
            store.add_frame(&NewFrame { clip: Some(place), ..frame }).unwrap();
            assert_eq!(store.clip(id).unwrap().seconds, f64::from(i), "clip {clip}");
        }
    }
    assert!(matches!(store.clip(ids[0]), Err(StoreError::NotFound { .. })));
    let left = store.clip(ids[1]).unwrap();
    assert!(left.frames < 60 && left.frames == store.frames_of_clip(left.id).unwrap().len() as u64);
    assert_eq!(store.frame(left.first).unwrap().clip.map(|place| place.at), Some(60.0 - left.frames as f64));
    assert_sound(&store);
}
