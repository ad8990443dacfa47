//! From the pixels of a file to eight bits of red, green and blue each: on a white ground where they are transparent, and
//! stretched where 16 bits hold fewer.
//!
//! Cameras of industry and science put 10, 12 or 14 bits into 16, the uppermost empty: taken as they come, such pictures
//! are black. So where the highest value of all colours needs at most 14 bits, that many bits are what is stretched (never
//! fewer than eight: a value below 256 is a value of eight bits). One that needs 15 or 16 uses them all.

use image::{DynamicImage, ImageBuffer, Luma, Pixel, RgbImage};

/// White: ink on paper is what most transparent pictures show.
const GROUND: u32 = 255;
/// What needs more bits uses all 16 of them.
const MOST_BITS: u32 = 14;

/// How the numbers of a file are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub opacity: Opacity,
    /// The highest value is black. The decoder has turned it round already, from the highest value that fits: where fewer
    /// bits are used, from one that is not there.
    pub white_is_zero: bool,
}

impl Meaning {
    /// As most files mean theirs.
    pub const PLAIN: Self = Self { opacity: Opacity::Apart, white_is_zero: false };
}

/// How opacity is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opacity {
    /// Colours are what they are where nothing shines through.
    Apart,
    /// Colours are multiplied with it already.
    Multiplied,
}

/// `None`: floating-point numbers, of which nobody knows what is white.
pub fn flatten(image: DynamicImage, meaning: Meaning) -> Option<RgbImage> {
    let opacity = meaning.opacity;
    match image {
        DynamicImage::ImageLuma16(image) if meaning.white_is_zero => Some(ink(image)),
        DynamicImage::ImageRgb8(image) => Some(image),
        DynamicImage::ImageLuma8(image) => Some(eight(&image, 1, opacity)),
        DynamicImage::ImageLumaA8(image) => Some(eight(&image, 1, opacity)),
        DynamicImage::ImageRgba8(image) => Some(eight(&image, 3, opacity)),
        DynamicImage::ImageLuma16(image) => Some(sixteen(&image, 1, opacity)),
        DynamicImage::ImageLumaA16(image) => Some(sixteen(&image, 1, opacity)),
        DynamicImage::ImageRgb16(image) => Some(sixteen(&image, 3, opacity)),
        DynamicImage::ImageRgba16(image) => Some(sixteen(&image, 3, opacity)),
        _ => None,
    }
}

/// `colours`: channels before the one of opacity, if there is one.
fn eight<P: Pixel<Subpixel = u8>>(image: &ImageBuffer<P, Vec<u8>>, colours: usize, opacity: Opacity) -> RgbImage {
    mapped(image, colours, opacity, u32::from, u32::from, 255)
}

fn sixteen<P: Pixel<Subpixel = u16>>(image: &ImageBuffer<P, Vec<u16>>, colours: usize, opacity: Opacity) -> RgbImage {
    // Whatever stands where nobody sees it.
    let seen = image.pixels().map(Pixel::channels).filter(|c| c.get(colours) != Some(&0));
    let highest = seen.flat_map(|channels| &channels[..colours]).copied().max().unwrap_or(0);
    let full = full_scale(highest);
    let scaled = |value: u16| (u32::from(value) * 255 + full / 2) / full;
    mapped(image, colours, opacity, scaled, u32::from, 65_535)
}

/// Of what counts from white to black, the bits that are used are those of what is stored.
fn ink(mut image: ImageBuffer<Luma<u16>, Vec<u16>>) -> RgbImage {
    image.iter_mut().for_each(|value| *value = u16::MAX - *value);
    let mut shown = sixteen(&image, 1, Opacity::Apart);
    shown.iter_mut().for_each(|value| *value = u8::MAX - *value);
    shown
}

/// What white is where this is the highest value.
fn full_scale(highest: u16) -> u32 {
    let bits = (u16::BITS - highest.leading_zeros()).max(8);
    (1 << if bits > MOST_BITS { u16::BITS } else { bits }) - 1
}

