//! The forms of other tools, in and out: understood rightly, or told; nothing that was not understood becomes a negative.

mod attributes;
mod cvat;
mod drawn;
#[allow(dead_code, reason = "shared with tests/bring")]
#[path = "../bring/home.rs"]
mod home;
mod labelme;
#[allow(dead_code, reason = "shared with tests/bring")]
#[path = "../bring/made.rs"]
mod made;
mod memory;
mod nested;
mod out;
#[path = "../bring/peak.rs"]
mod peak;
mod silent;
mod spoken;
mod studio;
mod take;
mod voc;
