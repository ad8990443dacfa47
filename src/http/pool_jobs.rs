//! What is done with the pool on somebody's word, and what became of the last of it.

use super::jobs::{ImportState, Job, Jobs, Told};
use super::problem::{Problem, Result};
use crate::domain::PoolJobId;
use crate::pool::{Pulled, Pushed, Taken};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolWork {
    /// Labels and models are brought to the pool.
    Push,
    /// Labels of other devices are brought here.
    Pull,
    /// A model is judged here, and put on the live camera if it is better.
    Deploy,
}

/// Something that is done with the pool.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PoolJob {
    pub id: PoolJobId,
    pub what: PoolWork,
    pub state: ImportState,
    #[schema(value_type = String, format = DateTime)]
    pub begun: Timestamp,
    /// How many frames of how many are done, as far as that is known.
    pub done: u64,
    pub of: u64,
    /// What was brought to the pool, also where it ended in the middle; once it is over.
    pub pushed: Option<Pushed>,
    /// What came from there, likewise.
    pub pulled: Option<Pulled>,
    /// What became of the model.
    pub taken: Option<Taken>,
    pub error: Option<String>,
}

impl Told for PoolJob {
    fn end(&mut self, state: ImportState, error: Option<String>) {
        (self.state, self.error) = (state, error);
    }
}

/// What is done with the pool, and what became of the last of it.
#[derive(Default)]
pub struct PoolJobs(Jobs<PoolJob>);

impl PoolJobs {
    pub fn begin(&self, what: PoolWork) -> Arc<Job<PoolJob>> {
        let (id, begun, state) = (PoolJobId::new(), Timestamp::now(), ImportState::Running);
        let (pushed, pulled, taken, error) = (None, None, None, None);
        self.0.begin(PoolJob { id, what, state, begun, done: 0, of: 1, pushed, pulled, taken, error })
    }

    /// What is told of all that are known, the newest first.
    pub fn told(&self) -> Vec<PoolJob> {
        self.0.told()
    }

    pub fn job(&self, id: PoolJobId) -> Result<Arc<Job<PoolJob>>> {
        let unknown =
            || format!("nothing of that id ({id}) is known: it was long ago, or the device was started anew since");
        self.0.find(|job| job.id == id).ok_or_else(|| Problem::not_found(unknown()))
    }
}
