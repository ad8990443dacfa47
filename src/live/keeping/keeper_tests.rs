//! Looks at pictures that are made here, through a real store.

use super::*;
use crate::domain::{Category, FrameSource, Label, LabelKind, Phase};
use crate::events::Events;
use crate::live::seen::Seen;
use crate::live::seen::tests::{frame, seen};
use crate::picture;
use crate::store::{FrameQuery, LabelWrite, Options, Store};
use crate::turns::Turns;
use image::{Rgb, RgbImage};
use jiff::SignedDuration;
use std::sync::mpsc::channel;

struct Bench {
    _dir: tempfile::TempDir,
    shared: Arc<Shared>,
    keeper: Keeper,
    begun: Instant,
    now: Instant,
    taken: i64,
}

/// A floor with a thing of this width on it.
fn floor(left: u32, wide: u32) -> RgbImage {
    let on = |x: u32, y: u32| (left..left + wide).contains(&x) && (60..60 + wide.min(120)).contains(&y);
    RgbImage::from_fn(320, 240, |x, y| if on(x, y) { Rgb([200, 60, 40]) } else { Rgb([90, 100, 80]) })
}

fn unsure() -> Option<KeptFor> {
    Some(KeptFor::Unsure { category: "cat".into(), score: 0.5 })
}

impl Bench {
    fn new(keep_more_per_hour: u32, reserve: u64) -> Self {
        Self::bursting(keep_more_per_hour, reserve, 0.0)
    }

    fn bursting(keep_more_per_hour: u32, reserve: u64, burst: f32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().join("store"), budget: 50_000_000, reserve }).unwrap();
        let config = config::Camera { keep_more_per_hour, burst, ..Default::default() };
        let cameras = PerCamera::one(CameraId::main(), Current::fixed(config));
        let shared = Arc::new(Shared::open(store, Events::new(), Turns::at_pictures(), &cameras).unwrap());
        let keeper = Keeper::new(shared.clone(), &cameras);
        Self { _dir: dir, shared, keeper, begun: Instant::now(), now: Instant::now(), taken: 0 }
    }

    /// A look at a picture, ten seconds after the last one.
    fn look(&mut self, image: &RgbImage, why: Option<KeptFor>) -> Candidate {
        let seen = Arc::new(self.seen(image));
        lock(&self.shared.looks).add(seen.clone());
        Candidate { seen, why }
    }

    fn seen(&mut self, image: &RgbImage) -> Seen {
        (self.now, self.taken) = (self.now + Duration::from_secs(10), self.taken + 10);
        let (width, height) = image.dimensions();
        let fresh = frame();
        let taken = fresh.taken + SignedDuration::from_secs(self.taken);
        let jpeg = picture::encode_jpeg(image, 90);
        let frame = NewFrame { jpeg, width, height, taken, camera: Some(CameraId::main()), ..fresh };
        seen(&Arc::new(frame), vec![], vec![])
    }

    fn offer(&mut self, image: &RgbImage, why: Option<KeptFor>) {
        let candidate = self.look(image, why);
        self.keeper.consider(self.now, candidate);
    }

    /// Why each frame of the store was kept, oldest first.
    fn kept(&self) -> Vec<Option<KeptFor>> {
        let frames = self.shared.store.frames(&FrameQuery::default()).unwrap().items;
        frames.into_iter().rev().map(|frame| frame.kept).collect()
    }

    /// A frame of the camera that is labelled.
    fn label(&self, image: &RgbImage) {
        let (store, (width, height)) = (&self.shared.store, image.dimensions());
        if store.categories().unwrap().is_empty() {
            let (name, colour) = ("cat".to_owned(), String::new());
            store.add_category(Category { name, colour, instructions: String::new(), kind: LabelKind::Tag }).unwrap();
        }
        let jpeg = picture::encode_jpeg(image, 90);
        let of = NewFrame { jpeg, width, height, source: FrameSource::Camera, ..frame() };
        let id = store.add_frame(&of).unwrap().id;
        let write = LabelWrite { phase: Phase::Labelled, labels: vec![Label::tag("cat")], ..LabelWrite::default() };
        let labels = store.put_labels(id, write).unwrap();
        self.shared.events.publish(Event::Labels((&labels).into()));
    }

    fn learn(&mut self) {
        while self.keeper.learner.is_behind() {
            self.keeper.learn();
        }
        self.keeper.learn();
    }
}

