//! A picture as the tracker sees it: of working size, light and two colours, halved again and again.
//!
//! A box is looked at through a grid of samples, whatever its size: the level is taken whose pixels are about as far apart
//! as the samples, so that nothing flickers or is skipped.

use crate::picture;
use image::RgbImage;

/// Longest side of the working size, in pixels: of more a patch of 32 samples sees nothing.
const WORKING: u32 = 640;
/// Levels beside the first: enough for a box as large as the picture.
const LEVELS: usize = 5;
/// The level of which a picture is kept.
const GLANCE: usize = 2;

/// What a pixel says: light, red against green, blue against light.
pub type Hues = [f32; 3];

/// A rectangle in working pixels; it may lie outside of the picture, in part or whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Of its centre.
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    pub fn moved(self, dx: f32, dy: f32) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    pub fn scaled(self, by: f32) -> Self {
        Self { width: self.width * by, height: self.height * by, ..self }
    }

    /// Area that two have in common.
    pub fn common(self, other: Self) -> f32 {
        let side = |a: f32, a_long: f32, b: f32, b_long: f32| {
            ((a + a_long / 2.0).min(b + b_long / 2.0) - (a - a_long / 2.0).max(b - b_long / 2.0)).max(0.0)
        };
        side(self.x, self.width, other.x, other.width) * side(self.y, self.height, other.y, other.height)
    }

    /// Part of it that lies inside of a picture of this size.
    pub fn inside(self, (width, height): (f32, f32)) -> f32 {
        let whole = Self { x: width / 2.0, y: height / 2.0, width, height };
        self.common(whole) / (self.width * self.height)
    }

    /// Whether a point lies in it.
    pub fn holds(self, (x, y): (f32, f32)) -> bool {
        (x - self.x).abs() <= self.width / 2.0 && (y - self.y).abs() <= self.height / 2.0
    }

    /// Where a sample lies, of so many columns and rows.
    pub fn sample(self, column: usize, row: usize, (columns, rows): (usize, usize)) -> (f32, f32) {
        let along = |at: usize, of: usize, long: f32| ((at as f32 + 0.5) / of as f32 - 0.5) * long;
        (self.x + along(column, columns, self.width), self.y + along(row, rows, self.height))
    }

    /// The longer side.
    pub fn long(self) -> f32 {
        self.width.max(self.height)
    }
}

#[derive(Clone)]
struct Plane {
    width: usize,
    height: usize,
    pixels: Vec<Hues>,
}

impl Plane {
    fn of(image: &RgbImage) -> Self {
        let hues = |[r, g, b]: [u8; 3]| {
            let [r, g, b] = [r, g, b].map(f32::from);
            let light = 0.299 * r + 0.587 * g + 0.114 * b;
            [light, r - g, b - light]
        };
        let pixels = image.pixels().map(|p| hues(p.0)).collect();
        Self { width: image.width() as usize, height: image.height() as usize, pixels }
    }

    /// Each pixel the mean of four; what is left over at an odd edge is dropped.
    fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let at = |dx: usize, dy: usize| {
                    let (x, y) = ((2 * x + dx).min(self.width - 1), (2 * y + dy).min(self.height - 1));
                    self.pixels[y * self.width + x]
                };
                let four = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
                pixels.push([0, 1, 2].map(|c| four.iter().map(|p| p[c]).sum::<f32>() * 0.25));
            }
        }
        Self { width, height, pixels }
    }

    /// Between four pixels; the point lies inside.
    fn at(&self, x: f32, y: f32) -> Hues {
        let (x, y) = ((x - 0.5).max(0.0), (y - 0.5).max(0.0));
        let (x0, y0) = ((x as usize).min(self.width - 1), (y as usize).min(self.height - 1));
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (tx, ty) = (x - x0 as f32, y - y0 as f32);
        let (upper, lower) = (y0 * self.width, y1 * self.width);
        let (a, b) = (self.pixels[upper + x0], self.pixels[upper + x1]);
        let (c, d) = (self.pixels[lower + x0], self.pixels[lower + x1]);
        [0, 1, 2].map(|i| {
            let (above, below) = (a[i] + (b[i] - a[i]) * tx, c[i] + (d[i] - c[i]) * tx);
            above + (below - above) * ty
        })
    }
}

