//! `import` and `export`.

use super::progress::Progress;
use clap::{Args, ValueEnum};
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::dataset::{export, import};
use std::ops::ControlFlow;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Coco,
    Yolo,
}

/// Bring a data set into the store
#[derive(Args)]
pub struct Import {
    format: Format,
    /// COCO: the JSON file, its images beside it. YOLO: the folder with images/ and labels/
    path: PathBuf,
}

/// Write the labelled frames as a data set
#[derive(Args)]
pub struct Export {
    format: Format,
    /// Folder to write to; made if need be
    folder: PathBuf,
}

impl Import {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = appliance::open_store(config)?;
        let mut progress = Progress::new();
        let mut tell = |done: u64, of: u64| {
            progress.set(done as f32 / of.max(1) as f32, "importing");
            ControlFlow::Continue(())
        };
        let report = match self.format {
            Format::Coco => import::coco(&store, &self.path, &mut tell),
            Format::Yolo => import::yolo(&store, &self.path, &mut tell),
        }?;
        progress.done();
        for skipped in &report.skipped {
            println!("skipped: {skipped}");
        }
        println!("{} frames, {} labels, {} categories", report.frames, report.labels, report.categories);
        Ok(())
    }
}

impl Export {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = appliance::open_store(config)?;
        let mut progress = Progress::new();
        let mut tell = |done: u64, of: u64| {
            progress.set(done as f32 / of.max(1) as f32, "exporting");
            ControlFlow::Continue(())
        };
        let format = match self.format {
            Format::Coco => export::Format::Coco,
            Format::Yolo => export::Format::Yolo,
        };
        let report = export::folder(&store, format, &self.folder, &mut tell)?;
        progress.done();
        println!("{} frames, {} labels to {}", report.frames, report.labels, self.folder.display());
        Ok(())
    }
}
