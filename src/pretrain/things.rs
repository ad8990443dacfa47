//! Species of things, and individuals of them.

use super::body::Genes;
use super::colour::{self, COLOURS, contrast};
use super::compose::Spot;
use super::families::{FAMILIES, grow};
use super::maths::{Dice, cos, sin};
use super::paint::Thing;
use super::surface::{SURFACES, Surface};
use crate::picture::texture::{Rgb, mix3, scale3};

/// What the things of a kind share.
pub struct Species {
    /// Numbers of shape, surface and colour in their families.
    pub looks: [usize; 3],
    surface: Surface,
    colour: Rgb,
    accents: [Rgb; 3],
    genes: u64,
    spread: f32,
    /// Stands on its feet, or lies any way around.
    upright: bool,
    turns: f32,
    dome: f32,
    bevel: f32,
    gloss: f32,
    rim: f32,
    pale: f32,
    density: f32,
}

/// Shapes that have an upper side.
const UPRIGHT: [&str; 5] = ["block", "bottle", "animal", "vehicle", "figure"];

impl Species {
    /// A species for a scene lit `through` or not, which favours the shapes named in `local`; `half` is half its usual
    /// size in pixels, `ground` the background's mean colour.
    pub fn draw(local: &[&str], through: bool, upright: bool, half: f32, ground: Rgb, dice: &mut Dice) -> Self {
        let family = if !local.is_empty() && dice.chance(0.5) {
            let name = dice.pick(local);
            FAMILIES.iter().position(|f| *f == name).unwrap_or(0)
        } else {
            dice.whole(0, FAMILIES.len() - 1)
        };
        let stained = SURFACES.iter().position(|s| *s == "stained").unwrap_or(0);
        let kind = if through && dice.chance(0.55) { stained } else { dice.whole(0, SURFACES.len() - 1) };
        let mut hue = dice.whole(0, COLOURS.len() - 1);
        let mut base = colour::draw(hue, dice);
        // What no one could see is drawn again.
        for _ in 0..6 {
            if contrast(base, ground) > 0.22 {
                break;
            }
            hue = dice.whole(0, COLOURS.len() - 1);
            base = colour::draw(hue, dice);
        }
        let other = dice.whole(0, COLOURS.len() - 1);
        let second = colour::draw(other, dice);
        let dark = scale3(base, 0.45).map(|c| c.min(0.35));
        let accents = [second, if dice.chance(0.5) { dark } else { [0.1, 0.1, 0.12] }, mix3(base, [1.0; 3], 0.75)];
        let round = matches!(FAMILIES[family], "ball" | "bunch" | "animal" | "figure");
        let hard = matches!(FAMILIES[family], "block" | "panel" | "glyph");
        let dome = match () {
            () if round => dice.range(0.8, 1.0),
            () if hard => dice.range(0.0, 0.2),
            () => dice.range(0.0, 1.0),
        };
        let bevel = if round { 1.0 } else { dice.log(0.08, 1.0) };
        Self {
            looks: [family, kind, hue],
            surface: Surface::draw(kind, base, second, half, dice),
            colour: base,
            accents,
            genes: dice.seed(),
            spread: dice.range(0.05, 0.5),
            upright: upright && UPRIGHT.contains(&FAMILIES[family]),
            turns: dice.unit(),
            dome: if through { dome * 0.5 } else { dome },
            bevel,
            gloss: if !through && dice.chance(0.45) { dice.range(0.2, 1.0) } else { 0.0 },
            rim: if dice.chance(0.4) { dice.range(0.1, 0.5) } else { 0.0 },
            pale: if FAMILIES[family] == "cell" && dice.chance(0.5) { dice.range(0.3, 0.9) } else { 0.0 },
            density: dice.range(0.4, 0.85),
        }
    }

    /// One of them on a spot; `aligned` things all lie the same way.
    pub fn individual(&self, spot: &Spot, aligned: bool, soft: f32, dice: &mut Dice) -> Thing {
        let turns = match (self.upright, aligned) {
            (true, _) => dice.range(-0.02, 0.02),
            (_, true) => self.turns + dice.range(-0.015, 0.015),
            _ => dice.unit(),
        };
        let mut genes = Genes { species: self.genes, own: dice.seed(), spread: self.spread, drawn: 0 };
        let light = dice.range(0.88, 1.1);
        let vary = |c: Rgb| c.map(|v| (v * light).min(1.0));
        Thing {
            shape: grow(self.looks[0], &mut genes),
            surface: self.surface.reseeded(dice.seed()),
            colour: vary(self.colour),
            accents: self.accents.map(vary),
            x: spot.x,
            y: spot.y,
            half: spot.size / 2.0,
            turn: [cos(turns), sin(turns)],
            flip: if dice.chance(0.5) { -1.0 } else { 1.0 },
            soft,
            dome: self.dome,
            bevel: self.bevel,
            gloss: self.gloss,
            rim: self.rim,
            pale: self.pale,
            density: self.density,
        }
    }
}
