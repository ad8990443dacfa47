use super::*;
use crate::camera::for_tests::{frame, stored};
use crate::camera::source::SourceError;
use crate::domain::CameraId;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// A publisher at work, told by hand what its source does.
struct Rig {
    reports: Option<SyncSender<Report>>,
    status: watch::Receiver<CameraStatus>,
    latest: watch::Receiver<Option<Arc<NewFrame>>>,
    heard: tokio::sync::broadcast::Receiver<Event>,
    worker: Option<JoinHandle<()>>,
}

impl Rig {
    fn new(silence: Duration) -> Self {
        let config = config::Camera { keep_every: 0.0, ..Default::default() };
        let (status, status_seen) = watch::channel(CameraStatus::starting("scripted".into()));
        let (latest, latest_seen) = watch::channel(None);
        let (events, keeper): (_, Keeper) = (Events::new(), Arc::new(|frame| Ok(stored(frame))));
        let heard = events.subscribe();
        let mut publisher =
            Publisher::new(Called::only(CameraId::main()), Current::fixed(config), status, latest, keeper, events);
        publisher.silence = silence;
        let (reports, reported) = sync_channel(1);
        let worker = std::thread::spawn(move || {
            publisher.run(&reported, &CancellationToken::new(), &Beat::new(Duration::from_secs(60)));
        });
        Self { reports: Some(reports), status: status_seen, latest: latest_seen, heard, worker: Some(worker) }
    }

    fn tell(&self, report: Report) {
        self.reports.as_ref().unwrap().send(report).unwrap();
    }

    async fn until(&mut self, wanted: impl FnMut(&CameraStatus) -> bool) -> CameraStatus {
        let found = tokio::time::timeout(Duration::from_secs(30), self.status.wait_for(wanted)).await;
        found.expect("in time").expect("the publisher still runs").clone()
    }

    /// Ends it; what operators were told.
    fn told(mut self) -> Vec<(FleetEventKind, Option<CameraTrouble>)> {
        self.reports = None;
        self.worker.take().unwrap().join().unwrap();
        let mut told = Vec::new();
        while let Ok(event) = self.heard.try_recv() {
            if let Event::Fleet(event) = event {
                told.push((event.kind, event.trouble));
            }
        }
        told
    }
}

/// It begins and ends as a JPEG does, and its size is there; the table for what lies between is not.
fn garbled() -> NewFrame {
    let mut frame = frame(100);
    let mut bytes = frame.jpeg.to_vec();
    let table = bytes.windows(2).position(|marker| marker == [0xFF, 0xC4]).expect("a Huffman table") + 4;
    bytes[table..table + 17].fill(0xFF);
    frame.jpeg = bytes.into();
    frame
}

fn failed(trouble: CameraTrouble) -> Report {
    Report::Failed(SourceError::new(trouble, format!("it is {trouble:?}")), Duration::ZERO)
}

/// None comes in these tests unless it is asked for.
const NO_SILENCE: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn each_trouble_is_told_once_and_again_when_it_becomes_another() {
    let mut rig = Rig::new(NO_SILENCE);
    rig.tell(Report::Frame(frame(1)));
    for trouble in [CameraTrouble::Unplugged, CameraTrouble::Unplugged, CameraTrouble::Busy, CameraTrouble::Unplugged] {
        rig.tell(failed(trouble));
        let status = rig.until(|s| s.trouble == Some(trouble)).await;
        assert_eq!((status.state, status.error), (CameraState::Lost, Some(format!("it is {trouble:?}"))));
    }
    let since = rig.status.borrow().lost_since.expect("it is lost");
    rig.tell(failed(CameraTrouble::NotPermitted));
    let status = rig.until(|s| s.trouble == Some(CameraTrouble::NotPermitted)).await;
    assert_eq!(status.lost_since, Some(since), "lost since the first trouble");
    rig.tell(Report::Frame(frame(2)));
    let status = rig.until(|s| s.state == CameraState::Streaming).await;
    assert_eq!((status.trouble, status.error, status.lost_since), (None, None, None));
    let lost = |trouble| (FleetEventKind::CameraLost, Some(trouble));
    let told = [
        lost(CameraTrouble::Unplugged),
        lost(CameraTrouble::Busy),
        lost(CameraTrouble::Unplugged),
        lost(CameraTrouble::NotPermitted),
        (FleetEventKind::CameraBack, None),
    ];
    assert_eq!(rig.told(), told);
}

#[tokio::test]
async fn damaged_frames_are_counted_and_neither_shown_nor_stored_and_a_camera_that_gives_no_others_is_lost() {
    let mut rig = Rig::new(NO_SILENCE);
    let sound = frame(1);
    rig.tell(Report::Frame(sound.clone()));
    rig.until(|s| s.kept == 1).await;
    rig.tell(Report::PassedOver(4));
    rig.tell(Report::Frame(garbled()));
    rig.tell(Report::Frame(frame(200)));
    let status = rig.until(|s| s.kept == 2).await;
    assert_eq!((status.state, status.damaged), (CameraState::Streaming, 5), "one among good ones is no loss");
    for _ in 0..MOST_UNREADABLE {
        rig.tell(Report::Frame(garbled()));
    }
    let status = rig.until(|s| s.state == CameraState::Lost).await;
    assert_eq!(
        (status.trouble, status.kept, status.damaged),
        (Some(CameraTrouble::Damaged), 2, 5 + u64::from(MOST_UNREADABLE))
    );
    assert_eq!(rig.latest.borrow().as_ref().unwrap().jpeg, frame(200).jpeg);
    rig.tell(Report::Frame(sound));
    rig.until(|s| s.state == CameraState::Streaming && s.trouble.is_none()).await;
    assert_eq!(
        rig.told(),
        [(FleetEventKind::CameraLost, Some(CameraTrouble::Damaged)), (FleetEventKind::CameraBack, None)]
    );
}

#[tokio::test]
async fn a_source_that_says_nothing_has_stalled_be_it_open_or_on_its_way_back() {
    let mut rig = Rig::new(Duration::from_millis(1));
    rig.until(|s| s.trouble == Some(CameraTrouble::Stalled)).await;
    rig.tell(failed(CameraTrouble::Unplugged));
    rig.until(|s| s.trouble == Some(CameraTrouble::Unplugged)).await;
    let status = rig.until(|s| s.trouble == Some(CameraTrouble::Stalled)).await;
    assert_eq!(status.state, CameraState::Lost);
    drop(rig);
}
