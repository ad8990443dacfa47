//! A frame through all epochs as a GIF.

use super::page::draw_page;
use crate::domain::{Category, Page};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageError, RgbImage};

/// Milliseconds a page is shown.
const PAGE: u32 = 350;
/// Milliseconds the last page is shown.
const LAST_PAGE: u32 = 1500;
/// Of the palette's quantisation: 1 takes every pixel, 30 is the coarsest.
const SPEED: i32 = 10;

/// A GIF of one frame over epochs, looping, last page held longer. `pages` are shown in their order; of none there is no
/// GIF, which is an error.
pub fn animate(frame: &RgbImage, pages: &[Page], categories: &[Category], width: u32) -> Result<Vec<u8>, ImageError> {
    if pages.is_empty() {
        let nothing = image::error::ParameterErrorKind::Generic("there are no pages to animate yet".into());
        return Err(ImageError::Parameter(image::error::ParameterError::from_kind(nothing)));
    }
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut gif, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    for (i, page) in pages.iter().enumerate() {
        let drawn = DynamicImage::from(draw_page(frame, page, categories, width)).into_rgba8();
        let shown = if i + 1 == pages.len() { LAST_PAGE } else { PAGE };
        encoder.encode_frame(Frame::from_parts(drawn, 0, 0, Delay::from_numer_denom_ms(shown, 1)))?;
    }
    drop(encoder);
    Ok(gif)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;
    use crate::flipbook::tests::{categories, frame, page};
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use std::io::Cursor;

    #[test]
    fn every_page_is_in_it_and_the_last_stays() {
        let pages: Vec<Page> =
            (1..=3).map(|e| page(e, &[(0.9, BBox::new(100.0 + e as f32 * 20.0, 100.0, 90.0, 90.0))])).collect();
        let gif = animate(&frame(), &pages, &categories(), 240).unwrap();
        let frames = GifDecoder::new(Cursor::new(gif)).unwrap().into_frames().collect_frames().unwrap();
        let delays: Vec<u32> = frames.iter().map(|f| f.delay().numer_denom_ms().0).collect();
        assert_eq!(delays, [350, 350, 1500]);
        assert!(frames.iter().all(|f| f.buffer().width() == 240));
        assert_ne!(frames[0].buffer(), frames[1].buffer());
        // The palette keeps colours close to the drawn page's.
        let drawn = draw_page(&frame(), &pages[2], &categories(), 240);
        let off: f64 = drawn
            .pixels()
            .zip(frames[2].buffer().pixels())
            .map(|(a, b)| (0..3).map(|c| f64::from(a.0[c].abs_diff(b.0[c]))).sum::<f64>() / 3.0)
            .sum();
        assert!(off / f64::from(drawn.width() * drawn.height()) < 4.0, "{off}");
    }

    #[test]
    fn of_no_pages_there_is_no_animation() {
        assert!(animate(&frame(), &[], &categories(), 240).unwrap_err().to_string().contains("no pages"));
    }
}