#[test]
fn what_the_model_is_unsure_of_is_kept_with_its_reason_and_told_once() {
    let mut bench = Bench::new(30, 0);
    let mut told = bench.shared.events.subscribe();
    bench.offer(&floor(20, 40), unsure());
    assert_eq!(bench.kept(), [unsure()]);
    let Ok(Event::Frame(frame)) = told.try_recv() else { panic!("it is told") };
    assert_eq!((frame.kept, frame.camera), (unsure(), Some(CameraId::main())));
    bench.offer(&floor(22, 40), unsure());
    assert_eq!(bench.kept().len(), 1, "it hardly differs from that one");
    let flicker = Some(KeptFor::Flicker { category: "cat".into() });
    bench.offer(&floor(100, 40), flicker.clone());
    bench.offer(&floor(22, 40), flicker.clone());
    assert_eq!(bench.kept(), [unsure(), flicker.clone()]);
    bench.offer(&floor(180, 40), flicker.clone());
    assert_eq!(bench.kept().len(), 2, "thirty an hour are one in two minutes, for one reason");
    bench.offer(&floor(180, 40), unsure());
    assert_eq!(bench.kept(), [unsure(), flicker, unsure()], "for another there is still room");
    bench.offer(&floor(260, 40), Some(KeptFor::Flicker { category: "dog".into() }));
    assert_eq!(bench.kept().len(), 3, "and then for none");
    assert!(told.try_recv().is_ok() && told.try_recv().is_ok() && told.try_recv().is_err());
}

#[test]
fn a_look_whose_frame_is_stored_is_not_stored_again() {
    let mut bench = Bench::new(8, 0);
    let look = bench.look(&floor(20, 40), unsure());
    let stored = bench.shared.store.add_frame(&look.seen.frame).unwrap();
    lock(&bench.shared.looks).store(stored.camera.as_ref(), stored.taken, stored.id);
    bench.keeper.consider(bench.now, look);
    assert_eq!(bench.kept(), [None]);
    bench.offer(&floor(22, 40), unsure());
    assert_eq!(bench.kept(), [None], "nor is its near copy");
}

#[test]
fn what_looks_unlike_anything_labelled_is_kept() {
    let mut bench = Bench::new(8, 0);
    (0..11).for_each(|i| bench.label(&floor(24 * i, 50)));
    let night = RgbImage::from_pixel(320, 240, Rgb([10, 12, 20]));
    bench.offer(&night, None);
    assert_eq!(bench.kept().iter().flatten().count(), 0, "what is labelled is not known yet");
    bench.learn();
    bench.label(&floor(264, 50));
    bench.learn();
    bench.offer(&floor(264, 50), None);
    bench.offer(&night, None);
    let kept: Vec<_> = bench.kept().into_iter().flatten().collect();
    assert_eq!(kept, [KeptFor::Unlike { share: 1.0 }]);
}

#[test]
fn nothing_is_kept_where_it_is_off_nor_on_a_full_disk() {
    let mut off = Bench::new(0, 0);
    off.offer(&floor(20, 40), unsure());
    assert_eq!(off.kept(), []);
    let mut full = Bench::new(8, 1 << 60);
    full.offer(&floor(20, 40), unsure());
    assert_eq!(full.kept(), []);
    assert!(full.keeper.rests(full.now), "the disk is left alone for a while");
}

impl Bench {
    /// A look at a picture so many milliseconds after the beginning.
    fn look_at(&mut self, ms: u64, image: &RgbImage) -> Arc<Seen> {
        let at = self.begun + Duration::from_millis(ms);
        let seen = Arc::new(Seen { at, ..self.seen(image) });
        lock(&self.shared.looks).add(seen.clone());
        seen
    }

    fn clips(&self) -> Vec<(u64, f64)> {
        let clips = self.shared.store.clips(None, 10).unwrap().items;
        clips.into_iter().map(|clip| (clip.frames, clip.seconds)).collect()
    }
}

