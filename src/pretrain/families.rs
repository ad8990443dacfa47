//! The families of shapes, grown from genes: what a species shares and where an individual differs.

use super::composites;
use super::maths::{cos, sin};
use super::shape::{Form, Paint, Part, Shape};
use crate::picture::texture::{mix, unit};
use Form::{Bone, Box as Slab, Ellipse, Gear, Leaf, Moon, Polygon, Ring, Wave};
use Paint::{Dark, Light, Own, Second};

/// Names of the families, in the order of their numbers.
pub const FAMILIES: [&str; 22] = [
    "disc", "cell", "ring", "blob", "polygon", "star", "gear", "cross", "arrow", "capsule", "leaf", "block", "bottle",
    "ball", "animal", "vehicle", "glyph", "bunch", "wire", "panel", "crescent", "figure",
];

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
pub struct Body(Vec<Part>);

impl Body {
    /// Adds a form at `x`, `y`, turned by `turns`.
    pub fn add(&mut self, form: Form, at: [f32; 2], turns: f32, paint: Paint, tone: f32) {
        let reach = form.reach();
        self.0.push(Part { form, x: at[0], y: at[1], reach, turn: [cos(turns), sin(turns)], paint, tone });
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

/// Grows a shape of the family with this number.
pub fn grow(family: usize, g: &mut Genes) -> Shape {
    let mut body = Body::default();
    match FAMILIES[family] {
        "disc" => body.ellipse([0.0; 2], 1.0, g.range(0.5, 1.0), Own),
        "cell" => cell(&mut body, g),
        "ring" => {
            let half = g.range(0.08, 0.28);
            body.add(Ring { a: 1.0 - half, b: (1.0 - half) * g.range(0.65, 1.0), half }, [0.0; 2], 0.0, Own, 1.0);
        }
        "blob" => body.add(wave(g, 0.16), [0.0; 2], 0.0, Own, 1.0),
        "polygon" => {
            let n = g.whole(3, 8);
            let (round, uneven) = (g.range(0.0, 0.12), g.range(0.0, 0.25));
            let corners = around(n, |_| 1.0 - round - g.loose(0.0, uneven));
            body.polygon(corners, round, Own, 1.0);
        }
        "star" => {
            let n = g.whole(4, 9);
            let (inner, round) = (g.range(0.35, 0.62), g.range(0.0, 0.06));
            let corners = around(2 * n, |i| if i % 2 == 0 { 1.0 - round } else { inner });
            body.polygon(corners, round, Own, 1.0);
        }
        "gear" => {
            let depth = g.range(0.06, 0.13);
            let teeth = g.whole(7, 16) as f32;
            body.add(Gear { r: 1.0 - depth, teeth, depth }, [0.0; 2], 0.0, Own, 1.0);
            let hole = g.range(0.15, 0.45);
            body.ellipse([0.0; 2], hole, hole, Dark);
        }
        "cross" => {
            let (w, long, round) = (g.range(0.16, 0.34), g.range(0.65, 1.0), g.range(0.0, 0.2));
            body.slab([0.0; 2], [1.0, w], round, Own);
            body.slab([0.0, g.range(-0.2, 0.2)], [w, long], round, Own);
        }
        "arrow" => {
            let (shaft, head, wing) = (g.range(0.1, 0.28), g.range(-0.1, 0.4), g.range(0.45, 0.8));
            let notch = head + g.range(-0.2, 0.12);
            let right = [[1.0, 0.0], [head, wing], [notch, shaft], [-1.0, shaft]];
            let left = right.iter().rev().take(3).map(|c| [c[0], -c[1]]);
            body.polygon(right.iter().copied().chain(left).collect(), 0.0, Own, 1.0);
        }
        "capsule" => {
            let r = g.range(0.18, 0.42);
            body.bone([r - 1.0, 0.0], [1.0 - r, 0.0], [r, r * g.range(0.75, 1.0)], Own, 1.0);
            if g.chance(0.4) {
                body.bone([r - 1.0, 0.0], [-0.3, 0.0], [r, r], Second, 1.0);
                body.bone([-0.3, 0.0], [1.0 - r, 0.0], [r, r], Own, 1.0);
            }
        }
        "leaf" => {
            body.add(Leaf { r: g.range(1.02, 1.7) }, [0.0; 2], 0.0, Own, 1.0);
            let (paint, long) = (if g.chance(0.5) { Light } else { Dark }, g.range(0.9, 1.2));
            body.bone([-long, 0.0], [0.85, 0.0], [0.045, 0.012], paint, 1.0);
        }
        "block" => composites::block(&mut body, g),
        "bottle" => composites::bottle(&mut body, g),
        "ball" => {
            body.ellipse([0.0; 2], 1.0, 1.0, Own);
            if g.chance(0.3) {
                body.ellipse([g.loose(-0.4, 0.4), g.loose(-0.4, 0.4)], 0.3, 0.22, Second);
            }
        }
        "animal" => composites::animal(&mut body, g),
        "vehicle" => composites::vehicle(&mut body, g),
        "glyph" => composites::glyph(&mut body, g),
        "bunch" => composites::bunch(&mut body, g),
        "wire" => {
            let r = g.range(0.025, 0.07);
            let (waves, swing, phase) = (g.range(0.3, 1.3), g.range(0.15, 0.6), g.loose(0.0, 1.0));
            let at = |i: usize| {
                let x = i as f32 / 6.0 - 1.0;
                [x, swing * sin(x * waves * 0.5 + phase)]
            };
            (0..12).for_each(|i| body.bone(at(i), at(i + 1), [r, r], Own, 1.0));
        }
        "panel" => composites::panel(&mut body, g),
        "crescent" => {
            body.add(Moon { x: g.range(0.4, 0.75), r: g.range(0.7, 0.95) }, [0.0; 2], 0.0, Own, 1.0);
        }
        _ => composites::figure(&mut body, g),
    }
    Shape { parts: body.0 }
}

fn around(n: usize, mut radius: impl FnMut(usize) -> f32) -> Vec<[f32; 2]> {
    let at = |i: usize, r: f32| [r * cos(i as f32 / n as f32), r * sin(i as f32 / n as f32)];
    (0..n).map(|i| at(i, radius(i))).collect()
}

fn wave(g: &mut Genes, most: f32) -> Form {
    let amplitudes = [g.range(0.0, most), g.range(0.0, most * 0.7), g.range(0.0, most * 0.5)];
    let high = g.whole(4, 7) as f32;
    let waves = [2.0, 3.0, high].map(|n| (n, g.loose(0.0, 1.0)));
    let r = 1.0 / (1.0 + amplitudes.iter().sum::<f32>());
    Wave { r, waves: [0, 1, 2].map(|i| (waves[i].0, amplitudes[i], waves[i].1)) }
}

/// A round body, often with a nucleus of one to three lobes or with grains.
fn cell(body: &mut Body, g: &mut Genes) {
    let form = if g.chance(0.5) { Ellipse { a: 1.0, b: g.range(0.72, 1.0) } } else { wave(g, 0.07) };
    body.add(form, [0.0; 2], 0.0, Own, 1.0);
    if g.chance(0.45) {
        let lobes = g.whole(1, 3);
        let size = g.range(0.35, 0.6) / (lobes as f32).sqrt();
        let paint = if g.chance(0.75) { Dark } else { Second };
        for _ in 0..lobes {
            let off = if lobes == 1 { 0.15 } else { 0.38 };
            let at = [g.loose(-off, off), g.loose(-off, off)];
            body.ellipse(at, size * g.loose(0.8, 1.2), size * g.loose(0.7, 1.0), paint);
        }
    } else if g.chance(0.25) {
        for _ in 0..g.whole(3, 8) {
            let (turns, r, size) = (g.loose(0.0, 1.0), g.loose(0.0, 0.65), g.loose(0.05, 0.11));
            body.ellipse([r * cos(turns), r * sin(turns)], size, size, Dark);
        }
    }
}
