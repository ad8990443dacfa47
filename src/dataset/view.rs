//! Augmented views: the same frame mirrored, nearer, farther, darker, tinted, noisier.
//!
//! Positions are shares of the frame: a point `u` of the frame is at `(u - centre) * scale + 0.5` of the view, mirrored
//! where the view is.

use crate::domain::BBox;
use crate::picture;
use image::RgbImage;
use rand::{Rng, RngExt};

/// What surrounds a frame that doesn't fill its view.
const BORDER: u8 = 114;
/// How far a random view reaches beyond the frame, as a share of its size.
const BEYOND: f32 = 0.1;
/// How many times wider than high a random view may make things, or the other way round.
const STRETCH: f32 = 1.25;

/// How a frame is shown to the model: geometry, then colour, then noise. `identity` shows it as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Mirror left and right.
    pub flip: bool,
    /// Zoom across and down, 1 = whole frame; above 1 a crop, below 1 the frame with a border.
    pub scale: (f32, f32),
    /// Centre of the crop in the frame, 0 to 1.
    pub centre: (f32, f32),
    /// Added to every pixel, as a share of white; 0 changes nothing.
    pub brightness: f32,
    /// Factor on the distance from mid-grey; 1 changes nothing.
    pub contrast: f32,
    /// Factor on red, green and blue; 1 changes nothing.
    pub colour: [f32; 3],
    /// Standard deviation of the noise, as a share of white; 0 is none.
    pub noise: f32,
    pub noise_seed: u64,
}

/// One direction of a view: where the frame's picture lies in it, in whole pixels, and which part of the frame that is.
struct Axis {
    /// First pixel of the view that shows the frame, and how many do.
    at: u32,
    pixels: u32,
    /// The part of the frame shown there, in its pixels.
    from: f64,
    length: f64,
}

impl View {
    /// The frame as it is.
    pub fn identity() -> Self {
        Self {
            flip: false,
            scale: (1.0, 1.0),
            centre: (0.5, 0.5),
            brightness: 0.0,
            contrast: 1.0,
            colour: [1.0; 3],
            noise: 0.0,
            noise_seed: 0,
        }
    }

    /// Any view: half of them mirrored, scale 0.6 to 1.5, stretched by up to a quarter, half of them noisy. A crop may reach a tenth of the frame's
    /// size beyond its edge.
    pub fn random(rng: &mut impl Rng) -> Self {
        let zoom = rng.random_range(0.6f32.ln()..=1.5f32.ln()).exp();
        let stretch = rng.random_range(-STRETCH.ln()..=STRETCH.ln()).exp().sqrt();
        let scale = (zoom * stretch, zoom / stretch);
        let mut centre = |scale: f32| {
            let half = 0.5 / scale;
            rng.random_range(half.min(1.0 - half) - BEYOND..=half.max(1.0 - half) + BEYOND)
        };
        Self {
            scale,
            centre: (centre(scale.0), centre(scale.1)),
            flip: rng.random(),
            brightness: rng.random_range(-0.06..=0.06),
            contrast: rng.random_range(0.9..=1.12),
            colour: std::array::from_fn(|_| rng.random_range(0.96..=1.04)),
            noise: if rng.random() { rng.random_range(0.0..=0.02) } else { 0.0 },
            noise_seed: rng.random(),
        }
    }

    /// The picture at exactly `width` × `height` as this view shows it (the frame is stretched to that aspect, as without
    /// a view). Shrinking averages.
    pub fn picture(&self, frame: &RgbImage, width: u32, height: u32) -> RgbImage {
        let mut picture = self.warp(frame, width, height);
        if self.flip {
            for row in picture.chunks_exact_mut(width as usize * 3) {
                row.as_chunks_mut::<3>().0.reverse();
            }
        }
        self.tint(&mut picture);
        self.roughen(&mut picture);
        picture
    }

