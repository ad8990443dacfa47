//! Labels carried along films of the generated conveyor, and of a picture that a camera goes over; in a real store.

use fieldcoach::camera::Scene;
use fieldcoach::dataset::carry::{Accepted, CarryError, Kept, accept, carry};
use fieldcoach::domain::{BBox, FrameId, FrameSource, Label, LabelOrigin, NewFrame, Phase};
use fieldcoach::picture;
use fieldcoach::store::{LabelWrite, Options, Store};
use fieldcoach::tracks::measure::{Hand, Moving, Object, Shot, objects};
use fieldcoach::tracks::{Mark, Track};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// Of the films here: small, so that the tests are quick.
const SIZE: (u32, u32) = (320, 240);

fn conveyor(seconds: f64, fps: f64) -> (Shot, Vec<Vec<Label>>) {
    let scene = Scene::new(Scene::SEED, SIZE.0, SIZE.1);
    let times: Vec<f64> = (0..(seconds * fps) as usize).map(|n| n as f64 / fps).collect();
    let truth: Vec<_> = times.iter().map(|time| scene.render(1000.0 + time).1).collect();
    let mut objects = objects(&truth);
    objects.retain(|object: &Object| object.boxes.iter().flatten().count() > 2);
    let at = times.clone();
    (Shot { size: SIZE, times, objects, picture: Box::new(move |n| scene.render(1000.0 + at[n]).0) }, truth)
}

#[test]
fn objects_on_a_belt_are_carried_from_where_they_come_to_where_they_go() {
    let (mut shot, _) = conveyor(14.0, 2.0);
    let figures = shot.figures(Hand::Ends).unwrap();
    assert!(figures.objects >= 8 && figures.iou >= 0.8 && figures.iou > figures.straight, "{figures:?}");
    assert!((figures.missed as f32) < 0.05 * figures.boxes as f32, "{figures:?}");
    assert!(figures.touches <= 3 * figures.objects, "{figures:?}");
    let figures = shot.figures(Hand::Asked(4)).unwrap();
    assert!(figures.iou >= 0.8 && (figures.missed as f32) < 0.05 * figures.boxes as f32, "{figures:?}");
}

#[test]
fn a_camera_that_pans_and_nears_is_followed_and_what_crosses_too() {
    let (photograph, labels) = Scene::new(3, 800, 600).render(100.0);
    let boxes: Vec<_> = labels.into_iter().filter_map(|l| Some((l.category, l.bbox?))).take(4).collect();
    let crossing = Some(picture::resize_part(&photograph, [10.0, 10.0, 60.0, 60.0], 60, 60));
    let way = |t: f32| (0.4 + 0.2 * t, 0.5, 0.8 - 0.3 * t);
    let figures = Moving { photograph, boxes, crossing, way }.shot(SIZE, 6.0, 4.0).figures(Hand::Ends).unwrap();
    assert!(figures.iou >= 0.8 && (figures.missed as f32) < 0.05 * figures.boxes as f32, "{figures:?}");
}

struct Home {
    store: Store,
    frames: Vec<FrameId>,
    object: Object,
    _dir: TempDir,
}

/// A store with a film of the conveyor, and the first object that is seen from the picture's one side to the other.
fn home() -> Home {
    let dir = TempDir::new().unwrap();
    let options = Options { dir: dir.path().join("store"), budget: 100_000_000, reserve: 0 };
    let store = Store::open(options).unwrap();
    store.add_categories(Scene::categories()).unwrap();
    let (mut shot, _) = conveyor(12.0, 2.0);
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let add = |n: usize| {
        let frame = NewFrame {
            clip: None,
            jpeg: picture::encode_jpeg(&(shot.picture)(n), 90),
            taken: start + SignedDuration::from_millis((shot.times[n] * 1000.0) as i64),
            width: SIZE.0,
            height: SIZE.1,
            source: FrameSource::Camera,
            camera: None,
            name: None,
            truth: None,
        };
        store.add_frame(&frame).unwrap().id
    };
    let frames = (0..shot.times.len()).map(add).collect();
    let object = shot.objects.iter().max_by_key(|object| object.boxes.iter().flatten().count()).unwrap().clone();
    Home { store, frames, object, _dir: dir }
}

