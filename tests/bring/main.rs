//! Data sets as people bring them: understood rightly, or told; nothing that was not understood becomes a negative.

mod again;
mod beside;
mod cases;
mod checked;
mod classes;
mod damaged;
mod held;
mod home;
mod judged;
mod letters;
mod made;
mod memory;
mod named;
mod odd;
mod peak;
mod several;
mod turned;
mod unread;
mod zips;
