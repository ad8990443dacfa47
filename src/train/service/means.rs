//! What trainings compute with.

use crate::host;
use crate::runtime::Engine;
use crate::train::work::Workplace;
use crate::turns::Turns;

/// Share of the memory that is free now which a training plans with: others want some a moment later.
const OF_FREE: f64 = 0.8;

/// What trainings compute with.
#[derive(Clone, Debug)]
pub struct Means {
    pub engine: Engine,
    pub place: Workplace,
    /// Bytes that the daemon and its training may take together (`limits.memory`); 0 where nobody says.
    pub memory: u64,
    /// Bytes on disk that all trainings and models may take (`store.trainings`).
    pub disk: u64,
    /// Turns at decoding pictures, shared with the doors.
    pub pictures: Turns,
}

impl Means {
    /// Bytes that the daemon leaves of the limit to a training; `u64::MAX` where nobody says.
    pub fn left_of_limit(&self) -> u64 {
        match self.memory {
            0 => u64::MAX,
            limit => limit.saturating_sub(host::memory().process),
        }
    }

    /// Bytes that a training which begins now may take, about: of what is left, not more than is free. 0 where nobody says.
    pub fn left_now(&self) -> u64 {
        let free = match (host::memory().available as f64 * OF_FREE) as u64 {
            0 => u64::MAX,
            free => free,
        };
        match self.left_of_limit().min(free) {
            u64::MAX => 0,
            left => left.max(1),
        }
    }
}