#[test]
fn what_is_carried_and_accepted_becomes_labels_and_what_was_drawn_wins() {
    let Home { store, frames, object, _dir } = home();
    let seen: Vec<usize> = (0..frames.len()).filter(|n| object.boxes[*n].is_some()).collect();
    let key = seen[seen.len() / 2];
    let mut track = Track { name: "crate:1".into(), category: object.category.clone(), ..Track::default() };
    track.marks.insert(key, Mark::Box(object.boxes[key].unwrap()));
    let answer = carry(&store, &frames, &[track.clone()], &|_| vec![]).unwrap();
    assert_eq!((answer.unseen.len(), answer.revisions.iter().sum::<u64>()), (0, 0));
    let boxes = &answer.courses[0].boxes;
    let given: Vec<usize> = (0..frames.len()).filter(|n| boxes[*n].is_some()).collect();
    assert!(given.len() >= seen.len() / 2 && given.contains(&(key + 1)) && given.contains(&(key - 1)), "{given:?}");

    // Somebody drew the object in the next frame, without a track, and reviewed the one before.
    let category = object.category.clone();
    let own = Label::boxed(category, boxes[key + 1].unwrap().bbox);
    let put = |n: usize, phase, labels| {
        store.put_labels(frames[n], LabelWrite { phase, labels, ..LabelWrite::default() }).unwrap().revision
    };
    let revision = put(key + 1, Phase::Unlabelled, vec![own.clone()]);
    put(key - 1, Phase::Reviewed, vec![]);
    let accepted =
        |n: usize, revision| Accepted { frame: frames[n], revision, boxes: vec![Kept::of(&track, &boxes[n].unwrap())] };
    let done = accept(&store, &[accepted(key, 0), accepted(key + 1, revision), accepted(key - 1, 1)], Some("Ana"));
    assert_eq!(done.done, [frames[key], frames[key + 1]]);
    assert!(done.failed.len() == 1 && done.failed[0].1.contains("it was reviewed"), "{done:?}");
    let labels = store.labels(frames[key]).unwrap();
    assert_eq!((labels.phase, labels.labels[0].origin), (Phase::Labelled, LabelOrigin::Drawn));
    assert_eq!((labels.labels[0].track.as_deref(), labels.labels[0].by.as_deref()), (Some("crate:1"), Some("Ana")));
    let next = store.labels(frames[key + 1]).unwrap();
    assert_eq!((next.labels.len(), next.labels[0].bbox, next.labels[0].track.clone()), (1, own.bbox, None));
    assert_eq!(next.phase, Phase::Labelled);

    // Carried anew, a carried label is replaced; written meanwhile, it is left alone.
    let other = *given.iter().find(|n| n.abs_diff(key) > 1).unwrap();
    let first = accept(&store, &[accepted(other, 0)], None);
    assert_eq!(first.done, [frames[other]]);
    let of = |n: usize| store.labels(frames[n]).unwrap();
    assert_eq!((of(other).labels[0].origin, of(other).labels[0].score.is_some()), (LabelOrigin::Carried, true));
    assert_eq!(accept(&store, &[accepted(other, 1)], None).done.len(), 1);
    assert_eq!((of(other).revision, of(other).labels.len()), (2, 1));
    let stale = accept(&store, &[accepted(other, 1)], None);
    assert!(stale.done.is_empty() && stale.failed[0].1.contains("at revision 2 by now"), "{stale:?}");
}

#[test]
fn what_can_not_be_carried_is_told_in_words() {
    let Home { store, frames, .. } = home();
    let of = |picture, bbox| Track {
        name: "a".into(),
        category: "apple".into(),
        marks: [(picture, Mark::Box(bbox))].into(),
    };
    let sound = BBox::new(10.0, 10.0, 50.0, 50.0);
    let refused =
        |frames: &[FrameId], track: Track| carry(&store, frames, &[track], &|_| vec![]).unwrap_err().to_string();
    assert!(matches!(carry(&store, &[], &[], &|_| vec![]), Err(CarryError::Empty)));
    assert!(refused(&frames, of(99, sound)).contains("says something of picture 99, and there are 24"));
    assert!(refused(&frames, of(1, BBox::new(0.0, 0.0, 0.0, 5.0))).contains("track `a`, picture 1: the box"));
    let back: Vec<FrameId> = frames.iter().rev().copied().collect();
    assert!(refused(&back, of(0, sound)).contains("in the order in which they were taken"));
}
