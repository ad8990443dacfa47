//! What the store does, an aspect a file: blocks of methods of `Core`. They call one another through it.

mod access;
mod audit;
mod batch;
mod categories;
mod check;
mod compact;
mod delete;
mod disk_use;
mod find;
mod frames;
mod history;
mod keys;
mod labels;
mod misplaced;
mod models;
mod open;
mod pages;
mod recover;
mod repair;
mod retention;
mod settings;
mod slice;
mod training_files;
mod trainings;
mod trim;
mod undo;
mod validate;
mod watch;
mod whole;

pub use access::StoredToken;
pub use frames::frame_of;
pub use open::{look, open};
pub use repair::repair;
pub use settings::SETTINGS_FILE;
pub use training_files::TrainingFiles;
