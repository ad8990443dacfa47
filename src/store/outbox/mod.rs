//! What must reach others, until they have it: a queue of opaque messages on disk, and up to where things were told.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `item` | what goes in and what comes back |
//! | `queue` | the files, and where each message lies |
//! | `writer` | the thread that writes in groups and reads, so that a slow disk stalls nobody |
//!
//! # On disk
//!
//! `outbox/N.seg`: records (`record`) in the order in which they were written. A message has a number, by which the
//! order is kept whatever the clock does; a mark says which numbers are done with, and up to where things were told
//! ([`Told`]). A new segment begins with all that was told. Segments go from the oldest on once nothing in them waits; where
//! one holds little, that is copied forward under its old number. The same number twice is one message.
//!
//! # Invariants
//!
//! 1. What is told is on disk only together with, or after, every message that was put in before it.
//! 2. A mark lies in the segment of its message or a later one, and segments go in order: no mark goes before its message.
//! 3. A message that is forgotten before it is written leaves no trace: with a broker that answers, nothing is written.

mod item;
mod queue;
mod writer;

pub use item::{Item, News, Told};
pub use writer::{Opened, Outbox};
