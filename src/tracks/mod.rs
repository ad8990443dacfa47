//! Labels carried along a film: from the boxes that somebody drew on some of its pictures to boxes on all of them.
//!
//! Pictures and boxes in, boxes out; nothing here knows of a store or a door. Each drawn box is followed forwards to the
//! next one and backwards to the one before (`ways`, `passes`, `follower`), and back from where it was not drawn (`returns`); then
//! both ways are brought together (`course`).
//! `docs/tracks.md` says how well that goes.

mod carry;
mod course;
mod edges;
mod follower;
mod legs;
pub mod measure;
mod passes;
mod patch;
mod returns;
mod runs;
mod said;
mod sight;
mod ways;

pub use carry::carry;
pub use said::{Ask, Carried, Course, Film, Mark, Track, TrackError, Why};

#[cfg(test)]
mod tests;
