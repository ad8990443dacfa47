//! A generated demo scene that looks like a place: a conveyor belt on which fruit, cartons and bottles travel.
//!
//! It is a pure function of a seed and a time, and knows what it shows: the demo labels its first frames with it.
//! It is shown where somebody asks for it, and nowhere else.

mod conveyor;
mod live;
mod objects;
mod render;
mod traffic;

pub use live::SceneSource;
pub use render::Scene;
