//! However large a file is, an import takes little more memory than a small one.

use super::made::jpeg;
use super::peak::{MOST, imported, small};
use std::fs::File;
use std::io::{BufWriter, Write};
use tempfile::TempDir;

const CORNERS: usize = 900;

/// An outline as JSON has it, or as CVAT has it.
fn outline(number: usize, json: bool) -> String {
    let corners = (0..CORNERS).map(|i| ((i * 7 + number) % 90, (i * 11) % 95));
    match json {
        true => corners.map(|(x, y)| format!("[{x},{y}]")).collect::<Vec<_>>().join(","),
        false => corners.map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(";"),
    }
}

/// A data set of one picture and a file that is written so; it is taken in or refused, within bounds.
fn bounded(name: &str, small: u64, write: impl Fn(&mut dyn Write) -> std::io::Result<()>) {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("a.jpg"), jpeg(0)).unwrap();
    let mut out = BufWriter::new(File::create(dir.path().join(name)).unwrap());
    write(&mut out).unwrap();
    drop(out);
    let (_, said, most) = imported(dir.path());
    assert!(most < small + MOST, "{name}: {most} bytes, a small one {small}: {said}");
    assert!(said.contains("\"frames\": 1") || said.contains("Nothing was imported"), "{name}: {said}");
}

#[test]
fn large_files_of_every_form_are_read_within_bounds() {
    let small = small();
    bounded("annotations.xml", small, |out| {
        write!(out, "<annotations><image name='a.jpg' width='160' height='120'>")?;
        (0..1_500).try_for_each(|i| write!(out, "<polygon label='red' points='{}'/>", outline(i, false)))?;
        write!(out, "</image></annotations>")
    });
    bounded("a.xml", small, |out| {
        write!(out, "<annotation><filename>a.jpg</filename>")?;
        (0..40_000).try_for_each(|_| {
            write!(out, "<object><name>red</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>")
        })?;
        write!(out, "</annotation>")
    });
    bounded("a.json", small, |out| {
        write!(out, "{{\"shapes\":[")?;
        (0..1_200).try_for_each(|i| write!(out, "{{\"label\":\"red\",\"points\":[{}]}},", outline(i, true)))?;
        write!(out, "{{}}],\"imagePath\":\"a.jpg\",\"imageData\":\"")?;
        (0..10_000).try_for_each(|_| out.write_all(&[b'Q'; 1_000]))?;
        write!(out, "\"}}")
    });
    bounded("tasks.json", small, |out| {
        write!(out, "[{{\"id\":1,\"data\":{{\"image\":\"a.jpg\"}},\"annotations\":[")?;
        for at in 1..=4 {
            write!(out, "{{\"updated_at\":\"2024-01-0{at}T00:00:00Z\",\"result\":[")?;
            (0..250).try_for_each(|i| {
                let points = outline(i, true);
                write!(out, "{{\"value\":{{\"points\":[{points}],\"polygonlabels\":[\"red\"]}}}},")
            })?;
            write!(out, "{{}}]}},")?;
        }
        write!(out, "{{}}]}}]")
    });
}
