//! Small files that nobody can do without: each is replaced as a whole, and a copy lies beside it. Where a bit rots in one,
//! the other is taken, and it is told. Where somebody removed the file, that is what they want: its copy goes too.
//!
//! The file is written before its copy, and where both are whole the file counts: what was taken away (a token) does not
//! come back with a copy that is older.

use super::durable::{Files, SMALL};
use super::error::{Result, StoreError};
use super::record::{self, HEADER, Magic};
use super::sealed;
use std::path::Path;

/// A file with its copy, in the data folder.
pub struct Twice {
    pub name: &'static str,
    pub copy: &'static str,
    form: Form,
    /// What it leads to where neither can be read.
    so: &'static str,
}

enum Form {
    /// One record, its body JSON.
    Record(Magic),
    /// TOML below its checksum.
    Text,
}

pub const ACCESS: Twice =
    Twice { name: "access", copy: "access.copy", form: Form::Record(record::ACCESS), so: "nobody is known" };
pub const WATCH: Twice = Twice {
    name: "watch",
    copy: "watch.copy",
    form: Form::Record(record::WATCH),
    so: "everything is watched at the model's own threshold",
};
pub const TOPICS: Twice = Twice {
    name: "topics",
    copy: "topics.copy",
    form: Form::Record(record::TOPICS),
    so: "what a broker keeps of this device under a former name stays there",
};
pub const BROKERS: Twice = Twice {
    name: "brokers",
    copy: "brokers.copy",
    form: Form::Record(record::BROKERS),
    so: "brokers are asked anew for what they did not take",
};
pub const COMMANDS: Twice = Twice {
    name: "commands",
    copy: "commands.copy",
    form: Form::Record(record::COMMANDS),
    so: "a command that comes again under its id is carried out again",
};
pub const ENTITIES: Twice = Twice {
    name: "entities",
    copy: "entities.copy",
    form: Form::Record(record::ENTITIES),
    so: "what Home Assistant made of categories and cameras that are gone stays there",
};
pub const SETTINGS: Twice = Twice {
    name: "settings.toml",
    copy: "settings.copy.toml",
    form: Form::Text,
    so: "the configuration holds without what was set at a distance",
};
const ALL: [&Twice; 7] = [&ACCESS, &WATCH, &TOPICS, &BROKERS, &COMMANDS, &ENTITIES, &SETTINGS];

/// What lies under a name.
pub enum Found {
    Nothing,
    /// Its bytes, checksum and all.
    Whole(Vec<u8>),
    /// Why it can't be used, and its bytes where they could be read.
    Bad(String, Vec<u8>),
}

/// At an opening: of each the file that is whole counts, and its copy is made like it.
pub fn settle(files: &Files, dir: &Path) -> Result<()> {
    ALL.iter().try_for_each(|twice| twice.settle(files, dir))
}

/// What is wrong with any of them, in words.
pub fn check(files: &Files, dir: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for twice in ALL {
        for path in [twice.name, twice.copy].map(|name| dir.join(name)) {
            if let Found::Bad(why, _) = twice.look(files, &path)? {
                wrong.push(format!("{} can't be used: {why}; the next start sees to it", path.display()));
            }
        }
    }
    Ok(wrong)
}

impl Twice {
    /// What is in use: the file, or its copy where the file is damaged. `Bad` tells of both.
    pub fn read(&self, files: &Files, dir: &Path) -> Result<Found> {
        let found = self.look(files, &dir.join(self.name))?;
        let Found::Bad(why, bytes) = found else { return Ok(found) };
        Ok(match self.look(files, &dir.join(self.copy))? {
            Found::Whole(copy) => {
                tracing::warn!("{} can't be used, so its copy is: {why}", dir.join(self.name).display());
                Found::Whole(copy)
            }
            Found::Nothing | Found::Bad(..) => Found::Bad(why, bytes),
        })
    }

    /// What was written, of bytes that are whole: without their checksum.
    pub fn content(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self.form {
            Form::Record(_) => bytes.split_off(HEADER.min(bytes.len())),
            Form::Text => sealed::content_of_text(&bytes).to_vec(),
        }
    }

    /// Replaces both; on disk when this returns.
    pub fn replace(&self, files: &Files, dir: &Path, content: &[u8]) -> Result<()> {
        let bytes = match self.form {
            Form::Record(magic) => record::encode(magic, [0; 16], &[], content)?,
            Form::Text => sealed::text(content),
        };
        files.replace(&dir.join(self.name), &bytes)?;
        files.replace(&dir.join(self.copy), &bytes)
    }

    /// It can be read, and makes no sense: put aside, and its copy with it.
    pub fn set_aside(&self, files: &Files, dir: &Path, why: &str) -> Result<()> {
        let path = dir.join(self.name);
        files.note(format!("{} can't be read, so {}: {why}; it is put aside", path.display(), self.so));
        files.remove(&dir.join(self.copy))?;
        files.set_aside(&path)
    }

