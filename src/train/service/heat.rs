//! Lets a training wait while the machine is too hot: throttled processors would take live detection down with it.

use crate::domain::Cooling;
use crate::host::Temperature;
use std::time::{Duration, Instant};

/// How often the thermal zones are read.
const READ_EVERY: Duration = Duration::from_secs(5);
/// Degrees that the hottest zone has to fall below the limit before the training goes on.
const COOLED: f32 = 8.0;

/// Watches the thermal zones.
pub struct Heat {
    /// Degrees Celsius; 0 never waits.
    limit: f32,
    zones: fn() -> Vec<Temperature>,
    read: Option<Instant>,
    waiting: Option<Cooling>,
}

impl Heat {
    pub fn new(limit: f32, zones: fn() -> Vec<Temperature>) -> Self {
        Self { limit, zones, read: None, waiting: None }
    }

    /// Why the training has to wait, if it has to.
    pub fn wait(&mut self) -> Option<Cooling> {
        if self.limit > 0.0 && self.read.is_none_or(|t| t.elapsed() >= READ_EVERY) {
            self.read = Some(Instant::now());
            self.judge();
        }
        self.waiting.clone()
    }

    fn judge(&mut self) {
        // Power chips of Jetsons report a fixed 50 or 100 degrees.
        let zones = (self.zones)().into_iter().filter(|t| !t.zone.to_ascii_uppercase().starts_with("PMIC"));
        let hottest = zones.max_by(|a, b| a.celsius.total_cmp(&b.celsius));
        let limit = if self.waiting.is_some() { self.limit - COOLED } else { self.limit };
        let before = self.waiting.is_some();
        self.waiting = hottest.filter(|t| t.celsius >= limit).map(|t| Cooling {
            zone: t.zone,
            celsius: t.celsius,
            limit: self.limit,
        });
        match (&self.waiting, before) {
            (Some(why), false) => tracing::warn!(?why, "the training pauses"),
            (None, true) => tracing::info!("it is cooler; the training goes on"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(zone: &str, celsius: f32) -> Temperature {
        Temperature { zone: zone.into(), celsius }
    }

    #[test]
    fn it_waits_until_it_is_well_below_the_limit() {
        let mut heat = Heat::new(90.0, || vec![zone("PMIC-Die", 100.0), zone("cpu", 85.0)]);
        assert_eq!(heat.wait(), None, "a little below, and never too hot before");
        let mut judge = |zones: fn() -> Vec<Temperature>| {
            (heat.zones, heat.read) = (zones, None);
            heat.wait()
        };
        let why = judge(|| vec![zone("gpu", 91.0), zone("cpu", 70.0)]).unwrap();
        assert_eq!(why, Cooling { zone: "gpu".into(), celsius: 91.0, limit: 90.0 });
        assert!(judge(|| vec![zone("gpu", 85.0)]).is_some());
        assert_eq!(judge(|| vec![zone("gpu", 81.0)]), None);
    }

    #[test]
    fn without_a_limit_it_never_waits() {
        assert_eq!(Heat::new(0.0, || vec![zone("cpu", 200.0)]).wait(), None);
    }
}
