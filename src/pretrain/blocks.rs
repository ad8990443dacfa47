//! The look of a lossy codec: cosine terms of 8 × 8 blocks rounded, the coarser the higher they are. Not a codec of
//! our crates, because those may round otherwise on another processor.

use super::canvas::Canvas;
use super::maths::cos;

const N: usize = 8;

/// Rounds the brightness of every whole block to steps of about `loss` (0 to 1), and its colour to coarser ones.
pub fn coarsen(canvas: &mut Canvas, loss: f32) {
    let basis: [[f32; N]; N] = std::array::from_fn(|k| {
        let norm = if k == 0 { 0.353_553_4 } else { 0.5 };
        std::array::from_fn(|i| norm * cos((2 * i + 1) as f32 * k as f32 / 32.0))
    });
    for top in (0..canvas.height / N * N).step_by(N) {
        for left in (0..canvas.width / N * N).step_by(N) {
            block(canvas, left, top, loss, &basis);
        }
    }
}

fn block(canvas: &mut Canvas, left: usize, top: usize, loss: f32, basis: &[[f32; N]; N]) {
    let (mut light, mut shift) = ([[0.0f32; N]; N], [[[0.0f32; 2]; N / 2]; N / 2]);
    for y in 0..N {
        for x in 0..N {
            let p = canvas.pixels[(top + y) * canvas.width + left + x];
            light[y][x] = 0.3 * p[0] + 0.59 * p[1] + 0.11 * p[2];
            // Colour has half the resolution.
            shift[y / 2][x / 2][0] += (p[0] - light[y][x]) / 4.0;
            shift[y / 2][x / 2][1] += (p[2] - light[y][x]) / 4.0;
        }
    }
    let mut terms = transform(&transform(&light, basis, false), basis, false);
    for (v, row) in terms.iter_mut().enumerate() {
        for (u, term) in row.iter_mut().enumerate() {
            let step = loss * (1.0 + 0.5 * (u + v) as f32) * 0.7;
            *term = (*term / step).round() * step;
        }
    }
    let light = transform(&transform(&terms, basis, true), basis, true);
    for y in 0..N {
        for x in 0..N {
            let [r, b] = shift[y / 2][x / 2].map(|s| (s / (loss * 0.5)).round() * loss * 0.5);
            let l = light[y][x];
            canvas.pixels[(top + y) * canvas.width + left + x] = [l + r, l - (0.3 * r + 0.11 * b) / 0.59, l + b];
        }
    }
}

/// Cosine terms of the rows, or rows of cosine terms, turned by a right angle: twice is both directions.
fn transform(from: &[[f32; N]; N], basis: &[[f32; N]; N], back: bool) -> [[f32; N]; N] {
    let mut to = [[0.0; N]; N];
    for (y, row) in from.iter().enumerate() {
        for k in 0..N {
            to[k][y] = (0..N).map(|i| row[i] * if back { basis[i][k] } else { basis[k][i] }).sum();
        }
    }
    to
}
