//! One object onto the canvas: its shadow, its lit surface, and which pixels it took.

use super::canvas::Canvas;
use super::colour::contrast;
use super::maths::length;
use super::shape::{Hit, Shape};
use super::surface::Surface;
use crate::picture::texture::{Rgb, mix, mix3, scale3, smooth};

/// How a scene is lit.
pub struct Light {
    /// Where it comes from, of length 1: right, down, towards the camera.
    pub from: [f32; 3],
    /// Share of the light that comes from everywhere.
    pub ambient: f32,
    /// How dark shadows are, 0 to 1, and how far they reach and how soft they are, in half sizes of the object.
    pub shadow: f32,
    pub reach: f32,
    pub blur: f32,
    /// Light shines through the scene (a microscope's stage): stained things only take from it.
    pub through: bool,
}

/// An object ready to be drawn.
pub struct Thing {
    pub shape: Shape,
    pub surface: Surface,
    pub colour: Rgb,
    /// Second, dark and light colour of its parts.
    pub accents: [Rgb; 3],
    /// Centre in pixels.
    pub x: f32,
    pub y: f32,
    /// Half its size in pixels.
    pub half: f32,
    /// Cosine and sine of its turn, and -1 where it is mirrored.
    pub turn: [f32; 2],
    pub flip: f32,
    /// Width of its edge in pixels: 1 is sharp.
    pub soft: f32,
    /// How round it is, 0 flat to 1 ball, and how deep from the edge the rounding goes in half sizes.
    pub dome: f32,
    pub bevel: f32,
    pub gloss: f32,
    /// How much darker its rim is, and how much paler its middle.
    pub rim: f32,
    pub pale: f32,
    /// Share of the background that a stained surface hides.
    pub density: f32,
}

/// What an object covers.
pub struct Drawn {
    /// (from, to) of columns and rows.
    pub window: [(usize, usize); 2],
    /// For each pixel of the window, whether it is mostly the object's.
    pub mask: Vec<bool>,
    /// Pixels it would cover were the picture larger.
    pub whole: usize,
    /// Nothing is seen through it.
    pub opaque: bool,
    /// Mean difference to the bare background, 0 to 1.
    pub contrast: f32,
}

/// Draws `thing` and tells what it covers; `bare` is the background without any objects.
pub fn draw(canvas: &mut Canvas, bare: &[Rgb], thing: &Thing, light: &Light) -> Drawn {
    let stained = thing.surface.is("stained");
    let cast = if stained || light.through { 0.0 } else { light.shadow };
    let (throw, blur) = if cast > 0.0 { (light.reach * thing.half, light.blur * thing.half + 1.0) } else { (0.0, 0.0) };
    let pad = 2.0 + thing.soft + throw + blur;
    let [l, t, r, b] = thing.shape.extent(thing.turn).map(|e| e * thing.half);
    let (l, r) = if thing.flip < 0.0 { (l.min(-r), r.max(-l)) } else { (l, r) };
    let (left, top) = ((thing.x + l - pad).floor() as i32, (thing.y + t - pad).floor() as i32);
    let size = [(r - l + 2.0 * pad) as usize + 2, (b - t + 2.0 * pad) as usize + 2];
    let hits = scan(thing, left, top, size, blur + thing.soft + 1.0);
    let whole = hits.iter().filter(|h| h.distance < 0.0).count();
    let at = |x: i32, y: i32| {
        &hits[y.clamp(0, size[1] as i32 - 1) as usize * size[0] + x.clamp(0, size[0] as i32 - 1) as usize]
    };
    let [columns, rows] =
        canvas.window(left as f32, top as f32, left as f32 + size[0] as f32, top as f32 + size[1] as f32);
    let mut mask = Vec::with_capacity((columns.1 - columns.0) * (rows.1 - rows.0));
    let (mut seen, mut contrasts) = (0, 0.0);
    let shift = [(-light.from[0] * throw) as i32, (-light.from[1] * throw) as i32];
    for y in rows.0..rows.1 {
        for x in columns.0..columns.1 {
            let (gx, gy) = (x as i32 - left, y as i32 - top);
            let i = y * canvas.width + x;
            let hit = at(gx, gy);
            let cover = (0.5 - hit.distance * thing.half / thing.soft).clamp(0.0, 1.0);
            if cast > 0.0 && cover < 1.0 {
                let d = at(gx - shift[0], gy - shift[1]).distance * thing.half;
                if d < blur {
                    canvas.pixels[i] = scale3(canvas.pixels[i], 1.0 - cast * smooth(blur, -blur, d));
                }
            }
            mask.push(cover >= 0.5);
            if cover > 0.0 {
                let slope = [at(gx + 1, gy).inner - at(gx - 1, gy).inner, at(gx, gy + 1).inner - at(gx, gy - 1).inner];
                let (u, v) = local(thing, x as f32 + 0.5, y as f32 + 0.5);
                let before = canvas.pixels[i];
                let after = shade(thing, light, hit, slope, [u, v], before);
                canvas.pixels[i] = mix3(before, after, cover);
                if cover >= 0.5 {
                    seen += 1;
                    contrasts += contrast(canvas.pixels[i], bare[i]);
                }
            }
        }
    }
    let opaque = !(stained && thing.density < 0.7);
    Drawn { window: [columns, rows], mask, whole, opaque, contrast: contrasts / seen.max(1) as f32 }
}

