//! Progress: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often a plain line is printed.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far long work has come, on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    last: Option<Instant>,
}

impl Progress {
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(1000);
            // The template is a constant that parses.
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} % {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, last: None }
    }

    /// `part` of the work is done (0 to 1); `text` says what is being done.
    pub fn set(&mut self, part: f32, text: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_position((part * 1000.0) as u64);
                bar.set_message(text.to_owned());
            }
            None if self.last.is_none_or(|t| t.elapsed() >= LINE_EVERY) => {
                self.last = Some(Instant::now());
                eprintln!("{:>3.0} % {text}", part * 100.0);
            }
            None => {}
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }

    pub fn done(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