/// What is kept of a picture: a quarter of its working size.
pub struct Glance {
    plane: Plane,
    /// Of the picture, in working pixels.
    size: (f32, f32),
}

impl Glance {
    /// What was there; `None` outside of the picture.
    pub fn at(&self, (x, y): (f32, f32)) -> Option<Hues> {
        let (width, height) = self.size;
        let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
        inside.then(|| self.plane.at(x * self.plane.width as f32 / width, y * self.plane.height as f32 / height))
    }
}

/// A picture, ready to be looked at.
pub struct Sight {
    levels: Vec<Plane>,
}

impl Sight {
    /// Working pixels a pixel of a picture of this size.
    pub fn scale(size: (u32, u32)) -> f32 {
        (WORKING as f32 / size.0.max(size.1).max(1) as f32).min(1.0)
    }

    pub fn of(image: &RgbImage) -> Self {
        let scale = Self::scale(image.dimensions());
        let to = |side: u32| ((side as f32 * scale).round() as u32).max(1);
        let small = picture::resize(image, to(image.width()), to(image.height()));
        let mut levels = vec![Plane::of(&small)];
        for _ in 0..LEVELS {
            levels.extend(levels.last().map(Plane::halved));
        }
        Self { levels }
    }

    /// What is worth keeping of it: a few hundred kilobytes.
    pub fn glance(&self) -> Glance {
        Glance { plane: self.levels[GLANCE].clone(), size: self.size() }
    }

    /// Width and height in working pixels.
    pub fn size(&self) -> (f32, f32) {
        (self.levels[0].width as f32, self.levels[0].height as f32)
    }

    /// Samples of a rectangle, row by row; `None` for those outside of the picture.
    pub fn look(&self, rect: Rect, columns: usize, rows: usize, out: &mut Vec<Option<Hues>>) {
        out.clear();
        let (dx, dy) = (rect.width / columns as f32, rect.height / rows as f32);
        let level = (dx.max(dy).max(1.0).log2() + 0.3) as usize;
        let plane = &self.levels[level.min(self.levels.len() - 1)];
        let (width, height) = self.size();
        let shrink = (plane.width as f32 / width, plane.height as f32 / height);
        let (left, top) = (rect.x - rect.width / 2.0 + dx / 2.0, rect.y - rect.height / 2.0 + dy / 2.0);
        for row in 0..rows {
            let y = top + row as f32 * dy;
            for column in 0..columns {
                let x = left + column as f32 * dx;
                let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
                out.push(inside.then(|| plane.at(x * shrink.0, y * shrink.1)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_sampled_and_what_is_outside_is_left_out() {
        let image = RgbImage::from_fn(64, 48, |x, _| image::Rgb([x as u8 * 2; 3]));
        let sight = Sight::of(&image);
        assert_eq!(sight.size(), (64.0, 48.0));
        let mut seen = Vec::new();
        sight.look(Rect { x: 0.0, y: 24.0, width: 8.0, height: 4.0 }, 4, 2, &mut seen);
        let inside: Vec<bool> = seen.iter().map(Option::is_some).collect();
        assert_eq!(inside, [false, false, true, true, false, false, true, true]);
        assert!((seen[2].unwrap()[0] - 1.0).abs() < 1.0 && (seen[3].unwrap()[0] - 5.0).abs() < 1.0, "{seen:?}");
    }

    #[test]
    fn large_pictures_are_made_smaller_and_large_steps_average() {
        let stripes = RgbImage::from_fn(1280, 640, |x, _| image::Rgb([if x / 2 % 2 == 0 { 0 } else { 200 }; 3]));
        let sight = Sight::of(&stripes);
        assert_eq!((Sight::scale((1280, 640)), sight.size()), (0.5, (640.0, 320.0)));
        let mut seen = Vec::new();
        sight.look(Rect { x: 320.0, y: 160.0, width: 640.0, height: 320.0 }, 8, 4, &mut seen);
        assert!(seen.iter().all(|s| (s.unwrap()[0] - 100.0).abs() < 12.0), "{seen:?}");
    }
}
