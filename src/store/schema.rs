//! The version of the layout on disk, and the steps from older ones.
//!
//! The file `schema` holds the version as decimal text. A newer one is refused, an older one is upgraded step by step;
//! each step must be safe to run again, since a power cut may come before its version is written.

use super::durable::Files;
use super::error::{Result, StoreError};
use std::path::Path;

/// The version this program writes.
pub const VERSION: u32 = 3;

/// One step of an upgrade: brings a store from version `from` to `from + 1`.
struct Step {
    from: u32,
    what: &'static str,
    run: fn(&Files, &Path) -> Result<()>,
}

/// In order. Version 1 is the first.
const STEPS: &[Step] = &[
    Step {
        from: 1,
        what: "frames name their camera; labels say who set them, how, on which track and how sure",
        // What is on disk stays true: all of it may be absent. An older program would drop it, so it must not open it.
        run: |_, _| Ok(()),
    },
    Step {
        from: 2,
        what: "labels tell what was rejected and who reviewed; unlabelled frames may hold drafts; frames may be deleted",
        // The same.
        run: |_, _| Ok(()),
    },
];

/// Writes the version of a new store; checks and upgrades that of an old one.
pub fn check_and_upgrade(files: &Files, dir: &Path) -> Result<()> {
    bring_up(files, dir, VERSION, STEPS)
}

fn bring_up(files: &Files, dir: &Path, newest: u32, steps: &[Step]) -> Result<()> {
    let path = dir.join("schema");
    let text = match files.read(&path)? {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => {
            if files.is_there(&dir.join("segments"))? || files.is_there(&dir.join("labels.journal"))? {
                return Err(StoreError::Schema(format!(
                    "{} holds a store but its file `schema` is missing, so its version is unknown; restore that file",
                    dir.display()
                )));
            }
            return files.replace(&path, format!("{newest}\n").as_bytes());
        }
    };
    let mut version: u32 = text.trim().parse().map_err(|_| {
        StoreError::Schema(format!("{} holds `{}`, which is no schema version", path.display(), text.trim()))
    })?;
    if version > newest {
        return Err(StoreError::Schema(format!(
            "the store in {} has schema {version}, made by a newer fieldcoach; this one knows schema {newest}. \
             Install the newer version again, or use another data_dir",
            dir.display()
        )));
    }
    while version < newest {
        let step = steps.iter().find(|s| s.from == version).ok_or_else(|| {
            StoreError::Schema(format!("the store in {} has schema {version}, which cannot be upgraded", dir.display()))
        })?;
        tracing::info!(from = version, to = version + 1, "upgrading the store: {}", step.what);
        (step.run)(files, dir)?;
        version += 1;
        files.replace(&path, format!("{version}\n").as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;

    fn files() -> Files {
        Files::on(std::sync::Arc::new(Real), Path::new("."))
    }

    fn write(dir: &Path, text: &str) {
        std::fs::write(dir.join("schema"), text).unwrap();
    }

    fn touch(files: &Files, dir: &Path) -> Result<()> {
        files.replace(&dir.join("upgraded"), b"")
    }

    #[test]
    fn an_older_store_is_upgraded_step_by_step() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "1\n");
        let steps = [
            Step { from: 2, what: "nothing", run: |_, _| Ok(()) },
            Step { from: 1, what: "touches a file", run: touch },
        ];
        bring_up(&files(), dir.path(), 3, &steps).unwrap();
        assert!(dir.path().join("upgraded").exists());
        assert_eq!(std::fs::read_to_string(dir.path().join("schema")).unwrap(), "3\n");
    }

    #[test]
    fn a_failed_step_leaves_the_version_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "1\n");
        let steps = [Step { from: 1, what: "fails", run: |_, _| Err(StoreError::Damaged("no".into())) }];
        assert!(bring_up(&files(), dir.path(), 2, &steps).is_err());
        assert_eq!(std::fs::read_to_string(dir.path().join("schema")).unwrap(), "1\n");
    }

    #[test]
    fn newer_unknown_and_missing_versions_are_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        for (text, part) in [("99", "newer fieldcoach"), ("soup", "no schema version"), ("0", "cannot be upgraded")] {
            write(dir.path(), text);
            let error = check_and_upgrade(&files(), dir.path()).unwrap_err();
            assert!(matches!(&error, StoreError::Schema(t) if t.contains(part)), "{error}");
        }
        std::fs::remove_file(dir.path().join("schema")).unwrap();
        std::fs::create_dir(dir.path().join("segments")).unwrap();
        assert!(matches!(check_and_upgrade(&files(), dir.path()), Err(StoreError::Schema(_))));
    }
}
