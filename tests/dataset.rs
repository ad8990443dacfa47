//! Data sets go into a store whole or not at all, and come out as they went in.

use fieldcoach::dataset::export::{self, Format};
use fieldcoach::dataset::import::{self, ImportError, ImportReport, Manner};
use fieldcoach::domain::*;
use fieldcoach::picture::{self, Bounds};
use fieldcoach::store::{FrameQuery, LabelWrite, Options, Store};
use fieldcoach::turns::Turns;
use image::RgbImage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, Write};
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;

const YOLO: Manner = Manner {
    format: Some(import::Format::Yolo),
    strict: false,
    boxes: import::Boxes::Auto,
    unmentioned: import::Unmentioned::Unlabelled,
    sides: false,
};

struct Home {
    store: Store,
    _dir: TempDir,
}

fn home() -> Home {
    let dir = TempDir::new().unwrap();
    let options = Options { dir: dir.path().join("store"), budget: 1_000_000_000, reserve: 0 };
    Home { store: Store::open(options).unwrap(), _dir: dir }
}

fn photograph(seed: u32) -> RgbImage {
    RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 3 + seed * 40) as u8, (y * 5) as u8, ((x ^ y) + seed) as u8]))
}

/// Two JPEGs and a PNG, and what is in them.
fn data_set(dir: &Path) -> Value {
    fs::create_dir_all(dir.join("images")).unwrap();
    for seed in 0..2 {
        fs::write(dir.join(format!("images/{seed}.jpg")), picture::encode_jpeg(&photograph(seed), 90)).unwrap();
    }
    photograph(2).save(dir.join("images/2.png")).unwrap();
    let image = |id: u32, name: &str| json!({"id": id, "file_name": name, "width": 64, "height": 48});
    json!({
        "images": [image(10, "images/0.jpg"), image(11, "1.jpg"), image(12, "images/2.png")],
        "categories": [{"id": 1, "name": "cup"}, {"id": 5, "name": "fork"}],
        "annotations": [
            {"id": 1, "image_id": 10, "category_id": 1, "bbox": [1.5, 2.25, 10, 12], "iscrowd": 0},
            {"id": 2, "image_id": 10, "category_id": 5, "bbox": [50, 40, 30, 30], "iscrowd": 0},
            {"id": 3, "image_id": 11, "category_id": 5, "bbox": [3, 3, 6, 6], "iscrowd": 0},
        ],
    })
}

fn on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn import(store: &Store, dir: &Path, set: &Value) -> Result<ImportReport, ImportError> {
    let json = dir.join("set.json");
    fs::write(&json, set.to_string()).unwrap();
    let mut last = (0, 0);
    let report = import::path(store, &json, &Manner::default(), &mut |done, of| {
        assert!(done >= last.0 && done <= of, "progress went from {last:?} to {done} of {of}");
        last = (done, of);
        ControlFlow::Continue(())
    })?;
    assert_eq!(last.0, last.1);
    Ok(report)
}

fn assert_empty(store: &Store) {
    assert_eq!(store.usage().unwrap().frames, 0);
    assert_eq!(store.categories().unwrap(), []);
}

/// Of every labelled frame by file name, without folder and extension: phase, source, labels.
fn contents(store: &Store) -> BTreeMap<String, (Phase, FrameSource, Vec<Label>)> {
    let name =
        |frame: &Frame| Path::new(frame.name.as_ref().unwrap()).file_stem().unwrap().to_str().unwrap().to_owned();
    let labelled = store.labelled().unwrap().into_iter();
    labelled.map(|(frame, labels)| (name(&frame), (labels.phase, frame.source, labels.labels))).collect()
}

fn bbox(category: &str, bbox: [f32; 4]) -> Label {
    Label::boxed(category, bbox.into())
}

