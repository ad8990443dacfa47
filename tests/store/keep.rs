//! What is written stays, and what is refused is refused in words.

use super::*;
use fieldcoach::store::{CategoryPatch, FrameQuery};
use std::collections::BTreeMap;

#[test]
fn reopening_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(store.boot_number(), 1);
    store.add_category(category("cell")).unwrap();
    let frames: Vec<Frame> = (0..20).map(|i| add(&store, i)).collect();
    let ids: Vec<FrameId> = frames.iter().map(|f| f.id).collect();
    // Hundreds of boxes: more than a sled value may hold.
    let many: Vec<Label> = (0..600).map(|i| boxed("cell", i as f32)).collect();
    let labels = put(&store, ids[3], 0, many).unwrap();
    let sides = BTreeMap::from([(ids[3], Side::Validation), (ids[4], Side::Training)]);
    store.put_sides(&sides).unwrap();
    let training = training();
    store.put_training(&training).unwrap();
    store.put_epoch(training.id, &epoch(training.id, 1, &ids[..3], 0.5)).unwrap();
    let book = store.flip_book(training.id, None).unwrap();
    let (first, second) = (add_model(&store, training.id, b"one"), add_model(&store, training.id, b"two"));
    store.deploy(first, None).unwrap();
    store.deploy(second, None).unwrap();
    let slice = store.frames(&FrameQuery::default()).unwrap().items;
    let usage = store.usage().unwrap();
    drop(store);

    let store = open(dir.path());
    assert_eq!(store.boot_number(), 2);
    assert_eq!(store.frames(&FrameQuery::default()).unwrap().items, slice);
    assert_eq!(store.labels(ids[3]).unwrap(), labels);
    assert_eq!(labels.labels.len(), 600);
    assert_eq!(store.sides().unwrap(), sides);
    assert_eq!(store.training(training.id).unwrap(), training);
    assert_eq!(store.flip_book(training.id, None).unwrap(), book);
    assert_eq!(store.live_models().unwrap().all.unwrap().id, second);
    assert_eq!(std::fs::read(store.model_path(first).unwrap()).unwrap(), b"one");
    assert_eq!(store.roll_back(None).unwrap().model.id, first);
    for (i, frame) in frames.iter().enumerate() {
        assert_eq!(store.jpeg(frame.id).unwrap(), new_frame(i as u32, 1000, FrameSource::Camera).jpeg);
    }
    let after = store.usage().unwrap();
    assert_eq!((after.frames, after.labelled, after.dropped), (usage.frames, usage.labelled, usage.dropped));
    assert_eq!((after.frames, after.labelled), (20, 1));
    assert_sound(&store);
}

#[test]
fn frames_come_newest_first_in_slices_by_phase_and_category() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    store.add_category(category("other")).unwrap();
    let ids: Vec<FrameId> = (0..50).map(|i| add(&store, i).id).collect();
    for (i, id) in ids.iter().enumerate() {
        let phase = [Phase::Unlabelled, Phase::Labelled, Phase::Reviewed, Phase::Final][i % 4];
        let labels = match phase {
            Phase::Unlabelled => continue,
            _ => vec![boxed(if i % 3 == 0 { "cell" } else { "other" }, 1.0)],
        };
        store.put_labels(*id, LabelWrite { revision: 0, phase, labels, ..LabelWrite::default() }).unwrap();
    }
    for phase in [None, Some(Phase::Unlabelled), Some(Phase::Reviewed)] {
        for category in [None, Some("cell"), Some("other")] {
            let expected: Vec<FrameId> = (0..50)
                .rev()
                .filter(|i| phase.is_none_or(|p| p as usize == i % 4))
                .filter(|i| category.is_none_or(|c| i % 4 != 0 && (c == "cell") == (i % 3 == 0)))
                .map(|i| ids[i])
                .collect();
            let mut query =
                FrameQuery { phase, category: category.map(str::to_owned), limit: 7, ..FrameQuery::default() };
            let mut seen = Vec::new();
            loop {
                let slice = store.frames(&query).unwrap();
                assert!(slice.items.len() <= 7);
                seen.extend(slice.items.iter().map(|f| f.id));
                match slice.next {
                    Some(next) => query.before = Some(next.parse().unwrap()),
                    None => break,
                }
            }
            assert_eq!(seen, expected, "{phase:?} {category:?}");
        }
    }
    let unknown = FrameQuery { category: Some("none".into()), ..FrameQuery::default() };
    assert!(matches!(store.frames(&unknown), Err(StoreError::NotFound { what: "category", .. })));
    let labelled = store.labelled().unwrap();
    assert_eq!(labelled.len(), 37);
    assert!(labelled.is_sorted_by_key(|(f, _)| f.id));
    assert_eq!(store.newest_frame().unwrap(), Some(Timestamp::from_second(49).unwrap()));
}

