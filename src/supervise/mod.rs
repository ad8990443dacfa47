//! Keeps the parts of the daemon going: what panics or fails is started again alone, after a growing pause; what gives no
//! sign of life in its time is named, and the watchdog is no longer fed, so that systemd restarts the daemon: a thread
//! that hangs can't be ended by itself.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `part` | how a part is |
//! | `faults` | parts that hang or break on purpose, for tests of the real program |
//! | `beat` | a part's signs of life |
//! | `board` | how all parts are |
//! | `attempts` | from a failure to the next start |
//! | `progress` | that work without a known end goes on |
//! | `restart` | the end of the process, wished for, so that it is started again |
//! | `supervisor` | starts threads and tasks, and waits for their end |
//! | `watchdog` | feeds systemd while all parts live |

mod attempts;
mod beat;
mod board;
mod faults;
mod part;
mod progress;
mod restart;
mod supervisor;
mod watchdog;

pub use attempts::panic_words;
pub use beat::Beat;
pub use board::Trouble;
pub use faults::Faults;
pub use part::{Part, PartName, PartState};
pub use progress::Progress;
pub use restart::{Restart, STATUS as RESTART_STATUS};
pub use supervisor::{Held, Supervisor};
pub use watchdog::{Watchdog, Watching};
