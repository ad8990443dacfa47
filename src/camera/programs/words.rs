//! What ffmpeg says at its end, in the words of a person. It has no numbers for what went wrong, only lines.

use super::pipe::{About, last};
use crate::camera::source::SourceError;
use crate::children::Ended;
use crate::domain::CameraTrouble;

/// What a line of it has, what that means, and what to do.
const KNOWN: [(&str, CameraTrouble, &str); 17] = [
    ("401 Unauthorized", CameraTrouble::Denied, DENIED),
    ("403 Forbidden", CameraTrouble::Denied, DENIED),
    ("404 Not Found", CameraTrouble::Missing, NO_STREAM),
    ("454 Session Not Found", CameraTrouble::Missing, NO_STREAM),
    ("Server returned 5XX", CameraTrouble::Failed, "the camera failed; switch it off and on if it stays so"),
    ("503 Service Unavailable", CameraTrouble::Busy, "the camera has no room for another viewer; close others"),
    ("453 Not Enough Bandwidth", CameraTrouble::Busy, "the camera has no room for another viewer; close others"),
    ("matches no streams", CameraTrouble::Unsuitable, NO_VIDEO),
    ("does not contain any stream", CameraTrouble::Unsuitable, NO_VIDEO),
    ("Invalid data found", CameraTrouble::Unsuitable, "that is no stream and no film that ffmpeg can read"),
    ("Failed to resolve hostname", CameraTrouble::Unreachable, "there is no such host; mend camera.source"),
    ("Connection refused", CameraTrouble::Unreachable, "nobody answers there"),
    ("No route to host", CameraTrouble::Unreachable, "nobody answers there; look at the network"),
    ("Connection timed out", CameraTrouble::Unreachable, "nobody answers there; look at the network"),
    ("Unrecognized option", CameraTrouble::Failed, OPTIONS),
    ("Option not found", CameraTrouble::Failed, OPTIONS),
    ("Unknown decoder", CameraTrouble::Failed, OPTIONS),
];
const DENIED: &str = "user or password are wrong; set camera.source to SCHEME://USER:PASSWORD@HOST/…";
/// Behind an address of the web that gives no video.
const PAGE: &str =
    "; if it is the camera's page, look there or in its manual for the address of its stream, often rtsp://…";
const NO_STREAM: &str = "the camera has no stream of this name; its manual, or its own page, says which it has";
const NO_VIDEO: &str = "there is no video in it";
const OPTIONS: &str = "ffmpeg does not know something of camera.ffmpeg_args";

/// Why it ended.
pub fn why(about: &About, ended: Ended, given: bool) -> SourceError {
    if let Some(by) = ended.by_others() {
        return SourceError::new(
            CameraTrouble::Ended,
            format!("{}: ffmpeg was ended {by}; it is started anew", about.told),
        );
    }
    let last = last(&ended.words);
    let known = KNOWN.iter().find(|(part, ..)| ended.words.iter().any(|line| line.contains(part)));
    let (trouble, text) = match known {
        Some((_, trouble, text)) if !given => (*trouble, (*text).to_owned()),
        _ if given => (CameraTrouble::Ended, "the stream ended; it is opened anew".to_owned()),
        _ => (CameraTrouble::Failed, format!("ffmpeg gave no picture: {ended}")),
    };
    let scheme = about.told.split_once("://").map_or("rtsp", |(scheme, _)| scheme);
    let text = text.replace("SCHEME", scheme);
    let page = if trouble == CameraTrouble::Unsuitable && scheme.starts_with("http") { PAGE } else { "" };
    SourceError::new(trouble, format!("{}: {text}{page}{last}", about.told))
}
