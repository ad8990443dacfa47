//! A COCO file and its images, in a store that goes away with it.

use anyhow::Context;
use fieldcoach::dataset::import;
use fieldcoach::domain::FrameId;
use fieldcoach::picture::{self, Bounds};
use fieldcoach::store::{Options, Store};
use fieldcoach::train::TrainError;
use fieldcoach::train::service::given::{Given, Source};
use fieldcoach::train::service::sound::Sound;
use fieldcoach::turns::Turns;
use image::RgbImage;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;

/// Labelled images.
pub struct Images {
    pub store: Store,
    pub given: Given,
    _folder: TempDir,
}

impl Images {
    /// Reads the file and copies its images; `told` hears how many of how many.
    pub fn read(coco: &Path, told: &mut dyn FnMut(usize, usize)) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("fieldcoach-images-").tempdir()?;
        let store = Store::open(Options { dir: folder.path().to_owned(), budget: u64::MAX / 2, reserve: 0 })?;
        let mut going = |done: u64, of: u64| {
            told(done as usize, of as usize);
            ControlFlow::Continue(())
        };
        let manner = import::Manner { format: Some(import::Format::Coco), ..Default::default() };
        let report = import::path(&store, coco, &manner, &mut going).with_context(|| coco.display().to_string())?;
        report.left_out.iter().for_each(|remark| eprintln!("left out: {remark}"));
        let names: Vec<String> = store.categories()?.into_iter().map(|c| c.name).collect();
        let source = Source { store: &store, sound: &Sound::new(Turns::at_pictures()), check: &|| Ok(()) };
        let given = Given::gather(&source, &names, None, 0)?;
        Ok(Self { store, given, _folder: folder })
    }

    /// An image's pixels.
    pub fn load(&self, id: FrameId) -> Result<RgbImage, TrainError> {
        let jpeg = self.store.jpeg(id)?;
        picture::decode(&jpeg, Bounds::default()).map_err(TrainError::because("an image can't be read"))
    }
}
