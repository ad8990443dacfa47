//! How frames of a film come into the store.

use crate::domain::{Frame, NewFrame};
use crate::store::StoreError;

/// Stores a frame; answers how many older ones were dropped for it.
pub type Keep<'a> = dyn FnMut(&NewFrame) -> Result<(Frame, u64), StoreError> + 'a;

/// Makes durable what was stored.
pub type Settle<'a> = dyn FnMut() -> Result<(), StoreError> + 'a;
