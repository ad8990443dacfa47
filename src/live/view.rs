//! The live picture: a frame with what the model saw in it drawn over it.

use super::seen::Shown;
use crate::domain::{Category, DetectedObject, Detections, NewFrame};
use crate::picture::{self, Mark, PictureError};
use bytes::Bytes;
use image::RgbImage;
use std::sync::Arc;

/// Quality of pictures that were drawn on.
const QUALITY: u8 = 80;

/// What is shown as a JPEG, at most `width` pixels wide. Without anything to draw or shrink it is the frame's own JPEG.
/// `pixels`: how frames are decoded. `None` where this one can't be.
pub fn drawn(
    shown: &Shown,
    width: Option<u32>,
    pixels: impl FnOnce(&Arc<NewFrame>) -> Result<Arc<RgbImage>, PictureError>,
) -> Option<Bytes> {
    let frame = shown.frame();
    let width = width.map_or(frame.width, |w| w.clamp(16, frame.width.max(16)));
    let seen = match shown {
        Shown::Seen(seen) if !seen.detections.objects.is_empty() => Some(seen),
        _ => None,
    };
    if seen.is_none() && width >= frame.width {
        return Some(frame.jpeg.clone());
    }
    let whole = pixels(frame).ok()?;
    let mut image = if width < frame.width {
        let height = (u64::from(whole.height()) * u64::from(width) / u64::from(whole.width().max(1))).max(1);
        picture::resize(&whole, width, height as u32)
    } else {
        Arc::unwrap_or_clone(whole)
    };
    if let Some(seen) = seen {
        draw(&mut image, &seen.detections, &seen.categories);
    }
    Some(picture::encode_jpeg(&image, QUALITY))
}

/// Draws what was seen into a picture of any size: each object's box, with its name and how sure the model is.
pub fn draw(image: &mut RgbImage, seen: &Detections, categories: &[Category]) {
    let (sx, sy) = (image.width() as f32 / seen.width.max(1) as f32, image.height() as f32 / seen.height.max(1) as f32);
    let mark = |object: &DetectedObject| Mark {
        bbox: object.bbox.map(|bbox| bbox.scaled(sx, sy)),
        text: format!("{} {:.0} %", picture::drawn_name(categories, &object.category), object.score * 100.0),
        colour: picture::colour_of(categories, &object.category),
        dashed: false,
    };
    let marks: Vec<Mark> = seen.objects.iter().map(mark).collect();
    picture::draw_marks(image, &marks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;
    use crate::live::seen::tests::{frame, seen};
    use crate::picture::Bounds;

    fn drawn(shown: &Shown, width: Option<u32>) -> Option<Bytes> {
        super::drawn(shown, width, |frame| Ok(Arc::new(picture::decode(&frame.jpeg, Bounds::default())?)))
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
        let frame = Arc::new(frame());
        let plain = Shown::Plain(frame.clone());
        assert_eq!(drawn(&plain, None), Some(frame.jpeg.clone()));
        assert_eq!(drawn(&plain, Some(4000)), Some(frame.jpeg.clone()));
        let nothing = Shown::Seen(Arc::new(seen(&frame, vec![], vec![])));
        assert_eq!(drawn(&nothing, None), Some(frame.jpeg.clone()));
        let small = picture::decode(&drawn(&plain, Some(160)).unwrap(), Bounds::default()).unwrap();
        assert_eq!(small.dimensions(), (160, 120));
    }

    #[test]
    fn a_box_is_drawn_where_it_was_seen_at_any_size() {
        let bbox = Some(BBox::new(40.0, 100.0, 60.0, 60.0));
        let object = DetectedObject { category: "cat".into(), bbox, score: 0.9, track: Some(1), zone: None };
        let (name, instructions) = ("cat".to_owned(), String::new());
        let cat = Category { name, colour: "#ff0000".into(), instructions, kind: Default::default() };
        let shown = Shown::Seen(Arc::new(seen(&Arc::new(frame()), vec![object], vec![cat])));
        let whole = red(&drawn(&shown, None).unwrap());
        assert!(whole.iter().all(|x| x.abs_diff(40) < 8 || x.abs_diff(100) < 8) && whole.len() >= 2, "{whole:?}");
        let half = red(&drawn(&shown, Some(160)).unwrap());
        assert!(half.iter().all(|x| x.abs_diff(20) < 8 || x.abs_diff(50) < 8) && half.len() >= 2, "{half:?}");
    }
}