#[test]
fn coco_comes_in() {
    let (home, dir) = (home(), TempDir::new().unwrap());
    let set = data_set(dir.path());
    let report = import(&home.store, dir.path(), &set).unwrap();
    assert_eq!((report.frames, report.labels, report.categories, report.left_out.len()), (3, 3, 2, 0), "{report:?}");
    let contents = contents(&home.store);
    // The box that reached outside is clipped; an image without annotations has nothing in it.
    assert_eq!(contents["0"].2, [bbox("cup", [1.5, 2.25, 10.0, 12.0]), bbox("fork", [50.0, 40.0, 14.0, 8.0])]);
    assert_eq!(contents["2"], (Phase::Labelled, FrameSource::Import, vec![]));
    let frames = home.store.frames(&FrameQuery::default()).unwrap().items;
    let kept = frames.iter().find(|f| f.name.as_deref() == Some("images/0.jpg")).unwrap();
    assert_eq!(home.store.jpeg(kept.id).unwrap(), fs::read(dir.path().join("images/0.jpg")).unwrap());
}

#[test]
fn the_same_again_adds_nothing_and_keeps_labels_made_here() {
    let (home, dir) = (home(), TempDir::new().unwrap());
    let set = data_set(dir.path());
    import(&home.store, dir.path(), &set).unwrap();
    let report = import(&home.store, dir.path(), &set).unwrap();
    assert_eq!((report.frames, report.labels, report.already, report.left_out.len()), (0, 0, 3, 0), "{report:?}");

    let (frame, labels) =
        home.store.labelled().unwrap().into_iter().find(|(f, _)| f.name.as_deref() == Some("1.jpg")).unwrap();
    let mine = vec![bbox("cup", [1.0, 1.0, 5.0, 5.0])];
    let write =
        LabelWrite { revision: labels.revision, phase: Phase::Reviewed, labels: mine.clone(), ..LabelWrite::default() };
    home.store.put_labels(frame.id, write).unwrap();
    let report = import(&home.store, dir.path(), &set).unwrap();
    assert_eq!((report.frames, report.labels), (0, 0));
    assert_eq!(
        (report.left_out[0].kind.as_str(), &report.left_out[0].examples[..]),
        ("kept", &["1.jpg".to_owned()][..])
    );
    assert_eq!(contents(&home.store)["1"].2, mine);
    assert_eq!(home.store.usage().unwrap().frames, 3);
}

#[test]
fn a_frame_that_is_there_without_labels_gets_them() {
    let (home, dir) = (home(), TempDir::new().unwrap());
    let set = data_set(dir.path());
    let jpeg = fs::read(dir.path().join("images/0.jpg")).unwrap().into();
    let (taken, source, name) = (jiff::Timestamp::now(), FrameSource::Folder, Some("0.jpg".into()));
    home.store
        .add_frame(&NewFrame {
            jpeg,
            taken,
            width: 64,
            height: 48,
            source,
            camera: None,
            name,
            clip: None,
            kept: None,
            truth: None,
        })
        .unwrap();
    assert_eq!(import(&home.store, dir.path(), &set).unwrap().frames, 2);
    assert_eq!(contents(&home.store)["0"].1, FrameSource::Folder);
    assert_eq!(contents(&home.store)["0"].2.len(), 2);
}

