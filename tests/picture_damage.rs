//! Damaged pictures of every kind, a thousand and more, are read or refused within bounds.

#[path = "pictures/made.rs"]
mod made;

use bytes::Bytes;
use fieldcoach::picture::{self, Bounds};
use made::{bytes, cases};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Most memory that this process has held, in bytes.
fn high_water() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_thousand_damaged_files_are_read_or_refused_within_bounds() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let bounds = Bounds { max_pixels: 1_000_000, ..Bounds::default() };
    let files: Vec<(String, Bytes)> = cases().into_keys().map(|name| (name.clone(), bytes(&name))).collect();
    for round in 0..10 {
        for (name, file) in &files {
            let mut file = file.to_vec();
            // Most of what goes wrong goes wrong in headers.
            let reach = if round % 2 == 0 { file.len() } else { file.len().min(150) };
            for _ in 0..random.random_range(1..12) {
                let at = random.random_range(0..reach);
                file[at] = random.random();
            }
            let read = std::panic::catch_unwind(|| {
                let _ = picture::orientation(&file, bounds);
                picture::to_jpeg(file.clone().into(), bounds).map(|(jpeg, ..)| jpeg)
            });
            match read {
                Ok(Ok(jpeg)) => {
                    let stored = picture::decode(&jpeg, bounds).map(|image| image.dimensions());
                    assert!(stored.is_ok(), "{name}, round {round}: what is stored can't be decoded: {stored:?}");
                }
                Ok(Err(error)) => assert!(!error.to_string().is_empty()),
                Err(_) => panic!("{name}, round {round}: a panic"),
            }
        }
    }
    // A megapixel, in the deepest kind and as much again to work, is 16 MB; the rest is this program.
    assert!(high_water() < 150_000_000, "{} bytes", high_water());
}
