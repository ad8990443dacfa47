//! Families of colours and draws from them. Colours are as a screen shows them (gamma-coded), 0 to 1 a channel.

use super::maths::Dice;
use crate::picture::texture::Rgb;

/// Names of the families, in the order of their numbers.
pub const COLOURS: [&str; 12] =
    ["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "grey", "black", "white"];

/// For each family, from and to: hue in turns, saturation, value.
const RANGES: [[[f32; 2]; 3]; 12] = [
    [[-0.03, 0.03], [0.6, 1.0], [0.5, 0.95]],
    [[0.05, 0.095], [0.65, 1.0], [0.75, 1.0]],
    [[0.125, 0.175], [0.5, 1.0], [0.75, 1.0]],
    [[0.22, 0.42], [0.35, 0.95], [0.3, 0.85]],
    [[0.45, 0.53], [0.4, 0.9], [0.5, 0.95]],
    [[0.56, 0.68], [0.4, 0.95], [0.4, 0.95]],
    [[0.71, 0.82], [0.35, 0.9], [0.3, 0.8]],
    [[0.87, 0.98], [0.25, 0.6], [0.75, 1.0]],
    [[0.03, 0.1], [0.3, 0.65], [0.25, 0.75]],
    [[0.0, 1.0], [0.0, 0.09], [0.35, 0.7]],
    [[0.0, 1.0], [0.0, 0.25], [0.04, 0.17]],
    [[0.0, 1.0], [0.0, 0.07], [0.86, 1.0]],
];

/// A colour of the family with this number.
pub fn draw(family: usize, dice: &mut Dice) -> Rgb {
    let [hue, saturation, value] = RANGES[family].map(|[lo, hi]| dice.range(lo, hi));
    hsv(hue, saturation, value)
}

/// Any colour, seldom a loud one: what backgrounds are made of.
pub fn muted(dice: &mut Dice, dark: f32, light: f32) -> Rgb {
    let most = dice.pick(&[0.08, 0.2, 0.35, 0.6]);
    hsv(dice.unit(), dice.range(0.0, most), dice.range(dark, light))
}

/// `hue` in turns, the others 0 to 1.
pub fn hsv(hue: f32, saturation: f32, value: f32) -> Rgb {
    [5.0, 3.0, 1.0].map(|n| {
        let turn = n / 6.0 + hue;
        let k = (turn - turn.floor()) * 6.0;
        value * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0))
    })
}

/// Largest difference in any channel.
pub fn contrast(a: Rgb, b: Rgb) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max)
}
