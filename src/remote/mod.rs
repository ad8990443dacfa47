//! The device's own HTTP door, reached through its broker: for whoever can reach the broker and not the device.
//!
//! A *requester* (the fleet's server) sends requests to `fieldcoach/{device}/http/request`, and hears the answers on
//! `fieldcoach/{device}/http/reply/{requester}`. The device runs each against the very router that its network door has, as
//! whoever the token is that the requester shows: the same roles, the same limits.
//!
//! # What holds
//!
//! 1. **No secret passes the broker.** A requester names its token, and proves that it has the secret by a MAC of every
//!    message ([`Key`]); so does the device, so that nobody in between can answer for it.
//! 2. **Nothing is carried out twice.** A session is named by the device, at random, and lives in its memory alone; in it a
//!    request's number counts once ([`sessions`]). What is recorded and sent again is not even answered.
//! 3. **It works on any broker**: in MQTT 5 and 3.1.1, at QoS 0, with small packets. All that it needs lies in the payload; bodies
//!    travel in parts below the packet limit, eight on the way at a time, sent again until they are acknowledged ([`flow`]).
//! 4. **What is told once, and what never ends, does not pass**: secrets of new tokens, copies of everything, video
//!    (`http::guard`). What a browser shows is the requester's own page: a device serves no script to it.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `frame` | messages: a MAC, a head in JSON, a body |
//! | `parts`, `flow` | a body in parts; parts on their way, in order, each once |
//! | `rules` | paths and headers that are passed on |
//! | `sessions` | who asks; which requests were seen |
//! | `exchange` | one request, carried out on the device |
//! | `device` | the device's side |
//! | `requester` | the other side |

mod device;
mod exchange;
mod flow;
mod frame;
mod parts;
mod requester;
mod rules;
mod sessions;

pub use device::{Answering, answer};
pub use frame::{From, Key, LARGEST};
pub use requester::{RemoteError, Requester};

/// What a device is asked.
pub type Question = axum::http::Request<axum::body::Body>;
/// What it answers.
pub type Answer = axum::http::Response<axum::body::Body>;
