//! Data sets and pictures damaged at random: refused or taken in part, in words; no panic, no hang, within memory.
//!
//! As many of each form as `FIELDCOACH_FUZZ_CASES` says (1000; `make fuzz` does ten thousand), drawn by
//! `FIELDCOACH_FUZZ_SEED` (1). What fails is made as small as it gets, and written to a file that the failure names.

mod change;
mod data_sets;
mod pictures;

#[allow(dead_code, reason = "shared with tests/bring")]
#[path = "../bring/home.rs"]
mod home;
#[allow(dead_code, reason = "shared with tests/bring")]
#[path = "../bring/made.rs"]
mod made;
#[path = "../pictures/made.rs"]
mod odd;
