//! From pixels to JPEG.

use super::turning::{Walk, upright_size};
use image::RgbImage;
use image::metadata::Orientation;
use jpeg_encoder::{ColorType, Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

/// Encodes as JPEG; `quality` is 1 to 100. Both sides of the picture are 1 to 65,535 pixels, though libjpeg opens no more than 65,500.
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> bytes::Bytes {
    let (width, height) = sides(image.dimensions());
    encoded(image, quality, |encoder| encoder.encode(image, width, height, ColorType::Rgb))
}

/// The same of the upright picture, where this one is stored and wants to be turned so.
pub fn encode_upright(image: &RgbImage, orientation: Orientation, quality: u8) -> bytes::Bytes {
    if orientation == Orientation::NoTransforms {
        return encode_jpeg(image, quality);
    }
    let sides = sides(upright_size(orientation, image.dimensions()));
    let walk = Walk::new(orientation, image.dimensions());
    encoded(image, quality, |encoder| encoder.encode_image(Upright { pixels: image.as_chunks().0, sides, walk }))
}

fn sides((width, height): (u32, u32)) -> (u16, u16) {
    let sides = (u16::try_from(width), u16::try_from(height));
    let (Ok(width), Ok(height)) = sides else { unreachable!("a picture's sides are 1 to 65,535 pixels") };
    (width, height)
}

fn encoded(
    image: &RgbImage,
    quality: u8,
    encode: impl FnOnce(Encoder<&mut Vec<u8>>) -> Result<(), jpeg_encoder::EncodingError>,
) -> bytes::Bytes {
    let mut jpeg = Vec::with_capacity(image.len() / 8);
    let mut encoder = Encoder::new(&mut jpeg, quality);
    // Colours at their full size: thin lines of a box would lose theirs to what is beside them.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    // Writing to memory can't fail, and every picture that was decoded has sides that JPEG can express.
    encode(encoder).expect("a picture's sides are 1 to 65,535 pixels");
    jpeg.into()
}

/// A stored picture, given to the encoder upright, a row at a time.
struct Upright<'a> {
    pixels: &'a [[u8; 3]],
    sides: (u16, u16),
    walk: Walk,
}

impl ImageBuffer for Upright<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.sides.0
    }

    fn height(&self) -> u16 {
        self.sides.1
    }

    fn fill_buffers(&self, y: u16, [luma, blue, red, _]: &mut [Vec<u8>; 4]) {
        for at in self.walk.row(y.into()).take(self.sides.0.into()) {
            let [r, g, b] = self.pixels[at];
            let (y, cb, cr) = rgb_to_ycbcr(r, g, b);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::DynamicImage;

    #[test]
    fn the_upright_picture_is_encoded_as_if_it_had_been_turned() {
        let stored = RgbImage::from_fn(45, 30, |x, y| image::Rgb([(x * 5) as u8, (y * 8) as u8, (x ^ y) as u8]));
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).unwrap();
            let mut turned = DynamicImage::ImageRgb8(stored.clone());
            turned.apply_orientation(orientation);
            assert_eq!(encode_upright(&stored, orientation, 95), encode_jpeg(&turned.into_rgb8(), 95), "{number}");
        }
    }
}
