use super::*;
use crate::store::disk::Real;

fn files() -> (tempfile::TempDir, Files) {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::on(Arc::new(Real), dir.path());
    (dir, files)
}

#[test]
fn replacing_leaves_the_new_content_and_no_temporary_file() {
    let (dir, files) = files();
    let path = dir.path().join("a.json");
    files.replace(&path, b"one, and longer").unwrap();
    files.replace(&path, b"two").unwrap();
    assert_eq!(files.read(&path, SMALL).unwrap().unwrap(), b"two");
    assert_eq!(files.list(dir.path()).unwrap().len(), 1);
}

#[test]
fn appends_follow_one_another_and_a_cut_takes_back() {
    let (dir, files) = files();
    let path = dir.path().join("f");
    let mut file = files.create(&path).unwrap();
    assert_eq!(file.append(b"abc").unwrap(), 0);
    assert_eq!(file.append(b"def").unwrap(), 3);
    file.keep_room(1 << 20);
    file.cut(4).unwrap();
    file.append(b"X").unwrap();
    file.sync().unwrap();
    assert_eq!(files.read(&path, 5).unwrap().unwrap(), b"abcdX");
    assert!(matches!(files.read(&path, 4), Err(StoreError::Damaged(_))));
}
