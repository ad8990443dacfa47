//! Grounds in the open: blades, pebbles, a horizon.

use super::canvas::{Canvas, clouds};
use super::colour::{hsv, muted};
use super::ground::{HORIZON, concrete};
use super::maths::Dice;
use crate::picture::texture::{mix, mix3, scale3, smooth};

/// Grass, straw or hair within `area` (left, top, right, bottom), longer towards the lower edge.
pub fn blades(canvas: &mut Canvas, area: [f32; 4], scale: f32, [hue, value]: [f32; 2], dice: &mut Dice) {
    let (long, lean, thin) = (dice.log(5.0, 16.0) * scale, dice.range(-0.6, 0.6), dice.range(0.4, 0.8) * scale);
    let count = ((area[2] - area[0]) * (area[3] - area[1]) / (long * 6.0 * scale)) as usize;
    for i in 0..count.min(1500) {
        // From the far side to the near one, so that near blades cover far ones.
        let far = i as f32 / count as f32;
        let (x, y) = (dice.range(area[0], area[2]), mix(area[1], area[3], far) + dice.range(-3.0, 3.0) * scale);
        let tall = long * mix(0.6, 1.2, far) * dice.range(0.6, 1.2);
        let colour = hsv(hue + dice.range(-0.03, 0.03), dice.range(0.3, 0.7), value * dice.range(0.5, 1.5));
        let tip = [x + tall * (lean + dice.range(-0.4, 0.4)), y - tall];
        canvas.stroke([x, y], tip, thin, 0.8, colour, dice.range(0.4, 0.9));
    }
}

/// Pebbles on earth, each with a lit side.
pub fn gravel(width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    let mut canvas = concrete(width, height, scale, dice);
    let (pitch, colour, vary) = (dice.log(6.0, 18.0) * scale, muted(dice, 0.25, 0.8), dice.range(0.1, 0.6));
    let (rows, columns) = ((height as f32 / pitch) as usize + 1, (width as f32 / pitch) as usize + 1);
    for row in 0..rows {
        for column in 0..columns {
            let x = (column as f32 + dice.range(-0.1, 1.1)) * pitch;
            let y = (row as f32 + dice.range(-0.1, 1.1)) * pitch;
            let (r, lean) = (pitch * dice.range(0.2, 0.5), pitch * dice.range(-0.2, 0.2));
            let stone = scale3(mix3(colour, muted(dice, 0.2, 0.9), 0.25), 1.0 + vary * dice.range(-0.5, 0.5));
            canvas.stroke([x + 1.0, y + 1.0], [x + lean + 1.0, y + 1.0], r, 1.5, scale3(stone, 0.35), 0.7);
            canvas.stroke([x, y], [x + lean, y], r, 1.0, stone, 1.0);
            canvas.stroke(
                [x - r * 0.3, y - r * 0.3],
                [x + lean - r * 0.3, y - r * 0.3],
                r * 0.1,
                r * 0.8,
                [1.0; 3],
                0.2,
            );
        }
    }
    canvas
}

/// Sky or wall above, ground below that grows finer with the distance, perhaps with grass or lanes.
pub fn horizon(width: usize, height: usize, scale: f32, dice: &mut Dice) -> Canvas {
    let mut canvas = concrete(width, height, scale, dice);
    let edge = (height as f32 * HORIZON) as usize;
    let hue = dice.range(0.5, 0.65);
    let top =
        if dice.chance(0.6) { hsv(hue, dice.range(0.1, 0.6), dice.range(0.6, 1.0)) } else { muted(dice, 0.1, 0.9) };
    let low = mix3(top, [0.95; 3], dice.range(0.2, 0.8));
    let cell = dice.log(30.0, 120.0) * scale;
    let clouds = clouds(dice.seed(), width, edge.max(1), [cell, cell * 0.5], 3);
    let puffs = dice.range(0.0, 0.5);
    for (i, cloud) in clouds.iter().enumerate() {
        let sky = mix3(top, low, (i / width) as f32 / edge as f32);
        canvas.pixels[i] = mix3(sky, [1.0; 3], puffs * smooth(0.5, 0.75, *cloud));
    }
    let (far, wide) = (edge as f32, width as f32);
    // A line of hills, hedges or houses before the sky.
    let hedge = muted(dice, 0.1, 0.5);
    for _ in 0..dice.whole(0, 25) {
        let (x, r) = (dice.range(0.0, wide), dice.log(3.0, 22.0) * scale);
        canvas.stroke(
            [x, far],
            [x + dice.range(0.0, 20.0), far - r * 0.5],
            r * 0.6,
            3.0,
            scale3(hedge, dice.range(0.7, 1.3)),
            1.0,
        );
    }
    match dice.whole(0, 2) {
        0 => {
            let colour = [dice.range(0.15, 0.33), dice.range(0.25, 0.6)];
            blades(&mut canvas, [0.0, far + 4.0, wide, height as f32], scale, colour, dice);
        }
        1 => {
            let vanish = dice.range(0.3, 0.7) * wide;
            for _ in 0..dice.whole(2, 5) {
                let foot = [dice.range(-0.5, 1.5) * wide, height as f32];
                canvas.stroke(
                    [vanish, far],
                    foot,
                    dice.range(0.6, 2.0) * scale,
                    1.0,
                    [0.9, 0.9, 0.85],
                    dice.range(0.3, 0.9),
                );
            }
        }
        _ => {}
    }
    canvas
}
