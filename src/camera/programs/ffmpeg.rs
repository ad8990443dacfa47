//! How ffmpeg is asked for an address or a film: for JPEGs at `camera.fps`, at most, one after another.

use super::door;
use super::pipe::{About, Pipe};
use super::version::Version;
use super::words;
use crate::camera::source::{Source, SourceError};
use crate::camera::thinning::Thinning;
use crate::children::{Child, Launcher, Program};
use crate::config::{self, Address, CameraSource};
use crate::domain::CameraTrouble;
use crate::files;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;

/// What a stream may lead to: no file, and no program.
const PROTOCOLS: &str = "pipe,fd,tcp,udp,rtp,rtsp,rtsps,tls,crypto,http,https,httpproxy";
/// What a film may lead to.
const FILES: &str = "file,crypto,data";
/// Options of how an address is opened, which a list of addresses needs for each.
const OPENING: [&str; 9] = [
    "-allowed_media_types",
    "-analyzeduration",
    "-buffer_size",
    "-fflags",
    "-fpsprobesize",
    "-probesize",
    "-reorder_queue_size",
    "-rtsp_transport",
    "-user_agent",
];

/// What it reads.
#[derive(Clone, Debug)]
pub enum Input {
    Address(Address),
    Film(PathBuf),
}

impl Input {
    /// As it may be told.
    fn told(&self) -> String {
        match self {
            Self::Address(address) => CameraSource::Address(address.clone()).to_string(),
            Self::Film(path) => CameraSource::Film(path.clone()).to_string(),
        }
    }
}

/// Opens an input, again and again.
pub struct Ffmpeg {
    launcher: Launcher,
    stop: CancellationToken,
    input: Input,
    config: config::Camera,
    /// Once it was asked.
    version: Option<Version>,
}

impl Ffmpeg {
    pub fn new(launcher: Launcher, stop: CancellationToken, input: Input, config: config::Camera) -> Self {
        Self { launcher, stop, input, config, version: None }
    }

    /// Starts ffmpeg. Error: it is missing, the film is, or nobody answers at the address.
    pub fn open(&mut self) -> Result<Box<dyn Source>, SourceError> {
        let version = match self.version {
            Some(version) => version,
            None => *self.version.insert(Version::ask(&self.launcher)?),
        };
        match &self.input {
            Input::Address(address) => door::knock(address)?,
            Input::Film(path) => readable(path)?,
        }
        let resized = Arc::new(AtomicBool::new(false));
        let hear = listen(Arc::clone(&resized));
        let child = Child::start_heard(&self.launcher, &program(version, &self.input, &self.config), hear)
            .map_err(|error| SourceError::of(format!("ffmpeg can't be started: {error}"), error))?;
        // It thins out by the stream's own clock: what comes late and in a hurry is passed on.
        let thinning = Thinning::new(2.0 * self.config.fps);
        let about = About {
            told: self.input.told(),
            name: "ffmpeg",
            fps: self.config.fps,
            thinning,
            resized,
            stop: self.stop.clone(),
            why: words::why,
        };
        Ok(Box::new(Pipe::new(child, about)))
    }
}

fn readable(path: &Path) -> Result<(), SourceError> {
    let shown = path.display();
    let refused = |error: std::io::Error| {
        SourceError::of(format!("camera.source: the film {shown} can't be read: {error}"), error)
    };
    if path.is_dir() {
        let text = format!("camera.source: {shown} is a folder, and no film; for photographs it is folder:{shown}");
        return Err(SourceError::new(CameraTrouble::Unsuitable, text));
    }
    files::open(path).map(|_| ()).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => SourceError::new(CameraTrouble::Unsuitable, refused(error).to_string()),
        _ => refused(error),
    })
}

/// Keeps its errors, and notices where the pictures become of another size: it would squeeze them into the first one.
fn listen(resized: Arc<AtomicBool>) -> impl Fn(&str) -> bool + Send {
    let first = std::sync::OnceLock::new();
    move |line: &str| {
        if let Some(size) = size(line)
            && *first.get_or_init(|| size) != size
        {
            resized.store(true, Ordering::Relaxed);
        }
        ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level))
    }
}

