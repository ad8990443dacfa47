//! Work that goes on after its request: how far it is, how it ended, and a way to stop it. The last ones are remembered.

use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Jobs of which it is remembered what became of them.
const REMEMBERED: usize = 32;

/// How far something is that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    Running,
    Done,
    /// `error` says why.
    Failed,
    Cancelled,
}

/// What is told of a job.
pub trait Told: Clone {
    /// It is over, with what is wrong where it did not come to its end.
    fn end(&mut self, state: ImportState, error: Option<String>);
}

/// Jobs of one kind, the newest last.
pub struct Jobs<T>(Mutex<VecDeque<Arc<Job<T>>>>);

/// One of them.
pub struct Job<T> {
    pub cancel: CancellationToken,
    told: Mutex<T>,
    /// Cancelled once nothing more comes of it.
    over: CancellationToken,
}

impl<T> Default for Jobs<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Told> Jobs<T> {
    pub fn begin(&self, told: T) -> Arc<Job<T>> {
        let (cancel, over) = (CancellationToken::new(), CancellationToken::new());
        let job = Arc::new(Job { cancel, told: Mutex::new(told), over });
        let mut jobs = self.0.lock();
        jobs.push_back(Arc::clone(&job));
        if jobs.len() > REMEMBERED {
            jobs.pop_front();
        }
        job
    }

    /// The job of which this is told.
    pub fn find(&self, is: impl Fn(&T) -> bool) -> Option<Arc<Job<T>>> {
        self.0.lock().iter().find(|job| is(&job.told.lock())).cloned()
    }

    /// What is told of all, the newest first.
    pub fn told(&self) -> Vec<T> {
        self.0.lock().iter().rev().map(|job| job.told()).collect()
    }
}

impl<T: Told> Job<T> {
    pub fn told(&self) -> T {
        self.told.lock().clone()
    }

    /// Tells how far it is.
    pub fn tell(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.told.lock());
    }

    pub fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Stops it, and waits until nothing more comes of it.
    pub async fn stop(&self) {
        self.cancel.cancel();
        self.over.cancelled().await;
    }

    /// It is over; an error says why it did not come to its end.
    pub fn end(&self, error: Option<String>) {
        let state = match &error {
            None => ImportState::Done,
            Some(_) if self.cancel.is_cancelled() => ImportState::Cancelled,
            Some(_) => ImportState::Failed,
        };
        self.told.lock().end(state, error);
        self.over.cancel();
    }
}

/// Ends a job that nobody else ended: what works on it may break off unexpectedly.
pub struct Ends<T: Told>(pub Arc<Job<T>>);

impl<T: Told> Drop for Ends<T> {
    fn drop(&mut self) {
        if !self.0.is_over() {
            self.0.end(Some("it broke off unexpectedly; the log of the device has the details".into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Thing(u32, Option<ImportState>, Option<String>);

    impl Told for Thing {
        fn end(&mut self, state: ImportState, error: Option<String>) {
            (self.1, self.2) = (Some(state), error);
        }
    }

    #[test]
    fn how_a_job_ended_is_told_and_the_oldest_are_forgotten() {
        let jobs = Jobs::default();
        let begin = |number| jobs.begin(Thing(number, None, None));
        begin(0).end(None);
        let stopped = begin(1);
        stopped.cancel.cancel();
        stopped.end(Some("stopped".into()));
        drop(Ends(begin(2)));
        begin(3).end(Some("the disk is full".into()));
        let states: Vec<_> = jobs.told().into_iter().map(|thing| thing.1.unwrap()).collect();
        use ImportState::{Cancelled, Done, Failed};
        assert_eq!(states, [Failed, Failed, Cancelled, Done]);
        assert!(jobs.find(|thing| thing.0 == 2).unwrap().told().2.unwrap().contains("unexpectedly"));
        (10..10 + REMEMBERED as u32).for_each(|number| drop(begin(number)));
        assert!(jobs.find(|thing| thing.0 < 10).is_none() && jobs.told().len() == REMEMBERED);
    }

    #[tokio::test]
    async fn who_stops_a_job_waits_for_its_end() {
        let jobs = Jobs::default();
        let job = jobs.begin(Thing(0, None, None));
        let works = Ends(Arc::clone(&job));
        let working = tokio::spawn(async move {
            works.0.cancel.cancelled().await;
            works.0.end(Some("stopped".into()));
        });
        job.stop().await;
        assert_eq!(job.told().1, Some(ImportState::Cancelled));
        working.await.unwrap();
    }
}
