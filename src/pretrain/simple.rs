//! Shapes of one body: what a family of them is grown by, where that takes more than a line.

use super::body::{Body, Genes};
use super::maths::{cos, sin};
use super::shape::{Form, Paint};
use Form::{Ellipse, Wave};
use Paint::{Dark, Own, Second};

/// Corners around the middle, at `radius` of their number.
pub fn around(n: usize, mut radius: impl FnMut(usize) -> f32) -> Vec<[f32; 2]> {
    let at = |i: usize, r: f32| [r * cos(i as f32 / n as f32), r * sin(i as f32 / n as f32)];
    (0..n).map(|i| at(i, radius(i))).collect()
}

/// A round form whose edge swings by `most` at most.
pub fn wave(g: &mut Genes, most: f32) -> Form {
    let amplitudes = [g.range(0.0, most), g.range(0.0, most * 0.7), g.range(0.0, most * 0.5)];
    let high = g.whole(4, 7) as f32;
    let waves = [2.0, 3.0, high].map(|n| (n, g.loose(0.0, 1.0)));
    let r = 1.0 / (1.0 + amplitudes.iter().sum::<f32>());
    Wave { r, waves: [0, 1, 2].map(|i| (waves[i].0, amplitudes[i], waves[i].1)) }
}

/// A shaft and a head.
pub fn arrow(body: &mut Body, g: &mut Genes) {
    let (shaft, head, wing) = (g.range(0.1, 0.28), g.range(-0.1, 0.4), g.range(0.45, 0.8));
    let notch = head + g.range(-0.2, 0.12);
    let right = [[1.0, 0.0], [head, wing], [notch, shaft], [-1.0, shaft]];
    let left = right.iter().rev().take(3).map(|c| [c[0], -c[1]]);
    body.polygon(right.iter().copied().chain(left).collect(), 0.0, Own, 1.0);
}

/// A thin line that swings.
pub fn wire(body: &mut Body, g: &mut Genes) {
    let r = g.range(0.025, 0.07);
    let (waves, swing, phase) = (g.range(0.3, 1.3), g.range(0.15, 0.6), g.loose(0.0, 1.0));
    let at = |i: usize| {
        let x = i as f32 / 6.0 - 1.0;
        [x, swing * sin(x * waves * 0.5 + phase)]
    };
    (0..12).for_each(|i| body.bone(at(i), at(i + 1), [r, r], Own, 1.0));
}

/// A round body, often with a nucleus of one to three lobes or with grains.
pub fn cell(body: &mut Body, g: &mut Genes) {
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
