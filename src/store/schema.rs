//! The version of the layout on disk, and the steps from older ones.
//!
//! The file `schema` holds the version as decimal text. A newer one is refused, an older one is upgraded step by step;
//! each step must be safe to run again, since a power cut may come before its version is written.

use super::durable::{Files, SMALL};
use super::error::{Result, StoreError};
use super::tables::models::deployed;
use std::path::Path;

/// The version this program writes.
pub const VERSION: u32 = 8;

/// Where a backup is unpacked, in the data folder; and its name once it is whole, until all of it is in its place.
pub const UNPACKED: &str = "restoring";
pub const WHOLE: &str = "restored";

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
    Step {
        from: 3,
        what: "small records have checksums; what is live is kept twice",
        // What is on disk has none until it is written again; an older program could not read what has.
        run: |files, dir| {
            let [first, second] = deployed(&dir.join("models"));
            match files.read(&first, SMALL)? {
                Some(bytes) => files.replace(&second, &bytes),
                None => Ok(()),
            }
        },
    },
    Step {
        from: 4,
        what: "frames name the clip that they are of",
        // None there is does. An older program would drop it, so it must not open it.
        run: |_, _| Ok(()),
    },
    Step {
        from: 5,
        what: "frames say why they were kept",
        // The same.
        run: |_, _| Ok(()),
    },
    Step {
        from: 6,
        what: "cameras may have models of their own",
        // None has one yet. An older program would forget them with the next deployment.
        run: |_, _| Ok(()),
    },
    Step {
        from: 7,
        what: "labels tell which objects of a clip go or come with their frame",
        // None does yet. An older program would drop it, so it must not open it.
        run: |_, _| Ok(()),
    },
];

/// Writes the version of a new store; checks and upgrades that of an old one.
pub fn check_and_upgrade(files: &Files, dir: &Path) -> Result<()> {
    is_restored(files, dir)?;
    bring_up(files, dir, VERSION, STEPS)
}

/// Whether there is a store in a folder; an error where one is being restored there.
pub fn is_store(files: &Files, dir: &Path) -> Result<bool> {
    is_restored(files, dir)?;
    has_store(files, dir)
}

/// Whether there is anything of a store in a folder.
pub fn has_store(files: &Files, dir: &Path) -> Result<bool> {
    for name in ["schema", "labels.journal", "segments"] {
        if files.is_there(&dir.join(name))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Error: a restore into this folder was cut short, and it is no store before it is done.
fn is_restored(files: &Files, dir: &Path) -> Result<()> {
    for path in [UNPACKED, WHOLE].map(|name| dir.join(name)) {
        if files.is_there(&path)? {
            return Err(StoreError::Invalid(format!(
                "a restore into {} was cut short, so there is no whole store in it: `fieldcoach restore FILE` again brings \
                 it to its end, or empty that folder ({} is there)",
                dir.display(),
                path.display()
            )));
        }
    }
    Ok(())
}

fn bring_up(files: &Files, dir: &Path, newest: u32, steps: &[Step]) -> Result<()> {
    let path = dir.join("schema");
    let text = match files.read(&path, SMALL)? {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => {
            if has_store(files, dir)? {
                files.note(format!("{} is missing; the store is taken to be of schema {newest}", path.display()));
            }
            return files.replace(&path, format!("{newest}\n").as_bytes());
        }
    };
    let Some(mut version) = text.trim().parse::<u32>().ok().filter(|version| *version > 0) else {
        files.note(format!("{} can't be read; the store is taken to be of schema {newest}", path.display()));
        files.set_aside(&path)?;
        return files.replace(&path, format!("{newest}\n").as_bytes());
    };
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
    fn a_newer_version_is_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "99");
        let error = check_and_upgrade(&files(), dir.path()).unwrap_err();
        assert!(matches!(&error, StoreError::Schema(t) if t.contains("newer fieldcoach")), "{error}");
    }

    #[test]
    fn a_version_that_is_lost_is_told_and_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("segments")).unwrap();
        for text in [None, Some(""), Some("soup"), Some("0")] {
            let files = files();
            let _ = std::fs::remove_file(dir.path().join("schema"));
            text.into_iter().for_each(|text| write(dir.path(), text));
            check_and_upgrade(&files, dir.path()).unwrap();
            assert!(files.notes().iter().any(|note| note.contains("is taken to be of schema")), "{text:?}");
            assert_eq!(std::fs::read_to_string(dir.path().join("schema")).unwrap(), format!("{VERSION}\n"));
        }
    }
}
