//! Cameras of the kernel's Video4Linux2: USB webcams, capture cards.
//!
//! nokhwa finds them; the stream is read with `v4l`, which knows how long each buffer is and can time out (nokhwa 0.10
//! can do neither). Motion JPEG is passed on as it came, with the tables that many cameras leave out put in;
//! YUYV and NV12 are converted and encoded.

pub mod again;
pub mod node;
mod patience;
mod pixels;

use self::again::Again;

use self::node::{Identity, Node, explain, refused};
use self::patience::{Came, Next, Patience};
use super::source::{Source, SourceError, trouble_of};
use super::thinning::{Grab, Jpeg, Thinning};
use crate::config;
use crate::domain::{CameraTrouble, FrameSource, NewFrame};
use crate::picture::{self, Bounds};
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use v4l::buffer::{Flags, Type};
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;
use v4l::{Device, Format, FourCC};

/// Formats that can be read, best first.
const FORMATS: [&[u8; 4]; 4] = [b"MJPG", b"JPEG", b"YUYV", b"NV12"];
/// Quality of frames that did not come as JPEG.
const QUALITY: u8 = 90;

/// An open camera.
pub struct V4l2 {
    path: PathBuf,
    name: String,
    device: Device,
    /// `None` after it timed out, until it is made anew.
    stream: Option<Stream<'static>>,
    format: Format,
    timeout: Duration,
    thinning: Thinning,
    /// Damaged pictures passed over, not told yet.
    damaged: u64,
}

impl V4l2 {
    /// Opens the camera that is meant, wherever it is now. Error: it is not there, is busy, is no camera, or has no format
    /// that can be read.
    pub fn open(again: &mut Again, config: &config::Camera) -> Result<Self, SourceError> {
        let node = again.find()?;
        let (path, identity) = (node.path.clone(), node.identity.clone());
        let camera = Self::start(node, config)?;
        again.opened(&path, identity);
        Ok(camera)
    }

    /// Starts a camera at the size and rate nearest to the configured ones. Error: it is busy, was unplugged, or has no
    /// format that can be read.
    fn start(node: Node, config: &config::Camera) -> Result<Self, SourceError> {
        let Node { path, identity: Identity { name, .. }, device } = node;
        let broken = |error| refused(&path, error);
        let offered: Vec<FourCC> = device.enum_formats().map_err(broken)?.into_iter().map(|f| f.fourcc).collect();
        let (width, height) = config.size();
        let mut tried = Vec::new();
        for fourcc in FORMATS.map(FourCC::new).into_iter().filter(|f| offered.contains(f)) {
            match device.set_format(&Format::new(width, height, fourcc)) {
                Ok(format) if format.fourcc == fourcc => {
                    return Self::with_format(path, name, device, format, config);
                }
                Ok(format) => tried.push(format!("{fourcc} became {}", format.fourcc)),
                // A camera has one user that sets formats; none of the others will do.
                Err(error) if trouble_of(&error) != CameraTrouble::Failed => return Err(broken(error)),
                Err(error) => tried.push(format!("{fourcc}: {}", explain(&path, &error))),
            }
        }
        let offered: Vec<_> = offered.iter().map(ToString::to_string).collect();
        let text = format!(
            "{} ({}) gives none of MJPG, YUYV and NV12; it offers {} {}",
            path.display(),
            name,
            offered.join(", "),
            tried.join(", ")
        );
        Err(SourceError::new(CameraTrouble::Unsuitable, text))
    }

    fn with_format(
        path: PathBuf,
        name: String,
        device: Device,
        format: Format,
        config: &config::Camera,
    ) -> Result<Self, SourceError> {
        // Many drivers have one rate only; then frames too many are passed over.
        let rate = v4l::video::capture::Parameters::with_fps(config.fps.ceil() as u32);
        if let Err(error) = device.set_params(&rate) {
            tracing::debug!("{}: keeps its own frame rate: {error}", path.display());
        }
        let mut camera = Self {
            path,
            name,
            device,
            stream: None,
            format,
            timeout: Duration::from_secs(2),
            thinning: Thinning::new(config.fps),
            damaged: 0,
        };
        camera.restart().map_err(|error| refused(&camera.path, error))?;
        let Format { width, height, fourcc, .. } = format;
        tracing::info!("{}: {width} × {height} {fourcc}", camera.path.display());
        Ok(camera)
    }

    fn restart(&mut self) -> io::Result<()> {
        // Buffers are asked for once the old ones are given back.
        self.stream = None;
        let mut stream = Stream::with_buffers(&self.device, Type::VideoCapture, 4)?;
        stream.set_timeout(self.timeout);
        self.stream = Some(stream);
        Ok(())
    }

    /// Waits for the next buffer.
    fn grab(&mut self) -> io::Result<Came> {
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::other("the stream was not started"));
        };
        let (buffer, meta) = stream.next()?;
        let data = &buffer[..(meta.bytesused as usize).min(buffer.len())];
        // The driver knows where it lost a part, whatever the bytes look like.
        let whole = !meta.flags.contains(Flags::ERROR);
        let grab = self.thinning.grab(Instant::now(), || picture_of(data, &self.format).filter(|_| whole));
        if matches!(grab, Grab::Skipped) {
            return Ok(Came::Buffer(grab));
        }
        // Asked after the fact: rows of another length would make a picture all the same.
        if !alike(&self.device.format()?, &self.format) {
            return Ok(Came::Reformatted);
        }
        self.damaged += u64::from(matches!(grab, Grab::Damaged));
        Ok(Came::Buffer(grab))
    }
}

