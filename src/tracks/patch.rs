//! How alike a patch of a picture is to one that was seen before.
//!
//! The measure is the zero-mean normalised cross-correlation (J. P. Lewis, "Fast Normalized Cross-Correlation", 1995,
//! equation 2): brightness and contrast may change. Here it is weighted, over three hues with a mean each, and over those
//! samples that lie inside of the picture, as objects enter and leave at its edge. That is why it is not a crate's:
//! `imageproc::template_matching` compares whole windows of grey, and takes no mean away.

use super::sight::Hues;

/// Variance, in steps of 8 bits, below which a patch shows nothing but noise.
const FLAT: f32 = 4.0;
/// Part of the weight that must lie inside, to compare at all.
const LEAST_INSIDE: f32 = 0.15;

/// A patch that is looked for.
#[derive(Clone, Debug)]
pub struct Patch {
    pub columns: usize,
    pub rows: usize,
    hues: Vec<Hues>,
    /// 0 where nothing was seen; most in the middle, as the corners of a box show what is behind.
    weights: Vec<f32>,
}

/// How alike two patches are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// -1 to 1.
    pub value: f32,
    /// Part of the patch's weight that was inside of the picture.
    pub inside: f32,
}

/// Towards 0 at the edges of a box, 1 in the middle (a Hann window on a floor).
fn weight(at: usize, of: usize) -> f32 {
    let t = (at as f32 + 0.5) / of as f32;
    0.15 + 0.85 * (std::f32::consts::PI * t).sin().powi(2).sqrt()
}

impl Patch {
    /// From samples, row by row.
    pub fn new(columns: usize, rows: usize, seen: &[Option<Hues>]) -> Self {
        let weights = (0..columns * rows)
            .map(|i| seen[i].map_or(0.0, |_| weight(i % columns, columns) * weight(i / columns, rows)))
            .collect();
        let hues = seen.iter().map(|s| s.unwrap_or_default()).collect();
        Self { columns, rows, hues, weights }
    }

    /// A patch with the sides of `width` × `height`: the longer one has `long` samples.
    pub fn grid(width: f32, height: f32, long: usize) -> (usize, usize) {
        let short = |a: f32, b: f32| ((long as f32 * a / b).round() as usize).clamp(long.min(6), long);
        if width >= height { (long, short(height, width)) } else { (short(width, height), long) }
    }

    /// Moves towards what was seen now, by a share.
    pub fn follow(&mut self, seen: &[Option<Hues>], share: f32) {
        for (i, now) in seen.iter().enumerate() {
            let Some(now) = now else { continue };
            if self.weights[i] == 0.0 {
                self.hues[i] = *now;
                let (x, y) = (i % self.columns, i / self.columns);
                self.weights[i] = weight(x, self.columns) * weight(y, self.rows);
            } else {
                for (old, now) in self.hues[i].iter_mut().zip(now) {
                    *old += share * (now - *old);
                }
            }
        }
    }

    /// How alike the samples are that `at` gives for a column and a row.
    pub fn like(&self, at: impl Fn(usize, usize) -> Option<Hues>) -> Likeness {
        let (mut all, mut sum) = (0.0, 0.0);
        let (mut own, mut other) = ([0.0; 3], [0.0; 3]);
        let (mut own2, mut other2, mut both) = ([0.0; 3], [0.0; 3], [0.0; 3]);
        for row in 0..self.rows {
            for column in 0..self.columns {
                let i = row * self.columns + column;
                let w = self.weights[i];
                all += w;
                if w == 0.0 {
                    continue;
                }
                let Some(seen) = at(column, row) else { continue };
                let hues = &self.hues[i];
                sum += w;
                for c in 0..3 {
                    let (a, b) = (hues[c], seen[c]);
                    own[c] += w * a;
                    other[c] += w * b;
                    own2[c] += w * a * a;
                    other2[c] += w * b * b;
                    both[c] += w * a * b;
                }
            }
        }
        let inside = if all > 0.0 { sum / all } else { 0.0 };
        if inside < LEAST_INSIDE {
            return Likeness { value: 0.0, inside };
        }
        let (mut together, mut mine, mut theirs) = (0.0, 0.0, 0.0);
        for c in 0..3 {
            together += both[c] - own[c] * other[c] / sum;
            mine += own2[c] - own[c] * own[c] / sum;
            theirs += other2[c] - other[c] * other[c] / sum;
        }
        if mine < FLAT * sum || theirs < FLAT * sum {
            return Likeness { value: 0.0, inside };
        }
        Likeness { value: together / (mine * theirs).sqrt(), inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wavy(i: usize) -> Hues {
        [(i as f32 * 0.7).sin() * 50.0 + 100.0, (i as f32 * 1.3).cos() * 20.0, (i as f32 * 0.3).sin() * 10.0]
    }

    fn patch() -> Patch {
        Patch::new(8, 6, &(0..48).map(|i| Some(wavy(i))).collect::<Vec<_>>())
    }

    #[test]
    fn brighter_and_harder_is_the_same_and_something_else_is_not() {
        let patch = patch();
        let brighter = patch.like(|x, y| Some(wavy(y * 8 + x).map(|v| 1.4 * v + 20.0)));
        assert!((brighter.value - 1.0).abs() < 1e-3 && brighter.inside == 1.0, "{brighter:?}");
        let turned = patch.like(|x, y| Some(wavy(y * 8 + x).map(|v| -v)));
        assert!((turned.value + 1.0).abs() < 1e-3, "{turned:?}");
        assert!(patch.like(|x, y| Some(wavy((y * 8 + x) * 5 + 3))).value < 0.5);
        assert_eq!(patch.like(|_, _| Some([9.0; 3])).value, 0.0, "what is flat is like nothing");
    }

    #[test]
    fn what_is_outside_does_not_count() {
        let patch = patch();
        let half = patch.like(|x, y| (x >= 4).then(|| wavy(y * 8 + x)));
        assert!((half.value - 1.0).abs() < 1e-3 && (half.inside - 0.5).abs() < 1e-3, "{half:?}");
        assert_eq!(patch.like(|x, _| (x > 7).then_some([1.0; 3])).value, 0.0);
    }

    #[test]
    fn the_grid_has_the_form_of_the_box() {
        assert_eq!((Patch::grid(100.0, 50.0, 32), Patch::grid(10.0, 400.0, 32)), ((32, 16), (6, 32)));
    }
}