#[test]
fn a_stale_revision_gets_the_current_labels_and_one_of_two_writers_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let id = add(&store, 1).id;
    assert_eq!(put(&store, id, 0, vec![boxed("cell", 1.0)]).unwrap().revision, 1);
    match put(&store, id, 0, Vec::new()) {
        Err(StoreError::Stale(current)) => assert_eq!(*current, store.labels(id).unwrap()),
        other => panic!("{other:?}"),
    }
    for revision in 1..20 {
        let won: usize = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|i| {
                    let store = store.clone();
                    scope.spawn(move || put(&store, id, revision, vec![boxed("cell", i as f32)]).is_ok() as usize)
                })
                .collect();
            writers.into_iter().map(|w| w.join().unwrap()).sum()
        });
        assert_eq!(won, 1);
    }
    assert_eq!(store.labels(id).unwrap().revision, 20);
}

#[test]
fn labels_can_be_cleared_and_unknown_frames_have_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let id = add(&store, 1).id;
    put(&store, id, 0, vec![boxed("cell", 1.0)]).unwrap();
    store
        .put_labels(
            id,
            LabelWrite { revision: 1, phase: Phase::Unlabelled, labels: Vec::new(), ..LabelWrite::default() },
        )
        .unwrap();
    assert_eq!(store.frame(id).unwrap().phase, Phase::Unlabelled);
    assert_eq!(store.usage().unwrap().labelled, 0);
    store.delete_category(&Who::local(), "cell", false).unwrap();
    // Nothing in it is a label too.
    put(&store, id, 2, Vec::new()).unwrap();
    assert_eq!(store.labelled().unwrap().len(), 1);
    let nobody = FrameId::new();
    assert!(matches!(put(&store, nobody, 0, Vec::new()), Err(StoreError::NotFound { what: "frame", .. })));
    assert!(matches!(store.jpeg(nobody), Err(StoreError::NotFound { .. })));
    assert_sound(&store);
}

#[test]
fn categories_keep_their_order_their_labels_and_their_use() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for name in ["red", "white", "platelet"] {
        store.add_category(category(name)).unwrap();
    }
    let id = add(&store, 1).id;
    put(&store, id, 0, vec![boxed("red", 1.0)]).unwrap();
    let patch = CategoryPatch { name: Some("RBC".into()), ..CategoryPatch::default() };
    store.patch_category("red", patch).unwrap();
    let kind = CategoryPatch { kind: Some(LabelKind::Tag), ..CategoryPatch::default() };
    assert!(matches!(store.patch_category("RBC", kind.clone()), Err(StoreError::Conflict(_))));
    store.patch_category("white", kind).unwrap();
    let clash = CategoryPatch { name: Some("PLATELET".into()), ..CategoryPatch::default() };
    assert!(matches!(store.patch_category("RBC", clash), Err(StoreError::Conflict(_))));
    match store.delete_category(&Who::local(), "RBC", false) {
        Err(StoreError::Conflict(text)) => assert!(text.contains("1 frame"), "{text}"),
        other => panic!("{other:?}"),
    }
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.labels(id).unwrap().labels[0].category, "RBC");
    let names: Vec<_> = store.categories().unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["RBC", "white", "platelet"]);
    put(&store, id, 1, Vec::new()).unwrap();
    store.delete_category(&Who::local(), "RBC", false).unwrap();
    assert!(matches!(
        store.delete_category(&Who::local(), "RBC", false),
        Err(StoreError::NotFound { what: "category", .. })
    ));
}

