//! A store to bring things to, and what is in it afterwards.

use super::made::{folder, zip};
use fieldcoach::dataset::import::{self, ImportError, ImportReport, Manner};
use fieldcoach::domain::{Frame, FrameLabels, Phase};
use fieldcoach::picture::{self, Bounds};
use fieldcoach::store::{FrameQuery, Options, Store};
use fieldcoach::turns::Turns;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;

pub struct Home {
    pub store: Store,
    _dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let options = Options { dir: dir.path().join("store"), budget: 1_000_000_000, reserve: 0 };
        Self { store: Store::open(options).unwrap(), _dir: dir }
    }

    pub fn take(&self, path: &Path, manner: Manner) -> Result<ImportReport, ImportError> {
        import::path(&self.store, path, &manner, &mut |_, _| ControlFlow::Continue(()))
    }

    pub fn take_zip(&self, zip: File) -> Result<ImportReport, ImportError> {
        self.take_zip_as(zip, Manner::default())
    }

    pub fn take_zip_as(&self, zip: File, manner: Manner) -> Result<ImportReport, ImportError> {
        let on = &mut |_, _| ControlFlow::Continue(());
        import::zip(&self.store, zip, Bounds::default(), &Turns::at_pictures(), &manner, on)
    }

    pub fn frames(&self) -> Vec<(Frame, FrameLabels)> {
        let frames = self.store.frames(&FrameQuery { limit: 1_000, ..FrameQuery::default() }).unwrap().items;
        let labels = |frame: Frame| {
            let labels = self.store.labels(frame.id).unwrap();
            (frame, labels)
        };
        frames.into_iter().map(labels).collect()
    }

    /// Of each frame by the last part of its name: its labels, and whether it counts as labelled.
    pub fn by_name(&self) -> BTreeMap<String, (usize, bool)> {
        let last = |frame: &Frame| frame.name.as_ref().unwrap().rsplit(['/', '\\']).next().unwrap().to_owned();
        let frames = self.frames().into_iter();
        frames.map(|(f, l)| (last(&f), (l.labels.len(), f.phase > Phase::Unlabelled))).collect()
    }

    /// Every box lies on a block of the colour that its category is called after, from edge to edge.
    pub fn assert_on_blocks(&self, what: &str) {
        for (frame, labels) in self.frames() {
            let picture = picture::decode(&self.store.jpeg(frame.id).unwrap(), Bounds::default()).unwrap();
            for label in labels.labels {
                let channel = ["red", "green", "blue"].iter().position(|c| *c == label.category).unwrap();
                let b = label.bbox.unwrap();
                for (u, v) in [(0.5, 0.5), (0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)] {
                    let (x, y) = ((b.x + b.width * u) as u32, (b.y + b.height * v) as u32);
                    let pixel = picture.get_pixel(x, y).0;
                    let strongest = (0..3).max_by_key(|c| pixel[*c]).unwrap();
                    assert!(
                        strongest == channel && pixel[channel] > 90,
                        "{what}: {} of {:?} at {b:?} is {pixel:?} at {x}, {y}",
                        label.category,
                        frame.name
                    );
                }
            }
        }
    }
}

/// The names of the kinds of a report, with their counts.
pub fn kinds(remarks: &[import::Remark]) -> Vec<(&str, u64)> {
    remarks.iter().map(|remark| (remark.kind.as_str(), remark.count)).collect()
}

/// A folder of these files, brought to a new store.
pub fn taken_as(files: &[(&str, Vec<u8>)], manner: Manner) -> (Home, ImportReport) {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    let home = Home::new();
    let report = home.take(dir.path(), manner).unwrap();
    (home, report)
}

/// The same, as it is brought where nobody says otherwise.
pub fn taken(files: &[(&str, Vec<u8>)]) -> (Home, ImportReport) {
    taken_as(files, Manner::default())
}

/// Why a folder of these files is refused.
pub fn refused(files: &[(&str, Vec<u8>)], manner: Manner) -> String {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    Home::new().take(dir.path(), manner).unwrap_err().to_string()
}

/// Brings them as a folder and as a ZIP, with what some systems put into ZIPs; both must come to the same.
pub fn taken_twice(what: &str, files: &[(&str, Vec<u8>)], manner: Manner) -> (Home, ImportReport) {
    let (home, report) = taken_as(files, manner);
    let mut hidden = files.to_vec();
    hidden.push(("__MACOSX/._a.xml", b"\0\x05\x16\x07".to_vec()));
    hidden.push((".DS_Store", b"\0\0\0\x01Bud1".to_vec()));
    let again = Home::new().take_zip_as(zip(&hidden), manner).unwrap_or_else(|e| panic!("{what}, zipped: {e}"));
    let counts = |r: &ImportReport| (r.frames, r.labels, r.categories, r.already, r.unlabelled);
    assert_eq!(counts(&again), counts(&report), "{what}, zipped: {again:?}");
    assert_eq!(kinds(&again.left_out), kinds(&report.left_out), "{what}, zipped");
    assert_eq!(kinds(&again.notes), kinds(&report.notes), "{what}, zipped");
    (home, report)
}
