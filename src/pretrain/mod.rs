//! Procedural scenes: pictures of thousands of kinds of things, each with its box and attributes, from which a small
//! backbone learns to see before it ever meets a camera. No photograph and no foreign weight is in it.
//!
//! A thing is a shape (a union of signed distances), a surface (a pattern in its coordinates) and a colour; a scene is
//! a background, an arrangement of things, a light and a camera. All of it is computed with operations that round the
//! same everywhere, so that a scene is known by its seed and index alone.

mod background;
mod blocks;
mod body;
mod camera;
mod canvas;
mod clutter;
mod colour;
mod compose;
mod composites;
mod families;
mod ground;
mod kinds;
mod maths;
mod network;
mod outdoors;
mod paint;
mod run;
mod scenes;
mod shape;
mod simple;
mod surface;
#[cfg(test)]
mod tests;
mod things;

pub use kinds::kinds;
pub use run::{PretrainOptions, pretrain};
pub use scenes::{PretrainScene, SceneObject, scene};
