//! What travels on the belt: four kinds of objects, each drawn once per variant as a sprite with colour, coverage,
//! surface direction and gloss, so that they can be lit after they are turned.

use crate::picture::texture::{Rgb, fbm, mix, mix3, noise, scale3, smooth, unit};

/// Texels along each side of a sprite; about as many as the largest object has pixels.
const SIDE: usize = 176;
/// Texels along each side of its blurred shadow.
const SHADOW: usize = 44;
/// How many looks each kind has.
pub const VARIANTS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Apple,
    Banana,
    Carton,
    Bottle,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Apple, Self::Banana, Self::Carton, Self::Bottle];

    pub fn name(self) -> &'static str {
        ["apple", "banana", "carton", "bottle"][self as usize]
    }

    /// For the boxes drawn around it.
    pub fn colour(self) -> &'static str {
        ["#ff5a5f", "#ffd60a", "#2ee6a6", "#4aa8ff"][self as usize]
    }

    pub fn instructions(self) -> &'static str {
        [
            "Red or yellow-red apples, also halves that look out from under something.",
            "Single bananas, yellow or still green at the ends.",
            "Brown cardboard boxes, with or without a label.",
            "Blue plastic bottles, cap included.",
        ][self as usize]
    }

    /// Side in scene units of the square the sprite fills, smallest and largest.
    pub fn size(self) -> (f32, f32) {
        [(84.0, 122.0), (136.0, 176.0), (124.0, 182.0), (138.0, 176.0)][self as usize]
    }

    /// Height over the belt, as a part of its size: how far the shadow falls.
    pub fn height(self) -> f32 {
        [0.11, 0.06, 0.10, 0.07][self as usize]
    }
}

/// One point of a sprite.
#[derive(Clone, Copy, Default)]
pub struct Texel {
    pub colour: Rgb,
    /// Coverage, 0 to 1.
    pub alpha: f32,
    /// Surface direction in the sprite's plane; what is missing to length 1 points at the camera.
    pub normal: [f32; 2],
    /// Strength of highlights.
    pub gloss: f32,
}

/// One look of one kind.
pub struct Sprite {
    texels: Vec<Texel>,
    shadow: Vec<f32>,
    /// Part of the square that is covered.
    pub area: f32,
}

