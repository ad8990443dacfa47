//! Films into the store: a clip of frames, one each so many seconds.
//!
//! A film is somebody else's file in one of a hundred codecs: it is looked at and decoded by ffmpeg in processes of their own,
//! within limits on memory, time and pixels ([`ffmpeg`]), which may open nothing but that one file. What comes out of
//! them is checked like any picture, and stored like an upload. The way of a film: [`facts`] says what it is, and refuses
//! what can't be taken in before anything is stored; [`take_in`] stores.

mod every;
mod facts;
mod ffmpeg;
mod keep;
pub mod recorded;
mod told;

pub use every::Every;
pub use facts::{Facts, look};
pub use ffmpeg::check;
pub use keep::{Keep, Settle};
pub use told::{FilmError, FilmReport};

use super::going::Going;
use crate::children::{Child, Launcher};
use crate::domain::{ClipId, ClipPlace, FrameSource, NewFrame, limits};
use crate::picture::{self, Bounds, JpegStream, Likeness};
use crate::turns::Turns;
use ffmpeg::Decoding;
use jiff::{SignedDuration, Timestamp};
use std::fs::File;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// How often it is asked whether to go on while nothing comes.
const ASK_EVERY: Duration = Duration::from_millis(300);
/// Bytes of one picture that comes from ffmpeg.
const PICTURE: usize = 32 << 20;
/// Damaged pictures in a row that end it.
const DAMAGED: u64 = 30;

/// A film that was looked at.
pub struct Film<'a> {
    pub file: &'a File,
    pub facts: &'a Facts,
    pub name: Option<String>,
    pub every: Every,
    pub source: FrameSource,
    pub clip: ClipId,
}

/// What it goes through on its way.
pub struct Way<'a> {
    pub launcher: &'a Launcher,
    /// At decoding pictures.
    pub turns: &'a Turns,
    /// Stores a frame; answers how many older ones were dropped for it.
    pub keep: &'a mut Keep<'a>,
    pub settle: &'a mut Settle<'a>,
    /// Hears how much was done so far.
    pub tell: &'a mut dyn FnMut(&FilmReport),
    /// Hears how many milliseconds of how many are done, and says whether to go on.
    pub going: &'a mut Going<'a>,
}

/// Stores the frames of a film. What is told to be stored survives a power cut. Error: what of it was stored stays, and is
/// told.
pub fn take_in(film: &Film, mut way: Way) -> Result<FilmReport, FilmError> {
    let mut report = FilmReport::of(film.clip, film.name.clone(), film.every, film.facts.seconds);
    let taken = frames(film, &mut way, &mut report);
    match taken.and((way.settle)().map_err(FilmError::from)) {
        Ok(()) => Ok(report),
        Err(error) => Err(error.after(&report)),
    }
}

fn frames(film: &Film, way: &mut Way, report: &mut FilmReport) -> Result<(), FilmError> {
    let mut pictures = Pictures::start(film, way.launcher)?;
    let (mut last, mut damaged, mut slot) = (None::<Likeness>, 0, 0);
    let begun = film.facts.begun.unwrap_or_else(|| before_now(film.facts.seconds));
    while let Some(jpeg) = pictures.next(way, report)? {
        let at = film.every.times(slot);
        slot += 1;
        if slot > limits::FILM_FRAMES {
            report.notes.push(format!(
                "it goes on for longer than {} frames, which are as many as are taken: give a greater `every`",
                limits::FILM_FRAMES
            ));
            break;
        }
        report.seconds = at;
        let kept = {
            let _turn = way.turns.wait();
            kept(&jpeg, last.as_ref())
        };
        match kept {
            Kept::NearCopy => report.near_copies += 1,
            Kept::Damaged(why) => {
                report.damaged += 1;
                damaged += 1;
                if damaged == DAMAGED {
                    return Err(FilmError::Refused(format!("what comes of it is no picture: {why}")));
                }
                continue;
            }
            Kept::Picture { jpeg, size, likeness } => {
                let taken = SignedDuration::try_from_secs_f64(at).ok().and_then(|at| begun.checked_add(at).ok());
                let frame = NewFrame {
                    jpeg,
                    taken: taken.unwrap_or(begun),
                    width: size.0,
                    height: size.1,
                    source: film.source,
                    camera: None,
                    name: film.name.clone(),
                    clip: Some(ClipPlace { id: film.clip, at }),
                    kept: None,
                    truth: None,
                };
                report.dropped += (way.keep)(&frame)?.1;
                report.frames += 1;
                last = Some(likeness);
            }
        }
        damaged = 0;
        (way.tell)(report);
    }
    pictures.end(report, slot > limits::FILM_FRAMES)
}

