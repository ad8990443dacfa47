//! Labels carried along films of the generated conveyor, and of a picture that a camera goes over; in a real store.

use fieldcoach::camera::Scene;
use fieldcoach::dataset::carry::{
    Accepted, AcceptedBox, AcceptedFrame, Answer, Asked, CarriedBox, ClipTrack, ClipWhy, Reason, Way, accept, carry,
};
use fieldcoach::domain::{
    BBox, Category, ClipId, ClipPlace, FrameId, FrameSource, GoneOrBack, Label, LabelKind, LabelOrigin, NewFrame,
    Phase, TokenId, TrackMark, Who,
};
use fieldcoach::picture;
use fieldcoach::store::{BatchAction, LabelWrite, Options, Store, StoreError};
use fieldcoach::tracks::Mark;
use fieldcoach::tracks::measure::{Cover, Figures, Hand, Hiding, Moving, Object, Shot, objects};
use fieldcoach::turns::Turns;
use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::json;
use std::ops::ControlFlow;
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

#[test]
fn what_is_hidden_for_a_while_is_not_said_to_be_seen() {
    let figures = |(seed, cover, speed, hand)| {
        let scene = Scene::new(seed, SIZE.0, SIZE.1);
        let hiding = Hiding { seed, cover, speed, hidden: (3.0, 5.0) };
        hiding.shot(&|n| scene.render(60.0 * n as f64), 8.0, 3.0).unwrap().figures(hand).unwrap()
    };
    let mut films = Vec::new();
    for seed in 1..=3 {
        for hand in [Hand::First, Hand::Both, Hand::Last] {
            let ways = Cover::ALL.into_iter().flat_map(|cover| [0.0, 24.0].map(|speed| (seed, cover, speed, hand)));
            films.extend(ways.filter(|(_, cover, speed, _)| *cover != Cover::Standing || *speed > 0.0));
        }
        // It creeps behind what stands there, and comes out more than its width further on.
        films.push((seed, Cover::Standing, 12.0, Hand::Both));
    }
    let all = Figures::of_all(&films.into_par_iter().map(figures).collect::<Vec<_>>());
    let bad = all.wrong + all.extra;
    assert!(bad > 100, "in some films a box leads from one side of what hides it to the other: {all:?}");
    assert!(20 * all.bluff <= bad, "{} of {bad} boxes that are wrong are said to be sure: {all:?}", all.bluff);
    assert!(3 * all.sure >= all.boxes, "while it can be seen, it is sure: {all:?}");
}

/// A frame that is accepted with nothing in it.
fn bare(frame: FrameId, revision: u64) -> AcceptedFrame {
    let phase = Phase::Labelled;
    AcceptedFrame { frame, revision, boxes: vec![], marks: None, unknown: [].into(), phase, at: None }
}

struct Home {
    store: Store,
    clip: ClipId,
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
    let clip = ClipId::new();
    let add = |n: usize| {
        let frame = NewFrame {
            clip: Some(ClipPlace { id: clip, at: shot.times[n] }),
            kept: None,
            jpeg: picture::encode_jpeg(&(shot.picture)(n), 90),
            // A phone sends them as they come, whenever they were taken.
            taken: Timestamp::now(),
            width: SIZE.0,
            height: SIZE.1,
            source: FrameSource::Upload,
            camera: None,
            name: None,
            truth: None,
        };
        store.add_frame(&frame).unwrap().id
    };
    let frames = (0..shot.times.len()).map(add).collect();
    let object = shot.objects.iter().max_by_key(|object| object.boxes.iter().flatten().count()).unwrap().clone();
    Home { store, clip, frames, object, _dir: dir }
}

impl Home {
    fn asked(&self, asked: &Asked) -> Result<Answer, String> {
        let (turns, mut going) = (Turns::at_pictures(), |_, _| ControlFlow::Continue(()));
        let way = Way { turns: &turns, detections: &|_| vec![], going: &mut going };
        carry(&self.store, self.clip, asked, way).map_err(|error| error.to_string())
    }

    fn carried(&self, tracks: Option<Vec<ClipTrack>>) -> Answer {
        self.asked(&Asked { tracks, ..Asked::default() }).unwrap()
    }

    /// The object, drawn in this frame.
    fn track(&self, number: usize) -> ClipTrack {
        let bbox = self.object.boxes[number].unwrap();
        let (track, category) = ("crate:1".to_owned(), self.object.category.clone());
        ClipTrack { track, category, marks: [(self.frames[number], Mark::Box(bbox))].into() }
    }

    /// What of an answer is accepted of this frame.
    fn accepted(&self, answer: &Answer, number: usize) -> AcceptedFrame {
        let frame = &answer.frames[number];
        let boxes = frame.boxes.iter().cloned().map(|b| AcceptedBox {
            track: b.track,
            category: b.category,
            bbox: b.bbox,
            origin: b.origin,
            score: Some(b.score),
            sure: None,
        });
        let (marks, unknown) = (Some(frame.marks.clone()), frame.unknown.clone());
        AcceptedFrame { boxes: boxes.collect(), marks, unknown, ..bare(frame.frame, frame.revision) }
    }

