//! When cells vote, and when boxes are one object: the same numbers for the trainer and for the exported file.

/// Cells that score no more than this for a category have no vote on its objects.
pub const LOWEST: f32 = 0.05;
/// Predictions of one frame, at most: what COCO counts.
pub const MOST: usize = 100;
/// Boxes of one category that overlap more than this are one object.
pub const SAME: f32 = 0.6;
/// Boxes of one category that overlap more than this vote on where the object is.
pub const NEAR: f32 = 0.7;
