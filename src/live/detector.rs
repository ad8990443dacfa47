//! A loaded model: pixels in, predictions out.

use crate::domain::{BBox, LabelKind, Model, Prediction};
use crate::picture;
use crate::runtime::{Runtime, Session, SessionOptions, Tensor};
use anyhow::{Context, bail, ensure};
use image::RgbImage;
use std::path::Path;

/// How the deployed model runs: with few threads, as it shares the machine with everything else, and compiled where the
/// device can, as it looks at frames for days.
pub(super) const SESSION: SessionOptions = SessionOptions::threads(2).compiled();

/// An exported model, loaded. See `train::export` for its inputs and outputs.
pub struct Detector {
    session: Session,
    /// Names of the categories with boxes (`box` and `polygon`), in the order of the class indices.
    boxed: Vec<String>,
    /// Names of the tags, in the order of their scores.
    tags: Vec<String>,
    /// Width and height that the model brings pictures to; models of earlier versions don't say.
    size: Option<(u32, u32)>,
}

impl Detector {
    /// Loads an exported model file and runs it once, so that a file of another kind is refused here and not later.
    pub fn load(runtime: &Runtime, model: &Model, path: &Path, options: SessionOptions) -> anyhow::Result<Self> {
        let session = runtime.load(path, options)?;
        let names = |tags: bool| {
            let wanted = model.categories.iter().filter(|c| (c.kind == LabelKind::Tag) == tags);
            wanted.map(|c| c.name.clone()).collect::<Vec<_>>()
        };
        let size = session.metadata("size").and_then(|text| serde_json::from_str(&text).ok());
        let mut detector = Self { session, boxed: names(false), tags: names(true), size };
        detector.detect(&RgbImage::new(64, 48), 0.0).context("it does not work like an exported model")?;
        Ok(detector)
    }

    /// Predictions with a score of at least `threshold`, in pixels of `image`, best first.
    pub fn detect(&mut self, image: &RgbImage, threshold: f32) -> anyhow::Result<Vec<Prediction>> {
        let (width, height) = image.dimensions();
        let (pixels, across, down) = match self.size {
            // With the filter of training's own pictures, at a tenth of what the graph takes for it.
            Some((w, h)) if w < width && h < height => {
                let small = picture::resize(image, w, h);
                (tensor(small), width as f32 / w as f32, height as f32 / h as f32)
            }
            _ => (tensor(image.clone()), 1.0, 1.0),
        };
        let mut outputs = Vec::new();
        if !self.boxed.is_empty() {
            outputs.extend(["boxes", "scores", "categories"]);
        }
        if !self.tags.is_empty() {
            outputs.push("tag_scores");
        }
        let results = self.session.run_owned(vec![("image", pixels)], &outputs)?;
        let mut results = results.iter();
        let mut found = Vec::new();
        if !self.boxed.is_empty() {
            let mut next = || results.next().context("an output is missing");
            let (boxes, scores, categories) = (next()?, next()?, next()?);
            found = self.objects(boxes, scores, categories)?;
            found.retain_mut(|p| {
                p.bbox = p.bbox.and_then(|b| b.scaled(across, down).clipped(width as f32, height as f32));
                p.bbox.is_some()
            });
        }
        if let Some(scores) = results.next() {
            let scores = scores.as_f32().context("`tag_scores` is not f32")?;
            ensure!(scores.len() == self.tags.len(), "{} tag scores for {} tags", scores.len(), self.tags.len());
            let tags = self.tags.iter().zip(scores);
            found.extend(tags.map(|(tag, score)| Prediction { category: tag.clone(), bbox: None, score: *score }));
        }
        // NaN fails the comparison and is left out, as it should be.
        found.retain(|p| p.score >= threshold);
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(found)
    }

    fn objects(&self, boxes: &Tensor, scores: &Tensor, categories: &Tensor) -> anyhow::Result<Vec<Prediction>> {
        let boxes = boxes.as_f32().context("`boxes` is not f32")?.as_chunks::<4>().0;
        let scores = scores.as_f32().context("`scores` is not f32")?;
        let categories = categories.as_i64().context("`categories` is not i64")?;
        if boxes.len() != scores.len() || boxes.len() != categories.len() {
            bail!("{} boxes, {} scores, {} categories", boxes.len(), scores.len(), categories.len());
        }
        boxes
            .iter()
            .zip(scores)
            .zip(categories)
            .map(|((bbox, score), category)| {
                let name = usize::try_from(*category).ok().and_then(|i| self.boxed.get(i));
                let name = name.with_context(|| format!("category {category} of {}", self.boxed.len()))?;
                Ok(Prediction { category: name.clone(), bbox: Some(BBox::from(*bbox)), score: *score })
            })
            .collect()
    }
}

