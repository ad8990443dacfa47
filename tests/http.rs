//! The HTTP door over the wire, in front of a real store.

mod common;

use common::{DEADLINE, Daemon, body, folder, jpeg, png, problem, problem_json, until};
use fieldcoach::store::{Options, Store};
use futures::StreamExt;
use reqwest::header::ALLOW;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_frame_comes_back_as_it_was() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let sent = jpeg(64, 48, 90);
    let answer = daemon.client.post(daemon.api("frames?name=a.jpg")).body(sent.clone()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let frame: Value = answer.json().await.unwrap();
    assert_eq!(location, format!("/api/v1/frames/{}", frame["id"].as_str().unwrap()));
    assert_eq!((&frame["width"], &frame["height"]), (&json!(64), &json!(48)));
    assert_eq!(
        (&frame["phase"], &frame["source"], &frame["name"]),
        (&json!("unlabelled"), &json!("upload"), &json!("a.jpg"))
    );
    assert!(frame.get("camera").is_none(), "no camera took it");
    assert_eq!(body(daemon.client.get(daemon.at(&location)), StatusCode::OK).await, frame);

    let picture = daemon.client.get(daemon.at(&format!("{location}.jpg"))).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert!(picture.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(picture.bytes().await.unwrap(), sent, "a JPEG is kept byte for byte");
    let small = daemon.client.get(daemon.at(&format!("{location}.jpg?width=32"))).send().await.unwrap();
    let small = image::load_from_memory(&small.bytes().await.unwrap()).unwrap();
    assert_eq!((small.width(), small.height()), (32, 24));
    problem(daemon.client.get(daemon.at(&format!("{location}.jpg?width=1"))), 400).await;

    let from_png = daemon.upload(png(40, 30, 50)).await;
    assert_eq!(daemon.get(&format!("frames/{from_png}")).await["width"], 40);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_pictures_are_refused_and_nothing_is_stored() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let whole = jpeg(640, 480, 90);
    let post = |bytes: Vec<u8>| daemon.client.post(daemon.api("frames")).body(bytes);
    let uploads = async || {
        let items = daemon.get("frames?limit=500").await["items"].clone();
        items.as_array().unwrap().iter().filter(|f| f["source"] == "upload").count()
    };
    problem(post(whole[..whole.len() / 2].to_vec()), 422).await;
    problem(post(huge_png()), 413).await;
    problem(post(b"GIF89a, or so it says".to_vec()), 415).await;
    problem(post(vec![]), 422).await;
    for path in ["frames", "dataset", "clips"] {
        let form = daemon.client.post(daemon.api(path)).header("content-type", "multipart/form-data; boundary=x");
        let detail = problem(form.body("--x\r\n"), 415).await;
        assert!(detail.contains("send the file itself as the body"), "{detail}");
    }
    let detail = problem(post(vec![0; 1_000_001]), 413).await;
    assert!(detail.contains("1.0 MB") || detail.contains("1 MB"), "{detail}");
    assert_eq!(uploads().await, 0);
    daemon.stop().await;
}

/// A PNG whose header says 30,000 × 30,000.
fn huge_png() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let tagged = [kind, data].concat();
        let sum = crc32fast::hash(&tagged).to_be_bytes();
        [&(data.len() as u32).to_be_bytes()[..], &tagged, &sum].concat()
    };
    let side = 30_000u32.to_be_bytes();
    let head = [&side[..], &side, &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &[0x78, 0x9c]), chunk(b"IEND", &[])].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_checked_and_a_stale_revision_brings_the_current_ones() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let path = format!("frames/{frame}/labels");
    assert_eq!(daemon.get(&path).await["revision"], 0);
    let labels = json!({"revision": 0, "phase": "labelled", "labels": [{"category": "RBC", "bbox": [8, 8, 16, 16]}]});
    let first = daemon.send("PUT", &path, labels.clone(), 200).await;
    assert_eq!((&first["revision"], &first["labels"][0]["bbox"]), (&json!(1), &json!([8.0, 8.0, 16.0, 16.0])));

    let stale = daemon.client.put(daemon.api(&path)).json(&labels).send().await.unwrap();
    let stale = problem_json(stale, 409).await;
    assert_eq!(stale["current"], first, "a stale write is told what is there");

    for (label, says) in [
        (json!({"category": "nobody", "bbox": [8, 8, 16, 16]}), "nobody"),
        (json!({"category": "RBC", "bbox": [200, 8, 16, 16]}), "RBC"),
        (json!({"category": "RBC", "bbox": [8, 8, 16]}), "bbox"),
        (json!({"category": "RBC", "box": [8, 8, 16, 16]}), "box"),
    ] {
        let request = daemon.client.put(daemon.api(&path)).json(&json!({"revision": 1, "labels": [label]}));
        let detail = problem(request, 422).await;
        assert!(detail.contains(says), "{detail}");
    }
    assert_eq!(daemon.get(&path).await, first, "a refused write changes nothing");
    assert_eq!(first["labels"], json!([{"category": "RBC", "bbox": [8.0, 8.0, 16.0, 16.0]}]), "no more than was said");

    let ids = |list: Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(daemon.get("frames?phase=labelled").await), std::slice::from_ref(&frame));
    assert_eq!(ids(daemon.get("frames?category=RBC").await), std::slice::from_ref(&frame));
    let queue = daemon.get("queue").await;
    assert!(
        queue["items"].as_array().unwrap().iter().all(|item| item["frame"]["id"] != frame.as_str()),
        "what is labelled needs no labelling"
    );
    problem(daemon.client.get(daemon.api("frames?phase=done")), 400).await;

    daemon.stop().await;
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get(&path).await, first, "labels survive a restart");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_say_where_they_come_from() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    let path = format!("frames/{}/labels", daemon.upload(jpeg(64, 48, 90)).await);
    let put = |more: Value| {
        let mut label = json!({"category": "RBC", "bbox": [8.0, 8.0, 16.0, 16.0]});
        label.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"revision": 0, "labels": [label]})
    };
    for (more, says) in [
        (json!({"by": ""}), "label 1 (RBC): `by` has 1 to 64 characters, not 0"),
        (json!({"track": "a b"}), "label 1 (RBC): the track \"a b\" must be 1 to 64 letters"),
        (json!({"score": 1.5}), "label 1 (RBC): score: 1.5 must be 0 to 1"),
        (json!({"origin": "found"}), "unknown variant `found`, expected one of `drawn`, `accepted`"),
    ] {
        let detail = problem(daemon.client.put(daemon.api(&path)).json(&put(more)), 422).await;
        assert!(detail.contains(says), "{detail}");
    }
    let whole = put(json!({"by": "Ada", "origin": "carried", "track": "cup:1", "score": 0.5}));
    let written = daemon.send("PUT", &path, whole.clone(), 200).await;
    assert_eq!(written["labels"], whole["labels"]);
    daemon.stop().await;
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get(&path).await, written);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_come_in_slices() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let mut sent = Vec::new();
    for grey in 0..5 {
        sent.push(daemon.upload(jpeg(64, 48, 40 * grey)).await);
    }
    let (mut got, mut path) = (Vec::new(), "frames?limit=2".to_owned());
    loop {
        let slice = daemon.get(&path).await;
        let items = slice["items"].as_array().unwrap().clone();
        assert!(items.len() <= 2);
        got.extend(items.iter().map(|f| f["id"].as_str().unwrap().to_owned()));
        match slice["next"].as_str() {
            Some(next) => path = format!("frames?limit=2&before={next}"),
            None => break,
        }
    }
    got.retain(|id| sent.contains(id));
    sent.reverse();
    assert_eq!(got, sent, "newest first, none twice, none missing");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_made_changed_and_removed() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let made = daemon.client.post(daemon.api("categories")).json(&json!({"name": "red cell"})).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(made.headers()["location"], "/api/v1/categories/red%20cell");
    let made: Value = made.json().await.unwrap();
    assert_eq!(made["kind"], "box");
    let colour = made["colour"].as_str().unwrap();
    assert!(colour.len() == 7 && colour.starts_with('#'), "{colour}");
    problem(daemon.client.post(daemon.api("categories")).json(&json!({"name": "red cell"})), 409).await;
    problem(daemon.client.post(daemon.api("categories")).json(&json!({"name": ""})), 422).await;
    problem(daemon.client.post(daemon.api("categories")).json(&json!({"name": "x", "color": "#ffffff"})), 422).await;

    let changed = daemon.send("PATCH", "categories/red%20cell", json!({"instructions": "whole cells"}), 200).await;
    assert_eq!((&changed["name"], &changed["instructions"]), (&json!("red cell"), &json!("whole cells")));

    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let labels = json!({"revision": 0, "labels": [{"category": "red cell", "bbox": [8, 8, 16, 16]}]});
    daemon.send("PUT", &format!("frames/{frame}/labels"), labels, 200).await;
    problem(daemon.client.delete(daemon.api("categories/red%20cell")), 409).await;
    let none = json!({"revision": 1, "labels": []});
    daemon.send("PUT", &format!("frames/{frame}/labels"), none, 200).await;
    body(daemon.client.delete(daemon.api("categories/red%20cell")), StatusCode::OK).await;
    assert_eq!(daemon.get("categories").await, json!({"items": [], "next": null}));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_404_that_names_it() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let id = "0197f0c0-0000-7000-8000-000000000000";
    for path in [
        format!("frames/{id}"),
        format!("frames/{id}.jpg"),
        format!("frames/{id}/labels"),
        "frames/soap".to_owned(),
        "frames/soap.jpg".to_owned(),
        format!("trainings/{id}"),
        format!("trainings/{id}/flipbook"),
        format!("trainings/{id}/flipbook/1/{id}"),
        format!("trainings/{id}/flipbook/1/{id}.jpg"),
        format!("trainings/{id}/flipbook.gif"),
        format!("models/{id}"),
        format!("models/{id}/model.onnx"),
    ] {
        let detail = problem(daemon.client.get(daemon.api(&path)), 404).await;
        assert!(detail.contains(id) || detail.contains("soap"), "{path}: {detail}");
    }
    problem(daemon.client.post(daemon.api(&format!("models/{id}/deploy"))), 404).await;
    problem(daemon.client.post(daemon.api("models/rollback")), 409).await;
    problem(daemon.client.patch(daemon.api("categories/none")).json(&json!({})), 404).await;
    // Nothing is labelled: the answer says what to do.
    problem(daemon.client.post(daemon.api("trainings")).json(&json!({})), 422).await;
    problem(daemon.client.post(daemon.api("trainings")).json(&json!({"epoch": 3})), 422).await;
    assert_eq!(daemon.get("trainings").await, json!({"items": [], "next": null}));
    assert_eq!(daemon.get("models").await, json!({"items": [], "next": null}));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_nobody_would_look_at_are_refused() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let document: Value = daemon.client.get(daemon.at("/openapi.json")).send().await.unwrap().json().await.unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["x-role"].is_null() {
                continue;
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let within = path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
                assert_eq!(parameter["in"] == "path", within, "{path}: {parameter}");
            }
            let some = of_nothing(path);
            let method = method.to_uppercase().parse().unwrap();
            let answer = daemon.client.request(method, daemon.at(&format!("{some}?purgee=true"))).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
            let text = answer.text().await.unwrap();
            assert!(text.contains("unknown parameter `purgee`; this takes"), "{path}: {text}");
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked} operations");
    // Of the record and of its picture, which share a route, each says what it takes.
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let status = async |method: Method, path: &str| {
        let answer = daemon.client.request(method, daemon.api(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().get(ALLOW).map(|allow| allow.to_str().unwrap().to_owned()))
    };
    assert_eq!(status(Method::GET, &format!("frames/{frame}?width=32")).await.0, 400);
    assert_eq!(status(Method::GET, &format!("frames/{frame}.jpg?width=32")).await.0, 200);
    assert_eq!(status(Method::HEAD, &format!("frames/{frame}.jpg?width=32")).await.0, 200);
    let allowed = (405, Some("GET,HEAD".to_owned()));
    assert_eq!(status(Method::DELETE, &format!("frames/{frame}.jpg")).await, allowed);
    assert_eq!(status(Method::OPTIONS, &format!("frames/{frame}.jpg")).await, allowed);
    let (refused, methods) = status(Method::OPTIONS, &format!("frames/{frame}")).await;
    assert_eq!(refused, 405);
    let methods = methods.unwrap();
    assert!(methods.contains("GET") && methods.contains("DELETE"), "{methods}");
    daemon.stop().await;
}

