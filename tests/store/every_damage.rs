//! Every kind of damage to every kind of file: it is told, the store opens all the same, what lies elsewhere is there, and
//! after `repair` nothing is wrong any more.

use super::*;
use fieldcoach::store::outbox::Item;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::FileExt;

/// What may become of a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Empty,
    Half,
    Zeroes,
    /// Of one bit, that many quarters in.
    Flip(usize),
    Rubbish,
    Longer,
    Gone,
    Folder,
}

const HARMS: [Harm; 10] = [
    Harm::Empty,
    Harm::Half,
    Harm::Zeroes,
    Harm::Flip(1),
    Harm::Flip(2),
    Harm::Flip(3),
    Harm::Rubbish,
    Harm::Longer,
    Harm::Gone,
    Harm::Folder,
];

/// Where nobody can know, or whoever reads the file tells: the authority and the settings are checked by their owners, and
/// `lanes.json` is a measurement that is made again.
fn untold(file: &Path, harm: Harm, before: &[u8], after: &Path) -> bool {
    let name = file.to_str().unwrap();
    let owners = ["keys/", "settings.toml", "lanes.json"].iter().any(|of| name.starts_with(of));
    // What is not there was perhaps never written.
    let maybe_never =
        ["access", "watch", "topics", "brokers", "log", "undo/", "outbox/"].iter().any(|of| name.starts_with(of))
            || name.ends_with("checkpoint.safetensors");
    // An older version is brought up again, by steps that may be taken twice.
    let version = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().parse::<u32>().unwrap_or(0);
    let as_good = |bytes: Vec<u8>| (1..=version(before)).contains(&version(&bytes));
    (owners && !matches!(harm, Harm::Folder))
        || (maybe_never && matches!(harm, Harm::Gone))
        || ((name == "log" || name.starts_with("outbox/")) && matches!(harm, Harm::Empty))
        || (name == "schema" && std::fs::read(after).is_ok_and(as_good))
}

impl Harm {
    fn to(self, path: &Path) {
        let bytes = std::fs::read(path).unwrap();
        let file = || std::fs::File::options().write(true).open(path).unwrap();
        match self {
            Self::Empty => file().set_len(0).unwrap(),
            Self::Half => file().set_len(bytes.len() as u64 / 2).unwrap(),
            Self::Zeroes => std::fs::write(path, vec![0; bytes.len()]).unwrap(),
            Self::Flip(quarters) => {
                let at = bytes.len() * quarters / 4;
                file().write_all_at(&[bytes[at] ^ 4], at as u64).unwrap();
            }
            Self::Rubbish => std::fs::write(path, bytes.iter().map(|byte| byte ^ 0xa5).collect::<Vec<_>>()).unwrap(),
            Self::Longer => std::fs::write(path, [&bytes[..], b"and more"].concat()).unwrap(),
            Self::Gone => std::fs::remove_file(path).unwrap(),
            Self::Folder => {
                std::fs::remove_file(path).unwrap();
                std::fs::create_dir(path).unwrap();
            }
        }
    }
}

struct Everything {
    dir: tempfile::TempDir,
    labelled: BTreeMap<FrameId, FrameLabels>,
}

/// A store with a file of every kind.
fn everything() -> Everything {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for name in ["cell", "unused"] {
        store.add_category(category(name)).unwrap();
    }
    let frames: Vec<FrameId> = (0..6).map(|i| add(&store, i).id).collect();
    let mut labelled = BTreeMap::new();
    for id in &frames[..4] {
        put(&store, *id, 0, vec![boxed("cell", 5.0)]).unwrap();
        labelled.insert(*id, put(&store, *id, 1, vec![boxed("cell", 7.0)]).unwrap());
    }
    store.delete_category(&Who::local(), "unused", false).unwrap();
    let first = Training { epoch: 2, state: TrainingState::Done, ..training() };
    let second = Training { epoch: 2, ..training() };
    for training in [&first, &second] {
        store.put_training(training).unwrap();
        store.put_epoch(training.id, &epoch(training.id, 1, &frames, 1.0)).unwrap();
        store.put_epoch(training.id, &epoch(training.id, 2, &frames, 2.0)).unwrap();
    }
    store.training_files(second.id).unwrap().write("checkpoint.safetensors", &[7; 300]).unwrap();
    for bytes in [b"one model", b"two model"] {
        let model = add_model(&store, first.id, bytes);
        store.deploy(model, None).unwrap();
    }
    store.put_lanes(b"[]").unwrap();
    store.put_watch(&Watch::default()).unwrap();
    store.put_tokens(&[]).unwrap();
    store.put_key("authority", b"a key").unwrap();
    store.put_settings("[live]\nfps = 2.0\n", None).unwrap();
    store.note(FleetEvent::new(FleetEventKind::CameraLost, "gone"));
    store.write_history().unwrap();
    let outbox = store.outbox(1 << 20, |_| BTreeMap::new(), |_, _| Some(())).unwrap().outbox;
    outbox.push(Item { number: 1, meta: "{}".into(), body: vec![7; 200].into() });
    drop((outbox, store));
    Everything { dir, labelled }
}

/// Every file under a folder but sled's and the lock, relative to it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (vec![], vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default();
            match path.is_dir() {
                true if name == "index" => {}
                true => folders.push(path),
                false if name == "lock" || name == "ballast" => {}
                false => found.push(path.strip_prefix(dir).unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_damage_to_every_file_is_told_worked_around_and_mended() {
    let whole = everything();
    let mut wrong = Vec::new();
    for file in files(whole.dir.path()) {
        for harm in HARMS {
            if std::fs::metadata(whole.dir.path().join(&file)).unwrap().len() == 0 && !matches!(harm, Harm::Longer) {
                // An empty one says as much as none.
                continue;
            }
            let place = tempfile::tempdir().unwrap();
            let dir = place.path().join("data");
            copy(whole.dir.path(), &dir);
            harm.to(&dir.join(&file));
            let mut say = |what: String| wrong.push(format!("{} {harm:?}: {what}", file.display()));
            match Store::look(&options(&dir)) {
                Ok(report) if report.notes.is_empty() && report.problems.is_empty() => {
                    let before = std::fs::read(whole.dir.path().join(&file)).unwrap();
                    if !untold(&file, harm, &before, &dir.join(&file)) {
                        say("nobody is told".into());
                    }
                }
                Ok(_) => {}
                Err(error) => say(format!("can't be looked at: {error}")),
            }
            let store = match Store::open(options(&dir)) {
                Ok(store) => store,
                Err(error) => {
                    say(format!("does not open: {error}"));
                    continue;
                }
            };
            let frames = file.starts_with("segments") || file == OsStr::new("labels.journal");
            for (frame, labels) in whole.labelled.iter().filter(|_| !frames) {
                if store.labels(*frame).ok().as_ref() != Some(labels) || store.jpeg(*frame).is_err() {
                    say(format!("frame {frame} is harmed too"));
                }
            }
            // It can be worked with.
            let id = add(&store, 99).id;
            if let Err(error) = put(&store, id, 0, vec![]) {
                say(format!("no label is taken: {error}"));
            }
            drop(store);
            match Store::repair(options(&dir)) {
                Ok(_) => {
                    let after = Store::open(options(&dir)).unwrap().check().unwrap().problems;
                    if !after.is_empty() {
                        say(format!("not mended: {after:?}"));
                    }
                }
                Err(error) => say(format!("can't be mended: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
