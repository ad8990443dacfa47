//! What lies behind the objects: places of many kinds.

use super::canvas::{Canvas, clouds};
use super::colour::{hsv, muted};
use super::ground::concrete;
use super::maths::{Dice, cos, sin};
use super::outdoors;
use crate::picture::texture::{Rgb, mix, mix3, scale3, smooth, unit};

/// Kinds of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A lit microscope stage, pale.
    Slide,
    Dark,
    Gradient,
    Clouds,
    Concrete,
    Grass,
    Tiles,
    Planks,
    Belt,
    Gravel,
    Shelf,
    /// Ground below a horizon.
    Horizon,
}

impl Place {
    pub const ALL: [Self; 12] = [
        Self::Slide,
        Self::Dark,
        Self::Gradient,
        Self::Clouds,
        Self::Concrete,
        Self::Grass,
        Self::Tiles,
        Self::Planks,
        Self::Belt,
        Self::Gravel,
        Self::Shelf,
        Self::Horizon,
    ];
}

/// A place of this kind; `scale` is the picture's size relative to 320 × 240.
pub fn draw(place: Place, width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    match place {
        Place::Slide => {
            let pale = hsv(dice.unit(), dice.range(0.0, 0.14), dice.range(0.72, 0.98));
            let cell = dice.log(40.0, 200.0) * scale;
            let other = scale3(pale, dice.range(0.88, 1.0));
            blended(width, height, cell, 1, [other, pale, pale], dice)
        }
        Place::Dark => {
            let ground = muted(dice, 0.0, 0.15);
            let glow = mix3(ground, muted(dice, 0.1, 0.4), dice.unit());
            let cell = dice.log(40.0, 200.0) * scale;
            blended(width, height, cell, 2, [ground, ground, glow], dice)
        }
        Place::Gradient => gradient(width, height, dice),
        Place::Clouds => {
            let colours = [muted(dice, 0.05, 0.9), muted(dice, 0.1, 0.95), muted(dice, 0.2, 1.0)];
            let (cell, octaves) = (dice.log(15.0, 120.0) * scale, dice.whole(2, 5) as u64);
            blended(width, height, cell, octaves, colours, dice)
        }
        Place::Concrete => concrete(width, height, scale, dice),
        Place::Grass => {
            let mut canvas = concrete(width, height, scale, dice);
            let (hue, value) = (dice.range(0.1, 0.36), dice.range(0.2, 0.6));
            let full = [0.0, 0.0, width as f32, height as f32];
            outdoors::blades(&mut canvas, full, scale, [hue, value], dice);
            canvas
        }
        Place::Tiles => tiles(width, height, scale, dice),
        Place::Planks | Place::Belt | Place::Shelf => boards(place, width, height, scale, dice),
        Place::Gravel => outdoors::gravel(width, height, scale, dice),
        Place::Horizon => outdoors::horizon(width, height, scale, dice),
    }
}

/// Three colours blended by noise.
fn blended(width: usize, height: usize, cell: f32, octaves: u64, by: [Rgb; 3], dice: &mut Dice) -> Canvas {
    let cells = [cell, cell * dice.range(0.5, 1.5)];
    let noise = clouds(dice.seed(), width, height, cells, octaves);
    let pixels = noise.iter().map(|n| {
        let t = smooth(0.2, 0.8, *n) * 2.0;
        if t < 1.0 { mix3(by[0], by[1], t) } else { mix3(by[1], by[2], t - 1.0) }
    });
    Canvas { width, height, pixels: pixels.collect() }
}

fn gradient(width: usize, height: usize, dice: &mut Dice) -> Canvas {
    let (a, b, turns) = (muted(dice, 0.1, 1.0), muted(dice, 0.1, 1.0), dice.unit());
    let (dx, dy) = (cos(turns) / width as f32, sin(turns) / height as f32);
    let at = |i: usize| (((i % width) as f32 * dx + (i / width) as f32 * dy) * 0.5 + 0.5).clamp(0.0, 1.0);
    Canvas { width, height, pixels: (0..width * height).map(|i| mix3(a, b, at(i))).collect() }
}

