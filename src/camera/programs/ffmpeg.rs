//! How ffmpeg is asked for an address or a film: for JPEGs at `camera.fps`, at most, one after another.

use super::pipe::{About, Pipe};
use super::said::Said;
use super::version::Version;
use super::words;
use crate::camera::source::SourceError;
use crate::camera::thinning::Thinning;
use crate::children::{Child, Launcher, Program};
use crate::config::{self, Address, CameraSource};
use crate::picture::Bounds;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
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

/// Starts ffmpeg for an input that is there.
#[derive(Clone)]
pub struct Player {
    pub launcher: Launcher,
    pub stop: CancellationToken,
    pub input: Input,
    pub config: config::Camera,
    pub version: Version,
}

impl Player {
    /// `from`: where in a film it begins; from its start it plays over and over. `fit`: the size that all pictures get,
    /// with bars where they are of another shape.
    pub fn start(&self, from: Duration, fit: Option<(u32, u32)>) -> Result<Pipe, SourceError> {
        let said = Arc::new(if fit.is_some() { Said::fitted() } else { Said::default() });
        let heard = Arc::clone(&said);
        let program = program(self.version, &self.input, &self.config, (from, fit));
        let child = Child::start_heard(&self.launcher, &program, move |line| heard.hear(line))
            .map_err(|error| SourceError::of(format!("ffmpeg can't be started: {error}"), error))?;
        let about = About {
            told: self.input.told(),
            name: "ffmpeg",
            fps: self.config.fps,
            // It thins out by the stream's own clock: what comes late and in a hurry is passed on.
            thinning: Thinning::new(2.0 * self.config.fps),
            said,
            stop: self.stop.clone(),
            why: words::why,
        };
        Ok(Pipe::new(child, about))
    }
}

fn program(
    version: Version,
    input: &Input,
    config: &config::Camera,
    (from, fit): (Duration, Option<(u32, u32)>),
) -> Program {
    let most = Bounds::default().max_pixels.to_string();
    let mut program = Program::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-loglevel", "repeat+level+verbose"])
        // More decode later pictures before earlier ones are out.
        .args(["-threads", "2"]);
    let mut opening = Vec::new();
    match input {
        Input::Film(path) => {
            let mut film = std::ffi::OsString::from("file:");
            film.push(path);
            program = program.args(&config.ffmpeg_args).args(["-re", "-max_pixels", &most]);
            program = match from.is_zero() {
                true => program.args(["-stream_loop", "-1"]),
                false => program.args(["-noaccurate_seek", "-ss", &format!("{:.3}", from.as_secs_f64())]),
            };
            program = program.args(["-protocol_whitelist", FILES, "-i"]).arg(film);
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
            program = program.args(["-max_pixels", &most, "-protocol_whitelist", PROTOCOLS]);
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
    program.args(["-map", "0:v:0", "-vf", &filter(config, fit)]).args(pace).args([
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
fn filter(config: &config::Camera, fit: Option<(u32, u32)>) -> String {
    let period = 0.75 / config.fps;
    // A stream whose time was set back goes on.
    let mut filter = format!("select='isnan(prev_selected_t)+lt(t,prev_selected_t)+gte(t-prev_selected_t,{period})'");
    if let Some((width, height)) = fit {
        let within = format!("scale={width}:{height}:force_original_aspect_ratio=decrease");
        filter.push_str(&format!(",{within},pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"));
    }
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
    fn addresses_are_quoted_for_lists() {
        let address: Address = "rtsp://a:it's@cam/1".parse().unwrap();
        let list = list(&address, &["-rtsp_transport".into(), "udp".into()]);
        assert_eq!(list, "ffconcat version 1.0\nfile 'rtsp://a:it'\\''s@cam/1'\noption rtsp_transport 'udp'\n");
    }

    #[test]
    fn a_size_is_asked_for_only_where_it_was_set() {
        let filter = |width, height| filter(&config::Camera { width, height, fps: 10.0, ..Default::default() }, None);
        assert!(!filter(0, 0).contains("scale"));
        assert!(filter(640, 0).ends_with(",scale=640:-2") && filter(640, 480).ends_with(",scale=640:480"));
    }
}
