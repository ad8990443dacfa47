//! TIFFs in tiles: every tile is decoded as a TIFF of one strip, and put in its place.
//!
//! The decoder takes a strip as a whole, but a tile line by line: then it loses the last bytes of some that are packed with
//! LZW, and with each colour in tiles of its own it reaches beyond its buffer.

use super::directory::Directory;
use image::codecs::tiff::TiffDecoder;
use image::error::{
    DecodingError, ImageFormatHint, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind,
};
use image::{ColorType, DynamicImage, ExtendedColorType, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits};
use std::io::Cursor;

const BITS: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const SAMPLES: u16 = 277;
const PLANES: u16 = 284;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const OFFSETS: u16 = 324;
const LENGTHS: u16 = 325;
const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Pixels beyond the picture's that its tiles may have in all, and how often they may have its own: tiles reach over the
/// edge.
const BEYOND: (u64, u64) = (16 << 20, 4);

/// A TIFF in tiles, not decoded yet.
pub struct Tiles<'a> {
    bytes: &'a [u8],
    directory: Directory<'a>,
    size: (u32, u32),
    tile: (u32, u32),
    /// Where tiles lie, line by line, and how long they are; of all colours, or of one after another.
    places: Vec<(u32, u32)>,
    /// Whether each colour lies in tiles of its own.
    apart: bool,
    colour: ColorType,
    limits: Limits,
}

impl<'a> Tiles<'a> {
    /// `None`: it is not in tiles.
    pub fn of(bytes: &'a [u8]) -> ImageResult<Option<Self>> {
        let Some(directory) = Directory::first(bytes) else { return Ok(None) };
        let first = |tag: u16| directory.values(tag).and_then(|mut values| values.next());
        let (Some(width), Some(height)) = (first(TILE_WIDTH), first(TILE_HEIGHT)) else { return Ok(None) };
        let whole = TiffDecoder::new(Cursor::new(bytes))?;
        let (size, tile) = (whole.dimensions(), (width as u32, height as u32));
        let apart = first(PLANES) == Some(2) && first(SAMPLES).is_some_and(|samples| samples > 1);
        if apart && matches!(whole.original_color_type(), ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16) {
            let what = UnsupportedErrorKind::GenericFeature("CMYK with each colour on its own".into());
            return Err(ImageError::Unsupported(UnsupportedError::from_format_and_kind(format(), what)));
        }
        let numbers = |tag: u16| directory.values(tag).into_iter().flatten().map(|number| number as u32);
        let places: Vec<(u32, u32)> = numbers(OFFSETS).zip(numbers(LENGTHS)).collect();
        let colour = whole.color_type();
        let tiles = Self { bytes, directory, size, tile, places, apart, colour, limits: Limits::no_limits() };
        tiles.check()?;
        Ok(Some(tiles))
    }

