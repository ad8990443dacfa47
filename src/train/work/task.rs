//! What is to be done, and what comes of it; doing it in this process.

use crate::domain::{FrameId, Model};
use crate::picture::{self, Bounds};
use crate::runtime::Runtime;
use crate::train::error::TrainError;
use crate::train::evaluate::Evaluation;
use crate::train::export::{self, Provenance};
use crate::train::judge::{self, Tested};
use crate::train::run::{self, Observer, Plan};
use bytes::Bytes;
use image::RgbImage;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Reads a frame's JPEG.
pub type Jpeg<'a> = dyn Fn(FrameId) -> Result<Bytes, TrainError> + Sync + 'a;

/// What a training needs.
pub struct Task<'a> {
    pub plan: &'a Plan,
    pub provenance: Provenance,
    /// For the same library and device.
    pub runtime: &'a Runtime,
    pub jpeg: &'a Jpeg<'a>,
    pub cancel: &'a AtomicBool,
}

/// The winner.
pub struct Trained {
    /// Its file.
    pub onnx: Vec<u8>,
    /// On the validation frames.
    pub evaluation: Evaluation,
}

/// The heavy part of a training. Both end early with [`TrainError::Cancelled`] once the task is cancelled.
pub trait Work {
    /// From the plan to the winner.
    fn train(&mut self, observer: &mut dyn Observer) -> Result<Trained, TrainError>;
    /// How good a model's file is on the validation frames.
    fn test(&mut self, model: &Model, path: &Path, observer: &mut dyn Observer) -> Result<Tested, TrainError>;
}

/// In this process.
impl Work for &Task<'_> {
    fn train(&mut self, observer: &mut dyn Observer) -> Result<Trained, TrainError> {
        let Task { plan, provenance, runtime, jpeg, cancel } = self;
        let load = |frame: FrameId| picture(frame, &jpeg(frame)?);
        let winner = run::run(plan, runtime, &load, observer, cancel)?;
        let onnx = export::export(&winner, &plan.base, &plan.categories, provenance)?.encode();
        Ok(Trained { onnx, evaluation: winner.evaluation })
    }

    fn test(&mut self, model: &Model, path: &Path, _: &mut dyn Observer) -> Result<Tested, TrainError> {
        let load = |frame: FrameId| {
            crate::train::cancel::check(self.cancel)?;
            picture(frame, &(self.jpeg)(frame)?)
        };
        judge::on_validation(self.runtime, model, path, self.plan, &load)
    }
}

/// A frame's picture.
pub fn picture(frame: FrameId, jpeg: &[u8]) -> Result<RgbImage, TrainError> {
    picture::decode(jpeg, Bounds::default()).map_err(TrainError::because(format!(
        "frame {frame} was damaged on the disk while the training ran; start it again, and the frame is left out"
    )))
}
