//! Films become clips, by the real ffmpeg; what is no film is refused in words, and leaves nothing behind.

mod common;
#[path = "common/process.rs"]
mod process;

use common::{body, folder, jpeg, problem};
use fieldcoach::camera::Scene;
use fieldcoach::domain::Label;
use process::{Process, asked, children_of, most_of, signal};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Whether there is an ffmpeg; says so where there is none.
fn ffmpeg_is_missing() -> bool {
    let missing = Command::new("ffmpeg").arg("-version").output().is_err();
    if missing {
        eprintln!("skipped: ffmpeg is not installed (scripts/test-deps)");
    }
    missing
}

/// What ffmpeg makes of these arguments.
fn film(dir: &Path, name: &str, arguments: &str) -> Vec<u8> {
    let path = dir.join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-threads", "1"])
        .args(arguments.split_whitespace())
        .arg(&path)
        .output()
        .unwrap();
    assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(path).unwrap()
}

/// It gets brighter by 100 of 255 a second.
const DAWN: &str = "-f lavfi -i nullsrc=s=160x120:r=30:d=2,geq=lum='20+T*100':cb=128:cr=128 -pix_fmt yuv420p";
/// Something moves all over it.
const BUSY: &str = "-f lavfi -i testsrc2=s=320x240:r=25:d=20 -pix_fmt yuv420p";

/// Motion JPEG for two minutes.
const MOTION_JPEG: &str = "-f lavfi -i testsrc2=s=160x120:r=5:d=120 -c:v mjpeg";

/// Configuration for `asked`, on a store of its own.
fn configured(dir: &Path) {
    let config = format!("data_dir = {:?}\n[store]\nreserve = \"1 MB\"\n", dir.join("data"));
    std::fs::write(dir.join("config.toml"), config).unwrap();
}

/// Brings a film in over HTTP; what is told first.
async fn sent(daemon: &Process, query: &str, film: Vec<u8>) -> Value {
    body(daemon.client.post(format!("{}/clips{query}", daemon.api)).body(film), StatusCode::ACCEPTED).await
}

