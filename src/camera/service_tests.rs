use super::*;
use crate::backoff::Backoff;
use crate::camera::for_tests::{frame, stored};
use crate::camera::open::Opener;
use crate::camera::{CameraState, Source, SourceError};
use crate::domain::{CameraTrouble, FleetEventKind};
use crate::supervise::PartState;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

/// A camera whose behaviour is written down beforehand.
struct Scripted(VecDeque<Step>);

enum Step {
    Frame(u8),
    Fail,
    Break,
    Hang(std::sync::mpsc::Receiver<()>),
}

impl Source for Scripted {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        match self.0.pop_front() {
            Some(Step::Frame(shade)) => Ok(frame(shade)),
            Some(Step::Break) => panic!("the driver broke"),
            Some(Step::Hang(until)) => {
                let _ = until.recv();
                Err(SourceError::new(CameraTrouble::Stalled, "woken"))
            }
            Some(Step::Fail) | None => Err(SourceError::new(CameraTrouble::Unplugged, "unplugged")),
        }
    }

    fn describe(&self) -> String {
        "scripted".into()
    }
}

/// A camera, and what keeps it going.
struct Rig {
    camera: Camera,
    events: Events,
    supervisor: Supervisor,
    stop: CancellationToken,
}

impl Rig {
    /// Stops it all; `hold` lets a source go that hangs.
    async fn stop(self, hold: std::sync::mpsc::Sender<()>) {
        self.stop.cancel();
        drop(hold);
        assert_eq!(self.supervisor.joined(Duration::from_secs(30)).await, Vec::<&str>::new());
    }
}

/// Starts a camera that opens these scripts in turn; an empty list can't be opened.
fn start(scripts: Vec<Vec<Step>>, keeper: Keeper) -> Rig {
    let called = Called::only(CameraId::main());
    let mut scripts = VecDeque::from(scripts);
    let open: Opener = Box::new(move || match scripts.pop_front() {
        Some(script) if !script.is_empty() => Ok(Box::new(Scripted(script.into()))),
        _ => Err(SourceError::new(CameraTrouble::Missing, "no such device")),
    });
    let (events, stop) = (Events::new(), CancellationToken::new());
    let config = config::Camera { keep_every: 0.0, ..Default::default() };
    let pauses = Backoff::new(Duration::from_millis(1), Duration::from_millis(4));
    let supervisor = Supervisor::with_pauses(pauses.clone());
    let camera = Camera::run(
        called,
        Current::fixed(config),
        Opening { open, pauses },
        keeper,
        events.clone(),
        &supervisor,
        &stop,
    )
    .unwrap();
    Rig { camera, events, supervisor, stop }
}

/// Waits until the status is as wanted; every wait has the same deadline.
async fn until(camera: &Camera, wanted: impl FnMut(&CameraStatus) -> bool) -> CameraStatus {
    let mut status = camera.status.clone();
    let found = tokio::time::timeout(Duration::from_secs(30), status.wait_for(wanted)).await;
    found.expect("in time").expect("the camera still runs").clone()
}

