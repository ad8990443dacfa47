//! What trainings compute with.

use crate::host;
use crate::runtime::Runtime;
use crate::train::work::Workplace;

/// Share of the memory that is free now which a training plans with: others want some a moment later.
const OF_FREE: f64 = 0.8;

/// What trainings compute with.
#[derive(Clone, Debug)]
pub struct Means {
    pub runtime: Runtime,
    pub place: Workplace,
    /// Bytes that the daemon and its training may take together (`limits.memory`); 0 where nobody says.
    pub memory: u64,
}

impl Means {
    /// Bytes that a training which begins now may take, about: what the daemon leaves of the limit, and not more than is
    /// free. 0 where nobody says.
    pub fn memory_left(&self) -> u64 {
        let now = host::memory();
        let free = match (now.available as f64 * OF_FREE) as u64 {
            0 => u64::MAX,
            free => free,
        };
        match self.memory {
            0 if now.available == 0 => 0,
            0 => free,
            limit => limit.saturating_sub(now.process).min(free).max(1),
        }
    }
}
