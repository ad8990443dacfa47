//! What may be changed at a distance: a table of settings, and a file of its own that lies over the configuration.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `table` | every setting and when a change of it holds; everything else belongs in the configuration file |
//! | `part`, `changes` | what is asked for, as it comes (RFC 7396); read
//! | `rules` | what this way may not set: paths outside the data directory, ways of a secret |
//! | `overlay` | the settings file, and the configuration with it on top |
//! | `current` | a section as it holds now, for the parts of the daemon |
//! | `answer` | what the doors tell |
//! | `service` | changes: checked, written, in force, told |

mod answer;
mod changes;
mod current;
mod overlay;
mod part;
mod rules;
mod service;
mod table;

pub use answer::{Changed, Held};
pub use current::Current;
pub use overlay::Overlaid;
pub use part::Part;
pub use service::{Settings, SettingsError};
pub use table::{Setting, TABLE, When};
