//! What light and camera make of a scene: falloff, haze, blur, tone, noise, the blocks of a codec.

use super::blocks;
use super::canvas::{Canvas, clouds};
use super::colour::hsv;
use super::maths::{Dice, cos, sin};
use crate::picture::texture::{Rgb, hash, mix, mix3, scale3, smooth};
use image::RgbImage;

/// Lets light fall unevenly: a slope, darker corners, one coloured lamp, sometimes shadows of things out of sight.
pub fn illuminate(canvas: &mut Canvas, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let (turns, steep) = (dice.unit(), dice.range(0.0, 0.3));
    let (ax, ay) = (steep * cos(turns) / w, steep * sin(turns) / h);
    let vignette = if dice.chance(0.4) { dice.range(0.1, 0.6) } else { 0.0 };
    let most = dice.pick(&[0.05, 0.05, 0.12, 0.3]);
    let lamp = hsv(dice.unit(), dice.range(0.0, most), 1.0);
    let dapple = if dice.chance(0.15) {
        let cell = dice.log(25.0, 90.0);
        Some((clouds(dice.seed(), canvas.width, canvas.height, [cell, cell], 3), dice.range(0.2, 0.55)))
    } else {
        None
    };
    for y in 0..canvas.height {
        let (dy, row) = (y as f32 / h - 0.5, y * canvas.width);
        for x in 0..canvas.width {
            let dx = x as f32 / w - 0.5;
            let mut gain = (1.0 + ax * w * dx + ay * h * dy) * (1.0 - vignette * (dx * dx + dy * dy) * 2.0);
            if let Some((shade, dark)) = &dapple {
                gain *= 1.0 - dark * smooth(0.45, 0.6, shade[row + x]);
            }
            let pixel = &mut canvas.pixels[row + x];
            *pixel = times(*pixel, scale3(lamp, gain));
        }
    }
}

/// Blurs by two box filters of `radius` whole pixels to each side, or by a quarter-pixel share if `radius` is below 1.
pub fn blur(canvas: &mut Canvas, radius: f32) {
    let (w, h) = (canvas.width, canvas.height);
    if radius < 1.0 {
        let side = radius * 0.3;
        lines(&mut canvas.pixels, w, h, |line, out| {
            for i in 0..line.len() {
                let (a, b, c) = (line[i.max(1) - 1], line[i], line[(i + 1).min(line.len() - 1)]);
                out[i] = add(scale3(b, 1.0 - 2.0 * side), add(a, c, 1.0), side);
            }
        });
        return;
    }
    let r = radius as usize;
    for _ in 0..2 {
        lines(&mut canvas.pixels, w, h, |line, out| {
            let last = line.len() - 1;
            let mut sum = [0.0f32; 3];
            for i in 0..=2 * r {
                let p = line[i.max(r) - r..][..1][0];
                sum = add(sum, p, 1.0);
            }
            let by = 1.0 / (2 * r + 1) as f32;
            for i in 0..=last {
                out[i] = [sum[0] * by, sum[1] * by, sum[2] * by];
                let (enter, leave) = (line[(i + r + 1).min(last)], line[i.max(r) - r]);
                sum = add(add(sum, enter, 1.0), leave, -1.0);
            }
        });
    }
}

/// Filters all rows, then all columns.
fn lines(pixels: &mut [Rgb], w: usize, h: usize, filter: impl Fn(&[Rgb], &mut [Rgb])) {
    let mut out = vec![[0.0; 3]; w.max(h)];
    for row in pixels.chunks_exact_mut(w) {
        filter(row, &mut out[..w]);
        row.copy_from_slice(&out[..w]);
    }
    let mut column = vec![[0.0; 3]; h];
    for x in 0..w {
        (0..h).for_each(|y| column[y] = pixels[y * w + x]);
        filter(&column, &mut out[..h]);
        (0..h).for_each(|y| pixels[y * w + x] = out[y]);
    }
}

