//! What is brought over HTTP: as jobs that others see and may stop, and never twice.

#[path = "bring/made.rs"]
#[allow(dead_code, reason = "shared with tests/bring")]
mod made;

mod common;

use common::{Daemon, body, folder, problem, until};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::Read;

/// A ZIP of these photographs, which nobody labelled.
fn photographs(numbers: std::ops::Range<u32>, side: u32) -> Vec<u8> {
    let noise = |n: u32| {
        let pixel = |x: u32, y: u32| (x.wrapping_mul(73).wrapping_add(y.wrapping_mul(151)) ^ (x * y + n)) as u8;
        let image = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([pixel(x, y), pixel(y, x), n as u8]));
        fieldcoach::picture::encode_jpeg(&image, 95).to_vec()
    };
    let names: Vec<String> = numbers.clone().map(|n| format!("{n}.jpg")).collect();
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(String::as_str).zip(numbers.map(noise)).collect();
    bytes_of(made::zip(&files))
}

fn bytes_of(mut file: std::fs::File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// A COCO set of two pictures.
fn set() -> Vec<u8> {
    let coco = made::coco(&["a.jpg", "b.jpg"]).to_string().into_bytes();
    bytes_of(made::zip(&[("set.json", coco), ("a.jpg", made::jpeg(0)), ("b.jpg", made::jpeg(1))]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_set_is_a_job_that_is_known_after_its_sender_has_gone() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("dataset/imports").await["items"], json!([]));
    let sent = daemon.client.post(daemon.api("dataset")).header("prefer", "respond-async, wait=1").body(set());
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let job: Value = answer.json().await.unwrap();
    let path = format!("dataset/imports/{}", job["id"].as_str().unwrap());
    assert_eq!(location, format!("/api/v1/{path}"));
    let done = until(&daemon, &path, |job| job["state"] != "running").await;
    assert_eq!((&done["state"], &done["error"]), (&json!("done"), &Value::Null), "{done}");
    assert_eq!((&done["report"]["frames"], &done["report"]["labels"]), (&json!(2), &json!(6)), "{done}");
    assert_eq!((&done["done"], &done["of"]), (&json!(4), &json!(4)));
    // One that is waited for is known as well, and why it was refused.
    let report = body(daemon.client.post(daemon.api("dataset")).body(set()), StatusCode::OK).await;
    assert_eq!(report["already"], 2);
    let why = problem(daemon.client.post(daemon.api("dataset")).body("no zip"), 422).await;
    let known = daemon.get("dataset/imports").await["items"].clone();
    let states: Vec<_> = known.as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["failed", "done", "done"], "the newest first");
    assert_eq!((&known[0]["error"], &known[1]["report"]), (&json!(why), &report));
    // One that is over stays as it is.
    let over = body(daemon.client.delete(daemon.api(&path)), StatusCode::OK).await;
    assert_eq!(over["state"], "done");
    let other = format!("dataset/imports/{}", fieldcoach::domain::ImportId::new());
    assert!(problem(daemon.client.get(daemon.api(&other)), 404).await.contains("import it again"));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_stopped_says_so() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let post = || daemon.client.post(daemon.api("dataset")).header("prefer", "respond-async");
    // It takes a while; another one waits behind it, and is stopped while nothing of it is stored.
    let first = body(post().body(photographs(0..200, 480)), StatusCode::ACCEPTED).await;
    let second = body(post().body(set()), StatusCode::ACCEPTED).await;
    for job in [&second, &first] {
        let path = format!("dataset/imports/{}", job["id"].as_str().unwrap());
        body(daemon.client.delete(daemon.api(&path)), StatusCode::OK).await;
        let over = until(&daemon, &path, |job| job["state"] != "running").await;
        assert_eq!(over["state"], "cancelled", "{over}");
        let why = over["error"].as_str().unwrap();
        assert!(why.contains("import it again"), "{why}");
    }
    assert_eq!(daemon.get("categories").await["items"], json!([]), "nothing of the second is there");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_brought_again_is_the_same_frame() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let post = |query: &str, picture: Vec<u8>| daemon.client.post(daemon.api(&format!("frames{query}"))).body(picture);
    let frame = body(post("?name=IMG_1.jpg", made::jpeg(0)), StatusCode::CREATED).await;
    let answer = post("?name=IMG_1.jpg", made::jpeg(0)).send().await.unwrap();
    assert_eq!((answer.status(), answer.headers().contains_key("location")), (StatusCode::OK, true));
    assert_eq!(answer.json::<Value>().await.unwrap(), frame);
    // Another picture, another name, one without a name, and a frame of a clip are others.
    for (query, picture) in [
        ("?name=IMG_1.jpg", made::jpeg(1)),
        ("?name=IMG_2.jpg", made::jpeg(0)),
        ("", made::jpeg(0)),
        ("", made::jpeg(0)),
        ("?name=IMG_1.jpg&clip=new&at=0", made::jpeg(0)),
    ] {
        assert_ne!(body(post(query, picture), StatusCode::CREATED).await["id"], frame["id"], "{query}");
    }
    // One that is turned as it comes in, too; and what a ZIP brought is the same.
    let held = made::jpeg_held(6, &made::picture(3));
    let turned = body(post("?name=held.jpg", held.clone()), StatusCode::CREATED).await;
    assert_eq!(body(post("?name=held.jpg", held), StatusCode::OK).await["id"], turned["id"]);
    body(daemon.client.post(daemon.api("dataset")).body(photographs(7..8, 64)), StatusCode::OK).await;
    let zip = zip::ZipArchive::new(std::io::Cursor::new(photographs(7..8, 64)));
    let mut inside = Vec::new();
    zip.unwrap().by_name("7.jpg").unwrap().read_to_end(&mut inside).unwrap();
    body(post("?name=7.jpg", inside), StatusCode::OK).await;
    // One that was deleted comes in anew.
    let deleted = format!("frames/{}", frame["id"].as_str().unwrap());
    body(daemon.client.delete(daemon.api(&deleted)), StatusCode::OK).await;
    let again = body(post("?name=IMG_1.jpg", made::jpeg(0)), StatusCode::CREATED).await;
    assert_ne!(again["id"], frame["id"]);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_or_nothing_is_that_on_a_small_budget_too() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), |config| config.store.budget = bytesize::ByteSize::mb(32)).await;
    let uploads = async || daemon.get("frames/counts").await["sources"]["import"].as_u64().unwrap_or(0);
    // 40 photographs of some 280 kB each: as many again are more than the budget has room for.
    let zips = [photographs(0..40, 360), photographs(40..80, 360)];
    assert!(zips.iter().all(|zip| (9_000_000..14_000_000).contains(&zip.len())), "{}", zips[0].len());
    let [first, second] = zips;
    body(daemon.client.post(daemon.api("dataset?strict=true")).body(first), StatusCode::OK).await;
    assert_eq!(uploads().await, 40);
    let why = problem(daemon.client.post(daemon.api("dataset?strict=true")).body(second), 507).await;
    assert!(why.contains("Nothing was imported") && why.contains("within the last 10 minutes"), "{why}");
    assert_eq!(uploads().await, 40, "none of the second");
    daemon.stop().await;
}

