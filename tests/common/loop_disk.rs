//! File systems on loop devices. Needs root.
#![allow(dead_code)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub fn run(program: &str, arguments: &[&str]) -> Result<Output, String> {
    // Not all of these are on everybody's path.
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program).args(arguments).env("PATH", path).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(format!("{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Mounts an empty file system of so many bytes in `dir`; the error says what this machine lacks.
pub fn empty(dir: &Path, bytes: u64) -> Result<Mounted, String> {
    let image = dir.join("disk.img");
    let made = File::create(&image).and_then(|file| file.set_len(bytes));
    made.map_err(|error| error.to_string())?;
    run("mkfs.ext4", &["-q", text(&image)])?;
    Mounted::new(&image, dir.join("mounted"))
}

/// A mounted file system on a loop device; unmounted when dropped.
pub struct Mounted {
    device: String,
    pub at: PathBuf,
}

impl Mounted {
    pub fn new(image: &Path, at: PathBuf) -> Result<Self, String> {
        std::fs::create_dir_all(&at).map_err(|error| error.to_string())?;
        let output = run("losetup", &["--show", "--find", text(image)])?;
        let device = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        // From here on the device is given back.
        let mounted = Self { device, at };
        run("mount", &["-t", "ext4", &mounted.device, text(&mounted.at)])?;
        Ok(mounted)
    }
}

impl Mounted {
    /// From now on what is written does not come back.
    pub fn freeze(&self) {
        run("fsfreeze", &["--freeze", text(&self.at)]).unwrap();
    }

    pub fn thaw(&self) -> Result<Output, String> {
        run("fsfreeze", &["--unfreeze", text(&self.at)])
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Where a test failed meanwhile.
        let _ = self.thaw();
        let _ = run("umount", &[text(&self.at)]);
        let _ = run("losetup", &["--detach", &self.device]);
    }
}
