//! What a shape is grown from and of: genes that a species shares, and the parts of a body.

use super::maths::{cos, sin};
use super::shape::{Form, Paint, Part};
use crate::picture::texture::{mix, unit};
use Form::{Bone, Box as Slab, Ellipse, Polygon};

/// Chance with a memory: draws are shared by a species, up to a `spread` (0 to 1) of the individual's own.
pub struct Genes {
    pub species: u64,
    pub own: u64,
    pub spread: f32,
    pub drawn: i64,
}

impl Genes {
    pub fn range(&mut self, lo: f32, hi: f32) -> f32 {
        self.drawn += 1;
        mix(lo, hi, mix(unit(self.species, self.drawn, 1), unit(self.own, self.drawn, 2), self.spread))
    }

    /// From `lo` to `hi`, both included; the same for the whole species.
    pub fn whole(&mut self, lo: usize, hi: usize) -> usize {
        self.drawn += 1;
        lo + (unit(self.species, self.drawn, 3) * (hi + 1 - lo) as f32) as usize
    }

    pub fn chance(&mut self, part: f32) -> bool {
        self.drawn += 1;
        unit(self.species, self.drawn, 4) < part
    }

    /// The individual's alone.
    pub fn loose(&mut self, lo: f32, hi: f32) -> f32 {
        self.drawn += 1;
        mix(lo, hi, unit(self.own, self.drawn, 5))
    }
}

/// Collects the parts of a shape.
#[derive(Default)]
pub struct Body {
    pub parts: Vec<Part>,
}

impl Body {
    /// Adds a form at `x`, `y`, turned by `turns`.
    pub fn add(&mut self, form: Form, at: [f32; 2], turns: f32, paint: Paint, tone: f32) {
        let reach = form.reach();
        self.parts.push(Part { form, x: at[0], y: at[1], reach, turn: [cos(turns), sin(turns)], paint, tone });
    }

    pub fn bone(&mut self, a: [f32; 2], b: [f32; 2], radii: [f32; 2], paint: Paint, tone: f32) {
        let to = [b[0] - a[0], b[1] - a[1]];
        self.add(Bone { to, from: radii[0], until: radii[1] }, a, 0.0, paint, tone);
    }

    pub fn ellipse(&mut self, at: [f32; 2], a: f32, b: f32, paint: Paint) {
        self.add(Ellipse { a, b }, at, 0.0, paint, 1.0);
    }

    pub fn slab(&mut self, at: [f32; 2], half: [f32; 2], round: f32, paint: Paint) {
        let round = round.min(half[0].min(half[1]));
        self.add(Slab { a: half[0], b: half[1], round }, at, 0.0, paint, 1.0);
    }

    pub fn polygon(&mut self, corners: Vec<[f32; 2]>, round: f32, paint: Paint, tone: f32) {
        self.add(Polygon { corners, round }, [0.0; 2], 0.0, paint, tone);
    }
}
