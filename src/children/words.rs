//! The last lines that a program writes to standard error.

use crate::domain::without_secrets;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::process::ChildStderr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// So many lines are kept, of so many bytes each.
const LINES: usize = 20;
const LINE: usize = 500;
/// Words that lie in the pipe when the program has ended are read within this.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// Reads on for as long as the program lives, so that it is never held up.
pub struct Words {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Its other end is gone when nothing comes any more.
    over: Receiver<()>,
}

impl Words {
    /// `hear` is told every line, and says whether it is to be kept. Error: the system has no threads.
    pub fn of(
        stderr: ChildStderr,
        secrets: Vec<String>,
        hear: impl Fn(&str) -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (going, over) = channel::<()>();
        let heard = Arc::clone(&lines);
        std::thread::Builder::new().name("child-words".into()).spawn(move || {
            let _going = going;
            read(stderr, |line| {
                let line = told(line, &secrets);
                if !line.is_empty() && hear(&line) {
                    keep(&heard, line);
                }
            });
        })?;
        Ok(Self { lines, over })
    }

    /// So far.
    pub fn so_far(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }

    /// All, of a program that has ended.
    pub fn last(&self) -> Vec<String> {
        // One that left its group may hold the pipe for ever.
        let _ = self.over.recv_timeout(READ_WITHIN);
        self.so_far()
    }
}

/// A line as it may be told.
fn told(line: &[u8], secrets: &[String]) -> String {
    let mut line = without_secrets(String::from_utf8_lossy(line).trim());
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        line = line.replace(secret.as_str(), "…");
    }
    // Terminals are coloured by what is no text.
    line.retain(|c| !c.is_control());
    line
}

fn keep(lines: &Mutex<VecDeque<String>>, line: String) {
    tracing::debug!("a child says: {line}");
    let mut lines = lines.lock();
    if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// Calls for every line; the rest of one that is too long is passed over.
fn read(mut from: impl Read, mut line: impl FnMut(&[u8])) {
    let (mut piece, mut begun) = ([0; 4096], Vec::new());
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in &piece[..read] {
            // What shows progress returns to the start of its line.
            if matches!(byte, b'\n' | b'\r') {
                line(&begun);
                begun.clear();
            } else if begun.len() < LINE {
                begun.push(*byte);
            }
        }
    }
    line(&begun);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_bounded_and_without_secrets() {
        let lines = Mutex::default();
        let long = "x".repeat(10_000);
        let mut text = format!("first\n{long}\n");
        for number in 0..LINES {
            text.push_str(&format!("{number}%\r"));
        }
        text.push_str("\n\x1b[31mrtsp://a:b@cam: geheim\x1b[0m");
        read(text.as_bytes(), |line| {
            let line = told(line, &["geheim".into(), String::new()]);
            if !line.is_empty() {
                keep(&lines, line);
            }
        });
        let lines: Vec<String> = lines.into_inner().into();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines.last().unwrap(), "[31mrtsp://…@cam: …[0m");
        assert_eq!(lines[0], "1%");
        read(long.as_bytes(), |line| assert_eq!(line.len(), LINE));
    }
}
