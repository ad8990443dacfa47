use super::*;
use crate::backoff::Backoff;
use crate::dataset::queue::Proposed;
use crate::domain::{Event, FleetEventKind, LabelKind, NewFrame, Prediction};
use crate::live::detector::tests::{fixed_model, model};
use crate::picture::{self, Bounds};
use crate::store::Options;
use crate::supervise::PartState;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::broadcast;

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
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().join("store"), budget: 1 << 30, reserve: 0 }).unwrap();
        let (events, stop) = (Events::new(), CancellationToken::new());
        let pause = Duration::from_millis(1);
        let supervisor = Supervisor::with_pauses(Backoff::new(pause, pause));
        let small = config::Camera {
            source: config::CameraSource::Scene,
            width: 160,
            height: 120,
            fps: 30.0,
            keep_every: 1e9,
            ..Default::default()
        };
        let camera = Camera::start(Current::fixed(small), store.clone(), events.clone(), &supervisor, &stop).unwrap();
        let often = config::Live { fps: 30.0, ..Default::default() };
        let runtime = crate::runtime::for_tests();
        let shared = Shared::new(store.clone(), events.clone());
        let live = Live::run(Current::fixed(often), runtime, shared, &camera, look, &supervisor, &stop).unwrap();
        Self { dir, store, events, camera, live, supervisor, stop }
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
        let mut seen = self.live.detections.clone();
        let wait = seen.wait_for(|d| d.as_ref().is_some_and(|d| wanted(d)));
        match tokio::time::timeout(Duration::from_secs(60), wait).await {
            Ok(found) => found.expect("still runs").clone().unwrap(),
            Err(_) => {
                let (live, camera) = (self.live.status.borrow(), self.camera.status.borrow());
                panic!("no such detections; {live:?}; {camera:?}; last {:?}", self.live.detections.borrow());
            }
        }
    }

    async fn status(&self, wanted: impl FnMut(&LiveStatus) -> bool) -> LiveStatus {
        let mut status = self.live.status.clone();
        let found = tokio::time::timeout(Duration::from_secs(60), status.wait_for(wanted)).await;
        found.expect("in time").expect("still runs").clone()
    }
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
    assert!(device.live.deploy(cat).unwrap().deployed);
    let seen = device.detections(|d| d.objects.iter().any(|o| o.track == Some(1))).await;
    assert_eq!((seen.model, seen.width, seen.objects.len()), (cat, 160, 1));
    assert_eq!(seen.objects[0].category, "cat");
    let kinds: Vec<_> = told(&mut listener);
    assert_eq!(kinds[0].0, FleetEventKind::ModelDeployed);

    // Another model: its objects are new ones.
    let dog = device.add(Some("dog"));
    device.live.deploy(dog).unwrap();
    let seen = device.detections(|d| d.model == dog && d.objects[0].track.is_some()).await;
    assert_eq!((seen.objects[0].category.as_str(), seen.objects[0].track), ("dog", Some(2)));
    device.detections(|d| d.taken > seen.taken).await;
    let kinds: Vec<_> = told(&mut listener);
    assert!(kinds.contains(&(FleetEventKind::ObjectLeft, Some("cat".into()), Some(1))), "{kinds:?}");
    assert!(kinds.contains(&(FleetEventKind::ObjectAppeared, Some("dog".into()), Some(2))), "{kinds:?}");

    // One that can't be loaded: said, and the dog model goes on.
    let broken = device.add(None);
    device.live.deploy(broken).unwrap();
    let status = device.status(|s| s.error.is_some()).await;
    assert_eq!(status.model, Some(dog));
    let error = status.error.unwrap();
    assert!(error.contains(&broken.to_string()) && error.contains("goes on"), "{error}");
    let before = jiff::Timestamp::now();
    device.detections(|d| d.model == dog && d.taken > before).await;
    assert_eq!(device.live.status.borrow().error.as_ref(), Some(&error), "it stays until another is deployed");

    assert_eq!(device.live.roll_back().unwrap().id, dog);
    device.status(|s| s.model == Some(dog) && s.error.is_none()).await;
    assert_eq!(device.store.deployed().unwrap().unwrap().id, dog);
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
    let picture = device.live.picture(&device.camera, None).unwrap();
    assert!(picture::probe(&picture, Bounds::default()).is_ok());

    let cat = device.add(Some("cat"));
    device.live.deploy(cat).unwrap();
    device.detections(|d| d.model == cat).await;
    let proposed = device.live.propose(frame.id).unwrap();
    assert_eq!((proposed.model, proposed.items.len()), (Some(cat), 1));
    assert_eq!(proposed.items[0].category, "cat");
    let plain = device.camera.latest.borrow().clone().unwrap();
    let drawn = device.live.picture(&device.camera, Some(80)).unwrap();
    assert_eq!(picture::probe(&drawn, Bounds::default()).unwrap().0, 80);
    assert_ne!(drawn, plain.jpeg);
}

#[tokio::test]
async fn a_look_that_panics_starts_detection_again_alone_and_shows_it() {
    fn breaks_once(shared: &Shared, frame: &NewFrame) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>> {
        static BROKEN: AtomicBool = AtomicBool::new(false);
        let seen = detect(shared, frame)?;
        assert!(seen.is_none() || BROKEN.swap(true, Ordering::SeqCst), "the model broke");
        Ok(seen)
    }
    let device = Device::looking(breaks_once);
    let cat = device.add(Some("cat"));
    device.live.deploy(cat).unwrap();
    device.detections(|d| d.model == cat).await;
    device.status(|s| s.error.is_none() && s.model == Some(cat)).await;
    let parts = device.supervisor.parts(Instant::now());
    assert_eq!((parts["live"].state, parts["live"].restarts), (PartState::Running, 1));
    assert_eq!(parts["live"].error.as_deref(), Some("it broke: the model broke"));
    assert_eq!((parts["camera"].restarts, parts["camera-source"].restarts), (0, 0));
    device.stop.cancel();
    assert!(device.supervisor.joined(Duration::from_secs(60)).await.is_empty());
}
