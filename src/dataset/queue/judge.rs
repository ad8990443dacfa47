//! How much a frame is worth a look, and why, in words.

use super::proposals::Proposed;
use crate::domain::{FrameLabels, Label, Prediction};

/// From this overlap (IoU) on a prediction and a label are of the same object.
const SAME: f32 = 0.5;

/// How unsure a model is of a prediction: 1 right at the threshold, 0 at the scores 0 and 1.
pub fn uncertainty(score: f32, threshold: f32) -> f32 {
    let threshold = threshold.clamp(0.01, 0.99);
    let side = if score < threshold { threshold } else { 1.0 - threshold };
    1.0 - ((score - threshold).abs() / side).min(1.0)
}

/// How unsure a model is of a frame, 0 to 1, and of what in it; `None` where it sees nothing.
pub fn doubt(items: &[Prediction], threshold: f32) -> Option<(f32, &Prediction)> {
    items.iter().map(|p| (uncertainty(p.score, threshold), p)).max_by(|(a, _), (b, _)| a.total_cmp(b))
}

/// Why a frame of which the model is unsure comes early.
pub fn unsure(items: &[Prediction], threshold: f32) -> String {
    match doubt(items, threshold) {
        Some((_, p)) => format!("the model is unsure: {} at {:.0} %", p.category, p.score * 100.0),
        None => "the model found nothing".to_owned(),
    }
}

/// Why a frame of which much is to be learned comes early. `items`: what the model sees in it, where there is one;
/// `unlike`: how unlike all labelled frames it is, 0 to 1, where that is known.
pub fn taught(items: Option<&[Prediction]>, threshold: f32, unlike: Option<f32>) -> String {
    let doubted = items.and_then(|items| doubt(items, threshold)).map_or(0.0, |(doubt, _)| doubt);
    match (items, unlike) {
        (_, Some(unlike)) if unlike > 0.0 && unlike >= doubted => "it looks unlike what is labelled".to_owned(),
        (Some(items), _) => unsure(items, threshold),
        (None, _) => "new".to_owned(),
    }
}

/// Why a draft comes first.
pub fn drafted(labels: &FrameLabels) -> String {
    let by = labels.labels.iter().find_map(|label| label.by.as_deref());
    let begun = by.map_or_else(|| "begun".to_owned(), |by| format!("begun by {by}"));
    match (labels.labels.len(), labels.rejected.len()) {
        (0, 0) => begun,
        (0, 1) => format!("{begun}: a false alarm"),
        (0, n) => format!("{begun}: {n} false alarms"),
        (1, _) => format!("{begun}: 1 label to confirm"),
        (n, _) => format!("{begun}: {n} labels to confirm"),
    }
}

/// Where a model and the labels of a frame differ, as categories.
#[derive(Debug, Default, PartialEq)]
pub struct Disagreement {
    /// What the model sees beyond the labels, with its score.
    more: Vec<(String, f32)>,
    /// What is labelled, and not seen by it.
    unseen: Vec<String>,
}

impl Disagreement {
    /// The more, the more there is to confirm. A label that it can't find weighs as much as a box it is sure of.
    pub fn worth(&self) -> f32 {
        self.more.iter().map(|(_, score)| score).sum::<f32>() + self.unseen.len() as f32
    }
}

/// Each prediction from the threshold on, best first, takes a label of its category that overlaps.
pub fn disagreement(labels: &[Label], items: &[Prediction], threshold: f32) -> Disagreement {
    let mut open: Vec<&Label> = labels.iter().collect();
    let mut more = Vec::new();
    for item in items.iter().filter(|item| item.score >= threshold) {
        let overlap = |label: &Label| match (label.bbox, item.bbox) {
            _ if label.category != item.category => 0.0,
            (Some(a), Some(b)) => a.iou(&b),
            (None, None) => 1.0,
            _ => 0.0,
        };
        let best = open.iter().enumerate().map(|(i, label)| (overlap(label), i)).max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((iou, at)) if iou >= SAME => drop(open.swap_remove(at)),
            _ => more.push((item.category.clone(), item.score)),
        }
    }
    Disagreement { more, unseen: open.into_iter().map(|label| label.category.clone()).collect() }
}

