//! Shapes as unions of a few forms, each a signed distance: negative inside, in units of half the object's size.

use super::maths::{angle, cos, length};
use crate::picture::texture::{Rgb, mix, mix3};

/// One closed form around its own origin.
pub enum Form {
    Ellipse {
        a: f32,
        b: f32,
    },
    Box {
        a: f32,
        b: f32,
        round: f32,
    },
    /// A stroke from the origin to `to`, its radius going from `from` to `until`.
    Bone {
        to: [f32; 2],
        from: f32,
        until: f32,
    },
    Ring {
        a: f32,
        b: f32,
        half: f32,
    },
    /// A circle whose radius swings: (waves around it, amplitude, phase in turns).
    Wave {
        r: f32,
        waves: [(f32, f32, f32); 3],
    },
    Gear {
        r: f32,
        teeth: f32,
        depth: f32,
    },
    Polygon {
        corners: Vec<[f32; 2]>,
        round: f32,
    },
    /// Two arcs of radius `r` that meet in points at ±1 on the u axis.
    Leaf {
        r: f32,
    },
    /// A unit disc without the disc of radius `r` at `x` on the u axis.
    Moon {
        x: f32,
        r: f32,
    },
}

impl Form {
    fn distance(&self, x: f32, y: f32) -> f32 {
        match self {
            Self::Ellipse { a, b } => ellipse(x, y, *a, *b),
            Self::Box { a, b, round } => {
                let (qx, qy) = (x.abs() - a + round, y.abs() - b + round);
                length(qx.max(0.0), qy.max(0.0)) + qx.max(qy).min(0.0) - round
            }
            Self::Bone { to, from, until } => {
                let along = (x * to[0] + y * to[1]) / (to[0] * to[0] + to[1] * to[1]).max(1e-9);
                let h = along.clamp(0.0, 1.0);
                length(x - to[0] * h, y - to[1] * h) - mix(*from, *until, h)
            }
            Self::Ring { a, b, half } => ellipse(x, y, *a, *b).abs() - half,
            Self::Wave { r, waves } => {
                let turn = angle(y, x);
                let swing: f32 = waves.iter().map(|(n, amplitude, phase)| amplitude * cos(n * turn + phase)).sum();
                (length(x, y) - r * (1.0 + swing)) * 0.9
            }
            Self::Gear { r, teeth, depth } => {
                let tooth = (cos(angle(y, x) * teeth) * 2.5).clamp(-1.0, 1.0);
                (length(x, y) - r - depth * tooth) * 0.8
            }
            Self::Polygon { corners, round } => polygon(x, y, corners) - round,
            Self::Leaf { r } => {
                let (px, py) = (y.abs(), x.abs());
                let d = (r * r - 1.0).max(0.0).sqrt();
                if (py - 1.0) * d > px { length(px, py - 1.0) } else { length(px + d, py) - r }
            }
            Self::Moon { x: at, r } => (length(x, y) - 1.0).max(r - length(x - at, y)),
        }
    }

    /// Radius of a circle around the origin that holds the form.
    pub fn reach(&self) -> f32 {
        match self {
            Self::Ellipse { a, b } => a.max(*b),
            Self::Box { a, b, .. } => length(*a, *b),
            Self::Bone { to, from, until } => from.max(length(to[0], to[1]) + until),
            Self::Ring { a, b, half } => a.max(*b) + half,
            Self::Wave { r, waves } => r * (1.0 + waves.iter().map(|w| w.1.abs()).sum::<f32>()),
            Self::Gear { r, depth, .. } => r + depth,
            Self::Polygon { corners, round } => corners.iter().map(|c| length(c[0], c[1])).fold(0.0, f32::max) + round,
            Self::Leaf { .. } | Self::Moon { .. } => 1.0,
        }
    }
}

/// Near the edge as good as exact; Inigo Quilez' first-order estimate.
fn ellipse(x: f32, y: f32, a: f32, b: f32) -> f32 {
    let (px, py) = (x / a, y / b);
    let k = length(px, py);
    let slope = length(px / a, py / b);
    if slope < 1e-4 { -a.min(b) } else { k * (k - 1.0) / slope }
}

