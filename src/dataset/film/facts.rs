//! What a film is, told by ffprobe within seconds, and whether it can be taken in.

use super::every::Every;
use super::ffmpeg;
use super::told::FilmError;
use crate::children::Launcher;
use crate::domain::limits;
use crate::picture::Unread;
use jiff::Timestamp;
use serde::Deserialize;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// ffprobe says what it has to say within this.
const WITHIN: Duration = Duration::from_secs(20);
/// Bytes of what it says.
const MOST: usize = 1 << 20;

/// What a film says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub width: u32,
    pub height: u32,
    /// How long its pictures go on; some do not say, and some say it of picture and sound together.
    pub seconds: Option<f64>,
    /// When it was taken; most do not say.
    pub begun: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Option<Format>,
}

#[derive(Deserialize)]
struct Stream {
    width: Option<u32>,
    height: Option<u32>,
    duration: Option<String>,
    #[serde(default)]
    tags: StreamTags,
}

#[derive(Default, Deserialize)]
struct StreamTags {
    /// Matroska: when the stream ends, as `00:01:02.500`.
    #[serde(rename = "DURATION")]
    ends: Option<String>,
}

#[derive(Deserialize)]
struct Format {
    duration: Option<String>,
    start_time: Option<String>,
    #[serde(default)]
    format_name: String,
    #[serde(default)]
    tags: Tags,
}

#[derive(Default, Deserialize)]
struct Tags {
    creation_time: Option<String>,
}

/// Looks at a film. Error: it is none, or one that is not taken in, in words.
pub fn look(file: &File, every: Every, launcher: &Launcher) -> Result<Facts, FilmError> {
    if !file.metadata()?.is_file() {
        return Err(FilmError::Refused("it is no file".into()));
    }
    foreign(file)?;
    let mut child = ffmpeg::start(launcher, &ffmpeg::prober(file))?;
    let (mut json, mut piece, until) = (Vec::new(), vec![0; 64 << 10], Instant::now() + WITHIN);
    loop {
        match child.read(&mut piece, until) {
            Ok(0) => break,
            Ok(read) if json.len() + read <= MOST => json.extend_from_slice(&piece[..read]),
            Ok(_) => return Err(FilmError::Refused("it says more of itself than a film can have to say".into())),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                let text = format!("what it is can't be told within {} seconds; it is damaged", WITHIN.as_secs());
                return Err(FilmError::Refused(text));
            }
            Err(error) => return Err(error.into()),
        }
    }
    child.wait(Duration::from_secs(2));
    let ended = child.finish();
    let good = ended.status.is_some_and(|status| status.success());
    if let Some(by) = ended.by_others() {
        return Err(FilmError::Ended(by));
    }
    // Larger ones are not decoded even to look at them, and so are told without a size.
    if let Some(size) = ffmpeg::refused_size(&ended) {
        return Err(too_large(&size));
    }
    match serde_json::from_slice::<Said>(&json) {
        Ok(said) if good => facts(said, every),
        _ => Err(FilmError::Refused(ffmpeg::refusal(&ended))),
    }
}

fn facts(said: Said, every: Every) -> Result<Facts, FilmError> {
    let Some(Stream { width: Some(width), height: Some(height), duration, tags: stream }) =
        said.streams.into_iter().next()
    else {
        return Err(FilmError::Refused("there are no moving pictures in it that can be read".into()));
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(FilmError::Refused(
            "its pictures have no size: it is damaged, or in a codec that is not read".into(),
        ));
    }
    if pixels > limits::FILM_PIXELS {
        return Err(too_large(&format!("{width} × {height}")));
    }
    let number = |text: Option<String>| text.and_then(|text| text.parse::<f64>().ok()).filter(|s| *s > 0.0);
    let (whole, tags) = said.format.map_or_else(Default::default, |format| {
        // Matroska says when it ends, which is later than it is long where it does not begin at 0.
        let begins = number(format.start_time).filter(|_| format.format_name.contains("matroska")).unwrap_or(0.0);
        let pictures = stream.ends.and_then(|ends| of_clock(&ends));
        (pictures.or(number(format.duration)).map(|ends| ends - begins), format.tags)
    });
    // The sound may go on for longer than the pictures.
    let seconds = number(duration).or(whole).filter(|seconds| seconds.is_finite() && *seconds > 0.0);
    if let Some(seconds) = seconds
        && seconds / every.seconds() > limits::FILM_FRAMES as f64
    {
        return Err(FilmError::TooLarge(format!(
            "it says that it is {seconds:.0} seconds long, which are more than {} frames, one each {every}: cut it into \
             parts, or give an `every` of {:.0}s or more",
            limits::FILM_FRAMES,
            (seconds / limits::FILM_FRAMES as f64).ceil()
        )));
    }
    let begun = tags.creation_time.and_then(|time| time.parse::<Timestamp>().ok()).filter(believable);
    Ok(Facts { width, height, seconds, begun })
}

