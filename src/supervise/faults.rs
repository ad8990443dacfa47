//! Faults on demand, by which it is seen in the real program what becomes of a part that hangs or breaks. There are none
//! unless the variable `FIELDCOACH_FAULTS` names a file when the daemon starts. At each sign of life a part looks there:
//!
//! ```toml
//! freeze = ["camera"]   # it hangs, for as long as it is named here
//! panic = ["live"]      # it panics, each time
//! patience = 2.0        # seconds until one that hangs is stuck, in place of its usual time
//! ```

use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const VARIABLE: &str = "FIELDCOACH_FAULTS";
/// How often a part that hangs looks whether it still does.
pub const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What goes wrong on purpose: nothing by default; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Option<Arc<Path>>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    freeze: Vec<String>,
    panic: Vec<String>,
    patience: Option<f32>,
}

impl Faults {
    /// What the environment asks for.
    pub fn asked() -> Self {
        let file = std::env::var_os(VARIABLE).map(|file| Arc::from(PathBuf::from(file)));
        if file.is_some() {
            tracing::warn!("{VARIABLE} is set: parts hang and break on purpose");
        }
        Self(file)
    }

    /// Panics where that is asked of this part; where it is to hang, answers in what time that is to be noticed, if that
    /// is not its usual one.
    pub fn strike(&self, part: &str) -> Option<Hang> {
        let asked = read(self.0.as_deref()?);
        assert!(!named(&asked.panic, part), "{VARIABLE} asks for it");
        named(&asked.freeze, part).then(|| Hang(asked.patience.map(Duration::from_secs_f32)))
    }

    /// Whether this part is to hang on.
    pub fn hang_on(&self, part: &str) -> bool {
        self.0.as_deref().is_some_and(|file| named(&read(file).freeze, part))
    }
}

/// The time after which one that hangs is stuck, if not its usual one.
pub struct Hang(pub Option<Duration>);

fn named(list: &[String], part: &str) -> bool {
    list.iter().any(|name| name == part)
}

/// A file that is not there asks for nothing, nor does one that is no such file: that is told.
fn read(file: &Path) -> Asked {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    toml::from_str(&text).unwrap_or_else(|error| {
        tracing::error!("{VARIABLE}: {}: {error}", file.display());
        Asked::default()
    })
}