#[test]
fn what_is_wrong_is_told_and_the_rest_comes_in_or_nothing_does() {
    let dir = TempDir::new().unwrap();
    let set = data_set(dir.path());
    let change = |place: &str, value: Value| {
        let mut changed = set.clone();
        *changed.pointer_mut(place).unwrap() = value;
        changed
    };
    let mut missing = set.clone();
    for n in 0..7 {
        missing["images"].as_array_mut().unwrap().push(json!({"id": 100 + n, "file_name": format!("gone{n}.jpg")}));
    }
    let whole = fs::read(dir.path().join("images/1.jpg")).unwrap();
    for (set, kind, example, frames, labels) in [
        (missing, "missing_picture", "gone4.jpg: there is no `gone4.jpg` in", 3, 3),
        (
            change("/annotations/1/category_id", json!(9)),
            "unknown_category",
            "annotation 2 of images/0.jpg (category 9)",
            3,
            2,
        ),
        (change("/annotations/1/image_id", json!(9)), "unknown_image", "annotation 2 (image 9)", 3, 2),
        (change("/images/1/width", json!(640)), "size", "64 × 48 pixels, but the data set says 640 × 48", 2, 2),
        (change("/images/0/file_name", json!("../../../etc/passwd")), "missing_picture", "passwd", 2, 1),
        (change("/categories/0/name", json!("x".repeat(65))), "category", "1 to 64 characters, not 65", 3, 2),
        (change("/images/1", json!({"id": 11, "file_name": "cut.jpg"})), "picture", "cut short", 2, 2),
    ] {
        fs::write(dir.path().join("images/cut.jpg"), &whole[..whole.len() / 2]).unwrap();
        let home = home();
        let strict = Manner { strict: true, ..Manner::default() };
        let json = dir.path().join("set.json");
        fs::write(&json, set.to_string()).unwrap();
        let refused = import::path(&home.store, &json, &strict, &mut on).unwrap_err().to_string();
        assert!(refused.contains(example) && refused.contains("Nothing was imported"), "{kind}: {refused}");
        assert_empty(&home.store);
        let report = import(&home.store, dir.path(), &set).unwrap();
        let told =
            report.left_out.iter().find(|remark| remark.kind == kind).unwrap_or_else(|| panic!("{kind}: {report:?}"));
        assert!(told.examples.iter().any(|e| e.contains(example)), "{told:?}");
        assert_eq!((report.frames, report.labels), (frames, labels), "{kind}: {report:?}");
    }
}

#[test]
fn what_leaves_nothing_to_take_in_is_refused() {
    let (home, dir) = (home(), TempDir::new().unwrap());
    let set = data_set(dir.path());
    let refused = |set: &Value| import(&home.store, dir.path(), set).unwrap_err().to_string();
    let mut none = set.clone();
    for image in none["images"].as_array_mut().unwrap() {
        image["file_name"] = json!("gone.jpg");
    }
    let error = refused(&none);
    assert!(error.contains("nothing of it can be taken in") && error.contains("gone.jpg"), "{error}");
    assert!(refused(&json!({"images": []})).contains("there are no pictures in it"));
    assert!(refused(&json!({"a": 1})).contains("neither `images` nor `annotations`"));
    assert_empty(&home.store);
}

#[test]
fn a_budget_that_is_too_small_refuses_before_the_first_write() {
    let dir = TempDir::new().unwrap();
    let options = Options { dir: dir.path().join("store"), budget: 16_000_000, reserve: 0 };
    let store = Store::open(options).unwrap();
    let set = dir.path().join("set");
    fs::create_dir(&set).unwrap();
    let noise = |seed: u64| {
        let mut n = seed;
        RgbImage::from_fn(640, 480, |_, _| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            image::Rgb([(n >> 33) as u8, (n >> 41) as u8, (n >> 49) as u8])
        })
    };
    for n in 0..40 {
        fs::write(set.join(format!("{n}.jpg")), picture::encode_jpeg(&noise(n), 95)).unwrap();
        fs::write(set.join(format!("{n}.txt")), "0 0.5 0.5 0.1 0.1").unwrap();
    }
    let error = import::path(&store, &set, &Manner::default(), &mut on).unwrap_err().to_string();
    assert!(error.contains("store.budget") && error.contains("Nothing was imported"), "{error}");
    assert_empty(&store);
}