fn fleet(listener: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<FleetEventKind> {
    let mut kinds = Vec::new();
    while let Ok(event) = listener.try_recv() {
        if let Event::Fleet(event) = event {
            kinds.push(event.kind);
        }
    }
    kinds
}

#[tokio::test]
async fn a_camera_that_fails_comes_back_by_itself_and_each_change_is_told_once() {
    let (hold, hang) = std::sync::mpsc::channel();
    let scripts = vec![vec![Step::Frame(10), Step::Fail], vec![], vec![Step::Frame(200), Step::Hang(hang)]];
    // The bus is subscribed to before the first frame can be kept: the keeper waits for it.
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let keeper: Keeper = Arc::new(move |f| {
        let _ = gone.lock().unwrap().recv();
        Ok(stored(f))
    });
    let rig = start(scripts, keeper);
    let mut listener = rig.events.subscribe();
    drop(go);
    let status = until(&rig.camera, |s| s.kept == 2 && s.state == CameraState::Streaming).await;
    assert_eq!((status.source.as_str(), status.error, status.width), ("scripted", None, 64));
    assert_eq!(
        fleet(&mut listener),
        [FleetEventKind::CameraLost, FleetEventKind::CameraLost, FleetEventKind::CameraBack]
    );
    rig.stop(hold).await;
}

#[tokio::test]
async fn a_source_that_panics_is_started_again_alone_and_shows_it() {
    let (hold, hang) = std::sync::mpsc::channel();
    let scripts = vec![vec![Step::Frame(10), Step::Break], vec![Step::Frame(200), Step::Hang(hang)]];
    let rig = start(scripts, Arc::new(|f| Ok(stored(f))));
    until(&rig.camera, |s| s.kept == 2 && s.state == CameraState::Streaming).await;
    let parts = rig.supervisor.parts(Instant::now());
    let (source, camera) = (&parts["camera-source"], &parts["camera"]);
    assert_eq!((source.state, source.restarts), (PartState::Running, 1));
    assert_eq!(source.error.as_deref(), Some("it broke: the driver broke"));
    assert_eq!((camera.state, camera.restarts), (PartState::Running, 0));
    rig.stop(hold).await;
}

#[tokio::test]
async fn a_publisher_that_panics_goes_on_with_the_next_frame() {
    let (hold, hang) = std::sync::mpsc::channel();
    let dark = |frame: &NewFrame| image::load_from_memory(&frame.jpeg).unwrap().to_luma8().get_pixel(0, 0)[0] < 100;
    let keeper: Keeper = Arc::new(move |f| if dark(f) { panic!("the store broke") } else { Ok(stored(f)) });
    let rig = start(vec![vec![Step::Frame(10), Step::Frame(200), Step::Hang(hang)]], keeper);
    until(&rig.camera, |s| s.kept == 1 && s.state == CameraState::Streaming).await;
    let part = rig.supervisor.parts(Instant::now())["camera"].clone();
    assert_eq!((part.state, part.restarts), (PartState::Running, 1));
    rig.stop(hold).await;
}

#[tokio::test]
async fn a_source_that_hangs_does_not_keep_the_service_from_stopping_and_is_stuck() {
    let (hold, hang) = std::sync::mpsc::channel();
    let rig = start(vec![vec![Step::Frame(10), Step::Hang(hang)]], Arc::new(|f| Ok(stored(f))));
    until(&rig.camera, |s| s.kept == 1).await;
    let mut latest = rig.camera.latest.clone();
    rig.stop.cancel();
    // The watch closes when the service is over, though its source still hangs.
    let closed = async { while latest.changed().await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(30), closed).await.expect("the service stops");
    let much_later = Instant::now() + Duration::from_secs(3600);
    // The reader may still be on its way from the frame to the hang.
    let stuck = async {
        while rig.supervisor.stuck(much_later).into_keys().ne(["camera-source"]) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), stuck).await.expect("a source that hangs is named");
    rig.stop(hold).await;
}

#[tokio::test]
async fn a_full_store_is_told_once_and_capture_goes_on_when_there_is_room() {
    let (hold, hang) = std::sync::mpsc::channel();
    let (room, answers) = std::sync::mpsc::channel::<bool>();
    let answers = Mutex::new(answers);
    let keeper: Keeper = Arc::new(move |f| match answers.lock().unwrap().recv() {
        Ok(true) => Ok(stored(f)),
        _ => Err(StoreError::Full("the disk is full".into())),
    });
    let rig = start(vec![vec![Step::Frame(10), Step::Hang(hang)]], keeper);
    let mut listener = rig.events.subscribe();
    room.send(false).unwrap();
    let status = until(&rig.camera, |s| s.state == CameraState::Full).await;
    assert_eq!(status.error.as_deref(), Some("the disk is full"));
    assert_eq!(fleet(&mut listener), [FleetEventKind::DiskLow]);
    // Capture by hand says the same, and works once there is room.
    room.send(false).unwrap();
    let by_hand = rig.camera.clone();
    assert!(matches!(by_hand.capture(), Err(StoreError::Full(_))));
    room.send(true).unwrap();
    assert_eq!(by_hand.capture().unwrap().width, 64);
    assert!(matches!(listener.try_recv(), Ok(Event::Frame(_))));
    drop(room);
    rig.stop(hold).await;
}

#[tokio::test]
async fn without_a_frame_capture_says_why() {
    let Rig { camera, stop, .. } = start(vec![], Arc::new(|f| Ok(stored(f))));
    until(&camera, |s| s.state == CameraState::Lost).await;
    let error = camera.capture().unwrap_err().to_string();
    assert!(error.contains("no such device"), "{error}");
    stop.cancel();
}

#[test]
fn a_damaged_frame_that_nothing_looked_at_is_not_captured() {
    let mut damaged = frame(10);
    damaged.jpeg = damaged.jpeg.slice(..damaged.jpeg.len() / 2);
    let (_status, status) = watch::channel(CameraStatus::starting("scripted".into()));
    let (latest, seen) = watch::channel(Some(Arc::new(damaged)));
    let keeper: Keeper = Arc::new(|f| Ok(stored(f)));
    let called = Called::only(CameraId::main());
    let config = Current::fixed(config::Camera::default());
    let camera = Camera { called, status, latest: seen, keeper, events: Events::new(), config };
    let error = camera.capture().unwrap_err();
    assert!(matches!(&error, StoreError::Conflict(why) if why.contains("cut short")), "{error}");
    latest.send_replace(Some(Arc::new(frame(10))));
    assert_eq!(camera.capture().unwrap().width, 64);
}
