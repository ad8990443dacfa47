//! How the device is reached: its names and addresses, the certificates under which it answers, and how it is found.
//!
//! # What holds
//!
//! 1. **The device has one authority of its own**, made once. It carries critical name constraints: whoever takes its key
//!    off a stolen card can vouch for this device's names and for private networks, and for nobody else.
//! 2. **A certificate names what the device is called now.** It is made anew when that changes or its time runs out,
//!    never lasts longer than phones accept, and is not born expired where the clock is in 1970.
//! 3. **No key leaves the data folder**; files are for the daemon's user only.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `names` | what the device is called, and its addresses |
//! | `authority` | the device's own authority |
//! | `leaf` | a certificate under it: what it names, and how long |
//! | `certificates` | what TLS answers with, kept up to date |
//! | `mdns` | the announcement in the network |
//! | `qr` | QR codes |
//! | `place` | all of it, as the door and the pairing need it |

mod authority;
mod certificates;
mod leaf;
mod mdns;
mod names;
mod place;
pub mod qr;

pub use certificates::Certificates;
pub use mdns::announce;
pub use names::local_name;
pub use place::Reach;
