//! Cameras of the kernel's Video4Linux2: USB webcams, capture cards.
//!
//! nokhwa finds them; the stream is read with `v4l`, which knows how long each buffer is and can time out (nokhwa 0.10
//! can do neither). Motion JPEG is passed on as it came; YUYV and NV12 are converted and encoded.

mod grab;
mod pixels;

use self::grab::{Grab, Jpeg, Next, Patience, Thinning};
use super::source::{Source, SourceError};
use crate::config;
use crate::domain::{FrameSource, NewFrame};
use crate::picture::{self, Bounds};
use bytes::Bytes;
use jiff::Timestamp;
use nokhwa::utils::{ApiBackend, CameraIndex};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use v4l::buffer::Type;
use v4l::capability::Flags;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;
use v4l::{Device, Format, FourCC};

/// Formats that can be read, best first.
const FORMATS: [&[u8; 4]; 4] = [b"MJPG", b"JPEG", b"YUYV", b"NV12"];
/// Quality of frames that did not come as JPEG.
const QUALITY: u8 = 90;
/// `ENODEV`: unplugged.
const NO_DEVICE: i32 = 19;

/// A camera that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub path: PathBuf,
    pub name: String,
}

/// The cameras of this machine, in the order of their numbers.
pub fn find() -> Vec<Found> {
    let mut cameras = nokhwa::query(ApiBackend::Video4Linux).unwrap_or_else(|error| {
        tracing::warn!("cameras can't be listed: {error}");
        Vec::new()
    });
    cameras.sort_by_key(|camera| camera.index().as_index().unwrap_or(u32::MAX));
    let found = cameras.into_iter().filter_map(|camera| match camera.index() {
        CameraIndex::Index(number) => {
            Some(Found { path: format!("/dev/video{number}").into(), name: camera.human_name() })
        }
        CameraIndex::String(_) => None,
    });
    // A webcam has a second node for metadata, which captures nothing.
    found.filter(|f| Device::with_path(&f.path).is_ok_and(|d| captures(&d))).collect()
}

fn captures(device: &Device) -> bool {
    device.query_caps().is_ok_and(|caps| caps.capabilities.contains(Flags::VIDEO_CAPTURE))
}

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
}

impl V4l2 {
    /// Opens a camera at the size and rate nearest to the configured ones. Error: it is not there, is busy, is no
    /// camera, or has no format that can be read.
    pub fn open(path: &Path, config: &config::Camera) -> Result<Self, SourceError> {
        let shown = path.display();
        let refuse = SourceError::unavailable;
        let broken =
            |source: io::Error| SourceError::Unavailable { what: explain(path, &source), source: Some(source) };
        let device = Device::with_path(path).map_err(broken)?;
        let caps = device.query_caps().map_err(broken)?;
        if !caps.capabilities.contains(Flags::VIDEO_CAPTURE) {
            return Err(refuse(format!("{shown} ({}) does not capture video; try another /dev/video*", caps.card)));
        }
        let offered: Vec<FourCC> = device.enum_formats().map_err(broken)?.into_iter().map(|f| f.fourcc).collect();
        let mut tried = Vec::new();
        for fourcc in FORMATS.map(FourCC::new).into_iter().filter(|f| offered.contains(f)) {
            match device.set_format(&Format::new(config.width, config.height, fourcc)) {
                Ok(format) if format.fourcc == fourcc => {
                    return Self::with_format(path, caps.card, device, format, config);
                }
                Ok(format) => tried.push(format!("{fourcc} became {}", format.fourcc)),
                Err(error) => tried.push(format!("{fourcc}: {}", explain(path, &error))),
            }
        }
        let offered: Vec<_> = offered.iter().map(ToString::to_string).collect();
        Err(refuse(format!(
            "{shown} ({}) gives none of MJPG, YUYV and NV12; it offers {} {}",
            caps.card,
            offered.join(", "),
            tried.join(", ")
        )))
    }

