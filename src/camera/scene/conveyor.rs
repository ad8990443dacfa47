//! The place: a rubber belt fed by a bed of rollers, between steel rails, on a concrete floor.
//!
//! Measures are scene units: the picture is 480 of them high, whatever its pixels.

use crate::picture::texture::{Rgb, fbm, mix, mix3, noise, scale3, smooth, unit};

/// Upper and lower edge of the belt.
pub const BELT: (f32, f32) = (70.0, 410.0);
/// Width of the rails beside it.
const RAIL: f32 = 32.0;
/// Where the rollers end and the belt begins.
const ROLLERS_END: f32 = 104.0;
/// From one roller to the next.
const PITCH: f32 = 34.0;
/// Length of the belt's pattern until it repeats.
const LOOP: f32 = 1024.0;

/// Everything that needs computing once.
pub struct Conveyor {
    width: usize,
    height: usize,
    /// Pixels a scene unit.
    scale: f32,
    still: Vec<Rgb>,
    /// What shadows and the lens leave of the light.
    pub shade: Vec<f32>,
    belt: Vec<Rgb>,
    belt_width: usize,
    rows: (usize, usize),
    /// For each column left of the belt, how far around its roller it lies.
    rollers: Vec<f32>,
}

impl Conveyor {
    pub fn new(seed: u64, width: usize, height: usize) -> Self {
        let scale = height as f32 / 480.0;
        let rows = ((BELT.0 * scale) as usize, (BELT.1 * scale) as usize);
        let belt_width = (LOOP * scale).round() as usize;
        let mut belt = Vec::with_capacity(belt_width * (rows.1 - rows.0));
        for y in rows.0..rows.1 {
            for x in 0..belt_width {
                belt.push(rubber(seed, x as f32 / belt_width as f32 * LOOP, y as f32 / scale));
            }
        }
        let at = |i: usize| ((i % width) as f32 / scale, (i / width) as f32 / scale);
        let pixels = 0..width * height;
        let still = pixels.clone().map(at).map(|(x, y)| still(seed, x, y)).collect();
        let wide = width as f32 / scale;
        let shade = pixels.map(at).map(|(x, y)| shade(x, y, wide)).collect();
        let columns = ((ROLLERS_END * scale) as usize).min(width);
        let rollers = (0..columns).map(|x| around(x as f32 / scale)).collect();
        Self { width, height, scale, still, shade, belt, belt_width, rows, rollers }
    }

    /// Draws the place into `out`, the belt having run `run` scene units.
    pub fn draw(&self, run: f64, out: &mut [Rgb]) {
        out.copy_from_slice(&self.still);
        let shift = run.rem_euclid(f64::from(LOOP)) as f32 * self.scale;
        let part = shift.fract();
        let whole = shift as usize;
        for y in self.rows.0..self.rows.1.min(self.height) {
            let tile = &self.belt[(y - self.rows.0) * self.belt_width..][..self.belt_width];
            let row = &mut out[y * self.width..][..self.width];
            for (x, pixel) in row[..self.rollers.len()].iter_mut().enumerate() {
                // Scratches on the rollers come around with them; every roller has its own part of the pattern.
                let column = (self.rollers[x] * self.scale) as usize + (x / 32) * 211 + self.belt_width - whole;
                let worn = tile[column % self.belt_width];
                *pixel = scale3(*pixel, 0.80 + 1.3 * worn[0]);
            }
            for (x, pixel) in row.iter_mut().enumerate().skip(self.rollers.len()) {
                let column = (x + 2 * self.belt_width - whole) % self.belt_width;
                let before = if column == 0 { self.belt_width - 1 } else { column - 1 };
                let (a, b) = (tile[column], tile[before]);
                // The belt comes up over its end drum.
                let unit = x as f32 / self.scale - ROLLERS_END;
                let lit = if unit < 22.0 {
                    0.25 + 0.75 * smooth(-6.0, 18.0, unit) + 0.35 * smooth(7.0, 0.0, (unit - 11.0).abs())
                } else {
                    1.0
                };
                *pixel = scale3(mix3(a, b, part), lit);
            }
        }
    }
}

