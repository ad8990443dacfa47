use super::*;
use crate::backoff::Backoff;
use crate::camera::{Called, Camera};
use crate::children::Launcher;
use crate::dataset::queue::Proposed;
use crate::domain::{
    BBox, Detections, Event, FleetEventKind, KeptFor, LabelKind, NewFrame, Prediction, Wanted, Watch, Zone, ZoneKind,
};
use crate::live::detector::tests::{fixed_model, model};
use crate::picture::{self, Bounds};
use crate::store::Options;
use crate::supervise::PartState;
use crate::turns::Turns;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::broadcast;

/// A small and fast camera, of which the first frame is kept.
fn camera(source: config::CameraSource) -> config::Camera {
    config::Camera { source, width: 160, height: 120, fps: 30.0, keep_every: 1e9, ..Default::default() }
}

/// A store, the scene as camera, and the live service on both.
struct Device {
    dir: tempfile::TempDir,
    store: Store,
    events: Events,
    camera: Camera,
    live: Live,
    supervisor: Supervisor,
    stop: CancellationToken,
}

impl Device {
    fn start() -> Self {
        Self::looking(detect)
    }

    fn looking(look: Look) -> Self {
        Self::with(look, camera(config::CameraSource::Scene))
    }

    fn with(look: Look, small: config::Camera) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().join("store"), budget: 1 << 30, reserve: 0 }).unwrap();
        let (events, stop) = (Events::new(), CancellationToken::new());
        let pause = Duration::from_millis(1);
        let supervisor = Supervisor::with_pauses(Backoff::new(pause, pause));
        let (called, small) = (Called::only(CameraId::main()), Current::fixed(small));
        let camera =
            Camera::start(called, small, Launcher::own(), store.clone(), events.clone(), &supervisor, &stop).unwrap();
        let live = live((&store, &events, &camera), look, &supervisor, &stop);
        Self { dir, store, events, camera, live, supervisor, stop }
    }

    /// Its camera as the model sees it.
    fn eye(&self) -> &Eye {
        self.live.eyes().first()
    }

    fn shown(&self) -> Option<Shown> {
        self.eye().shown(&self.camera)
    }

    /// Stores a model that sees one object of this category in every frame; `None`: a broken file.
    fn add(&self, category: Option<&str>) -> ModelId {
        let path = self.dir.path().join("model.onnx");
        match category {
            Some(_) => fixed_model(&path, &[[20.0, 30.0, 50.0, 40.0]], &[0.9], &[0], &[]),
            None => std::fs::write(&path, b"broken").unwrap(),
        }
        let model = model(&[(category.unwrap_or("none"), LabelKind::Box)]);
        self.store.add_model(&model, &path).unwrap();
        model.id
    }

    /// Waits for detections as wanted; every wait has the same deadline.
    async fn detections(&self, mut wanted: impl FnMut(&Detections) -> bool) -> Arc<Detections> {
        let mut seen = self.eye().seen();
        let wait = seen.wait_for(|seen| seen.as_ref().is_some_and(|seen| wanted(&seen.detections)));
        match tokio::time::timeout(Duration::from_secs(60), wait).await {
            Ok(found) => found.expect("still runs").as_ref().unwrap().detections.clone(),
            Err(_) => {
                let (live, camera) = (self.live.status.borrow(), self.camera.status.borrow());
                panic!("no such detections; {live:?}; {camera:?}; last {:?}", self.eye().detections());
            }
        }
    }

    async fn status(&self, wanted: impl FnMut(&LiveStatus) -> bool) -> LiveStatus {
        let mut status = self.live.status.clone();
        let found = tokio::time::timeout(Duration::from_secs(60), status.wait_for(wanted)).await;
        found.expect("in time").expect("still runs").clone()
    }
}

