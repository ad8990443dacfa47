//! Data sets on their way in, and what became of the last ones: whoever sent one may have gone away meanwhile.

use super::jobs::{ImportState, Job, Jobs, Told};
use super::problem::{Problem, Result};
use crate::dataset::import::ImportReport;
use crate::domain::ImportId;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// A data set on its way into the store.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SetImport {
    pub id: ImportId,
    pub state: ImportState,
    /// When all of it was here.
    #[schema(value_type = String, format = DateTime)]
    pub begun: Timestamp,
    /// How much of how much is done: first it is read and checked, then stored.
    pub done: u64,
    pub of: u64,
    /// What came in, once it is done.
    pub report: Option<ImportReport>,
    pub error: Option<String>,
}

impl Told for SetImport {
    fn end(&mut self, state: ImportState, error: Option<String>) {
        (self.state, self.error) = (state, error);
    }
}

/// Data sets on their way in, and what became of the last ones.
#[derive(Default)]
pub struct Sets(Jobs<SetImport>);

impl Sets {
    pub fn begin(&self) -> Arc<Job<SetImport>> {
        let (id, begun) = (ImportId::new(), Timestamp::now());
        self.0.begin(SetImport { id, state: ImportState::Running, begun, done: 0, of: 1, report: None, error: None })
    }

    /// What is told of all that are known, the newest first.
    pub fn told(&self) -> Vec<SetImport> {
        self.0.told()
    }

    pub fn job(&self, id: ImportId) -> Result<Arc<Job<SetImport>>> {
        self.0.find(|set| set.id == id).ok_or_else(|| {
            Problem::not_found(format!(
                "no import {id} is known: it was long ago, or the device was started anew since; if that was while it came in, \
                 a part of it is stored: import it again, and the rest will be too, nothing twice"
            ))
        })
    }
}
