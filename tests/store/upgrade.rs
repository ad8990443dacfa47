//! Stores that earlier versions wrote. `version-N.zip` holds a data folder as the program of that schema left it: three
//! frames, four categories (one deleted), labels of every kind, sides, a training with a page; but for its file `lock`.

use super::*;
use fieldcoach::store::{FrameQuery, SCHEMA};
use std::io::Cursor;

/// Unpacks a store of an earlier version.
fn unpack(bytes: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    zip::ZipArchive::new(Cursor::new(bytes)).unwrap().extract(dir.path()).unwrap();
    dir
}

fn version_1() -> tempfile::TempDir {
    unpack(include_bytes!("version-1.zip"))
}

fn frames(store: &Store) -> Vec<Frame> {
    let mut frames = store.frames(&FrameQuery::default()).unwrap().items;
    frames.reverse();
    frames
}

/// What the three frames of the fixture hold: source, name, phase, revision, labels.
fn assert_as_it_was(store: &Store) {
    let cell = Label::boxed("cell", BBox::new(0.1, 7.3, 33.333, 20.7));
    let corners = vec![[10.0, 10.0], [30.5, 12.0], [20.0, 40.25]];
    let leaf = Label { bbox: Some(BBox::new(10.0, 10.0, 20.5, 30.25)), ..Label::outlined("leaf", corners) };
    let frames = frames(store);
    let wanted = [
        (FrameSource::Camera, None, Phase::Reviewed, 2, vec![cell.clone(), Label::tag("blurred"), leaf]),
        (FrameSource::Upload, Some("a.jpg"), Phase::Labelled, 1, vec![]),
        (FrameSource::Import, Some("b.jpg"), Phase::Unlabelled, 0, vec![]),
    ];
    assert_eq!(frames.len(), wanted.len());
    for (i, (frame, (source, name, phase, revision, labels))) in frames.iter().zip(wanted).enumerate() {
        assert_eq!((frame.source, frame.name.as_deref(), &frame.camera), (source, name, &None));
        assert_eq!((frame.phase, frame.revision), (phase, revision));
        assert_eq!((frame.width, frame.height, frame.taken.as_second()), (64, 48, 1_700_000_000 + i as i64));
        assert_eq!(store.jpeg(frame.id).unwrap(), vec![i as u8 + 1; 64]);
        let stored = store.labels(frame.id).unwrap();
        assert_eq!((stored.phase, stored.revision, stored.labels), (phase, revision, labels));
    }
    let categories: Vec<_> = store.categories().unwrap().into_iter().map(|c| (c.name, c.kind)).collect();
    let kinds = [("cell", LabelKind::Box), ("blurred", LabelKind::Tag), ("leaf", LabelKind::Polygon)];
    assert_eq!(categories, kinds.map(|(name, kind)| (name.to_owned(), kind)));
    let sides = [(frames[0].id, Side::Training), (frames[1].id, Side::Validation)];
    assert_eq!(store.sides().unwrap(), sides.into());
    let training = store.trainings(None, 10).unwrap().items.remove(0);
    assert_eq!((training.state, training.epoch), (TrainingState::Done, 1));
    let page = store.page(training.id, 1, frames[0].id, None).unwrap();
    assert_eq!((page.truth, page.predictions.len()), (vec![cell], 1));
    assert_sound(store);
}

fn schema(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("schema")).unwrap()
}