/// Categories of every kind, frames of several phases and sources.
fn furnish(store: &Store) {
    let category = |name: &str, kind, colour: &str| Category {
        name: name.into(),
        colour: colour.into(),
        instructions: format!("What a {name} is"),
        kind,
    };
    store.add_category(category("cup: \"the\" blue", LabelKind::Box, "#123456")).unwrap();
    store.add_category(category("blurred", LabelKind::Tag, "#abcdef")).unwrap();
    store.add_category(category("leaf", LabelKind::Polygon, "#00ff00")).unwrap();
    let outline = vec![[10.0, 10.0], [30.5, 12.0], [20.0, 40.25]];
    let leaf = Label::outlined("leaf", outline);
    let tag = Label { by: Some("Ada".into()), ..Label::tag("blurred") };
    let cup = Label {
        origin: LabelOrigin::Accepted,
        track: Some("cup-1".into()),
        score: Some(0.75),
        ..bbox("cup: \"the\" blue", [0.1, 7.3, 33.333, 20.7])
    };
    let film = ClipId::new();
    for (i, (source, phase, labels)) in [
        (FrameSource::Camera, Phase::Final, vec![cup.clone(), leaf, tag]),
        (FrameSource::Upload, Phase::Labelled, vec![cup]),
        (FrameSource::Folder, Phase::Reviewed, vec![]),
        (FrameSource::Camera, Phase::Unlabelled, vec![]),
    ]
    .into_iter()
    .enumerate()
    {
        let jpeg = picture::encode_jpeg(&photograph(i as u32), 90);
        let taken = jiff::Timestamp::from_second(1_700_000_000 + i as i64).unwrap();
        let name = Some(format!("somewhere/{i}.png"));
        let frame = store
            .add_frame(&NewFrame {
                jpeg,
                taken,
                width: 64,
                height: 48,
                source,
                camera: None,
                name,
                // Two of them are of a film.
                clip: (1..=2).contains(&i).then_some(ClipPlace { id: film, at: i as f64 / 3.0 }),
                kept: None,
                truth: None,
            })
            .unwrap();
        if phase > Phase::Unlabelled {
            store.put_labels(frame.id, LabelWrite { revision: 0, phase, labels, ..LabelWrite::default() }).unwrap();
        }
    }
}

#[test]
fn coco_out_and_in_again_is_the_same() {
    let (from, dir) = (home(), TempDir::new().unwrap());
    furnish(&from.store);
    let out = dir.path().join("new/folder");
    let report = export::folder(&from.store, Format::Coco, &out, &mut on).unwrap();
    assert_eq!((report.frames, report.labels, report.categories), (3, 4, 3));

    let to = home();
    import::path(&to.store, &out.join("annotations.json"), &Manner::default(), &mut on).unwrap();
    assert_eq!(contents(&to.store), contents(&from.store));
    assert_eq!(to.store.categories().unwrap(), from.store.categories().unwrap());
    let taken = |store: &Store| store.labelled().unwrap().iter().map(|(f, _)| (f.taken, f.clip)).collect::<Vec<_>>();
    assert_eq!(taken(&to.store), taken(&from.store));
    assert_eq!(to.store.clips(None, 10).unwrap().items.iter().map(|clip| clip.frames).collect::<Vec<_>>(), [2]);

    // Back to where it came from: all of it is there.
    let again = import::path(&from.store, &out.join("annotations.json"), &Manner::default(), &mut on).unwrap();
    assert_eq!(again.notes.iter().map(|note| (note.kind.as_ref(), note.count)).collect::<Vec<_>>(), [("same", 3)]);
    assert_eq!(again, ImportReport { already: 3, notes: again.notes.clone(), ..ImportReport::default() });
}

/// A frame of a clip, labelled or not.
fn frame_of(store: &Store, clip: ClipId, at: f64, name: Option<&str>, labelled: bool) {
    let jpeg = picture::encode_jpeg(&photograph(100 + at as u32), 90);
    let (name, clip) = (name.map(str::to_owned), Some(ClipPlace { id: clip, at }));
    let (source, taken) = (FrameSource::Upload, jiff::Timestamp::from_second(1_700_000_000 + at as i64).unwrap());
    let (camera, kept, truth) = (None, None, None);
    let frame = NewFrame { jpeg, taken, width: 64, height: 48, source, camera, name, clip, kept, truth };
    let id = store.add_frame(&frame).unwrap().id;
    if labelled {
        let write = LabelWrite { phase: Phase::Labelled, labels: vec![Label::tag("blurred")], ..LabelWrite::default() };
        store.put_labels(id, write).unwrap();
    }
}

#[test]
fn a_clip_keeps_its_name_though_its_first_frame_stays_behind() {
    let (from, to, dir, film) = (home(), home(), TempDir::new().unwrap(), ClipId::new());
    let (name, colour, instructions) = ("blurred".into(), "#abcdef".into(), String::new());
    from.store.add_category(Category { name, colour, instructions, kind: LabelKind::Tag }).unwrap();
    frame_of(&from.store, film, 0.0, Some("belt.mp4"), false);
    for at in [1.0, 2.0] {
        frame_of(&from.store, film, at, None, true);
    }
    export::folder(&from.store, Format::Coco, dir.path(), &mut on).unwrap();
    import::path(&to.store, &dir.path().join("annotations.json"), &Manner::default(), &mut on).unwrap();
    let clip = to.store.clip(film).unwrap();
    assert_eq!((clip.name.as_deref(), clip.frames), (Some("belt.mp4"), 2));
}