    /// A box of the frame (pixels of `frame_size`) in the view (pixels of `size`): clipped; `None` when its centre is outside.
    pub fn bbox(&self, bbox: BBox, frame_size: (u32, u32), size: (u32, u32)) -> Option<BBox> {
        let place = |at: f32, frame: u32, centre: f32, scale: f32, view: f32| {
            let share = (f64::from(at) / f64::from(frame) - f64::from(centre)) * f64::from(scale) + 0.5;
            (share * f64::from(view)) as f32
        };
        let (width, height) = (size.0 as f32, size.1 as f32);
        let x = |at| place(at, frame_size.0, self.centre.0, self.scale.0, width);
        let y = |at| place(at, frame_size.1, self.centre.1, self.scale.1, height);
        let (left, right) = (x(bbox.x), x(bbox.right()));
        let (left, right) = if self.flip { (width - right, width - left) } else { (left, right) };
        let seen = BBox::from_corners(left, y(bbox.y), right, y(bbox.bottom()));
        let (cx, cy) = seen.centre();
        let inside = (0.0..width).contains(&cx) && (0.0..height).contains(&cy);
        if inside { seen.clipped(width, height) } else { None }
    }

    /// Geometry without the mirror.
    fn warp(&self, frame: &RgbImage, width: u32, height: u32) -> RgbImage {
        if self.scale == (1.0, 1.0) && self.centre == (0.5, 0.5) {
            return picture::resize(frame, width, height);
        }
        let mut view = RgbImage::from_pixel(width, height, image::Rgb([BORDER; 3]));
        let across = Self::axis(self.scale.0, self.centre.0, frame.width(), width);
        let down = Self::axis(self.scale.1, self.centre.1, frame.height(), height);
        let (Some(x), Some(y)) = (across, down) else { return view };
        let shown = picture::resize_part(frame, [x.from, y.from, x.length, y.length], x.pixels, y.pixels);
        let row = x.pixels as usize * 3;
        let (stride, offset) = (width as usize * 3, x.at as usize * 3);
        for (line, pixels) in shown.chunks_exact(row).enumerate() {
            let start = (y.at as usize + line) * stride + offset;
            view.as_flat_samples_mut().samples[start..start + row].copy_from_slice(pixels);
        }
        view
    }

    /// `None` where nothing of the frame is seen.
    fn axis(scale: f32, centre: f32, frame: u32, view: u32) -> Option<Axis> {
        let (scale, frame, view) = (f64::from(scale), f64::from(frame), f64::from(view));
        let to_view = |u: f64| ((u - f64::from(centre)) * scale + 0.5) * view;
        let to_frame = |v: f64| ((v / view - 0.5) / scale + f64::from(centre)) * frame;
        // Whole pixels that show nothing but frame; boxes stay exact, and at most a pixel of frame is lost to the border.
        let tolerance = 1e-4;
        let first = (to_view(0.0) - tolerance).ceil().max(0.0);
        let last = (to_view(1.0) + tolerance).floor().min(view);
        let from = to_frame(first).max(0.0);
        let length = to_frame(last).min(frame) - from;
        (last > first && length > 0.0).then_some(Axis { at: first as u32, pixels: (last - first) as u32, from, length })
    }

    fn tint(&self, picture: &mut RgbImage) {
        if self.brightness == 0.0 && self.contrast == 1.0 && self.colour == [1.0; 3] {
            return;
        }
        let table: [[u8; 256]; 3] = self.colour.map(|colour| {
            std::array::from_fn(|value| {
                let value = (value as f32 / 255.0 - 0.5) * self.contrast + 0.5 + self.brightness;
                (value * colour * 255.0).round().clamp(0.0, 255.0) as u8
            })
        });
        for pixel in picture.as_chunks_mut::<3>().0 {
            *pixel = [table[0][pixel[0] as usize], table[1][pixel[1] as usize], table[2][pixel[2] as usize]];
        }
    }

