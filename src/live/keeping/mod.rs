//! Frames that are kept for what the model makes of them, beside those that it is time for: what it is unsure of, what it
//! sees in one look and not in the next, and what looks unlike anything labelled.
//!
//! The live loop offers ([`offer`]), without ever waiting; a part of its own ([`keeper`]) decides and stores, as storing may
//! take long. What is labelled is known by what it looks like (`live::familiar`), which a [`learner`] gets to know.

mod burst;
mod keeper;
mod learner;
mod offer;
mod pace;

pub use keeper::{KEEP_WITHIN, Keeper};
pub use offer::{Offering, Offers, offers};
