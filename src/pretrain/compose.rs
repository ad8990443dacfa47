//! Where things stand: from a few large ones to crowds, rows and depths.

use super::ground::HORIZON;
use super::maths::Dice;

/// Ways to arrange things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One to four large things.
    Sparse,
    Medium,
    /// Many of one or two species, touching and overlapping, now and then a large or some tiny ones between.
    Crowd,
    Rows,
    /// Smaller towards the horizon.
    Depth,
}

/// A place for one object, in pixels.
pub struct Spot {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    /// Which of the scene's species stands here.
    pub species: usize,
}

/// Spots on a picture; `scale` is its size relative to 320 × 240. In order of drawing: later ones cover earlier ones.
pub fn arrange(layout: Layout, width: f32, height: f32, scale: f32, dice: &mut Dice) -> Vec<Spot> {
    match layout {
        Layout::Sparse => {
            let n = dice.whole(1, 4);
            apart(n, [50.0 * scale, 200.0 * scale / (n as f32).sqrt()], 0.55, width, height, dice)
        }
        Layout::Medium => {
            let (n, most) = (dice.whole(4, 12), dice.range(40.0, 95.0));
            apart(n, [12.0 * scale, most * scale], 0.5, width, height, dice)
        }
        Layout::Crowd => crowd(width, height, scale, dice),
        Layout::Rows => rows(width, height, scale, dice),
        Layout::Depth => {
            let (n, near) = (dice.whole(4, 20), dice.range(50.0, 130.0) * scale);
            let mut depths: Vec<f32> = (0..n).map(|_| dice.unit()).collect();
            depths.sort_by(f32::total_cmp);
            let spot = |t: f32| {
                let size = (near * (0.12 + 0.88 * t * t) * dice.range(0.85, 1.15)).max(10.0 * scale);
                let foot = height * (HORIZON + 0.06 + (0.92 - HORIZON) * t * t);
                Spot { x: dice.range(0.0, width), y: foot - size * 0.4, size, species: dice.whole(0, 3) }
            };
            depths.into_iter().map(spot).collect()
        }
    }
}

/// Up to `n` spots of sizes between `sizes`, no two nearer than `gap` of their sizes' mean; each its own species.
fn apart(n: usize, sizes: [f32; 2], gap: f32, width: f32, height: f32, dice: &mut Dice) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut lengths: Vec<f32> = (0..n).map(|_| dice.log(sizes[0], sizes[1].max(sizes[0] * 1.1))).collect();
    lengths.sort_by(|a, b| b.total_cmp(a));
    let repeats = dice.chance(0.4);
    for (i, size) in lengths.into_iter().enumerate() {
        place(&mut spots, size, if repeats { i % 3 } else { i }, gap, width, height, dice);
    }
    spots
}

/// Looks for a free spot a few times; some places stay empty.
fn place(spots: &mut Vec<Spot>, size: f32, species: usize, gap: f32, width: f32, height: f32, dice: &mut Dice) {
    // Large things stay inside, small ones may be cut by the edge.
    let margin = size * dice.range(0.1, 0.45);
    for _ in 0..12 {
        let (x, y) = (dice.range(margin, width - margin), dice.range(margin, height - margin));
        let free = spots.iter().all(|s| {
            let (dx, dy, near) = (s.x - x, s.y - y, gap * (s.size + size) * 0.5);
            dx * dx + dy * dy > near * near
        });
        if free {
            return spots.push(Spot { x, y, size, species });
        }
    }
}

fn crowd(width: f32, height: f32, scale: f32, dice: &mut Dice) -> Vec<Spot> {
    let n = dice.whole(15, 60);
    // What fits: the many may cover up to about the whole picture, but no more.
    let full = (width * height * dice.range(0.35, 0.95) / n as f32).sqrt();
    let (size, vary, gap) = (full.clamp(11.0 * scale, 60.0 * scale), dice.range(0.02, 0.2), dice.range(0.6, 1.0));
    let mut spots = Vec::new();
    let share = if dice.chance(0.4) { dice.range(0.5, 1.0) } else { 1.0 };
    if dice.chance(0.45) {
        for _ in 0..dice.whole(1, 3) {
            place(&mut spots, (size * dice.range(1.4, 2.4)).min(120.0 * scale), 2, 0.8, width, height, dice);
        }
    }
    for _ in 0..n {
        let one = size * (1.0 + vary * dice.range(-1.0, 1.0));
        let species = if dice.chance(share) { 0 } else { 1 };
        place(&mut spots, one, species, gap, width, height, dice);
    }
    if dice.chance(0.45) {
        let tiny = (size * dice.range(0.22, 0.45)).max(8.0 * scale);
        for _ in 0..dice.whole(2, 10) {
            place(&mut spots, tiny * dice.range(0.8, 1.25), 3, 0.7, width, height, dice);
        }
    }
    // Anything may lie over anything.
    for i in (1..spots.len()).rev() {
        spots.swap(i, dice.whole(0, i));
    }
    spots
}

fn rows(width: f32, height: f32, scale: f32, dice: &mut Dice) -> Vec<Spot> {
    let size = dice.log(24.0, 80.0) * scale;
    let (dx, dy) = (size * dice.range(0.75, 1.3), size * dice.range(0.9, 1.5));
    let (loose, gaps) = (dice.range(0.0, 0.12) * size, dice.range(0.0, 0.3));
    let (columns, rows) = ((width / dx).clamp(1.0, 11.0).floor(), (height / dy).clamp(1.0, 8.0).floor());
    let (left, top) = ((width - columns * dx) / 2.0, (height - rows * dy) / 2.0);
    let mixed = dice.whole(0, 2);
    let mut spots = Vec::new();
    for row in 0..rows as usize {
        for column in 0..columns as usize {
            let x = left + (column as f32 + 0.5) * dx + dice.range(-1.0, 1.0) * loose;
            let y = top + (row as f32 + 0.5) * dy + dice.range(-1.0, 1.0) * loose;
            let species = [0, row % 4, (row + column / 3) % 4][mixed];
            if !dice.chance(gaps) {
                spots.push(Spot { x, y, size: size * dice.range(0.93, 1.05), species });
            }
        }
    }
    spots
}
