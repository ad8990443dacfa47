//! What labels must be like before they are stored. Every refusal says which label, what is wrong, and what would be
//! right.

use crate::domain::{Label, LabelKind, Phase, limits, outline};
use crate::store::api::LabelWrite;
use crate::store::error::{Result, StoreError};
use crate::store::journal::StoredLabel;
use crate::store::tables::categories::Categories;

/// Checks a write against frame size (pixels) and categories; answers what to store.
pub fn labels(write: &LabelWrite, size: (u32, u32), categories: &Categories) -> Result<Vec<StoredLabel>> {
    if write.phase == Phase::Unlabelled && !write.labels.is_empty() {
        return Err(StoreError::Invalid(format!(
            "phase `unlabelled` goes with no labels, but {} came: use phase `labelled`, or send none to clear the frame",
            write.labels.len()
        )));
    }
    if write.labels.len() > limits::LABELS {
        return Err(StoreError::Invalid(format!(
            "{} labels are too many: a frame holds {}",
            write.labels.len(),
            limits::LABELS
        )));
    }
    let mut stored: Vec<StoredLabel> = Vec::with_capacity(write.labels.len());
    for (i, label) in write.labels.iter().enumerate() {
        let checked = one(label, size, categories)
            .map_err(|text| StoreError::Invalid(format!("label {} ({}): {text}", i + 1, label.category)))?;
        // A tag is there or not; twice is once.
        let there = |other: &StoredLabel| other.bbox.is_none() && other.category == checked.category;
        if checked.bbox.is_some() || !stored.iter().any(there) {
            stored.push(checked);
        }
    }
    Ok(stored)
}

