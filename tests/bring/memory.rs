//! However large what comes is, an import takes little more memory than a small one: the real program, looked at while it
//! works.

use super::made::{folder, jpeg, zip};
use super::peak::{MOST, imported, imported_as, small};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::TempDir;

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
fn numbers_without_end_take_no_memory() {
    let small = small();
    let boxed = TempDir::new().unwrap();
    set(boxed.path(), |out| {
        write!(out, "{{\"image_id\":1,\"category_id\":1,\"bbox\":[").unwrap();
        (0..4_000_000).for_each(|_| out.write_all(b"1,").unwrap());
        write!(out, "1]}},").unwrap();
    });
    let lines = TempDir::new().unwrap();
    let line = [&b"0"[..], &b" 0.5".repeat(3_800_000)].concat();
    folder(lines.path(), &[("data.yaml", b"names: [x]".to_vec()), ("a.jpg", jpeg(0)), ("a.txt", line)]);
    for dir in [boxed, lines] {
        let (done, said, most) = imported(dir.path());
        assert!(done, "{said}");
        assert!(most < small + MOST, "{most} bytes, a small one {small}: {said}");
    }
}

#[test]
fn what_is_too_much_to_keep_is_refused_within_bounds() {
    let small = small();
    for (what, refusal, write) in [
        (
            "ids",
            "too many pictures and labels",
            (|out: &mut dyn Write| {
                for n in 0..1_000_000 {
                    write!(
                        out,
                        "{{\"id\":\"a long id, of which there are many {n}\",\"image_id\":1,\"category_id\":1}},"
                    )
                    .unwrap();
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
fn a_picture_of_a_million_labels_has_those_that_it_may_have() {
    let small = small();
    let dir = TempDir::new().unwrap();
    set(dir.path(), |out| {
        for n in 0..1_000_000 {
            write!(out, "{{\"id\":{n},\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,9,9]}},").unwrap();
        }
    });
    let (done, said, most) = imported(dir.path());
    assert!(done && said.contains("too_many_labels") && said.contains("\"labels\": 10000"), "{said}");
    assert!(most < small + MOST, "{most} bytes, a small one {small}");
}

#[test]
fn a_zip_of_many_pictures_is_read_within_bounds() {
    let small = small();
    let picture = fieldcoach::picture::encode_jpeg(&image::RgbImage::new(8, 8), 90).to_vec();
    let mut files = vec![("data.yaml".to_owned(), b"names: [x]".to_vec())];
    for n in 0..30_000u32 {
        // As long as those of Roboflow. Each picture is another one: nothing after its end is looked at.
        let name = format!("frame_{n:06}_jpg.rf.0123456789abcdef0123456789abcdef");
        files.push((format!("train/images/{name}.jpg"), [&picture[..], &n.to_le_bytes()].concat()));
        let line = if n == 0 { "0 1 2" } else { "0 0.5 0.5 0.5 0.5" };
        files.push((format!("train/labels/{name}.txt"), line.into()));
    }
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let mut path = tempfile::NamedTempFile::new().unwrap();
    std::io::copy(&mut zip(&files), &mut path).unwrap();
    drop(files);
    // All of it is read and settled; what the store takes for what is written is another matter.
    let (done, said, most) = imported_as(path.path(), &["--strict"]);
    assert!(!done && said.contains("not all of it can be taken in"), "{said}");
    assert!(most < small + MOST, "{most} bytes, a small one {small}: {said}");
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