    fn with_format(
        path: &Path,
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
            path: path.to_owned(),
            name,
            device,
            stream: None,
            format,
            timeout: Duration::from_secs(2),
            thinning: Thinning::new(config.fps),
        };
        camera
            .start()
            .map_err(|source| SourceError::Unavailable { what: explain(path, &source), source: Some(source) })?;
        tracing::info!("{}: {} × {} {}", path.display(), camera.format.width, camera.format.height, format.fourcc);
        Ok(camera)
    }

    fn start(&mut self) -> io::Result<()> {
        // Buffers are asked for once the old ones are given back.
        self.stream = None;
        let mut stream = Stream::with_buffers(&self.device, Type::VideoCapture, 4)?;
        stream.set_timeout(self.timeout);
        self.stream = Some(stream);
        Ok(())
    }

    /// Waits for the next buffer.
    fn grab(&mut self) -> io::Result<Grab> {
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::other("the stream was not started"));
        };
        let (buffer, meta) = stream.next()?;
        let data = &buffer[..(meta.bytesused as usize).min(buffer.len())];
        Ok(self.thinning.grab(Instant::now(), || picture_of(data, &self.format)))
    }

    fn lost(&self, source: io::Error) -> SourceError {
        SourceError::Lost { what: explain(&self.path, &source), source: Some(source) }
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
                        truth: None,
                    });
                }
                Next::Again => {}
                Next::Restart => {
                    tracing::warn!("{}: no frame for {:?}; restarting the stream", self.path.display(), self.timeout);
                    self.start().map_err(|error| self.lost(error))?;
                }
                Next::Broken => {
                    return Err(SourceError::Stalled(format!("{} sends only damaged frames", self.path.display())));
                }
                Next::Silent => {
                    let text = format!("{} gives no frames: two time-outs of {:?}", self.path.display(), self.timeout);
                    return Err(SourceError::Stalled(text));
                }
                Next::Failed(error) => return Err(self.lost(error)),
            }
        }
    }

    fn describe(&self) -> String {
        format!("v4l2:{} ({})", self.path.display(), self.name)
    }
}

/// A buffer as a checked JPEG; `None` where it is incomplete.
fn picture_of(data: &[u8], format: &Format) -> Option<Jpeg> {
    match &format.fourcc.repr {
        b"MJPG" | b"JPEG" => {
            let jpeg = whole_jpeg(data)?;
            let (width, height, _) = picture::probe(jpeg, Bounds::default()).ok()?;
            Some(Jpeg { bytes: Bytes::copy_from_slice(jpeg), width, height })
        }
        b"YUYV" => encoded(pixels::from_yuyv(data, format.width, format.height, format.stride)?),
        _ => encoded(pixels::from_nv12(data, format.width, format.height, format.stride)?),
    }
}

fn encoded(image: image::RgbImage) -> Option<Jpeg> {
    Some(Jpeg { bytes: picture::encode_jpeg(&image, QUALITY), width: image.width(), height: image.height() })
}

/// The JPEG in a buffer, from its start marker to its end marker; some cameras pad it with zeros. `None` where a marker
/// is missing: the frame was cut off.
fn whole_jpeg(data: &[u8]) -> Option<&[u8]> {
    let end = data.iter().rposition(|byte| *byte != 0)? + 1;
    let jpeg = &data[..end];
    (jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) && jpeg.ends_with(&[0xFF, 0xD9])).then_some(jpeg)
}

/// What an error of the device means to a person.
fn explain(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.raw_os_error() {
        Some(2) => format!("there is no {shown}; plug the camera in, or see `v4l2-ctl --list-devices`"),
        Some(13) => format!("{shown} may not be opened; add this user to the group `video`"),
        Some(16) => format!("{shown} is in use by another program"),
        Some(NO_DEVICE) => format!("{shown} was unplugged"),
        _ => format!("{shown}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_is_whole_with_both_markers_and_padding_is_cut_off() {
        let whole = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 0xFF, 0xD9];
        assert_eq!(whole_jpeg(&whole), Some(&whole[..]));
        let padded = [&whole[..], &[0, 0, 0]].concat();
        assert_eq!(whole_jpeg(&padded), Some(&whole[..]));
        assert_eq!(whole_jpeg(&whole[..7]), None);
        assert_eq!(whole_jpeg(&whole[1..]), None);
        assert_eq!(whole_jpeg(&[0, 0]), None);
    }

    #[test]
    fn a_missing_camera_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("video9");
        let error = V4l2::open(&path, &config::Camera::default()).err().unwrap().to_string();
        assert!(error.contains(&path.display().to_string()) && error.contains("plug the camera in"), "{error}");
    }
}