/// How far around its roller column `x` lies, in scene units of its surface.
fn around(x: f32) -> f32 {
    let q = ((x + 8.0).rem_euclid(PITCH) - PITCH / 2.0) / 14.0;
    q.clamp(-1.0, 1.0).asin() * 14.0
}

/// The belt's rubber: a fine weave, scuffs along the run, stains, a slanted splice.
fn rubber(seed: u64, x: f32, y: f32) -> Rgb {
    let period = |cells: f32| (LOOP / cells) as i64;
    let grain = fbm(seed ^ 11, x / 2.0, y / 2.0, 2, period(2.0));
    let cloud = fbm(seed ^ 12, x / 64.0, y / 48.0, 4, period(64.0));
    let scuff = fbm(seed ^ 13, x / 32.0, y / 2.5, 3, period(32.0));
    let long = noise(seed ^ 14, x / 256.0, y / 3.0, period(256.0));
    let weave = if (x as i64 / 2 + y as i64 / 2) % 2 == 0 { 0.006 } else { -0.006 };
    let mut light = 0.112 + 0.07 * (cloud - 0.5) + 0.05 * (grain - 0.5) + weave;
    light += 0.13 * smooth(0.66, 0.90, scuff) * smooth(0.35, 0.65, cloud) + 0.035 * smooth(0.62, 0.95, long);
    // The middle is worn smoother and greyer.
    light += 0.028 * smooth(150.0, 40.0, (y - 240.0).abs());
    let mut colour = mix3([light * 0.93, light * 0.98, light * 1.04], [light * 1.04, light, light * 0.94], cloud);
    let stain = fbm(seed ^ 15, x / 128.0 + 3.0, y / 90.0, 3, period(128.0));
    colour = mix3(colour, [0.070, 0.062, 0.055], 0.6 * smooth(0.62, 0.78, stain));
    let dust = fbm(seed ^ 16, x / 8.0, y / 8.0, 2, period(8.0));
    colour = mix3(colour, [0.46, 0.40, 0.32], 0.30 * smooth(0.70, 0.92, dust) * smooth(0.40, 0.60, 1.0 - cloud));
    let splice = (x - 500.0 - (y - 240.0) * 0.32).abs();
    colour = scale3(colour, 1.0 - 0.55 * smooth(2.4, 0.8, splice) + 0.35 * smooth(2.2, 0.6, (splice - 3.6).abs()));
    colour
}

/// All that does not move, and the rollers without their scratches.
fn still(seed: u64, x: f32, y: f32) -> Rgb {
    if y < BELT.0 - RAIL || y >= BELT.1 + RAIL {
        return floor(seed, x, y);
    }
    if y < BELT.0 || y >= BELT.1 {
        return rail(seed, x, if y < BELT.0 { (y - BELT.0 + RAIL) / RAIL } else { (y - BELT.1) / RAIL });
    }
    let q = ((x + 8.0).rem_euclid(PITCH) - PITCH / 2.0) / 14.0;
    if q.abs() > 1.0 {
        // Between the rollers one looks down to the floor.
        return scale3([0.06, 0.06, 0.065], 0.6 + 0.5 * noise(seed ^ 21, x / 5.0, y / 9.0, 0));
    }
    let round = (1.0 - q * q).sqrt();
    let shine = smooth(0.34, 0.0, (q + 0.38).abs());
    let brushed = noise(seed ^ 22, x / 9.0, y / 1.1, 0);
    let ends = smooth(0.0, 9.0, (y - BELT.0).min(BELT.1 - y));
    let light = (0.13 + 0.27 * round + 0.38 * shine) * (0.88 + 0.2 * brushed) * (0.35 + 0.65 * ends);
    [light * 0.95, light * 0.99, light * 1.05]
}