/// Why labels should be confirmed.
pub fn to_confirm(labels: &FrameLabels, proposed: &Proposed, threshold: f32) -> String {
    let by = labels.labels.iter().find_map(|label| label.by.as_deref());
    let labelled = by.map_or_else(|| "labelled".to_owned(), |by| format!("labelled by {by}"));
    if proposed.model.is_none() {
        return labelled;
    }
    let Disagreement { more, unseen } = disagreement(&labels.labels, &proposed.items, threshold);
    let more = counted(more.iter().map(|(category, _)| category.as_str()));
    let unseen = counted(unseen.iter().map(String::as_str));
    match (more.as_str(), unseen.as_str()) {
        ("", "") => format!("{labelled}; the model agrees"),
        (more, "") => format!("{labelled}; the model also sees {more}"),
        ("", unseen) => format!("{labelled}; the model does not find {unseen}"),
        (more, unseen) => format!("{labelled}; the model also sees {more}, and does not find {unseen}"),
    }
}

/// `2 RBC, 1 WBC`, in the order in which they come.
fn counted<'a>(categories: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, u32)> = Vec::new();
    for category in categories {
        match counts.iter_mut().find(|(known, _)| *known == category) {
            Some((_, n)) => *n += 1,
            None => counts.push((category, 1)),
        }
    }
    counts.iter().map(|(category, n)| format!("{n} {category}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FrameId, ModelId, Rejected};

    fn prediction(category: &str, x: f32, score: f32) -> Prediction {
        Prediction { category: category.into(), bbox: Some(BBox::new(x, 0.0, 10.0, 10.0)), score }
    }

    fn label(category: &str, x: f32) -> Label {
        Label { by: Some("Ana".into()), ..Label::boxed(category, BBox::new(x, 0.0, 10.0, 10.0)) }
    }

    #[test]
    fn doubt_is_greatest_at_the_threshold() {
        assert_eq!(uncertainty(0.3, 0.3), 1.0);
        assert_eq!(uncertainty(1.0, 0.3), 0.0);
        assert_eq!(uncertainty(0.0, 0.3), 0.0);
        assert!(uncertainty(0.4, 0.3) > uncertainty(0.9, 0.3));
        assert_eq!(
            unsure(&[prediction("RBC", 0.0, 0.9), prediction("WBC", 0.0, 0.5)], 0.5),
            "the model is unsure: WBC at 50 %"
        );
        assert_eq!(unsure(&[], 0.5), "the model found nothing");
        let at = [prediction("WBC", 0.0, 0.75)];
        assert_eq!(taught(Some(&at), 0.5, Some(0.4)), "the model is unsure: WBC at 75 %");
        assert_eq!(taught(Some(&at), 0.5, Some(0.6)), "it looks unlike what is labelled");
        assert_eq!((taught(None, 0.5, None).as_str(), taught(None, 0.5, Some(0.0)).as_str()), ("new", "new"));
    }

    #[test]
    fn what_the_model_sees_beyond_the_labels_and_what_it_misses_is_told() {
        let model = Some(ModelId::new());
        let of = |labels: &[Label]| FrameLabels { labels: labels.to_vec(), ..FrameLabels::none(FrameId::new()) };
        let says = |labels: &[Label], items: &[Prediction]| {
            to_confirm(&of(labels), &Proposed { model, items: items.to_vec() }, 0.5)
        };
        assert_eq!(says(&[label("RBC", 1.0)], &[prediction("RBC", 0.0, 0.9)]), "labelled by Ana; the model agrees");
        assert_eq!(
            says(&[label("RBC", 1.0)], &[prediction("WBC", 0.0, 0.9), prediction("RBC", 40.0, 0.4)]),
            "labelled by Ana; the model also sees 1 WBC, and does not find 1 RBC"
        );
        let twice = [prediction("RBC", 0.0, 0.9), prediction("RBC", 0.0, 0.8)];
        assert_eq!(says(&[label("RBC", 1.0)], &twice), "labelled by Ana; the model also sees 1 RBC");
        assert_eq!(says(&[], &twice), "labelled; the model also sees 2 RBC");
        assert_eq!(says(&[label("RBC", 1.0)], &[]), "labelled by Ana; the model does not find 1 RBC");
        let tag = Prediction { bbox: None, ..prediction("blurred", 0.0, 0.9) };
        assert_eq!(says(&[Label::tag("blurred")], &[tag]), "labelled; the model agrees");
        assert_eq!(to_confirm(&of(&[label("RBC", 1.0)]), &Proposed::default(), 0.5), "labelled by Ana");
    }

    #[test]
    fn a_draft_says_who_began_it() {
        let mut labels = FrameLabels { labels: vec![label("RBC", 1.0)], ..FrameLabels::none(FrameId::new()) };
        assert_eq!(drafted(&labels), "begun by Ana: 1 label to confirm");
        labels.labels.clear();
        labels.rejected = vec![Rejected { category: "RBC".into(), bbox: None, score: None }];
        assert_eq!(drafted(&labels), "begun: a false alarm");
        labels.rejected.clear();
        assert_eq!(drafted(&labels), "begun", "by what is said of an object of a clip");
    }
}