#[test]
fn trainings_and_models_come_newest_first_in_slices() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut all: Vec<Training> = (0..5).map(|_| training()).collect();
    for training in &mut all {
        store.put_training(training).unwrap();
        training.state = TrainingState::Done;
        store.put_training(training).unwrap();
    }
    all.reverse();
    let first = store.trainings(None, 3).unwrap();
    assert_eq!(first.items, all[..3]);
    let rest = store.trainings(first.next.map(|n| n.parse().unwrap()), 3).unwrap();
    assert_eq!((rest.items, rest.next), (all[3..].to_vec(), None));
    assert!(matches!(store.training(TrainingId::new()), Err(StoreError::NotFound { what: "training", .. })));

    assert!(matches!(store.roll_back(None), Err(StoreError::Conflict(_))));
    let models: Vec<ModelId> = (0..3u8).map(|i| add_model(&store, all[0].id, &[i; 10])).collect();
    let listed: Vec<_> = store.models(None, 10).unwrap().items.iter().map(|m| m.id).rev().collect();
    assert_eq!(listed, models);
    assert_eq!(store.model(models[0]).unwrap().bytes, 10);
    assert!(store.deploy(models[0], None).unwrap().model.deployed);
    assert!(matches!(store.roll_back(None), Err(StoreError::Conflict(_))));
    store.deploy(models[1], None).unwrap();
    store.deploy(models[1], None).unwrap();
    assert_eq!(store.roll_back(None).unwrap().model.id, models[0]);
    assert!(!store.model(models[1]).unwrap().deployed);
    assert!(matches!(store.deploy(ModelId::new(), None), Err(StoreError::NotFound { what: "model", .. })));
}

#[test]
fn a_camera_may_have_a_model_of_its_own_which_stays_while_it_is_live() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let training = training();
    store.put_training(&training).unwrap();
    let [all, first, second] = [b"all", b"one", b"two"].map(|onnx| add_model(&store, training.id, onnx));
    let [door, yard] = ["door", "yard"].map(|id| id.parse::<CameraId>().unwrap());
    let alone = store.deploy(first, Some(&door)).unwrap();
    assert_eq!((alone.model.deployed, &alone.model.cameras), (false, &vec![door.clone()]));
    assert_eq!(alone.event.unwrap().camera, Some(door.clone()));
    assert!(matches!(store.roll_back(Some(&door)), Err(StoreError::Conflict(_))), "there is none for all");
    assert_eq!(store.live_models().unwrap().all, None);
    store.deploy(all, None).unwrap();
    store.deploy(second, Some(&door)).unwrap();
    assert!(store.deploy(second, Some(&door)).unwrap().event.is_none(), "it was there before");
    let looks = |store: &Store, camera: &CameraId| store.live_models().unwrap().at(Some(camera)).unwrap().id;

    let store = reopened(dir.path(), store, false);
    assert_eq!((looks(&store, &door), looks(&store, &yard)), (second, all));
    let who = Who::local();
    for live in [all, second] {
        let refused = store.delete_model(&who, live, &[]).unwrap_err();
        assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("is live")), "{refused}");
    }
    // No room at all, and the training with all of its models would go, were it over and not the newest.
    let newer = Training { state: TrainingState::Done, ..Training::queued(vec![], 1) };
    store.put_training(&Training { state: TrainingState::Done, ..training }).unwrap();
    store.put_training(&newer).unwrap();
    store.roll_back(None).unwrap_err();
    assert_eq!(store.trim_trainings(0).unwrap().gone, []);

    let refused = store.roll_back(Some(&yard)).unwrap_err();
    assert!(refused.to_string().contains("`yard` has no model of its own"), "{refused}");
    assert_eq!(store.roll_back(Some(&door)).unwrap().model.id, first);
    assert_eq!(looks(&store, &door), first);
    let back = store.roll_back(Some(&door)).unwrap();
    assert_eq!((back.model.id, back.event.unwrap().camera), (all, Some(door.clone())));
    assert_eq!(looks(&store, &door), all);
    store.delete_model(&who, second, &[]).unwrap();
    let store = reopened(dir.path(), store, false);
    assert!(store.live_models().unwrap().own.is_empty());
    assert_sound(&store);
}

