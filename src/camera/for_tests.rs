//! What tests of a camera take for a frame, and for the store.

use crate::domain::{Frame, FrameId, FrameSource, NewFrame, Phase};
use crate::picture::encode_jpeg;
use jiff::Timestamp;

/// Grey all over.
pub fn frame(shade: u8) -> NewFrame {
    let image = image::RgbImage::from_pixel(64, 48, image::Rgb([shade; 3]));
    NewFrame {
        jpeg: encode_jpeg(&image, 90),
        taken: Timestamp::now(),
        width: 64,
        height: 48,
        source: FrameSource::Camera,
        camera: None,
        name: None,
        clip: None,
        kept: None,
        truth: None,
    }
}

/// As the store would answer.
pub fn stored(new: &NewFrame) -> Frame {
    Frame {
        id: FrameId::new(),
        taken: new.taken,
        clock: None,
        width: new.width,
        height: new.height,
        bytes: new.jpeg.len() as u64,
        source: new.source,
        camera: new.camera.clone(),
        name: None,
        clip: None,
        kept: None,
        pooled: None,
        phase: Phase::Unlabelled,
        revision: 0,
    }
}
