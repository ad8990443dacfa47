//! Clutter that nobody labels.

use super::canvas::Canvas;
use super::colour::muted;
use super::maths::{Dice, cos, sin};

/// Strokes, specks and blurs that are not objects: `most` of them at the most.
pub fn clutter(canvas: &mut Canvas, most: usize, scale: f32, dice: &mut Dice) {
    let (wide, high) = (canvas.width as f32, canvas.height as f32);
    for _ in 0..dice.whole(0, most) {
        let at = [dice.range(0.0, wide), dice.range(0.0, high)];
        let (colour, alpha) = (muted(dice, 0.05, 0.95), dice.range(0.2, 0.9));
        let turns = dice.unit();
        let to = |long: f32| [at[0] + long * cos(turns), at[1] + long * sin(turns)];
        match dice.whole(0, 3) {
            // A hair, a scratch, a cable's edge.
            0 => canvas.stroke(at, to(dice.log(10.0, 150.0) * scale), dice.range(0.2, 1.0) * scale, 1.0, colour, alpha),
            // Something far out of focus.
            1 => {
                let r = dice.log(3.0, 25.0) * scale;
                canvas.stroke(at, to(r), r * 0.4, r * 1.6, colour, alpha * 0.5);
            }
            _ => canvas.stroke(at, to(dice.range(0.0, 3.0)), dice.range(0.3, 1.6) * scale, 1.0, colour, alpha),
        }
    }
}
