use super::*;
use crate::backoff::Backoff;
use crate::domain::TrainingState;
use crate::store::Options;
use crate::supervise::PartState;
use crate::train::work::Workplace;
use crate::turns::Turns;

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
    let means = Means {
        engine: crate::runtime::for_tests().into(),
        place: Workplace::Here,
        memory: 0,
        disk: u64::MAX,
        pictures: Turns::at_pictures(),
    };
    let events = Events::new();
    let mut heard = events.subscribe();
    let config = (Current::fixed(config::Train::default()), Current::fixed(config::Live::default()));
    let trainer =
        Trainer::run(config, means, store.clone(), events, breaks_on_the_first, &supervisor, stop.clone()).unwrap();
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