    /// Triangular noise (the difference of two uniform bytes), which a sensor's is close enough to.
    fn roughen(&self, picture: &mut RgbImage) {
        // The difference has a standard deviation of 256 / √6; in 16.16 fixed point.
        let factor = (self.noise * 255.0 / (256.0 / 6.0f32.sqrt()) * 65_536.0).round() as i32;
        if factor == 0 {
            return;
        }
        let mut state = self.noise_seed;
        for pixels in picture.chunks_mut(4) {
            let bytes = splitmix(&mut state).to_le_bytes();
            for (value, pair) in pixels.iter_mut().zip(bytes.as_chunks::<2>().0) {
                let noise = (i32::from(pair[0]) - i32::from(pair[1])) * factor;
                *value = (i32::from(*value) + ((noise + 32_768) >> 16)).clamp(0, 255) as u8;
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SIZE: (u32, u32) = (320, 240);

    /// Black, with a white rectangle.
    fn drawn(bbox: BBox) -> RgbImage {
        RgbImage::from_fn(640, 480, |x, y| {
            let (x, y) = (x as f32, y as f32);
            let inside = x >= bbox.x && x < bbox.right() && y >= bbox.y && y < bbox.bottom();
            image::Rgb(if inside { [255; 3] } else { [0; 3] })
        })
    }

    /// The edges of what is bright, to half a pixel or so: of the rows and columns whose brightest pixel is at least half.
    fn found(picture: &RgbImage) -> Option<BBox> {
        let bright = |x, y| picture.get_pixel(x, y).0[1] > 160;
        let columns: Vec<u32> = (0..SIZE.0).filter(|x| (0..SIZE.1).any(|y| bright(*x, y))).collect();
        let rows: Vec<u32> = (0..SIZE.1).filter(|y| (0..SIZE.0).any(|x| bright(x, *y))).collect();
        let (left, right, top, bottom) = (columns.first()?, columns.last()?, rows.first()?, rows.last()?);
        Some(BBox::from_corners(*left as f32, *top as f32, *right as f32 + 1.0, *bottom as f32 + 1.0))
    }

    #[test]
    fn boxes_follow_the_picture() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut seen = 0;
        for _ in 0..60 {
            let view = View { noise: 0.0, brightness: 0.0, contrast: 1.0, colour: [1.0; 3], ..View::random(&mut rng) };
            let (x, y) = (rng.random_range(0..540) as f32, rng.random_range(0..380) as f32);
            let bbox = BBox::new(x, y, rng.random_range(20..100) as f32, rng.random_range(20..100) as f32);
            let Some(expected) = view.bbox(bbox, (640, 480), SIZE) else { continue };
            let found = found(&view.picture(&drawn(bbox), SIZE.0, SIZE.1)).unwrap();
            for (a, b) in <[f32; 4]>::from(expected).into_iter().zip(<[f32; 4]>::from(found)) {
                assert!((a - b).abs() < 2.0, "{view:?}: {expected:?}, {found:?}");
            }
            seen += 1;
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn identity_is_the_frame_resized() {
        let frame = drawn(BBox::new(100.0, 50.0, 30.0, 30.0));
        assert_eq!(View::identity().picture(&frame, 320, 240), picture::resize(&frame, 320, 240));
        assert_eq!(View::identity().picture(&frame, 640, 480), frame);
        let bbox = BBox::new(100.0, 50.0, 30.0, 40.0);
        assert_eq!(View::identity().bbox(bbox, (640, 480), (320, 240)), Some(BBox::new(50.0, 25.0, 15.0, 20.0)));
    }

    #[test]
    fn a_mirrored_view_is_the_mirrored_picture() {
        let frame = drawn(BBox::new(100.0, 50.0, 30.0, 30.0));
        let view = View { flip: true, ..View::identity() };
        let mirrored = image::imageops::flip_horizontal(&frame);
        assert_eq!(view.picture(&frame, 640, 480), mirrored);
    }

    #[test]
    fn a_box_whose_centre_leaves_the_view_is_gone() {
        let view = View { scale: (1.6, 1.6), centre: (0.3125, 0.3125), ..View::identity() };
        assert_eq!(view.bbox(BBox::new(600.0, 400.0, 30.0, 30.0), (640, 480), SIZE), None);
        let cut = view.bbox(BBox::new(380.0, 10.0, 30.0, 30.0), (640, 480), SIZE).unwrap();
        assert!(cut.right() <= 320.0 && cut.width < 24.0, "{cut:?}");
    }

    #[test]
    fn any_view_of_any_frame_has_the_size_asked_for() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..50 {
            let frame = RgbImage::new(rng.random_range(1..200), rng.random_range(1..200));
            let (width, height) = (rng.random_range(1..200), rng.random_range(1..200));
            let picture = View::random(&mut rng).picture(&frame, width, height);
            assert_eq!(picture.dimensions(), (width, height));
        }
    }

    #[test]
    fn noise_has_the_strength_it_says_and_repeats() {
        let frame = RgbImage::from_pixel(200, 200, image::Rgb([128; 3]));
        let view = View { noise: 0.04, noise_seed: 5, ..View::identity() };
        let noisy = view.picture(&frame, 200, 200);
        assert_eq!(noisy, view.picture(&frame, 200, 200));
        let count = noisy.len() as f64;
        let mean = noisy.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
        let deviation = (noisy.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((mean - 128.0).abs() < 0.3 && (deviation - 10.2).abs() < 0.4, "{mean} {deviation}");
    }
}
