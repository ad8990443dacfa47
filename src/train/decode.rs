//! From the head's maps to objects.

use super::evaluate::Scored;
use super::head::HeadShape;
use crate::domain::BBox;

/// Predictions below this score are not worth keeping.
pub const LOWEST: f32 = 0.05;
/// Predictions of one frame, at most: what COCO counts.
pub const MOST: usize = 100;
/// Boxes of one category that overlap more than this are one object.
pub const SAME: f32 = 0.5;

/// Objects of one frame, best first, in a frame of `to` pixels: `maps` is `[boxes + 4, cells]` of one experiment, with
/// probabilities and sides in pixels of an input of `from` pixels.
pub fn objects(shape: &HeadShape, maps: &[f32], stride: f32, from: (f32, f32), to: (f32, f32)) -> Vec<Scored> {
    let (rows, columns) = shape.grid();
    let cells = rows * columns;
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    for category in 0..shape.boxes {
        let map = &maps[category * cells..(category + 1) * cells];
        for row in 0..rows {
            for column in 0..columns {
                let p = map[row * columns + column];
                if p >= LOWEST && is_peak(map, rows, columns, row, column) {
                    found.push((p, category, row * columns + column));
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    found.truncate(MOST);
    let mut kept: Vec<Scored> = Vec::with_capacity(found.len());
    for (score, category, cell) in found {
        let (x, y) = (((cell % columns) as f32 + 0.5) * stride, ((cell / columns) as f32 + 0.5) * stride);
        let side = |i: usize| maps[(shape.boxes + i) * cells + cell];
        let bbox = BBox::from_corners(x - side(0), y - side(1), x + side(2), y + side(3));
        let Some(bbox) = bbox.clipped(from.0, from.1) else { continue };
        if kept.iter().all(|k| k.category != category || k.bbox.iou(&bbox) <= SAME) {
            kept.push(Scored { category, bbox, score });
        }
    }
    for k in &mut kept {
        k.bbox = k.bbox.scaled(to.0 / from.0, to.1 / from.1);
    }
    kept
}

/// Whether no neighbour is higher.
fn is_peak(map: &[f32], rows: usize, columns: usize, row: usize, column: usize) -> bool {
    let p = map[row * columns + column];
    for r in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
        for c in column.saturating_sub(1)..=(column + 1).min(columns - 1) {
            if map[r * columns + c] > p {
                return false;
            }
        }
    }
    true
}
