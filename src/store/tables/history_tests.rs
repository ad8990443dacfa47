use super::*;
use crate::store::disk::Real;
use std::sync::Arc;

const AS_TOLD: Mend = &|time, _| (time, None);

struct Kept {
    files: Files,
    history: History,
    on_disk: HistoryFiles,
}

impl Kept {
    fn open(dir: &Path) -> Self {
        let files = Files::on(Arc::new(Real), Path::new("."));
        let (history, on_disk) = History::open(&files, dir, true).unwrap();
        Self { files, history, on_disk }
    }

    fn write(&mut self) {
        let (what, events, sightings) = self.history.take_unwritten();
        self.on_disk.write(&self.files, &what, &events, &sightings).unwrap();
    }
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn object(kind: FleetEventKind, track: u64, second: i64) -> FleetEvent {
    let (category, score) = (Some("cat".to_owned()), Some(0.5));
    FleetEvent { time: time(second), category, score, track: Some(track), ..FleetEvent::new(kind, "") }
}

fn tracks(slice: &Slice<Sighting>) -> Vec<u64> {
    slice.items.iter().map(|s| s.track).collect()
}

#[test]
fn what_appeared_and_left_is_one_entry_and_told_twice() {
    use FleetEventKind::{CameraLost, ObjectAppeared, ObjectLeft};
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Kept::open(dir.path());
    assert!(!kept.history.note(object(ObjectAppeared, 1, 0), None));
    assert!(!kept.history.note(FleetEvent { zone: Some("belt".into()), ..object(ObjectAppeared, 2, 1) }, None));
    assert!(kept.history.note(FleetEvent::new(CameraLost, "unplugged"), None), "worth being written at once");
    kept.history.note(FleetEvent { score: Some(0.9), ..object(ObjectLeft, 1, 3) }, None);
    kept.write();
    let check = |history: &History, left: Option<Timestamp>| {
        let timeline = history.timeline(None, None, None, 10, AS_TOLD);
        assert_eq!((tracks(&timeline), timeline.next.as_deref()), (vec![2, 1], None));
        let [second, first] = &timeline.items[..] else { panic!() };
        assert_eq!((second.left, second.zone.as_deref()), (left, Some("belt")));
        assert_eq!((first.appeared, first.left, first.score), (time(0), Some(time(3)), 0.9));
        let log: Vec<_> = history.log(None, None, None, 10, AS_TOLD).items.iter().map(|e| (e.kind, e.track)).collect();
        assert_eq!(
            log,
            [(ObjectLeft, Some(1)), (CameraLost, None), (ObjectAppeared, Some(2)), (ObjectAppeared, Some(1))]
        );
        assert_eq!(history.log(Some(CameraLost), None, None, 10, AS_TOLD).items[0].message, "unplugged");
        assert_eq!(history.log(Some(ObjectLeft), None, None, 10, AS_TOLD).items[0].message, "cat 1 left");
    };
    check(&kept.history, None);
    // Cut off: nobody saw the second one leave.
    let lost = kept.history.log(Some(CameraLost), None, None, 1, AS_TOLD).items[0].time;
    check(&Kept::open(dir.path()).history, Some(lost));
    // What was found out at the opening is written too, and does not change with what comes later.
    let mut again = Kept::open(dir.path());
    again.history.note(object(ObjectAppeared, 1, 900_000_000), None);
    again.write();
    let again = Kept::open(dir.path()).history.timeline(None, None, None, 10, AS_TOLD);
    assert_eq!((tracks(&again), again.items[1].left), (vec![1, 2, 1], Some(lost)));
}

#[test]
fn lists_come_in_slices_and_by_category() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Kept::open(dir.path());
    for track in 0..5 {
        let category = Some(if track % 2 == 0 { "cat" } else { "dog" }.to_owned());
        kept.history.note(FleetEvent { category, ..object(FleetEventKind::ObjectAppeared, track, track as i64) }, None);
    }
    kept.history.note(object(FleetEventKind::ObjectLeft, 0, 9), None);
    let (mut all, mut before, mut log) = (vec![], None, vec![]);
    loop {
        let slice = kept.history.timeline(None, None, place(before.as_deref()).unwrap(), 2, AS_TOLD);
        all.extend(tracks(&slice));
        before = slice.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all, [4, 3, 2, 1, 0]);
    assert_eq!(tracks(&kept.history.timeline(Some("dog"), None, None, 2, AS_TOLD)), [3, 1]);
    loop {
        let slice = kept.history.log(None, None, place(before.as_deref()).unwrap(), 2, AS_TOLD);
        log.extend(slice.items.iter().map(|e| e.track.unwrap()));
        before = slice.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(log, [0, 4, 3, 2, 1, 0]);
    assert!(matches!(place(Some("x")), Err(StoreError::Invalid(_))));
}

#[test]
fn a_busy_belt_leaves_the_rare_events_and_stays_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Kept::open(dir.path());
    kept.history.note(FleetEvent::new(FleetEventKind::ModelDeployed, "rare"), None);
    let many = 3 * limits::SIGHTINGS as u64;
    for track in 0..many {
        kept.history.note(object(FleetEventKind::ObjectAppeared, track, track as i64), None);
        kept.history.note(object(FleetEventKind::ObjectLeft, track, track as i64 + 2), None);
        if track % 500 == 0 {
            kept.write();
        }
    }
    kept.write();
    let kept = Kept::open(dir.path());
    assert_eq!(kept.history.sightings.len(), limits::SIGHTINGS);
    assert_eq!(kept.history.timeline(None, None, None, 1, AS_TOLD).items[0].track, many - 1);
    assert_eq!(kept.history.log(Some(FleetEventKind::ModelDeployed), None, None, 1, AS_TOLD).items.len(), 1);
    let bytes: u64 = ["timeline", "timeline.old"].iter().map(|n| dir.path().join(n).metadata().unwrap().len()).sum();
    assert!(bytes < 4 * limits::SIGHTINGS as u64 * 250, "{bytes}");
}

