//! What shapes are covered with: a mix of two colours, by a pattern in the object's own coordinates.

use super::maths::{Dice, cos, length, sin};
use crate::picture::texture::{Rgb, mix3, noise, scale3, smooth, unit};

/// Names of the surfaces, in the order of their numbers.
pub const SURFACES: [&str; 14] = [
    "plain", "gradient", "striped", "checked", "dotted", "mottled", "marbled", "wooden", "furry", "scaly", "metallic",
    "stained", "outlined", "speckled",
];

/// One look of one surface.
#[derive(Clone)]
pub struct Surface {
    /// Its number.
    pub kind: usize,
    seed: u64,
    /// Waves or cells across half the object.
    grain: f32,
    turn: [f32; 2],
    /// The pattern's other colour.
    second: Rgb,
    /// Share of the pattern's period in that colour.
    share: f32,
}

impl Surface {
    /// A surface for objects of this base colour, `half` their size in pixels: no pattern is finer than they can show.
    pub fn draw(kind: usize, base: Rgb, second: Rgb, half: f32, dice: &mut Dice) -> Self {
        let light = (base[0] + base[1] + base[2]) / 3.0;
        // Mostly a shade of the same colour, towards where there's room.
        let shade =
            if light > 0.45 { scale3(base, dice.range(0.3, 0.65)) } else { mix3(base, [1.0; 3], dice.range(0.3, 0.6)) };
        let second = if dice.chance(0.7) { shade } else { second };
        let turns = dice.unit();
        let finest = (half / 4.0).max(1.0);
        Self {
            kind,
            seed: dice.seed(),
            grain: dice.log(1.5, 6.0).min(finest),
            turn: [cos(turns), sin(turns)],
            second,
            share: dice.range(0.3, 0.5),
        }
    }

    pub fn is(&self, name: &str) -> bool {
        SURFACES[self.kind] == name
    }

    /// The same surface with a pattern of its own.
    pub fn reseeded(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// Colour at `u`, `v`, where the edge is `depth` away; `pixel` is a pixel's width. All in half sizes.
    pub fn colour(&self, base: Rgb, u: f32, v: f32, depth: f32, pixel: f32) -> Rgb {
        let (x, y) = (u * self.turn[0] + v * self.turn[1], v * self.turn[0] - u * self.turn[1]);
        let (g, soft) = (self.grain, pixel * self.grain);
        let t = match SURFACES[self.kind] {
            "gradient" => smooth(-0.9, 0.9, x),
            "striped" => band(x * g * 0.7, self.share, soft),
            "checked" => {
                let (a, b) = (band(x * g * 0.5, 0.5, soft), band(y * g * 0.5, 0.5, soft));
                a + b - 2.0 * a * b
            }
            "dotted" => {
                let row = (y * g * 0.8).floor();
                let x = x * g * 0.8 + row * 0.5;
                let (dx, dy) = (x - x.floor() - 0.5, y * g * 0.8 - row - 0.5);
                smooth(soft, -soft, length(dx, dy) - 0.1 - self.share * 0.5)
            }
            "mottled" => smooth(0.35, 0.65, noise(self.seed, x * g + 90.0, y * g + 90.0, 0)),
            "marbled" => {
                let swirl = noise(self.seed, x * g * 0.7 + 90.0, y * g * 0.7 + 90.0, 0);
                let vein = sin(x * 0.6 + 1.8 * swirl).abs();
                smooth(0.4, 0.0, vein)
            }
            "wooden" => {
                let warp = noise(self.seed, x * 1.2 + 90.0, y * 3.0 + 90.0, 0) - 0.5;
                0.5 + 0.5 * sin(length(x * 0.35 + 0.4, y + 0.25 * warp) * g)
            }
            "furry" => {
                let bend = 0.4 * noise(self.seed, x * 1.5 + 90.0, y * 1.5 + 90.0, 0);
                noise(self.seed ^ 1, x * g * 0.7 + 90.0, (y + bend) * g * 3.5 + 90.0, 0)
            }
            "scaly" => {
                let row = (y * g).floor();
                let x = x * g * 0.8 + row * 0.5;
                let (dx, dy) = (x - x.floor() - 0.5, y * g - row);
                smooth(0.35, 0.62, length(dx, dy * 0.6))
            }
            "metallic" => return self.metal(base, x, y, g),
            "outlined" => smooth(2.0, 1.0, depth / pixel.max(0.06)),
            "speckled" => {
                let cell = 3.0 * g;
                let (i, j) = ((x * cell).floor(), (y * cell).floor());
                if unit(self.seed, i as i64, j as i64) < 0.22 { 0.9 } else { 0.0 }
            }
            _ => 0.0,
        };
        mix3(base, self.second, t)
    }

    /// Bands of reflected light over brushed metal.
    fn metal(&self, base: Rgb, x: f32, y: f32, grain: f32) -> Rgb {
        let light = 0.5 + 0.35 * sin(x * 0.55 + self.share * 2.0) + 0.2 * sin(x * 1.3 + self.share * 9.0);
        let brushed = 0.08 * (noise(self.seed, x * 1.5 + 90.0, y * grain * 4.0 + 90.0, 0) - 0.5);
        let dull = mix3(base, [(base[0] + base[1] + base[2]) / 3.0; 3], 0.35);
        if light > 0.5 {
            mix3(dull, [1.0; 3], ((light - 0.5) * 1.3 + brushed).clamp(0.0, 0.9))
        } else {
            scale3(dull, 0.45 + 1.1 * light + brushed)
        }
    }
}

/// 1 on the given share of every unit, with edges `soft` wide.
fn band(x: f32, share: f32, soft: f32) -> f32 {
    let off = (x - x.floor() - 0.5).abs();
    smooth(soft, -soft, off - share / 2.0)
}
