//! The live picture: the newest frame with what the model sees drawn over it.

use crate::domain::{Category, DetectedObject, NewFrame};
use crate::picture::{self, Bounds, Mark};
use bytes::Bytes;
use jiff::Timestamp;

/// Quality of pictures that were drawn on.
const QUALITY: u8 = 80;
/// Detections older than this many seconds are not drawn: they say nothing about what is there now.
const STALE: f32 = 2.0;
/// Seconds over which a moving object is carried on; beyond, its speed is a guess.
const CARRY: f32 = 1.0;

/// What the model saw last, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Seen {
    pub taken: Timestamp,
    /// Pixels of the frame it was seen in.
    pub size: (u32, u32),
    /// Each with its speed in pixels a second.
    pub objects: Vec<(DetectedObject, (f32, f32))>,
    pub categories: Vec<Category>,
}

/// The frame as a JPEG with what was `seen` drawn over it, at most `width` pixels wide. Moving objects are drawn where
/// they are by now, as the frame is newer than the look at them. Without anything to draw or shrink it is the frame's
/// own JPEG. `None` where the frame can't be decoded.
pub fn drawn(frame: &NewFrame, seen: Option<&Seen>, width: Option<u32>) -> Option<Bytes> {
    let age = |seen: &Seen| frame.taken.duration_since(seen.taken).as_secs_f32();
    let seen = seen.filter(|s| age(s).abs() <= STALE);
    let width = width.map_or(frame.width, |w| w.clamp(16, frame.width.max(16)));
    if seen.is_none() && width >= frame.width {
        return Some(frame.jpeg.clone());
    }
    let mut image = picture::decode(&frame.jpeg, Bounds::default()).ok()?;
    if width < frame.width {
        let height = (u64::from(image.height()) * u64::from(width) / u64::from(image.width().max(1))).max(1);
        image = picture::resize(&image, width, height as u32);
    }
    if let Some(seen) = seen {
        let ahead = age(seen).clamp(-CARRY, CARRY);
        let size = (image.width() as f32, image.height() as f32);
        let (sx, sy) = (size.0 / seen.size.0.max(1) as f32, size.1 / seen.size.1.max(1) as f32);
        let marks: Vec<Mark> = seen
            .objects
            .iter()
            .filter_map(|(object, speed)| {
                let bbox = match object.bbox {
                    Some(mut bbox) => {
                        bbox.x += speed.0 * ahead;
                        bbox.y += speed.1 * ahead;
                        // What has left the picture since is not drawn.
                        Some(bbox.scaled(sx, sy).clipped(size.0, size.1)?)
                    }
                    None => None,
                };
                let text = format!("{} {:.0} %", object.category, object.score * 100.0);
                let colour = picture::colour_of(&seen.categories, &object.category);
                Some(Mark { bbox, text, colour, dashed: false })
            })
            .collect();
        picture::draw_marks(&mut image, &marks);
    }
    Some(picture::encode_jpeg(&image, QUALITY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FrameSource};
    use jiff::SignedDuration;

    fn frame() -> NewFrame {
        let image = image::RgbImage::from_pixel(320, 240, image::Rgb([40, 40, 40]));
        let jpeg = picture::encode_jpeg(&image, 90);
        let taken = Timestamp::from_second(1_700_000_000).unwrap();
        NewFrame {
            jpeg,
            taken,
            width: 320,
            height: 240,
            source: FrameSource::Camera,
            camera: None,
            name: None,
            truth: None,
        }
    }

    fn seen(frame: &NewFrame, before: i64, speed: f32) -> Seen {
        let bbox = Some(BBox::new(40.0, 100.0, 60.0, 60.0));
        let object = DetectedObject { category: "cat".into(), bbox, score: 0.9, track: Some(1) };
        Seen {
            taken: frame.taken - SignedDuration::from_millis(before),
            size: (320, 240),
            objects: vec![(object, (speed, 0.0))],
            categories: vec![Category {
                name: "cat".into(),
                colour: "#ff0000".into(),
                instructions: String::new(),
                kind: Default::default(),
            }],
        }
    }

    /// Columns of the picture with red in the rows of the box's middle.
    fn red(jpeg: &[u8]) -> Vec<u32> {
        let image = picture::decode(jpeg, Bounds::default()).unwrap();
        let y = image.height() * 135 / 240;
        (0..image.width())
            .filter(|x| {
                let p = image.get_pixel(*x, y);
                p[0] > 120 && p[1] < 90
            })
            .collect()
    }

    #[test]
    fn with_nothing_to_draw_the_frame_is_passed_on_byte_for_byte() {
        let frame = frame();
        assert_eq!(drawn(&frame, None, None), Some(frame.jpeg.clone()));
        assert_eq!(drawn(&frame, Some(&seen(&frame, 5000, 0.0)), None), Some(frame.jpeg.clone()));
        assert_eq!(drawn(&frame, None, Some(4000)), Some(frame.jpeg.clone()));
        let small = picture::decode(&drawn(&frame, None, Some(160)).unwrap(), Bounds::default()).unwrap();
        assert_eq!(small.dimensions(), (160, 120));
    }

    #[test]
    fn a_box_is_drawn_where_the_object_is_by_now() {
        let frame = frame();
        let still = red(&drawn(&frame, Some(&seen(&frame, 0, 0.0)), None).unwrap());
        assert!(still.iter().all(|x| x.abs_diff(40) < 8 || x.abs_diff(100) < 8) && still.len() >= 2, "{still:?}");
        let moved = red(&drawn(&frame, Some(&seen(&frame, 500, 100.0)), None).unwrap());
        assert!(moved.iter().all(|x| x.abs_diff(90) < 8 || x.abs_diff(150) < 8) && moved.len() >= 2, "{moved:?}");
        let half = red(&drawn(&frame, Some(&seen(&frame, 0, 0.0)), Some(160)).unwrap());
        assert!(half.iter().all(|x| x.abs_diff(20) < 8 || x.abs_diff(50) < 8) && half.len() >= 2, "{half:?}");
    }
}
