//! Cameras that other programs read: network cameras on loopback, films, commands; and what becomes of them when they go
//! away, hang, or are wrong.

#[path = "../common/mod.rs"]
mod common;
mod hour;
#[path = "../common/process.rs"]
mod process;
mod server;

use common::Daemon;
use fieldcoach::camera::{CameraState, CameraStatus};
use fieldcoach::config::CameraSource;
use fieldcoach::domain::CameraTrouble;
use process::{Process, command};
use serde_json::json;
use server::{Server, has_ffmpeg, has_server};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A hanging program is noticed after 20 s and three frames; the machine may have much else to do.
const DEADLINE: Duration = Duration::from_secs(120);
const PASSWORD: &str = "geheim1";

async fn daemon(dir: &TempDir, source: &str) -> Daemon {
    let source: CameraSource = source.parse().unwrap();
    Daemon::start_with(dir.path(), |config| {
        let camera = config.cameras.first_mut();
        (camera.source, camera.fps) = (source, 10.0);
    })
    .await
}

/// Waits until the camera is so.
async fn until(daemon: &Daemon, so: impl Fn(&CameraStatus) -> bool) -> CameraStatus {
    let mut status = daemon.running.services.cameras.first().status.clone();
    let last = status.clone();
    match tokio::time::timeout(DEADLINE, status.wait_for(|status| so(status))).await {
        Ok(status) => status.unwrap().clone(),
        Err(_) => panic!("waited in vain; last {:?}", *last.borrow()),
    }
}

async fn streams(daemon: &Daemon) -> CameraStatus {
    until(daemon, |status| status.state == CameraState::Streaming).await
}

async fn lost(daemon: &Daemon, trouble: CameraTrouble) -> CameraStatus {
    until(daemon, |status| status.state == CameraState::Lost && status.trouble == Some(trouble)).await
}

/// What a source says that gives no picture: which trouble, and in which words.
async fn told(source: &str, trouble: CameraTrouble, words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon(&dir, source).await;
    let status = lost(&daemon, trouble).await;
    let error = status.error.unwrap();
    assert!(words.iter().all(|word| error.contains(word)), "{source}: {error}");
    assert!(!error.contains(PASSWORD) && !status.source.contains(PASSWORD), "{error}");
    daemon.stop().await;
}