impl Sprite {
    pub fn new(kind: Kind, variant: usize, seed: u64) -> Self {
        let seed = seed.wrapping_mul(31).wrapping_add((kind as u64) << 8).wrapping_add(variant as u64);
        let texels: Vec<Texel> = (0..SIDE * SIDE)
            .map(|i| {
                let at = |i: usize| (i as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
                let (u, v) = (at(i % SIDE), at(i / SIDE));
                match kind {
                    Kind::Apple => apple(u, v, seed),
                    Kind::Banana => banana(u, v, seed),
                    Kind::Carton => carton(u, v, seed),
                    Kind::Bottle => bottle(u, v, seed),
                }
            })
            .collect();
        let area = texels.iter().filter(|t| t.alpha > 0.5).count() as f32 / (SIDE * SIDE) as f32;
        let shadow = blurred(&texels);
        Self { texels, shadow, area }
    }

    /// The texel at `u`, `v` (-1 to 1), interpolated; nothing outside.
    pub fn at(&self, u: f32, v: f32) -> Option<Texel> {
        let (x, y) = ((u + 1.0) * 0.5 * SIDE as f32 - 0.5, (v + 1.0) * 0.5 * SIDE as f32 - 0.5);
        let last = (SIDE - 1) as f32;
        if !(x >= 0.0 && y >= 0.0 && x < last && y < last) {
            return None;
        }
        let (x0, y0) = (x as usize, y as usize);
        let (tx, ty) = (x - x0 as f32, y - y0 as f32);
        let i = y0 * SIDE + x0;
        let t = &self.texels;
        if t[i].alpha + t[i + 1].alpha + t[i + SIDE].alpha + t[i + SIDE + 1].alpha < 1e-3 {
            return None;
        }
        let mut sum = Texel::default();
        for (index, weight) in [
            (i, (1.0 - tx) * (1.0 - ty)),
            (i + 1, tx * (1.0 - ty)),
            (i + SIDE, (1.0 - tx) * ty),
            (i + SIDE + 1, tx * ty),
        ] {
            let texel = &t[index];
            // Weighted by coverage, so that what lies outside lends the edge no colour.
            let weight = weight * texel.alpha;
            sum.alpha += weight;
            sum.gloss += weight * texel.gloss;
            for c in 0..3 {
                sum.colour[c] += weight * texel.colour[c];
            }
            sum.normal[0] += weight * texel.normal[0];
            sum.normal[1] += weight * texel.normal[1];
        }
        if sum.alpha < 1e-3 {
            return None;
        }
        let by = 1.0 / sum.alpha;
        sum.colour = scale3(sum.colour, by);
        sum.normal = [sum.normal[0] * by, sum.normal[1] * by];
        sum.gloss *= by;
        Some(sum)
    }

    /// How much of the light the object takes from the point `u`, `v` under it.
    pub fn shadow_at(&self, u: f32, v: f32) -> f32 {
        // The shadow's square reaches a quarter further out than the sprite's.
        let at = |w: f32| (w / 1.25 + 1.0) * 0.5 * SHADOW as f32 - 0.5;
        let (x, y) = (at(u), at(v));
        let last = (SHADOW - 1) as f32;
        if !(x >= 0.0 && y >= 0.0 && x < last && y < last) {
            return 0.0;
        }
        let (x0, y0) = (x as usize, y as usize);
        let (tx, ty) = (x - x0 as f32, y - y0 as f32);
        let i = y0 * SHADOW + x0;
        let s = &self.shadow;
        mix(mix(s[i], s[i + 1], tx), mix(s[i + SHADOW], s[i + SHADOW + 1], tx), ty)
    }
}

/// Coverage on a coarse grid, box-blurred twice.
fn blurred(texels: &[Texel]) -> Vec<f32> {
    let mut map: Vec<f32> = (0..SHADOW * SHADOW)
        .map(|i| {
            let at = |i: usize| (((i as f32 + 0.5) / SHADOW as f32 * 2.0 - 1.0) * 1.25 + 1.0) * 0.5 * SIDE as f32;
            let (x, y) = (at(i % SHADOW), at(i / SHADOW));
            let inside = x >= 0.0 && y >= 0.0 && x < SIDE as f32 && y < SIDE as f32;
            if inside { texels[y as usize * SIDE + x as usize].alpha } else { 0.0 }
        })
        .collect();
    for _ in 0..2 {
        let from = map.clone();
        for y in 0..SHADOW {
            for x in 0..SHADOW {
                let (mut sum, reach) = (0.0, 2);
                for yy in y.saturating_sub(reach)..=(y + reach).min(SHADOW - 1) {
                    for xx in x.saturating_sub(reach)..=(x + reach).min(SHADOW - 1) {
                        sum += from[yy * SHADOW + xx];
                    }
                }
                map[y * SHADOW + x] = sum / 25.0;
            }
        }
    }
    map
}

/// Coverage from a signed distance (negative inside) in sprite units, one texel soft.
fn cover(distance: f32) -> f32 {
    smooth(1.0, -1.0, distance * SIDE as f32 * 0.5)
}

fn apple(u: f32, v: f32, seed: u64) -> Texel {
    let look = |i| unit(seed, i, 0);
    let (r, turn) = (u.hypot(v), v.atan2(u));
    let radius = 0.84 * (1.0 + 0.025 * (2.0 * turn + look(1) * 6.0).cos() + 0.018 * (5.0 * turn + look(2) * 6.0).cos());
    let q = r / radius;
    if q > 1.05 {
        return Texel::default();
    }
    // The hollow with the stem, off the middle: apples lie on their side.
    let (cx, cy) = (0.22 * (look(3) - 0.5), -0.34 + 0.2 * look(4));
    let (du, dv) = (u - cx, v - cy);
    let d = du.hypot(dv).max(1e-4);
    let hollow = smooth(0.30, 0.06, d) * 0.75;
    let normal = [u / radius * 0.98 - du / d * hollow, v / radius * 0.98 - dv / d * hollow];
    let around = dv.atan2(du);
    let streaks = fbm(seed, around * 8.0 + 40.0, d * 2.2, 4, 0);
    let blush = smooth(0.36, 0.72, streaks * 0.62 + look(5) * 0.16 + smooth(0.75, 0.0, d) * 0.34);
    let mut colour = mix3([0.66, 0.055, 0.075], [0.87, 0.66, 0.20], blush * 0.62);
    colour = scale3(colour, 0.86 + 0.28 * fbm(seed ^ 5, u * 5.0, v * 5.0, 3, 0));
    if noise(seed ^ 9, u * 26.0, v * 26.0, 0) > 0.86 {
        colour = mix3(colour, [0.93, 0.80, 0.55], 0.35);
    }
    colour = mix3(colour, [0.33, 0.30, 0.10], smooth(0.15, 0.02, d) * 0.8);
    let mut gloss = 0.55;
    // The stem: a short, bent stick.
    let along = ((du * 0.55 - dv * 0.83) / 0.30).clamp(0.0, 1.0);
    let (sx, sy) = (du - 0.55 * 0.30 * along - 0.05 * along * along, dv + 0.83 * 0.30 * along);
    let stem = smooth(0.045, 0.025, sx.hypot(sy) - 0.012 * along);
    colour = mix3(colour, [0.28, 0.17, 0.08], stem);
    gloss *= 1.0 - stem;
    Texel { colour, alpha: cover(r - radius), normal, gloss }
}

fn banana(u: f32, v: f32, seed: u64) -> Texel {
    let look = |i| unit(seed, i, 0);
    // Bent around a point below; `along` is -1 at the blossom and 1 where the neck begins.
    let bend = mix(0.80, 1.05, look(1));
    let reach = 0.80 / bend;
    let below = bend - 0.22;
    let (dx, dy) = (u, below - v);
    let along = dx.atan2(dy) / reach;
    let across = dx.hypot(dy) - bend;
    let body = 0.225 * (1.0 - along.abs().powi(4)).max(0.0).powf(0.55);
    let neck = 0.060 * smooth(1.17, 1.13, along) * smooth(0.6, 0.9, along);
    let thick = body.max(neck).max(0.03 * smooth(-1.06, -1.02, along) * smooth(-0.8, -0.95, along));
    if thick <= 0.0 || across.abs() > thick + 0.03 {
        return Texel::default();
    }
    let q = (across / thick.max(1e-3)).clamp(-1.0, 1.0);
    let out = (dx.hypot(dy)).max(1e-4);
    // Three faces with soft ridges between them, as bananas have.
    let face = q * 0.72 + 0.20 * (q * 7.0).sin() * 0.5;
    let normal = [dx / out * face, -dy / out * face];
    let ripe = look(2);
    let mut colour = mix3([0.93, 0.76, 0.13], [0.86, 0.66, 0.10], fbm(seed, along * 3.0, q * 2.0, 3, 0));
    let green = smooth(0.55, 1.0, along.abs()) * (1.0 - ripe) + 0.12 * (1.0 - ripe);
    colour = mix3(colour, [0.52, 0.62, 0.12], green.clamp(0.0, 1.0) * 0.8);
    let ridge = smooth(0.10, 0.0, (q.abs() - 0.42).abs());
    colour = scale3(colour, 1.0 - 0.13 * ridge);
    let specks =
        noise(seed ^ 3, along * 26.0, across * 60.0, 0) * 0.6 + fbm(seed ^ 4, along * 7.0, across * 16.0, 2, 0) * 0.5;
    colour = mix3(colour, [0.33, 0.19, 0.07], smooth(0.80 - 0.13 * ripe, 0.95, specks) * 0.85);
    colour = mix3(colour, [0.20, 0.14, 0.07], smooth(-0.95, -1.0, along) + smooth(1.08, 1.14, along) * 0.9);
    Texel { colour, alpha: cover(across.abs() - thick), normal, gloss: 0.22 }
}

fn carton(u: f32, v: f32, seed: u64) -> Texel {
    let look = |i| unit(seed, i, 0);
    let (a, b) = (0.72, mix(0.42, 0.62, look(1)));
    let corner = 0.025;
    let (qx, qy) = (u.abs() - a + corner, v.abs() - b + corner);
    let distance = qx.max(0.0).hypot(qy.max(0.0)) + qx.max(qy).min(0.0) - corner;
    if distance > 0.03 {
        return Texel::default();
    }
    let pulp = fbm(seed, u * 9.0, v * 9.0, 4, 0);
    let flutes = noise(seed ^ 1, u * 3.0, v * 46.0, 0);
    let mut colour = mix3([0.58, 0.41, 0.25], [0.74, 0.56, 0.37], pulp * 0.55 + flutes * 0.30 + look(2) * 0.25);
    let (mut gloss, mut normal) = (0.03, [(pulp - 0.5) * 0.12, (flutes - 0.5) * 0.14]);
    // Folded edges catch or lose the light.
    let edge = smooth(-0.055, -0.005, distance);
    if a - u.abs() < b - v.abs() {
        normal[0] += u.signum() * edge * 0.75;
    } else {
        normal[1] += v.signum() * edge * 0.75;
    }
    // The flaps meet in the middle, under tape.
    colour = scale3(colour, 1.0 - 0.55 * smooth(0.016, 0.006, v.abs()));
    if v.abs() < 0.095 + 0.006 * noise(seed ^ 2, u * 30.0, 0.0, 0) {
        let wrinkle = noise(seed ^ 6, u * 12.0, v * 5.0, 0);
        colour = mix3(colour, [0.80, 0.66, 0.42], 0.62 + 0.2 * wrinkle);
        gloss = 0.35;
        normal[1] += (wrinkle - 0.5) * 0.25;
    }
    // A shipping label with a bar code and lines of print, on most.
    if look(3) < 0.8 {
        let (lx, ly) = ((u - 0.36) / 0.27, (v - (b - 0.20)) / 0.145);
        if lx.abs() < 1.0 && ly.abs() < 1.0 {
            colour = scale3([0.90, 0.89, 0.86], 0.95 + 0.08 * pulp);
            gloss = 0.15;
            let bars = ly < 0.1 && ly > -0.8 && lx.abs() < 0.85 && unit(seed, (lx * 17.0).floor() as i64, 77) > 0.5;
            let print = ly > 0.3
                && ly < 0.8
                && lx < mix(0.0, 0.8, look(6))
                && lx > -0.85
                && ((ly * 8.0).floor() as i64) % 2 == 0;
            if bars || print {
                colour = [0.13, 0.13, 0.14];
            }
        }
    }
    // Two printed arrows: this side up.
    if look(4) < 0.6 {
        for at in [-0.52, -0.36] {
            let (x, y) = (u - at, v + b - 0.22);
            let head = y > -0.10 && y < 0.0 && x.abs() < (y + 0.10) * 0.75;
            if head || (x.abs() < 0.022 && (0.0..0.11).contains(&y)) {
                colour = mix3(colour, [0.20, 0.13, 0.10], 0.8);
            }
        }
    }
    colour = scale3(colour, 1.0 - 0.22 * smooth(-0.12, 0.0, distance) * fbm(seed ^ 8, u * 4.0, v * 4.0, 2, 0));
    Texel { colour, alpha: cover(distance), normal, gloss }
}

fn bottle(u: f32, v: f32, seed: u64) -> Texel {
    let look = |i| unit(seed, i, 0);
    let girth = mix(0.25, 0.31, look(1));
    let profile = |u: f32| -> f32 {
        if !(-0.92..=0.93).contains(&u) {
            return 0.0;
        }
        if u > 0.70 {
            return 0.128;
        }
        let foot = 1.0 - 0.35 * smooth(-0.82, -0.92, u);
        let waist = 1.0 - 0.06 * smooth(0.10, 0.0, (u - 0.16).abs());
        mix(girth * foot * waist, 0.095, smooth(0.26, 0.60, u))
    };
    let r = profile(u);
    if r <= 0.0 || v.abs() > r + 0.03 {
        return Texel::default();
    }
    let q = (v / r).clamp(-1.0, 1.0);
    let slope = ((profile(u + 0.02) - profile(u - 0.02)) / 0.04).clamp(-1.2, 1.2);
    let mut normal = [-slope * 0.55 * (1.0 - q * q).max(0.0).sqrt(), q * 0.96];
    // Light shines through: dark rims, a bright band away from the lamp.
    let rim = q * q;
    let through = smooth(0.42, 0.0, (q - 0.45).abs());
    let hue = look(2);
    let mut colour = mix3([0.05, 0.26, 0.66], [0.04, 0.40, 0.70], hue);
    colour = scale3(colour, 1.0 - 0.45 * rim + 0.45 * through);
    colour = mix3(colour, [0.45, 0.75, 0.95], 0.25 * through);
    let rings = if u < 0.0 { (u * 62.0).sin() } else { 0.0 };
    normal[0] += 0.10 * rings;
    let mut gloss = 1.0;
    if (-0.58..0.02).contains(&u) {
        // The paper label, with a coloured band and a round mark.
        let paper = mix3([0.93, 0.93, 0.90], [0.86, 0.90, 0.95], look(3));
        let band = mix3([0.95, 0.72, 0.10], [0.85, 0.20, 0.25], (look(4) * 2.0).floor() * 0.5);
        colour = paper;
        if (-0.55..-0.45).contains(&u) || (-0.09..-0.02).contains(&u) {
            colour = band;
        }
        let (mx, my) = (u + 0.27, q.asin() * r);
        if mx.hypot(my) < 0.105 {
            colour = if mx.hypot(my - 0.02) < 0.06 { [0.96, 0.96, 0.93] } else { [0.10, 0.30, 0.60] };
        }
        colour = scale3(colour, 1.0 - 0.25 * rim);
        normal[0] = 0.0;
        gloss = 0.30;
    } else if u > 0.70 {
        let knurl = (q.asin() * 16.0).sin();
        colour = scale3([0.88, 0.89, 0.91], 0.92 + 0.10 * knurl);
        gloss = 0.25;
    } else if (0.66..0.70).contains(&u) {
        colour = scale3(colour, 0.55);
    }
    let ends = (u - 0.93).max(-0.92 - u);
    Texel { colour, alpha: cover((v.abs() - r).max(ends)), normal, gloss }
}
