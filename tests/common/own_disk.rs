//! A file system of a test's own, which may be filled: a user without rights may have one in a name space of his own.

#![allow(dead_code)]

#[path = "loop_disk.rs"]
mod loop_disk;

use std::path::Path;
use std::process::{Command, Output};

/// The same on a tmpfs, and on the file system that devices have where this machine gives a test one; which it was, and
/// what became of it. Neither, told, where it gives nobody any.
pub fn on_own_disks(dir: &Path, megabytes: u64, name: &str, arguments: &[&str]) -> Vec<(&'static str, Output)> {
    let [small, real] = ["tmpfs", "ext4"].map(|name| dir.join(name));
    [&small, &real].iter().for_each(|dir| std::fs::create_dir(dir).unwrap());
    let mut all = Vec::new();
    all.extend(on_own_disk(&small, &format!("{megabytes}M"), name, arguments).map(|output| ("tmpfs", output)));
    match loop_disk::empty(&real, megabytes << 20) {
        Ok(disk) => {
            let mut own = Command::new(std::env::current_exe().unwrap());
            own.args(["--nocapture", "--test-threads=1"]).args(arguments).env(name, &disk.at);
            all.push(("ext4", own.output().unwrap()));
        }
        Err(why) => eprintln!("skipped: this machine gives nobody an ext4 of his own ({why})"),
    }
    all
}

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
