//! What was done, for whoever asked.

use serde::{Deserialize, Serialize};

/// What a push brought to the pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pushed {
    /// Frames whose labels were not there yet, or others.
    pub frames: u64,
    /// Pictures that were not there yet.
    pub pictures: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Frames that are labelled no more.
    pub withdrawn: u64,
    pub models: u64,
    /// What could not be read here, and is not there therefore.
    pub left_out: Vec<String>,
}

/// What a pull brought from the pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pulled {
    /// Frames that were not here yet.
    pub frames: u64,
    /// Frames that were here, with other labels.
    pub relabelled: u64,
    /// Frames that went, as their device withdrew them.
    pub withdrawn: u64,
    /// Frames that stay as they are, because somebody labelled or deleted them here.
    pub kept: u64,
    /// Categories that were not here yet.
    pub categories: u64,
    /// What could not be taken, and why.
    pub left_out: Vec<String>,
}

impl Pushed {
    pub fn is_nothing(&self) -> bool {
        self.frames + self.withdrawn + self.models == 0
    }
}

/// In how many frames something differs is told; of more than this many only that there are.
const TOLD: usize = 100;

/// Adds a line, while there are few.
pub fn leave_out(lines: &mut Vec<String>, line: String) {
    match lines.len() {
        0..TOLD => lines.push(line),
        TOLD => lines.push("and more".into()),
        _ => {}
    }
}
