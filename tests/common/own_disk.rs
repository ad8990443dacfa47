//! A file system of a test's own, which may be filled: a user without rights may have one in a name space of his own.

use std::path::Path;
use std::process::{Command, Output};

/// Runs this test program once more, with `arguments` and the variable `name`, which says where a file system of `size` is
/// mounted for it alone. `None`, told, where this machine gives nobody one.
pub fn on_own_disk(dir: &Path, size: &str, name: &str, arguments: &[&str]) -> Option<Output> {
    let unshared = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["-Urm", "sh", "-c"]).arg(format!("mount -t tmpfs -o size={size} tmpfs \"$0\" && {command}"));
        unshare.arg(dir).arg(std::env::current_exe().unwrap()).args(arguments);
        unshare
    };
    if !unshared("true").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine gives nobody a file system of his own (unshare -Urm, tmpfs)");
        return None;
    }
    let arguments = ["--nocapture", "--test-threads=1"];
    Some(unshared("exec \"$@\"").args(arguments).env(name, dir).output().unwrap())
}
