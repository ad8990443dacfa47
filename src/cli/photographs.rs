//! Photographs that a camera goes over, for `bench tracks` and `bench films`.

use super::images::Images;
use clap::Args;
use fieldcoach::camera::Scene;
use fieldcoach::domain::{BBox, Frame, FrameLabels};
use std::path::PathBuf;

/// Boxes of a photograph that are carried, at most.
const BOXES: usize = 8;

/// A picture, with the boxes in it.
pub type Photograph = (image::RgbImage, Vec<(String, BBox)>);

/// Which photographs.
#[derive(Args)]
pub struct Photographs {
    /// COCO JSON of photographs, which lie beside it; a large picture of the conveyor if left out
    #[arg(long, value_name = "FILE")]
    dataset: Option<PathBuf>,
    /// Photographs to take of it
    #[arg(long, default_value_t = 3)]
    photographs: usize,
}

impl Photographs {
    /// Pictures, each with the boxes in it that are carried.
    pub fn read(&self) -> anyhow::Result<Vec<Photograph>> {
        let Some(dataset) = &self.dataset else {
            let (image, labels) = Scene::new(3, 1600, 1200).render(100.0);
            let boxes = labels.into_iter().filter_map(|label| Some((label.category, label.bbox?))).take(BOXES);
            return Ok(vec![(image, boxes.collect())]);
        };
        let images = Images::read(dataset, &mut |_, _| {})?;
        let frames = images.store.labelled()?.into_iter().take(self.photographs);
        let photograph = |(frame, labels): (Frame, FrameLabels)| {
            let boxes = labels.labels.into_iter().filter_map(|l| Some((l.category, l.bbox?))).take(BOXES).collect();
            Ok((images.load(frame.id)?, boxes))
        };
        frames.map(photograph).collect()
    }
}
