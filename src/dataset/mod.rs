//! From labelled frames to training data and back to files: split, views, import, export, label queue.
pub mod export;
pub mod import;
pub mod queue;
pub mod split;
pub mod view;
