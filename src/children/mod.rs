//! Programs of others, run as processes of their own: ffmpeg, and what the configuration file names.
//!
//! A [`Child`] ends with the daemon, however the daemon ends: our own program is started first ([`COMMAND`]), which asks the
//! kernel to be ended with the daemon, takes limits upon itself, leaves somebody behind who ends the whole process group
//! once the daemon is gone, and then becomes the other program. It is killed, with all of its process group and all that it
//! started outside of that, when it is dropped. What it writes to standard output is read with a deadline; its last lines on standard error are kept, without
//! the passwords of addresses. Knows nothing of cameras and films.
//!
//! ```no_run
//! # use fieldcoach::children::{Child, Launcher, Program};
//! # use std::time::{Duration, Instant};
//! let program = Program::new("ffmpeg").args(["-i", "film.mp4", "-f", "mjpeg", "-"]).memory(2_000_000_000);
//! let mut child = Child::start(&Launcher::own(), &program)?;
//! let mut piece = [0; 65536];
//! while child.read(&mut piece, Instant::now() + Duration::from_secs(10))? > 0 {}
//! let ended = child.finish();
//! println!("{ended}: {:?}", ended.words);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | file | what it is for |
//! | --- | --- |
//! | `program` | what to run, and within which limits |
//! | `launch` | the step between the daemon and the program |
//! | `child` | the running program, seen from the daemon |
//! | `mark` | by what those are known that leave its process group |
//! | `words` | its last lines |

mod child;
mod launch;
mod mark;
mod program;
mod words;

pub use child::{Child, Ended};
pub use launch::{COMMAND, serve};
pub use program::{Launcher, Program};
