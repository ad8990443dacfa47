//! Takes in what a test makes, as a folder and as a ZIP, which must come to the same.

use super::home::{Home, taken_twice};
use fieldcoach::dataset::import::{ImportReport, Manner};
use fieldcoach::domain::Label;

pub fn taken(what: &str, files: &[(&str, Vec<u8>)]) -> (Home, ImportReport) {
    taken_twice(what, files, Manner::default())
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
