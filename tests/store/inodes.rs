//! A disk with room for bytes and for no further file.

use super::own_disk::on_own_disk;
use super::*;
use fieldcoach::domain::Watch;
use std::fs::File;

const CHILD: &str = "FIELDCOACH_TEST_NO_INODES";

/// Not a test of its own: what the other does on a disk of its own. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let (disk, dir) = (PathBuf::from(&dir), PathBuf::from(dir).join("data"));
    let store = open(&dir);
    store.add_category(category("cell")).unwrap();
    let frames: Vec<FrameId> = (0..20).map(|i| add(&store, i).id).collect();
    let fill = || (0..).take_while(|i| File::create(disk.join(format!("{}-{i}", FrameId::new()))).is_ok()).count();
    fill();
    let label = |store: &Store, revision| {
        for id in &frames {
            put(store, *id, revision, vec![boxed("cell", 1.0)]).unwrap();
        }
    };
    label(&store, 0);
    store.add_category(category("dent")).unwrap();
    // The first goes through with the inode of the ballast.
    let refused = (0..9).find_map(|_| (fill(), store.put_watch(&Watch::default())).1.err()).unwrap();
    assert!(matches!(&refused, StoreError::Full(why) if why.contains("inodes")), "{refused}");
    drop(store);
    fill();
    let store = open(&dir);
    label(&store, 1);
    for item in std::fs::read_dir(&disk).unwrap().map(|item| item.unwrap().path()).filter(|path| path.is_file()) {
        std::fs::remove_file(item).unwrap();
    }
    store.put_watch(&Watch::default()).unwrap();
    assert_sound(&store);
    println!("done");
}

#[test]
fn it_is_told_as_what_it_is_and_labels_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--exact", "inodes::child"];
    let Some(output) = on_own_disk(dir.path(), "220M,nr_inodes=200", CHILD, &arguments) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("done"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
