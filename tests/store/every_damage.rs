//! Every kind of damage to every kind of file: it is told, the store opens all the same, what lies elsewhere is there, and
//! after `repair` nothing is wrong any more.

use super::*;
use fieldcoach::graph::{Builder, DType};
use fieldcoach::store::outbox::Item;
use fieldcoach::store::{StoredToken, TokenStamps};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::{FileExt, MetadataExt};

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
    /// Whoever opened it would wait for somebody to write.
    Pipe,
    /// A link to what never ends.
    Device,
    /// Gigabytes, of which the disk has none: a hole.
    Endless,
}

const HARMS: [Harm; 13] = [
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
    Harm::Pipe,
    Harm::Device,
    Harm::Endless,
];

/// Where nobody can know, or whoever reads the file tells: the authority is checked by its owner, `lanes.json` is a
/// measurement that is made again, and what `pool.json` says is looked up again.
fn untold(file: &Path, harm: Harm, before: &[u8], after: &Path) -> bool {
    let name = file.to_str().unwrap();
    let starts = |names: &[&str]| names.iter().any(|of| name.starts_with(of));
    let owners = starts(&["keys/", "lanes.json", "pool.json"]);
    // What is not there was perhaps never written; a copy is made anew.
    let maybe_never = starts(&["undo/", "outbox/", "bases/", "clock.json", "losses"])
        || ["checkpoint.safetensors", "given.json", "pages.lost", ".old", ".copy", "settings.copy.toml"]
            .iter()
            .any(|of| name.ends_with(of));
    // An older version is brought up again, by steps that may be taken twice.
    let version = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().parse::<u32>().unwrap_or(0);
    let as_good = |bytes: Vec<u8>| (1..=version(before)).contains(&version(&bytes));
    let no_file = matches!(harm, Harm::Folder | Harm::Pipe | Harm::Device | Harm::Endless);
    (owners && !no_file)
        || (maybe_never && matches!(harm, Harm::Gone))
        || (name.starts_with("outbox/") && matches!(harm, Harm::Empty))
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
            Self::Pipe => {
                std::fs::remove_file(path).unwrap();
                let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
                assert!(made.success());
            }
            Self::Device => {
                std::fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("/dev/zero", path).unwrap();
            }
            Self::Endless => file().set_len(bytes.len() as u64 + (20 << 30)).unwrap(),
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
    // Small, so that its oldest segments go, and what is labelled in them is kept.
    let store = Store::open(Options { budget: 2 << 20, ..options(dir.path()) }).unwrap();
    let (frames, labelled) = with_frames(&store);
    while segments(dir.path(), "kept").is_empty() {
        store.add_frame(&new_frame(50, 20_000, FrameSource::Camera)).unwrap();
    }
    store.delete_category(&Who::local(), "unused", false).unwrap();
    with_trainings(&store, &frames);
    with_small_records(&store);
    let outbox = store.outbox(1 << 20, |_| BTreeMap::new(), |_, _| Some(())).unwrap().outbox;
    outbox.push(Item { number: 1, meta: "{}".into(), body: vec![7; 200].into() });
    drop((outbox, store));
    // What a day, a full log or a wrong clock would bring.
    for log in ["log", "timeline", "audit"] {
        std::fs::copy(dir.path().join(log), dir.path().join(format!("{log}.old"))).unwrap();
    }
    let write = |name, json| std::fs::write(dir.path().join(name), stamped(json)).unwrap();
    write("clock.json", r#"[{"boot":"an older one","offset":null}]"#);
    write("losses", r#"{"open":[],"known":["something of old"]}"#);
    Everything { dir, labelled }
}

fn with_frames(store: &Store) -> (Vec<FrameId>, BTreeMap<FrameId, FrameLabels>) {
    for name in ["cell", "unused"] {
        store.add_category(category(name)).unwrap();
    }
    let frames: Vec<FrameId> = (0..6).map(|i| add(store, i).id).collect();
    let mut labelled = BTreeMap::new();
    for id in &frames[..4] {
        put(store, *id, 0, vec![boxed("cell", 5.0)]).unwrap();
        labelled.insert(*id, put(store, *id, 1, vec![boxed("cell", 7.0)]).unwrap());
    }
    (frames, labelled)
}

fn with_trainings(store: &Store, frames: &[FrameId]) {
    let over = || Training { epoch: 2, state: TrainingState::Done, ..training() };
    let (first, away, goes_on) = (over(), over(), Training { epoch: 2, ..training() });
    for training in [&first, &away, &goes_on] {
        store.put_training(training).unwrap();
        store.put_epoch(training.id, &epoch(training.id, 1, frames, 1.0)).unwrap();
        store.put_epoch(training.id, &epoch(training.id, 2, frames, 2.0)).unwrap();
    }
    let own = store.training_files(goes_on.id).unwrap();
    for name in ["given.json", "checkpoint.safetensors"] {
        own.write(name, &[7; 300]).unwrap();
    }
    own.write_plain("pages.lost", &stamped("0")).unwrap();
    for bytes in [b"one model", b"two model"] {
        let model = add_model(store, first.id, bytes);
        store.deploy(model, None).unwrap();
    }
    let own = add_model(store, first.id, b"of a camera");
    store.deploy(own, Some(&"door".parse().unwrap())).unwrap();
    let model = add_model(store, first.id, b"gone model");
    store.delete_model(&Who::local(), model, &[]).unwrap();
    store.delete_training(&Who::local(), away.id).unwrap();
    let mut graph = Builder::new();
    let pixels = graph.input("pixels", DType::F32, &[1, 3]);
    let sum = graph.node("Abs", &[pixels], &[]);
    graph.output("sum", sum);
    store.put_base("imported", &graph.finish().unwrap().encode()).unwrap();
    store.put_lanes(b"[]").unwrap();
}

fn with_small_records(store: &Store) {
    store.put_watch(&watched()).unwrap();
    store.put_tokens(&tokens()).unwrap();
    store.put_retained_topics(&["fieldcoach/a".into()]).unwrap();
    store.put_entities(&[fieldcoach::domain::Entity { key: "count_a".into(), platform: "sensor".into() }]).unwrap();
    store.put_concessions(&[]).unwrap();
    store.put_commands(&[]).unwrap();
    store.put_pool_ledger(&serde_json::json!({})).unwrap();
    store.put_key("authority", b"a key").unwrap();
    store.put_settings(SETTINGS, None).unwrap();
    store.add_audit(AuditEntry::new(&Who::local(), "deployed a model", "one")).unwrap();
    store.note(FleetEvent::new(FleetEventKind::CameraLost, "gone"));
    store.note(FleetEvent {
        category: Some("cell".into()),
        score: Some(0.5),
        track: Some(1),
        ..FleetEvent::new(FleetEventKind::ObjectAppeared, "")
    });
    store.write_history().unwrap();
}

const SETTINGS: &str = "[live]\nfps = 2.0\n";

fn watched() -> Watch {
    let wanted = Wanted { score: Some(0.7), ..Wanted::default() };
    Watch { categories: BTreeMap::from([("cell".to_owned(), wanted)]), ..Watch::default() }
}

/// Of whoever may come in.
fn tokens() -> Vec<StoredToken> {
    let token = Token {
        id: "0192f0c1-0000-7000-8000-000000000001".parse().unwrap(),
        name: "a phone".into(),
        role: Role::Admin,
        made: Timestamp::from_second(7).unwrap(),
        seen: None,
        clock: None,
        via: TokenVia::Pairing,
    };
    vec![StoredToken { token, hash: "00".repeat(32), stamps: TokenStamps::default() }]
}

/// A small record as the store writes it.
fn stamped(json: &str) -> Vec<u8> {
    format!("{{\"crc32\":{},\"value\":{json}}}\n", crc32fast::hash(json.as_bytes())).into_bytes()
}

/// The kinds of files that `docs/store.md` names, but those that no opening reads; the ballast has a test of its own.
fn kinds() -> Vec<String> {
    let unread = ["lock", "index/", "control.sock", "ballast", "settings.toml.bad", "*.damaged", "index.damaged-TIME/"];
    let document = include_str!("../../docs/store.md");
    let layout = document.split("## ").find(|part| part.starts_with("Layout")).unwrap();
    let cells = layout.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let names = cells.flat_map(|(cell, _)| cell.trim_end_matches('`').split("`, `").map(str::to_owned));
    names.filter(|name| !unread.contains(&name.as_str())).collect()
}

/// Whether a file is of a kind, of which `N`, `ID` and `NAME` stand for anything.
fn is_of(file: &Path, kind: &str) -> bool {
    let (file, kind): (Vec<_>, Vec<_>) = (file.to_str().unwrap().split('/').collect(), kind.split('/').collect());
    let part = |(name, kind): (&&str, &&str)| {
        match ["NAME", "ID", "N"].iter().find_map(|any| kind.strip_prefix(any)) {
            // Of an id nothing else is left.
            Some("") => !name.contains('.'),
            Some(end) => name.strip_suffix(end).is_some_and(|any| !any.contains('.')),
            None => name == kind,
        }
    };
    file.len() == kind.len() && file.iter().zip(&kind).all(part)
}

/// Of each kind the oldest file and the newest: segments are alike.
fn of_each_kind(files: &[PathBuf]) -> Vec<PathBuf> {
    let each = kinds().into_iter().flat_map(|kind| {
        let of: Vec<&PathBuf> = files.iter().filter(|file| is_of(file, &kind)).collect();
        [of.first().copied().cloned(), of.last().copied().cloned()]
    });
    let some: std::collections::BTreeSet<PathBuf> = each.flatten().collect();
    some.into_iter().collect()
}

#[test]
fn there_is_a_file_of_every_kind_and_none_of_which_the_document_does_not_tell() {
    let (whole, kinds) = (everything(), kinds());
    let files = files(whole.dir.path());
    let missing: Vec<_> = kinds.iter().filter(|kind| !files.iter().any(|file| is_of(file, kind))).collect();
    assert!(missing.is_empty(), "nothing is harmed of {missing:?}");
    let unknown: Vec<_> = files.iter().filter(|file| !kinds.iter().any(|kind| is_of(file, kind))).collect();
    assert!(unknown.is_empty(), "docs/store.md does not tell of {unknown:?}");
    // What is whole is told as nothing else.
    let report = Store::look(&options(whole.dir.path())).unwrap();
    assert_eq!((report.notes, report.problems), (vec![], vec![]));
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
    for file in of_each_kind(&files(whole.dir.path())) {
        for harm in HARMS {
            if std::fs::metadata(whole.dir.path().join(&file)).unwrap().len() == 0
                && !matches!(harm, Harm::Longer | Harm::Endless)
            {
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
            // Whoever was let in still is, and what was set holds, but where somebody took the file away.
            if !(matches!(harm, Harm::Gone)
                && ["access", "watch", "settings.toml"].iter().any(|of| file == OsStr::new(of)))
            {
                if store.tokens().unwrap() != tokens() || store.watch().unwrap() != Some(watched()) {
                    say("nobody is known any more, or nothing watched".into());
                }
                if fieldcoach::store::settings(&dir).ok().flatten().is_none_or(|text| !text.ends_with(SETTINGS)) {
                    say("what was set at a distance is lost".into());
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

#[test]
fn a_file_in_place_of_a_folder_is_told_put_aside_and_mended() {
    let whole = everything();
    for folder in ["index", "segments", "trainings", "models", "bases", "keys", "undo", "outbox"] {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("data");
        copy(whole.dir.path(), &dir);
        std::fs::remove_dir_all(dir.join(folder)).unwrap();
        std::fs::write(dir.join(folder), "a file").unwrap();
        let told = Store::look(&options(&dir)).unwrap();
        assert!(told.notes.iter().any(|note| note.contains("is no folder")), "{folder}: {told:?}");
        let store = open(&dir);
        let id = add(&store, 99).id;
        put(&store, id, 0, vec![]).unwrap();
        assert_eq!(std::fs::read_to_string(dir.join(format!("{folder}.damaged"))).unwrap(), "a file");
        drop(store);
        Store::repair(options(&dir)).unwrap();
        assert_sound(&open(&dir));
    }
}

#[test]
fn whatever_lies_in_place_of_the_ballast_it_is_taken_again() {
    let place = tempfile::tempdir().unwrap();
    let (dir, ballast) = (place.path().to_owned(), place.path().join("ballast"));
    let is_there = || std::fs::metadata(&ballast).is_ok_and(|is| is.len() == 0 && is.blocks() * 512 >= 32 << 20);
    drop(open(&dir));
    if !is_there() {
        eprintln!("the disk of the tests is too full for it");
        return;
    }
    let hole = |len| std::fs::File::options().write(true).open(&ballast).unwrap().set_len(len).unwrap();
    for harm in [Harm::Empty, Harm::Longer, Harm::Gone, Harm::Folder, Harm::Pipe, Harm::Device, Harm::Endless] {
        harm.to(&ballast);
        let store = open(&dir);
        assert!(is_there(), "{harm:?}");
        assert_sound(&store);
    }
    // A hole of its length, and while the store is open.
    for open_meanwhile in [false, true] {
        let store = open_meanwhile.then(|| open(&dir));
        Harm::Empty.to(&ballast);
        hole(32 << 20);
        let store = store.unwrap_or_else(|| open(&dir));
        eventually(|| is_there().then_some(()));
        drop(store);
    }
}

#[test]
fn what_lies_in_place_of_the_lock_is_put_aside() {
    let (whole, place) = (everything(), tempfile::tempdir().unwrap());
    let dir = place.path().join("data");
    copy(whole.dir.path(), &dir);
    for harm in [Harm::Folder, Harm::Pipe, Harm::Device, Harm::Endless] {
        std::fs::write(dir.join("lock"), "1").unwrap();
        harm.to(&dir.join("lock"));
        let store = open(&dir);
        assert!(matches!(Store::open(options(&dir)), Err(StoreError::InUse { .. })), "{harm:?}");
        drop(store);
        for left in ["lock", "lock.damaged"].map(|name| dir.join(name)) {
            let _ = std::fs::remove_file(&left).or_else(|_| std::fs::remove_dir(&left));
        }
    }
}
