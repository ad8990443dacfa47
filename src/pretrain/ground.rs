//! What places of many kinds stand on.

use super::canvas::{Canvas, clouds, field};
use super::colour::muted;
use super::maths::Dice;
use crate::picture::texture::scale3;

/// Where the far edge of the ground is in places with a horizon, as a part of the height.
pub const HORIZON: f32 = 0.3;

/// Plaster, asphalt, earth: one colour, blotches and grain.
pub fn concrete(width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    let colour = muted(dice, 0.15, 0.85);
    let (blotches, grain) = (dice.range(0.05, 0.5), dice.range(0.03, 0.35));
    let cell = dice.log(25.0, 120.0) * scale;
    let coarse = clouds(dice.seed(), width, height, [cell, cell], 3);
    let fine = dice.log(1.3, 4.0) * scale;
    let fine = field(dice.seed(), width, height, [fine.max(1.0), fine.max(1.0)]);
    let light = coarse.iter().zip(&fine).map(|(c, f)| 1.0 + blotches * (c - 0.5) * 2.0 + grain * (f - 0.5));
    Canvas { width, height, pixels: light.map(|l| scale3(colour, l)).collect() }
}
