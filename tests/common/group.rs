//! A control group of a test's own, whose processes may have so much memory together. Needs root.

use std::fs;
use std::path::{Path, PathBuf};

/// Removed when dropped; its processes must have ended by then.
pub struct Group {
    folder: PathBuf,
    /// Of version 2: the files have other names.
    unified: bool,
}

impl Group {
    /// The error says what this machine lacks.
    pub fn new(bytes: u64) -> Result<Self, String> {
        let (first, second) = (Path::new("/sys/fs/cgroup/memory"), Path::new("/sys/fs/cgroup"));
        let unified = !first.exists();
        let folder = if unified { second } else { first }.join(format!("fieldcoach-test-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let group = Self { folder, unified };
        let limit = group.file(["memory.limit_in_bytes", "memory.max"]);
        fs::write(&limit, bytes.to_string()).map_err(|error| format!("{}: {error}", limit.display()))?;
        Ok(group)
    }

    fn file(&self, [first, second]: [&str; 2]) -> PathBuf {
        self.folder.join(if self.unified { second } else { first })
    }

    fn read(&self, names: [&str; 2]) -> String {
        fs::read_to_string(self.file(names)).unwrap_or_default()
    }

    /// What that process starts from now on is in it, too.
    pub fn take(&self, process: u32) {
        fs::write(self.folder.join("cgroup.procs"), process.to_string()).unwrap();
    }

    /// Bytes that it had at most, the system's cache of its files among them.
    pub fn peak(&self) -> u64 {
        self.read(["memory.max_usage_in_bytes", "memory.peak"]).trim().parse().unwrap_or(0)
    }

    /// How many of its processes the kernel ended for want of memory.
    pub fn killed(&self) -> u64 {
        let told = self.read(["memory.oom_control", "memory.events"]);
        let count = told.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok());
        count.expect("the kernel counts them")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}