/// `a` + `b` × `by`.
fn add(a: Rgb, b: Rgb, by: f32) -> Rgb {
    [a[0] + b[0] * by, a[1] + b[1] * by, a[2] + b[2] * by]
}

fn times(a: Rgb, b: Rgb) -> Rgb {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// Smears the picture along a line of `long` pixels.
fn smear(canvas: &mut Canvas, long: f32, turns: f32) {
    let (w, h) = (canvas.width as i32, canvas.height as i32);
    let taps = long.ceil() as i32;
    let steps: Vec<(i32, i32)> = (0..taps)
        .map(|i| {
            let at = (i as f32 / (taps - 1).max(1) as f32 - 0.5) * long;
            ((at * cos(turns)).round() as i32, (at * sin(turns)).round() as i32)
        })
        .collect();
    let from = canvas.pixels.clone();
    for y in 0..h {
        for x in 0..w {
            let mut sum = [0.0; 3];
            for (dx, dy) in &steps {
                let p = from[((y + dy).clamp(0, h - 1) * w + (x + dx).clamp(0, w - 1)) as usize];
                sum = add(sum, p, 1.0);
            }
            canvas.pixels[(y * w + x) as usize] = sum.map(|s| s / taps as f32);
        }
    }
}

/// Takes the photograph; `smallest` is the size in pixels of the smallest object, which no blur may wipe out.
pub fn expose(mut canvas: Canvas, smallest: f32, dice: &mut Dice) -> RgbImage {
    if dice.chance(0.12) {
        smear(&mut canvas, dice.range(2.0, 7.0).min(smallest * 0.3), dice.unit());
    }
    let strong = dice.chance(0.15) && smallest > 22.0;
    blur(&mut canvas, if strong { dice.range(1.0, 2.9).min(smallest / 20.0).max(1.0) } else { dice.range(0.2, 0.95) });
    let exposure = dice.log(0.7, 1.45);
    let balance = [dice.range(0.9, 1.1), 1.0, dice.range(0.88, 1.12)].map(|b| b * exposure);
    let haze = if dice.chance(0.2) { dice.range(0.1, 0.45) } else { 0.0 };
    let veil = hsv(dice.unit(), dice.range(0.0, 0.1), dice.range(0.3, 0.9));
    let curve = dice.range(-0.15, 0.5);
    let (grey, sepia) = (dice.chance(0.08), dice.chance(0.04));
    let colour = if grey || sepia { 0.0 } else { dice.range(0.6, 1.25) };
    let tone = if sepia { [1.12, 1.0, 0.78] } else { [1.0; 3] };
    let (noise, seed) = (dice.log(0.003, 0.06), dice.seed());
    let codec = if dice.chance(0.25) { Some(dice.log(0.02, 0.2)) } else { None };
    for (i, pixel) in canvas.pixels.iter_mut().enumerate() {
        let mut p = mix3(times(*pixel, balance), veil, haze);
        let light = 0.3 * p[0] + 0.59 * p[1] + 0.11 * p[2];
        p = times(mix3([light; 3], p, colour), tone);
        // Three numbers of 20 bits, each the sum of two of 10: a triangle, near enough to a sensor's noise.
        let mut bits = hash(seed, i as i64, 1);
        for (to, from) in pixel.iter_mut().zip(p) {
            let v = from.clamp(0.0, 1.0);
            let grain = ((bits & 1023) + ((bits >> 10) & 1023)) as f32 / 1023.0 - 1.0;
            bits >>= 20;
            *to = mix(v, v * v * (3.0 - 2.0 * v), curve) + grain * noise * 2.0 * (0.5 + 0.5 * v);
        }
    }
    if let Some(loss) = codec {
        blocks::coarsen(&mut canvas, loss);
    }
    let bytes = canvas.pixels.iter().flatten().map(|v| (v * 255.0 + 0.5).clamp(0.0, 255.0) as u8);
    RgbImage::from_raw(canvas.width as u32, canvas.height as u32, bytes.collect()).expect("three bytes a pixel")
}
