//! Painting on a picture: bars, lines, pills and text, blended and clipped. Lengths are pixels.

use super::letters::{Letter, is_silent, letter};
use ab_glyph::{GlyphId, OutlinedGlyph, PxScaleFactor, point};
use image::RgbImage;
use std::sync::Arc;

/// Width and height of a line of text at this size.
pub fn text_size(text: &str, size: f32) -> (f32, f32) {
    let width: f32 = letters(text).map(|letter| letter.advance * size / letter.height).sum();
    (1.0 + width.ceil(), size.ceil())
}

/// What of a text can be drawn.
fn letters(text: &str) -> impl Iterator<Item = Arc<Letter>> {
    text.chars().filter(|c| !is_silent(*c)).filter_map(letter)
}

/// Paints on a picture.
pub struct Painter<'a> {
    pub image: &'a mut RgbImage,
}

impl Painter<'_> {
    /// A filled rectangle with its corners rounded off by `radius`; edges between pixels are blended.
    pub fn pill(&mut self, [x, y, width, height]: [f32; 4], radius: f32, colour: [u8; 3], opacity: f32) {
        let radius = radius.min(width / 2.0).min(height / 2.0).max(0.0);
        let (cx, cy) = (x + width / 2.0, y + height / 2.0);
        let clip = |from: f32, to: f32, size: u32| {
            (from.floor().clamp(0.0, size as f32) as u32)..(to.ceil().clamp(0.0, size as f32) as u32)
        };
        for py in clip(y, y + height, self.image.height()) {
            for px in clip(x, x + width, self.image.width()) {
                // Distance of the pixel's centre from the edge, negative inside.
                let dx = (px as f32 + 0.5 - cx).abs() - (width / 2.0 - radius);
                let dy = (py as f32 + 0.5 - cy).abs() - (height / 2.0 - radius);
                let distance = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius;
                self.blend(px, py, colour, opacity * (0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }

    /// A filled rectangle.
    pub fn bar(&mut self, area: [f32; 4], colour: [u8; 3], opacity: f32) {
        self.pill(area, 0.0, colour, opacity);
    }

    /// The outline of a rectangle, `line` wide, its middle on the edge; whole pixels where `area` and `line` are.
    pub fn outline(&mut self, area: [f32; 4], line: f32, colour: [u8; 3], opacity: f32) {
        let [x, y, width, height] = area;
        let half = (line / 2.0).floor();
        for side in [
            [x - half, y - half, width + line, line],
            [x - half, y + height - half, width + line, line],
            [x - half, y - half + line, line, (height - line).max(0.0)],
            [x + width - half, y - half + line, line, (height - line).max(0.0)],
        ] {
            self.bar(side, colour, opacity);
        }
    }

    /// The outline of a rectangle in dashes about `dash` long, half of one at each end of a side, so that they meet in the
    /// corners. `longer`: by how much to draw each at both ends, for a shadow under the same dashes.
    pub fn dashed(&mut self, area: [f32; 4], line: f32, dash: f32, longer: f32, colour: [u8; 3], opacity: f32) {
        let [x, y, width, height] = area;
        let half = (line / 2.0).floor();
        for (length, other, horizontal) in [(width, height, true), (height, width, false)] {
            let count = (length / (2.0 * dash)).round().max(1.0);
            let step = length / count;
            for i in 0..=count as u32 {
                let middle = i as f32 * step;
                let from = (middle - step / 4.0 - longer).max(-half).round();
                let to = (middle + step / 4.0 + longer).min(length + line - half).round();
                for across in [-half, other - half] {
                    let along = to - from;
                    let area = if horizontal {
                        [x + from, y + across, along, line]
                    } else {
                        [x + across, y + from, line, along]
                    };
                    self.bar(area, colour, opacity);
                }
            }
        }
    }

    /// A line of text; `x` and `y` are its top left corner. Letters that no font has are left out: see
    /// [`drawn_name`](super::drawn_name).
    pub fn text(&mut self, text: &str, x: f32, y: f32, size: f32, colour: [u8; 3]) {
        let (mut x, y) = (x.round(), y.round());
        for letter in letters(text) {
            let scale = size / letter.height;
            if let Some(outline) = &letter.outline {
                let at = GlyphId(0).with_scale_and_position(size, point(x, y + letter.ascent * scale));
                let factor = PxScaleFactor { horizontal: scale, vertical: scale };
                let shape = OutlinedGlyph::new(at, outline.clone(), factor);
                let corner = shape.px_bounds().min;
                shape.draw(|px, py, covered| {
                    let (px, py) = (corner.x + px as f32, corner.y + py as f32);
                    if px >= 0.0 && py >= 0.0 && (px as u32) < self.image.width() && (py as u32) < self.image.height() {
                        self.blend(px as u32, py as u32, colour, covered.clamp(0.0, 1.0));
                    }
                });
            }
            x += letter.advance * scale;
        }
    }

    fn blend(&mut self, x: u32, y: u32, colour: [u8; 3], opacity: f32) {
        let pixel = self.image.get_pixel_mut(x, y);
        for (old, new) in pixel.0.iter_mut().zip(colour) {
            *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * opacity).round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_covers_its_area_and_no_more() {
        let mut image = RgbImage::new(20, 20);
        Painter { image: &mut image }.bar([5.0, 5.0, 4.0, 3.0], [255; 3], 1.0);
        let lit = image.enumerate_pixels().filter(|(_, _, p)| p.0[0] > 0);
        assert!(lit.clone().all(|(x, y, p)| (5..9).contains(&x) && (5..8).contains(&y) && p.0 == [255; 3]));
        assert_eq!(lit.count(), 12);
    }

    #[test]
    fn dashes_leave_gaps() {
        let mut image = RgbImage::new(100, 100);
        Painter { image: &mut image }.dashed([10.0, 10.0, 80.0, 80.0], 2.0, 8.0, 0.0, [255; 3], 1.0);
        let top: Vec<bool> = (12..88).map(|x| image.get_pixel(x, 10).0[0] > 128).collect();
        let lit = top.iter().filter(|lit| **lit).count();
        assert!((30..46).contains(&lit), "{lit}");
        assert_eq!(image.get_pixel(50, 50).0, [0; 3]);
    }

    #[test]
    fn nothing_outside_the_picture_panics() {
        let mut image = RgbImage::new(10, 10);
        let mut painter = Painter { image: &mut image };
        for area in [[-50.0, -50.0, 20.0, 20.0], [5.0, 5.0, 1e6, 1e6], [1e9, 1e9, 5.0, 5.0], [3.0, 3.0, 0.0, 0.0]] {
            painter.pill(area, 4.0, [255; 3], 0.5);
            painter.outline(area, 3.0, [255; 3], 0.5);
        }
        painter.dashed([-5.0, -5.0, 30.0, 30.0], 3.0, 4.0, 1.0, [9; 3], 1.0);
        painter.text("outside", -20.0, 8.0, 12.0, [255; 3]);
    }

    #[test]
    fn text_is_drawn() {
        let mut image = RgbImage::new(100, 30);
        Painter { image: &mut image }.text("Ag", 2.0, 2.0, 20.0, [255; 3]);
        assert!(image.pixels().any(|p| p.0[0] > 200));
        assert!(text_size("Ag", 20.0).0 > 10.0);
        // Nothing is drawn for what no font has, and no room is taken.
        let mut empty = RgbImage::new(100, 30);
        Painter { image: &mut empty }.text("\u{10ffff}\u{200d}ب", 2.0, 2.0, 20.0, [255; 3]);
        assert!(empty.pixels().all(|p| p.0 == [0; 3]));
        assert_eq!(text_size("A\u{10ffff}g", 20.0), text_size("Ag", 20.0));
    }
}
