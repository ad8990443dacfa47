//! The pictures that `make.py` makes, and what they show.
#![allow(dead_code)]

use bytes::Bytes;
use image::RgbImage;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Mean of levels by which a JPEG that we write may differ from what it was made of.
pub const OURS: f64 = 3.0;

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Case {
    Shown { off: f64, kept: bool, padded: bool },
    Refused { refused: Vec<String> },
}

static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let python = std::env::var_os("FIELDCOACH_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/make.py");
    let made = Command::new(python).arg(script).arg(dir.path()).status().expect("`make test` installs a Python");
    assert!(made.success(), "make.py could not make the pictures");
    dir
});

pub fn path(name: &str) -> PathBuf {
    MADE.path().join(name)
}

pub fn cases() -> BTreeMap<String, Case> {
    serde_json::from_slice(&std::fs::read(path("cases.json")).unwrap()).unwrap()
}

pub fn bytes(name: &str) -> Bytes {
    std::fs::read(path(name)).unwrap().into()
}

/// Mean difference in levels; none where even the sizes differ.
pub fn off(one: &RgbImage, other: &RgbImage) -> Option<f64> {
    let same_size = one.dimensions() == other.dimensions();
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    same_size.then(|| sum as f64 / one.len() as f64)
}
