//! Files that people name, or put into a folder: opened in one way, whatever they turn out to be.
//!
//! Not everything that has a name among files has an end, or gives an answer: whoever opens a pipe waits for somebody to
//! write, and a device such as `/dev/zero` is never read to its end. So only plain files are opened, links to them too, and
//! of no file is more read than is allowed, whatever it says of its length. What is written for people goes another one way
//! ([`Writing`]).

mod plain;
mod target;

pub use plain::{PEM, open, plain, read, rest};
pub use target::{Target, Writing};
