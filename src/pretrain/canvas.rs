//! Pixels under work, and the plain marks that backgrounds and clutter are made of.

use super::maths::length;
use crate::picture::texture::{Rgb, mix, mix3, smooth, unit};

/// `width` × `height` pixels, row by row.
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Rgb>,
}

impl Canvas {
    /// Pixel columns and rows that the range from `x0`, `y0` to `x1`, `y1` touches: (from, to) of both.
    pub fn window(&self, x0: f32, y0: f32, x1: f32, y1: f32) -> [(usize, usize); 2] {
        let clip = |from: f32, to: f32, side: usize| {
            let from = from.floor().clamp(0.0, side as f32) as usize;
            (from, (to.ceil().clamp(0.0, side as f32) as usize).max(from))
        };
        [clip(x0, x1, self.width), clip(y0, y1, self.height)]
    }

    /// A stroke from `a` to `b`, `radius` to each side and fading out over `soft` pixels; `alpha` at its middle.
    pub fn stroke(&mut self, a: [f32; 2], b: [f32; 2], radius: f32, soft: f32, colour: Rgb, alpha: f32) {
        let reach = radius + soft;
        let [columns, rows] =
            self.window(a[0].min(b[0]) - reach, a[1].min(b[1]) - reach, a[0].max(b[0]) + reach, a[1].max(b[1]) + reach);
        let (ex, ey) = (b[0] - a[0], b[1] - a[1]);
        let per = 1.0 / (ex * ex + ey * ey).max(1e-6);
        for y in rows.0..rows.1 {
            let py = y as f32 + 0.5 - a[1];
            for x in columns.0..columns.1 {
                let px = x as f32 + 0.5 - a[0];
                let h = ((px * ex + py * ey) * per).clamp(0.0, 1.0);
                let d = length(px - ex * h, py - ey * h);
                if d < reach {
                    let pixel = &mut self.pixels[y * self.width + x];
                    *pixel = mix3(*pixel, colour, alpha * ((reach - d) / soft).min(1.0));
                }
            }
        }
    }
}

/// Value noise over a whole picture, 0 to 1, one lattice cell `cell` pixels wide and high. Quicker than asking
/// [`crate::picture::texture::noise`] at every pixel, because a row of the lattice is computed once.
pub fn field(seed: u64, width: usize, height: usize, cell: [f32; 2]) -> Vec<f32> {
    let knots = (width as f32 / cell[0]) as usize + 2;
    let row = |y: i64| -> Vec<f32> { (0..knots as i64).map(|x| unit(seed, x, y)).collect() };
    let columns: Vec<(usize, f32)> = (0..width)
        .map(|x| {
            let at = x as f32 / cell[0];
            (at as usize, smooth(0.0, 1.0, at - at.floor()))
        })
        .collect();
    let (mut above, mut below, mut current) = (row(0), row(1), 0);
    let mut blend = vec![0.0; knots];
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        let at = y as f32 / cell[1];
        let knot = at as i64;
        if knot != current {
            above = if knot == current + 1 { below } else { row(knot) };
            below = row(knot + 1);
            current = knot;
        }
        let t = smooth(0.0, 1.0, at - at.floor());
        for i in 0..knots {
            blend[i] = mix(above[i], below[i], t);
        }
        out.extend(columns.iter().map(|(x, t)| mix(blend[*x], blend[*x + 1], *t)));
    }
    out
}

/// Noise of several octaves, 0 to 1; each is twice as fine and half as strong.
pub fn clouds(seed: u64, width: usize, height: usize, cell: [f32; 2], octaves: u64) -> Vec<f32> {
    let mut sum = vec![0.0; width * height];
    let (mut weight, mut f, mut total) = (1.0, 1.0, 0.0);
    for octave in 0..octaves {
        let one = field(seed.wrapping_add(octave), width, height, [(cell[0] / f).max(1.0), (cell[1] / f).max(1.0)]);
        sum.iter_mut().zip(&one).for_each(|(s, o)| *s += weight * o);
        total += weight;
        weight *= 0.5;
        f *= 2.0;
    }
    sum.iter_mut().for_each(|s| *s /= total);
    sum
}
