//! A film into the store.

use super::progress::Progress;
use anyhow::Context;
use fieldcoach::children::Launcher;
use fieldcoach::dataset::film::{self, Every, Film, FilmReport, Way};
use fieldcoach::domain::{ClipId, FrameSource, NewFrame};
use fieldcoach::files;
use fieldcoach::store::Store;
use fieldcoach::turns::Turns;
use std::ops::ControlFlow;
use std::path::Path;

/// Makes a clip of a film, and tells what came of it.
pub fn take_in(store: &Store, path: &Path, every: Every, json: bool) -> anyhow::Result<()> {
    let file = files::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    let launcher = Launcher::own();
    let facts = film::look(&file, every, &launcher).with_context(|| path.display().to_string())?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let source = FrameSource::Import;
    let film = Film { file: &file, facts: &facts, name, every, source, clip: ClipId::new() };
    let mut progress = Progress::new();
    let way = Way {
        launcher: &launcher,
        turns: &Turns::at_pictures(),
        keep: &mut |frame: &NewFrame| store.bring_frame(frame),
        settle: &mut || store.settle_frames(),
        tell: &mut |_| {},
        going: &mut |done, of| {
            progress.set(done as f32 / of.max(1) as f32, "importing");
            ControlFlow::Continue(())
        },
    };
    let report = film::take_in(&film, way).with_context(|| path.display().to_string())?;
    progress.done();
    match json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => tell_of(&report),
    }
    Ok(())
}

fn tell_of(report: &FilmReport) {
    for note in &report.notes {
        println!("note: {note}");
    }
    let FilmReport { clip, frames, near_copies, damaged, dropped, seconds, .. } = report;
    println!("{frames} frames of {seconds:.1} seconds, clip {clip}");
    for (count, what) in [
        (near_copies, "near copies were left out"),
        (damaged, "pictures were damaged"),
        (dropped, "older frames were dropped to make room"),
    ] {
        if *count > 0 {
            println!("{count} {what}");
        }
    }
}