    fn accept(&self, frames: Vec<AcceptedFrame>) -> fieldcoach::store::Batch {
        let ana = Who { name: "Ana".into(), token: Some(TokenId::new()), ..Who::local() };
        let accepted = Accepted { frames, tracks: ["crate:1".to_owned()].into(), ..Accepted::default() };
        accept(&self.store, &ana, self.clip, &accepted).unwrap()
    }

    /// A grey frame more.
    fn add(&self, place: ClipPlace, (width, height): (u32, u32)) -> FrameId {
        let frame = NewFrame {
            clip: Some(place),
            kept: None,
            jpeg: picture::encode_jpeg(&image::RgbImage::from_pixel(width, height, image::Rgb([90; 3])), 90),
            taken: Timestamp::now(),
            width,
            height,
            source: FrameSource::Upload,
            camera: None,
            name: None,
            truth: None,
        };
        self.store.add_frame(&frame).unwrap().id
    }

    fn put(&self, number: usize, phase: Phase, labels: Vec<Label>) {
        let revision = self.store.labels(self.frames[number]).unwrap().revision;
        let write = LabelWrite { revision, phase, labels, ..LabelWrite::default() };
        self.store.put_labels(self.frames[number], write).unwrap();
    }

    fn labels(&self, number: usize) -> Vec<Label> {
        self.store.labels(self.frames[number]).unwrap().labels
    }

    fn seen(&self) -> Vec<usize> {
        (0..self.frames.len()).filter(|n| self.object.boxes[*n].is_some()).collect()
    }

    fn ious(&self, answer: &Answer) -> Vec<f32> {
        let frames = answer.frames.iter().zip(&self.object.boxes);
        let of = |(frame, truth): (&fieldcoach::dataset::carry::CarriedFrame, &Option<BBox>)| {
            truth.map(|truth| frame.boxes.iter().map(|b| b.bbox.iou(&truth)).fold(0.0, f32::max))
        };
        frames.filter_map(of).collect()
    }
}

#[test]
fn what_is_carried_and_accepted_becomes_labels_and_what_was_drawn_wins() {
    let home = home();
    let seen = home.seen();
    let key = seen[seen.len() / 2];
    let answer = home.carried(Some(vec![home.track(key)]));
    assert!(answer.unseen.is_empty() && answer.frames.iter().all(|frame| frame.revision == 0));
    assert_eq!(answer.frames.iter().map(|frame| frame.at).nth(3), Some(1.5), "by the clip, not by when they came");
    let given: Vec<usize> = (0..home.frames.len()).filter(|n| !answer.frames[*n].boxes.is_empty()).collect();
    assert!(given.len() >= seen.len() / 2 && given.contains(&(key + 1)) && given.contains(&(key - 1)), "{given:?}");

    // Somebody drew the object in the next frame, without a track, and reviewed the one before.
    let own = Label::boxed(home.object.category.clone(), answer.frames[key + 1].boxes[0].bbox);
    home.put(key + 1, Phase::Labelled, vec![own.clone()]);
    home.put(key - 1, Phase::Reviewed, vec![]);
    let fresh = home.carried(Some(vec![home.track(key)]));
    let other = *given.iter().find(|n| n.abs_diff(key) > 1).unwrap();
    let numbers = [key, key + 1, key - 1, other];
    let batch = home.accept(numbers.map(|n| home.accepted(&fresh, n)).into());
    assert_eq!(batch.done.len(), 3, "{batch:?}");
    assert!(batch.failed.len() == 1 && batch.failed[0].1.contains("it was reviewed"), "{batch:?}");
    let drawn = &home.labels(key)[0];
    assert_eq!((drawn.origin, drawn.track.as_deref(), drawn.score), (LabelOrigin::Drawn, Some("crate:1"), None));
    assert_eq!(drawn.by.as_deref(), Some("Ana"));
    assert_eq!(home.labels(key + 1), [own], "what somebody drew is nobody else's");
    let carried = &home.labels(other)[0];
    assert_eq!((carried.origin, carried.score.is_some()), (LabelOrigin::Carried, true));

    // Carried anew, a label of the track is replaced, and taken away where it is gone; one written meanwhile is left alone.
    let again = home.carried(Some(vec![home.track(key)]));
    assert_eq!(home.accept(vec![home.accepted(&again, other)]).done.len(), 1);
    assert_eq!(home.labels(other).len(), 1);
    let stale = home.accept(vec![home.accepted(&again, other)]);
    assert!(stale.done.is_empty() && stale.failed[0].1.contains("at revision 2 by now"), "{stale:?}");
    let empty = bare(home.frames[other], 2);
    let emptied = home.accept(vec![empty]);
    assert!(home.labels(other).is_empty() && emptied.failed.is_empty(), "{emptied:?}");

    // All of it has one way back.
    home.store.undo(emptied.undo.unwrap().id).unwrap();
    assert_eq!(home.labels(other).len(), 1);
    let undone = home.store.undo(batch.undo.unwrap().id).unwrap();
    assert_eq!((undone.relabelled.len(), undone.kept), (2, 1), "the third was changed since");
    assert!(home.labels(key).is_empty());
}

