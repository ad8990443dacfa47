//! Curves and chance that give the same bits on every machine: only operations that IEEE 754 rounds exactly are used,
//! because a system's own sine or power may differ in the last bit.

use crate::picture::texture::hash;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Sine of an angle in turns, to about 0.001.
pub fn sin(turns: f32) -> f32 {
    let t = turns - (turns + 0.5).floor();
    let y = 8.0 * t - 16.0 * t * t.abs();
    0.775 * y + 0.225 * y * y.abs()
}

/// Cosine of an angle in turns, to about 0.001.
pub fn cos(turns: f32) -> f32 {
    sin(turns + 0.25)
}

/// Direction of a vector in turns, -0.5 to 0.5, to about 0.0001.
pub fn angle(y: f32, x: f32) -> f32 {
    let (ax, ay) = (x.abs(), y.abs());
    let a = ax.min(ay) / ax.max(ay).max(1e-9);
    let s = a * a;
    let mut r = (((-0.046_496_475 * s + 0.159_314_22) * s - 0.327_622_76) * s * a + a) / std::f32::consts::TAU;
    if ay > ax {
        r = 0.25 - r;
    }
    if x < 0.0 {
        r = 0.5 - r;
    }
    if y < 0.0 { -r } else { r }
}

pub fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// 2 to the power `x`, to about 0.02 %; `x` is -100 to 100.
pub fn exp2(x: f32) -> f32 {
    let whole = x.floor();
    let f = x - whole;
    let part = 1.0 + f * (0.695_556_8 + f * (0.226_173_2 + f * 0.078_180_5));
    f32::from_bits(((whole as i32 + 127) as u32) << 23) * part
}

/// Logarithm to base 2 of a positive number, to about 0.001.
pub fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    let m = f32::from_bits((bits & 0x007F_FFFF) | 0x3F80_0000);
    let s = (m - 1.0) / (m + 1.0);
    let ss = s * s;
    (bits >> 23) as f32 - 127.0 + 2.885_39 * s * (1.0 + ss * (1.0 / 3.0 + ss * (0.2 + ss / 7.0)))
}

/// A scene's source of chance.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64, index: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(hash(seed, index as i64, 0)))
    }

    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Evenly spread in 0..1.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    pub fn range(&mut self, lo: f32, hi: f32) -> f32 {
        lo + (hi - lo) * self.unit()
    }

    /// Every doubling between `lo` and `hi` is equally likely.
    pub fn log(&mut self, lo: f32, hi: f32) -> f32 {
        lo * exp2(self.unit() * log2(hi / lo))
    }

    /// From `lo` to `hi`, both included.
    pub fn whole(&mut self, lo: usize, hi: usize) -> usize {
        lo + (self.unit() * (hi + 1 - lo) as f32) as usize
    }

    pub fn chance(&mut self, part: f32) -> bool {
        self.unit() < part
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.whole(0, from.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_agree_with_the_systems_own() {
        for i in -400..400 {
            let t = i as f32 / 170.0;
            let radians = t * std::f32::consts::TAU;
            assert!((sin(t) - radians.sin()).abs() < 2e-3);
            let (y, x) = (radians.sin(), radians.cos());
            assert!((sin(angle(y, x)) - y).abs() < 3e-3 && (cos(angle(y, x)) - x).abs() < 3e-3);
            assert!((exp2(t) / t.exp2() - 1.0).abs() < 1e-3);
            assert!((log2(t.exp2()) - t).abs() < 1e-3);
        }
    }
}
