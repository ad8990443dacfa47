//! Drawn pages and animations: what a frame looked like to the model at each epoch; and what is probably mislabelled.

mod animation;
mod page;
mod suspects;

pub use animation::animate;
pub use page::{SHOWN_FROM, draw_page};
pub use suspects::suspects;

#[cfg(test)]
pub(crate) mod tests {
    use crate::domain::*;
    use image::RgbImage;

    pub fn categories() -> Vec<Category> {
        let category = |name: &str, colour: &str| Category {
            name: name.into(),
            colour: colour.into(),
            instructions: String::new(),
            kind: LabelKind::Box,
        };
        vec![category("RBC", "#ff4d5a"), category("WBC", "#4d96ff"), category("Platelets", "#ffd166")]
    }

    pub fn page(epoch: u32, predictions: &[(f32, BBox)]) -> Page {
        Page {
            training: TrainingId::new(),
            frame: FrameId::new(),
            epoch,
            experiment: ExperimentId::new(),
            split: Side::Validation,
            width: 640,
            height: 480,
            truth: vec![Label::boxed("RBC", BBox::new(100.0, 100.0, 120.0, 110.0))],
            predictions: predictions
                .iter()
                .map(|(score, bbox)| Prediction { category: "RBC".into(), bbox: Some(*bbox), score: *score })
                .collect(),
            point: Point { score: 0.67, loss: 1.234, confidence: 0.7, fates: None },
        }
    }

    pub fn frame() -> RgbImage {
        RgbImage::from_pixel(640, 480, image::Rgb([200, 190, 210]))
    }
}