/// What the command line makes of a ZIP in a folder of its own: its report, or what it says is wrong.
fn by_command(zip: &[u8], options: &[&str]) -> Result<Value, String> {
    said(zip, &[&["--json"], options].concat()).map(|report| serde_json::from_str(&report).unwrap())
}

/// The same in words.
fn said(zip: &[u8], options: &[&str]) -> Result<String, String> {
    let dir = folder();
    let path = dir.path().join("set.zip");
    std::fs::write(&path, zip).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fieldcoach"));
    command.arg("import").args(options).arg(&path).env("FIELDCOACH_DATA_DIR", dir.path().join("data"));
    let ended = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if ended.status.success() { Ok(text(&ended.stdout)) } else { Err(text(&ended.stderr)) }
}

/// What comes of it over HTTP on a new device.
async fn by_http(zip: &[u8], query: &str) -> Result<Value, String> {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let answer = daemon.client.post(daemon.api(&format!("dataset{query}"))).body(zip.to_vec()).send().await.unwrap();
    let (status, json) = (answer.status(), answer.json::<Value>().await.unwrap());
    daemon.stop().await;
    if status == StatusCode::OK { Ok(json) } else { Err(json["detail"].as_str().unwrap().to_owned()) }
}

/// Names and bytes.
type Files = Vec<(&'static str, Vec<u8>)>;

/// A data set of each form with the three blocks of one picture.
fn forms() -> Vec<(&'static str, Files)> {
    let boxes = || made::NAMES.into_iter().zip(made::BLOCKS);
    let voc: String = boxes()
        .map(|(name, [x, y, w, h])| {
            let sides = format!("<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{}</xmax><ymax>{}</ymax>", x + w, y + h);
            format!("<object><name>{name}</name><bndbox>{sides}</bndbox></object>")
        })
        .collect();
    let cvat: String = boxes()
        .map(|(name, [x, y, w, h])| {
            format!("<box label='{name}' xtl='{x}' ytl='{y}' xbr='{}' ybr='{}'/>", x + w, y + h)
        })
        .collect();
    let shape = |(name, [x, y, w, h]): (&str, [f32; 4])| json!({"label": name, "points": [[x, y], [x + w, y + h]], "shape_type": "rectangle"});
    let labelme = json!({"shapes": boxes().map(shape).collect::<Vec<_>>(), "imagePath": "a.jpg", "imageHeight": 120,
        "imageWidth": 160});
    let region = |(name, [x, y, w, h]): (&str, [f32; 4])| {
        let value = json!({"x": x / 1.6, "y": y / 1.2, "width": w / 1.6, "height": h / 1.2, "rectanglelabels": [name]});
        json!({"type": "rectanglelabels", "original_width": 160, "original_height": 120, "value": value})
    };
    let regions: Vec<Value> = boxes().map(region).collect();
    let tasks = json!([{"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"id": 2, "result": regions}]}]);
    vec![
        ("coco", vec![("set.json", made::coco(&["a.jpg"]).to_string().into())]),
        ("yolo", vec![("a.txt", made::yolo().into()), ("classes.txt", made::NAMES.join("\n").into())]),
        ("voc", vec![("a.xml", format!("<annotation><filename>a.jpg</filename>{voc}</annotation>").into())]),
        (
            "cvat",
            vec![(
                "annotations.xml",
                format!(
                    "<annotations><image id='0' name='a.jpg' width='160' height='120'>{cvat}</image></annotations>"
                )
                .into(),
            )],
        ),
        ("labelme", vec![("a.json", labelme.to_string().into())]),
        ("label_studio", vec![("tasks.json", tasks.to_string().into())]),
        ("pictures", vec![]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_make_the_same_of_every_form() {
    for (form, mut files) in forms() {
        files.push(("a.jpg", made::jpeg(0)));
        let zip = bytes_of(made::zip(&files));
        let (command, http) = (by_command(&zip, &[]).unwrap(), by_http(&zip, "").await.unwrap());
        assert_eq!(command, http, "{form}");
        let labels = if form == "pictures" { 0 } else { 3 };
        assert_eq!((&http["frames"], &http["labels"]), (&json!(1), &json!(labels)), "{form}: {http}");
        assert_eq!(http["left_out"], json!([]), "{form}");
        // Told by its name it is the same.
        assert_eq!(by_http(&zip, &format!("?format={form}")).await, Ok(http), "{form}");
        // Another form finds nothing of its own.
        let other = if form == "voc" { "labelme" } else { "voc" };
        let refused = by_http(&zip, &format!("?format={other}&strict=true")).await.unwrap_err();
        assert!(refused.contains("Nothing was imported"), "{form}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_take_the_same_choices() {
    let line = "0 0.25 0.25 0.2 0.2\n";
    let zip = bytes_of(made::zip(&[
        ("data.yaml", b"names: [cup]\ntrain: train/images\nval: valid/images".to_vec()),
        ("train/images/a.jpg", made::jpeg(0)),
        ("train/labels/a.txt", format!("{line}0 40 50 60 70\n").into()),
        ("train/images/b.jpg", made::jpeg(1)),
        ("valid/images/c.jpg", made::jpeg_held(3, &made::picture(2))),
        ("valid/labels/c.txt", line.into()),
    ]));
    let kinds = |report: &Value, list: &str| -> Vec<String> {
        report[list].as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap().to_owned()).collect()
    };
    for (options, query, empty, turned) in [
        (&[][..], "", 0, true),
        (&["--unmentioned-are-empty"], "?unmentioned=empty", 1, true),
        (&["--boxes", "stored"], "?boxes=stored", 0, false),
        (&["--sides", "--boxes=upright"], "?sides=true&boxes=upright", 0, false),
    ] {
        let (command, http) = (by_command(&zip, options).unwrap(), by_http(&zip, query).await.unwrap());
        assert_eq!(command, http, "{query}");
        assert_eq!(
            (&http["frames"], &http["labels"], &http["empty"]),
            (&json!(3), &json!(2), &json!(empty)),
            "{query}"
        );
        assert_eq!(kinds(&http, "left_out"), ["pixels"], "{query}");
        assert_eq!(kinds(&http, "notes").contains(&"turned".to_owned()), turned, "{query}: {http}");
    }
    let (command, http) =
        (by_command(&zip, &["--strict"]).unwrap_err(), by_http(&zip, "?strict=true").await.unwrap_err());
    assert!(http.contains("train/labels/a.txt, line 2") && http.contains("Nothing was imported"), "{http}");
    assert!(command.contains("train/labels/a.txt, line 2") && command.contains("Nothing was imported"), "{command}");
    let words = said(&zip, &["--unmentioned-are-empty"]).unwrap();
    for told in ["left out: ", "note: ", "3 frames, 2 labels, 1 categories", "1 frames have nothing in them"] {
        assert!(words.contains(told), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_refuse_broken_archives_in_the_same_words() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cases");
    for name in ["20-bomb.zip", "20-cut.zip", "20-lies-about-size.zip", "20-locked.zip"] {
        let Ok(zip) = std::fs::read(cases.join(name)) else {
            eprintln!("skipped: no {name}");
            return;
        };
        let (command, http) = (by_command(&zip, &[]).unwrap_err(), by_http(&zip, "").await.unwrap_err());
        // A command line breaks long texts into lines, and names the file.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = http.split_once(": ").map_or(http.as_str(), |(_, why)| why);
        assert!(words(&command).contains(&words(why)), "{name}: {command} {http}");
    }
}
