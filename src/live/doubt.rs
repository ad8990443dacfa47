//! What the model is unsure of.

use crate::dataset::queue::uncertainty;
use crate::domain::{KeptFor, Model, NewFrame, Prediction, Watch};

/// From this uncertainty on (1 right at the score that counts, 0 at the scores 0 and 1) the model is unsure.
const UNSURE: f32 = 0.7;
/// Share of the score that counts from which on something is doubted: at it the uncertainty is [`UNSURE`].
pub const DOUBTED: f32 = UNSURE;
/// What the model is most unsure of among all that it saw, where it is unsure: what would not count for its size or place
/// counts here neither.
pub fn doubted(watch: &Watch, model: &Model, frame: &NewFrame, seen: &[Prediction]) -> Option<KeptFor> {
    let (camera, size) = (frame.camera.as_ref(), (frame.width, frame.height));
    let placed = seen.iter().filter(|p| watch.place(camera, size, &p.category, p.bbox).is_some());
    let rated = placed.map(|p| (uncertainty(p.score, watch.least_score(&p.category, model.threshold)), p));
    let (most, of) = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (most >= UNSURE).then(|| KeptFor::Unsure { category: of.category.clone(), score: of.score })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, LabelKind, Wanted, Zone, ZoneKind};
    use crate::live::detector::tests::model;
    use crate::live::seen::tests::frame;

    fn at(score: f32) -> Prediction {
        Prediction { category: "cat".into(), bbox: Some(BBox::new(10.0, 10.0, 40.0, 40.0)), score }
    }

    #[test]
    fn the_model_is_unsure_near_the_score_that_counts_on_both_sides_of_it() {
        let (model, frame, mut watch) = (model(&[("cat", LabelKind::Box)]), frame(), Watch::default());
        let unsure = |watch: &Watch, scores: &[f32]| {
            let seen: Vec<_> = scores.iter().map(|score| at(*score)).collect();
            match doubted(watch, &model, &frame, &seen) {
                Some(KeptFor::Unsure { score, .. }) => Some(score),
                other => {
                    assert_eq!(other, None);
                    None
                }
            }
        };
        assert_eq!(unsure(&watch, &[]), None);
        assert_eq!(unsure(&watch, &[0.9, 0.3, 0.7]), None);
        assert_eq!(unsure(&watch, &[0.9, 0.4, 0.53]), Some(0.53));
        assert_eq!(unsure(&watch, &[0.9, 0.36]), Some(0.36));
        watch.categories.insert("cat".into(), Wanted { score: Some(0.8), smallest: None });
        assert_eq!((unsure(&watch, &[0.53]), unsure(&watch, &[0.75])), (None, Some(0.75)), "what is watched counts");
        let polygon = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let all = Zone { name: "all".into(), kind: ZoneKind::Ignore, polygon, camera: None, categories: None };
        watch.zones.push(all);
        assert_eq!(unsure(&watch, &[0.75]), None, "nobody looks there");
    }
}
