//! ffmpeg and ffprobe, as they are called: within limits, and with nothing to open but one film.

use super::every::Every;
use super::told::FilmError;
use crate::children::{Child, Ended, Launcher, Program};
use crate::domain::limits;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// What holds a film. Nothing that names other files or addresses (playlists, lists of parts, descriptions of sessions).
const CONTAINERS: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,ivf,h264,hevc,mjpeg,dv";
/// Streams in one film; more of them and it is given up.
const STREAMS: &str = "100";
/// Address space. What two threads take of it that they do not use is some hundred megabytes.
const MEMORY: u64 = 2_000_000_000;
/// Seconds of a processor to say what a film is.
const LOOK: Duration = Duration::from_secs(20);
const SIGXCPU: i32 = 24;

/// Limits on decoding a film.
pub struct Decoding {
    /// Time of a processor, all in all.
    processor: Duration,
    /// So long nothing may come of it.
    pub silent: Duration,
}

impl Decoding {
    /// Of a film of so many seconds, as far as it says.
    pub fn of(seconds: Option<f64>, every: Every) -> Self {
        // A slow device takes ten seconds for one of a large film.
        let most = limits::FILM_FRAMES as f64 * every.seconds();
        let seconds = seconds.unwrap_or(most).min(most);
        let processor = Duration::from_secs_f64((60.0 + 20.0 * seconds).min(1e6));
        let silent = Duration::from_secs_f64(30.0 + 20.0 * every.seconds());
        Self { processor, silent }
    }
}

/// Says what a film is, as JSON.
pub fn prober(film: &File) -> Program {
    let program = Program::new("ffprobe").args(["-v", "error", "-threads", "1"]);
    let shown = "stream=width,height,duration:stream_tags=DURATION:\
                 format=duration,start_time,format_name:format_tags=creation_time";
    opening(program, film)
        .args(["-select_streams", "V:0", "-show_entries", shown, "-of", "json"])
        .memory(MEMORY)
        .processor(LOOK)
        .nice(5)
}

/// Writes its pictures as JPEGs one after another, upright, each as it is at its time.
pub fn decoder(film: &File, every: Every, limits: &Decoding) -> Program {
    let program = Program::new("ffmpeg").args(["-nostdin", "-hide_banner", "-v", "error", "-threads", "2"]);
    // `up`: of all pictures the last that has come by then.
    // Pixels that are not square are shrunk to be: so no picture is larger than the film says.
    let square = "scale=w='max(1,iw*min(1,sar))':h='max(1,ih/max(1,sar))',setsar=1";
    let rate = format!("fps=fps=1000000/{}:round=up,{square}", every.micros());
    opening(program, film)
        .args(["-map", "0:V:0", "-an", "-sn", "-dn", "-vf", &rate])
        .args(["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2", "-threads", "1", "-f", "mjpeg", "pipe:1"])
        .memory(MEMORY)
        .processor(limits.processor)
        .nice(10)
}

/// The film is ours already, open, and may have no name: it is opened as what this process holds.
fn opening(program: Program, film: &File) -> Program {
    let path = format!("file:/proc/{}/fd/{}", std::process::id(), film.as_raw_fd());
    program
        .args(["-protocol_whitelist", "file", "-format_whitelist", CONTAINERS])
        .args(["-max_streams", STREAMS, "-max_pixels", &limits::FILM_PIXELS.to_string()])
        .args(["-i", &path])
}

/// Whether films can be read here. Error: what is not there, and how it comes.
pub fn check() -> Result<(), FilmError> {
    let there = ["ffprobe", "ffmpeg"].iter().all(|name| Program::new(name).find().is_some());
    if there { Ok(()) } else { Err(missing()) }
}

/// Starts one of them. Error: it is not there.
pub fn start(launcher: &Launcher, program: &Program) -> Result<Child, FilmError> {
    Child::start(launcher, program).map_err(|error| match error.kind() {
        ErrorKind::NotFound => missing(),
        _ => error.into(),
    })
}

fn missing() -> FilmError {
    FilmError::NoProgram(
        "films are read by ffmpeg, which is not installed here: `apt-get install ffmpeg` (or your system's package)"
            .into(),
    )
}

/// Why a film can't be read, in words.
pub fn refusal(ended: &Ended) -> String {
    if let Some(why) = by_limit(ended) {
        return why;
    }
    let last = ended.words.iter().map(|line| plain(line)).collect::<Vec<_>>().join("; ");
    let has = |text: &str| last.contains(text);
    if has("not on whitelist") {
        return "it is no film, or in a container that is not read: playlists and lists of parts are not; bring the film \
                itself, as MP4 or MKV"
            .into();
    }
    if has("moov atom not found") {
        return "it is cut short: the part that says how to read it (`moov`) is missing; send the whole file again"
            .into();
    }
    if has("Invalid data found") || last.is_empty() {
        return "it is no film that ffmpeg can read, or damaged".into();
    }
    format!("ffmpeg can't read it: {}", crate::domain::limits::short(last, 300))
}

/// The size of pictures that were too large to be looked at.
pub fn refused_size(ended: &Ended) -> Option<String> {
    let size = ended.words.iter().find_map(|line| line.split_once("Picture size ")?.1.split_once(" is invalid"));
    size.map(|(size, _)| size.replace('x', " × "))
}

fn by_limit(ended: &Ended) -> Option<String> {
    let signal = ended.status.and_then(|status| status.signal());
    if signal == Some(SIGXCPU) {
        return Some("it takes more time of the processor than a film of its length can: it is damaged".into());
    }
    let has = |text: &str| ended.words.iter().any(|line| line.contains(text));
    // ffmpeg then also says that it has no memory.
    if has("max_streams") {
        return Some(format!("it has more than {STREAMS} streams, and a film has two or three: it is damaged"));
    }
    has("Cannot allocate memory")
        .then(|| "it needs more memory than a film may: it is damaged, or its pictures are too large".into())
}

/// What it said last, if it said anything.
pub fn said(ended: &Ended) -> Option<String> {
    by_limit(ended).or_else(|| ended.words.last().map(|line| format!("ffmpeg says: {}", plain(line))))
}

/// A line without the part that says which part of ffmpeg says it, and where in memory that lies.
fn plain(line: &str) -> String {
    let mut line = line;
    while let Some((who, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] "))
        && who.contains(" @ ")
    {
        line = rest;
    }
    match line.split_once(": ") {
        Some((path, rest)) if path.starts_with("file:/proc/") => rest.to_owned(),
        _ => line.to_owned(),
    }
}
