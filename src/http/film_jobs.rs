//! Films on their way in, and what became of the last ones.

use super::jobs::{ImportState, Job, Jobs, Told};
use super::problem::{Problem, Result};
use crate::dataset::film::FilmReport;
use crate::domain::{CameraId, ClipId};
use crate::turns::{Limits, Turns};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Films on their way in, one at a time, and what became of the last ones.
pub struct Films {
    /// At taking one in.
    pub turns: Turns,
    jobs: Jobs<FilmImport>,
    /// Cameras that take one.
    filming: Mutex<BTreeSet<CameraId>>,
}

/// A camera takes a film; over where this is dropped.
pub struct Filming {
    films: Arc<Films>,
    camera: CameraId,
}

impl Drop for Filming {
    fn drop(&mut self) {
        self.films.filming.lock().remove(&self.camera);
    }
}

/// A film on its way into the store.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FilmImport {
    pub state: ImportState,
    #[serde(flatten)]
    pub report: FilmReport,
    pub error: Option<String>,
}

impl Told for FilmImport {
    fn end(&mut self, state: ImportState, error: Option<String>) {
        (self.state, self.error) = (state, error);
    }
}

impl Default for Films {
    fn default() -> Self {
        let turns = Turns::new(Limits { shares: 1, waiting: 4, patience: Duration::from_secs(10) });
        Self { turns, jobs: Jobs::default(), filming: Mutex::default() }
    }
}

impl Films {
    pub fn begin(&self, report: FilmReport) -> Arc<Job<FilmImport>> {
        self.jobs.begin(FilmImport { state: ImportState::Running, report, error: None })
    }

    /// Has this camera to oneself for a film; `None` where it takes one already.
    pub fn film(self: &Arc<Self>, camera: &CameraId) -> Option<Filming> {
        let fresh = self.filming.lock().insert(camera.clone());
        fresh.then(|| Filming { films: Arc::clone(self), camera: camera.clone() })
    }

    /// Films that cameras take now, the newest first.
    pub fn recordings(&self) -> Vec<FilmImport> {
        let runs = |film: &FilmImport| film.state == ImportState::Running && film.report.camera.is_some();
        self.jobs.told().into_iter().filter(runs).collect()
    }

    /// The film that becomes this clip, where one still does.
    pub fn coming_in(&self, clip: ClipId) -> Option<Arc<Job<FilmImport>>> {
        self.job(clip).ok().filter(|job| !job.is_over())
    }

    /// The film that became, or becomes, this clip.
    pub fn job(&self, clip: ClipId) -> Result<Arc<Job<FilmImport>>> {
        self.jobs.find(|film| film.report.clip == clip).ok_or_else(|| {
            Problem::not_found(format!(
                "no film is known that became clip {clip}: it came long ago, or the device was started anew since; if that \
                 was while the film came in, the clip is a part of it"
            ))
        })
    }
}
