//! The families of shapes that are put together from several parts.

use super::body::{Body, Genes};
use super::maths::{cos, sin};
use super::shape::Paint::{Dark, Light, Own, Second};

/// Three faces of a carton seen from above a corner, perhaps with a label.
pub fn block(body: &mut Body, g: &mut Genes) {
    let (w, h) = (g.range(0.45, 0.8), g.range(0.35, 0.8));
    let (dx, dy) = (g.range(0.12, 0.95 - w) * if g.chance(0.5) { 1.0 } else { -1.0 }, g.range(0.1, 0.98 - h));
    let (x, y) = (-dx / 2.0, dy / 2.0);
    let side = if dx > 0.0 { x + w } else { x - w };
    let top = vec![[x - w, y - h], [x + w, y - h], [x + w + dx, y - h - dy], [x - w + dx, y - h - dy]];
    body.polygon(top, 0.0, Own, 1.2);
    body.polygon(vec![[side, y - h], [side, y + h], [side + dx, y + h - dy], [side + dx, y - h - dy]], 0.0, Own, 0.6);
    body.slab([x, y], [w, h], 0.0, Own);
    if g.chance(0.5) {
        let paint = if g.chance(0.6) { Light } else { Second };
        let at = [x + g.range(-0.3, 0.3) * w, y + g.range(-0.3, 0.3) * h];
        body.slab(at, [w * g.range(0.2, 0.6), h * g.range(0.15, 0.5)], 0.02, paint);
    }
}

/// From a can without a neck to a slender bottle, with cap and label.
pub fn bottle(body: &mut Body, g: &mut Genes) {
    let (w, shoulder) = (g.range(0.22, 0.6), g.range(-0.75, 0.1));
    let neck = w * g.range(0.3, 0.7);
    body.slab([0.0, (1.0 + shoulder) / 2.0], [w, (1.0 - shoulder) / 2.0], w * g.range(0.15, 0.6), Own);
    body.bone([0.0, shoulder + w * 0.6], [0.0, -0.9], [w * 0.85, neck], Own, 0.97);
    body.slab([0.0, -0.92], [neck * 1.15, 0.08], 0.03, Second);
    if g.chance(0.65) {
        let paint = if g.chance(0.5) { Light } else { Second };
        body.slab([0.0, g.range(0.35, 0.6)], [w, g.range(0.15, 0.3)], 0.0, paint);
    }
}

/// Body, wheels and windows, seen from the side; or from above, without wheels.
pub fn vehicle(body: &mut Body, g: &mut Genes) {
    if g.chance(0.3) {
        let w = g.range(0.38, 0.5);
        body.slab([0.0; 2], [1.0, w], g.range(0.08, 0.3), Own);
        body.slab([g.range(0.2, 0.45), 0.0], [0.13, w * 0.78], 0.06, Dark);
        body.slab([g.range(-0.75, -0.5), 0.0], [0.1, w * 0.74], 0.05, Dark);
        return;
    }
    let (high, floor, wheel) = (g.range(0.16, 0.34), g.range(0.2, 0.35), g.range(0.14, 0.25));
    let (back, front, roof) = (g.range(-0.95, -0.4), g.range(0.1, 0.8), g.range(-0.75, -0.3));
    let sill = floor - 2.0 * high;
    let slope = g.range(0.02, 0.3);
    body.polygon(vec![[back, sill], [back + slope, roof], [front - slope, roof], [front, sill]], 0.03, Own, 0.95);
    body.slab([0.0, floor - high], [1.0, high], g.range(0.03, 0.15), Own);
    let windows = g.whole(1, 4);
    let step = (front - back - 2.0 * slope).max(0.2) / windows as f32;
    for i in 0..windows {
        let x = back + slope + (i as f32 + 0.5) * step;
        body.slab([x, (roof + sill) / 2.0], [step * 0.4, (sill - roof).abs() * 0.3], 0.03, Dark);
    }
    if g.chance(0.4) {
        body.slab([0.0, floor - high], [0.98, high * 0.2], 0.0, Second);
    }
    let axle = g.range(0.5, 0.72);
    let wheels = if g.chance(0.25) { vec![-axle, axle - 2.3 * wheel, axle] } else { vec![-axle, axle] };
    for x in wheels {
        body.ellipse([x, floor], wheel, wheel, Dark);
        body.ellipse([x, floor], wheel * 0.45, wheel * 0.45, Light);
    }
}