/// Seconds of `00:01:02.500`.
fn of_clock(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    for part in text.trim().split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok().filter(|part| *part >= 0.0)?;
    }
    Some(seconds).filter(|seconds| *seconds > 0.0)
}

fn too_large(size: &str) -> FilmError {
    FilmError::TooLarge(format!(
        "its pictures have {size} pixels, and {:.1} megapixels are allowed: make it smaller \
         (ffmpeg -i FILM -vf scale=1920:-2 SMALLER.mp4)",
        limits::FILM_PIXELS as f64 / 1e6
    ))
}

/// Cameras without a clock say 1904 or 1970.
fn believable(time: &Timestamp) -> bool {
    *time > Timestamp::from_second(946_684_800).unwrap_or(Timestamp::UNIX_EPOCH) && *time <= Timestamp::now()
}

/// What is told apart by its first bytes, so that the words fit.
fn foreign(file: &File) -> Result<(), FilmError> {
    let mut head = [0; 16];
    let read = file.read_at(&mut head, 0)?;
    let head = &head[..read];
    let told = [
        (&b"PK\x03\x04"[..], "a ZIP: data sets come in by `POST /dataset`, or `fieldcoach import PATH`"),
        (b"PK\x05\x06", "an empty ZIP"),
        (b"\x1f\x8b", "packed (gzip): unpack it"),
        (b"#EXTM3U", "a playlist, which only names films: bring the film itself"),
        (b"ffconcat", "a playlist, which only names films: bring the film itself"),
        (b"\xff\xd8\xff", "a picture: pictures come in by `POST /frames`, or `fieldcoach import PATH`"),
        (b"\x89PNG", "a picture: pictures come in by `POST /frames`, or `fieldcoach import PATH`"),
    ];
    // Pictures one after another are a film of a kind.
    let several = head.starts_with(b"\xff\xd8\xff") && is_stream(file)?;
    match told.iter().find(|(start, _)| head.starts_with(start)).filter(|_| !several) {
        Some((_, what)) => Err(FilmError::Refused(format!("it is no film but {what}"))),
        None if head.is_empty() => Err(FilmError::Refused("it is empty".into())),
        None if !several => match Unread::holder(head) {
            Some(Unread { what, todo, .. }) => Err(FilmError::Refused(format!("it is no film but {what}; {todo}"))),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// Whether a second JPEG follows the first, within the first megabytes.
fn is_stream(file: &File) -> std::io::Result<bool> {
    let (mut stream, mut bytes) = (crate::picture::JpegStream::new(4 << 20), vec![0; 8 << 20]);
    let read = file.read_at(&mut bytes, 0)?;
    stream.push(&bytes[..read]);
    Ok(stream.picture().is_some() && stream.picture().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(json: serde_json::Value) -> Option<f64> {
        let said: Said = serde_json::from_value(json).unwrap();
        facts(said, Every::default()).unwrap().seconds
    }

    #[test]
    fn a_film_is_as_long_as_its_pictures() {
        let stream = |more: serde_json::Value| {
            let mut stream = serde_json::json!({"width": 320, "height": 240});
            stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            stream
        };
        let whole = |stream, name: &str, start: &str| {
            let format = serde_json::json!({"duration": "20.0", "format_name": name, "start_time": start});
            seconds(serde_json::json!({"streams": [stream], "format": format}))
        };
        let none = serde_json::json!({});
        assert_eq!(whole(stream(serde_json::json!({"duration": "5.0"})), "mov,mp4", "0.0"), Some(5.0));
        let tagged = serde_json::json!({"tags": {"DURATION": "00:01:05.500000000"}});
        assert_eq!(whole(stream(tagged.clone()), "matroska,webm", "0.5"), Some(65.0));
        assert_eq!(whole(stream(none.clone()), "matroska,webm", "12.5"), Some(7.5));
        assert_eq!(whole(stream(serde_json::json!({"tags": {"DURATION": "soon"}})), "matroska", "0.0"), Some(20.0));
        assert_eq!(whole(stream(serde_json::json!({"duration": "N/A"})), "flv", "0.0"), Some(20.0));
        assert_eq!(seconds(serde_json::json!({"streams": [stream(none)]})), None);
    }
}
