//! What to run, and within which limits.

use super::mark::Mark;
use crate::host;
use rustix::fs::Access;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Our own program, by which others are started.
#[derive(Clone, Debug)]
pub struct Launcher(pub(super) PathBuf);

impl Launcher {
    /// The program that runs.
    pub fn own() -> Self {
        Self(host::own_program())
    }

    /// The program at this path, which is ours: for tests, which are another.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

/// A program, what it is given, and its limits.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) name: OsString,
    pub(super) order: Order,
    /// What must not be told of its words.
    pub(super) secrets: Vec<String>,
}

/// What the step between is told, whole: nothing of it stands in its command line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Who is to start it.
    pub parent: i32,
    pub path: Vec<u8>,
    pub arguments: Vec<Vec<u8>>,
    /// What it reads from standard input.
    pub input: Vec<u8>,
    pub memory: Option<u64>,
    pub processor: Option<u64>,
    /// 0 to 19, as `nice` does.
    pub nice: i32,
    /// Value of [`mark::NAME`](super::mark::NAME).
    pub mark: String,
}

/// What a pipe holds: more could not be given to a program that does not read yet.
const MOST_INPUT: usize = 60_000;

impl Program {
    /// A name is looked for in `PATH`; what has a slash in it is a path.
    pub fn new(name: impl Into<OsString>) -> Self {
        let order = Order {
            parent: 0,
            path: Vec::new(),
            arguments: Vec::new(),
            input: Vec::new(),
            memory: None,
            processor: None,
            nice: 0,
            mark: String::new(),
        };
        Self { name: name.into(), order, secrets: Vec::new() }
    }

    /// One more argument. Every user of the machine can read it.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.order.arguments.push(argument.as_ref().as_bytes().to_vec());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// What it reads from standard input, 60 kB at most; nothing, unless this is called. Nobody else can read it.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.order.input = bytes.into();
        self
    }

    /// Bytes of address space, at most: every thread of it takes some 80 MB of them that it does not use.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.order.memory = Some(bytes);
        self
    }

    /// Time of a processor, at most, in whole seconds; SIGXCPU ends it then.
    #[must_use]
    pub fn processor(mut self, time: Duration) -> Self {
        self.order.processor = Some(time.as_secs().max(1));
        self
    }

    /// How far it stands back behind others, 0 to 19.
    #[must_use]
    pub fn nice(mut self, nice: i32) -> Self {
        self.order.nice = nice;
        self
    }

    /// Something that must not stand in its last words, beside the passwords of addresses.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Whether there is such a program: the path that would be run.
    pub fn find(&self) -> Option<PathBuf> {
        let runs = |path: &Path| path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok();
        if self.name.as_bytes().contains(&b'/') {
            return Some(PathBuf::from(&self.name)).filter(|path| runs(path));
        }
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders).map(|folder| folder.join(&self.name)).find(|path| runs(path))
    }

    /// As the step between is told it.
    pub(super) fn order(&self, mark: &Mark) -> io::Result<Order> {
        let name = self.name.display();
        let path = self
            .find()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no program {name}")))?;
        if self.order.input.len() > MOST_INPUT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("too much is given to {name} at once")));
        }
        let parent = rustix::process::getpid().as_raw_nonzero().get();
        Ok(Order {
            parent,
            path: path.into_os_string().into_vec(),
            mark: mark.value().to_owned(),
            ..self.order.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        assert!(Program::new("sh").find().is_some_and(|path| path.ends_with("sh")));
        assert_eq!(Program::new("/bin/sh").find(), Some("/bin/sh".into()));
        let file = tempfile::NamedTempFile::new().unwrap();
        for missing in [OsStr::new("no-such-program"), OsStr::new("/bin"), file.path().as_os_str()] {
            let error = Program::new(missing).order(&Mark::new()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");
        }
        assert!(Program::new("sh").input(vec![0; MOST_INPUT + 1]).order(&Mark::new()).is_err());
    }
}
