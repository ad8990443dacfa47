//! Turns at what takes much memory: so much of it at a time, a bounded number of others waiting, each for a bounded time.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much there is, and who may wait for it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Shares that can be held at the same time.
    pub shares: u32,
    /// How many may wait beside those that hold some.
    pub waiting: usize,
    /// How long each of them waits at most.
    pub patience: Duration,
}

/// Turns that all who hold a clone of this share. First come, first served.
#[derive(Clone, Debug)]
pub struct Turns {
    shares: Arc<Semaphore>,
    places: Arc<Semaphore>,
    limits: Limits,
}

/// A turn; over when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _shares: Option<OwnedSemaphorePermit>,
}

/// Why there was no turn: others are at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Too many wait already.
    #[error("too many wait for their turn already")]
    Many,
    /// Nobody was done in time.
    #[error("nobody was done within {} seconds", .0.as_secs())]
    Long(Duration),
}

impl Turns {
    pub fn new(limits: Limits) -> Self {
        let (shares, places) = (Semaphore::new(limits.shares as usize), Semaphore::new(limits.waiting));
        Self { shares: Arc::new(shares), places: Arc::new(places), limits }
    }

    /// Turns at decoding pictures of others: two at a time. One of 50 megapixels takes up to 550 MB.
    pub fn at_pictures() -> Self {
        Self::new(Limits { shares: 2, waiting: 256, patience: Duration::from_secs(10) })
    }

    /// Waits for one share, as long as the limits allow.
    pub async fn take(&self) -> Result<Turn, Busy> {
        self.take_of(1).await
    }

    /// Waits for so many shares, as long as the limits allow; for all of them where there are not so many.
    pub async fn take_of(&self, shares: u32) -> Result<Turn, Busy> {
        let shares = shares.min(self.limits.shares);
        if let Ok(held) = Arc::clone(&self.shares).try_acquire_many_owned(shares) {
            return Ok(Turn { _shares: Some(held) });
        }
        let Ok(_place) = self.places.try_acquire() else { return Err(Busy::Many) };
        let patience = self.limits.patience;
        let held = tokio::time::timeout(patience, Arc::clone(&self.shares).acquire_many_owned(shares)).await;
        // It is never closed.
        held.map(|held| Turn { _shares: held.ok() }).map_err(|_| Busy::Long(patience))
    }

    /// Waits for one share however long it takes, on a thread that may block: for work that was let in already and takes
    /// a turn for each of its pictures.
    pub fn wait(&self) -> Turn {
        let held = futures::executor::block_on(Arc::clone(&self.shares).acquire_owned());
        Turn { _shares: held.ok() }
    }

    /// How many wait within the limits now.
    pub fn waiting(&self) -> usize {
        self.limits.waiting - self.places.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(shares: u32, waiting: usize, patience: Duration) -> Turns {
        Turns::new(Limits { shares, waiting, patience })
    }

    #[tokio::test]
    async fn no_more_are_held_than_there_are_and_no_more_wait_than_may() {
        let turns = turns(2, 1, Duration::from_secs(60));
        let held = [turns.take().await.unwrap(), turns.wait()];
        let (next, waiter) = (turns.clone(), turns.clone());
        let waits = tokio::spawn(async move { next.take().await.unwrap() });
        while waiter.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(turns.take().await.unwrap_err(), Busy::Many);
        drop(held);
        let _third = waits.await.unwrap();
        assert_eq!(turns.waiting(), 0, "whoever has a turn waits no more");
        assert!(turns.take().await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let patience = Duration::from_millis(1);
        let turns = turns(1, 1, patience);
        let _held = turns.take().await.unwrap();
        assert_eq!(turns.take().await.unwrap_err(), Busy::Long(patience));
        assert_eq!(turns.waiting(), 0);
    }

    #[tokio::test]
    async fn what_is_larger_than_all_there_is_takes_all() {
        let turns = turns(3, 1, Duration::from_millis(1));
        let held = turns.take_of(10).await.unwrap();
        assert!(turns.take().await.is_err());
        drop(held);
        assert!(turns.take_of(2).await.is_ok());
    }
}
