//! What a picture looks like, in three kilobytes: by which near copies are known, however they came.
//!
//! It is the picture in 32 × 32 dots of three colours. Two are near copies where each colour of one lies between the least and
//! the greatest of the nine around its place in the other, give or take [`SHADES`], and the other way round: so a copy may be
//! encoded anew, made smaller, or be shifted by a hundredth, but something that is in one only, as large as a thirtieth of
//! the picture or more, tells them apart. A hash of the whole picture (DCT, differences of neighbours) can't do that: to it all pictures
//! of a camera that stands still are one. Measured on the 364 smears of BCCD (`docs/clips.md`).

use super::resize::resize;
use image::RgbImage;

/// Dots a side.
const SIDE: usize = 32;
const DOTS: usize = SIDE * SIDE;
/// Colours that are compared in one go.
const RUN: usize = 128;
/// Sides of the coarse look, which tells most that differ apart: blocks of so many dots.
const BLOCK: usize = 8;
const BLOCKS: usize = SIDE / BLOCK;
/// How far, of 255, a colour may lie outside. On BCCD: what was encoded at quality 10 lies 10 outside, shifted by 1 % 20;
/// two smears that have nothing to do with each other 32 or more.
const SHADES: u8 = 24;
/// How far the mean of a block may lie from that of the other.
const COARSE: u8 = 16;

/// What a picture looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// A plane for each colour.
    planes: Box<[[u8; DOTS]; 3]>,
    coarse: [u8; BLOCKS * BLOCKS],
}

/// Between what the colours of a near copy lie.
pub struct Envelope {
    least: Box<[[u8; DOTS]; 3]>,
    greatest: Box<[[u8; DOTS]; 3]>,
}

impl Likeness {
    /// How many numbers [`Likeness::coarse`] has.
    pub const COARSE: usize = BLOCKS * BLOCKS;
    /// What each of them may differ by in near copies.
    pub const WITHIN: u8 = COARSE;

    pub fn of(image: &RgbImage) -> Self {
        let small = resize(image, SIDE as u32, SIDE as u32);
        let mut planes = Box::new([[0; DOTS]; 3]);
        for (dot, pixel) in small.pixels().enumerate() {
            for (plane, colour) in planes.iter_mut().zip(pixel.0) {
                plane[dot] = colour;
            }
        }
        let mut coarse = [0; BLOCKS * BLOCKS];
        for (i, mean) in coarse.iter_mut().enumerate() {
            let (top, left) = (i / BLOCKS * BLOCK, i % BLOCKS * BLOCK);
            let rows = |plane: &[u8; DOTS]| -> u32 {
                (top..top + BLOCK).flat_map(|y| &plane[y * SIDE + left..][..BLOCK]).map(|dot| u32::from(*dot)).sum()
            };
            *mean = (planes.iter().map(rows).sum::<u32>() / (3 * BLOCK * BLOCK) as u32) as u8;
        }
        Self { planes, coarse }
    }

    /// Whether it is a near copy of the other.
    pub fn is_near(&self, other: &Self) -> bool {
        self.might_be_near(other) && self.envelope().holds(other) && other.envelope().holds(self)
    }

    /// Means of its blocks.
    pub fn coarse(&self) -> &[u8; Self::COARSE] {
        &self.coarse
    }

    /// False where a coarse look already tells them apart.
    pub fn might_be_near(&self, other: &Self) -> bool {
        self.coarse.iter().zip(&other.coarse).all(|(a, b)| a.abs_diff(*b) <= COARSE)
    }

    /// Between what its near copies lie.
    pub fn envelope(&self) -> Envelope {
        let (mut least, mut greatest) = (self.planes.clone(), self.planes.clone());
        least.iter_mut().for_each(|plane| spread(plane, u8::min));
        greatest.iter_mut().for_each(|plane| spread(plane, u8::max));
        least.as_flattened_mut().iter_mut().for_each(|colour| *colour = colour.saturating_sub(SHADES));
        greatest.as_flattened_mut().iter_mut().for_each(|colour| *colour = colour.saturating_add(SHADES));
        Envelope { least, greatest }
    }
}

impl Envelope {
    /// The share of the other's dots that do not lie in it, 0 to 1: how much of that picture is not in this one.
    pub fn outside(&self, other: &Likeness) -> f32 {
        let mut off = [0u8; DOTS];
        for ((least, greatest), colours) in self.least.iter().zip(self.greatest.iter()).zip(other.planes.iter()) {
            let bounds = least.iter().zip(greatest).zip(colours);
            for (off, ((l, g), c)) in off.iter_mut().zip(bounds) {
                *off |= l.saturating_sub(*c) | c.saturating_sub(*g);
            }
        }
        off.iter().filter(|off| **off > 0).count() as f32 / DOTS as f32
    }

    /// Whether all of the other lies in it.
    pub fn holds(&self, other: &Likeness) -> bool {
        let [least, greatest, colours] =
            [&self.least, &self.greatest, &other.planes].map(|planes| planes.as_flattened());
        let mut runs = least.chunks(RUN).zip(greatest.chunks(RUN)).zip(colours.chunks(RUN));
        // By how far any of a run lies outside, without a branch: many at a time in the processor.
        runs.all(|((least, greatest), colours)| {
            let bounds = least.iter().zip(greatest).zip(colours);
            bounds.fold(0, |off, ((l, g), c)| off | l.saturating_sub(*c) | c.saturating_sub(*g)) == 0
        })
    }
}

