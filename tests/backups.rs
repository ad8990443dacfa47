//! Copies for people, by the real program: what they must not overwrite, and what of the store can't be read.

mod common;
#[path = "common/process.rs"]
mod process;

use common::folder;
use process::{Process, asked, labelled};
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

/// Every file of a folder, but those of its index and what a process that runs there keeps; with its bytes.
fn all(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![];
    for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        let kept = ["index", "lock", "ballast", "control.sock"].contains(&name.as_str());
        if !kept && entry.is_dir() {
            files.extend(all(&entry).into_iter().map(|(inside, bytes)| (format!("{name}/{inside}"), bytes)));
        } else if !kept {
            files.push((name, std::fs::read(&entry).unwrap()));
        }
    }
    files.sort();
    files
}

/// What a command says, and the status it ends with.
fn status(dir: &Path, arguments: &[&str]) -> (i32, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .arg("--config")
        .arg(dir.join("config.toml"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [program.stdout, program.stderr].concat();
    (program.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_nowhere_where_it_would_harm() {
    let (dir, other) = (folder(), folder());
    let (daemon, _) = labelled(dir.path()).await;
    let data = dir.path().join("data");
    symlink(data.join("labels.journal"), other.path().join("link")).unwrap();
    symlink(&data, other.path().join("folder")).unwrap();
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let there = [at(&data.join("labels.journal")), at(&data.join("new.tar")), at(&other.path().join("link"))];
    let inside = [there.as_slice(), &[at(&other.path().join("folder/segments/new.tar"))]].concat();
    let refuse = |running: bool| {
        let before = all(&data);
        for target in &inside {
            let (content, said) = asked(dir.path(), &["backup", target]);
            assert!(!content && said.contains("the data folder"), "{target}: {said}");
        }
        for (target, word) in [("/dev/null", "a device"), (other.path().to_str().unwrap(), "a folder")] {
            let (content, said) = asked(dir.path(), &["backup", target]);
            assert!(!content && said.contains(word), "{target}: {said}");
        }
        if !running {
            for target in [&at(&data), &at(&data.join("segments/out")), &at(&other.path().join("folder"))] {
                let (content, said) = asked(dir.path(), &["export", "coco", target]);
                assert!(!content && said.contains("the data folder"), "{target}: {said}");
            }
        }
        // Whoever opens the store adds to its files; nothing else is done to them.
        for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("labels") || name.starts_with("seg")) {
            let now = std::fs::read(data.join(name)).unwrap();
            assert!(now.starts_with(bytes), "{name} was changed");
        }
        let names = |files: Vec<(String, Vec<u8>)>| files.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(all(&data)), names(before));
    };
    refuse(true);
    assert!(daemon.terminate().success());
    refuse(false);
    let mut left: Vec<_> = std::fs::read_dir(other.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["folder", "link"]);

    // More than there is room for, with what stays free: nothing is written either.
    let config = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
    std::fs::write(dir.path().join("config.toml"), config.replace("\"1 MB\"", "\"900 TB\"")).unwrap();
    for arguments in [vec!["backup", "b.tar"], vec!["export", "yolo", "out"]] {
        let target = at(&dir.path().join(arguments[arguments.len() - 1]));
        let arguments = [&arguments[..arguments.len() - 1], &[target.as_str()]].concat();
        let (content, said) = asked(dir.path(), &arguments);
        assert!(!content && said.contains("stay free (store.reserve)"), "{said}");
        assert!(!Path::new(&target).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_what_can_be_read_and_lists_the_rest() {
    let (dir, other) = (folder(), folder());
    let (daemon, frames) = labelled(dir.path()).await;
    assert!(daemon.terminate().success());
    let data = dir.path().join("data");
    let file = other.path().join("backup.tar");
    let file = file.to_str().unwrap();
    let (code, said) = status(dir.path(), &["backup", file]);
    assert_eq!(code, 0, "{said}");
    // A bit of a picture, and one of labels.
    let turn = |path: &Path, frame: &str| {
        let bytes = std::fs::read(path).unwrap();
        let id = frame.parse::<fieldcoach::domain::FrameId>().unwrap();
        let at = bytes.windows(16).rposition(|some| some == id.0.as_bytes()).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.write_all_at(&[bytes[at + 200] ^ 4], at as u64 + 200).unwrap();
    };
    turn(&data.join("segments/0000000001.seg"), &frames[3]);
    turn(&data.join("labels.journal"), &frames[5]);
    for running in [false, true] {
        let daemon = running.then(|| Process::start(dir.path()));
        let (code, said) = status(dir.path(), &["backup", file]);
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(&frames[3]) && said.contains("labels.journal: "), "{said}");
        if let Some(daemon) = daemon {
            daemon.kill();
        }
    }
    let (code, said) = status(dir.path(), &["export", "coco", other.path().join("out").to_str().unwrap()]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains(&frames[3]) && said.contains(&frames[5]) && said.contains("10 frames"), "{said}");

    // The rest is worth having.
    let config = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
    let (from, to) = (dir.path().to_str().unwrap(), other.path().to_str().unwrap());
    std::fs::write(other.path().join("config.toml"), config.replace(from, to)).unwrap();
    let (_, said) = status(other.path(), &["restore", file]);
    assert!(said.contains("could not be read when the backup was taken") && said.contains(&frames[3]), "{said}");
    let daemon = Process::start(other.path());
    let labels = daemon.get(&format!("frames/{}/labels", frames[4])).await;
    assert_eq!(labels["revision"], 1, "{labels}");
    daemon.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_leaves_the_one_before_and_nothing_that_looks_like_one() {
    let (dir, other) = (folder(), folder());
    let (daemon, _) = labelled(dir.path()).await;
    assert!(daemon.terminate().success());
    let file = other.path().join("backup.tar");
    std::fs::write(&file, "the one before").unwrap();
    // It takes a while.
    std::fs::File::create(dir.path().join("data/bases/large")).unwrap().set_len(1 << 30).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .arg("--config")
        .arg(dir.path().join("config.toml"))
        .args(["backup", file.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = other.path().join("backup.tar.fieldcoach-unfinished");
    while !part.metadata().is_ok_and(|found| found.len() > 1 << 20) {
        assert!(program.try_wait().unwrap().is_none(), "it was too quick");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"the one before");
    let (content, said) = asked(dir.path(), &["restore", part.to_str().unwrap()]);
    assert!(!content, "{said}");
    // The next one clears that away.
    std::fs::remove_file(dir.path().join("data/bases/large")).unwrap();
    let (content, said) = asked(dir.path(), &["backup", file.to_str().unwrap()]);
    assert!(content && !part.exists(), "{said}");
}
