//! What COCO has no place for in an annotation, under the key `attributes`, where other tools look for such things too.

use crate::domain::{Label, LabelOrigin};
use serde::{Deserialize, Serialize};

/// Where a label came from; see [`Label`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "LabelOrigin::is_drawn")]
    origin: LabelOrigin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    track_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

impl Attributes {
    /// The names that are ours.
    pub const NAMES: [&str; 4] = ["by", "origin", "track_id", "score"];

    /// `None` where there is nothing to say.
    pub fn of(label: &Label) -> Option<Self> {
        let Label { by, origin, track, score, .. } = label.clone();
        let attributes = Self { by, origin, track_id: track, score };
        (attributes != Self::default()).then_some(attributes)
    }

    /// Of an object of a film.
    pub fn of_track(track: String, origin: LabelOrigin) -> Self {
        Self { track_id: Some(track), origin, ..Self::default() }
    }

    /// Those of a file, and the names of those that are passed over: other tools write other things under the same names,
    /// which the store would not take.
    pub fn read(value: &serde_json::Value) -> (Self, Vec<&'static str>) {
        let (mut read, mut over) = (Self::default(), Vec::new());
        for name in Self::NAMES {
            let Some(given) = value.get(name).filter(|given| !given.is_null()) else { continue };
            // CVAT and others count their tracks.
            let given = match (name, given.as_u64()) {
                ("track_id", Some(number)) => number.to_string().into(),
                _ => given.clone(),
            };
            let alone: Option<Self> = serde_json::from_value(serde_json::json!({ name: given })).ok();
            match alone.filter(|alone| alone.clone().on(Label::default()).check_provenance().is_ok()) {
                Some(Self { by, origin, track_id, score }) => {
                    read.by = read.by.or(by);
                    read.track_id = read.track_id.or(track_id);
                    read.score = read.score.or(score);
                    read.origin = if origin.is_drawn() { read.origin } else { origin };
                }
                None => over.push(name),
            }
        }
        (read, over)
    }

    /// The label with these.
    pub fn on(self, label: Label) -> Label {
        Label { by: self.by, origin: self.origin, track: self.track_id, score: self.score, ..label }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_label_says_comes_back() {
        let label = Label {
            by: Some("Ada".into()),
            origin: LabelOrigin::Accepted,
            track: Some("t1".into()),
            score: Some(0.5),
            ..Label::tag("blurred")
        };
        let value = serde_json::to_value(Attributes::of(&label)).unwrap();
        assert_eq!(value, json!({"by": "Ada", "origin": "accepted", "track_id": "t1", "score": 0.5}));
        assert_eq!(Attributes::read(&value).0.on(Label::tag("blurred")), label);
        assert_eq!(Attributes::of(&Label::tag("blurred")), None);
    }

    #[test]
    fn what_others_write_is_passed_over() {
        for other in [json!({"track_id": -7, "occluded": false}), json!({"score": 93}), json!("none"), json!(null)] {
            assert_eq!(Attributes::read(&other).0, Attributes::default());
        }
        let (read, over) = Attributes::read(&json!({"by": "Ada", "origin": "zz", "track_id": 0.5, "score": 2}));
        assert_eq!(read, Attributes { by: Some("Ada".into()), ..Attributes::default() }, "what is sound is taken");
        assert_eq!(over, ["origin", "track_id", "score"], "and the rest is told");
        let counted = Attributes::read(&json!({"track_id": 0, "keyframe": true})).0.on(Label::tag("blurred"));
        assert_eq!(counted.track.as_deref(), Some("0"), "as CVAT writes them");
    }
}
