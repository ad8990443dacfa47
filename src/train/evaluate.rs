//! stub
use crate::domain::{BBox, Metrics, Point};
/// One predicted or true object. `category` is a class index.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    pub category: usize,
    pub bbox: BBox,
    pub score: f32,
}
/// A frame's truth and predictions.
#[derive(Clone, Debug, Default)]
pub struct FrameResult {
    pub truth: Vec<(usize, BBox)>,
    pub predictions: Vec<Scored>,
    pub loss: f32,
}
/// Metrics and the threshold with the best F1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evaluation {
    pub metrics: Metrics,
    pub threshold: f32,
}
/// COCO's AP (101 points, maxDets 100, all areas, mean over categories that have truth), best-F1 threshold at IoU 0.5; loss = mean.
pub fn evaluate(_frames: &[FrameResult], _categories: usize) -> Evaluation {
    todo!()
}
/// AP per category at IoU 0.5 and 0.50:0.95; `None` where there is no truth.
pub fn per_category(_frames: &[FrameResult], _categories: usize) -> Vec<Option<(f32, f32)>> {
    todo!()
}
/// A frame's data point at this threshold.
pub fn point(_frame: &FrameResult, _threshold: f32) -> Point {
    todo!()
}