fn one(label: &Label, size: (u32, u32), categories: &Categories) -> std::result::Result<StoredLabel, String> {
    let Some((number, category)) = categories.by_name(&label.category) else {
        let names: Vec<_> = categories.all().map(|c| format!("`{}`", c.name)).take(20).collect();
        return Err(match names.is_empty() {
            true => "there is no such category, nor any other yet: add it first".to_owned(),
            false => {
                format!("there is no such category; known are {}: use one of them or add it first", names.join(", "))
            }
        });
    };
    let (bbox, polygon) = match category.kind {
        LabelKind::Tag if label.bbox.is_some() || label.polygon.is_some() => {
            return Err("the category is a tag for the whole frame: leave out `bbox` and `polygon`".into());
        }
        LabelKind::Tag => (None, None),
        LabelKind::Box if label.polygon.is_some() => {
            return Err("the category is labelled with boxes: send `bbox` instead of `polygon`".into());
        }
        LabelKind::Box => {
            let bbox = label.bbox.ok_or("the category is labelled with boxes: `bbox` is missing")?;
            (Some(bbox.clip_to(size, limits::OVERHANG).map_err(|e| e.to_string())?), None)
        }
        LabelKind::Polygon => {
            let corners =
                label.polygon.as_deref().ok_or("the category is labelled with outlines: `polygon` is missing")?;
            let (corners, bbox) = outline::clip_to(corners, size, limits::OVERHANG).map_err(|e| e.to_string())?;
            (Some(bbox), Some(corners))
        }
    };
    label.check_provenance()?;
    Ok(StoredLabel::of(Label { bbox, polygon, ..label.clone() }, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Category};

    fn categories() -> Categories {
        let mut categories = Categories::default();
        for (i, kind) in [LabelKind::Box, LabelKind::Tag, LabelKind::Polygon].into_iter().enumerate() {
            let name = ["cell", "blurred", "leaf"][i].to_owned();
            let category = Category { name, colour: "#000000".into(), instructions: String::new(), kind };
            categories.insert(i as u32 + 1, category);
        }
        categories
    }

    fn label(category: &str, bbox: Option<[f32; 4]>, polygon: Option<Vec<[f32; 2]>>) -> Label {
        Label { bbox: bbox.map(BBox::from), polygon, ..Label::tag(category) }
    }

    fn check(label: Label) -> std::result::Result<StoredLabel, String> {
        let write = LabelWrite { revision: 0, phase: Phase::Labelled, labels: vec![label] };
        match labels(&write, (640, 480), &categories()) {
            Ok(mut l) => Ok(l.remove(0)),
            Err(StoreError::Invalid(text)) => Err(text),
            Err(e) => panic!("{e}"),
        }
    }

    #[test]
    fn a_box_is_kept_as_it_came_or_clipped_by_a_pixel_at_most() {
        let stored = |b| check(label("cell", Some(b), None)).unwrap().bbox.unwrap();
        assert_eq!(stored([0.1, 0.2, 639.0, 400.3]), [0.1, 0.2, 639.0, 400.3]);
        assert_eq!(stored([-0.5, -1.0, 10.5, 11.0]), [0.0, 0.0, 10.0, 10.0]);
        assert_eq!(stored([630.0, 470.0, 11.0, 10.5]), [630.0, 470.0, 10.0, 10.0]);
    }

    #[test]
    fn refusals_say_which_label_what_is_wrong_and_the_frame_size() {
        for (bad, parts) in [
            (
                label("cell", Some([600.0, 10.0, 50.0, 5.0]), None),
                vec!["label 1 (cell)", "[600.0, 10.0, 50.0, 5.0]", "640×480"],
            ),
            (label("cell", Some([-0.9, 0.0, 0.5, 5.0]), None), vec!["outside the frame"]),
            (label("cell", Some([1.0, 1.0, 0.0, 5.0]), None), vec!["no area"]),
            (label("cell", Some([1.0, f32::NAN, 3.0, 5.0]), None), vec!["not finite"]),
            (label("cell", Some([1.0, 1.0, f32::INFINITY, 5.0]), None), vec!["not finite"]),
            (label("cell", None, None), vec!["`bbox` is missing"]),
            (label("cell", None, Some(vec![[0.0, 0.0]; 3])), vec!["send `bbox`"]),
            (label("blurred", Some([1.0, 1.0, 1.0, 1.0]), None), vec!["tag"]),
            (label("leaf", Some([1.0, 1.0, 1.0, 1.0]), None), vec!["`polygon` is missing"]),
            (label("leaf", None, Some(vec![[0.0, 0.0], [1.0, 1.0]])), vec!["2 corners"]),
            (label("leaf", None, Some(vec![[0.0, 0.0], [1.0, 1.0], [f32::NAN, 2.0]])), vec!["outside"]),
            (label("leaf", None, Some(vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])), vec!["no area"]),
            (label("Cell", None, None), vec!["no such category", "`cell`"]),
            (Label { score: Some(2.0), ..Label::tag("blurred") }, vec!["label 1 (blurred): score: 2 must be 0 to 1"]),
            (Label { track: Some("a b".into()), ..Label::tag("blurred") }, vec!["the track \"a b\""]),
            (Label { by: Some(String::new()), ..Label::tag("blurred") }, vec!["`by` has 1 to 64 characters"]),
        ] {
            let text = check(bad).unwrap_err();
            assert!(parts.iter().all(|p| text.contains(p)), "{text}");
        }
    }

    #[test]
    fn a_polygon_gets_the_box_around_it() {
        let stored = check(label("leaf", None, Some(vec![[10.0, 5.0], [30.0, 6.0], [20.0, 480.5]]))).unwrap();
        assert_eq!(stored.bbox, Some([10.0, 5.0, 20.0, 475.0]));
        assert_eq!(stored.polygon.unwrap()[2], [20.0, 480.0]);
    }

    #[test]
    fn a_tag_given_twice_is_there_once() {
        let again = Label { by: Some("Ada".into()), ..Label::tag("blurred") };
        let twice = vec![Label::tag("blurred"), Label::tag("blurred"), again];
        let write = LabelWrite { revision: 0, phase: Phase::Labelled, labels: twice };
        assert_eq!(labels(&write, (640, 480), &categories()).unwrap().len(), 1);
    }

    #[test]
    fn too_many_labels_and_labels_of_an_unlabelled_frame_are_refused() {
        let one = label("cell", Some([1.0, 1.0, 1.0, 1.0]), None);
        let write = |n, phase| LabelWrite { revision: 0, phase, labels: vec![one.clone(); n] };
        let size = (640, 480);
        let most = limits::LABELS;
        assert_eq!(labels(&write(most, Phase::Final), size, &categories()).unwrap().len(), most);
        assert!(labels(&write(most + 1, Phase::Final), size, &categories()).is_err());
        assert!(labels(&write(1, Phase::Unlabelled), size, &categories()).is_err());
        assert!(labels(&write(0, Phase::Unlabelled), size, &categories()).unwrap().is_empty());
    }
}