#[test]
fn what_could_not_be_written_is_written_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Kept::open(dir.path());
    kept.history.note(FleetEvent::new(FleetEventKind::DiskLow, "full"), None);
    kept.history.note(object(FleetEventKind::ObjectAppeared, 1, 0), None);
    let (what, ..) = kept.history.take_unwritten();
    kept.history.give_back(what);
    kept.write();
    let history = Kept::open(dir.path()).history;
    assert_eq!((history.log(None, None, None, 9, AS_TOLD).items.len(), history.sightings.len()), (2, 1));
}

#[test]
fn what_an_act_tells_is_noted_once_wherever_it_comes_from() {
    use FleetEventKind::{CameraLost, ModelDeployed};
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Kept::open(dir.path());
    let event = FleetEvent::deployed(crate::domain::ModelId::new(), None);
    let said = kept.history.foretell(event.clone(), None);
    // Others are faster than the act.
    kept.history.note(FleetEvent::new(CameraLost, "unplugged"), None);
    kept.write();
    let kinds =
        |history: &History| history.log(None, None, None, 10, AS_TOLD).items.iter().map(|e| e.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&kept.history), [CameraLost], "it has not happened yet");
    kept.history.came_true(said.clone());
    // Over the bus as well.
    assert!(!kept.history.note(event, None));
    assert_eq!(kinds(&kept.history), [CameraLost, ModelDeployed], "in its place");
    // Killed before it was written, and found in the record of the act.
    drop(kept);
    let mut kept = Kept::open(dir.path());
    assert_eq!(kinds(&kept.history), [CameraLost]);
    for _ in 0..2 {
        kept.history.came_true(said.clone());
        kept.write();
        assert_eq!(kinds(&kept.history), [CameraLost, ModelDeployed]);
        kept = Kept::open(dir.path());
    }
    // Once it has scrolled away it is not news again.
    for n in 0..limits::LOG {
        kept.history.note(FleetEvent::new(CameraLost, format!("for the {n}th time")), None);
    }
    kept.history.came_true(said);
    assert!(!kept.history.log(None, None, None, limits::LOG, AS_TOLD).items.iter().any(|e| e.kind == ModelDeployed));
}
