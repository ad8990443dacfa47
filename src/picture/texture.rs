//! Small procedural textures: a hash, value noise and a few curves. All are pure functions of their arguments.

/// Linear colour, 0 to 1 a channel.
pub type Rgb = [f32; 3];

/// Well-mixed bits of a seed and two coordinates (SplitMix64's finaliser).
pub fn hash(seed: u64, a: i64, b: i64) -> u64 {
    let mut h = seed
        .wrapping_add((a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add((b as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F));
    h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 31)
}

/// Evenly spread in 0..1.
pub fn unit(seed: u64, a: i64, b: i64) -> f32 {
    (hash(seed, a, b) >> 40) as f32 / (1u32 << 24) as f32
}

/// 0 below `from`, 1 above `to`, smooth between; `from` may be the larger one.
pub fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

pub fn mix3(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

pub fn scale3(a: Rgb, by: f32) -> Rgb {
    [a[0] * by, a[1] * by, a[2] * by]
}

/// Value noise, 0 to 1, one lattice cell a unit. It repeats in `x` after `period` cells; 0 never repeats.
pub fn noise(seed: u64, x: f32, y: f32, period: i64) -> f32 {
    let (x0, y0) = (x.floor(), y.floor());
    let (tx, ty) = (smooth(0.0, 1.0, x - x0), smooth(0.0, 1.0, y - y0));
    let (x0, y0) = (x0 as i64, y0 as i64);
    let at = |x: i64, y: i64| unit(seed, if period > 0 { x.rem_euclid(period) } else { x }, y);
    mix(mix(at(x0, y0), at(x0 + 1, y0), tx), mix(at(x0, y0 + 1), at(x0 + 1, y0 + 1), tx), ty)
}

/// Noise over several octaves, 0 to 1; each octave is twice as fine and half as strong.
pub fn fbm(seed: u64, x: f32, y: f32, octaves: u32, period: i64) -> f32 {
    let (mut sum, mut weight, mut total, mut f) = (0.0, 1.0, 0.0, 1);
    for octave in 0..octaves {
        sum += weight * noise(seed.wrapping_add(u64::from(octave)), x * f as f32, y * f as f32, period * f);
        total += weight;
        weight *= 0.5;
        f *= 2;
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_repeats_after_its_period() {
        for i in 0..50 {
            let (x, y) = (i as f32 * 0.37, i as f32 * 0.21);
            assert!((fbm(3, x, y, 4, 8) - fbm(3, x + 8.0, y, 4, 8)).abs() < 1e-3);
        }
    }
}
