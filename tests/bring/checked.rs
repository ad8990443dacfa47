//! What the reference reader of COCO files, pycocotools, finds in what we write, and what we find in what it reads.

use super::home::Home;
use super::made::{coco, folder, jpeg};
use fieldcoach::dataset::export::{self, Format};
use fieldcoach::dataset::import::Manner;
use fieldcoach::domain::Phase;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = r#"
import json, sys
from pycocotools.coco import COCO
coco = COCO(sys.argv[1])
names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
found = {}
for image in coco.loadImgs(coco.getImgIds()):
    boxes = [[names[a["category_id"]], *map(float, a["bbox"])] for a in coco.loadAnns(coco.getAnnIds(image["id"], iscrowd=False))]
    found[image["file_name"].split("/")[-1]] = sorted(boxes)
json.dump(found, sys.stderr)
"#;

type Boxes = BTreeMap<String, Vec<(String, f32, f32, f32, f32)>>;

/// The boxes of a file as pycocotools reads it, picture by picture.
fn theirs(json: &Path) -> Option<Boxes> {
    let Some(python) = std::env::var_os("FIELDCOACH_PYTHON") else {
        eprintln!("skipped: FIELDCOACH_PYTHON names no Python with pycocotools");
        return None;
    };
    let said = Command::new(python).args(["-c", PROGRAM]).arg(json).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(serde_json::from_slice(&said.stderr).unwrap())
}

/// Those in the store.
fn ours(home: &Home) -> Boxes {
    let labelled = home.frames().into_iter().filter(|(frame, _)| frame.phase > Phase::Unlabelled);
    let boxes = labelled.map(|(frame, labels)| {
        let name = frame.name.unwrap().rsplit('/').next().unwrap().to_owned();
        let boxes = labels.labels.iter().map(|l| {
            let b = l.bbox.unwrap();
            (l.category.clone(), b.x, b.y, b.width, b.height)
        });
        let mut boxes: Vec<_> = boxes.collect();
        boxes.sort_by(|a, b| a.partial_cmp(b).unwrap());
        (name, boxes)
    });
    boxes.collect()
}

#[test]
fn every_box_is_where_pycocotools_has_it() {
    let dir = TempDir::new().unwrap();
    let mut set = coco(&["a.jpg", "b.jpg"]);
    for (i, annotation) in set["annotations"].as_array_mut().unwrap().iter_mut().enumerate() {
        annotation["bbox"][0] = serde_json::json!(3.125 + i as f32 * 1.7);
    }
    folder(dir.path(), &[("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    let home = Home::new();
    home.take(dir.path(), Manner::default()).unwrap();
    let Some(read) = theirs(&dir.path().join("set.json")) else { return };
    assert_eq!(ours(&home), read);
    let out = dir.path().join("out");
    export::folder(&home.store, Format::Coco, &out, &mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(ours(&home), theirs(&out.join("annotations.json")).unwrap());
}

#[test]
fn every_box_of_real_photographs_is_where_pycocotools_has_it() {
    let json = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bccd/test.json");
    if !json.is_file() {
        eprintln!("skipped: no {}", json.display());
        return;
    }
    let home = Home::new();
    let report = home.take(&json, Manner::default()).unwrap();
    let Some(mut read) = theirs(&json) else { return };
    // Boxes that reach over the edge are cut off there.
    let (mut ours, mut apart) = (ours(&home), 0);
    for (name, theirs) in &mut read {
        let own = ours.remove(name).unwrap_or_default();
        apart += theirs.iter().filter(|b| !own.contains(b)).count();
    }
    assert!(
        ours.is_empty() && apart as u64 <= report.left_out.iter().map(|r| r.count).sum::<u64>() + 5,
        "{apart} {report:?}"
    );
}
