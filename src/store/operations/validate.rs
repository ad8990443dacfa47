//! What labels must be like before they are stored. Every refusal says which label, what is wrong, and what would be
//! right.

use crate::domain::{Category, GoneOrBack, Label, LabelKind, Rejected, TrackMark, limits, outline};
use crate::store::api::LabelWrite;
use crate::store::error::{Result, StoreError};
use crate::store::journal::{StoredLabel, StoredRejected};
use crate::store::tables::categories::Categories;
use std::collections::BTreeSet;

/// Checks a write against frame size (pixels) and categories; answers what to store.
pub fn labels(
    write: &LabelWrite,
    size: (u32, u32),
    categories: &Categories,
) -> Result<(Vec<StoredLabel>, Vec<StoredRejected>)> {
    for (what, count) in [("labels", write.labels.len()), ("rejected proposals", write.rejected.len())] {
        if count > limits::LABELS {
            return Err(StoreError::Invalid(format!("{count} {what} are too many: a frame holds {}", limits::LABELS)));
        }
    }
    let mut stored: Vec<StoredLabel> = Vec::with_capacity(write.labels.len());
    for (i, label) in write.labels.iter().enumerate() {
        let checked = one(label, size, categories)
            .map_err(|text| StoreError::Invalid(format!("label {} ({}): {text}", i + 1, label.category)))?;
        // A tag is there or not; twice is once.
        let there = |other: &StoredLabel| other.bbox.is_none() && other.category == checked.category;
        if checked.bbox.is_none() && stored.iter().any(there) {
            continue;
        }
        if let Some(track) = &checked.track
            && stored.iter().any(|other| other.track.as_ref() == Some(track))
        {
            let (place, category) = (i + 1, &label.category);
            return Err(StoreError::Invalid(format!(
                "label {place} ({category}): track `{track}` is in the frame already: each object is there once"
            )));
        }
        stored.push(checked);
    }
    let rejected = write.rejected.iter().enumerate().map(|(i, one)| {
        rejected(one, size, categories)
            .map_err(|text| StoreError::Invalid(format!("rejected proposal {} ({}): {text}", i + 1, one.category)))
    });
    Ok((stored, rejected.collect::<Result<_>>()?))
}

/// Checks what is said to go or come with a frame; what is labelled in it is not gone.
pub fn marks(mut marks: Vec<TrackMark>, labels: &[StoredLabel]) -> Result<Vec<TrackMark>> {
    if marks.len() > limits::LABELS {
        let text = format!("{} marks of tracks are too many: a frame holds {}", marks.len(), limits::LABELS);
        return Err(StoreError::Invalid(text));
    }
    let mut tracks = BTreeSet::new();
    for mark in &marks {
        mark.check().map_err(|text| StoreError::Invalid(format!("marks: {text}")))?;
        if !tracks.insert(&mark.track) {
            return Err(StoreError::Invalid(format!("marks: track `{}` is there twice", mark.track)));
        }
    }
    let there: BTreeSet<&str> = labels.iter().filter_map(|label| label.track.as_deref()).collect();
    marks.retain(|mark| mark.mark == GoneOrBack::Back || !there.contains(mark.track.as_str()));
    Ok(marks)
}

fn rejected(
    rejected: &Rejected,
    size: (u32, u32),
    categories: &Categories,
) -> std::result::Result<StoredRejected, String> {
    let (number, category) = known(&rejected.category, categories)?;
    let bbox = match (category.kind, rejected.bbox) {
        (LabelKind::Tag, None) => None,
        (LabelKind::Tag, Some(_)) => return Err("the category is a tag for the whole frame: leave out `bbox`".into()),
        (_, Some(bbox)) => Some(bbox.clip_to(size, limits::OVERHANG).map_err(|e| e.to_string())?.into()),
        (_, None) => return Err("`bbox` is missing: say where the proposal was".into()),
    };
    rejected.score.map_or(Ok(()), |score| limits::within("score", score, &limits::SCORE))?;
    Ok(StoredRejected { category: number, bbox, score: rejected.score })
}

fn known<'a>(name: &str, categories: &'a Categories) -> std::result::Result<(u32, &'a Category), String> {
    categories.ever_named(name).ok_or_else(|| {
        let names: Vec<_> = categories.all().map(|c| format!("`{}`", c.name)).take(20).collect();
        match names.is_empty() {
            true => "there is no such category, nor any other yet: add it first".to_owned(),
            false => {
                format!("there is no such category; known are {}: use one of them or add it first", names.join(", "))
            }
        }
    })
}

