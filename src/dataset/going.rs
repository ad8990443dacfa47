//! Whether long work goes on.

use std::ops::ControlFlow;

/// Hears how much of how much is done, and says whether to go on.
pub type Going<'a> = dyn FnMut(u64, u64) -> ControlFlow<()> + 'a;
