//! Files damaged at random: refused or taken in, in words, without a panic and without end. As many as
//! `FIELDCOACH_FUZZ_CASES` says (1000; `make fuzz` does more).

use super::home::Home;
use super::made::{NAMES, coco, jpeg, yolo, zip};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

/// No file takes longer, on a machine however busy; one that hangs takes far more.
const LONGEST: Duration = Duration::from_secs(20);

/// What is put into files.
const WORDS: [&[u8]; 22] = [
    b"\"",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"null",
    b"-1",
    b"0",
    b"99999999999999999999",
    b"\\u0000",
    b"\\",
    b"\0",
    b"\xff\xfe",
    b"\n",
    b" ",
    b"../../etc/passwd",
    b"true",
];

fn cases() -> u64 {
    std::env::var("FIELDCOACH_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

fn damage(bytes: &mut Vec<u8>, chance: &mut impl Rng) {
    for _ in 0..chance.random_range(1..=6) {
        if bytes.is_empty() {
            return;
        }
        let at = chance.random_range(0..bytes.len());
        let to = (at + chance.random_range(1..40)).min(bytes.len());
        match chance.random_range(0..6) {
            0 => bytes[at] = chance.random(),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let piece = bytes[at..to].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let word = WORDS[chance.random_range(0..WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            4 => {
                let word = WORDS[chance.random_range(0..WORDS.len())];
                bytes.splice(at..to, word.iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
}

/// Damages the file of that name in many ways.
fn each(name: &str, seed: u64, files: &[(&str, Vec<u8>)]) {
    let mut home = Home::new();
    let (mut taken, mut refused) = (0, 0);
    for case in 0..cases() {
        let mut chance = ChaCha8Rng::seed_from_u64(seed.wrapping_add(case));
        let damaged: Vec<(&str, Vec<u8>)> = files
            .iter()
            .map(|(file, bytes)| {
                let mut bytes = bytes.clone();
                if *file == name {
                    damage(&mut bytes, &mut chance);
                }
                (*file, bytes)
            })
            .collect();
        let clock = Instant::now();
        match home.take_zip(zip(&damaged)) {
            Ok(report) => {
                taken += 1;
                assert!(report.frames <= files.len() as u64, "{name}, case {case}: {report:?}");
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
        assert!(clock.elapsed() < LONGEST, "{name}, case {case}: {:?}", clock.elapsed());
        if case % 100 == 99 {
            home = Home::new();
        }
    }
    println!("{name}: {taken} taken in, {refused} refused");
}

#[test]
fn coco_files() {
    each("set.json", 1, &[("set.json", set(&["a.jpg", "b.jpg"])), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
}

#[test]
fn yolo_labels_and_descriptions() {
    let files = [
        ("data.yaml", format!("train: images\nnames: [{}]\n", NAMES.join(", ")).into_bytes()),
        ("images/a.jpg", jpeg(0)),
        ("labels/a.txt", yolo().into_bytes()),
    ];
    each("labels/a.txt", 2, &files);
    each("data.yaml", 3, &files);
}

#[test]
fn pictures() {
    each("a.jpg", 4, &[("set.json", set(&["a.jpg"])), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
}

fn set(names: &[&str]) -> Vec<u8> {
    coco(names).to_string().into_bytes()
}

#[test]
fn zips() {
    let mut whole = Vec::new();
    zip(&[("set.json", set(&["a.jpg"])), ("a.jpg", jpeg(0))]).read_to_end(&mut whole).unwrap();
    let mut home = Home::new();
    for case in 0..cases() {
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut ChaCha8Rng::seed_from_u64(5_000_000 + case));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        file.rewind().unwrap();
        let clock = Instant::now();
        let _ = home.take_zip(file);
        assert!(clock.elapsed() < LONGEST, "case {case}: {:?}", clock.elapsed());
        if case % 100 == 99 {
            home = Home::new();
        }
    }
}
