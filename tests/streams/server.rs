//! A network camera: gst-rtsp-server on loopback, as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Debian's own, which has the bindings of GStreamer.
const PYTHON: &str = "/usr/bin/python3";
/// What must be there.
const NEEDS: &str = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; Gst.init(None); \
                     assert all(map(Gst.ElementFactory.find, ['openh264enc', 'x265enc', 'h264parse', 'rtph264pay']))";

pub struct Server {
    child: Child,
    sizes: ChildStdin,
    pub port: u16,
}

/// Whether ffmpeg is there; told where it is not.
pub fn has_ffmpeg() -> bool {
    let ran = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = ran.is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: there is no ffmpeg; scripts/test-deps installs it");
    }
    there
}

/// Whether a server can run here; told where it can't.
pub fn has_server() -> bool {
    let ran = Command::new(PYTHON).args(["-c", NEEDS]).stderr(Stdio::null()).status();
    let there = ran.is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: there is no gst-rtsp-server; scripts/test-deps installs it");
    }
    there && has_ffmpeg()
}

impl Server {
    /// Port 0 takes a free one. The user is `cam`.
    pub fn start(port: u16, codec: &str, password: &str) -> Self {
        let begun = Instant::now();
        loop {
            let mut child = Command::new(PYTHON)
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/streams/server.py"))
                .arg(port.to_string())
                .envs([("CODEC", codec), ("PASSWORD", password)])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let said = lines.next().and_then(Result::ok).and_then(|line| line.strip_prefix("port ")?.parse().ok());
            let sizes = child.stdin.take().unwrap();
            match said {
                Some(port) => return Self { child, sizes, port },
                // The port may still be held by connections of the last one.
                None => assert!(begun.elapsed() < Duration::from_secs(60), "the server does not start"),
            }
            let _ = child.wait();
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn resize(&mut self, size: &str) {
        writeln!(self.sizes, "{size}").unwrap();
    }

    /// `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