/// Gives every dot the least, or the greatest, of the nine around it: along the rows, then along the columns of that.
fn spread(plane: &mut [u8; DOTS], pick: fn(u8, u8) -> u8) {
    let rows = *plane;
    for (i, out) in plane.iter_mut().enumerate() {
        let left = if i % SIDE > 0 { rows[i - 1] } else { rows[i] };
        let right = if (i + 1) % SIDE > 0 { rows[i + 1] } else { rows[i] };
        *out = pick(rows[i], pick(left, right));
    }
    let columns = *plane;
    for (i, out) in plane.iter_mut().enumerate() {
        let above = if i >= SIDE { columns[i - SIDE] } else { columns[i] };
        let below = *columns.get(i + SIDE).unwrap_or(&columns[i]);
        *out = pick(columns[i], pick(above, below));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{self, Bounds};
    use image::Rgb;
    use image::imageops;

    /// A landscape of soft hills, another one for every seed.
    fn hills(seed: u32) -> RgbImage {
        let wave = |x: u32, y: u32, n: u32| {
            let turn = (seed * 7 + n * 13) as f32;
            ((x as f32 * turn.sin() + y as f32 * turn.cos()) / (14.0 + n as f32 * 9.0) + turn).sin()
        };
        RgbImage::from_fn(640, 480, |x, y| {
            let light = (0..4).map(|n| wave(x, y, n)).sum::<f32>();
            Rgb([(128.0 + 30.0 * light) as u8, (120.0 + 28.0 * light) as u8, 90])
        })
    }

    fn near(a: &RgbImage, b: &RgbImage) -> bool {
        let (a, b) = (Likeness::of(a), Likeness::of(b));
        assert_eq!(a.is_near(&b), b.is_near(&a));
        a.is_near(&b)
    }

    fn part(image: &RgbImage, x: u32, y: u32) -> RgbImage {
        imageops::crop_imm(image, x, y, 600, 450).to_image()
    }

    #[test]
    fn copies_that_were_encoded_anew_resized_or_shifted_a_little_are_near() {
        for seed in 0..8 {
            let image = hills(seed);
            assert!(near(&image, &image));
            let anew = picture::decode(&picture::encode_jpeg(&image, 25), Bounds::default()).unwrap();
            assert!(near(&image, &anew), "{seed}");
            assert!(near(&image, &resize(&image, 200, 150)), "{seed}");
            assert!(near(&part(&image, 10, 10), &part(&image, 16, 6)), "{seed}: shifted by a hundredth");
        }
    }

    #[test]
    fn others_are_not_and_no_more_is_one_with_something_else_in_it() {
        for seed in 0..8 {
            let image = hills(seed);
            assert!(!near(&image, &hills(seed + 1)), "{seed}");
            assert!(!near(&image, &imageops::flip_horizontal(&image)), "{seed}");
        }
        // The same scenery with a thing in it, here and there.
        let ground = RgbImage::from_pixel(640, 480, Rgb([90, 100, 80]));
        let thing = |left: u32| {
            let on = |x: u32, y: u32| (left..left + 40).contains(&x) && (200..240).contains(&y);
            RgbImage::from_fn(640, 480, |x, y| if on(x, y) { Rgb([210, 60, 40]) } else { *ground.get_pixel(x, y) })
        };
        assert!(!near(&ground, &thing(100)));
        assert!(!near(&thing(100), &thing(200)));
        assert!(near(&thing(100), &thing(108)), "it has hardly moved");
    }

    #[test]
    fn how_much_of_a_picture_is_new_is_its_share_of_dots() {
        let ground = RgbImage::from_pixel(320, 320, Rgb([90, 100, 80]));
        let thing = |side: u32| {
            RgbImage::from_fn(
                320,
                320,
                |x, y| if x.max(y) < side { Rgb([210, 60, 40]) } else { *ground.get_pixel(x, y) },
            )
        };
        let envelope = Likeness::of(&ground).envelope();
        assert_eq!(envelope.outside(&Likeness::of(&ground)), 0.0);
        assert_eq!(envelope.outside(&Likeness::of(&thing(320))), 1.0);
        assert_eq!(envelope.outside(&Likeness::of(&thing(160))), 0.25);
        // Of what is there no more nothing is new but the ground, up to a dot within its border.
        let behind = Likeness::of(&thing(160)).envelope().outside(&Likeness::of(&ground));
        assert!((0.2..0.25).contains(&behind), "{behind}");
    }

    #[test]
    fn the_page_has_the_same_dots() {
        // views/clips/likeness.test.ts has the same picture, and the same numbers.
        let dot = |x: u32, y: u32| Rgb([((x * 5 + y * 3) % 256) as u8, ((x * y) % 256) as u8, 255 - x as u8]);
        let Likeness { planes, coarse } = Likeness::of(&RgbImage::from_fn(100, 70, dot));
        let expected = [135u8, 169, 130, 155, 166, 154, 150, 140, 181, 140, 166, 124, 168, 151, 155, 133];
        assert!(coarse.iter().zip(expected).all(|(own, other)| own.abs_diff(other) <= 1), "{coarse:?}");
        for (plane, dot, value) in [(0, 0, 9u8), (0, 500, 162), (1, 333, 159), (1, 1023, 113), (2, 700, 166)] {
            assert!(planes[plane][dot].abs_diff(value) <= 1, "{plane} {dot}: {}", planes[plane][dot]);
        }
    }

    #[test]
    fn any_size_has_a_likeness() {
        for (width, height) in [(1, 1), (3, 2000), (32, 32)] {
            let image = RgbImage::new(width, height);
            assert!(near(&image, &RgbImage::new(640, 480)), "{width} × {height}");
        }
    }
}