/// Body, head, legs and tail, from the side; or from above: a body, a head, short limbs to both sides.
pub fn animal(body: &mut Body, g: &mut Genes) {
    let (long, thick, head) = (g.range(0.45, 0.65), g.range(0.2, 0.38), g.range(0.15, 0.25));
    let legs = g.whole(1, 3);
    if g.chance(0.35) {
        for i in 0..legs + 1 {
            let x = long * (i as f32 / legs as f32 - 0.5) * 1.3;
            let (reach, lean) = (thick + g.range(0.12, 0.4), g.loose(-0.15, 0.15));
            body.bone([x, 0.0], [x + lean, -reach], [0.07, 0.03], Own, 0.8);
            body.bone([x, 0.0], [x - lean, reach], [0.07, 0.03], Own, 0.8);
        }
        body.ellipse([-0.15, 0.0], long, thick, Own);
        body.ellipse([long, g.loose(-0.1, 0.1)], head, head * 0.8, if g.chance(0.3) { Second } else { Own });
        return;
    }
    let (hip, ground) = (thick * 0.5 - 0.1, g.range(0.6, 0.95));
    for i in 0..2 * legs {
        let x = long * 0.75 * ((i / 2) as f32 / (legs as f32 - 0.999).max(0.5) * 2.0 - 1.0).clamp(-1.0, 1.0);
        let step = g.loose(-0.14, 0.14);
        let r = thick * g.range(0.15, 0.35);
        body.bone(
            [x - 0.1, hip],
            [x - 0.1 + step, ground - r],
            [r * 1.4, r * 0.7],
            Own,
            if i % 2 == 0 { 0.65 } else { 0.9 },
        );
    }
    let tail = g.loose(-0.4, 0.5);
    body.bone([-long, -0.15], [-long - 0.3, tail - 0.1], [0.07, 0.03], Own, 0.85);
    body.add(super::shape::Form::Ellipse { a: long, b: thick }, [-0.1, -0.1], g.range(-0.03, 0.03), Own, 1.0);
    let (hx, hy) = (g.range(0.6, 0.78), g.loose(-0.65, -0.2));
    body.bone([long * 0.65, -0.15], [hx, hy], [thick * 0.6, head * 0.7], Own, 1.0);
    body.ellipse([hx, hy], head, head * 0.8, Own);
    if g.chance(0.6) {
        body.bone([hx, hy], [hx + head * g.range(0.9, 1.5), hy + 0.08], [head * 0.5, head * 0.2], Second, 1.0);
    }
    body.bone([hx - 0.05, hy], [hx - 0.1, hy - head * g.range(1.0, 1.7)], [0.07, 0.03], Own, 0.8);
    for _ in 0..if g.chance(0.35) { 4 } else { 0 } {
        let at = [g.loose(-0.5, 0.25), g.loose(-0.2, 0.0)];
        body.ellipse(at, g.loose(0.06, 0.16), g.loose(0.05, 0.12), Second);
    }
}

/// Head, trunk, arms and legs, upright.
pub fn figure(body: &mut Body, g: &mut Genes) {
    let (wide, head) = (g.range(0.13, 0.24), g.range(0.11, 0.16));
    let stride = g.loose(-0.28, 0.28);
    let legs = if g.chance(0.6) { Second } else { Dark };
    body.bone([-0.08, 0.1], [-stride - 0.08, 0.92], [0.1, 0.06], legs, 0.85);
    body.bone([0.08, 0.1], [stride + 0.08, 0.92], [0.1, 0.06], legs, 1.0);
    let swing = g.loose(-0.3, 0.4);
    body.bone([-wide, -0.5], [-wide - 0.1 - swing * 0.4, 0.05], [0.07, 0.05], Own, 0.8);
    body.slab([0.0, -0.24], [wide, 0.38], wide * 0.6, Own);
    body.bone([wide, -0.5], [wide + 0.1 + swing * 0.5, -0.0], [0.07, 0.05], Own, 0.9);
    body.ellipse([g.loose(-0.05, 0.05), -0.8], head, head * 1.2, Light);
    if g.chance(0.6) {
        body.ellipse([0.0, -0.89], head * 1.05, head * 0.75, Dark);
    }
}

/// Strokes between the points of a small lattice, all joined.
pub fn glyph(body: &mut Body, g: &mut Genes) {
    let r = g.range(0.08, 0.2);
    let point = |i: usize| [(i % 3) as f32 * 0.62 - 0.62, (i / 3) as f32 * 0.8 - 0.8];
    let mut from = g.whole(0, 8);
    for _ in 0..g.whole(3, 5) {
        let to = (from + g.whole(1, 8)) % 9;
        body.bone(point(from), point(to), [r, r], Own, 1.0);
        from = to;
    }
}

/// Berries or grains that touch.
pub fn bunch(body: &mut Body, g: &mut Genes) {
    let n = g.whole(5, 16);
    let r = g.range(1.0, 1.3) / (n as f32).sqrt() * 0.75;
    let (flat, paint) = (g.range(0.65, 1.0), if g.chance(0.2) { Second } else { Own });
    for i in 0..n {
        // The golden angle spreads them evenly.
        let (turns, far) =
            (i as f32 * 0.381_97 + g.loose(-0.06, 0.06), ((i as f32 + 0.5) / n as f32).sqrt() * (1.0 - r));
        let at = [far * cos(turns), far * sin(turns) * flat];
        let size = r * g.loose(0.85, 1.1);
        let form = super::shape::Form::Ellipse { a: size, b: size * flat };
        body.add(form, at, 0.0, if i % 4 == 3 { paint } else { Own }, g.loose(0.85, 1.1));
    }
}

/// A flat pack or plate: a rounded board, often with a field and bars of print.
pub fn panel(body: &mut Body, g: &mut Genes) {
    let b = g.range(0.3, 1.0);
    body.slab([0.0; 2], [1.0, b], g.range(0.0, 0.25), Own);
    if g.chance(0.6) {
        let paint = if g.chance(0.5) { Second } else { Light };
        body.slab([g.range(-0.3, 0.3), 0.0], [g.range(0.25, 0.6), b * g.range(0.3, 0.75)], 0.02, paint);
    }
    for i in 0..if g.chance(0.5) { g.whole(1, 4) } else { 0 } {
        let y = b * (i as f32 * 0.3 - 0.45);
        body.slab([g.range(-0.2, 0.2), y], [g.range(0.2, 0.7), b * 0.07], 0.0, Dark);
    }
}
