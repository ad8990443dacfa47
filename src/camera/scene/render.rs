//! The scene as a picture with its truth, at any time.

use super::conveyor::Conveyor;
use super::objects::{Kind, Sprite, VARIANTS};
use super::traffic::{self, Placed};
use crate::domain::{BBox, Category, Label, LabelKind};
use crate::picture::texture::{self, Rgb, hash, noise, smooth};
use image::RgbImage;
use std::f64::consts::TAU;

/// Where the lamp hangs, seen from the belt: up and to the left. Of length 1.
const LAMP: [f32; 3] = [-0.42, -0.56, 0.714];
/// An object of which less than this part shows gets no label.
const LEAST_VISIBLE: f32 = 0.4;
/// Marks a pixel that no object covers.
const NOBODY: u8 = u8::MAX;

/// A demo scene. Making one computes its textures; rendering is quick.
pub struct Scene {
    seed: u64,
    width: u32,
    height: u32,
    conveyor: Conveyor,
    /// `VARIANTS` of each kind, in the order of `Kind::ALL`.
    sprites: Vec<Sprite>,
    /// Sensor noise, about normal, in steps of 8 bits.
    grain: Vec<f32>,
    /// Sunlight through a window, on half the picture's resolution.
    window: Vec<f32>,
}

impl Scene {
    /// The seed that the live scene camera and the demo's labelled frames share.
    pub const SEED: u64 = 7;

    /// A scene of `width` × `height` pixels; the belt always fills the height.
    pub fn new(seed: u64, width: u32, height: u32) -> Self {
        let sprites = Kind::ALL
            .iter()
            .flat_map(|kind| (0..VARIANTS).map(move |variant| Sprite::new(*kind, variant, seed)))
            .collect();
        let grain = (0..(GRAIN + 3 * width as usize) as i64)
            .map(|i| (0..4).map(|j| texture::unit(seed ^ 61, i, j) - 0.5).sum::<f32>() * 1.732 * 2.1)
            .collect();
        Self {
            seed,
            width,
            height,
            conveyor: Conveyor::new(seed, width as usize, height as usize),
            sprites,
            grain,
            window: window(),
        }
    }

    /// What travels on the belt.
    pub fn categories() -> Vec<Category> {
        Kind::ALL
            .iter()
            .map(|kind| Category {
                name: kind.name().into(),
                colour: kind.colour().into(),
                instructions: kind.instructions().into(),
                kind: LabelKind::Box,
            })
            .collect()
    }

    /// The scene at `seconds` (any origin; the live camera uses Unix time), and a tight box around the visible part of
    /// every object of which at least 40 % shows.
    pub fn render(&self, seconds: f64) -> (RgbImage, Vec<Label>) {
        let (width, height) = (self.width as usize, self.height as usize);
        let scale = height as f32 / 480.0;
        let mut canvas = vec![[0.0; 3]; width * height];
        self.conveyor.draw(traffic::run(seconds), &mut canvas);
        let placed = traffic::placed(self.seed, seconds, width as f32 / scale);
        let mut owner = vec![NOBODY; width * height];
        for (index, object) in placed.iter().enumerate() {
            self.draw(object, index as u8, scale, &mut canvas, &mut owner);
        }
        let labels = placed.iter().enumerate().filter_map(|(i, o)| self.label(o, i as u8, scale, &owner)).collect();
        (self.expose(seconds, &canvas), labels)
    }

    fn sprite(&self, object: &Placed) -> &Sprite {
        &self.sprites[object.kind as usize * VARIANTS + object.variant]
    }

    /// Pixels that an object and its shadow may touch: left, top, right, bottom, within the picture.
    fn reach(&self, object: &Placed, scale: f32) -> [usize; 4] {
        let r = object.size * 0.5 * 1.2 * scale;
        let (x, y) = (object.x * scale, object.y * scale);
        let clamp = |v: f32, most: u32| v.clamp(0.0, most as f32) as usize;
        [clamp(x - r, self.width), clamp(y - r, self.height), clamp(x + r, self.width), clamp(y + r, self.height)]
    }

    fn draw(&self, object: &Placed, index: u8, scale: f32, canvas: &mut [Rgb], owner: &mut [u8]) {
        let sprite = self.sprite(object);
        let (sin, cos) = object.turn.sin_cos();
        let half = object.size * 0.5 * scale;
        let fall = object.kind.height() * 2.0;
        let [x0, y0, x1, y1] = self.reach(object, scale);
        for y in y0..y1 {
            for x in x0..x1 {
                let (dx, dy) = ((x as f32 + 0.5 - object.x * scale) / half, (y as f32 + 0.5 - object.y * scale) / half);
                let i = y * self.width as usize + x;
                let texel = sprite.at(dx * cos + dy * sin, dy * cos - dx * sin);
                let alpha = texel.map_or(0.0, |t| t.alpha);
                if alpha < 0.99 {
                    let (sx, sy) = (dx + LAMP[0] * fall, dy + LAMP[1] * fall);
                    let dark = sprite.shadow_at(sx * cos + sy * sin, sy * cos - sx * sin);
                    canvas[i] = texture::scale3(canvas[i], 1.0 - 0.66 * dark);
                }
                let Some(texel) = texel else { continue };
                // The surface turns with the object, the lamp does not.
                let n = [texel.normal[0] * cos - texel.normal[1] * sin, texel.normal[0] * sin + texel.normal[1] * cos];
                let nz = (1.0 - n[0] * n[0] - n[1] * n[1]).max(0.02).sqrt();
                let lamp = (n[0] * LAMP[0] + n[1] * LAMP[1] + nz * LAMP[2]).max(0.0);
                // Halfway between lamp and camera, for highlights (Blinn).
                let shine = (n[0] * LAMP[0] + n[1] * LAMP[1] + nz * (LAMP[2] + 1.0)) / 1.851;
                let s = (shine * shine).powi(12).min(1.0) * texel.gloss;
                for (c, value) in canvas[i].iter_mut().enumerate() {
                    let lit = texel.colour[c] * object.tint[c] * (0.36 + 0.80 * lamp) + 0.75 * s;
                    *value += (lit - *value) * alpha;
                }
                if alpha > 0.5 {
                    owner[i] = index;
                }
            }
        }
    }

