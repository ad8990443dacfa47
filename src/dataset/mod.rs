//! From labelled frames to training data and back to files: split, views, seams between them, import, export, films, label queue.

pub mod annotation;
pub mod attributes;
pub mod carry;
pub mod export;
pub mod film;
mod going;
pub mod import;
pub mod known;
pub mod queue;
pub mod seam;
pub mod split;
pub mod view;

pub use going::Going;
