//! Which object lies where: the belt is divided into slots, and what a slot holds follows from its number alone.

use super::conveyor::BELT;
use super::objects::{Kind, VARIANTS};
use crate::picture::texture::{mix, unit};
use std::f32::consts::TAU;

/// Scene units from one slot to the next.
const SLOT: f64 = 104.0;
/// Mean speed of the belt in scene units a second.
const SPEED: f64 = 58.0;

/// An object in the picture. Measures in scene units.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    pub kind: Kind,
    pub variant: usize,
    /// Centre.
    pub x: f32,
    pub y: f32,
    /// Side of the square its sprite fills.
    pub size: f32,
    /// Radians.
    pub turn: f32,
    /// Factors on its colour: no two are quite alike.
    pub tint: [f32; 3],
    /// What lies higher is drawn over what lies lower.
    level: f32,
}

/// How far the belt has run at `seconds`; it goes a little faster and slower, never back.
pub fn run(seconds: f64) -> f64 {
    let wave = std::f64::consts::TAU / 41.0;
    SPEED * (seconds + 0.25 / wave * (seconds * wave).sin())
}

/// All objects that may show in a picture `wide` scene units wide, lowest first.
pub fn placed(seed: u64, seconds: f64, wide: f32) -> Vec<Placed> {
    let run = run(seconds);
    let first = ((run - f64::from(wide) - 200.0) / SLOT).floor() as i64;
    let last = ((run + 200.0) / SLOT).ceil() as i64;
    let mut all = Vec::new();
    for slot in first..=last {
        let pick = |what: i64| unit(seed ^ 0x51A7, slot, what);
        if pick(0) < 0.07 {
            continue;
        }
        let x = (run - slot as f64 * SLOT) as f32 + 40.0 * (pick(1) - 0.5);
        // Neighbours lie apart: the golden ratio never comes back to the same height soon.
        let across = (slot as f64 * 0.618_033_988_749_895).rem_euclid(1.0) as f32;
        let y = mix(BELT.0, BELT.1, (across + 0.16 * (pick(2) - 0.5)).clamp(0.0, 1.0));
        let one = object(x, y, &pick, 10);
        all.push(one);
        // Now and then a second object lies against the first, over or under it.
        if pick(3) < 0.30 {
            let away = (0.34 + 0.16 * pick(4)) * one.size;
            let angle = TAU * pick(5);
            all.push(object(one.x + away * angle.cos(), one.y + away * angle.sin(), &pick, 30));
        }
    }
    all.sort_by(|a, b| a.level.total_cmp(&b.level));
    all
}

fn object(x: f32, y: f32, pick: &impl Fn(i64) -> f32, salt: i64) -> Placed {
    let kind = Kind::ALL[(pick(salt) * 4.0) as usize % 4];
    let (small, large) = kind.size();
    let size = mix(small, large, pick(salt + 1));
    let margin = size * 0.46;
    let bright = mix(0.90, 1.10, pick(salt + 4));
    let tint = [0, 1, 2].map(|c| bright * mix(0.95, 1.05, pick(salt + 5 + c)));
    Placed {
        kind,
        variant: (pick(salt + 2) * VARIANTS as f32) as usize % VARIANTS,
        x,
        y: y.clamp(BELT.0 + margin, BELT.1 - margin),
        size,
        turn: TAU * pick(salt + 3),
        tint,
        // Cartons are too heavy to lie on fruit.
        level: pick(salt + 9) - if kind == Kind::Carton { 0.7 } else { 0.0 },
    }
}

#[cfg(test)]
impl Placed {
    /// One object, for tests of drawing.
    pub fn alone(kind: Kind, x: f32, y: f32, size: f32, turn: f32) -> Self {
        Self { kind, variant: 0, x, y, size, turn, tint: [1.0; 3], level: 0.0 }
    }
}
