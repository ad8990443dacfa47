//! Locks with a rank: whoever holds one takes only those of a higher rank, so that no two threads ever wait for each
//! other. Debug builds, and so all tests, panic where that is broken.

use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// In the order in which locks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Adding frames, retention.
    Segments,
    /// Labels, categories, sides.
    Journal,
    /// Held for moments, as all that follow.
    Categories,
    Space,
    Models,
    /// Also while an epoch is written, in which nothing else is taken.
    Pages,
    /// While an entry is written.
    Audit,
    /// While what happened is written.
    HistoryFiles,
    History,
    Undos,
    Trainings,
    Clock,
}

/// A mutex with a rank.
#[derive(Debug)]
pub struct Ranked<T> {
    rank: Rank,
    mutex: Mutex<T>,
}

/// A read-write lock with a rank.
#[derive(Debug)]
pub struct RankedRw<T> {
    rank: Rank,
    lock: RwLock<T>,
}

/// A lock that is held.
pub struct Held<G> {
    guard: G,
    _turn: Turn,
}

// After a panic in between, what is behind a lock are counters and file ends that are still consistent, since everything
// that can fail answers an error instead.
impl<T> Ranked<T> {
    pub fn new(rank: Rank, value: T) -> Self {
        Self { rank, mutex: Mutex::new(value) }
    }

    pub fn lock(&self) -> Held<MutexGuard<'_, T>> {
        let turn = Turn::take(self.rank);
        Held { guard: self.mutex.lock(), _turn: turn }
    }

    /// The same, where it can be had within this time.
    pub fn lock_within(&self, most: Duration) -> Option<Held<MutexGuard<'_, T>>> {
        let turn = Turn::take(self.rank);
        Some(Held { guard: self.mutex.try_lock_for(most)?, _turn: turn })
    }
}

impl<T> RankedRw<T> {
    pub fn new(rank: Rank, value: T) -> Self {
        Self { rank, lock: RwLock::new(value) }
    }

    pub fn read(&self) -> Held<RwLockReadGuard<'_, T>> {
        let turn = Turn::take(self.rank);
        Held { guard: self.lock.read(), _turn: turn }
    }

    pub fn write(&self) -> Held<RwLockWriteGuard<'_, T>> {
        let turn = Turn::take(self.rank);
        Held { guard: self.lock.write(), _turn: turn }
    }
}

impl<G: Deref> Deref for Held<G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Held<G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

#[cfg(debug_assertions)]
mod turn {
    use super::Rank;
    use std::cell::RefCell;

    thread_local! {
        static HELD: RefCell<Vec<Rank>> = const { RefCell::new(Vec::new()) };
    }

    /// A place in the order of the locks that this thread holds.
    pub struct Turn(Rank);

    impl Turn {
        pub fn take(rank: Rank) -> Self {
            HELD.with_borrow_mut(|held| {
                let highest = held.iter().max();
                assert!(highest < Some(&rank), "{rank:?} is locked while {highest:?} is held");
                held.push(rank);
            });
            Self(rank)
        }
    }

    impl Drop for Turn {
        fn drop(&mut self) {
            HELD.with_borrow_mut(|held| held.retain(|rank| *rank != self.0));
        }
    }
}

#[cfg(not(debug_assertions))]
mod turn {
    pub struct Turn;

    impl Turn {
        pub fn take(_: super::Rank) -> Self {
            Self
        }
    }
}

use turn::Turn;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_in_their_order() {
        let (segments, journal) = (Ranked::new(Rank::Segments, 1), Ranked::new(Rank::Journal, 2));
        let first = segments.lock();
        assert_eq!(*first + *journal.lock(), 3);
        drop(first);
        let _second = journal.lock();
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(segments.lock())));
        assert!(wrong.is_err(), "a lower rank after a higher one");
    }

    #[test]
    fn another_thread_has_an_order_of_its_own() {
        let (segments, journal) = (Ranked::new(Rank::Segments, 1), Ranked::new(Rank::Journal, 2));
        let _held = journal.lock();
        std::thread::scope(|scope| assert_eq!(scope.spawn(|| *segments.lock()).join().unwrap(), 1));
    }
}
