//! A film that a camera of the device takes: a clip of the frames that it gives, at its own pace.

use super::keep::{Keep, Settle};
use super::told::{FilmError, FilmReport};
use crate::camera::{Camera, Frames};
use crate::domain::{ClipId, ClipPlace, NewFrame, limits};
use crate::picture::{self, Bounds, Likeness};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Damaged pictures in a row that end it.
const DAMAGED: u64 = 30;

/// What it goes through on its way.
pub struct Way<'a> {
    /// Stores a frame; answers how many older ones were dropped for it.
    pub keep: &'a mut Keep<'a>,
    pub settle: &'a mut Settle<'a>,
    /// Hears how much was done so far.
    pub tell: &'a mut dyn FnMut(&FilmReport),
    /// Cancelled, the film is over.
    pub stop: &'a CancellationToken,
    /// Of the threads that wait.
    pub runtime: &'a Handle,
}

/// Stores what the camera sees for so many seconds, or until it is stopped, as a clip; near copies of the frame before are left
/// out. What is told to be stored survives a power cut. Blocks. Error: the camera is away, or the disk does not take it; what was
/// stored of it stays, and is told.
pub fn record(camera: &Camera, clip: ClipId, seconds: f64, mut way: Way) -> Result<FilmReport, FilmError> {
    let mut report = FilmReport::of_camera(clip, camera.id().clone(), seconds);
    let taken =
        camera.frames().map_err(FilmError::from).and_then(|frames| take(frames, seconds, &mut way, &mut report));
    match taken.and((way.settle)().map_err(FilmError::from)) {
        Ok(()) => Ok(report),
        Err(error) => Err(error.after(&report)),
    }
}

fn take(mut frames: Frames, seconds: f64, way: &mut Way, report: &mut FilmReport) -> Result<(), FilmError> {
    let (begun, mut last, mut damaged, mut pictures) = (Instant::now(), None::<Likeness>, 0, 0_u64);
    let end = begun + Duration::from_secs_f64(seconds);
    while let Some(frame) = next(&mut frames, end, way)? {
        report.seconds = begun.elapsed().as_secs_f64().min(seconds);
        if pictures == limits::FILM_FRAMES {
            report.notes.push(format!("it ends with {pictures} pictures, which are as many as are taken"));
            break;
        }
        report.every = if pictures == 0 { 0.0 } else { report.seconds / pictures as f64 };
        pictures += 1;
        match picture::decode(&frame.jpeg, Bounds::default()) {
            Err(why) => {
                report.damaged += 1;
                damaged += 1;
                if damaged == DAMAGED {
                    return Err(FilmError::Camera(format!("the camera gives nothing but damaged pictures: {why}")));
                }
                continue;
            }
            Ok(image) => {
                damaged = 0;
                let likeness = Likeness::of(&image);
                if last.as_ref().is_some_and(|last| last.is_near(&likeness)) {
                    report.near_copies += 1;
                } else {
                    let place = Some(ClipPlace { id: report.clip, at: report.seconds });
                    let frame = NewFrame { clip: place, truth: None, ..NewFrame::clone(&frame) };
                    report.dropped += (way.keep)(&frame)?.1;
                    report.frames += 1;
                    last = Some(likeness);
                }
            }
        }
        (way.tell)(report);
    }
    report.seconds = begun.elapsed().as_secs_f64().min(seconds);
    Ok(())
}

/// The next frame; `None` once the film is over.
fn next(frames: &mut Frames, end: Instant, way: &Way) -> Result<Option<Arc<NewFrame>>, FilmError> {
    way.runtime.block_on(async {
        tokio::select! {
            biased;
            () = way.stop.cancelled() => Ok(None),
            () = tokio::time::sleep_until(end.into()) => Ok(None),
            frame = frames.next() => frame.map(Some).map_err(FilmError::Camera),
        }
    })
}
