use super::super::queue::MOST_WAITING;
use super::*;
use crate::backoff::Backoff;
use crate::domain::{CameraId, FleetEventKind, PerCamera, TrainingState};
use crate::store::Options;
use crate::store::disk::{Disk, Entry, Handle, Mode, Real};
use crate::supervise::PartState;
use crate::train::work::Workplace;
use crate::turns::Turns;
use std::io;
use std::path::{Path, PathBuf};

#[test]
fn there_are_as_many_experiments_as_there_is_memory_for() {
    let fit = |room: u32| {
        let fits = move |n: u32| (n <= room).then_some(()).ok_or_else(|| TrainError::Invalid(format!("not {n}")));
        as_many_as_fit(24, fits).map_err(|error| error.to_string())
    };
    let several = [24, 23, 6, 5, 1].map(fit);
    assert_eq!(several, [Ok(24), Ok(12), Ok(6), Ok(3), Ok(1)]);
    assert_eq!(fit(0), Err("not 24".to_owned()));
}

/// The machine's disk; while it is full it takes no record of a training.
#[derive(Clone, Debug, Default)]
struct Filled(Arc<AtomicBool>);

impl Disk for Filled {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        match self.0.load(Ordering::SeqCst) && mode == Mode::Create && path.to_string_lossy().contains("training.json")
        {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Real.open(path, mode),
        }
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        Real.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Real.list(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Real.remove(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Real.remove_folder(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Real.make_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Real.sync_folder(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        Real.free(folder)
    }
}

/// A device with one camera.
fn on(store: &Store, events: &Events) -> Deployment {
    Deployment::new(store.clone(), events.clone(), &PerCamera::one(CameraId::main(), ()))
}

fn means() -> Means {
    Means {
        engine: crate::runtime::for_tests().into(),
        place: Workplace::Here,
        memory: 0,
        disk: u64::MAX,
        pictures: Turns::at_pictures(),
    }
}

/// Runs until it is cancelled.
fn runs(_: &Job, cancel: &AtomicBool) -> Result<(), TrainError> {
    while !cancel.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    Err(TrainError::Cancelled)
}

#[tokio::test]
async fn what_a_full_disk_does_not_take_of_an_end_holds_is_shown_and_is_written_later() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let disk = Filled::default();
    let store = Store::open_on(options.clone(), Arc::new(disk.clone())).unwrap();
    let [first, second] = [Training::queued(vec![], 4), Training::queued(vec![], 4)];
    store.put_training(&first).unwrap();
    store.put_training(&second).unwrap();
    let (supervisor, stop, events) = (Supervisor::default(), CancellationToken::new(), Events::new());
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let start = || Trainer::run(config.clone(), means(), on(&store, &events), runs, &supervisor, stop.clone()).unwrap();
    let trainer = start();
    let running = |trainer: &Trainer| lock(&trainer.0.queue).running.as_ref().map(|(id, _)| *id);
    while running(&trainer) != Some(first.id) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    disk.0.store(true, Ordering::SeqCst);
    for id in [first.id, second.id] {
        let asked = trainer.clone();
        let told = tokio::task::spawn_blocking(move || asked.cancel(id)).await.unwrap().unwrap();
        assert_eq!(told.state, TrainingState::Cancelled, "it is not held up by the disk");
        let shown = store.training(id).unwrap();
        assert_eq!((shown.state, shown.finished.is_some()), (TrainingState::Cancelled, true));
        assert!(shown.note.is_some_and(|note| note.contains("not on the disk yet")));
    }
    assert!(store.trainings(None, 10).unwrap().items.iter().all(|t| t.state == TrainingState::Cancelled));
    let gone = store.delete_training(&crate::domain::Who::local(), first.id);
    assert!(gone.is_err(), "else it would come back as one that goes on");
    disk.0.store(false, Ordering::SeqCst);
    let begun = Instant::now();
    while !store.all_settled() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the disk takes it now");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    drop((trainer, store));
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty());
    let store = Store::open(options).unwrap();
    for id in [first.id, second.id] {
        let kept = store.training(id).unwrap();
        assert_eq!((kept.state, kept.note), (TrainingState::Cancelled, None));
    }
}

#[tokio::test]
async fn trainings_that_take_too_much_of_the_disk_go_at_the_start_and_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
    let over = || Training { state: TrainingState::Done, ..Training::queued(vec![], 4) };
    let [first, second] = [over(), over()];
    store.put_training(&first).unwrap();
    store.put_training(&second).unwrap();
    let (supervisor, stop, events) = (Supervisor::default(), CancellationToken::new(), Events::new());
    let mut heard = events.subscribe();
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let means = Means { disk: 0, ..means() };
    let trainer = Trainer::run(config, means, on(&store, &events), runs, &supervisor, stop.clone()).unwrap();
    let told = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await.unwrap().unwrap();
    assert!(matches!(&told, Event::Fleet(event) if event.kind == FleetEventKind::TrainingsRemoved), "{told:?}");
    assert!(store.training(first.id).is_err() && store.training(second.id).is_ok(), "the newest stays");
    stop.cancel();
    drop(trainer);
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty());
}

