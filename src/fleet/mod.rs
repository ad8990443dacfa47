//! The fleet: all devices of a broker, as they are heard there, and asked, and ordered through it.
//!
//! What holds:
//!
//! 1. **Nothing that a device says is believed to be well made**: it is read part by part, bounded, counted, and what can't
//!    be read is told.
//! 2. **What is shown was said**: what a device did not say is null; whether it is there goes by what was heard, and by no
//!    device's clock.
//! 3. **A message costs what it changes**: devices have numbers of their changes, and are shared, not copied.
//! 4. **What somebody is told is on disk**: names, tokens, orders. Of tokens it is what proves the secret, not the secret.
//! 5. **A command is sent under one id**, however often this server is started anew ([`orders`]).
//!
//! | file | what it is for |
//! | --- | --- |
//! | `device` | what is known of a device, and what others ask of all |
//! | `heard` | what is to be written down of what was heard |
//! | `reading` | a status, read part by part |
//! | `entry`, `registry` | one device, and what follows from what it said; all of them, by the number of their last change |
//! | `pictures` | the newest picture of each, bounded |
//! | `orders`, `ordering` | commands to many devices, and what follows from the answers; all orders |
//! | `broker` | how the connection is, and what can't be understood, in words |
//! | `asking` | devices asked through the broker, with the tokens that are here |
//! | `shared` | what all parts share |
//! | `keep`, `writing` | what lasts: the database; who writes beside the loop that listens |
//! | `hearing` | the connection itself |
//! | `metrics` | Prometheus |
//! | `service` | the handle on all of it |

mod asking;
mod broker;
pub mod device;
mod entry;
mod heard;
mod hearing;
mod keep;
mod metrics;
mod ordering;
pub mod orders;
mod pictures;
mod reading;
mod registry;
mod service;
mod shared;
mod writing;

pub use device::DeviceState;
pub use keep::KeepError;
pub use service::{AskError, Fleet, FleetError};
