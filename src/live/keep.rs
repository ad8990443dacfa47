//! A look at the camera becomes a draft: what somebody said of what the model saw, on the very frame that it saw it in.

use super::error::KeepError;
use crate::domain::{Category, DetectedObject, FrameLabels, Label, LabelKind, LabelOrigin, Phase, Rejected};

/// What somebody said of the objects of a look, by their places in the list.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub wrong: Vec<usize>,
    pub right: Vec<usize>,
    /// Name of the token of whoever said it.
    pub by: Option<String>,
}

/// What a frame's labels become.
#[derive(Debug, Default, PartialEq)]
pub struct Draft {
    pub labels: Vec<Label>,
    pub rejected: Vec<Rejected>,
    pub left_out: Vec<LeftOut>,
}

/// An object that can't be a label.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// Its place in the list of objects.
    pub object: usize,
    /// Why, in words.
    pub detail: String,
}

/// The draft of a look: what was seen, but for what is wrong, which is remembered as refused. Into a draft that is there
/// already goes only what was said now: the rest may have been changed by somebody. Error: `said` names no object or
/// contradicts itself, or somebody has labelled the frame.
pub fn draft(
    objects: &[DetectedObject],
    before: FrameLabels,
    categories: &[Category],
    said: &Said,
) -> Result<Draft, KeepError> {
    said.check(objects.len())?;
    if before.phase > Phase::Unlabelled {
        return Err(KeepError::Labelled(before.frame));
    }
    let first = before.labels.is_empty() && before.rejected.is_empty();
    let mut draft = Draft { labels: before.labels, rejected: before.rejected, left_out: vec![] };
    for (at, object) in objects.iter().enumerate() {
        let (wrong, right) = (said.wrong.contains(&at), said.right.contains(&at));
        if !(first || wrong || right) {
            continue;
        }
        let label = match label(object, categories) {
            Ok(label) => label,
            Err(detail) => {
                draft.left_out.push(LeftOut { object: at, detail });
                continue;
            }
        };
        let refused = Rejected { category: label.category.clone(), bbox: object.bbox, score: label.score };
        let same = |other: &Label| other.category == label.category && other.bbox == object.bbox;
        if wrong {
            draft.labels.retain(|other| !same(other));
            if !draft.rejected.contains(&refused) {
                draft.rejected.push(refused);
            }
            continue;
        }
        draft.rejected.retain(|other| *other != refused);
        let by = said.by.clone().filter(|_| right);
        match draft.labels.iter_mut().find(|other| same(other)) {
            Some(there) => there.by = by.or(there.by.take()),
            None => draft.labels.push(Label { by, ..label }),
        }
    }
    Ok(draft)
}

impl Said {
    /// What must hold of it where the model saw so many objects. Error: it names another, or contradicts itself.
    pub fn check(&self, objects: usize) -> Result<(), KeepError> {
        let Self { wrong, right, .. } = self;
        if let Some(at) = wrong.iter().chain(right).find(|at| **at >= objects) {
            return Err(KeepError::Refused(format!(
                "there is no object {at}: the model saw {objects}, counted from 0"
            )));
        }
        match right.iter().find(|at| wrong.contains(at)) {
            Some(at) => Err(KeepError::Refused(format!("object {at} can't be both right and wrong"))),
            None => Ok(()),
        }
    }
}

