//! The server of a fleet: one page for all devices of a broker, and the way to each of them. `docs/fleet.md` is its guide.
//!
//! What holds:
//!
//! 1. **People come in here as on a device**: the same listeners, TLS, tokens, codes, guards and table of routes (`http`), over
//!    a store of this server's own.
//! 2. **Nobody does more on a device than they may here, nor than this server's token may there**: what a route takes stands in
//!    the device's own table (`roles`), and is asked of both.
//! 3. **A device brings no script to where this server's pages are** (`forward`), and no secret is told again.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `daemon` | starts, supervises and stops it |
//! | `door`, `router` | what handlers reach; which path leads where |
//! | `devices`, `history`, `orders`, `metrics` | the fleet, one file a resource |
//! | `ready` | whether the server is ready, its connection to the broker with it |
//! | `errors` | what the fleet refuses, as problem documents |
//! | `page` | the pages, which are files of this program |
//! | `roles`, `forward` | what a device's routes ask for; requests that are passed on to it |
//! | `own` | what is answered here for a device: who asks, pairing |
//! | `lookout`, `events`, `video` | what does not pass a broker, made of what the device answers now and then |

mod daemon;
mod devices;
mod door;
mod errors;
mod events;
mod forward;
mod history;
mod lookout;
mod metrics;
mod orders;
mod own;
mod page;
mod ready;
mod roles;
mod router;
mod video;

pub use daemon::{Served, defaults, run, start};
pub use router::openapi;
