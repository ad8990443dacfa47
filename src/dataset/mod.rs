//! From labelled frames to training data: split, views, import, export, label queue (stubs; the owner replaces them).
pub mod export;
pub mod import;
pub mod queue;
pub mod split;
pub mod view;
