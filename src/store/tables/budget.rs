//! The frame budget, and what follows from it.

use crate::store::error::{Result, StoreError};

/// Bytes of a segment, where the budget is large enough.
const SEGMENT: u64 = 32 << 20;
/// Bytes set aside for sled; of small budgets a quarter, which sled may exceed by a few megabytes.
const SLED: u64 = 128 << 20;
/// The smallest budget a store works with.
const SMALLEST: u64 = 1 << 20;
/// What the user allows, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// As configured, in bytes.
    pub quota: u64,
    /// Bytes all segments together may take: the quota less one segment (in which retention copies labelled frames
    /// before it frees the old one) and the room for sled.
    pub segments: u64,
    /// Bytes of one segment.
    pub segment: u64,
}

impl Budget {
    pub fn of(quota: u64) -> Result<Self> {
        if quota < SMALLEST {
            return Err(StoreError::Invalid(format!(
                "store.budget: {quota} bytes are too few; give it at least {SMALLEST}, better some gigabytes"
            )));
        }
        // Small budgets (tests, demonstrations) get smaller segments, so that several fit.
        let segment = (quota / 16).clamp(256 << 10, SEGMENT);
        let sled = (quota / 4).min(SLED);
        Ok(Self { quota, segments: quota - segment - sled, segment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_budget_leaves_one_segment_and_sled_their_room() {
        let budget = Budget::of(20_000_000_000).unwrap();
        assert_eq!(budget.segment, 32 << 20);
        assert_eq!(budget.segments, 20_000_000_000 - (32 << 20) - (128 << 20));
    }

    #[test]
    fn small_budgets_hold_at_least_two_segments_and_tiny_ones_are_refused() {
        for quota in [1 << 20, 3 << 20, 50_000_000, 200_000_000, u64::MAX] {
            let budget = Budget::of(quota).unwrap();
            assert!(budget.segments >= 2 * budget.segment, "{budget:?}");
            assert!(budget.segments + budget.segment < quota);
        }
        assert!(matches!(Budget::of(1000), Err(StoreError::Invalid(_))));
    }
}
