//! Where the heavy part of trainings is done.

use super::parent::Parent;
use super::task::{Task, Work};
use crate::train::error::TrainError;
use std::path::{Path, PathBuf};

/// Where the heavy part of trainings is done.
#[derive(Clone, Debug)]
pub enum Workplace {
    /// In the process that asks: for commands, which do nothing else.
    Here,
    /// In a process of its own, started from this program.
    Process(PathBuf),
}

impl Workplace {
    /// The program, where it is not here.
    pub fn program(&self) -> Option<&Path> {
        match self {
            Self::Here => None,
            Self::Process(program) => Some(program),
        }
    }

    /// Begins; nothing is computed yet.
    pub fn begin<'a>(&self, task: &'a Task<'a>) -> Result<Box<dyn Work + 'a>, TrainError> {
        Ok(match self {
            Self::Here => Box::new(task),
            Self::Process(program) => Box::new(Parent::start(program, task)?),
        })
    }
}
