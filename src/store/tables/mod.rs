//! What is held in memory. No table knows another, nor the store around it.

pub mod audit;
pub mod budget;
pub mod categories;
pub mod clock;
pub mod ends;
pub mod history;
pub mod models;
pub mod pages;
pub mod space;
pub mod undo;