/// `opaque`: the highest opacity.
fn mapped<P: Pixel>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    colours: usize,
    opacity: Opacity,
    value: impl Fn(P::Subpixel) -> u32,
    alpha: impl Fn(P::Subpixel) -> u32,
    opaque: u32,
) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let channels = image.get_pixel(x, y).channels();
        let alpha = channels.get(colours).map_or(opaque, |channel| alpha(*channel));
        let own = if opacity == Opacity::Apart { alpha } else { opaque };
        let on_ground = |value: u32| ((value * own + GROUND * (opaque - alpha) + opaque / 2) / opaque).min(255) as u8;
        let at = |channel: usize| on_ground(value(channels[channel]));
        image::Rgb(if colours == 1 { [at(0); 3] } else { [at(0), at(1), at(2)] })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{LumaA, Rgb, Rgba};

    fn pixel<P: Pixel>(pixel: P) -> ImageBuffer<P, Vec<P::Subpixel>> {
        ImageBuffer::from_pixel(1, 1, pixel)
    }

    fn seen(image: impl Into<DynamicImage>) -> [u8; 3] {
        flatten(image.into(), Meaning::PLAIN).unwrap().get_pixel(0, 0).0
    }

    #[test]
    fn what_is_transparent_stands_on_white() {
        assert_eq!(seen(pixel(Rgba([0u8, 0, 0, 0]))), [255; 3]);
        assert_eq!(seen(pixel(Rgba([10u8, 20, 30, 255]))), [10, 20, 30]);
        assert_eq!(seen(pixel(Rgba([0u8, 100, 255, 51]))), [204, 224, 255]);
        assert_eq!(seen(pixel(LumaA([0u8, 0]))), [255; 3]);
        assert_eq!(seen(pixel(LumaA([100u8, 255]))), [100; 3]);
        assert_eq!(seen(pixel(Rgba([0u16, 0, 0, 0]))), [255; 3]);
        assert_eq!(seen(pixel(Rgba([65_535u16, 0, 0, 65_535]))), [255, 0, 0]);
        assert_eq!(seen(pixel(LumaA([0u16, 32_768]))), [127; 3]);
        let meaning = Meaning { opacity: Opacity::Multiplied, ..Meaning::PLAIN };
        let multiplied = flatten(pixel(Rgba([0u8, 20, 51, 51])).into(), meaning).unwrap();
        assert_eq!(multiplied.get_pixel(0, 0).0, [204, 224, 255]);
        // However bright what nobody sees is.
        let half_seen = ImageBuffer::from_fn(2, 1, |x, _| LumaA(if x == 0 { [1023u16, 65_535] } else { [65_535, 0] }));
        assert_eq!(seen(half_seen), [255; 3]);
    }

    #[test]
    fn sixteen_bits_are_stretched_by_what_they_hold() {
        for bits in 8..=16 {
            let white = ((1u32 << bits) - 1) as u16;
            let expected = if bits == 15 { 127 } else { 255 };
            assert!(seen(pixel(Luma([white])))[0].abs_diff(expected) <= 1, "{bits}");
            let image = ImageBuffer::from_fn(2, 1, |x, _| Rgb(if x == 0 { [white / 2, 0, 0] } else { [0, white, 0] }));
            assert!(seen(image)[0].abs_diff(expected / 2) <= 1, "{bits}");
        }
        assert_eq!(seen(pixel(Luma([100u16]))), [100; 3], "fewer than eight are eight");
        assert_eq!(seen(pixel(Luma([1u16 << 13]))), [128; 3], "not what is there, but a whole number of bits");
        assert_eq!(seen(pixel(Luma([0u16]))), [0; 3]);
    }

    #[test]
    fn what_counts_from_white_to_black_is_stretched_by_what_is_stored() {
        let meaning = Meaning { white_is_zero: true, ..Meaning::PLAIN };
        for (bits, black) in [(10, 1023u16), (12, 4095), (14, 16_383), (16, 65_535)] {
            // As the decoder gives it.
            let image = ImageBuffer::from_fn(3, 1, |x, _| Luma([u16::MAX - [0, black / 2, black][x as usize]]));
            let shown = flatten(image.into(), meaning).unwrap();
            let values = shown.pixels().map(|pixel| pixel.0[0]).collect::<Vec<_>>();
            assert!(values[0] == 255 && values[1].abs_diff(127) <= 1 && values[2] == 0, "{bits}: {values:?}");
        }
    }

    #[test]
    fn what_has_no_white_is_refused() {
        assert!(flatten(pixel(Rgb([0.5f32, 0.5, 0.5])).into(), Meaning::PLAIN).is_none());
    }
}