fn film(path: &Path, frames: u32) {
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=160x120:r=10"])
        .args(["-frames:v", &frames.to_string(), "-pix_fmt", "yuv420p"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_camera_plays_and_its_password_is_told_to_nobody() {
    if !has_server() {
        return;
    }
    for codec in ["h264", "h265"] {
        let server = Server::start(0, codec, PASSWORD);
        let dir = tempfile::tempdir().unwrap();
        let source = format!("rtsp://cam:{PASSWORD}@127.0.0.1:{}/cam", server.port);
        let daemon = daemon(&dir, &source).await;
        let status = streams(&daemon).await;
        assert_eq!((status.width, status.height), (320, 240), "{codec}");
        assert_eq!(status.source, format!("rtsp://…@127.0.0.1:{}/cam", server.port));
        until(&daemon, |status| status.fps > 5.0 && status.fps < 12.0).await;
        for path in ["status", "settings", "log", "log?limit=500"] {
            let answer = daemon.client.get(daemon.api(path)).send().await.unwrap().text().await.unwrap();
            assert!(!answer.contains(PASSWORD), "{path}: {answer}");
        }
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        for process in processes {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&line).contains(&format!("{PASSWORD}@127.0.0.1:{}", server.port)));
        }
        daemon.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_network_camera_is_told_apart() {
    if !has_server() {
        return;
    }
    let server = Server::start(0, "h264", PASSWORD);
    let at = |password: &str, path: &str| format!("rtsp://cam:{password}@127.0.0.1:{}/{path}", server.port);
    told(&at("wrong1", "cam"), CameraTrouble::Denied, &["password", "401"]).await;
    told(&at(PASSWORD, "none"), CameraTrouble::Missing, &["no stream of this name"]).await;
    told(&at(PASSWORD, "sound"), CameraTrouble::Unsuitable, &["no video"]).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    told(&format!("rtsp://cam:{PASSWORD}@{closed}/cam"), CameraTrouble::Unreachable, &["refuses port"]).await;
    told(&format!("rtsp://cam:{PASSWORD}@no.such.invalid/cam"), CameraTrouble::Unreachable, &["no host"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_camera_comes_back_after_it_was_away_and_after_it_was_frozen() {
    if !has_server() {
        return;
    }
    let server = Server::start(0, "h264", "");
    let port = server.port;
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon(&dir, &format!("rtsp://127.0.0.1:{port}/cam")).await;
    streams(&daemon).await;
    drop(server);
    lost(&daemon, CameraTrouble::Unreachable).await;
    let server = Server::start(port, "h265", "");
    streams(&daemon).await;
    server.signal("STOP");
    let status = lost(&daemon, CameraTrouble::Stalled).await;
    assert!(status.error.unwrap().contains("no picture"));
    server.signal("CONT");
    streams(&daemon).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_camera_may_change_its_size_in_mid_stream() {
    if !has_server() {
        return;
    }
    for codec in ["h264", "h265"] {
        let mut server = Server::start(0, codec, "");
        let dir = tempfile::tempdir().unwrap();
        let daemon = daemon(&dir, &format!("rtsp://127.0.0.1:{}/cam", server.port)).await;
        streams(&daemon).await;
        server.resize("640x360");
        until(&daemon, |status| (status.width, status.height) == (640, 360)).await;
        daemon.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_played_over_and_over_at_its_own_pace() {
    if !has_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a film's name.mp4");
    film(&path, 8);
    let daemon = daemon(&dir, &format!("file:{}", path.display())).await;
    let mut latest = daemon.running.services.cameras.first().latest.clone();
    for _ in 0..30 {
        tokio::time::timeout(DEADLINE, latest.changed()).await.unwrap().unwrap();
    }
    let status = until(&daemon, |status| status.fps > 5.0 && status.fps < 12.0).await;
    assert_eq!((status.width, status.height, status.error), (160, 120, None));
    daemon.stop().await;
    let no_film = dir.path().join("notes.mp4");
    std::fs::write(&no_film, "no film").unwrap();
    told(&format!("file:{}", no_film.display()), CameraTrouble::Unsuitable, &["ffmpeg can read"]).await;
    told(&format!("file:{}", dir.path().display()), CameraTrouble::Unsuitable, &["folder:"]).await;
    told("file:/no/such/film.mp4", CameraTrouble::Missing, &["/no/such/film.mp4"]).await;
}

async fn daemon_on(dir: &TempDir, film: &Path) -> Daemon {
    daemon(dir, &format!("file:{}", film.display())).await
}

/// The first part of the films below is black, the second white.
fn is_of_the_second(jpeg: &[u8]) -> bool {
    image::load_from_memory(jpeg).unwrap().to_luma8().get_pixel(80, 60).0[0] > 128
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_whose_size_changes_goes_on_and_begins_anew_at_its_end() {
    if !has_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let part = |size: &str, colour: &str| {
        let path = dir.path().join(format!("{size}.ts"));
        let made = Command::new("ffmpeg")
            .args([
                "-hide_banner",
                "-loglevel",
                "error",
                "-y",
                "-f",
                "lavfi",
                "-i",
                &format!("color=c={colour}:s={size}:r=10:d=3"),
            ])
            .args(["-threads", "1", "-pix_fmt", "yuv420p"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        std::fs::read(path).unwrap()
    };
    let parts = [part("160x120", "black"), part("320x240", "white")].concat();
    let (joined, path) = (dir.path().join("joined.ts"), dir.path().join("film.ts"));
    std::fs::write(&joined, parts).unwrap();
    let from =
        format!("concat:{}|{}", dir.path().join("160x120.ts").display(), dir.path().join("320x240.ts").display());
    let mut copied = Command::new("ffmpeg");
    copied.args(["-hide_banner", "-loglevel", "error", "-i", &from, "-c", "copy"]).arg(&path);
    assert!(copied.status().unwrap().success());
    let place = tempfile::tempdir().unwrap();
    let daemon = daemon_on(&place, &path).await;
    let mut latest = daemon.running.services.cameras.first().latest.clone();
    // Each size again and again, with pictures of each.
    let mut seen: Vec<(u32, u32)> = vec![];
    let (mut of_this, begun) = (0, std::time::Instant::now());
    while seen.len() < 4 || of_this < 5 {
        assert!(begun.elapsed() < DEADLINE, "{seen:?}");
        tokio::time::timeout(DEADLINE, latest.changed()).await.unwrap().unwrap();
        let size = latest.borrow_and_update().as_ref().map(|frame| (frame.width, frame.height)).unwrap();
        if seen.last() != Some(&size) {
            seen.push(size);
            of_this = 0;
        }
        of_this += 1;
    }
    assert_eq!(seen, [(160, 120), (320, 240), (160, 120), (320, 240)]);
    let log = daemon.get("log").await.to_string();
    assert!(!log.contains("camera_lost"), "{log}");
    daemon.stop().await;

    // Where the times begin again in the midst, no place can be found: all of it is shown in the first size.
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon_on(&dir, &joined).await;
    let mut latest = daemon.running.services.cameras.first().latest.clone();
    let (mut framed, begun) = (0, std::time::Instant::now());
    while framed < 20 {
        tokio::time::timeout(DEADLINE, latest.changed()).await.unwrap().unwrap();
        let frame = latest.borrow_and_update().clone().unwrap();
        assert_eq!((frame.width, frame.height), (160, 120));
        assert!(begun.elapsed() < DEADLINE, "{framed} pictures of the second part");
        framed += u32::from(is_of_the_second(&frame.jpeg));
    }
    let log = daemon.get("log").await.to_string();
    assert!(!log.contains("camera_lost"), "{log}");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_of_pictures_that_are_too_large_is_refused_in_words() {
    if !has_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.avi");
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=5"])
        .args(["-threads", "1", "-c:v", "mjpeg"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let mut avi = std::fs::read(&path).unwrap();
    for at in 0..avi.len() - 9 {
        if avi[at..at + 4] == [0xff, 0xc0, 0, 17] {
            avi[at + 5..at + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
        }
    }
    std::fs::write(&path, avi).unwrap();
    let begun = std::time::Instant::now();
    told(&format!("file:{}", path.display()), CameraTrouble::Unsuitable, &["65000 × 65000", "megapixels"]).await;
    // Not only once it is said to give no picture for 20 seconds.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_that_was_asked_for_is_given() {
    if !has_ffmpeg() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film.mp4");
    film(&path, 8);
    let daemon = Daemon::start_with(dir.path(), |config| {
        config.cameras.first_mut().source = CameraSource::Film(path);
        config.cameras.first_mut().width = 80;
    })
    .await;
    let status = streams(&daemon).await;
    assert_eq!((status.width, status.height), (80, 60));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_program_that_writes_jpegs_is_a_camera() {
    let dir = tempfile::tempdir().unwrap();
    let jpeg = dir.path().join("picture.jpg");
    std::fs::write(&jpeg, common::jpeg(64, 48, 100)).unwrap();
    let script = format!("while :; do echo --boundary; cat {}; sleep 0.02; done", jpeg.display());
    let daemon = daemon(&dir, &format!("exec:{script}")).await;
    let status = streams(&daemon).await;
    assert_eq!((status.width, status.height, &status.source[..]), (64, 48, "exec:while …"));
    // It writes fifty a second, and ten are wanted.
    until(&daemon, |status| status.fps > 5.0 && status.fps < 14.0).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_program_is_told_apart() {
    let mut cases: Vec<(&str, CameraTrouble, &[&str])> = vec![
        ("exec:no-such-camera --fast", CameraTrouble::NoProgram, &["install", "no-such-camera"]),
        ("exec:/etc/passwd", CameraTrouble::NotPermitted, &["may not be run"]),
        ("exec:echo no lens >&2; exit 3", CameraTrouble::Ended, &["status 3", "(no lens)"]),
        ("exec:true", CameraTrouble::Ended, &["without a picture"]),
        ("exec:cat /dev/zero", CameraTrouble::Unsuitable, &["no JPEG"]),
        ("exec:echo warming up >&2; sleep 1000", CameraTrouble::Stalled, &["no picture for", "(warming up)"]),
    ];
    // Nobody is told what it was asked for.
    let asked = format!("exec:echo asked for {PASSWORD} >&2; exit 3; curl -u cam:{PASSWORD} http://cam");
    cases.push((&asked, CameraTrouble::Ended, &["(asked for …)"]));
    for (source, trouble, words) in cases {
        told(source, trouble, words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_ffmpeg_it_says_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = command(dir.path(), "");
    daemon.env("FIELDCOACH_CAMERA__SOURCE", "rtsp://127.0.0.1/cam").env("PATH", dir.path());
    let daemon = Process::of(daemon.spawn().unwrap());
    let begun = std::time::Instant::now();
    loop {
        let camera = daemon.get("status").await["camera"].clone();
        if camera["trouble"] == json!("no_program") {
            assert!(camera["error"].as_str().unwrap().contains("apt install ffmpeg"), "{camera}");
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "{camera}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Processes whose command line holds this.
fn processes(words: &str) -> Vec<u32> {
    let found = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains(words).then(|| entry.file_name().to_str()?.parse().ok())?
    });
    found.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_program_is_left_when_the_daemon_is_killed_or_told_to_stop() {
    for kill in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mark = format!("1000.{}{}", std::process::id(), u8::from(kill));
        let mut daemon = command(dir.path(), "");
        daemon.env("FIELDCOACH_CAMERA__SOURCE", format!("exec:trap '' TERM; sleep {mark} | sleep {mark}"));
        let daemon = Process::of(daemon.spawn().unwrap());
        let begun = std::time::Instant::now();
        while processes(&mark).len() < 3 {
            assert!(begun.elapsed() < DEADLINE);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if kill {
            daemon.kill();
        } else {
            // A camera that gives no picture is not waited for.
            let asked = std::time::Instant::now();
            assert!(daemon.terminate().success() && asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
        }
        while !processes(&mark).is_empty() {
            assert!(begun.elapsed() < DEADLINE, "{:?}", processes(&mark));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_camera_auto_waits_and_makes_nothing_up() {
    if std::fs::read_dir("/dev").unwrap().flatten().any(|node| node.file_name().to_string_lossy().starts_with("video"))
    {
        eprintln!("skipped: this machine may have a camera");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon(&dir, "auto").await;
    let status = lost(&daemon, CameraTrouble::Missing).await;
    assert!(status.error.unwrap().starts_with("waiting for a camera"));
    assert_eq!((&status.source[..], status.kept), ("auto", 0));
    let capture = daemon.client.post(daemon.api("frames/capture")).send().await.unwrap();
    assert!(!capture.status().is_success());
    assert_eq!(daemon.get("frames").await["items"], json!([]));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_distance_network_cameras_can_be_set_and_no_programs_and_films() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon(&dir, "scene").await;
    let set = |source: &str| json!({ "camera": { "source": source } });
    for source in ["exec:reboot", "file:/etc/passwd", "http://cam/x", "rtsp://…@cam/1"] {
        let refused = daemon.send("PATCH", "settings", set(source), 422).await;
        assert!(refused["detail"].as_str().unwrap().contains("camera.source"), "{refused}");
    }
    let refused = daemon.send("PATCH", "settings", json!({ "camera": { "ffmpeg_args": ["-f"] } }), 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("configuration file"), "{refused}");
    let source = format!("rtsp://cam:{PASSWORD}@10.0.0.7/1");
    let changed = daemon.send("PATCH", "settings", set(&source), 200).await;
    assert_eq!(changed["settings"]["camera"]["source"], "rtsp://…@10.0.0.7/1");
    assert!(changed["settings"]["camera"].get("ffmpeg_args").is_none());
    for path in ["settings", "log", "status"] {
        assert!(!daemon.get(path).await.to_string().contains(PASSWORD), "{path}");
    }
    let kept = std::fs::read_to_string(dir.path().join("data/settings.toml")).unwrap();
    assert!(kept.contains(&source), "with it the camera is opened after a restart");
    assert!(!kept.lines().filter(|line| line.starts_with('#')).any(|line| line.contains(PASSWORD)), "{kept}");
    daemon.stop().await;
}
