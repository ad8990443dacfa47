//! JPEGs out of a pipe, as a source.

use super::said::Said;
use crate::camera::source::{Source, SourceError};
use crate::camera::thinning::{Grab, Jpeg, MOST_DAMAGED, Thinning};
use crate::children::{Child, Ended};
use crate::domain::{CameraTrouble, FrameSource, NewFrame};
use crate::picture::{self, Bounds, JpegStream};
use jiff::Timestamp;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A program opens its camera, and a stream comes to a picture that stands alone, within this: some send one in ten seconds.
const FIRST_WITHIN: Duration = Duration::from_secs(20);
/// The pause between two pictures, beyond what the frame rate allows, after which the program hangs.
const NEXT_WITHIN: Duration = Duration::from_secs(5);
/// One that has closed its output ends within this.
const END_WITHIN: Duration = Duration::from_secs(1);
/// So many bytes without a picture among them, and there will be none.
const MOST_JUNK: u64 = 4 << 20;
/// How often it is looked whether anybody waits for pictures.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const PIECE: usize = 1 << 16;

/// What a source has to say of its program.
pub struct About {
    /// What it is, as it may be told.
    pub told: String,
    /// How the program is called in words.
    pub name: &'static str,
    pub fps: f32,
    pub thinning: Thinning,
    /// What it says of its pictures.
    pub said: Arc<Said>,
    /// Nobody waits for pictures any more.
    pub stop: CancellationToken,
    /// Why it ended, having given pictures or not.
    pub why: fn(&About, Ended, bool) -> SourceError,
}

/// A running program that writes JPEGs.
pub struct Pipe {
    /// `None` once it has ended.
    child: Option<Child>,
    jpegs: JpegStream,
    piece: Vec<u8>,
    about: About,
    /// When the last picture came, whether it was wanted or not.
    heard: Instant,
    given: bool,
    junk: u64,
    damaged: u64,
}

impl Pipe {
    pub fn new(child: Child, about: About) -> Self {
        Self {
            child: Some(child),
            jpegs: JpegStream::new(Bounds::default().max_bytes),
            piece: vec![0; PIECE],
            about,
            heard: Instant::now(),
            given: false,
            junk: 0,
            damaged: 0,
        }
    }

    /// The size of its first pictures, as the program says it.
    pub fn first_size(&self) -> Option<(u32, u32)> {
        self.about.said.first_size()
    }

    fn patience(&self) -> Duration {
        let frames = Duration::try_from_secs_f32(3.0 / self.about.fps).unwrap_or_default();
        frames + if self.given { NEXT_WITHIN } else { FIRST_WITHIN }
    }

    /// The next picture, if all of it has come and it is wanted.
    fn picture(&mut self, damaged: &mut u32) -> Option<Jpeg> {
        while let Some(bytes) = self.jpegs.picture() {
            (self.heard, self.junk) = (Instant::now(), 0);
            let read = || {
                let (bytes, width, height) = picture::camera_jpeg(&bytes, Bounds::default()).ok()?;
                Some(Jpeg { bytes, width, height })
            };
            match self.about.thinning.grab(self.heard, read) {
                Grab::Frame(jpeg) => return Some(jpeg),
                Grab::Skipped => {}
                Grab::Damaged => {
                    self.damaged += 1;
                    *damaged += 1;
                }
            }
        }
        None
    }

    /// Reads on.
    fn read(&mut self) -> Result<(), SourceError> {
        let patience = self.patience();
        if self.about.stop.is_cancelled() {
            return Err(SourceError::new(CameraTrouble::Ended, format!("{} was stopped", self.about.name)));
        }
        let deadline = (self.heard + patience).min(Instant::now() + LOOK_EVERY);
        let failed = |what: String, trouble| Err(SourceError::new(trouble, what));
        let Some(child) = &mut self.child else {
            return failed(format!("{} has ended", self.about.name), CameraTrouble::Ended);
        };
        match child.read(&mut self.piece, deadline) {
            Ok(0) => {
                child.wait(END_WITHIN);
                let ended = self.child.take().map(Child::finish);
                Err(ended.map_or_else(
                    || SourceError::new(CameraTrouble::Ended, "it has ended"),
                    |ended| (self.about.why)(&self.about, ended, self.given),
                ))
            }
            Ok(read) => {
                self.jpegs.push(&self.piece[..read]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::TimedOut && self.heard.elapsed() < patience => Ok(()),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                let (name, told, seconds) = (self.about.name, &self.about.told, patience.as_secs());
                let last = last(&child.words());
                failed(
                    format!("{told}: {name} gave no picture for {seconds} s; it is started anew{last}"),
                    CameraTrouble::Stalled,
                )
            }
            Err(error) => Err(SourceError::of(format!("{} can't be read: {error}", self.about.name), error)),
        }
    }
}

/// The last line of a program, where there is one, to be put behind a text.
pub fn last(words: &[String]) -> String {
    words.last().map_or_else(String::new, |line| format!(" ({line})"))
}

impl Source for Pipe {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        let mut damaged = 0;
        loop {
            let picture = self.picture(&mut damaged);
            self.damaged += self.jpegs.broken();
            if self.about.said.is_resized() {
                let text = format!("{} went over to another size; it is opened anew", self.about.told);
                return Err(SourceError::new(CameraTrouble::FormatChanged, text));
            }
            if let Some(size) = self.about.said.too_large().filter(|_| !self.given) {
                let most = Bounds::default().max_pixels / 1_000_000;
                let text = format!(
                    "{}: its pictures have {size} pixels, and {most} megapixels are the most that is read; make them smaller",
                    self.about.told
                );
                return Err(SourceError::new(CameraTrouble::Unsuitable, text));
            }
            if let Some(Jpeg { bytes, width, height }) = picture {
                self.given = true;
                return Ok(NewFrame {
                    clip: None,
                    kept: None,
                    jpeg: bytes,
                    taken: Timestamp::now(),
                    width,
                    height,
                    source: FrameSource::Camera,
                    camera: None,
                    name: None,
                    truth: None,
                });
            }
            self.junk += self.jpegs.junk();
            if damaged >= MOST_DAMAGED {
                let text = format!("{} sends only damaged pictures", self.about.told);
                return Err(SourceError::new(CameraTrouble::Damaged, text));
            }
            if self.junk > MOST_JUNK {
                let text = format!(
                    "what {} writes is no JPEG: it has to write whole JPEGs one after another to standard output",
                    self.about.name
                );
                return Err(SourceError::new(CameraTrouble::Unsuitable, text));
            }
            self.read()?;
        }
    }

    fn passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.damaged)
    }

    fn wakes_within(&self) -> Duration {
        FIRST_WITHIN
    }

    fn describe(&self) -> String {
        self.about.told.clone()
    }
}