/// Waits until it is over.
async fn over(daemon: &Process, clip: &str) -> Value {
    loop {
        let told = daemon.get(&format!("clips/{clip}/import")).await;
        if told["state"] != "running" {
            return told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_becomes_a_clip_of_what_it_shows_at_each_time() {
    if ffmpeg_is_missing() {
        return;
    }
    let dir = folder();
    let daemon = Process::start(dir.path());
    let dawn = film(dir.path(), "dawn.mp4", DAWN);
    let told = sent(&daemon, "?name=dawn.mp4&every=0.5", dawn).await;
    let clip = told["clip"].as_str().unwrap().to_owned();
    let told = over(&daemon, &clip).await;
    assert_eq!((&told["state"], &told["frames"], &told["notes"]), (&json!("done"), &json!(4), &json!([])), "{told}");
    let about = daemon.get(&format!("clips/{clip}")).await;
    assert_eq!((&about["name"], &about["frames"], &about["seconds"]), (&json!("dawn.mp4"), &json!(4), &json!(1.5)));
    assert_eq!((&about["every"], &about["source"]), (&json!(0.5), &json!("upload")));
    assert_eq!(daemon.get("clips").await["items"], json!([about]));
    let first = daemon.get(&format!("clips/{clip}/frames?limit=3")).await;
    let after = first["next"].as_str().unwrap();
    let last = daemon.get(&format!("clips/{clip}/frames?after={after}")).await;
    let frames = [first["items"].as_array().unwrap().clone(), last["items"].as_array().unwrap().clone()].concat();
    assert_eq!((frames.len(), &last["next"]), (4, &Value::Null));
    for (number, frame) in frames.iter().enumerate() {
        let at = number as f64 * 0.5;
        assert_eq!(frame["clip"], json!({"id": clip, "at": at}));
        let jpeg = daemon.client.get(format!("{}/frames/{}.jpg", daemon.api, frame["id"].as_str().unwrap()));
        let jpeg = jpeg.send().await.unwrap().bytes().await.unwrap();
        let grey = f64::from(image::load_from_memory(&jpeg).unwrap().to_luma8().get_pixel(80, 60).0[0]);
        // From the range of films (16 to 235) to that of pictures; a picture of the film is 4 brighter than the one before.
        let expected = (20.0 + 100.0 * at - 16.0) * 255.0 / 219.0;
        assert!((grey - expected).abs() <= 6.0, "{at}: {grey}, not {expected}");
    }

    // One that stands still is one picture; one that was filmed upright is upright.
    let still = film(dir.path(), "still.mkv", "-f lavfi -i color=c=teal:s=160x120:r=10:d=5");
    let told = sent(&daemon, "", still).await;
    let told = over(&daemon, told["clip"].as_str().unwrap()).await;
    assert_eq!((&told["frames"], &told["near_copies"]), (&json!(1), &json!(9)), "{told}");
    film(dir.path(), "lying.mp4", "-f lavfi -i testsrc2=s=160x120:r=10:d=1 -pix_fmt yuv420p");
    let lying = format!("-i {} -c copy -metadata:s:v rotate=90", dir.path().join("lying.mp4").display());
    let told = sent(&daemon, "?every=1s", film(dir.path(), "upright.mp4", &lying)).await;
    let clip = told["clip"].as_str().unwrap();
    over(&daemon, clip).await;
    let frame = &daemon.get(&format!("clips/{clip}/frames")).await["items"][0];
    assert_eq!((&frame["width"], &frame["height"]), (&json!(120), &json!(160)));

    // Deleted, and back.
    let url = format!("{}/clips/{clip}", daemon.api);
    let gone = body(daemon.client.delete(&url), StatusCode::OK).await;
    assert!(!gone["done"].as_array().unwrap().is_empty(), "{gone}");
    problem(daemon.client.get(&url), 404).await;
    problem(daemon.client.delete(&url), 404).await;
    daemon.send("POST", &format!("undo/{}", gone["undo"].as_str().unwrap()), json!({}), StatusCode::OK).await;
    body(daemon.client.get(&url), StatusCode::OK).await;
    assert!(!daemon.holds_hidden_files());
    daemon.terminate();
}

/// An AVI with so many streams.
fn many_streams(count: u32) -> Vec<u8> {
    let chunk = |name: &[u8], body: &[u8]| [name, &(body.len() as u32).to_le_bytes(), body].concat();
    let mut header = [0u8; 56];
    header[24..28].copy_from_slice(&count.to_le_bytes());
    let mut about = [0u8; 56];
    about[..8].copy_from_slice(b"vidsMJPG");
    about[20] = 1;
    about[24] = 25;
    let mut format = [0u8; 40];
    (format[0], format[4], format[8], format[14]) = (40, 64, 64, 24);
    format[16..20].copy_from_slice(b"MJPG");
    let stream = chunk(b"LIST", &[b"strl", &chunk(b"strh", &about)[..], &chunk(b"strf", &format)].concat());
    let headers = [b"hdrl", &chunk(b"avih", &header)[..], &stream.repeat(count as usize)].concat();
    let movie = [b"movi", &chunk(b"00dc", &jpeg(64, 64, 90))[..]].concat();
    chunk(b"RIFF", &[b"AVI ", &chunk(b"LIST", &headers)[..], &chunk(b"LIST", &movie)].concat())
}

/// An AVI whose pictures claim to have so many pixels a side, whatever its header says.
fn claiming(mut avi: Vec<u8>, side: u16) -> Vec<u8> {
    let frames: Vec<usize> = (0..avi.len() - 9).filter(|at| avi[*at..*at + 4] == [0xff, 0xc0, 0, 17]).collect();
    assert!(frames.len() > 10);
    for at in frames {
        avi[at + 5..at + 7].copy_from_slice(&side.to_be_bytes());
        avi[at + 7..at + 9].copy_from_slice(&side.to_be_bytes());
    }
    avi
}

/// JPEGs one after another that claim to have so many pixels a side.
fn huge(side: u16) -> Vec<u8> {
    let mut one = jpeg(64, 48, 90);
    let at = one.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap() + 5;
    one[at..at + 2].copy_from_slice(&side.to_be_bytes());
    one[at + 2..at + 4].copy_from_slice(&side.to_be_bytes());
    one.repeat(20)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_film_is_refused_in_words_and_leaves_nothing() {
    if ffmpeg_is_missing() {
        return;
    }
    let dir = folder();
    let daemon = Process::start(dir.path());
    let busy = film(dir.path(), "busy.mp4", BUSY);
    let url = format!("{}/clips", daemon.api);
    let before = most_of(daemon.id()).unwrap();
    // What reads the films, too.
    let (reading, read) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (most, until, parent) = (Arc::clone(&reading), Arc::clone(&read), daemon.id());
    let watching = std::thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            most.fetch_max(children_of(parent).into_iter().filter_map(most_of).sum(), Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    });
    let secret = dir.path().join("busy.mp4");
    let slow = "-f lavfi -i testsrc2=s=160x120:r=1:d=4 -vf setpts=N*100000/TB -fps_mode vfr";
    for (name, film, status, says) in [
        ("cut", busy[..busy.len() / 2].to_vec(), 422, "cut short"),
        ("zip", b"PK\x03\x04 and so on".to_vec(), 422, "a ZIP"),
        ("text", b"Dear all,\nplease find attached".repeat(100), 422, "no film"),
        ("noise", (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect(), 422, "no film"),
        ("picture", jpeg(64, 48, 90), 422, "a picture"),
        ("playlist", b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".to_vec(), 422, "playlist"),
        ("parts", format!("ffconcat version 1.0\nfile {}\n", secret.display()).into_bytes(), 422, "playlist"),
        (
            "session",
            b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n".to_vec(),
            422,
            "no film",
        ),
        ("huge", huge(16_384), 413, "16384 × 16384"),
        ("claiming", claiming(film(dir.path(), "m.avi", MOTION_JPEG), 65_000), 413, "65000 × 65000"),
        ("streams", many_streams(100_000), 422, "streams"),
        ("endless", film(dir.path(), "endless.mkv", slow), 413, "frames, one each 0.5s"),
        ("sound", film(dir.path(), "sound.mkv", "-f lavfi -i sine=d=2"), 422, "no moving pictures"),
    ] {
        let begun = std::time::Instant::now();
        let detail = problem(daemon.client.post(&url).body(film), status).await;
        println!("{name}: {detail} ({:.1?})", begun.elapsed());
        assert!(begun.elapsed().as_secs() < 20, "{name}: {:?}", begun.elapsed());
        assert!(detail.contains(says), "{name}: {detail}");
        assert!(!detail.contains("/proc/"), "{name}: {detail}");
    }
    problem(daemon.client.post(&url), 400).await;
    problem(daemon.client.post(format!("{url}?every=never")).body(busy.clone()), 400).await;
    let named = problem(daemon.client.post(format!("{url}?name=a%00b.mp4")).body(busy.clone()), 422).await;
    assert!(named.contains("U+0000"), "{named}");
    read.store(true, Ordering::Relaxed);
    watching.join().unwrap();
    let [own, theirs] =
        [most_of(daemon.id()).unwrap() - before, reading.load(Ordering::Relaxed)].map(|n| n / 1_000_000);
    println!("at most {own} MB more, and {theirs} MB of what reads films");
    assert!(theirs > 1 && own + theirs < 100, "{own} MB more, and {theirs} MB of what reads films");
    assert!(!daemon.holds_hidden_files());
    assert_eq!(daemon.get("clips").await["items"], json!([]));

    // What can be read of a damaged one is taken, and told.
    let whole = film(dir.path(), "whole.mkv", BUSY);
    let told = sent(&daemon, "", whole[..whole.len() / 2].to_vec()).await;
    let told = over(&daemon, told["clip"].as_str().unwrap()).await;
    assert_eq!(told["state"], "done");
    assert!(told["frames"].as_u64().unwrap() > 5, "{told}");
    assert!(told["notes"].to_string().contains("of 20.0 seconds: it is damaged, or cut short"), "{told}");

    // One whose sound goes on for longer is whole.
    let sound = "-f lavfi -i testsrc2=s=160x120:r=10:d=2 -f lavfi -i sine=d=9 -pix_fmt yuv420p";
    for name in ["sound.mp4", "sound.mkv", "sound.avi"] {
        let told = sent(&daemon, "", film(dir.path(), name, sound)).await;
        let told = over(&daemon, told["clip"].as_str().unwrap()).await;
        assert_eq!((&told["state"], &told["notes"]), (&json!("done"), &json!([])), "{name}: {told}");
    }

    // One that begins late is not short, and pixels that are not square are made so.
    let late = "-f lavfi -i testsrc2=s=160x120:r=10:d=3 -vf setsar=5/1 -output_ts_offset 100 -pix_fmt yuv420p";
    let told = sent(&daemon, "", film(dir.path(), "late.mkv", late)).await;
    let clip = told["clip"].as_str().unwrap();
    let told = over(&daemon, clip).await;
    assert_eq!((&told["of"], &told["notes"]), (&json!(3.0), &json!([])), "{told}");
    let frame = &daemon.get(&format!("clips/{clip}/frames")).await["items"][0];
    assert_eq!((&frame["width"], &frame["height"]), (&json!(160), &json!(24)));
    daemon.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_can_be_stopped_and_a_kill_leaves_nothing_but_its_frames() {
    if ffmpeg_is_missing() {
        return;
    }
    let dir = folder();
    let long =
        film(dir.path(), "long.mkv", "-f lavfi -i testsrc2=s=320x240:r=25:d=120 -pix_fmt yuv420p -preset ultrafast");
    let daemon = Process::start(dir.path());
    let running = async |daemon: &Process| -> String {
        let told = sent(daemon, "?every=0.04", long.clone()).await;
        let clip = told["clip"].as_str().unwrap().to_owned();
        loop {
            let told = daemon.get(&format!("clips/{clip}/import")).await;
            assert_eq!(told["state"], "running", "{told}");
            if told["frames"].as_u64().unwrap() > 3 {
                return clip;
            }
        }
    };
    let clip = running(&daemon).await;
    body(daemon.client.delete(format!("{}/clips/{clip}/import", daemon.api)), StatusCode::OK).await;
    let told = over(&daemon, &clip).await;
    assert_eq!(told["state"], "cancelled");
    let stored = daemon.get(&format!("clips/{clip}")).await["frames"].clone();
    assert_eq!(stored, told["frames"]);
    let error = told["error"].as_str().unwrap();
    assert!(
        error.contains("stopped") && error.contains(&format!("{stored} frames")) && error.contains(&clip),
        "{error}"
    );

    // Whoever ends ffmpeg is told, and not that the film is damaged.
    let before = daemon.children();
    let clip = running(&daemon).await;
    daemon.children().into_iter().filter(|child| !before.contains(child)).for_each(|child| signal(child, "KILL"));
    let told = over(&daemon, &clip).await;
    let error = told["error"].as_str().unwrap();
    assert!(told["state"] == "failed" && error.contains("no fault of the film") && error.contains(&clip), "{told}");
    assert!(!told["notes"].to_string().contains("damaged"), "{told}");

    let clip = running(&daemon).await;
    let url = format!("{}/frames?clip={clip}&at=1000", daemon.api);
    let detail = problem(daemon.client.post(url).body(jpeg(64, 48, 90)), 409).await;
    assert!(detail.contains("still coming in"), "{detail}");
    let url = format!("{}/clips/{clip}", daemon.api);
    let gone = body(daemon.client.delete(&url), StatusCode::OK).await;
    let told = daemon.get(&format!("clips/{clip}/import")).await;
    assert_eq!(
        (&told["state"], &told["frames"]),
        (&json!("cancelled"), &json!(gone["done"].as_array().unwrap().len()))
    );
    problem(daemon.client.get(&url), 404).await;

    let clip = running(&daemon).await;
    let before: Vec<_> = std::fs::read_dir(dir.path().join("data")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(before.iter().all(|name| !name.to_string_lossy().contains("tmp")), "{before:?}");
    let children = daemon.children();
    daemon.kill();
    let begun = std::time::Instant::now();
    while children.iter().any(|child| process::lives(*child)) {
        assert!(begun.elapsed().as_secs() < 60, "{children:?} go on");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let daemon = Process::start(dir.path());
    let detail = problem(daemon.client.get(format!("{}/clips/{clip}/import", daemon.api)), 404).await;
    assert!(detail.contains("a part of it"), "{detail}");
    assert!(daemon.get(&format!("clips/{clip}")).await["frames"].as_u64().unwrap() > 0);
    daemon.terminate();
    let (good, said) = asked(dir.path(), &["check"]);
    assert!(good, "{said}");
}

#[test]
fn the_command_line_takes_films_in_and_says_what_is_missing() {
    if ffmpeg_is_missing() {
        return;
    }
    let dir = folder();
    configured(dir.path());
    film(dir.path(), "dawn.mp4", DAWN);
    let path = dir.path().join("dawn.mp4").display().to_string();
    let (good, said) = asked(dir.path(), &["import", "video", &path, "--every", "1s", "--json"]);
    assert!(good, "{said}");
    let report: Value = serde_json::from_str(&said[said.find('{').unwrap()..=said.rfind('}').unwrap()]).unwrap();
    assert_eq!((&report["frames"], &report["every"]), (&json!(2), &json!(1.0)), "{said}");
    let (good, said) = asked(dir.path(), &["import", "video", "--every", "1s", &path]);
    assert!(good && said.contains("2 frames of 1.0 seconds"), "{said}");
    let (good, said) = asked(dir.path(), &["import", "video", &path]);
    assert!(good && said.contains("4 frames of 1.5 seconds, clip "), "{said}");
    for (arguments, says) in [
        (vec!["import", "video", &path, "--every", "0"], "0.5s"),
        (vec!["import", "video", "/nowhere.mp4"], "/nowhere.mp4"),
        (vec!["import", &path], "fieldcoach import video"),
        (vec!["import", "film", &path], "there are auto, coco"),
        (vec!["import", "video", dir.path().to_str().unwrap()], "it is a folder, and no file"),
    ] {
        let (good, said) = asked(dir.path(), &arguments);
        assert!(!good && said.contains(says), "{arguments:?}: {said}");
    }
    let missing = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .arg("--config")
        .arg(dir.path().join("config.toml"))
        .args(["import", "video", &path])
        .env("PATH", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stderr);
    assert!(!missing.status.success() && said.contains("apt-get install ffmpeg"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_ffmpeg_it_is_said_at_the_start_and_before_a_film_is_sent() {
    let dir = folder();
    let daemon = Process::of(process::command(dir.path(), "").env("PATH", dir.path()).spawn().unwrap());
    // It goes on for ever: an answer comes before its end.
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0u8; 65_536]));
    let sent = daemon.client.post(format!("{}/clips", daemon.api)).body(reqwest::Body::wrap_stream(endless));
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().await.unwrap().contains("apt-get install ffmpeg"));
    while !daemon.said(&["WARN", "apt-get install ffmpeg"]) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// The generated conveyor, sent frame by frame as a phone does; answers the clip, its frames, and what they show.
async fn sent_by_frames(daemon: &Process, count: usize) -> (String, Vec<String>, Vec<Vec<Label>>) {
    let scene = Scene::new(Scene::SEED, 320, 240);
    let (mut clip, mut frames, mut truth) = ("new".to_owned(), Vec::new(), Vec::new());
    for number in 0..count {
        let at = number as f64 * 0.5;
        let (picture, labels) = scene.render(1000.0 + at);
        let url = format!("{}/frames?clip={clip}&at={at}&name=belt.mp4", daemon.api);
        let jpeg = fieldcoach::picture::encode_jpeg(&picture, 90);
        let frame = body(daemon.client.post(url).body(jpeg), StatusCode::CREATED).await;
        assert_eq!(frame["clip"]["at"], json!(at));
        clip = frame["clip"]["id"].as_str().unwrap().to_owned();
        frames.push(frame["id"].as_str().unwrap().to_owned());
        truth.push(labels);
    }
    (clip, frames, truth)
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_a_phone_sends_become_a_clip() {
    let dir = folder();
    let daemon = Process::start(dir.path());
    let (clip, frames, _) = sent_by_frames(&daemon, 3).await;
    let about = daemon.get(&format!("clips/{clip}")).await;
    assert_eq!((&about["frames"], &about["seconds"], &about["every"]), (&json!(3), &json!(1.0), &json!(0.5)));
    assert_eq!(
        (&about["name"], &about["source"], &about["first"]),
        (&json!("belt.mp4"), &json!("upload"), &json!(frames[0]))
    );
    let next = |query: &str| daemon.client.post(format!("{}/frames?{query}", daemon.api)).body(jpeg(64, 48, 90));
    for (query, status, says) in [
        (format!("clip={clip}&at=1.0"), 409, "the last lies at 1 seconds"),
        (format!("clip={clip}"), 400, "come together"),
        ("at=3".into(), 400, "come together"),
        ("clip=mine&at=0".into(), 400, "`new` or the id"),
        ("clip=new&at=-1".into(), 422, "at: -1 must be 0"),
        (format!("clip={}&at=0", frames[0]), 404, "clip"),
    ] {
        let detail = problem(next(&query), status).await;
        assert!(detail.contains(says), "{query}: {detail}");
    }
    daemon.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_carried_along_a_clip_and_accepted_with_one_way_back() {
    let dir = folder();
    let daemon = Process::start(dir.path());
    let (clip, frames, truth) = sent_by_frames(&daemon, 12).await;
    let first = truth[5].iter().find(|label| label.bbox.is_some_and(|b| b.x > 60.0 && b.right() < 250.0)).unwrap();
    daemon.send("POST", "categories", json!({"name": first.category}), StatusCode::CREATED).await;
    let marks = json!({frames[5].clone(): {"box": first.bbox}, frames[8].clone(): "gone"});
    let track = json!({"track": "it", "category": first.category, "marks": marks});
    let (carry, accept) = (format!("clips/{clip}/carry"), format!("clips/{clip}/accept"));
    let answer = daemon.send("POST", &carry, json!({"tracks": [track]}), StatusCode::OK).await;
    assert_eq!(answer["frames"][5]["boxes"][0]["origin"], "drawn", "{answer}");
    assert_eq!(answer["frames"][6]["boxes"][0]["origin"], "carried", "{answer}");
    assert_eq!(answer["tracks"][0]["marks"], track["marks"]);
    assert_eq!(answer["frames"][8]["marks"], json!([{"track": "it", "mark": "gone"}]), "{answer}");
    assert_eq!(daemon.get(&format!("frames/{}/labels", frames[6])).await["revision"], 0, "nothing is stored");

    let kept = |answer: &Value, number: usize| {
        let frame = &answer["frames"][number];
        let mut boxes = frame["boxes"].clone();
        boxes.as_array_mut().unwrap().iter_mut().for_each(|b| drop(b.as_object_mut().unwrap().remove("sure")));
        json!({"frame": frame["frame"], "revision": frame["revision"], "boxes": boxes, "marks": frame["marks"]})
    };
    // Somebody labels one of them meanwhile.
    daemon
        .send("PUT", &format!("frames/{}/labels", frames[7]), json!({"revision": 0, "labels": []}), StatusCode::OK)
        .await;
    let mut all: Vec<Value> = (4..9).map(|number| kept(&answer, number)).collect();
    all[4]["phase"] = json!("unlabelled");
    let done = daemon.send("POST", &accept, json!({"frames": all, "tracks": ["it"]}), StatusCode::OK).await;
    assert_eq!((done["done"].as_array().unwrap().len(), &done["failed"][0]["frame"]), (4, &json!(frames[7])), "{done}");
    assert!(done["failed"][0]["detail"].as_str().unwrap().contains("at revision 1 by now"), "{done}");
    let labels = daemon.get(&format!("frames/{}/labels", frames[6])).await;
    assert_eq!((&labels["phase"], &labels["labels"][0]["track"]), (&json!("labelled"), &json!("it")));
    let audit = daemon.get("audit").await;
    assert_eq!(audit["items"][0]["what"], "accepted labels along a clip", "{audit}");

    let said = daemon.get(&format!("frames/{}/labels", frames[8])).await;
    assert_eq!((&said["phase"], &said["marks"]), (&json!("unlabelled"), &answer["frames"][8]["marks"]));

    // What is labelled there, and was said, is enough to go on with; nothing of it is lost by a kill, and all of it can be undone.
    daemon.kill();
    let daemon = Process::start(dir.path());
    let again = daemon.send("POST", &carry, json!({}), StatusCode::OK).await;
    assert_eq!(
        (&again["tracks"][0]["track"], &again["tracks"][0]["marks"], &again["frames"][5]["boxes"]),
        (&json!("it"), &track["marks"], &answer["frames"][5]["boxes"])
    );
    daemon.send("POST", &format!("undo/{}", done["undo"].as_str().unwrap()), json!({}), StatusCode::OK).await;
    assert_eq!(daemon.get(&format!("frames/{}/labels", frames[6])).await["labels"], json!([]));

    // A frame may be given whole, as it was answered: then it is accepted.
    let whole = daemon.send("POST", &carry, json!({"tracks": [track]}), StatusCode::OK).await["frames"][6].clone();
    assert_eq!(whole["phase"], "unlabelled", "{whole}");
    let taken = daemon.send("POST", &accept, json!({"frames": [whole], "tracks": ["it"]}), StatusCode::OK).await;
    assert_eq!(taken["done"], json!([frames[6]]), "{taken}");
    assert_eq!(daemon.get(&format!("frames/{}/labels", frames[6])).await["phase"], "labelled");
    daemon.send("POST", &format!("undo/{}", taken["undo"].as_str().unwrap()), json!({}), StatusCode::OK).await;

    // What was not done is nothing for the audit log.
    let noted = |audit: Value| {
        let items = audit["items"].as_array().unwrap().clone();
        items.iter().filter(|item| item["what"] == "accepted labels along a clip").count()
    };
    let before = noted(daemon.get("audit").await);
    let stale = json!({"frames": [{"frame": frames[4].clone(), "revision": 99, "boxes": []}], "tracks": ["it"]});
    let told = daemon.send("POST", &accept, stale, StatusCode::OK).await;
    assert_eq!((told["done"].as_array().unwrap().len(), told["failed"].as_array().unwrap().len()), (0, 1), "{told}");
    assert_eq!(noted(daemon.get("audit").await), before);

    let post = |path: &str, json: Value| daemon.client.post(format!("{}/{path}", daemon.api)).json(&json);
    for (path, json, status, says) in [
        (
            carry.as_str(),
            json!({"tracks": [{"track": "a", "category": "b", "marks": {frames[0].clone(): "lost"}}]}),
            422,
            "lost",
        ),
        (carry.as_str(), json!({"from": 90}), 422, "no frames of the clip in that time"),
        ("clips/0192f5a0-0000-7000-8000-000000000000/carry", json!({}), 404, "clip"),
        (accept.as_str(), json!({"frames": []}), 422, "1 to 500 frames"),
        (
            "clips/0192f5a0-0000-7000-8000-000000000000/accept",
            json!({"frames": [kept(&answer, 4)], "tracks": ["it"]}),
            404,
            "clip",
        ),
        (
            accept.as_str(),
            json!({"frames": [{"frame": frames[0].clone(), "revision": 0, "boxes": []}]}),
            422,
            "no object is said",
        ),
        (
            accept.as_str(),
            json!({"frames": [{"frame": frames[0].clone(), "revision": 0, "boxes": [], "phase": "final"}], "tracks": ["it"]}),
            422,
            "its phase can be",
        ),
    ] {
        let detail = problem(post(path, json), status).await;
        assert!(detail.contains(says), "{path}: {detail}");
    }
    daemon.terminate();
}