#[test]
fn objects_are_found_in_labels_that_say_of_no_track() {
    let home = home();
    let seen = home.seen();
    let (first, last) = (seen[1], seen[seen.len() - 2]);
    for number in [first, last] {
        home.put(
            number,
            Phase::Labelled,
            vec![Label::boxed(home.object.category.clone(), home.object.boxes[number].unwrap())],
        );
    }
    let answer = home.carried(None);
    assert_eq!(answer.tracks.len(), 1, "it is one object: {:?}", answer.tracks);
    assert_eq!(answer.tracks[0].track.marks.len(), 2);
    let ious = home.ious(&answer);
    let mean = ious.iter().sum::<f32>() / ious.len() as f32;
    assert!(mean >= 0.8, "{ious:?}");

    // Accepted, it has a name and is the same at the next time, and gone where it was accepted to be.
    let track = answer.tracks[0].track.track.clone();
    let frames = (0..home.frames.len()).map(|n| home.accepted(&answer, n)).collect();
    let accepted = Accepted { frames, tracks: [track.clone()].into(), ..Accepted::default() };
    let batch = accept(&home.store, &Who::local(), home.clip, &accepted).unwrap();
    assert_eq!((batch.done.len(), batch.failed.len()), (home.frames.len(), 0));
    assert_eq!(home.labels(first).iter().map(|l| l.track.clone()).collect::<Vec<_>>(), [Some(track.clone())]);
    let again = home.carried(None);
    assert_eq!(again.tracks[0].track.track, track);
    let present = |answer: &Answer| answer.frames.iter().map(|frame| frame.boxes.len()).collect::<Vec<_>>();
    assert_eq!(present(&again), present(&answer));

    // With another object drawn beside it in one frame, there are two.
    let elsewhere = Label::boxed(home.object.category.clone(), BBox::new(2.0, 2.0, 20.0, 20.0));
    home.put(first, Phase::Labelled, [home.labels(first), vec![elsewhere]].concat());
    let names: Vec<String> = home.carried(None).tracks.into_iter().map(|t| t.track.track).collect();
    assert!(names.len() == 2 && names[0] != names[1] && names.contains(&track), "{names:?}");
}

