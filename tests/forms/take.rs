//! Takes in what a test makes, as a folder and as a ZIP, which must come to the same.

use super::home::{Home, kinds};
use super::made::{folder, zip};
use fieldcoach::dataset::import::{ImportReport, Manner};
use fieldcoach::domain::Label;
use tempfile::TempDir;

pub fn taken(what: &str, files: &[(&str, Vec<u8>)]) -> (Home, ImportReport) {
    taken_as(what, files, Manner::default())
}

pub fn taken_as(what: &str, files: &[(&str, Vec<u8>)], manner: Manner) -> (Home, ImportReport) {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    let (home, zipped) = (Home::new(), Home::new());
    let report = home.take(dir.path(), manner).unwrap_or_else(|e| panic!("{what}: {e}"));
    // With what some systems put into ZIPs.
    let mut hidden = files.to_vec();
    hidden.push(("__MACOSX/._a.xml", b"\0\x05\x16\x07".to_vec()));
    hidden.push((".DS_Store", b"\0\0\0\x01Bud1".to_vec()));
    let again = zipped.take_zip_as(zip(&hidden), manner).unwrap_or_else(|e| panic!("{what}, zipped: {e}"));
    let counts = |r: &ImportReport| (r.frames, r.labels, r.categories, r.already, r.unlabelled);
    assert_eq!(counts(&again), counts(&report), "{what}, zipped: {again:?}");
    assert_eq!(kinds(&again.left_out), kinds(&report.left_out), "{what}, zipped");
    assert_eq!(kinds(&again.notes), kinds(&report.notes), "{what}, zipped");
    (home, report)
}

/// All of it comes in, with nothing to tell, and every box lies on its block.
pub fn whole(what: &str, files: &[(&str, Vec<u8>)], frames: u64) -> Home {
    let (home, report) = taken(what, files);
    assert_eq!((report.frames, report.labels, report.unlabelled), (frames, frames * 3, 0), "{what}: {report:?}");
    assert_eq!((report.left_out, report.notes), (vec![], vec![]), "{what}");
    home.assert_on_blocks(what);
    home
}

/// The labels of the frame whose name ends so.
pub fn labels(home: &Home, name: &str) -> Vec<Label> {
    let mut frames = home.frames();
    frames.retain(|(frame, _)| frame.name.as_deref().is_some_and(|n| n.ends_with(name)));
    assert_eq!(frames.len(), 1, "{name}");
    frames.remove(0).1.labels
}

pub fn boxes(home: &Home, name: &str) -> Vec<[f32; 4]> {
    labels(home, name).iter().map(|label| label.bbox.unwrap().into()).collect()
}
