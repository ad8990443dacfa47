//! How the learning rate of an experiment changes on its way.

/// Steps over which the rate rises.
const WARM_UP: f32 = 30.0;

/// The share of its learning rate that an experiment uses when this much of the way is behind it (0 to 1): a half cosine
/// (Loshchilov & Hutter, "SGDR", 2017) down to a hundredth.
pub fn rate(way: f32) -> f32 {
    0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * way.clamp(0.0, 1.0)).cos())
}

/// The share used after so many steps on a network: the rate rises linearly while the optimizer's moments settle.
pub fn warm_up(made: i32) -> f32 {
    ((made + 1) as f32 / WARM_UP).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_warms_up_and_falls() {
        assert!(warm_up(0) < 0.1);
        assert_eq!(warm_up(100), 1.0);
        assert!((rate(0.0) - 1.0).abs() < 0.01);
        assert!(rate(0.99) < 0.02);
    }
}
