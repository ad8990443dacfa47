//! How much memory an import takes: the real program, looked at while it works.

use super::made::{coco, folder, jpeg};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Bytes that an import may take beside what a small one takes.
pub const MOST: u64 = 64_000_000;

/// Imports it with the real program; answers whether it came in, what was said, and the most memory it had, in bytes.
pub fn imported(path: &Path) -> (bool, String, u64) {
    imported_as(path, &[])
}

/// The same with these options.
pub fn imported_as(path: &Path, options: &[&str]) -> (bool, String, u64) {
    let home = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .args(["import", "--json"])
        .args(options)
        .arg(path)
        .env("FIELDCOACH_DATA_DIR", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let said = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = said
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        most = most.max(peak.unwrap_or(0) * 1024);
        std::thread::yield_now();
    }
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().success(), said, most)
}

/// The most memory that a small import has, in bytes.
pub fn small() -> u64 {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("set.json", coco(&["a.jpg"]).to_string().into_bytes()), ("a.jpg", jpeg(0))]);
    let (done, said, most) = imported(dir.path());
    assert!(done && most > 0, "{said}");
    most
}