/// `[graph 0 input from stream 0:0 @ 0x…] [verbose] w:320 h:240 pixfmt:…`
fn size(line: &str) -> Option<(u32, u32)> {
    let (_, rest) = line.split_once("w:").filter(|(before, _)| before.contains("input from stream"))?;
    let (width, rest) = rest.split_once(" h:")?;
    let (height, _) = rest.split_once(" pixfmt:")?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn program(version: Version, input: &Input, config: &config::Camera) -> Program {
    let mut program = Program::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-loglevel", "repeat+level+verbose"])
        // More decode later pictures before earlier ones are out.
        .args(["-threads", "2"]);
    let mut opening = Vec::new();
    match input {
        Input::Film(path) => {
            let mut film = std::ffi::OsString::from("file:");
            film.push(path);
            program = program
                .args(&config.ffmpeg_args)
                .args(["-re", "-stream_loop", "-1", "-protocol_whitelist", FILES, "-i"])
                .arg(film);
        }
        Input::Address(address) => {
            if address.is_rtsp() {
                opening.extend(["-rtsp_transport", "tcp"].map(str::to_owned));
            }
            // It would measure the rate for seconds; the pictures tell their times.
            opening.extend(["-fpsprobesize", "0"].map(str::to_owned));
            let listed = address.has_secret() && version.lists_have_options();
            let mut own = config.ffmpeg_args.iter().peekable();
            while let Some(argument) = own.next() {
                match own.peek() {
                    Some(value) if OPENING.contains(&argument.as_str()) => {
                        opening.extend([argument.clone(), (*value).clone()]);
                        own.next();
                    }
                    _ => program = program.arg(argument),
                }
            }
            program = program.args(["-protocol_whitelist", PROTOCOLS]);
            program = if listed {
                // Every user of the machine may read arguments, and nobody this.
                program.args(["-f", "concat", "-safe", "0", "-i", "pipe:0"]).input(list(address, &opening))
            } else {
                program.args(opening).arg("-i").arg(address.secret())
            };
            program = address.secrets().into_iter().fold(program, Program::secret);
        }
    }
    let pace = if version.has_fps_mode() { ["-fps_mode", "passthrough"] } else { ["-vsync", "passthrough"] };
    program.args(["-map", "0:v:0", "-vf", &filter(config)]).args(pace).args([
        "-c:v",
        "mjpeg",
        "-q:v",
        "3",
        "-pix_fmt",
        "yuvj420p",
        "-flush_packets",
        "1",
        "-f",
        "mjpeg",
        "pipe:1",
    ])
}

/// A list of one address.
fn list(address: &Address, opening: &[String]) -> String {
    let mut list = format!("ffconcat version 1.0\nfile {}\n", quoted(address.secret()));
    for pair in opening.chunks(2) {
        if let [name, value] = pair {
            list.push_str(&format!("option {} {}\n", name.trim_start_matches('-'), quoted(value)));
        }
    }
    list
}

/// As ffmpeg takes any text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Passes over pictures that come too soon (with a quarter of slack, as streams are not that punctual), and scales where a
/// size was asked for.
fn filter(config: &config::Camera) -> String {
    let period = 0.75 / config.fps;
    // A stream whose time was set back goes on.
    let mut filter = format!("select='isnan(prev_selected_t)+lt(t,prev_selected_t)+gte(t-prev_selected_t,{period})'");
    if let Some((width, height)) = config.asked_size() {
        // -2: as the other one, in proportion, and even.
        let side = |side: Option<u32>| side.map_or(-2, i64::from);
        filter.push_str(&format!(",scale={}:{}", side(width), side(height)));
    }
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_size_is_noticed_and_errors_are_kept() {
        let resized = Arc::new(AtomicBool::new(false));
        let hear = listen(Arc::clone(&resized));
        let graph = |size: &str| {
            format!("[graph 0 input from stream 0:0 @ 0x55] [verbose] {size} pixfmt:yuv420p tb:1/9 fr:10/1")
        };
        assert!(!hear(&graph("w:320 h:240")) && !hear("[x] [verbose] w:1 h:2 pixfmt:a"));
        assert!(!hear(&graph("w:320 h:240")));
        assert!(hear("[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized"));
        assert!(!resized.load(Ordering::Relaxed));
        hear(&graph("w:640 h:240"));
        assert!(resized.load(Ordering::Relaxed));
    }

    #[test]
    fn addresses_are_quoted_for_lists() {
        let address: Address = "rtsp://a:it's@cam/1".parse().unwrap();
        let list = list(&address, &["-rtsp_transport".into(), "udp".into()]);
        assert_eq!(list, "ffconcat version 1.0\nfile 'rtsp://a:it'\\''s@cam/1'\noption rtsp_transport 'udp'\n");
    }

    #[test]
    fn a_size_is_asked_for_only_where_it_was_set() {
        let filter = |width, height| filter(&config::Camera { width, height, fps: 10.0, ..Default::default() });
        assert!(!filter(0, 0).contains("scale"));
        assert!(filter(640, 0).ends_with(",scale=640:-2") && filter(640, 480).ends_with(",scale=640:480"));
    }
}