/// The live service on this store and camera.
fn live(
    (store, events, camera): (&Store, &Events, &Camera),
    look: Look,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> Live {
    let cameras = Cameras::one(CameraId::main(), camera.clone());
    let often = config::Live { fps: 30.0, ..Default::default() };
    let runtime = crate::runtime::for_tests();
    let shared = Shared::open(store.clone(), events.clone(), Turns::at_pictures(), &cameras).unwrap();
    Live::run(Current::fixed(often), runtime.into(), shared, &cameras, look, supervisor, stop).unwrap()
}

impl Drop for Device {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn told(listener: &mut broadcast::Receiver<Event>) -> Vec<(FleetEventKind, Option<String>, Option<u64>)> {
    let mut told = Vec::new();
    while let Ok(event) = listener.try_recv() {
        if let Event::Fleet(e) = event {
            told.push((e.kind, e.category, e.track));
        }
    }
    told
}

#[tokio::test]
async fn the_camera_is_watched_by_the_deployed_model_and_a_broken_one_does_not_end_it() {
    let device = Device::start();
    let mut listener = device.events.subscribe();
    let cat = device.add(Some("cat"));
    assert!(device.live.deploy(cat, None).unwrap().deployed);
    let seen = device.detections(|d| d.objects.iter().any(|o| o.track == Some(1))).await;
    assert_eq!((seen.model, seen.width, seen.objects.len()), (cat, 160, 1));
    assert_eq!(seen.objects[0].category, "cat");
    let kinds: Vec<_> = told(&mut listener);
    assert_eq!(kinds[0].0, FleetEventKind::ModelDeployed);

    // Another model: its objects are new ones.
    let dog = device.add(Some("dog"));
    device.live.deploy(dog, None).unwrap();
    let seen = device.detections(|d| d.model == dog && d.objects[0].track.is_some()).await;
    assert_eq!((seen.objects[0].category.as_str(), seen.objects[0].track), ("dog", Some(2)));
    device.detections(|d| d.taken > seen.taken).await;
    let kinds: Vec<_> = told(&mut listener);
    assert!(kinds.contains(&(FleetEventKind::ObjectLeft, Some("cat".into()), Some(1))), "{kinds:?}");
    assert!(kinds.contains(&(FleetEventKind::ObjectAppeared, Some("dog".into()), Some(2))), "{kinds:?}");

    // One that can't be loaded: said, and the dog model goes on.
    let broken = device.add(None);
    device.live.deploy(broken, None).unwrap();
    let status = device.status(|s| s.error.is_some()).await;
    assert_eq!(status.model, Some(dog));
    let error = status.error.unwrap();
    assert!(error.contains(&broken.to_string()) && error.contains("goes on"), "{error}");
    let before = jiff::Timestamp::now();
    device.detections(|d| d.model == dog && d.taken > before).await;
    assert_eq!(device.live.status.borrow().error.as_ref(), Some(&error), "it stays until another is deployed");

    assert_eq!(device.live.roll_back(None).unwrap().id, dog);
    device.status(|s| s.model == Some(dog) && s.error.is_none()).await;
    assert_eq!(device.store.live_models().unwrap().all.unwrap().id, dog);
}

#[tokio::test]
async fn of_a_model_with_a_flipped_bit_the_one_before_is_taken_and_that_is_told() {
    let device = Device::start();
    let [cat, dog, bird] = ["cat", "dog", "bird"].map(|name| device.add(Some(name)));
    let flip = |id: ModelId| {
        let path = device.store.model_path(id).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    for id in [cat, dog, bird] {
        device.live.deploy(id, None).unwrap();
    }
    flip(dog);
    let refused = device.live.deploy(dog, None).unwrap_err().to_string();
    assert!(refused.contains("does not match its checksum"), "{refused}");
    // Back to the newest that is whole.
    assert_eq!(device.live.roll_back(None).unwrap().id, cat);
    device.live.deploy(bird, None).unwrap();
    device.detections(|d| d.model == bird).await;

    // It rots while the device is off.
    flip(bird);
    let mut heard = device.events.subscribe();
    let stop = CancellationToken::new();
    let again = live((&device.store, &device.events, &device.camera), detect, &Supervisor::default(), &stop);
    let mut status = again.status.clone();
    let found = status.wait_for(|status| status.model == Some(cat));
    tokio::time::timeout(Duration::from_secs(60), found).await.expect("in time").expect("still runs");
    assert_eq!(device.store.live_models().unwrap().all.unwrap().id, cat);
    assert!(device.store.losses().iter().any(|loss| loss.contains(&bird.to_string())), "{:?}", device.store.losses());
    let deployed = std::iter::from_fn(|| heard.try_recv().ok())
        .any(|event| matches!(event, Event::Deployed(Some(model)) if model.id == cat));
    assert!(deployed, "the doors hear of it");
    stop.cancel();
}

#[tokio::test]
async fn frames_are_proposed_for_and_pictures_drawn_with_the_deployed_model() {
    let device = Device::start();
    let mut latest = device.camera.latest.clone();
    let first = tokio::time::timeout(Duration::from_secs(60), latest.wait_for(Option::is_some)).await;
    drop(first.expect("in time").expect("still runs"));
    let frame = device.camera.capture().unwrap();
    assert_eq!(device.live.propose(frame.id).unwrap(), Proposed::default());
    assert!(matches!(device.live.propose(FrameId::new()), Err(ProposeError::Store(StoreError::NotFound { .. }))));
    // Without a model the live picture is the camera's own.
    let shown = device.shown().unwrap();
    let picture = device.live.picture(&shown).unwrap();
    assert_eq!(picture, shown.frame().jpeg);
    assert!(picture::probe(&picture, Bounds::default()).is_ok());

    let cat = device.add(Some("cat"));
    device.live.deploy(cat, None).unwrap();
    device.detections(|d| d.model == cat).await;
    let proposed = device.live.propose(frame.id).unwrap();
    assert_eq!((proposed.model, proposed.items.len()), (Some(cat), 1));
    assert_eq!(proposed.items[0].category, "cat");
    let shown = device.shown().unwrap();
    let drawn = device.eye().picture(&shown, Some(80)).unwrap();
    assert_eq!(picture::probe(&drawn, Bounds::default()).unwrap().0, 80);
    assert_ne!(device.live.picture(&shown).unwrap(), shown.frame().jpeg);
}

#[tokio::test]
async fn frames_that_the_model_is_unsure_of_are_kept_beside_those_that_it_is_time_for() {
    let small = camera(config::CameraSource::Scene);
    let device = Device::with(detect, config::Camera { keep_more_per_hour: 8, burst: 0.0, ..small });
    let mut told = device.events.subscribe();
    let path = device.dir.path().join("model.onnx");
    // One counts, the other not quite.
    fixed_model(&path, &[[20.0, 30.0, 50.0, 40.0], [10.0, 80.0, 16.0, 16.0]], &[0.9, 0.46], &[0, 0], &[]);
    let cat = model(&[("cat", LabelKind::Box)]);
    device.store.add_model(&cat, &path).unwrap();
    device.live.deploy(cat.id, None).unwrap();
    let kept = async {
        loop {
            match told.recv().await.unwrap() {
                Event::Frame(frame) if frame.kept.is_some() => return frame,
                _ => {}
            }
        }
    };
    let frame = tokio::time::timeout(Duration::from_secs(60), kept).await.expect("in time");
    assert_eq!(frame.kept, Some(KeptFor::Unsure { category: "cat".into(), score: 0.46 }));
    assert_eq!(device.store.frame(frame.id).unwrap(), frame);
    let remembered = device.live.look_at(frame.camera.as_ref(), frame.taken).expect("it was looked at a moment ago");
    assert_eq!(remembered.stored, Some(frame.id), "whoever keeps the look finds it there");
    assert_eq!(remembered.seen.detections.objects.len(), 1, "what does not count is not told");
}

#[tokio::test]
async fn the_looks_around_what_is_kept_become_a_clip() {
    let small = camera(config::CameraSource::Scene);
    let device = Device::with(detect, config::Camera { keep_more_per_hour: 100, burst: 2.0, ..small });
    let mut told = device.events.subscribe();
    let path = device.dir.path().join("model.onnx");
    fixed_model(&path, &[[10.0, 80.0, 16.0, 16.0]], &[0.46], &[0], &[]);
    let cat = model(&[("cat", LabelKind::Box)]);
    device.store.add_model(&cat, &path).unwrap();
    device.live.deploy(cat.id, None).unwrap();
    let of_clip = async {
        loop {
            match told.recv().await.unwrap() {
                Event::Frame(frame) if frame.clip.is_some_and(|place| place.at > 0.0) => return frame,
                _ => {}
            }
        }
    };
    let frame = tokio::time::timeout(Duration::from_secs(60), of_clip).await.expect("in time");
    let clip = device.store.clips(None, 10).unwrap().items.pop().expect("it is listed");
    assert_eq!((clip.camera, clip.source), (Some(CameraId::main()), frame.source));
    let frames = device.store.clip_frames(clip.id, None, 100).unwrap().items;
    let about = frames.iter().filter(|frame| frame.kept != Some(KeptFor::Around)).count();
    assert!(frames.len() >= 2 && about <= 1, "{frames:?}");
    assert!(frames.is_sorted_by_key(|frame| frame.taken), "as it was seen");
}

/// Watches one area for all categories.
fn zone(kind: ZoneKind, from: f32, to: f32) -> Watch {
    let polygon = vec![[from, 0.0], [to, 0.0], [to, 1.0], [from, 1.0]];
    let zone = Zone { name: "belt".into(), kind, polygon, categories: None, camera: None };
    Watch { zones: vec![zone], ..Watch::default() }
}

#[tokio::test]
async fn only_what_is_watched_is_told_followed_and_kept_over_a_restart() {
    let device = Device::start();
    let path = device.dir.path().join("model.onnx");
    // In the left half of 160 × 120 pixels; the second below the model's own threshold of 0.5.
    fixed_model(&path, &[[20.0, 30.0, 50.0, 40.0], [10.0, 80.0, 16.0, 16.0]], &[0.9, 0.3], &[0, 0], &[]);
    let cat = model(&[("cat", LabelKind::Box)]);
    device.store.add_model(&cat, &path).unwrap();
    device.live.deploy(cat.id, None).unwrap();
    let seen = device.detections(|d| d.objects.len() == 1).await;
    assert_eq!(seen.objects[0].zone, None);

    let mut listener = device.events.subscribe();
    device.live.set_watch(zone(ZoneKind::Watch, 0.0, 0.5)).unwrap();
    device.detections(|d| d.objects.len() == 1 && d.objects[0].zone.as_deref() == Some("belt")).await;
    for elsewhere in [zone(ZoneKind::Watch, 0.5, 1.0), zone(ZoneKind::Ignore, 0.0, 0.5)] {
        device.live.set_watch(elsewhere).unwrap();
        device.detections(|d| d.objects.is_empty()).await;
        assert!(matches!(device.shown(), Some(Shown::Seen(seen)) if seen.detections.objects.is_empty()));
        device.live.set_watch(zone(ZoneKind::Watch, 0.0, 0.5)).unwrap();
        device.detections(|d| d.objects.len() == 1).await;
    }
    let wanted = |score, smallest| Watch {
        categories: [("cat".to_owned(), Wanted { score, smallest })].into(),
        ..Watch::default()
    };
    device.live.set_watch(wanted(Some(0.2), None)).unwrap();
    device.detections(|d| d.objects.len() == 2).await;
    device.live.set_watch(wanted(Some(0.95), None)).unwrap();
    device.detections(|d| d.objects.is_empty()).await;
    // 50 pixels of 160 are 0.31, 16 are 0.1.
    device.live.set_watch(wanted(Some(0.2), Some(0.2))).unwrap();
    device.detections(|d| d.objects.len() == 1).await;
    device.live.set_watch(wanted(Some(0.2), Some(0.4))).unwrap();
    device.detections(|d| d.objects.is_empty()).await;

    let told = std::iter::from_fn(|| listener.try_recv().ok()).filter(|event| matches!(event, Event::Watch(_)));
    assert_eq!(told.count(), 9);
    let refused = |watch| device.live.set_watch(watch).unwrap_err().to_string();
    let dog = Watch { categories: [("dog".to_owned(), Wanted::default())].into(), ..Watch::default() };
    assert!(refused(dog).contains("no category `dog`"));
    let mut yard = zone(ZoneKind::Watch, 0.0, 1.0);
    yard.zones[0].camera = Some("yard".parse().unwrap());
    assert!(refused(yard).contains("no camera `yard`"));
    let again = Shared::open(device.store.clone(), Events::new(), Turns::at_pictures(), device.live.eyes()).unwrap();
    assert_eq!(*again.watching.now(), wanted(Some(0.2), Some(0.4)), "as it was said last");
}

#[tokio::test]
async fn objects_that_appear_are_told_with_their_zone_score_and_time() {
    let device = Device::start();
    device.store.add_category(model(&[("cat", LabelKind::Box)]).categories.remove(0)).unwrap();
    device.live.set_watch(zone(ZoneKind::Watch, 0.0, 0.5)).unwrap();
    let mut listener = device.events.subscribe();
    device.live.deploy(device.add(Some("cat")), None).unwrap();
    let first = device.detections(|_| true).await;
    device.detections(|d| d.objects.iter().any(|o| o.track == Some(1))).await;
    let told = async {
        loop {
            match listener.recv().await.unwrap() {
                Event::Fleet(event) if event.kind == FleetEventKind::ObjectAppeared => return event,
                _ => {}
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(60), told).await.expect("in time");
    assert_eq!((told.zone.as_deref(), told.score, told.track), (Some("belt"), Some(0.9), Some(1)));
    // When it was seen first, not when that was sure.
    assert!(told.time <= first.taken, "{} and {}", told.time, first.taken);
}

/// A photograph with a white square at this column.
fn photograph(x: u32) -> image::RgbImage {
    let square = |at: u32, row: u32| (x..x + 24).contains(&at) && (40..64).contains(&row);
    image::RgbImage::from_fn(160, 120, |at, row| image::Rgb([if square(at, row) { 255 } else { 20 }; 3]))
}

/// The first column of the square.
fn square_of(image: &image::RgbImage) -> u32 {
    (0..image.width()).find(|x| image.get_pixel(*x, 52).0.iter().all(|c| *c > 200)).expect("a square")
}

/// Finds the square of a photograph, at leisure: the camera has gone on by then.
fn slowly(shared: &Shared, frame: &Arc<NewFrame>) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>> {
    let Some((model, _, _)) = detect(shared, frame)? else { return Ok(None) };
    let x = square_of(&picture::decode(&frame.jpeg, Bounds::default())?) as f32;
    std::thread::sleep(Duration::from_millis(70));
    let bbox = Some(BBox::new(x - 8.0, 32.0, 40.0, 40.0));
    Ok(Some((model, vec![Prediction { category: "cat".into(), bbox, score: 0.9 }], 70.0)))
}

#[tokio::test]
async fn boxes_lie_on_the_photograph_they_were_seen_in_however_fast_the_camera_goes_on() {
    let photographs = tempfile::tempdir().unwrap();
    for x in [10, 40, 70, 100, 125] {
        let jpeg = picture::encode_jpeg(&photograph(x), 95);
        std::fs::write(photographs.path().join(format!("{x:03}.jpg")), jpeg).unwrap();
    }
    let device = Device::with(slowly, camera(config::CameraSource::Folder(photographs.path().to_owned())));
    let cat = device.add(Some("cat"));
    device.live.deploy(cat, None).unwrap();
    let (mut squares, mut last) = (std::collections::BTreeSet::new(), None);
    while squares.len() < 3 {
        device.detections(|d| Some(d.id) != last).await;
        let shown = device.shown().unwrap();
        let Shown::Seen(seen) = &shown else { panic!("the model keeps looking") };
        last = Some(seen.detections.id);
        let drawn = picture::decode(&device.live.picture(&shown).unwrap(), Bounds::default()).unwrap();
        let x = square_of(&drawn);
        // The left side of the box, 8 pixels before the square.
        let side = (0..160).find(|at| drawn.get_pixel(*at, 52)[0] > 120).unwrap();
        assert!(side.abs_diff(x - 8) <= 3, "the square begins at {x}, the box at {side}");
        assert_eq!((seen.detections.taken, seen.detections.width), (seen.frame.taken, 160));
        let again = device.live.look(seen.detections.id).expect("remembered");
        assert_eq!(again.frame.jpeg, seen.frame.jpeg);
        squares.insert(x / 10);
    }
}

#[tokio::test]
async fn detections_name_the_stored_frame_they_were_seen_in() {
    let scene = camera(config::CameraSource::Scene);
    let device = Device::with(detect, config::Camera { keep_every: 0.0, keep_difference: 0.0, ..scene });
    device.live.deploy(device.add(Some("cat")), None).unwrap();
    let seen = device.detections(|d| d.frame.is_some()).await;
    assert_eq!(device.store.frame(seen.frame.unwrap()).unwrap().taken, seen.taken);
    assert_eq!(device.store.jpeg(seen.frame.unwrap()).unwrap(), device.live.look(seen.id).unwrap().frame.jpeg);
}

#[tokio::test]
async fn a_look_that_panics_starts_detection_again_alone_and_shows_it() {
    fn breaks_once(shared: &Shared, frame: &Arc<NewFrame>) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>> {
        static BROKEN: AtomicBool = AtomicBool::new(false);
        let seen = detect(shared, frame)?;
        assert!(seen.is_none() || BROKEN.swap(true, Ordering::SeqCst), "the model broke");
        Ok(seen)
    }
    let device = Device::looking(breaks_once);
    let cat = device.add(Some("cat"));
    device.live.deploy(cat, None).unwrap();
    device.detections(|d| d.model == cat).await;
    device.status(|s| s.error.is_none() && s.model == Some(cat)).await;
    let parts = device.supervisor.parts(Instant::now());
    assert_eq!((parts["live"].state, parts["live"].restarts), (PartState::Running, 1));
    assert_eq!(parts["live"].error.as_deref(), Some("it broke: the model broke"));
    assert_eq!((parts["camera"].restarts, parts["camera-source"].restarts), (0, 0));
    device.stop.cancel();
    assert!(device.supervisor.joined(Duration::from_secs(60)).await.is_empty());
}

#[tokio::test]
async fn while_it_waits_it_owes_a_sign_of_life_too() {
    let device = Device::looking(detect);
    device.status(|s| s.model.is_none()).await;
    let much_later = Instant::now() + Duration::from_secs(3600);
    let stuck = async {
        while !device.supervisor.stuck(much_later).contains_key("live") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), stuck).await.expect("it is named");
    // And it gives one again and again, though nothing happens.
    let next = Instant::now() + LOOK_WITHIN;
    let alive = async {
        while device.supervisor.stuck(next).contains_key("live") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), alive).await.expect("it lives");
    device.stop.cancel();
    assert!(device.supervisor.joined(Duration::from_secs(60)).await.is_empty());
}
