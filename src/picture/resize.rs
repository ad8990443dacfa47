//! Resizing. Shrinking averages (a triangle filter as wide as the step), so that nothing flickers or is skipped.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// Triangle (area-averaging when shrinking) resize to exactly this size.
pub fn resize(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    let whole = [0.0, 0.0, f64::from(image.width()), f64::from(image.height())];
    resize_part(image, whole, width, height)
}

/// Resizes a part `[x, y, width, height]` of the image, in its pixels and fractions of them, to exactly this size. A part
/// that leaves the image, and an image without pixels, give black.
pub fn resize_part(image: &RgbImage, part: [f64; 4], width: u32, height: u32) -> RgbImage {
    let [x, y, part_width, part_height] = part;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        x,
        y,
        part_width,
        part_height,
    );
    let mut resized = Image::new(width, height, PixelType::U8x3);
    let done = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3)
        .map_err(|e| e.to_string())
        .and_then(|from| Resizer::new().resize(&from, &mut resized, &options).map_err(|e| e.to_string()));
    if let Err(error) = done {
        tracing::error!(?part, "a picture could not be resized: {error}");
    }
    // The buffer was made for this size and kind of pixel.
    RgbImage::from_raw(width, height, resized.into_vec()).unwrap_or_else(|| RgbImage::new(width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_averages() {
        let stripes = RgbImage::from_fn(640, 480, |x, _| image::Rgb([if x % 2 == 0 { 0 } else { 200 }; 3]));
        let small = resize(&stripes, 80, 60);
        assert_eq!(small.dimensions(), (80, 60));
        assert!(small.iter().all(|v| v.abs_diff(100) <= 6), "{:?}", small.iter().max());
    }

    #[test]
    fn a_part_is_cut_out() {
        let image = RgbImage::from_fn(100, 100, |x, y| image::Rgb([x as u8, y as u8, 0]));
        let part = resize_part(&image, [20.0, 30.0, 10.0, 10.0], 10, 10);
        assert_eq!(part.get_pixel(0, 0).0, [20, 30, 0]);
        assert_eq!(part.get_pixel(9, 9).0, [29, 39, 0]);
    }

    #[test]
    fn any_size_goes() {
        for size in [(1, 1), (1, 200), (333, 7)] {
            assert_eq!(resize(&RgbImage::new(50, 40), size.0, size.1).dimensions(), size);
            assert_eq!(resize(&RgbImage::new(1, 1), size.0, size.1).dimensions(), size);
        }
    }
}