/// Distance to the nearest side; the sign from the number of sides to the right.
fn polygon(x: f32, y: f32, corners: &[[f32; 2]]) -> f32 {
    let (mut nearest, mut inside) = (f32::MAX, false);
    let mut b = corners[corners.len() - 1];
    for a in corners {
        let (ex, ey, wx, wy) = (b[0] - a[0], b[1] - a[1], x - a[0], y - a[1]);
        let h = ((wx * ex + wy * ey) / (ex * ex + ey * ey).max(1e-9)).clamp(0.0, 1.0);
        let (dx, dy) = (wx - ex * h, wy - ey * h);
        nearest = nearest.min(dx * dx + dy * dy);
        if (a[1] > y) != (b[1] > y) && wx < wy * ex / ey {
            inside = !inside;
        }
        b = *a;
    }
    if inside { -nearest.sqrt() } else { nearest.sqrt() }
}

/// Where a part gets its colour from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// The object's colour and surface.
    Own,
    Second,
    Dark,
    Light,
}

/// A form in its place.
pub struct Part {
    pub form: Form,
    pub x: f32,
    pub y: f32,
    /// Radius of a circle around `x`, `y` that holds the form.
    pub reach: f32,
    /// Cosine and sine of its turn.
    pub turn: [f32; 2],
    pub paint: Paint,
    /// What the part makes of the light, about 1.
    pub tone: f32,
}

/// A union of parts, later ones over earlier ones, roughly filling the square from -1 to 1.
pub struct Shape {
    pub parts: Vec<Part>,
}

/// What a shape is at one point.
#[derive(Clone, Copy)]
pub struct Hit {
    /// To the edge of the whole.
    pub distance: f32,
    /// To the edge of the part on top here: its roundness.
    pub inner: f32,
    pub tone: f32,
    /// How much of the colour is `accent` and not the object's own, 0 to 1.
    pub accented: f32,
    pub accent: Rgb,
}

impl Hit {
    /// Far off at this distance.
    pub fn off(distance: f32) -> Self {
        Self { distance, inner: distance, tone: 1.0, accented: 0.0, accent: [0.0; 3] }
    }
}

impl Shape {
    /// The shape at `u`, `v`; a pixel is `pixel` units wide, and `accents` the colours of `Paint` beyond the own.
    pub fn at(&self, u: f32, v: f32, pixel: f32, accents: &[Rgb; 3]) -> Hit {
        let mut hit = Hit::off(f32::MAX);
        for part in &self.parts {
            let (x, y) = (u - part.x, v - part.y);
            // A part further off than what is known already changes nothing.
            let near = hit.distance.max(pixel) + part.reach;
            if x * x + y * y > near * near {
                continue;
            }
            let [c, s] = part.turn;
            let d = part.form.distance(x * c + y * s, y * c - x * s);
            if d < 0.0 || d < hit.distance {
                hit.inner = d;
            }
            hit.distance = hit.distance.min(d);
            let cover = (0.5 - d / pixel).clamp(0.0, 1.0);
            if cover > 0.0 {
                hit.tone = mix(hit.tone, part.tone, cover);
                if part.paint != Paint::Own {
                    hit.accent = mix3(hit.accent, accents[part.paint as usize - 1], cover);
                    hit.accented = mix(hit.accented, 1.0, cover);
                } else {
                    hit.accented *= 1.0 - cover;
                }
            }
        }
        hit
    }

    /// Left, top, right and bottom of the shape turned by this cosine and sine, in its units and not quite tight.
    pub fn extent(&self, turn: [f32; 2]) -> [f32; 4] {
        let mut extent = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for part in &self.parts {
            let (x, y) = (part.x * turn[0] - part.y * turn[1], part.x * turn[1] + part.y * turn[0]);
            let reach = part.reach;
            extent = [
                extent[0].min(x - reach),
                extent[1].min(y - reach),
                extent[2].max(x + reach),
                extent[3].max(y + reach),
            ];
        }
        extent
    }
}
