//! Uploads and folder cameras take pictures of every kind by the same path, and say what they don't take.

use super::common::{Daemon, body, folder, problem, until};
use super::made::{Case, OURS, bytes, cases, off, path};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// As it is stored, once and for all.
async fn stored(daemon: &Daemon, frame: &Value) -> bytes::Bytes {
    let id = frame["id"].as_str().unwrap();
    let answer = daemon.client.get(daemon.api(&format!("frames/{id}.jpg"))).send().await.unwrap();
    assert_eq!((answer.status(), &answer.headers()["content-type"]), (StatusCode::OK, &"image/jpeg".parse().unwrap()));
    answer.bytes().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_stored_as_a_picture_or_refused_in_words() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    for (name, case) in cases() {
        let sent = bytes(&name);
        let request = daemon.client.post(daemon.api("frames")).body(sent.clone());
        match case {
            Case::Shown { off: most, kept, .. } => {
                // The content type is no matter.
                let frame = body(request.header("content-type", "application/octet-stream"), StatusCode::CREATED).await;
                let jpeg = stored(&daemon, &frame).await;
                assert_eq!(jpeg == sent, kept, "{name}");
                let shown = image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap().into_rgb8();
                assert_eq!(frame["width"], json!(shown.width()), "{name}");
                let expected = image::open(path(&format!("{name}.png"))).unwrap().into_rgb8();
                assert!(off(&shown, &expected).unwrap() <= most + OURS, "{name}");
                // And smaller, by our own decoder.
                let id = frame["id"].as_str().unwrap();
                let small = daemon.client.get(daemon.api(&format!("frames/{id}.jpg?width=16"))).send().await.unwrap();
                assert_eq!(small.status(), StatusCode::OK, "{name}");
            }
            Case::Refused { refused } => {
                // What is cut short or damaged was meant to be a picture; the others are of another kind.
                let meant = refused.iter().any(|word| word == "cut short" || word == "damaged");
                let status = if meant || name == "tiff-cut.tif" { 422 } else { 415 };
                let detail = problem(request, status).await;
                assert!(refused.iter().all(|word| detail.contains(word)), "{name}: {detail}");
            }
        }
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_gives_what_can_be_read_and_warns_of_the_rest() {
    let dir = folder();
    let pictures = dir.path().join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    for (from, to) in [
        ("jpeg-no-tables-avi1.jpg", "a.JPG"),
        ("tiff-grey-12-of-16.tif", "b.TIF"),
        ("png-lines-on-nothing.png", "c.png"),
        ("webp-turned.webp", "d.WebP"),
        ("bmp-palette.bmp", "e.bmp"),
        ("phone.heic", "f.HEIC"),
        ("moving.gif", "g.gif"),
    ] {
        std::fs::copy(path(from), pictures.join(to)).unwrap();
    }
    let daemon = Daemon::start_with(dir.path(), |config| {
        config.cameras.first_mut().fps = 50.0;
        config.cameras.first_mut().keep_every = 0.0;
        config.cameras.first_mut().keep_difference = 0.0;
    })
    .await;
    // With the grey one that every daemon of the tests has.
    let status = until(&daemon, "status", |status| {
        status["camera"]["damaged"].as_u64() >= Some(2) && status["camera"]["kept"].as_u64() >= Some(6)
    })
    .await;
    assert_eq!(status["camera"]["damaged"], json!(2), "each is told once");
    let frames = daemon.get("frames?source=folder&limit=500").await;
    let names: std::collections::BTreeSet<&str> =
        frames["items"].as_array().unwrap().iter().filter_map(|frame| frame["name"].as_str()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a.JPG", "b.TIF", "c.png", "d.WebP", "e.bmp", "grey.jpg"]);
    let turned = frames["items"].as_array().unwrap().iter().find(|frame| frame["name"] == "d.WebP").unwrap();
    assert_eq!((&turned["width"], &turned["height"]), (&json!(43), &json!(61)));
    stored(&daemon, turned).await;
    daemon.stop().await;
}
