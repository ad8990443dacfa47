//! Logs, on standard error.

use super::thinned::Thinned;
use anyhow::Context;
use std::io::IsTerminal;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; in colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged unless `FIELDCOACH_LOG` says otherwise: libraries that chat are held to their warnings.
const DEFAULT_FILTER: &str = "info,ort=warn,rumqttd=off,rumqttc=warn,sled=warn";

/// Lines that wait to be taken. Whoever reads them may stall (a pipe, the journal); no part of the device waits for that.
const WAITING: usize = 4_096;

/// Writes what is logged, until it is dropped: then what waits is written, within a second.
pub type Writing = WorkerGuard;

/// Starts logging. `FIELDCOACH_LOG` is a filter such as `debug` or `info,fieldcoach::http=debug`. Call it once, before
/// anything else; errors: a filter that can't be read, logging started before.
pub fn init(format: LogFormat) -> anyhow::Result<Writing> {
    let filter = match std::env::var("FIELDCOACH_LOG") {
        Ok(text) if !text.is_empty() => {
            EnvFilter::try_new(&text).with_context(|| format!("FIELDCOACH_LOG: `{text}` is not a log filter"))?
        }
        _ => EnvFilter::new(DEFAULT_FILTER),
    };
    // The journal puts its own time on every line.
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let (lines, writing) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING).finish(std::io::stderr());
    let lost = lines.error_counter();
    let base = fmt::layer().with_writer(lines);
    let lines = match format {
        LogFormat::Json => base.json().flatten_event(true).boxed(),
        LogFormat::Text if journal => base.with_ansi(false).without_time().boxed(),
        LogFormat::Text => base.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let thinned = Thinned::default();
    let all = tracing_subscriber::registry().with(filter).with(thinned.clone()).with(lines);
    all.try_init().map_err(|error| anyhow::anyhow!("logging: {error}"))?;
    thinned.keep_telling(move || lost.dropped_lines()).context("logging: the thread that tells what was said often")?;
    Ok(writing)
}