#[test]
fn what_experiments_saw_that_do_not_lead_is_kept_beside_the_leader() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let frames: Vec<FrameId> = (0..4).map(|i| add(&store, i).id).collect();
    let hyper: Hyperparameters = serde_json::from_value(serde_json::json!({
        "learning_rate": 0.003, "weight_decay": 0.01, "width": 64, "dropout": 0.0, "focal_gamma": 2.0,
        "box_weight": 2.0, "target_radius": 0.12, "view_mix": 0.9, "seed": 1
    }))
    .unwrap();
    let experiments = vec![Experiment::queued(hyper.clone()), Experiment::queued(hyper)];
    let [one, two] = [experiments[0].id, experiments[1].id];
    let training = Training { experiments, ..training() };
    let id = training.id;
    store.put_training(&training).unwrap();
    let seen = |loss| OtherPage {
        frame: frames[2],
        predictions: vec![],
        point: Point {
            score: 0.25,
            loss,
            confidence: 0.0,
            fates: Some(Fates { missed: 1, labels: "m".into(), ..Fates::default() }),
        },
    };
    for (n, leader, other) in [(1, one, two), (2, two, one)] {
        let mut pages = epoch(id, n, &frames, n as f32);
        pages.summary.experiment = leader;
        pages.summary.experiments = vec![leader, other];
        pages.pages.iter_mut().for_each(|page| page.experiment = leader);
        let pages_of = |experiment, loss| OtherPages {
            experiment,
            metrics: Metrics::default(),
            categories: vec![],
            pages: vec![seen(loss)],
        };
        pages.others = vec![pages_of(other, 10.0 + n as f32)];
        store.put_epoch(id, &pages).unwrap();
    }
    let book = store.flip_book(id, Some(one)).unwrap();
    let losses = |epoch: usize| -> Vec<Option<f32>> {
        book.epochs[epoch].points.iter().map(|p| p.as_ref().map(|p| p.loss)).collect()
    };
    assert_eq!(losses(0), vec![Some(1.0); 4], "where it led, of every frame");
    assert_eq!(losses(1), [None, None, Some(12.0), None], "else of the validation frames");
    assert_eq!(book.epochs[1].experiments, [two, one]);
    let page = store.page(id, 2, frames[2], Some(one)).unwrap();
    assert_eq!((page.experiment, page.point, page.truth.len()), (one, seen(12.0).point, 1));
    assert_eq!(store.page(id, 2, frames[2], None).unwrap().experiment, two);
    let none = |frame, experiment| store.page(id, 2, frame, Some(experiment)).unwrap_err();
    for error in [none(frames[0], one), none(frames[2], ExperimentId::new())] {
        assert!(matches!(error, StoreError::NotFound { what: "page", .. }), "{error}");
    }
    let unknown = store.flip_book(id, Some(ExperimentId::new())).unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound { what: "experiment", .. }), "{unknown}");
    assert_sound(&store);
}