#[test]
fn a_clip_that_comes_again_is_one_clip_and_whole() {
    let (from, to, dir, film) = (home(), home(), TempDir::new().unwrap(), ClipId::new());
    let (name, colour, instructions) = ("blurred".into(), "#abcdef".into(), String::new());
    from.store.add_category(Category { name, colour, instructions, kind: LabelKind::Tag }).unwrap();
    for at in [0.0, 1.0, 2.0, 3.0] {
        frame_of(&from.store, film, at, Some("belt.mp4"), true);
    }
    // One that is the same picture as the first, at another time.
    let first = from.store.frames_of_clip(film).unwrap()[0];
    let (frame, jpeg) = (from.store.frame(first).unwrap(), from.store.jpeg(first).unwrap());
    let again = NewFrame {
        jpeg,
        taken: frame.taken,
        width: 64,
        height: 48,
        source: FrameSource::Upload,
        camera: None,
        name: frame.name,
        clip: Some(ClipPlace { id: film, at: 4.0 }),
        kept: None,
        truth: None,
    };
    let id = from.store.add_frame(&again).unwrap().id;
    from.store.put_labels(id, LabelWrite { phase: Phase::Labelled, ..LabelWrite::default() }).unwrap();
    export::folder(&from.store, Format::Coco, dir.path(), &mut on).unwrap();
    // The same photographs are here alone, and two of them as frames of another clip.
    let set = dir.path().join("annotations.json");
    let other = ClipId::new();
    frame_of(&to.store, other, 1.0, Some("belt.mp4"), false);
    frame_of(&to.store, other, 3.0, Some("belt.mp4"), false);
    let report = import::path(&to.store, &set, &Manner::default(), &mut on).unwrap();
    assert_eq!((report.frames, report.already), (3, 2), "{report:?}");
    let clips = to.store.clips(None, 10).unwrap().items;
    assert_eq!(clips.iter().map(|clip| (clip.id, clip.frames)).collect::<Vec<_>>(), [(other, 5)]);
    let again = import::path(&to.store, &set, &Manner::default(), &mut on).unwrap();
    assert_eq!((again.frames, again.already), (0, 5), "{again:?}");
}

#[test]
fn a_place_in_a_clip_that_is_not_understood_is_told() {
    let (from, dir) = (home(), TempDir::new().unwrap());
    furnish(&from.store);
    export::folder(&from.store, Format::Coco, dir.path(), &mut on).unwrap();
    let set = dir.path().join("annotations.json");
    let mut coco: serde_json::Value = serde_json::from_slice(&fs::read(&set).unwrap()).unwrap();
    let images = coco["images"].as_array_mut().unwrap();
    images[0]["clip"] = "the first one".into();
    images[0]["clip_at"] = 1.0.into();
    images[1]["clip_at"] = (-3).into();
    fs::write(&set, coco.to_string()).unwrap();
    let to = home();
    let report = import::path(&to.store, &set, &Manner::default(), &mut on).unwrap();
    let told: Vec<_> = report.notes.iter().filter(|note| note.kind == "odd_clip").map(|note| note.count).collect();
    assert_eq!(told, [2], "{report:?}");
    let placed = to.store.labelled().unwrap().iter().filter(|(frame, _)| frame.clip.is_some()).count();
    assert_eq!((report.frames, placed), (3, 1));
}

#[test]
fn a_zip_is_the_same_as_a_folder() {
    let (from, to) = (home(), home());
    furnish(&from.store);
    let mut zip = tempfile::tempfile().unwrap();
    export::zip(&from.store, Format::Coco, None, &mut zip, &mut on).unwrap();
    zip.rewind().unwrap();
    let report =
        import::zip(&to.store, zip, Bounds::default(), &Turns::at_pictures(), &Manner::default(), &mut on).unwrap();
    assert_eq!((report.frames, report.labels), (3, 4));
    assert_eq!(contents(&to.store), contents(&from.store));
}

