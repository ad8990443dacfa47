//! `import` and `export`.

use super::film;
use super::incomplete::incomplete;
use super::progress::Progress;
use clap::{Args, ValueEnum};
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::dataset::film::Every;
use fieldcoach::dataset::import::ImportReport;
use fieldcoach::dataset::{export, import};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Coco,
    Yolo,
    /// Pascal VOC
    Voc,
}

/// The forms that come in.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// As what is there looks
    Auto,
    Coco,
    Yolo,
    /// Pascal VOC: an XML file for each picture
    Voc,
    /// CVAT for images: annotations.xml
    Cvat,
    /// A JSON file for each picture
    Labelme,
    /// JSON or JSON_MIN, a list of tasks
    LabelStudio,
    /// Pictures without labels
    Pictures,
    /// Pictures in a folder for each class, which tags them
    Folders,
    /// A film, of which a clip is made
    Video,
}

impl Form {
    fn format(self) -> Option<import::Format> {
        match self {
            Self::Auto | Self::Video => None,
            Self::Coco => Some(import::Format::Coco),
            Self::Yolo => Some(import::Format::Yolo),
            Self::Voc => Some(import::Format::Voc),
            Self::Cvat => Some(import::Format::Cvat),
            Self::Labelme => Some(import::Format::Labelme),
            Self::LabelStudio => Some(import::Format::LabelStudio),
            Self::Pictures => Some(import::Format::Pictures),
            Self::Folders => Some(import::Format::Folders),
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Boxes {
    /// As the sizes tell that the data set gives
    Auto,
    /// Pixels of the picture as one sees it
    Upright,
    /// Pixels as they are stored in the file
    Stored,
}

/// Bring a data set into the store
#[derive(Args)]
#[command(override_usage = "fieldcoach import [OPTIONS] [FORMAT] <PATH>")]
pub struct Import {
    /// The form of the data set, or else as what is there looks: coco, yolo, voc, cvat (CVAT for images), labelme,
    /// label-studio (JSON or JSON_MIN), pictures (without labels), folders (of classes, which tag their pictures), or video (a
    /// film, of which a clip is made)
    #[arg(value_name = "FORMAT")]
    first: PathBuf,
    /// A folder, a file with labels whose pictures lie around it, a ZIP, or a film
    #[arg(value_name = "PATH")]
    second: Option<PathBuf>,
    /// Of a film: seconds between two frames, such as 0.5s, 200ms or 1min
    #[arg(long, default_value_t)]
    every: Every,
    /// Everything or nothing: what can't be taken in refuses the rest
    #[arg(long)]
    strict: bool,
    /// What boxes count where a picture says that it must be turned (EXIF)
    #[arg(long, default_value = "auto")]
    boxes: Boxes,
    /// Pictures of which nothing is said have nothing in them; otherwise they are not labelled
    #[arg(long)]
    unmentioned_are_empty: bool,
    /// Keep pictures on the side that the data set has them on: train to train, valid and test to judge
    #[arg(long)]
    sides: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

/// Write the labelled frames as a data set; status 3 where not all of them could be read
#[derive(Args)]
pub struct Export {
    format: Format,
    /// Folder to write to; made if need be
    folder: PathBuf,
}

impl Import {
    /// What is brought, and in which form. One word alone is the path, wherever options stand.
    fn place(&self) -> anyhow::Result<(Form, &Path)> {
        let Some(path) = &self.second else { return Ok((Form::Auto, &self.first)) };
        let said = self.first.to_string_lossy();
        let form = Form::from_str(&said, false).map_err(|_| {
            let known = Form::value_variants().iter().filter_map(Form::to_possible_value);
            let known = known.map(|form| form.get_name().to_owned()).collect::<Vec<_>>().join(", ");
            anyhow::anyhow!("`{said}` is no form of data sets; there are {known}")
        })?;
        Ok((form, path))
    }

    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let (form, path) = self.place()?;
        let store = appliance::open_store(config)?;
        if matches!(form, Form::Video) {
            return film::take_in(&store, path, self.every, self.json);
        }
        let mut progress = Progress::new();
        let mut tell = |done: u64, of: u64| {
            progress.set(done as f32 / of.max(1) as f32, "importing");
            ControlFlow::Continue(())
        };
        let manner = import::Manner {
            format: form.format(),
            strict: self.strict,
            boxes: match self.boxes {
                Boxes::Auto => import::Boxes::Auto,
                Boxes::Upright => import::Boxes::Upright,
                Boxes::Stored => import::Boxes::Stored,
            },
            unmentioned: match self.unmentioned_are_empty {
                true => import::Unmentioned::Empty,
                false => import::Unmentioned::Unlabelled,
            },
            sides: self.sides,
        };
        let report = import::path(&store, path, &manner, &mut tell)?;
        progress.done();
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&report)?),
            false => tell_of(&report),
        }
        Ok(())
    }
}

fn tell_of(report: &ImportReport) {
    for remark in &report.left_out {
        println!("left out: {remark}");
    }
    for remark in &report.notes {
        println!("note: {remark}");
    }
    let ImportReport { frames, labels, categories, already, unlabelled, empty, .. } = report;
    println!("{frames} frames, {labels} labels, {categories} categories");
    if *already > 0 {
        println!("{already} frames were here already");
    }
    if *unlabelled > 0 {
        println!("{unlabelled} frames are not labelled");
    }
    if *empty > 0 {
        println!("{empty} frames have nothing in them, as the data set says");
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
            Format::Voc => export::Format::Voc,
        };
        let report = export::folder(&store, format, &self.folder, &mut tell)?;
        progress.done();
        for line in &report.skipped {
            println!("left out: {line}");
        }
        println!("{} frames, {} labels to {}", report.frames, report.labels, self.folder.display());
        incomplete("left out", &report.unread)
    }
}