#[test]
fn a_store_of_version_1_is_upgraded_and_keeps_everything() {
    for lose_index in [false, true] {
        let dir = version_1();
        assert_eq!(schema(dir.path()), "1\n");
        if lose_index {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = open(dir.path());
        assert_eq!(store.boot_number(), 2);
        assert_as_it_was(&store);
        drop(store);
        assert_eq!(schema(dir.path()), "8\n", "an older program refuses what it would not keep");
    }
}

#[test]
fn what_version_2_added_is_kept_beside_what_was_there() {
    let dir = version_1();
    let store = open(dir.path());
    let labels = vec![
        Label {
            by: Some("Ada".into()),
            origin: LabelOrigin::Interpolated,
            track: Some("cup:1".into()),
            score: Some(0.25),
            ..Label::boxed("cell", BBox::new(1.0, 2.0, 3.0, 4.0))
        },
        Label { origin: LabelOrigin::Accepted, score: Some(1.0), ..Label::tag("blurred") },
    ];
    let old = frames(&store)[0].clone();
    let write = |revision, labels| LabelWrite { revision, phase: Phase::Final, labels, ..LabelWrite::default() };
    assert_eq!(store.put_labels(old.id, write(2, labels.clone())).unwrap().labels, labels);
    let clip = ClipPlace { id: ClipId::new(), at: 1.5 };
    let camera: CameraId = "door_2".parse().unwrap();
    let kept = Some(KeptFor::Unsure { category: "cell".into(), score: 0.5 });
    let (of, plain) = (Some(camera.clone()), new_frame(9, 100, FrameSource::Camera));
    let taken = NewFrame { camera: of, clip: Some(clip), kept: kept.clone(), ..plain };
    let new = store.add_frame(&taken).unwrap();
    assert_eq!((&new.camera, new.clip, &new.kept), (&Some(camera), Some(clip), &kept));
    drop(store);

    for lose_index in [false, true] {
        if lose_index {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = open(dir.path());
        assert_eq!(store.labels(old.id).unwrap().labels, labels);
        assert_eq!(store.frame(new.id).unwrap(), new);
        let old = store.frame(old.id).unwrap();
        assert_eq!((old.camera, old.clip, old.kept), (None, None, None));
        assert_eq!(store.clip(clip.id).unwrap().frames, 1);
        assert_sound(&store);
    }
}

/// Leaves of a store of today what the program of that schema would have: the version tells whether small records have
/// checksums (4), and nothing that came after the last schema is there.
fn as_of(version: u32, dir: &Path) {
    for name in ["access", "watch", "topics", "brokers"].map(|name| format!("{name}.copy")) {
        let _ = std::fs::remove_file(dir.join(name));
    }
    let _ = std::fs::remove_file(dir.join("settings.copy.toml"));
    let whole = std::fs::read_to_string(dir.join("settings.toml")).unwrap();
    std::fs::write(dir.join("settings.toml"), whole.split_once('\n').unwrap().1).unwrap();
    for log in ["log", "timeline", "audit"] {
        std::fs::write(dir.join(log), "").unwrap();
    }
    std::fs::write(dir.join("schema"), format!("{version}\n")).unwrap();
    if version >= 4 {
        return;
    }
    std::fs::remove_file(dir.join("models/deployed.copy.json")).unwrap();
    for folder in ["models", "trainings"] {
        for path in every_file(&dir.join(folder)) {
            let text = std::fs::read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            if let Some((_, value)) = text.split_once(",\"value\":").filter(|_| text.starts_with("{\"crc32\":")) {
                std::fs::write(&path, value.strip_suffix("}\n").unwrap()).unwrap();
            }
        }
    }
}

fn every_file(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { every_file(&path) } else { vec![path] }).collect()
}

#[test]
fn a_store_of_each_schema_since_is_upgraded_and_keeps_everything() {
    for version in 2..SCHEMA {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        store.add_category(category("cell")).unwrap();
        let frame = add(&store, 1).id;
        let labels = put(&store, frame, 0, vec![boxed("cell", 5.0)]).unwrap();
        let training = training();
        store.put_training(&training).unwrap();
        store.put_epoch(training.id, &epoch(training.id, 1, &[frame], 1.0)).unwrap();
        let model = add_model(&store, training.id, b"a model");
        store.deploy(model, None).unwrap();
        store.put_watch(&Watch::default()).unwrap();
        store.put_tokens(&[]).unwrap();
        let settings = "[live]\nfps = 2.0\n";
        store.put_settings(settings, None).unwrap();
        drop(store);
        as_of(version, dir.path());
        for _ in 0..2 {
            let store = open(dir.path());
            assert_eq!(store.labels(frame).unwrap(), labels, "schema {version}");
            assert_eq!(store.training(training.id).unwrap(), training);
            assert_eq!(store.live_models().unwrap().all.unwrap().id, model);
            assert_eq!((store.watch().unwrap(), store.tokens().unwrap()), (Some(Watch::default()), vec![]));
            assert_eq!(fieldcoach::store::settings(dir.path()).unwrap().as_deref(), Some(settings));
            assert_sound(&store);
        }
        assert_eq!(schema(dir.path()), format!("{SCHEMA}\n"));
    }
}