#[test]
fn what_can_not_be_carried_is_told_in_words_and_ends_when_told() {
    let home = home();
    let key = home.seen()[2];
    let refused = |track: ClipTrack| home.asked(&Asked { tracks: Some(vec![track]), ..Asked::default() }).unwrap_err();
    let marked = |frame, mark| ClipTrack { marks: [(frame, mark)].into(), ..home.track(key) };
    let sound = Mark::Box(BBox::new(10.0, 10.0, 50.0, 50.0));
    assert!(refused(marked(FrameId::new(), sound)).contains("which is none of the clip"));
    let flat = Mark::Box(BBox::new(0.0, 0.0, 0.0, 5.0));
    let says = refused(marked(home.frames[1], flat));
    assert!(says.contains(&format!("track `crate:1`: frame {}: the box", home.frames[1])), "{says}");
    let twice = Asked { tracks: Some(vec![home.track(key), home.track(key)]), ..Asked::default() };
    assert!(home.asked(&twice).unwrap_err().contains("`crate:1` is there twice"));
    let after = Asked { from: Some(1e6), ..Asked::default() };
    assert!(home.asked(&after).unwrap_err().contains("no frames of the clip in that time"));
    let part = Asked { from: Some(1.0), to: Some(2.0), tracks: Some(vec![]) };
    assert_eq!(home.asked(&part).unwrap().frames.len(), 3);

    let (turns, mut looked) = (Turns::at_pictures(), 0);
    let mut going = |done, _| {
        looked = done;
        if done == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let way = Way { turns: &turns, detections: &|_| vec![], going: &mut going };
    let asked = Asked { tracks: Some(vec![home.track(key)]), ..Asked::default() };
    assert!(carry(&home.store, home.clip, &asked, way).unwrap_err().to_string().contains("stopped"));

    // A frame of another clip is not accepted here; nor anything of none, of no object, or twice.
    let frame = bare(home.frames[0], 0);
    let accepted = Accepted { frames: vec![frame.clone()], tracks: ["a".to_owned()].into(), ..Accepted::default() };
    let other = ClipId::new();
    home.add(ClipPlace { id: other, at: 0.0 }, SIZE);
    let batch = accept(&home.store, &Who::local(), other, &accepted).unwrap();
    assert!(batch.done.is_empty() && batch.failed[0].1.contains("it is no frame of clip"), "{batch:?}");
    let none = accept(&home.store, &Who::local(), ClipId::new(), &accepted).unwrap_err();
    assert!(matches!(none, StoreError::NotFound { .. }), "{none:?}");
    let refused =
        |accepted: Accepted| accept(&home.store, &Who::local(), home.clip, &accepted).unwrap_err().to_string();
    let says = refused(Accepted { frames: vec![frame.clone()], ..Accepted::default() });
    assert!(says.contains("no object is said that it is about"), "{says}");
    let says = refused(Accepted { frames: vec![frame.clone(), frame], ..accepted });
    assert!(says.contains("is there twice in `frames`"), "{says}");
    assert_eq!(home.store.labels(home.frames[0]).unwrap().revision, 0);
}

#[test]
fn of_what_can_not_be_a_label_nothing_is_carried() {
    let home = home();
    let key = home.seen()[2];
    let category = |name: &str, kind| Category { name: name.into(), kind, ..Scene::categories().remove(0) };
    home.store.add_categories(vec![category("wet", LabelKind::Tag), category("leaf", LabelKind::Polygon)]).unwrap();
    let refused = |track: ClipTrack| home.asked(&Asked { tracks: Some(vec![track]), ..Asked::default() }).unwrap_err();
    let of = |category: &str| ClipTrack { category: category.into(), ..home.track(key) };
    for (track, says) in [
        (of("nobody"), "track `crate:1`: there is no category `nobody`"),
        (of("wet"), "`wet` is a tag for the whole frame"),
        (of("leaf"), "`leaf` is labelled with outlines"),
        (ClipTrack { track: "a b".into(), ..home.track(key) }, "must be 1 to 64 letters"),
    ] {
        let said = refused(track);
        assert!(said.contains(says), "{said}");
    }
    let (id, mark) = (home.frames[key], json!({"box": [1, 2, 3, 4]}));
    let twice = format!(r#"{{"track": "a", "category": "b", "marks": {{"{id}": {mark}, "{id}": "gone"}}}}"#);
    let error = serde_json::from_str::<ClipTrack>(&twice).unwrap_err().to_string();
    assert!(error.contains("is there twice in `marks`"), "{error}");
    // An outline that somebody drew is passed over, and told.
    let outline = vec![[10.0, 10.0], [60.0, 10.0], [30.0, 60.0]];
    home.put(key, Phase::Labelled, vec![Label { track: Some("l".into()), ..Label::outlined("leaf", outline) }]);
    let answer = home.carried(None);
    assert!(answer.tracks.is_empty() && answer.notes[0].contains("outlines of `leaf` are not carried"), "{answer:?}");
}

#[test]
fn a_draft_becomes_no_label_by_accepting() {
    let home = home();
    let key = home.seen()[2];
    let answer = home.carried(Some(vec![home.track(key)]));
    let same =
        Label { score: Some(0.4), ..Label::boxed(home.object.category.clone(), home.object.boxes[key].unwrap()) };
    home.put(key, Phase::Unlabelled, vec![same.clone()]);
    let elsewhere = Label::boxed(home.object.category.clone(), BBox::new(2.0, 2.0, 12.0, 12.0));
    home.put(key + 1, Phase::Unlabelled, vec![same, elsewhere.clone()]);
    let frames = [key, key + 1].map(|n| AcceptedFrame { revision: 1, ..home.accepted(&answer, n) });
    let batch = home.accept(frames.into());
    assert_eq!(batch.done, [home.frames[key]]);
    assert!(batch.failed[0].1.contains("finish it first"), "{batch:?}");
    let labels = home.labels(key);
    assert_eq!((labels.len(), labels[0].track.as_deref(), labels[0].score), (1, Some("crate:1"), None));
    let left = home.store.labels(home.frames[key + 1]).unwrap();
    assert_eq!((left.phase, left.labels.contains(&elsewhere)), (Phase::Unlabelled, true));
    home.store.undo(batch.undo.unwrap().id).unwrap();
    let back = home.store.labels(home.frames[key]).unwrap();
    assert_eq!((back.phase, back.labels[0].score), (Phase::Unlabelled, Some(0.4)));
}

#[test]
fn where_nothing_was_drawn_the_first_frame_is_asked_for() {
    let home = home();
    let next = home.carried(None).next.unwrap();
    assert_eq!((next.frame, next.track, next.why), (home.frames[0], None, Reason::Clip(ClipWhy::Undrawn)));
    let key = home.seen()[2];
    let bare = ClipTrack { marks: [(home.frames[key], Mark::Gone)].into(), ..home.track(key) };
    assert_eq!(home.carried(Some(vec![bare])).next.unwrap().why, Reason::Clip(ClipWhy::Undrawn));
}

#[test]
fn frames_of_another_size_get_no_boxes_and_no_marks() {
    let home = home();
    let last = home.frames.len() as f64 / 2.0;
    let odd = home.add(ClipPlace { id: home.clip, at: last + 0.5 }, (160, 120));
    let key = home.seen()[home.seen().len() - 1];
    let answer = home.carried(Some(vec![home.track(key)]));
    let frame = answer.frames.last().unwrap();
    assert!(frame.frame == odd && frame.boxes.is_empty(), "{frame:?}");
    assert_eq!(answer.unseen.iter().map(|unseen| unseen.frame).collect::<Vec<_>>(), [odd]);
    assert_eq!(answer.unseen[0].detail, "it has 160 × 120 pixels, and the clip 320 × 240");
    let track = ClipTrack { marks: [(odd, Mark::Gone)].into(), ..home.track(key) };
    let says = home.asked(&Asked { tracks: Some(vec![track]), ..Asked::default() }).unwrap_err();
    assert!(says.contains(&format!("nothing can be said of frame {odd}: it has 160 × 120")), "{says}");
    let batch = home.accept(vec![bare(odd, 0)]);
    assert!(batch.done.is_empty() && batch.failed[0].1.contains("160 × 120"), "{batch:?}");

    // What was labelled there is passed over, and told; the rest is carried.
    let of = |bbox| Label { track: Some("crate:1".into()), ..Label::boxed(home.object.category.clone(), bbox) };
    home.put(key, Phase::Labelled, vec![of(home.object.boxes[key].unwrap())]);
    let write = LabelWrite {
        phase: Phase::Labelled,
        labels: vec![of(BBox::new(1.0, 1.0, 30.0, 30.0))],
        ..LabelWrite::default()
    };
    home.store.put_labels(odd, write).unwrap();
    let answer = home.carried(None);
    assert_eq!(answer.tracks[0].track.marks.len(), 1);
    assert!(answer.notes[0].contains(&odd.to_string()), "{:?}", answer.notes);
}

#[test]
fn what_is_accepted_untouched_stays_as_it_was_and_says_nothing_of_what_was_not_found() {
    let mut home = home();
    let key = home.seen()[2];
    home.frames.push(home.add(ClipPlace { id: home.clip, at: 20.0 }, SIZE));
    let track = |label: Label| Label { track: Some("crate:1".into()), ..label };
    let drawn = track(Label::boxed(home.object.category.clone(), home.object.boxes[key].unwrap()));
    let drawn = Label { by: Some("Ben".into()), origin: LabelOrigin::Accepted, score: Some(0.7), ..drawn };
    home.put(key, Phase::Labelled, vec![drawn.clone()]);
    let answer = home.carried(None);
    let all = (0..home.frames.len()).map(|n| home.accepted(&answer, n)).collect();
    assert_eq!(home.accept(all).done.len(), home.frames.len());
    assert_eq!(home.labels(key), [drawn]);
    let stored: Vec<_> = (0..home.frames.len()).map(|n| home.labels(n)).collect();

    // That nothing was found in a frame was said by nobody.
    let again = home.carried(None);
    assert_eq!(again.tracks[0].track.marks.len(), 1, "{:?}", again.tracks);
    let all = (0..home.frames.len()).map(|n| home.accepted(&again, n)).collect();
    home.accept(all);
    assert_eq!((0..home.frames.len()).map(|n| home.labels(n)).collect::<Vec<_>>(), stored);

    // But by whoever reviewed it.
    let gone = home.frames.len() - 1;
    assert!(home.labels(gone).is_empty());
    home.put(gone, Phase::Reviewed, vec![]);
    assert_eq!(home.carried(None).tracks[0].track.marks[&home.frames[gone]], Mark::Gone);
}

#[test]
fn what_was_said_of_an_object_is_known_at_the_next_time_and_is_no_label_before_it_is_accepted() {
    let home = home();
    let seen = home.seen();
    let (key, away) = (seen[1], seen[3]);
    let mut said = home.track(key);
    said.marks.extend([(home.frames[away], Mark::Gone), (home.frames[away + 2], Mark::Back)]);
    let answer = home.carried(Some(vec![said.clone()]));
    let gone = TrackMark { track: "crate:1".into(), mark: GoneOrBack::Gone };
    assert_eq!(answer.frames[away].marks, std::slice::from_ref(&gone));

    // As it is said: a draft, which nobody trains with.
    let kept = [key, away, away + 2].map(|n| {
        let frame = home.accepted(&answer, n);
        AcceptedFrame {
            boxes: frame.boxes.into_iter().filter(|_| n == key).collect(),
            phase: Phase::Unlabelled,
            ..frame
        }
    });
    assert_eq!(home.accept(kept.into()).done.len(), 3);
    assert!(home.store.labelled().unwrap().is_empty());
    assert_eq!(home.store.counts().unwrap().drafts, 3, "and no frame of which something was said is dropped");
    let boxes = |answer: &Answer| answer.frames.iter().map(|frame| frame.boxes.clone()).collect::<Vec<_>>();
    let again = home.carried(None);
    assert_eq!((&again.tracks[0].track, boxes(&again)), (&said, boxes(&answer)));

    // Accepted, it stays known; the way back leads to the drafts.
    let all = || (0..home.frames.len()).map(|n| home.accepted(&home.carried(None), n)).collect();
    let batch = home.accept(all());
    assert_eq!(
        batch.done,
        home.frames[..away + 2],
        "where it was said to be back, and was drawn nowhere, nobody knows"
    );
    assert_eq!(home.labels(key)[0].by.as_deref(), Some("Ana"));
    assert_eq!(home.carried(None).tracks[0].track, said);
    home.store.undo(batch.undo.unwrap().id).unwrap();
    assert_eq!((home.store.counts().unwrap().drafts, home.carried(None).tracks[0].track.clone()), (3, said.clone()));
    home.accept(all());

    // It goes and comes back with its frame, and stays where its labels are written by who knows nothing of it.
    let deleted = home.store.batch(&Who::local(), &[home.frames[away]], BatchAction::Delete).unwrap();
    assert_eq!(home.carried(None).tracks[0].track.marks.len(), 2);
    home.store.undo(deleted.undo.unwrap().id).unwrap();
    home.put(away, Phase::Labelled, vec![]);
    assert_eq!(home.carried(None).tracks[0].track, said);
    home.accept(vec![bare(home.frames[away], home.store.labels(home.frames[away]).unwrap().revision)]);
    assert_eq!(home.carried(None).tracks[0].track, said);
    // Where it is drawn, it is not gone.
    let here = Label {
        track: Some("crate:1".into()),
        ..Label::boxed(home.object.category.clone(), home.object.boxes[away].unwrap())
    };
    home.put(away, Phase::Labelled, vec![here]);
    assert!(home.store.labels(home.frames[away]).unwrap().marks.is_empty());

    let beyond = AcceptedFrame { phase: Phase::Reviewed, ..bare(home.frames[0], 1) };
    let refused = Accepted { frames: vec![beyond], tracks: ["crate:1".to_owned()].into(), ..Accepted::default() };
    let refused = accept(&home.store, &Who::local(), home.clip, &refused).unwrap_err().to_string();
    assert!(refused.contains("its phase can be `labelled`"), "{refused}");
}

#[test]
fn what_is_kept_of_one_object_leaves_what_was_kept_of_another() {
    let home = home();
    let key = home.seen()[2];
    let keep = |track: &str, boxes: Vec<BBox>, marks: Vec<GoneOrBack>| {
        let boxes = boxes.into_iter().map(|bbox| {
            let (track, category) = (track.to_owned(), home.object.category.clone());
            AcceptedBox { track, category, bbox, origin: LabelOrigin::Drawn, score: None, sure: None }
        });
        let marks = marks.into_iter().map(|mark| TrackMark { track: track.into(), mark }).collect();
        let revision = home.store.labels(home.frames[key]).unwrap().revision;
        let (boxes, marks, phase) = (boxes.collect(), Some(marks), Phase::Unlabelled);
        let frame = AcceptedFrame { boxes, marks, phase, ..bare(home.frames[key], revision) };
        let accepted = Accepted { frames: vec![frame], tracks: [track.to_owned()].into(), ..Accepted::default() };
        let batch = accept(&home.store, &Who::local(), home.clip, &accepted).unwrap();
        assert!(batch.failed.is_empty(), "{batch:?}");
    };
    let state = || {
        let now = home.store.labels(home.frames[key]).unwrap();
        let names = |names: Vec<String>| names.join(" ");
        let labels = now.labels.iter().filter_map(|label| label.track.clone()).collect();
        (now.phase, names(labels), names(now.marks.into_iter().map(|said| said.track).collect()))
    };
    let bbox = BBox::new(2.0, 2.0, 20.0, 20.0);
    keep("a", vec![bbox], vec![]);
    keep("b", vec![], vec![GoneOrBack::Gone]);
    assert_eq!(state(), (Phase::Unlabelled, "a".into(), "b".into()));
    // It is moved far away, and is no other label that would have to be finished first.
    keep("a", vec![BBox::new(200.0, 100.0, 20.0, 20.0)], vec![]);
    home.put(key, Phase::Labelled, home.labels(key));
    keep("b", vec![BBox::new(60.0, 2.0, 20.0, 20.0)], vec![]);
    assert_eq!(state(), (Phase::Labelled, "a b".into(), String::new()), "and what is labelled stays labelled");
    keep("a", vec![], vec![]);
    assert_eq!(state(), (Phase::Labelled, "b".into(), String::new()));
}

#[test]
fn frames_of_which_nobody_knows_whether_an_object_is_in_them_are_not_accepted() {
    let home = home();
    let seen = home.seen();
    let (key, until) = (seen[2], home.frames.len() - 2);
    // Said to be there again, and drawn nowhere.
    let mut said = home.track(key);
    let marks = [(seen[4], Mark::Gone), (until - 2, Mark::Back), (until, Mark::Gone)];
    said.marks.extend(marks.map(|(number, mark)| (home.frames[number], mark)));
    let answer = home.carried(Some(vec![said.clone()]));
    let unknown: Vec<usize> = (0..home.frames.len()).filter(|n| !answer.frames[*n].unknown.is_empty()).collect();
    assert_eq!(unknown, [until - 2, until - 1]);
    assert_eq!(answer.frames[until - 1].unknown, ["crate:1".to_owned()].into());

    let batch = home.accept((0..home.frames.len()).map(|n| home.accepted(&answer, n)).collect());
    assert_eq!(
        batch.failed.iter().map(|(frame, _)| *frame).collect::<Vec<_>>(),
        unknown.iter().map(|n| home.frames[*n]).collect::<Vec<_>>()
    );
    assert!(batch.failed[0].1.contains("nobody knows whether `crate:1` is in it"), "{batch:?}");
    assert_eq!(home.store.labels(home.frames[until - 1]).unwrap().phase, Phase::Unlabelled);
    // What was said there can be kept, and an answer opens them.
    let kept = AcceptedFrame { phase: Phase::Unlabelled, ..home.accepted(&answer, until - 2) };
    assert_eq!(home.accept(vec![kept]).done.len(), 1);
    said.marks.insert(home.frames[until - 2], Mark::Gone);
    let answer = home.carried(Some(vec![said]));
    assert_eq!(home.accept([until - 2, until - 1].map(|n| home.accepted(&answer, n)).into()).done.len(), 2);
}

#[test]
fn a_new_object_never_takes_the_name_of_another() {
    let home = home();
    let seen = home.seen();
    let drawn = |number: usize, name: &str| {
        let bbox = home.object.boxes[number].unwrap();
        let (track, category) = (name.to_owned(), home.object.category.clone());
        let boxes = vec![AcceptedBox { track, category, bbox, origin: LabelOrigin::Drawn, score: None, sure: None }];
        AcceptedFrame { boxes, marks: Some(vec![]), phase: Phase::Unlabelled, ..bare(home.frames[number], 0) }
    };
    let new = |number, name: &str| {
        let (frames, new) = (vec![drawn(number, name)], [name.to_owned()].into());
        accept(&home.store, &Who::local(), home.clip, &Accepted { frames, new, ..Accepted::default() })
    };
    assert_eq!(new(seen[1], "crate-1").unwrap().done.len(), 1);
    // Another phone, which knows nothing of it, in another frame.
    let refused = new(seen[3], "crate-1").unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(text) if text.contains("another object `crate-1`")), "{refused}");
    assert!(home.labels(seen[3]).is_empty());
    assert_eq!(new(seen[3], "crate-2").unwrap().done.len(), 1);

    // Of two parts of a clip each names its own objects, and the same one always alike.
    let far = home.frames.len() - 1;
    for number in [seen[0], far] {
        home.put(
            number,
            Phase::Labelled,
            vec![Label::boxed(home.object.category.clone(), BBox::new(9.0, 9.0, 20.0, 20.0))],
        );
    }
    let part = |from: usize, to: usize| {
        let at = |number: usize| Some(number as f64 / 2.0);
        let answer = home.asked(&Asked { tracks: None, from: at(from), to: at(to) }).unwrap();
        // Those that were drawn elsewhere come there, too, by the names that they have.
        let fresh = |name: &String| !name.starts_with("crate-");
        answer.tracks.into_iter().map(|track| track.track.track).filter(fresh).collect::<Vec<_>>()
    };
    let (first, last) = (part(seen[0], seen[0]), part(far, far));
    assert_eq!((first.len(), last.len()), (1, 1));
    assert_ne!(first, last);
    assert_eq!(first, part(seen[0], seen[0]));
}

