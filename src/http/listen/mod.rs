//! From a connection to a request: who may connect, for how long, and in which language.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `arrival` | by which way a request came, and from where |
//! | `connections` | all connections, and which of them gives way when there are too many |
//! | `answer` | one connection: its requests, its patience, its end |
//! | `unread` | what of a body was not read |
//! | `untaken` | answers of which nothing is taken |
//! | `hello` | TLS, or a plain request that is told where to go |
//! | `network` | the listener of the network |
//! | `local` | the local socket, for the device's owner only |

mod answer;
mod arrival;
mod connections;
mod hello;
mod local;
mod network;
mod unread;
mod untaken;

pub use arrival::{Arrival, Way};
pub use local::{LocalSocket, SOCKET, serve_local, short};
pub use network::{Meeting, serve_network};