impl Source for V4l2 {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        let mut patience = Patience::default();
        loop {
            match patience.judge(self.grab()) {
                Next::Give(Jpeg { bytes, width, height }) => {
                    let (taken, source) = (Timestamp::now(), FrameSource::Camera);
                    return Ok(NewFrame {
                        jpeg: bytes,
                        taken,
                        width,
                        height,
                        source,
                        camera: None,
                        name: None,
                        clip: None,
                        kept: None,
                        truth: None,
                    });
                }
                Next::Again => {}
                Next::Restart => {
                    tracing::warn!("{}: no frame for {:?}; restarting the stream", self.path.display(), self.timeout);
                    self.restart().map_err(|error| refused(&self.path, error))?;
                }
                Next::Broken => {
                    let text = format!("{} sends only damaged frames", self.path.display());
                    return Err(SourceError::new(CameraTrouble::Damaged, text));
                }
                Next::Silent => {
                    let text = format!("{} gives no frames: two time-outs of {:?}", self.path.display(), self.timeout);
                    return Err(SourceError::new(CameraTrouble::Stalled, text));
                }
                Next::Reformatted => {
                    let text = format!("{} went over to another size or format; opening it anew", self.path.display());
                    return Err(SourceError::new(CameraTrouble::FormatChanged, text));
                }
                Next::Failed(error) => return Err(refused(&self.path, error)),
            }
        }
    }

    fn passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.damaged)
    }

    fn describe(&self) -> String {
        format!("v4l2:{} ({})", self.path.display(), self.name)
    }
}

/// Whether buffers of both formats are read alike.
fn alike(one: &Format, other: &Format) -> bool {
    let layout = |format: &Format| (format.width, format.height, format.stride, format.fourcc.repr);
    layout(one) == layout(other)
}

/// A buffer as a checked JPEG; `None` where it is incomplete.
fn picture_of(data: &[u8], format: &Format) -> Option<Jpeg> {
    match &format.fourcc.repr {
        b"MJPG" | b"JPEG" => {
            let (bytes, width, height) = picture::camera_jpeg(data, Bounds::default()).ok()?;
            Some(Jpeg { bytes, width, height })
        }
        b"YUYV" => encoded(pixels::from_yuyv(data, format.width, format.height, format.stride)?),
        _ => encoded(pixels::from_nv12(data, format.width, format.height, format.stride)?),
    }
}

fn encoded(image: image::RgbImage) -> Option<Jpeg> {
    Some(Jpeg { bytes: picture::encode_jpeg(&image, QUALITY), width: image.width(), height: image.height() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motion_jpeg_is_passed_on_from_its_start_to_its_end_with_all_its_tables() {
        let format = Format::new(16, 8, FourCC::new(b"MJPG"));
        let whole = picture::encode_jpeg(&image::RgbImage::from_pixel(16, 8, image::Rgb([200, 60, 30])), 90);
        let read = |data: &[u8]| picture_of(data, &format).map(|jpeg| jpeg.bytes);
        assert_eq!(picture_of(&whole, &format), Some(Jpeg { bytes: whole.clone(), width: 16, height: 8 }));
        // Some cameras pad the buffer, with zeros or with the rest of a longer frame before.
        for behind in [&[0; 30][..], &whole[whole.len() / 2..], &[1, 2, 3]] {
            assert_eq!(read(&[&whole, behind].concat()), Some(whole.clone()));
        }
        assert_eq!(read(&whole[..whole.len() - 2]), None, "cut off");
        assert_eq!(read(&whole[1..]), None);
        assert_eq!(read(&[0, 0]), None);
        // Many leave out the tables of the standard: what is passed on has them.
        let mut bare = whole.to_vec();
        while let Some(at) = bare.windows(2).position(|marker| marker == [0xff, 0xc4]) {
            let length = usize::from(u16::from_be_bytes([bare[at + 2], bare[at + 3]]));
            bare.drain(at..at + 2 + length);
        }
        let decoded = |jpeg: &[u8]| image::load_from_memory(jpeg).map(|image| image.into_rgb8());
        assert!(decoded(&bare).is_err());
        assert_eq!(decoded(&read(&bare).unwrap()).unwrap(), decoded(&whole).unwrap());
    }

    #[test]
    fn another_size_row_length_or_code_is_another_format() {
        let format = Format::new(640, 480, FourCC::new(b"YUYV"));
        assert!(alike(&format, &Format { size: 1, ..format }));
        for other in [
            Format { width: 320, ..format },
            Format { height: 240, ..format },
            Format { stride: 2048, ..format },
            Format { fourcc: FourCC::new(b"NV12"), ..format },
        ] {
            assert!(!alike(&format, &other), "{other}");
        }
    }
}