#[test]
fn epochs_written_again_replace_the_earlier_ones() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let frames: Vec<FrameId> = (0..4).map(|i| add(&store, i).id).collect();
    let training = training();
    let id = training.id;
    assert!(matches!(store.put_epoch(id, &epoch(id, 1, &frames, 1.0)), Err(StoreError::NotFound { .. })));
    store.put_training(&training).unwrap();
    assert_eq!(store.flip_book(id, None).unwrap().epochs, []);
    for n in 1..=4 {
        store.put_epoch(id, &epoch(id, n, &frames, n as f32)).unwrap();
    }
    assert_eq!(store.page(id, 3, frames[2], None).unwrap().point.loss, 3.0);
    store.put_epoch(id, &epoch(id, 3, &frames, 30.0)).unwrap();
    let copy = tempfile::tempdir().unwrap();
    for reopened in [false, true] {
        // A copy is opened, since this one is still in use.
        let store = if reopened { open_copy(dir.path(), copy.path()) } else { store.clone() };
        let book = store.flip_book(id, None).unwrap();
        assert_eq!(book.frames.iter().map(|f| f.id).collect::<Vec<_>>(), frames);
        let losses: Vec<_> = book.epochs.iter().map(|e| (e.epoch, e.points[0].as_ref().unwrap().loss)).collect();
        assert_eq!(losses, [(1, 1.0), (2, 2.0), (3, 30.0)]);
        assert_eq!(store.page(id, 3, frames[2], None).unwrap(), {
            let mut page = epoch(id, 3, &frames, 30.0).pages.remove(2);
            page.experiment = book.epochs[2].experiment;
            page
        });
        assert!(matches!(store.page(id, 4, frames[0], None), Err(StoreError::NotFound { what: "page", .. })));
    }

    fn open_copy(from: &Path, to: &Path) -> Store {
        let status = std::process::Command::new("cp").arg("-r").arg(from.join(".")).arg(to).status().unwrap();
        assert!(status.success());
        open(to)
    }
}

#[test]
fn a_second_opening_is_refused_with_the_owner_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    match Store::open(options(dir.path())) {
        Err(StoreError::InUse { pid, .. }) => assert_eq!(pid, std::process::id().to_string()),
        other => panic!("{:?}", other.err()),
    }
    let clone = store.clone();
    drop(store);
    assert!(Store::open(options(dir.path())).is_err(), "a clone still uses it");
    drop(clone);
    open(dir.path());
}

#[test]
fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    std::fs::write(dir.path().join("schema"), "99\n").unwrap();
    match Store::open(options(dir.path())) {
        Err(StoreError::Schema(text)) => assert!(text.contains("newer"), "{text}"),
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_file_of_the_trainer_is_whole_or_known_to_be_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let training = training();
    store.put_training(&training).unwrap();
    let files = store.training_files(training.id).unwrap();
    assert_eq!(files.read("given.json").unwrap(), None);
    files.write("given.json", b"what it began with").unwrap();
    assert_eq!(files.read("given.json").unwrap().unwrap(), b"what it began with");
    let path = dir.path().join("trainings").join(training.id.to_string()).join("given.json");
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        std::fs::write(&path, &flipped).unwrap();
        assert!(matches!(files.read("given.json"), Err(StoreError::Damaged(_))), "byte {at}");
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(matches!(files.read("given.json"), Err(StoreError::Damaged(_))), "cut at {at}");
    }
    let another = Training { id: TrainingId::new(), ..training.clone() };
    store.put_training(&another).unwrap();
    let others = store.training_files(another.id).unwrap();
    others.write("given.json", b"of another").unwrap();
    let theirs = dir.path().join("trainings").join(another.id.to_string()).join("given.json");
    std::fs::copy(theirs, &path).unwrap();
    assert!(matches!(files.read("given.json"), Err(StoreError::Damaged(why)) if why.contains("another training")));
    files.remove("given.json").unwrap();
    files.remove("given.json").unwrap();
    assert_eq!(files.read("given.json").unwrap(), None);
}