    fn label(&self, object: &Placed, index: u8, scale: f32, owner: &[u8]) -> Option<Label> {
        let [x0, y0, x1, y1] = self.reach(object, scale);
        let (mut left, mut top, mut right, mut bottom, mut seen) = (x1, y1, x0, y0, 0u32);
        for y in y0..y1 {
            for x in x0..x1 {
                if owner[y * self.width as usize + x] == index {
                    (left, top) = (left.min(x), top.min(y));
                    (right, bottom) = (right.max(x + 1), bottom.max(y + 1));
                    seen += 1;
                }
            }
        }
        let whole = self.sprite(object).area * (object.size * scale).powi(2);
        let bbox = BBox::from_corners(left as f32, top as f32, right as f32, bottom as f32);
        (seen as f32 >= LEAST_VISIBLE * whole).then(|| Label::boxed(object.kind.name(), bbox))
    }

    /// Light, lens and sensor: from surfaces to 8 bits.
    fn expose(&self, seconds: f64, canvas: &[Rgb]) -> RgbImage {
        let wave = |period: f64, phase: f64| (seconds / period * TAU + phase).sin() as f32;
        // Daylight comes and goes within minutes; the tint goes from warm to cool with it.
        let day = 1.16 + 0.13 * wave(97.0, 0.3) + 0.05 * wave(37.0, 1.1);
        let warm = 0.035 * wave(171.0, 0.0);
        let light = [day * (1.0 + warm), day, day * (1.0 - warm)];
        let sun = 0.75 * smooth(0.30, 0.70, noise(self.seed ^ 71, (seconds / 23.0).rem_euclid(1e6) as f32, 0.0, 0));
        let drift = (140.0 * wave(411.0, 2.0), 30.0 * wave(283.0, 0.5));
        let scale = self.height as f32 / 480.0;
        let first = hash(self.seed, (seconds * 1000.0) as i64, 5);
        let width = self.width as usize;
        let mut out = vec![0u8; canvas.len() * 3];
        for (y, row) in out.chunks_exact_mut(width * 3).enumerate() {
            // Every row of every frame starts elsewhere in the noise.
            let start = hash(first, y as i64, 0) as usize % GRAIN;
            let (luma, chroma) = (&self.grain[start..][..width], &self.grain[start..][..width * 3]);
            let wy = y as f32 / scale - drift.1;
            let line = y * width..(y + 1) * width;
            let lit = canvas[line.clone()].iter().zip(&self.conveyor.shade[line]);
            let noise = luma.iter().zip(chroma.as_chunks::<3>().0);
            for (x, ((pixel, noise), (surface, shade))) in
                row.as_chunks_mut::<3>().0.iter_mut().zip(noise).zip(lit).enumerate()
            {
                let sunny = sun * window_at(&self.window, x as f32 / scale - drift.0, wy);
                for c in 0..3 {
                    let lit = surface[c] * shade * light[c] * (1.0 + sunny * SUN[c]);
                    let value = tone(lit) + noise.0 + 0.6 * noise.1[c];
                    // Casting clamps to 0..=255.
                    pixel[c] = (value + 0.5) as u8;
                }
            }
        }
        // The buffer has exactly this size.
        RgbImage::from_raw(self.width, self.height, out).unwrap_or_default()
    }
}

/// From light to 8 bits with a film-like shoulder, which keeps highlights from clipping hard.
fn tone(lit: f32) -> f32 {
    255.0 * 1.42 * lit / (1.12 * lit + 0.42)
}

/// Where a row's noise may start.
const GRAIN: usize = 1 << 16;
/// What the sun adds, a channel.
const SUN: Rgb = [1.0, 0.90, 0.70];
/// Cells of the window's light, across and down.
const WINDOW: (usize, usize) = (320, 240);

/// Light that a slanted window of 3 × 2 panes throws, 2 scene units a cell.
fn window() -> Vec<f32> {
    (0..WINDOW.0 * WINDOW.1)
        .map(|i| {
            let (x, y) = ((i % WINDOW.0) as f32 * 2.0, (i / WINDOW.0) as f32 * 2.0);
            let (u, v) = ((x - 190.0 + (y - 240.0) * 0.45) / 230.0, (y - 120.0) / 210.0);
            let pane = |t: f32, panes: f32| {
                let edge = (t * panes).fract();
                smooth(0.03, 0.10, edge) * smooth(0.97, 0.90, edge) * smooth(-0.02, 0.02, t) * smooth(1.02, 0.98, t)
            };
            pane(u, 3.0) * pane(v, 2.0)
        })
        .collect()
}

fn window_at(window: &[f32], x: f32, y: f32) -> f32 {
    let (x, y) = (x * 0.5, y * 0.5);
    if x < 0.0 || y < 0.0 || x >= WINDOW.0 as f32 || y >= WINDOW.1 as f32 {
        return 0.0;
    }
    window[y as usize * WINDOW.0 + x as usize]
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
