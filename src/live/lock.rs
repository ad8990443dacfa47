//! Locks of the live service.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is under these locks is whole after a panic too: nothing that changes it can panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
