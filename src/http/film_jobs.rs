//! Films on their way in, and what became of the last ones.

use super::problem::{Problem, Result};
use crate::dataset::film::{FilmError, FilmReport};
use crate::domain::ClipId;
use crate::turns::{Limits, Turns};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Films of which it is remembered what became of them.
const REMEMBERED: usize = 32;

/// Films on their way in, one at a time, and what became of the last ones.
pub struct Films {
    /// At taking one in.
    pub turns: Turns,
    jobs: Mutex<VecDeque<Arc<Job>>>,
}

/// One of them.
pub struct Job {
    pub cancel: CancellationToken,
    pub told: Mutex<FilmImport>,
    /// Cancelled once nothing more comes of it.
    over: CancellationToken,
}

/// How far a film has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilmState {
    Running,
    Done,
    /// `error` says why.
    Failed,
    Cancelled,
}

/// A film on its way into the store.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FilmImport {
    pub state: FilmState,
    #[serde(flatten)]
    pub report: FilmReport,
    pub error: Option<String>,
}

impl Default for Films {
    fn default() -> Self {
        let turns = Turns::new(Limits { shares: 1, waiting: 4, patience: Duration::from_secs(10) });
        Self { turns, jobs: Mutex::default() }
    }
}

impl Films {
    pub fn begin(&self, report: FilmReport) -> Arc<Job> {
        let told = Mutex::new(FilmImport { state: FilmState::Running, report, error: None });
        let job = Arc::new(Job { cancel: CancellationToken::new(), told, over: CancellationToken::new() });
        let mut jobs = self.jobs.lock();
        jobs.push_back(Arc::clone(&job));
        if jobs.len() > REMEMBERED {
            jobs.pop_front();
        }
        job
    }

    /// The film that becomes this clip, where one still does.
    pub fn coming_in(&self, clip: ClipId) -> Option<Arc<Job>> {
        self.job(clip).ok().filter(|job| !job.over.is_cancelled())
    }

    /// The film that became, or becomes, this clip.
    pub fn job(&self, clip: ClipId) -> Result<Arc<Job>> {
        let jobs = self.jobs.lock();
        let found = jobs.iter().find(|job| job.told.lock().report.clip == clip);
        found.cloned().ok_or_else(|| {
            Problem::not_found(format!(
                "no film is known that became clip {clip}: it came long ago, or the device was started anew since; if that \
                 was while the film came in, the clip is a part of it"
            ))
        })
    }
}

impl Job {
    /// Stops it, and waits until nothing more comes of it.
    pub async fn stop(&self) {
        self.cancel.cancel();
        self.over.cancelled().await;
    }

    /// What came of it.
    pub fn end(&self, outcome: std::result::Result<FilmReport, FilmError>) {
        let mut told = self.told.lock();
        match outcome {
            Ok(report) => (told.state, told.report) = (FilmState::Done, report),
            Err(error) => {
                let cancelled = self.cancel.is_cancelled();
                told.state = if cancelled { FilmState::Cancelled } else { FilmState::Failed };
                told.error = Some(error.to_string());
            }
        }
        drop(told);
        self.over.cancel();
    }
}