/// When a film began that ended now.
fn before_now(seconds: Option<f64>) -> Timestamp {
    let now = Timestamp::now();
    let long = seconds.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok()).unwrap_or_default();
    now.checked_sub(long).unwrap_or(now)
}

/// What is to become of a picture.
enum Kept {
    Picture { jpeg: bytes::Bytes, size: (u32, u32), likeness: Likeness },
    NearCopy,
    Damaged(String),
}

/// Decodes it once, as everything that is stored.
fn kept(jpeg: &[u8], last: Option<&Likeness>) -> Kept {
    let bounds = Bounds::default();
    let whole = picture::camera_jpeg(jpeg, bounds);
    let decoded = whole.and_then(|(jpeg, ..)| picture::decode(&jpeg, bounds).map(|image| (jpeg, image)));
    match decoded {
        Ok((jpeg, image)) => {
            let likeness = Likeness::of(&image);
            match last.is_some_and(|last| last.is_near(&likeness)) {
                true => Kept::NearCopy,
                false => Kept::Picture { jpeg, size: image.dimensions(), likeness },
            }
        }
        Err(error) => Kept::Damaged(error.to_string()),
    }
}

/// The pictures that ffmpeg makes of a film.
struct Pictures<'a> {
    film: &'a Film<'a>,
    child: Child,
    stream: JpegStream,
    piece: Vec<u8>,
    limits: Decoding,
}

impl<'a> Pictures<'a> {
    fn start(film: &'a Film<'a>, launcher: &Launcher) -> Result<Self, FilmError> {
        let limits = Decoding::of(film.facts.seconds, film.every);
        let child = ffmpeg::start(launcher, &ffmpeg::decoder(film.file, film.every, &limits))?;
        let stream = JpegStream::new(PICTURE);
        Ok(Self { film, child, stream, piece: vec![0; 256 << 10], limits })
    }

    /// The next one, as long as the film goes on.
    fn next(&mut self, way: &mut Way, report: &FilmReport) -> Result<Option<Vec<u8>>, FilmError> {
        let silent_from = Instant::now();
        loop {
            if let Some(picture) = self.stream.picture() {
                return Ok(Some(picture));
            }
            let of = self.film.facts.seconds.unwrap_or(0.0).max(report.seconds);
            if (way.going)((report.seconds * 1e3) as u64, (of * 1e3) as u64).is_break() {
                return Err(FilmError::Stopped);
            }
            match self.child.read(&mut self.piece, Instant::now() + ASK_EVERY) {
                Ok(0) => return Ok(None),
                Ok(read) => self.stream.push(&self.piece[..read]),
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    if silent_from.elapsed() > self.limits.silent {
                        let seconds = self.limits.silent.as_secs();
                        let text = format!(
                            "nothing came of it for {seconds} seconds; it is damaged, or too much for this device"
                        );
                        return Err(FilmError::Refused(text));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What ffmpeg says of it at the end. `cut`: it was not heard to its end.
    fn end(self, report: &mut FilmReport, cut: bool) -> Result<(), FilmError> {
        // Its output is over, and so will it be.
        if !cut {
            self.child.wait(Duration::from_secs(2));
        }
        let ended = self.child.finish();
        if cut {
            return Ok(());
        }
        if let Some(by) = ended.by_others() {
            return Err(FilmError::Ended(by));
        }
        let good = ended.status.is_some_and(|status| status.success());
        let said = ffmpeg::said(&ended);
        if report.frames == 0 {
            let none = "no picture of it can be read";
            return Err(FilmError::Refused(said.map_or_else(|| none.to_owned(), |said| format!("{none}: {said}"))));
        }
        match said {
            Some(said) if good => report.notes.push(format!("parts of it are damaged: {said}")),
            Some(said) => report.notes.push(format!("it could not be read to its end: {said}")),
            None if good => {}
            None => report.notes.push(format!("it could not be read to its end: {ended}")),
        }
        let read = report.seconds + self.film.every.seconds();
        if let Some(of) = self.film.facts.seconds.filter(|of| of - read > self.film.every.seconds().max(1.0)) {
            report.notes.push(format!("it ends after {read:.1} of {of:.1} seconds: it is damaged, or cut short"));
        }
        Ok(())
    }
}