    /// Refuses a grid that can't be, or that would take long for what it shows.
    fn check(&self) -> ImageResult<()> {
        if self.tile.0 == 0 || self.tile.1 == 0 {
            return Err(damaged("its tiles have no size"));
        }
        let ((across, down), pixels) = (self.grid(), u64::from(self.size.0) * u64::from(self.size.1));
        let area = u64::from(self.tile.0) * u64::from(self.tile.1);
        if area.saturating_mul(u64::from(across) * u64::from(down)) > BEYOND.0 + BEYOND.1 * pixels {
            return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory)));
        }
        let planes = if self.apart { u64::from(self.colour.channel_count()) } else { 1 };
        match u64::from(across) * u64::from(down) * planes <= self.places.len() as u64 {
            true => Ok(()),
            false => Err(damaged("some of its tiles are not there")),
        }
    }

    /// Tiles in a line, and lines of tiles.
    fn grid(&self) -> (u32, u32) {
        (self.size.0.div_ceil(self.tile.0), self.size.1.div_ceil(self.tile.1))
    }

    /// What a file of one tile alone lists.
    fn listed(&self, (offset, length): (u32, u32)) -> Vec<u8> {
        let ((width, height), mut without) = (self.tile, vec![TILE_WIDTH, TILE_HEIGHT, OFFSETS, LENGTHS]);
        let mut with = vec![
            (256, LONG, width),
            (257, LONG, height),
            (273, LONG, offset),
            (278, LONG, height),
            (279, LONG, length),
            (PLANES, SHORT, 1),
        ];
        if self.apart {
            without.extend([EXTRA_SAMPLES, SAMPLE_FORMAT]);
            let bits = 8 * u32::from(self.colour.bytes_per_pixel() / self.colour.channel_count());
            // One colour alone is a grey picture.
            with.extend([(BITS, SHORT, bits), (PHOTOMETRIC, SHORT, 1), (SAMPLES, SHORT, 1)]);
        }
        self.directory.changed(&without, &with)
    }

    /// What a tile must be like.
    fn part(&self) -> ColorType {
        match (self.apart, self.colour.bytes_per_pixel() / self.colour.channel_count()) {
            (false, _) => self.colour,
            (true, 1) => ColorType::L8,
            (true, _) => ColorType::L16,
        }
    }

    /// Puts the lines of a tile to where they belong in the picture: `at` is its first pixel, `plane` the colour it is of.
    fn put(&self, part: &[u8], (left, top): (u32, u32), plane: usize, picture: &mut [u8]) {
        let (whole, own) = (usize::from(self.colour.bytes_per_pixel()), usize::from(self.part().bytes_per_pixel()));
        let columns = self.tile.0.min(self.size.0 - left) as usize;
        let lines = part.chunks_exact(self.tile.0 as usize * own).take((self.size.1 - top) as usize);
        for (line, pixels) in lines.enumerate() {
            let at = ((top as usize + line) * self.size.0 as usize + left as usize) * whole;
            let place = &mut picture[at..at + columns * whole];
            if own == whole {
                place.copy_from_slice(&pixels[..columns * own]);
                continue;
            }
            let spread = place.chunks_exact_mut(whole).zip(pixels.chunks_exact(own));
            spread.for_each(|(pixel, value)| pixel[plane * own..(plane + 1) * own].copy_from_slice(value));
        }
    }
}

impl ImageDecoder for Tiles<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        self.colour
    }

    fn set_limits(&mut self, limits: Limits) -> ImageResult<()> {
        limits.check_dimensions(self.size.0, self.size.1)?;
        self.limits = limits;
        Ok(())
    }

    fn read_image(self, picture: &mut [u8]) -> ImageResult<()> {
        let (across, down) = self.grid();
        let each = across as usize * down as usize;
        let planes = if self.apart { usize::from(self.colour.channel_count()) } else { 1 };
        // A directory of its own stands behind the file, that of one tile after another.
        let mut file = self.bytes.to_vec();
        file.resize(file.len().next_multiple_of(2), 0);
        let end = file.len();
        file[4..8].copy_from_slice(&self.directory.four(end as u32));
        for (number, place) in self.places.iter().take(each * planes).enumerate() {
            file.truncate(end);
            file.extend(self.listed(*place));
            let mut decoder = TiffDecoder::new(Cursor::new(&file[..]))?;
            decoder.set_limits(self.limits.clone())?;
            let part = DynamicImage::from_decoder(decoder)?;
            if part.color() != self.part() {
                return Err(damaged("its tiles hold other colours than it says"));
            }
            let (plane, number) = (number / each, (number % each) as u32);
            let at = (number % across * self.tile.0, number / across * self.tile.1);
            self.put(part.as_bytes(), at, plane, picture);
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, picture: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(picture)
    }
}

fn format() -> ImageFormatHint {
    ImageFormatHint::Exact(ImageFormat::Tiff)
}

fn damaged(what: &str) -> ImageError {
    ImageError::Decoding(DecodingError::new(format(), what))
}