/// A pixel in the object's own coordinates.
fn local(thing: &Thing, x: f32, y: f32) -> (f32, f32) {
    let (dx, dy) = ((x - thing.x) / thing.half * thing.flip, (y - thing.y) / thing.half);
    (dx * thing.turn[0] + dy * thing.turn[1], dy * thing.turn[0] - dx * thing.turn[1])
}

/// The shape at every pixel of a window; further away than `near` pixels only roughly.
fn scan(thing: &Thing, left: i32, top: i32, size: [usize; 2], near: f32) -> Vec<Hit> {
    let mut hits = Vec::with_capacity(size[0] * size[1]);
    let pixel = 1.0 / thing.half;
    for y in 0..size[1] {
        let mut x = 0;
        while x < size[0] {
            let (u, v) = local(thing, (left + x as i32) as f32 + 0.5, (top + y as i32) as f32 + 0.5);
            let hit = thing.shape.at(u, v, pixel, &thing.accents);
            // No form is nearer than it says by much: pixels until then need no look.
            let skip = ((hit.distance * thing.half - near) * 0.7).clamp(0.0, (size[0] - x - 1) as f32) as usize;
            hits.push(hit);
            hits.extend(std::iter::repeat_n(Hit::off((near + 1.0) * pixel), skip));
            x += 1 + skip;
        }
    }
    hits
}

/// The object's colour at a pixel, over what was there before.
fn shade(thing: &Thing, light: &Light, hit: &Hit, slope: [f32; 2], at: [f32; 2], before: Rgb) -> Rgb {
    let depth = (-hit.inner).max(0.0);
    let mut colour = thing.surface.colour(thing.colour, at[0], at[1], -hit.distance, 1.0 / thing.half);
    let middle = smooth(0.25, 0.75, depth);
    colour = mix3(colour, hit.accent, hit.accented);
    let edge = 1.0 - thing.rim * smooth(0.22, 0.05, depth) * (1.0 - hit.accented);
    if thing.surface.is("stained") {
        let density = mix(thing.density * (1.0 - thing.pale * middle * (1.0 - hit.accented)), 0.95, 0.6 * hit.accented);
        let taken = [0, 1, 2].map(|c| before[c] * mix(1.0, colour[c], 0.8));
        let tinted = if light.through { mix3(taken, colour, 0.25) } else { colour };
        return scale3(mix3(before, tinted, density), edge * mix(1.0, hit.tone, 0.5));
    }
    colour = mix3(colour, [0.93, 0.93, 0.9], 0.6 * thing.pale * middle * (1.0 - hit.accented));
    // From the rim inwards the surface turns to the camera.
    let tilt = (1.0 - depth / thing.bevel).clamp(0.0, 0.97) * thing.dome;
    let steep = length(slope[0], slope[1]).max(1e-6);
    let (nx, ny) = (slope[0] / steep * tilt, slope[1] / steep * tilt);
    let nz = (1.0 - tilt * tilt).sqrt();
    let facing = (nx * light.from[0] + ny * light.from[1] + nz * light.from[2]) / light.from[2];
    let lit = light.ambient + (1.0 - light.ambient) * facing.clamp(0.0, 1.5);
    colour = scale3(colour, lit * hit.tone * edge);
    if thing.gloss > 0.0 {
        // Halfway between the lamp and the camera.
        let (hx, hy, hz) = (light.from[0], light.from[1], light.from[2] + 1.0);
        let h = ((nx * hx + ny * hy + nz * hz) / (hx * hx + hy * hy + hz * hz).sqrt()).max(0.0);
        let (h4, flat) = (h * h * h * h, if tilt > 0.02 { 1.0 } else { 0.0 });
        let shine = thing.gloss * flat * h4 * h4 * h4 * h4 * h4 * h4;
        colour = mix3(colour, [1.0; 3], shine.min(0.9));
    }
    colour
}
