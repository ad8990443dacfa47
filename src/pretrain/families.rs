//! The families of shapes, grown from genes: what a species shares and where an individual differs.

use super::body::{Body, Genes};
use super::composites;
use super::shape::{Form, Paint, Shape};
use super::simple;
use Form::{Gear, Leaf, Moon, Ring};
use Paint::{Dark, Light, Own, Second};

/// Names of the families, in the order of their numbers.
pub const FAMILIES: [&str; 22] = [
    "disc", "cell", "ring", "blob", "polygon", "star", "gear", "cross", "arrow", "capsule", "leaf", "block", "bottle",
    "ball", "animal", "vehicle", "glyph", "bunch", "wire", "panel", "crescent", "figure",
];

/// Grows a shape of the family with this number.
pub fn grow(family: usize, g: &mut Genes) -> Shape {
    let mut body = Body::default();
    match FAMILIES[family] {
        "disc" => body.ellipse([0.0; 2], 1.0, g.range(0.5, 1.0), Own),
        "cell" => simple::cell(&mut body, g),
        "ring" => {
            let half = g.range(0.08, 0.28);
            body.add(Ring { a: 1.0 - half, b: (1.0 - half) * g.range(0.65, 1.0), half }, [0.0; 2], 0.0, Own, 1.0);
        }
        "blob" => body.add(simple::wave(g, 0.16), [0.0; 2], 0.0, Own, 1.0),
        "polygon" => {
            let n = g.whole(3, 8);
            let (round, uneven) = (g.range(0.0, 0.12), g.range(0.0, 0.25));
            let corners = simple::around(n, |_| 1.0 - round - g.loose(0.0, uneven));
            body.polygon(corners, round, Own, 1.0);
        }
        "star" => {
            let n = g.whole(4, 9);
            let (inner, round) = (g.range(0.35, 0.62), g.range(0.0, 0.06));
            let corners = simple::around(2 * n, |i| if i % 2 == 0 { 1.0 - round } else { inner });
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
        "arrow" => simple::arrow(&mut body, g),
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
        "wire" => simple::wire(&mut body, g),
        "panel" => composites::panel(&mut body, g),
        "crescent" => {
            body.add(Moon { x: g.range(0.4, 0.75), r: g.range(0.7, 0.95) }, [0.0; 2], 0.0, Own, 1.0);
        }
        _ => composites::figure(&mut body, g),
    }
    Shape { parts: body.parts }
}