/// A rail of folded steel; `t` runs from its upper to its lower edge.
fn rail(seed: u64, x: f32, t: f32) -> Rgb {
    let brushed = fbm(seed ^ 31, x / 40.0, t * 26.0, 3, 0);
    let mut light = 0.44 + 0.14 * (brushed - 0.5) + 0.20 * smooth(0.14, 0.0, (t - 0.24).abs());
    light *= 1.0 - 0.55 * smooth(0.86, 1.0, t) - 0.35 * smooth(0.10, 0.0, t);
    light *= 1.0 - 0.22 * smooth(0.06, 0.0, (t - 0.60).abs());
    let mut colour = [light * 0.96, light, light * 1.05];
    let rust = fbm(seed ^ 32, x / 22.0, t * 3.0 + 9.0, 4, 0);
    colour = mix3(colour, [0.36, 0.22, 0.13], 0.65 * smooth(0.63, 0.80, rust));
    // A bolt every 128 units.
    let (bx, by) = ((x + 40.0).rem_euclid(128.0) - 64.0, (t - 0.44) * RAIL);
    let d = bx.hypot(by);
    if d < 8.5 {
        let head = 0.40 + 0.20 * ((-bx - by) / 8.5) - 0.30 * smooth(6.2, 8.0, d);
        let slot = if (bx * 0.8 + by * 0.6).abs() < 0.9 && d < 5.0 { 0.5 } else { 1.0 };
        colour = scale3([0.95, 0.98, 1.04], (head * slot).max(0.06));
    } else if d < 11.0 {
        colour = scale3(colour, 0.62);
    }
    colour
}

/// Concrete, with a painted safety line.
fn floor(seed: u64, x: f32, y: f32) -> Rgb {
    let cloud = fbm(seed ^ 41, x / 90.0, y / 70.0, 4, 0);
    let grit = fbm(seed ^ 42, x / 2.2, y / 2.2, 2, 0);
    let light = 0.34 + 0.16 * (cloud - 0.5) + 0.14 * (grit - 0.5);
    let mut colour = [light * 1.02, light, light * 0.95];
    if unit(seed ^ 43, x as i64 / 2, y as i64 / 2) > 0.992 {
        colour = scale3(colour, 0.6);
    }
    let line = if y < 240.0 { y - 6.0 } else { y - 458.0 };
    if (0.0..16.0).contains(&line) {
        let stripe = (x + line * 1.0).rem_euclid(52.0) < 26.0;
        let paint = if stripe { [0.80, 0.62, 0.10] } else { [0.10, 0.10, 0.10] };
        let worn = smooth(0.50, 0.68, fbm(seed ^ 44, x / 14.0, y / 10.0, 4, 0));
        colour = mix3(scale3(paint, 0.85 + 0.3 * grit), colour, 0.75 * worn);
    }
    colour
}

/// Shadows that stay: under the rails' edges, beside the frame, of a gantry overhead; and the lens's falling off.
fn shade(x: f32, y: f32, wide: f32) -> f32 {
    let (dx, dy) = ((x / wide - 0.5) * 2.0, (y / 480.0 - 0.5) * 2.0);
    let mut light = 1.0 - 0.16 * (dx * dx * 0.7 + dy * dy * 0.6);
    if (BELT.0..BELT.1).contains(&y) {
        light *= mix(0.42, 1.0, smooth(0.0, 20.0, y - BELT.0)) * mix(0.70, 1.0, smooth(0.0, 8.0, BELT.1 - y));
    } else if y >= BELT.1 + RAIL {
        light *= mix(0.40, 1.0, smooth(0.0, 16.0, y - BELT.1 - RAIL));
    }
    // The gantry's beam, and a cable that hangs from it.
    let slant = x - wide * 0.73 - (y - 240.0) * 0.16;
    light *= 1.0 - 0.30 * smooth(-34.0, -20.0, slant) * smooth(34.0, 20.0, slant);
    let cable = (x - wide * 0.86 - 26.0 * ((y - 60.0) / 130.0).sin()).abs();
    light * (1.0 - 0.22 * smooth(6.0, 1.5, cable))
}