fn tiles(width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    let (high, ratio) = (dice.log(14.0, 70.0) * scale, dice.pick(&[1.0, 1.0, 2.0, 2.6]));
    let (colour, joint) = (muted(dice, 0.2, 0.95), muted(dice, 0.1, 0.9));
    let (gap, vary, seed) = (dice.range(0.8, 3.0) * scale, dice.range(0.02, 0.35), dice.seed());
    let shift = if ratio > 1.0 { 0.5 } else { 0.0 };
    let turns = if dice.chance(0.5) { 0.0 } else { dice.range(-0.1, 0.1) };
    let (c, s) = (cos(turns), sin(turns));
    let cell = dice.log(10.0, 60.0) * scale;
    let stain = clouds(dice.seed(), width, height, [cell, cell], 2);
    let pixels = stain.iter().enumerate().map(|(i, stain)| {
        let (px, py) = ((i % width) as f32, (i / width) as f32);
        let (x, y) = (px * c + py * s, py * c - px * s);
        let row = (y / high).floor();
        let wide = high * ratio;
        let along = x / wide + row * shift;
        let column = along.floor();
        let (dx, dy) = ((along - column) * wide, y - row * high);
        let edge = dx.min(wide - dx).min(dy).min(high - dy);
        let tone = 1.0 + vary * (unit(seed, column as i64, row as i64) - 0.5) + 0.2 * (stain - 0.5);
        mix3(scale3(joint, 0.8 + 0.4 * stain), scale3(colour, tone), (edge - gap * 0.5).clamp(0.0, 1.0))
    });
    Canvas { width, height, pixels: pixels.collect() }
}

/// Bands along the picture: planks with grain, a belt with its ribs and rails, shelves with their boards.
fn boards(place: Place, width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    let along = dice.log(40.0, 150.0) * scale;
    let across = dice.log(1.5, 5.0) * scale;
    let grain = clouds(dice.seed(), width, height, [along, across], 2);
    let wide = match place {
        Place::Planks => dice.log(18.0, 70.0),
        Place::Belt => dice.log(4.0, 25.0),
        _ => dice.range(50.0, 110.0),
    } * scale;
    let (base, other) = match place {
        Place::Planks => (hsv(dice.range(0.04, 0.12), dice.range(0.1, 0.6), dice.range(0.25, 0.8)), [0.1, 0.08, 0.06]),
        Place::Belt => (muted(dice, 0.08, 0.6), muted(dice, 0.05, 0.7)),
        _ => (muted(dice, 0.1, 0.6), muted(dice, 0.4, 0.95)),
    };
    let (vary, seed, strength) = (dice.range(0.0, 0.3), dice.seed(), dice.range(0.1, 0.6));
    let line = if place == Place::Shelf { dice.range(4.0, 10.0) } else { dice.range(0.8, 2.5) } * scale;
    let upright = place != Place::Shelf && dice.chance(0.5);
    let rail = if place == Place::Belt { dice.range(0.0, 0.16) } else { 0.0 };
    let rails = muted(dice, 0.3, 0.8);
    let pixels = (0..width * height).map(|i| {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        let at = if upright { x } else { y };
        let n = (at / wide).floor();
        let tone = 1.0 + vary * (unit(seed, n as i64, 0) - 0.5) + strength * (grain[i] - 0.5);
        let off = at - n * wide;
        let shadow = if place == Place::Shelf { mix(0.45, 1.0, smooth(0.0, wide * 0.5, off - line)) } else { 1.0 };
        let colour =
            mix3(scale3(base, tone * shadow), scale3(other, 0.8 + 0.4 * grain[i]), (line - off).clamp(0.0, 1.0));
        let side = if upright { y / height as f32 } else { x / width as f32 };
        if side < rail || side > 1.0 - rail { scale3(rails, 0.8 + 0.4 * grain[i]) } else { colour }
    });
    Canvas { width, height, pixels: pixels.collect() }
}