/// An address of this pattern, of nothing that is there.
fn of_nothing(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| match segment {
        "{epoch}" => "1".to_owned(),
        _ => match (segment.find('{'), segment.find('}')) {
            (Some(0), Some(end)) => format!("019f0000-0000-7000-8000-000000000000{}", &segment[end + 1..]),
            _ => segment.to_owned(),
        },
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_hear_what_happens() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let answer = daemon.client.get(daemon.api("events")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut stream = answer.bytes_stream();
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    daemon.send("PUT", &format!("frames/{frame}/labels"), json!({"revision": 0, "labels": []}), 200).await;
    let heard = tokio::time::timeout(DEADLINE, async {
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
            let told = |name: &str| {
                let events = text.split("\n\n").filter(|e| e.starts_with(&format!("event: {name}\n")));
                events.filter(|e| e.contains(&frame)).count()
            };
            if told("frame") == 1 && told("labels") == 1 {
                return;
            }
        }
        panic!("the stream ended");
    });
    heard.await.unwrap();
    // The stream is open still: stopping must not wait for it for ever.
    tokio::time::timeout(DEADLINE, daemon.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_can_be_watched_and_captured() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    until(&daemon, "status", |status| status["camera"]["state"] == "streaming").await;
    let answer = daemon.client.get(daemon.api("live.mjpeg")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "multipart/x-mixed-replace; boundary=fieldcoach-frame");
    let mut stream = answer.bytes_stream();
    let picture = tokio::time::timeout(DEADLINE, async {
        let mut video = Vec::new();
        loop {
            video.extend(stream.next().await.unwrap().unwrap());
            let text = String::from_utf8_lossy(&video).into_owned();
            if text.matches("--fieldcoach-frame").count() >= 2 {
                let start = video.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
                return image::load_from_memory(&video[start..]).unwrap();
            }
        }
    });
    let picture = picture.await.unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 48));
    let captured = body(daemon.client.post(daemon.api("frames/capture")), StatusCode::CREATED).await;
    assert_eq!((&captured["source"], &captured["camera"]), (&json!("folder"), &json!("main")));
    assert_eq!(daemon.get("detections").await, Value::Null, "no model, no detections");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_tells_how_it_is() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    daemon.send("PUT", &format!("frames/{frame}/labels"), json!({"revision": 0, "labels": []}), 200).await;
    let status = daemon.get("status").await;
    assert_eq!(status["device"], "cam-7");
    assert_eq!(status["boot"], 1);
    assert_eq!(status["model"], Value::Null);
    assert_eq!(status["training"], Value::Null);
    assert_eq!(status["store"]["labelled"], 1);
    assert_eq!(status["runtime"]["device"], "cpu");
    for part in ["http", "local-socket", "camera-source", "camera", "live", "trainer", "store-sync"] {
        assert_eq!(status["parts"][part], json!({"state": "running", "restarts": 0, "error": null}), "{part}");
    }
    assert_eq!(status["parts"]["mqtt"]["state"], "off");

    let text = |path: &str| daemon.client.get(daemon.at(path)).send();
    assert_eq!(text("/healthz").await.unwrap().text().await.unwrap(), "ok\n");
    assert_eq!(text("/readyz").await.unwrap().status(), StatusCode::OK);
    let metrics = text("/metrics").await.unwrap().text().await.unwrap();
    for line in ["fieldcoach_labels_written_total 1", "fieldcoach_frames_labelled 1"] {
        assert!(metrics.lines().any(|l| l == line), "{line} is missing in\n{metrics}");
    }
    assert!(metrics.contains("route=\"/api/v1/frames/{id}/labels\",status=\"200\"} 1"), "{metrics}");
    let document: Value = text("/openapi.json").await.unwrap().json().await.unwrap();
    assert!(document["paths"]["/api/v1/trainings"]["post"].is_object());
    let page = text("/").await.unwrap();
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    daemon.stop().await;
    // Every part has ended, so nobody has the store open any more.
    Store::open(Options { dir: dir.path().join("data"), budget: 1 << 30, reserve: 0 }).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_others_are_kept_out() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let train = || daemon.client.post(daemon.api("trainings")).body("{}");
    problem(train().header("origin", "http://evil.example"), 403).await;
    problem(daemon.client.get(daemon.api("status")).header("host", "evil.example"), 421).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_set_goes_from_one_device_to_another() {
    let (here, there) = (folder(), folder());
    let daemon = Daemon::start(here.path()).await;
    daemon.category("RBC").await;
    let sent = jpeg(64, 48, 90);
    let frame = daemon.upload(sent.clone()).await;
    let labels = json!({"revision": 0, "labels": [{"category": "RBC", "bbox": [8, 8, 16, 16]}]});
    daemon.send("PUT", &format!("frames/{frame}/labels"), labels, 200).await;
    problem(daemon.client.get(daemon.api("dataset.zip?format=excel")), 400).await;
    for format in ["yolo", "voc", "coco"] {
        let zip = daemon.client.get(daemon.api(&format!("dataset.zip?format={format}"))).send().await.unwrap();
        assert_eq!(zip.headers()["content-type"], "application/zip");
        assert!(zip.bytes().await.unwrap().starts_with(b"PK"));
    }
    let zip = daemon.client.get(daemon.api("dataset.zip")).send().await.unwrap().bytes().await.unwrap();
    daemon.stop().await;

    let daemon = Daemon::start(there.path()).await;
    problem(daemon.client.post(daemon.api("dataset")).body("no zip"), 422).await;
    body(daemon.client.post(daemon.api("dataset")).body(zip), StatusCode::OK).await;
    let frames = daemon.get("frames?phase=labelled").await;
    let id = frames["items"][0]["id"].as_str().unwrap();
    let labels = daemon.get(&format!("frames/{id}/labels")).await;
    assert_eq!(labels["labels"], json!([{"category": "RBC", "bbox": [8.0, 8.0, 16.0, 16.0]}]));
    let picture = daemon.client.get(daemon.api(&format!("frames/{id}.jpg"))).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), sent);
    daemon.stop().await;
}