    fn settle(&self, files: &Files, dir: &Path) -> Result<()> {
        let (path, copy) = (dir.join(self.name), dir.join(self.copy));
        match (self.look(files, &path)?, self.look(files, &copy)?) {
            (Found::Nothing, Found::Nothing) => Ok(()),
            (Found::Whole(bytes), Found::Whole(same)) if bytes == same => Ok(()),
            (Found::Whole(bytes), second) => {
                if let Found::Bad(why, _) = second {
                    files.note(format!("{} can't be used: {why}; it is written anew", copy.display()));
                    clear(files, &copy)?;
                }
                self.copied(files, &copy, &bytes);
                Ok(())
            }
            (Found::Nothing, _) => {
                files.note(format!("{} is not there, so {}: its copy goes", path.display(), self.so));
                clear(files, &copy)?;
                files.remove(&copy)
            }
            (Found::Bad(why, bytes), Found::Whole(whole)) => {
                files.note(format!("{} can't be used: {why}; its copy is taken, and it is put aside", path.display()));
                match files.is_folder(&path)? {
                    true => files.set_aside(&path)?,
                    // Its name is never without a file: without, nobody would be known.
                    false => drop(files.replace(&dir.join(format!("{}.damaged", self.name)), &bytes)),
                }
                files.rename(&copy, &path)?;
                self.copied(files, &copy, &whole);
                Ok(())
            }
            (Found::Bad(why, _), second) => {
                if let Found::Bad(..) = second {
                    files.note(format!("{} can't be used either", copy.display()));
                    files.set_aside(&copy)?;
                }
                files.note(format!("{} can't be read, so {}: {why}; it is put aside", path.display(), self.so));
                files.set_aside(&path)
            }
        }
    }

    /// A disk that takes no copy now stops nothing.
    fn copied(&self, files: &Files, copy: &Path, bytes: &[u8]) {
        if let Err(error) = files.replace(copy, bytes) {
            tracing::warn!("there is no copy of {} yet: {error}", self.name);
        }
    }

    fn look(&self, files: &Files, path: &Path) -> Result<Found> {
        if let Some(other) = files.other_than_file(path)? {
            return Ok(Found::Bad(format!("it is {other}"), vec![]));
        }
        let bytes = match files.read(path, SMALL) {
            Ok(None) => return Ok(Found::Nothing),
            Ok(Some(bytes)) => bytes,
            Err(error @ (StoreError::Io { .. } | StoreError::Damaged(_))) => {
                return Ok(Found::Bad(error.to_string(), vec![]));
            }
            Err(error) => return Err(error),
        };
        let whole = match self.form {
            Form::Record(magic) => record::verify(&bytes, magic).map(drop).map_err(|error| error.to_string()),
            Form::Text => sealed::verify_text(&bytes),
        };
        Ok(match whole {
            Ok(()) => Found::Whole(bytes),
            Err(why) => Found::Bad(why, bytes),
        })
    }
}

/// Nothing of ours makes anything but a file there.
fn clear(files: &Files, path: &Path) -> Result<()> {
    match files.other_than_file(path)? {
        Some(_) => files.set_aside(path),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;
    use std::path::PathBuf;
    use std::sync::Arc;

    fn begun() -> (tempfile::TempDir, Files, [PathBuf; 2]) {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::on(Arc::new(Real), dir.path());
        SETTINGS.replace(&files, dir.path(), b"fps = 1\n").unwrap();
        let paths = [SETTINGS.name, SETTINGS.copy].map(|name| dir.path().join(name));
        (dir, files, paths)
    }

    #[test]
    fn where_one_is_damaged_the_other_is_taken_and_made_anew() {
        for of in 0..2 {
            let (dir, files, paths) = begun();
            let whole = std::fs::read(&paths[0]).unwrap();
            for harm in [&b""[..], &whole[..whole.len() - 3], &[&whole[..], b"x"].concat()] {
                std::fs::write(&paths[of], harm).unwrap();
                assert!(matches!(SETTINGS.read(&files, dir.path()).unwrap(), Found::Whole(bytes) if bytes == whole));
                assert_eq!(check(&files, dir.path()).unwrap().len(), 1);
                settle(&files, dir.path()).unwrap();
                assert_eq!(paths.clone().map(|path| std::fs::read(path).unwrap()), [whole.clone(), whole.clone()]);
            }
            assert_eq!(files.notes().len(), 3, "{:?}", files.notes());
        }
    }

    #[test]
    fn where_both_are_whole_the_file_counts_and_where_it_was_removed_nothing_does() {
        let (dir, files, paths) = begun();
        let newer = sealed::text(b"fps = 2\n");
        std::fs::write(&paths[0], &newer).unwrap();
        settle(&files, dir.path()).unwrap();
        assert_eq!((std::fs::read(&paths[1]).unwrap(), files.notes().len()), (newer, 0));
        std::fs::remove_file(&paths[0]).unwrap();
        assert!(matches!(SETTINGS.read(&files, dir.path()).unwrap(), Found::Nothing));
        settle(&files, dir.path()).unwrap();
        assert!(!paths[1].exists() && files.notes()[0].contains("its copy goes"), "{:?}", files.notes());
    }

    #[test]
    fn where_neither_is_whole_that_is_told_and_both_are_kept_for_whoever_wants_to_look() {
        let (dir, files, paths) = begun();
        paths.iter().for_each(|path| std::fs::write(path, "").unwrap());
        settle(&files, dir.path()).unwrap();
        assert!(matches!(SETTINGS.read(&files, dir.path()).unwrap(), Found::Nothing));
        assert!(files.notes().iter().any(|note| note.contains("the configuration holds without")));
        assert!(dir.path().join("settings.toml.damaged").exists());
    }
}