/// An object as a label of the categories of now; the error says why it is none.
fn label(object: &DetectedObject, categories: &[Category]) -> Result<Label, String> {
    let name = &object.category;
    let category = categories.iter().find(|category| category.name == *name);
    let category = category.ok_or_else(|| format!("there is no category `{name}` any more"))?;
    let polygon = match (category.kind, object.bbox) {
        (LabelKind::Tag, None) | (LabelKind::Box, Some(_)) => None,
        // Models see boxes: its corners are a beginning.
        (LabelKind::Polygon, Some(b)) => {
            Some(vec![[b.x, b.y], [b.right(), b.y], [b.right(), b.bottom()], [b.x, b.bottom()]])
        }
        (LabelKind::Tag, Some(_)) => return Err(format!("`{name}` is a tag by now, and has no box")),
        (LabelKind::Box | LabelKind::Polygon, None) => {
            return Err(format!("`{name}` is a tag no more, and wants a box"));
        }
    };
    let (bbox, score) = (object.bbox, Some(object.score.clamp(0.0, 1.0)));
    Ok(Label { category: name.clone(), bbox, polygon, origin: LabelOrigin::Accepted, score, ..Label::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FrameId};

    fn category(name: &str, kind: LabelKind) -> Category {
        Category { name: name.into(), colour: "#ff0000".into(), instructions: String::new(), kind }
    }

    fn object(category: &str, x: f32) -> DetectedObject {
        let bbox = Some(BBox::new(x, 5.0, 10.0, 10.0));
        DetectedObject { category: category.into(), bbox, score: 0.75, track: None, zone: None }
    }

    fn said(wrong: &[usize], right: &[usize]) -> Said {
        Said { wrong: wrong.to_vec(), right: right.to_vec(), by: Some("Ana".into()) }
    }

    fn places(draft: &Draft) -> (Vec<f32>, Vec<f32>) {
        let labels = draft.labels.iter().map(|l| l.bbox.unwrap().x).collect();
        (labels, draft.rejected.iter().map(|r| r.bbox.unwrap().x).collect())
    }

    #[test]
    fn what_was_seen_is_drafted_and_what_is_wrong_refused() {
        let (objects, frame) = ([object("cat", 0.0), object("cat", 20.0), object("cat", 40.0)], FrameId::new());
        let cats = [category("cat", LabelKind::Box)];
        let first = draft(&objects, FrameLabels::none(frame), &cats, &said(&[1], &[2])).unwrap();
        assert_eq!(places(&first), (vec![0.0, 40.0], vec![20.0]));
        assert_eq!((first.labels[0].origin, first.labels[0].score), (LabelOrigin::Accepted, Some(0.75)));
        let by: Vec<_> = first.labels.iter().map(|l| l.by.as_deref()).collect();
        assert_eq!(by, [None, Some("Ana")], "only of that was anything said");

        // Somebody took the first one away meanwhile; now the third is wrong and the second right after all.
        let before = FrameLabels {
            revision: 1,
            labels: first.labels[1..].to_vec(),
            rejected: first.rejected,
            ..FrameLabels::none(frame)
        };
        let second = draft(&objects, before, &cats, &said(&[2], &[1])).unwrap();
        assert_eq!(places(&second), (vec![20.0], vec![40.0]));
    }

    #[test]
    fn an_object_becomes_what_its_category_is_by_now_or_is_left_out_and_told() {
        let tag = DetectedObject { bbox: None, ..object("fog", 0.0) };
        let objects = [object("leaf", 1.0), object("gone", 2.0), tag.clone(), object("fog", 3.0)];
        let categories = [category("leaf", LabelKind::Polygon), category("fog", LabelKind::Tag)];
        let kept = draft(&objects, FrameLabels::none(FrameId::new()), &categories, &Said::default()).unwrap();
        assert_eq!(kept.labels[0].polygon.as_ref().unwrap()[2], [11.0, 15.0]);
        assert_eq!((kept.labels.len(), kept.labels[1].bbox), (2, None));
        let left: Vec<_> = kept.left_out.iter().map(|l| (l.object, l.detail.as_str())).collect();
        assert_eq!(left, [(1, "there is no category `gone` any more"), (3, "`fog` is a tag by now, and has no box")]);
    }

    #[test]
    fn nonsense_and_labelled_frames_are_refused() {
        let objects = [object("cat", 0.0)];
        let cats = [category("cat", LabelKind::Box)];
        let none = || FrameLabels::none(FrameId::new());
        let refused = |before, said| draft(&objects, before, &cats, &said).unwrap_err().to_string();
        assert!(refused(none(), said(&[1], &[])).contains("no object 1: the model saw 1"));
        assert!(refused(none(), said(&[0], &[0])).contains("both right and wrong"));
        let done = FrameLabels { phase: Phase::Labelled, revision: 1, ..none() };
        assert!(refused(done, said(&[0], &[])).contains("labelled"));
    }
}