fn tensor(image: RgbImage) -> Tensor {
    let (width, height) = image.dimensions();
    Tensor::u8([height as usize, width as usize, 3], image.into_raw())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{Category, Metrics, ModelId, TrainingId};
    use crate::graph::{Builder, DType};
    use jiff::Timestamp;

    pub fn model(kinds: &[(&str, LabelKind)]) -> Model {
        let category = |(name, kind): &(&str, LabelKind)| Category {
            name: (*name).into(),
            colour: "#ff0000".into(),
            instructions: String::new(),
            kind: *kind,
        };
        Model {
            id: ModelId::new(),
            created: Timestamp::now(),
            clock: None,
            training: TrainingId::new(),
            categories: kinds.iter().map(category).collect(),
            threshold: 0.5,
            metrics: Metrics::default(),
            base: "default".into(),
            dataset_hash: String::new(),
            bytes: 0,
            deployed: true,
            cameras: vec![],
        }
    }

    /// A real ONNX file that sees the same things in every picture.
    pub fn fixed_model(path: &Path, boxes: &[[f32; 4]], scores: &[f32], categories: &[i64], tags: &[f32]) {
        let mut g = Builder::new();
        let image = g.dynamic_input("image", DType::U8);
        // The picture takes part, as `0 × its first value`.
        let flat = g.ints(&[-1]);
        let flat = g.node("Reshape", &[image, flat], &[]);
        let start = g.ints(&[0]);
        let end = g.ints(&[1]);
        let first = g.node("Slice", &[flat, start, end], &[]);
        let first = g.node("Cast", &[first], &[("to", crate::graph::Attribute::Int(1))]);
        let zero = g.scalar(0.0);
        let nothing = g.node("Mul", &[first, zero], &[]);
        let n = scores.len();
        let boxes = g.constant(Tensor::f32([n, 4], boxes.concat()));
        let boxes = g.node("Add", &[boxes, nothing], &[]);
        g.output("boxes", boxes);
        let scores = g.constant(Tensor::f32([n], scores.to_vec()));
        let scores = g.node("Add", &[scores, nothing], &[]);
        g.output("scores", scores);
        let categories = g.constant(Tensor::i64([n], categories.to_vec()));
        let categories = g.node("Identity", &[categories], &[]);
        g.output("categories", categories);
        let tags = g.constant(Tensor::f32([tags.len()], tags.to_vec()));
        let tags = g.node("Add", &[tags, nothing], &[]);
        g.output("tag_scores", tags);
        std::fs::write(path, g.finish().unwrap().encode()).unwrap();
    }

    #[test]
    fn predictions_are_clipped_above_the_threshold_and_best_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        let boxes = [[10.0, 10.0, 20.0, 20.0], [90.0, 5.0, 40.0, 10.0], [200.0, 0.0, 5.0, 5.0], [0.0, 0.0, 9.0, 9.0]];
        fixed_model(&path, &boxes, &[0.6, 0.9, 0.8, 0.1], &[1, 0, 0, 0], &[0.7, 0.2]);
        let kinds =
            [("wet", LabelKind::Tag), ("cat", LabelKind::Box), ("dog", LabelKind::Polygon), ("dry", LabelKind::Tag)];
        let mut detector = Detector::load(&crate::runtime::for_tests(), &model(&kinds), &path, SESSION).unwrap();
        let found = detector.detect(&RgbImage::new(100, 80), 0.5).unwrap();
        let seen: Vec<_> = found.iter().map(|p| (p.category.as_str(), p.bbox)).collect();
        let expected = [
            ("cat", Some(BBox::new(90.0, 5.0, 10.0, 10.0))),
            ("wet", None),
            ("dog", Some(BBox::new(10.0, 10.0, 20.0, 20.0))),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_large_picture_is_shrunk_to_the_size_that_the_model_says_and_its_boxes_are_those_of_the_picture() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        fixed_model(&path, &[[10.0, 10.0, 20.0, 20.0]], &[0.9], &[0], &[0.0]);
        let mut file = crate::graph::Model::decode(&std::fs::read(&path).unwrap()).unwrap();
        file.metadata.insert("size".into(), "[50, 40]".into());
        std::fs::write(&path, file.encode()).unwrap();
        let (runtime, cats) = (crate::runtime::for_tests(), model(&[("cat", LabelKind::Box)]));
        let mut detector = Detector::load(&runtime, &cats, &path, SESSION).unwrap();
        let mut bbox = |width, height| detector.detect(&RgbImage::new(width, height), 0.5).unwrap()[0].bbox.unwrap();
        assert_eq!(bbox(200, 80), BBox::new(40.0, 20.0, 80.0, 40.0));
        assert_eq!(bbox(50, 40), BBox::new(10.0, 10.0, 20.0, 20.0));
    }

    #[test]
    fn a_file_that_is_no_exported_model_is_refused_when_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        std::fs::write(&path, b"not a model").unwrap();
        let (runtime, cats) = (crate::runtime::for_tests(), model(&[("cat", LabelKind::Box)]));
        assert!(Detector::load(&runtime, &cats, &path, SESSION).is_err());
        // A class index beyond the model's categories.
        fixed_model(&path, &[[1.0, 1.0, 5.0, 5.0]], &[0.9], &[3], &[0.0]);
        let error = format!("{:#}", Detector::load(&runtime, &cats, &path, SESSION).err().unwrap());
        assert!(error.contains("category 3 of 1"), "{error}");
    }
}