#[tokio::test]
async fn eight_wait_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
    for _ in 0..=MOST_WAITING {
        store.put_training(&Training::queued(vec![], 4)).unwrap();
    }
    let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let trainer = Trainer::run(config, means(), on(&store, &Events::new()), runs, &supervisor, stop.clone()).unwrap();
    while lock(&trainer.0.queue).running.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let refused = trainer.submit(TrainRequest::default()).unwrap_err();
    assert!(matches!(&refused, TrainError::Busy(why) if why.contains("8 trainings wait already")), "{refused}");
    stop.cancel();
    drop(trainer);
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty());
}

#[tokio::test]
async fn a_training_that_panics_fails_and_the_trainer_goes_on_with_the_next() {
    /// Breaks on the oldest training of the store.
    fn breaks_on_the_first(job: &Job, _: &AtomicBool) -> Result<(), TrainError> {
        let oldest = job.store.trainings(None, 10)?.items.pop().map(|training| training.id);
        assert_ne!(oldest, Some(job.id), "the first training");
        Err(TrainError::Invalid("the second training".into()))
    }
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let pause = Duration::from_millis(1);
    let (supervisor, stop) = (Supervisor::with_pauses(Backoff::new(pause, pause)), CancellationToken::new());
    let store = Store::open_supervised(options, &supervisor).unwrap();
    let [first, second] = [Training::queued(vec![], 4), Training::queued(vec![], 4)];
    store.put_training(&first).unwrap();
    store.put_training(&second).unwrap();
    let events = Events::new();
    let mut heard = events.subscribe();
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let trainer =
        Trainer::run(config, means(), on(&store, &events), breaks_on_the_first, &supervisor, stop.clone()).unwrap();
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let event = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await.unwrap().unwrap();
        if let Event::Training(training) = event {
            ended.push((training.id, training.state, training.error.clone().unwrap()));
        }
    }
    let broke = "the training broke off unexpectedly; see the log";
    let failed = |id, error: &str| (id, TrainingState::Failed, error.to_owned());
    assert_eq!(ended, [failed(first.id, broke), failed(second.id, "the second training")]);
    let part = supervisor.parts(Instant::now())["trainer"].clone();
    assert_eq!((part.state, part.restarts), (PartState::Running, 1));
    assert!(part.error.is_some_and(|error| error.contains("the first training")));
    stop.cancel();
    drop((trainer, store));
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty(), "threads end, and the store is closed");
}

#[tokio::test]
async fn power_that_is_cut_time_and_again_does_not_end_a_training_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
    let stored = |boot: Option<&str>, starts| {
        let training = Training { starts, boot: boot.map(str::to_owned), ..Training::queued(vec![], 4) };
        store.put_training(&training).unwrap();
        training.id
    };
    let ids = [
        (stored(Some("an earlier one"), MOST_STARTS), None),
        (stored(Some("an earlier one"), MOST_STARTS_OVER_BOOTS - 1), None),
        (stored(None, MOST_STARTS), None),
        (stored(Some("an earlier one"), MOST_STARTS_OVER_BOOTS), Some("switched off or restarted")),
        (stored(Some(&BOOT), MOST_STARTS - 1), None),
        (stored(Some(&BOOT), MOST_STARTS), Some("memory ran out")),
    ];
    let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let trainer = Trainer::run(config, means(), on(&store, &Events::new()), runs, &supervisor, stop.clone()).unwrap();
    for (id, ended) in ids {
        let training = store.training(id).unwrap();
        let error = training.error.unwrap_or_default();
        assert_eq!(training.state == TrainingState::Failed, ended.is_some(), "{error}");
        assert!(error.contains(ended.unwrap_or("")), "{error}");
    }
    stop.cancel();
    drop(trainer);
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty());
}
