//! How a picture is turned to be upright: where its points and its pixels go.

use super::exif;
use image::metadata::Orientation;

/// What EXIF, and a TIFF, call it.
const ORIENTATION: u16 = 274;

/// What EXIF, or a TIFF, says, in numbers of two bytes, as it should, or four; `None` where it says nothing of sense.
pub fn wish(exif: &[u8]) -> Option<Orientation> {
    let directory = exif::directory(exif)?;
    // Neither Pillow nor browsers turn what a byte says; so boxes were drawn on what is not turned.
    let value = directory.values(ORIENTATION).filter(|_| !directory.is_bytes(ORIENTATION))?.next()?;
    Orientation::from_exif(value.try_into().ok()?)
}

/// Whether width and height are swapped.
pub fn swaps(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Width and height of the upright picture.
pub fn upright_size(orientation: Orientation, (width, height): (u32, u32)) -> (u32, u32) {
    if swaps(orientation) { (height, width) } else { (width, height) }
}

/// Where a point of the stored picture, of that width and height, lies in the upright one.
pub fn upright_point(orientation: Orientation, [x, y]: [f32; 2], (width, height): (f32, f32)) -> [f32; 2] {
    match orientation {
        Orientation::NoTransforms => [x, y],
        Orientation::FlipHorizontal => [width - x, y],
        Orientation::Rotate180 => [width - x, height - y],
        Orientation::FlipVertical => [x, height - y],
        Orientation::Rotate90FlipH => [y, x],
        Orientation::Rotate90 => [height - y, x],
        Orientation::Rotate270FlipH => [height - y, width - x],
        Orientation::Rotate270 => [y, width - x],
    }
}

/// The pixels of a stored picture in the order of the upright one, which is never made: a photograph of 48 megapixels
/// takes 144 MB once, and not twice.
#[derive(Clone, Copy)]
pub struct Walk {
    start: isize,
    /// From a pixel to the one on its right, and to the one below, in the upright picture.
    right: isize,
    down: isize,
}

impl Walk {
    /// Of a stored picture of that width and height.
    pub fn new(orientation: Orientation, (width, height): (u32, u32)) -> Self {
        let (row, last_row) = (width as isize, width as isize * (height as isize - 1));
        let last = row - 1;
        let (start, right, down) = match orientation {
            Orientation::NoTransforms => (0, 1, row),
            Orientation::FlipHorizontal => (last, -1, row),
            Orientation::Rotate180 => (last_row + last, -1, -row),
            Orientation::FlipVertical => (last_row, 1, -row),
            Orientation::Rotate90FlipH => (0, row, 1),
            Orientation::Rotate90 => (last_row, -row, 1),
            Orientation::Rotate270FlipH => (last_row + last, -row, -1),
            Orientation::Rotate270 => (last, row, -1),
        };
        Self { start, right, down }
    }

    /// Places of the pixels of a row of the upright picture, from left to right, without end.
    pub fn row(self, y: u32) -> impl Iterator<Item = usize> {
        let first = self.start + self.down * y as isize;
        (0..).map(move |x| (first + self.right * x) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, Rgb, RgbImage};

    #[test]
    fn points_and_pixels_go_where_turned_pixels_are() {
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).unwrap();
            let mut stored = RgbImage::from_fn(7, 4, |x, y| Rgb([x as u8, y as u8, 9]));
            stored.put_pixel(5, 1, Rgb([200, 0, 0]));
            let mut upright = DynamicImage::ImageRgb8(stored.clone());
            upright.apply_orientation(orientation);
            let upright = upright.into_rgb8();
            assert_eq!(upright_size(orientation, (7, 4)), upright.dimensions(), "{number}");
            let [x, y] = upright_point(orientation, [5.5, 1.5], (7.0, 4.0));
            assert_eq!(upright.get_pixel(x as u32, y as u32).0[0], 200, "{number}");
            let walk = Walk::new(orientation, (7, 4));
            let pixels: Vec<_> = stored.pixels().collect();
            for (y, row) in upright.rows().enumerate() {
                let walked = walk.row(y as u32).map(|at| pixels[at]);
                assert!(row.zip(walked).all(|(a, b)| a == b), "{number}");
            }
        }
    }

    #[test]
    fn a_wish_is_understood_in_numbers_of_two_bytes_and_four() {
        for (kind, value) in [(3, [6, 0, 0, 0]), (4, [6, 0, 0, 0]), (9, [6, 0, 0, 0])] {
            let exif = [b"II*\0\x08\0\0\0\x01\0\x12\x01".as_slice(), &[kind, 0, 1, 0, 0, 0], &value].concat();
            assert_eq!(wish(&exif), Some(Orientation::Rotate90), "{kind}");
        }
        for (kind, value) in [(3, [0, 8, 0, 0]), (4, [0, 0, 0, 8])] {
            let exif = [b"MM\0*\0\0\0\x08\0\x01\x01\x12".as_slice(), &[0, kind, 0, 0, 0, 1], &value].concat();
            assert_eq!(wish(&[b"Exif\0\0Exif\0\0", &exif[..]].concat()), Some(Orientation::Rotate270), "{kind}");
            for cut in 0..exif.len() {
                assert_eq!(wish(&exif[..cut]), None);
            }
        }
        // A byte, letters, no number at all, one that means nothing, and more entries promised than there are.
        for (kind, count, value) in [(1, 1, 6), (2, 1, b'6'), (3, 0, 6), (3, 1, 0), (3, 1, 9)] {
            let exif =
                [b"II*\0\x08\0\0\0\x01\0\x12\x01".as_slice(), &[kind, 0, count, 0, 0, 0, value, 0, 0, 0]].concat();
            assert_eq!(wish(&exif), None, "{kind}");
        }
        let many = b"II*\0\x08\0\0\0\x63\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0";
        assert_eq!(wish(many), Some(Orientation::Rotate180));
    }
}
