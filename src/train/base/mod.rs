//! The base: a feature extractor, or backbone, of which the upper part is fine-tuned and the rest stays frozen.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `backbone` | the extractor itself: its input, its taps, its file |
//! | `weights`, `normalization` | what is trained, by name; what its pixels look like |
//! | `trainable`, `fork` | what a gradient reaches; where it is cut: frozen below, trained above |
//! | `import`, `inspect` | from anybody's ONNX file to a base; what a base is made of |

mod backbone;
pub mod fork;
pub mod import;
pub mod inspect;
pub mod normalization;
mod trainable;
mod weights;

pub use backbone::{Base, BaseInfo, Tap};
pub use fork::{Crossing, Feed, Fork, Place};
pub use normalization::Normalization;
pub use weights::{BASE, Weights};