fn one(label: &Label, size: (u32, u32), categories: &Categories) -> std::result::Result<StoredLabel, String> {
    let (number, category) = known(&label.category, categories)?;
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
    use crate::domain::{BBox, Phase};

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
        let write = LabelWrite { revision: 0, phase: Phase::Labelled, labels: vec![label], ..LabelWrite::default() };
        match labels(&write, (640, 480), &categories()) {
            Ok((mut l, _)) => Ok(l.remove(0)),
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
        let write = LabelWrite { revision: 0, phase: Phase::Labelled, labels: twice, ..LabelWrite::default() };
        assert_eq!(labels(&write, (640, 480), &categories()).unwrap().0.len(), 1);
    }

    #[test]
    fn an_object_is_in_a_frame_once() {
        let of = |x: f32| Label { track: Some("a".into()), ..label("cell", Some([x, 1.0, 5.0, 5.0]), None) };
        let check = |second: Label| {
            let write = LabelWrite { labels: vec![of(1.0), second], ..LabelWrite::default() };
            labels(&write, (640, 480), &categories()).map_err(|error| error.to_string())
        };
        assert!(check(of(9.0)).unwrap_err().contains("label 2 (cell): track `a` is in the frame already"));
        assert!(
            check(Label { track: Some("b".into()), ..of(9.0) }).is_ok()
                && check(label("cell", Some([1.0; 4]), None)).is_ok()
        );
    }

    #[test]
    fn a_frame_holds_so_many_labels_and_no_more() {
        let one = label("cell", Some([1.0, 1.0, 1.0, 1.0]), None);
        let write = |n| LabelWrite { labels: vec![one.clone(); n], ..LabelWrite::default() };
        let size = (640, 480);
        assert_eq!(labels(&write(limits::LABELS), size, &categories()).unwrap().0.len(), limits::LABELS);
        assert!(labels(&write(limits::LABELS + 1), size, &categories()).is_err());
    }

    #[test]
    fn an_object_goes_or_comes_once_and_not_where_it_is_labelled() {
        let mark = |track: &str, mark| TrackMark { track: track.into(), mark };
        let here = StoredLabel::of(Label { track: Some("a".into()), ..Label::tag("cell") }, 1);
        let (gone, back) = (mark("a", GoneOrBack::Gone), mark("a", GoneOrBack::Back));
        let check = |given: &[TrackMark]| marks(given.to_vec(), std::slice::from_ref(&here));
        assert_eq!(check(&[gone.clone(), mark("b", GoneOrBack::Gone)]).unwrap(), [mark("b", GoneOrBack::Gone)]);
        assert_eq!(check(std::slice::from_ref(&back)).unwrap(), std::slice::from_ref(&back));
        let says = |given: &[TrackMark]| check(given).unwrap_err().to_string();
        assert!(says(&[gone, back]).contains("track `a` is there twice"));
        assert!(says(&[mark("a b", GoneOrBack::Gone)]).contains("the track \"a b\""));
    }

    #[test]
    fn a_rejected_proposal_is_checked_as_a_label_is() {
        let check = |category: &str, bbox: Option<[f32; 4]>, score| {
            let rejected = Rejected { category: category.into(), bbox: bbox.map(BBox::from), score };
            let write = LabelWrite { rejected: vec![rejected], ..LabelWrite::default() };
            labels(&write, (640, 480), &categories()).map(|(_, mut rejected)| rejected.remove(0))
        };
        let inside = Some([1.0, 2.0, 30.0, 40.0]);
        assert_eq!(check("cell", inside, Some(0.5)).unwrap().bbox, inside);
        assert_eq!(check("leaf", inside, None).unwrap().bbox, inside, "a model finds boxes, whatever is drawn");
        assert_eq!(check("blurred", None, None).unwrap().bbox, None);
        for (bad, says) in [
            (check("cell", None, None), "rejected proposal 1 (cell): `bbox` is missing"),
            (check("blurred", inside, None), "leave out `bbox`"),
            (check("nobody", inside, None), "no such category"),
            (check("cell", Some([700.0, 2.0, 30.0, 40.0]), None), "640×480"),
            (check("cell", inside, Some(2.0)), "score: 2 must be 0 to 1"),
        ] {
            let error = bad.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