#[test]
fn a_part_of_a_clip_goes_on_from_what_was_said_beside_it() {
    let home = home();
    let seen = home.seen();
    let (first, middle, last) = (seen[1], seen[seen.len() / 2], seen[seen.len() - 2]);
    let at = |number: usize| number as f64 / 2.0;
    let part = |numbers: std::ops::Range<usize>, tracks| {
        let (from, to) = (Some(at(numbers.start)), Some(at(numbers.end) - 1e-4));
        home.asked(&Asked { tracks, from, to }).unwrap()
    };
    let label = |number: usize| Label {
        track: Some("crate:1".into()),
        ..Label::boxed(home.object.category.clone(), home.object.boxes[number].unwrap())
    };
    let all = home.frames.len();
    // Drawn before the part alone; and carried there, not drawn.
    home.put(first, Phase::Unlabelled, vec![label(first)]);
    let whole = home.carried(None);
    let rest = part(middle..all, None);
    assert!(!whole.frames[middle].boxes.is_empty(), "{:?}", whole.frames[middle]);
    let boxes = |answer: &Answer| answer.frames.iter().map(|frame| frame.boxes.clone()).collect::<Vec<_>>();
    assert_eq!(boxes(&rest), boxes(&whole)[middle..], "as if it were carried in one go");
    let tracks: Vec<_> =
        rest.tracks.iter().map(|track| (track.track.track.as_str(), track.track.marks.len())).collect();
    assert_eq!(tracks, [("crate:1", 0)], "nothing was said of it here");
    let carried = Label { origin: LabelOrigin::Carried, score: Some(0.9), ..label(middle - 1) };
    home.put(middle - 1, Phase::Labelled, vec![carried]);
    let nearer = part(middle..all, None);
    assert_eq!(nearer.frames[0].boxes[0].origin, LabelOrigin::Carried);

    // Drawn on both sides of the edge, each part has its half of what lies between.
    home.put(middle - 1, Phase::Unlabelled, vec![]);
    home.put(last, Phase::Unlabelled, vec![label(last)]);
    let whole = home.carried(None);
    let halves = [part(0..middle, None), part(middle..all, None)];
    // How fast something goes is known a little less well at an edge.
    let same = |(one, other): (Vec<CarriedBox>, Vec<CarriedBox>)| {
        let alike = |(a, b): (&CarriedBox, &CarriedBox)| a.origin == b.origin && a.bbox.iou(&b.bbox) > 0.97;
        one.len() == other.len() && one.iter().zip(&other).all(alike)
    };
    assert!(halves.iter().flat_map(boxes).zip(boxes(&whole)).all(same), "{halves:?} {whole:?}");
    assert!(halves[0].frames.iter().flat_map(|f| &f.boxes).any(|b| b.origin == LabelOrigin::Interpolated));
    let again = |half: &Answer| half.tracks.iter().map(|track| track.track.clone()).collect::<Vec<_>>();
    let told = part(middle..all, Some(again(&halves[1])));
    assert_eq!(boxes(&told), boxes(&halves[1]), "also where the object is told by its name");
    assert_eq!(part(middle..all, Some(vec![])).tracks, [], "and no other then");

    // Said to be gone before the part, or reviewed without it, it does not come.
    let gone = |number: usize, phase, marks| {
        let revision = home.store.labels(home.frames[number]).unwrap().revision;
        let write = LabelWrite { revision, phase, marks: Some(marks), ..LabelWrite::default() };
        home.store.put_labels(home.frames[number], write).unwrap();
    };
    home.put(last, Phase::Unlabelled, vec![]);
    gone(middle - 1, Phase::Unlabelled, vec![TrackMark { track: "crate:1".into(), mark: GoneOrBack::Gone }]);
    assert_eq!(part(middle..all, None).tracks, []);
    gone(middle - 1, Phase::Reviewed, vec![]);
    assert_eq!(part(middle..all, None).tracks, []);

    // Forgotten, it is in no part any more, with one way back.
    gone(middle - 1, Phase::Unlabelled, vec![]);
    home.put(last, Phase::Labelled, vec![label(last)]);
    let forget = Accepted { forget: ["crate:1".to_owned()].into(), ..Accepted::default() };
    let batch = accept(&home.store, &Who::local(), home.clip, &forget).unwrap();
    assert_eq!((batch.done.len(), batch.failed.len()), (2, 0), "{batch:?}");
    assert!(home.labels(first).is_empty() && home.labels(last).is_empty());
    assert_eq!(home.store.labels(home.frames[last]).unwrap().phase, Phase::Labelled);
    home.store.undo(batch.undo.unwrap().id).unwrap();
    assert_eq!((home.labels(first), home.labels(last)), (vec![label(first)], vec![label(last)]));
    home.put(last, Phase::Reviewed, vec![label(last)]);
    let batch = accept(&home.store, &Who::local(), home.clip, &forget).unwrap();
    assert!(batch.failed.len() == 1 && batch.failed[0].1.contains("it was reviewed"), "{batch:?}");
}

#[test]
fn what_was_lost_beside_a_part_is_asked_for_there() {
    let home = home();
    let seen = home.seen();
    let first = seen[1];
    // Nothing is like it where it is looked for next: the film goes on with grey frames.
    let mut at = home.frames.len() as f64 / 2.0;
    let end = at;
    for _ in 0..8 {
        home.add(ClipPlace { id: home.clip, at }, SIZE);
        at += 0.5;
    }
    let bbox = home.object.boxes[first].unwrap();
    let label = Label { track: Some("crate:1".into()), ..Label::boxed(home.object.category.clone(), bbox) };
    let last = home.frames.len() - 1;
    home.put(last, Phase::Labelled, vec![label]);
    let part = |from: f64| home.asked(&Asked { from: Some(from), ..Asked::default() }).unwrap();
    let beside = part(end + 2.0);
    assert_eq!((beside.tracks.len(), beside.notes.len()), (0, 1), "{beside:?}");
    assert!(beside.notes[0].contains("`crate:1` was lost in another part"), "{}", beside.notes[0]);
    let there = part(end - 1.0);
    assert_eq!(there.tracks[0].asks.len(), 1, "{there:?}");
}
