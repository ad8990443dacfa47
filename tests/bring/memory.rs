//! However large what comes is, an import takes little more memory than a small one: the real program, looked at while it
//! works.

use super::made::{coco, folder, jpeg, zip};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Bytes that an import may take beside what a small one takes.
const MOST: u64 = 64_000_000;

/// Imports it with the real program; answers whether it came in, what was said, and the most memory it had, in bytes.
fn imported(path: &Path) -> (bool, String, u64) {
    let home = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .args(["import", "--json"])
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

fn small() -> u64 {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("set.json", coco(&["a.jpg"]).to_string().into_bytes()), ("a.jpg", jpeg(0))]);
    let (done, said, most) = imported(dir.path());
    assert!(done && most > 0, "{said}");
    most
}

/// A COCO file of one picture and what `write` adds to its annotations.
fn set(dir: &Path, write: impl Fn(&mut dyn Write)) {
    folder(dir, &[("a.jpg", jpeg(0))]);
    let mut out = BufWriter::new(File::create(dir.join("set.json")).unwrap());
    write!(out, "{{\"images\":[{{\"id\":1,\"file_name\":\"a.jpg\"}}],\"categories\":[{{\"id\":1,\"name\":\"x\"}}],\"annotations\":[").unwrap();
    write(&mut out);
    write!(out, "{{\"id\":0,\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,9,9]}}]}}").unwrap();
}

#[test]
fn a_large_file_takes_little_more_than_a_small_one() {
    let small = small();
    for (what, write) in [
        (
            "what is not looked at",
            (|out: &mut dyn Write| {
                for n in 0..200_000 {
                    write!(out, "{{\"id\":{n},\"image_id\":2,\"category_id\":1,\"bbox\":[1,1,9,9],\"segmentation\":[[1,1,2,2,3,3,4,4,5,5]],\"caption\":\"a thing that nobody asked for\"}},").unwrap();
                }
            }) as fn(&mut dyn Write),
        ),
        ("one text", |out| {
            write!(out, "{{\"id\":\"").unwrap();
            (0..80_000).for_each(|_| out.write_all(&[b'x'; 1_000]).unwrap());
            write!(out, "\",\"image_id\":1}},").unwrap();
        }),
        ("one mask", |out| {
            write!(out, "{{\"segmentation\":{{\"counts\":[").unwrap();
            (0..4_000_000).for_each(|_| out.write_all(b"1,").unwrap());
            write!(out, "1]}},\"image_id\":1}},").unwrap();
        }),
    ] {
        let dir = TempDir::new().unwrap();
        set(dir.path(), write);
        let (done, said, most) = imported(dir.path());
        assert!(done, "{what}: {said}");
        assert!(most < small + MOST, "{what}: {most} bytes, a small one {small}");
    }
}

#[test]
fn what_is_too_much_to_keep_is_refused_within_bounds() {
    let small = small();
    for (what, refusal, write) in [
        (
            "labels",
            "too many pictures and labels",
            (|out: &mut dyn Write| {
                for n in 0..400_000 {
                    write!(out, "{{\"id\":{n},\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,9,9],").unwrap();
                    write!(out, "\"attributes\":{{\"by\":\"Ada\"}}}},").unwrap();
                }
            }) as fn(&mut dyn Write),
        ),
        ("depth", "nest more than 100 deep", |out| (0..5_000_000).for_each(|_| out.write_all(b"[").unwrap())),
    ] {
        let dir = TempDir::new().unwrap();
        set(dir.path(), write);
        let (done, said, most) = imported(dir.path());
        assert!(!done && said.contains(refusal), "{what}: {said}");
        assert!(most < small + MOST, "{what}: {most} bytes, a small one {small}");
    }
}

#[test]
fn bombs_are_refused_within_bounds() {
    let small = small();
    let zeros = vec![b' '; 200_000_000];
    let mut path = tempfile::NamedTempFile::new().unwrap();
    std::io::copy(&mut zip(&[("set.json", zeros), ("a.jpg", jpeg(0))]), &mut path).unwrap();
    let (done, said, most) = imported(path.path());
    assert!(!done && said.contains("set.json"), "{said}");
    assert!(most < small + MOST, "{most} bytes, a small one {small}: {said}");
}