#[test]
fn the_oldest_trainings_make_room_and_what_is_live_or_was_before_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut all = vec![];
    for state in [TrainingState::Done; 6].into_iter().chain([TrainingState::Training, TrainingState::Failed]) {
        let training = Training { state, ..training() };
        store.put_training(&training).unwrap();
        let model = (state == TrainingState::Done).then(|| add_model(&store, training.id, &[7; 100_000]));
        all.push((training.id, model));
    }
    // Live are the second and, before it, the third.
    for (_, model) in [&all[3], &all[2], &all[1]] {
        store.deploy(model.unwrap(), None).unwrap();
    }
    // What somebody deleted is on the disk for a day, and nothing has to go for it.
    for _ in 0..2 {
        let deleted = Training { id: TrainingId::new(), state: TrainingState::Done, ..training() };
        store.put_training(&deleted).unwrap();
        let model = add_model(&store, deleted.id, &[7; 300_000]);
        store.training_files(deleted.id).unwrap().write("checkpoint.safetensors", &[7; 300_000]).unwrap();
        store.delete_model(&Who::local(), model, &[]).unwrap();
        store.delete_training(&Who::local(), deleted.id).unwrap();
    }
    let there = |store: &Store| -> Vec<usize> {
        let known = |at: &usize| store.training(all[*at].0).is_ok();
        let there: Vec<usize> = (0..all.len()).filter(known).collect();
        for (at, (_, model)) in all.iter().enumerate() {
            let kept = model.is_some_and(|model| store.model_path(model).is_ok_and(|path| path.exists()));
            assert_eq!(kept, model.is_some() && there.contains(&at), "{at}");
        }
        there
    };
    assert_eq!(store.trim_trainings(u64::MAX).unwrap().gone, []);
    // Two have to go: the oldest, and the oldest after those that are spared.
    assert_eq!(store.trim_trainings(480_000).unwrap().gone, [all[0].0, all[3].0]);
    assert_eq!(there(&store), [1, 2, 4, 5, 6, 7]);
    assert_eq!(store.trim_trainings(0).unwrap().gone, [all[4].0, all[5].0]);
    assert_eq!(there(&store), [1, 2, 6, 7], "live, before it, going on, newest");
    assert_eq!(store.roll_back(None).unwrap().model.id, all[2].1.unwrap());
    assert_eq!(store.models(None, 10).unwrap().items.len(), 2);
    let store = reopened(dir.path(), store, false);
    assert_eq!(there(&store), [1, 2, 6, 7]);
    assert_sound(&store);
}

#[test]
fn what_a_training_starts_from_stays_until_it_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let over = |training: Training| Training { state: TrainingState::Done, ..training };
    let first = over(training());
    store.put_training(&first).unwrap();
    let model = add_model(&store, first.id, b"onnx");
    store.put_base("mine", b"a base").unwrap();
    let waits = Training { id: TrainingId::new(), from: model.to_string(), base: "mine".into(), ..training() };
    store.put_training(&waits).unwrap();
    let newest = over(Training { id: TrainingId::new(), ..training() });
    store.put_training(&newest).unwrap();

    let store = reopened(dir.path(), store, false);
    let who = Who::local();
    let refused = store.delete_model(&who, model, &[]).unwrap_err();
    let told = |why: &str| why.contains(&waits.id.to_string()) && why.contains("is not over");
    assert!(matches!(&refused, StoreError::Conflict(why) if told(why)), "{refused}");
    assert!(store.undos().is_empty(), "nothing was deleted");
    let refused = store.put_base("mine", b"another base").unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(why) if told(why)), "{refused}");
    store.put_base("mine", b"a base").unwrap();
    store.put_base("other", b"another base").unwrap();
    // No room at all.
    assert_eq!(store.trim_trainings(0).unwrap().gone, []);
    assert!(store.model_path(model).is_ok());

    store.put_training(&over(waits)).unwrap();
    store.put_base("mine", b"another base").unwrap();
    let undo = store.delete_model(&who, model, &[]).unwrap();
    store.undo(undo.id).unwrap();
    assert_eq!(store.trim_trainings(0).unwrap().gone.len(), 2);
    assert!(store.model(model).is_err());
}