#[test]
fn a_zip_of_some_frames_holds_no_others() {
    let (from, to) = (home(), home());
    furnish(&from.store);
    let (frame, labels) = from.store.labelled().unwrap().remove(1);
    let only = [frame.id, FrameId::new()].into();
    let mut zip = tempfile::tempfile().unwrap();
    let report = export::zip(&from.store, Format::Coco, Some(&only), &mut zip, &mut on).unwrap();
    assert_eq!(report.frames, 1);
    zip.rewind().unwrap();
    import::zip(&to.store, zip, Bounds::default(), &Turns::at_pictures(), &Manner::default(), &mut on).unwrap();
    let there = to.store.labelled().unwrap();
    assert_eq!((there.len(), there[0].1.labels.len()), (1, labels.labels.len()));
}

#[test]
fn yolo_out_and_in_again_is_nearly_the_same() {
    let (from, dir) = (home(), TempDir::new().unwrap());
    furnish(&from.store);
    let report = export::folder(&from.store, Format::Yolo, dir.path(), &mut on).unwrap();
    assert_eq!((report.frames, report.labels, report.categories), (3, 3, 2));
    assert!(report.skipped[0].contains("1 tags"), "{:?}", report.skipped);

    let to = home();
    let report = import::path(&to.store, dir.path(), &YOLO, &mut on).unwrap();
    assert_eq!((report.frames, report.labels, report.categories), (3, 3, 2));
    let (theirs, ours) = (contents(&to.store), contents(&from.store));
    for (name, (_, _, labels)) in &theirs {
        let boxed: Vec<&Label> = ours[name].2.iter().filter(|l| l.bbox.is_some()).collect();
        assert_eq!(labels.len(), boxed.len());
        for (a, b) in labels.iter().zip(boxed) {
            assert_eq!(a.category, b.category);
            assert!(a.bbox.unwrap().iou(&b.bbox.unwrap()) > 0.999, "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_zip_is_bounded_and_checked() {
    let (home, dir) = (home(), TempDir::new().unwrap());
    let set = data_set(dir.path());
    let zip = |image: &[u8]| {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        let mut put = |name: &str, bytes: &[u8]| {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        };
        put("set.json", set.to_string().as_bytes());
        put("images/0.jpg", image);
        for name in ["1.jpg", "2.png"] {
            put(&format!("images/{name}"), &fs::read(dir.path().join("images").join(name)).unwrap());
        }
        let mut file = zip.finish().unwrap();
        file.rewind().unwrap();
        file
    };
    let bounds = Bounds { max_bytes: 100_000, ..Bounds::default() };
    let strict = Manner { strict: true, ..Manner::default() };
    let error = import::zip(&home.store, zip(&vec![0; 5_000_000]), bounds, &Turns::at_pictures(), &strict, &mut on)
        .unwrap_err()
        .to_string();
    assert!(error.contains("images/0.jpg") && error.contains("more than 100.0 kB"), "{error}");
    assert_empty(&home.store);
    let good = fs::read(dir.path().join("images/0.jpg")).unwrap();
    assert_eq!(
        import::zip(&home.store, zip(&good), bounds, &Turns::at_pictures(), &Manner::default(), &mut on)
            .unwrap()
            .frames,
        3
    );
}

#[test]
fn real_photographs_come_in() {
    let json = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bccd/test.json");
    let Ok(text) = fs::read_to_string(&json) else {
        eprintln!("skipped: no {}", json.display());
        return;
    };
    let set: Value = serde_json::from_str(&text).unwrap();
    let home = home();
    let report = import::path(&home.store, &json, &Manner::default(), &mut on).unwrap();
    assert_eq!(report.frames as usize, set["images"].as_array().unwrap().len());
    let left_out: u64 = report.left_out.iter().map(|remark| remark.count).sum();
    assert_eq!((report.labels + left_out) as usize, set["annotations"].as_array().unwrap().len(), "{report:?}");
    assert_eq!(report.categories, 3);
}