#[test]
fn what_is_kept_in_a_burst_is_a_clip_without_near_copies_and_within_the_bound() {
    let mut bench = Bench::bursting(40, 0, 2.0);
    // A thing crosses the floor and stands still at the end; at 1.4 s something appears.
    let places = [0, 10, 30, 50, 70, 90, 110, 130, 150, 170, 170, 170, 250];
    let looks: Vec<_> =
        places.into_iter().enumerate().map(|(i, x)| bench.look_at(200 * i as u64, &floor(x, 40))).collect();
    let why = Some(KeptFor::Appeared { category: "cat".into() });
    let at = |ms| looks[0].at + Duration::from_millis(ms);
    bench.keeper.consider(at(1450), Candidate { seen: looks[7].clone(), why: why.clone() });
    bench.keeper.finish(at(2300), |burst| burst.is_over(at(2300)));
    assert_eq!(bench.kept(), [], "it is not over");
    bench.keeper.consider(at(2350), Candidate { seen: looks[0].clone(), why: unsure() });
    bench.keeper.finish(at(2450), |burst| burst.is_over(at(2450)));
    // From 0.4 to 2.4 s: ten are a quarter of an hour's forty; two of those that stand still are copies.
    let kept = bench.kept();
    let centre = kept.iter().position(|kept| *kept == why).expect("what it is about");
    assert_eq!((kept.len(), centre), (9, 5));
    assert!(kept.iter().enumerate().all(|(i, kept)| i == centre || *kept == Some(KeptFor::Around)));
    assert_eq!(bench.clips(), [(9, 2.0)]);

    let night = bench.look_at(9000, &RgbImage::from_pixel(320, 240, Rgb([10, 12, 20])));
    bench.keeper.consider(at(9000), Candidate { seen: night, why: unsure() });
    bench.keeper.finish(at(10_100), |_| true);
    assert_eq!((bench.kept().len(), bench.clips().len()), (10, 1), "one alone is no clip, and the room is used up");
}

#[test]
fn what_was_kept_within_the_hour_counts_after_a_restart() {
    let mut bench = Bench::new(30, 0);
    let taken = |ago: i64, why: Option<KeptFor>| NewFrame {
        taken: Timestamp::now() - SignedDuration::from_secs(ago),
        camera: Some(CameraId::main()),
        kept: why,
        ..frame()
    };
    for (ago, why) in [(7200, unsure()), (7100, unsure()), (300, None), (20, unsure()), (10, unsure())] {
        bench.shared.store.add_frame(&taken(ago, why)).unwrap();
    }
    let cameras = PerCamera::one(CameraId::main(), bench.keeper.lanes[0].config.clone());
    bench.keeper = Keeper::new(bench.shared.clone(), &cameras);
    let lane = &bench.keeper.lanes[0];
    assert_eq!(lane.pace.room(Instant::now(), lane.allowed()), 1, "two of the three that there may be at once");
    assert_eq!(lane.pace.room_for(Instant::now(), lane.allowed(), &unsure().unwrap()), 0);
    let flicker = |category: &str| Some(KeptFor::Flicker { category: category.into() });
    bench.now = Instant::now() - Duration::from_secs(10);
    bench.offer(&floor(20, 40), flicker("cat"));
    bench.offer(&floor(180, 40), unsure());
    assert_eq!(bench.kept().len(), 6, "one more, and no other");
    // A clock that was set back: it is as if they were kept just now, and no more than fill the bucket for an hour.
    for _ in 0..100 {
        bench.shared.store.add_frame(&taken(-86_400, unsure())).unwrap();
    }
    bench.keeper = Keeper::new(bench.shared.clone(), &cameras);
    let lane = &bench.keeper.lanes[0];
    assert_eq!(lane.pace.room(Instant::now(), lane.allowed()), 0);
    assert!(lane.pace.room(Instant::now() + Duration::from_secs(3900), lane.allowed()) > 0);
}

#[test]
fn what_appears_alone_is_no_reason_to_keep_a_frame() {
    let mut bench = Bench::new(8, 0);
    bench.offer(&floor(20, 40), Some(KeptFor::Appeared { category: "cat".into() }));
    assert_eq!(bench.kept(), []);
}

#[test]
fn the_part_ends_when_it_is_told_to() {
    let mut bench = Bench::new(8, 0);
    let (sender, offered) = channel();
    let look = bench.look(&floor(20, 40), unsure());
    sender.send(look).unwrap();
    let (stop, beat) = (CancellationToken::new(), Beat::new(Duration::from_secs(60)));
    std::thread::scope(|scope| {
        let (Bench { keeper, shared, .. }, halt, beat) = (&mut bench, &stop, &beat);
        let running = scope.spawn(move || keeper.run(&offered, halt, beat));
        let kept = || shared.store.counts().unwrap().total;
        let begun = Instant::now();
        while kept() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        stop.cancel();
        running.join().unwrap();
    });
}
