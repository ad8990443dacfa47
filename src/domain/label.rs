//! Labels, and how far a frame's labels have come.

use super::bbox::BBox;
use super::clock::Clock;
use super::id::FrameId;
use super::limits;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// One category applied to one frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub category: String,
    /// In pixels of the stored frame; present for `box` categories, absent for tags, and for polygons the box around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
    /// Corners `[x, y]` in pixels; present for `polygon` categories only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Corner>>)]
    pub polygon: Option<Vec<[f32; 2]>>,
    /// Who set it; 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub by: Option<String>,
    /// How it came about; absent, or null, says `drawn`.
    #[serde(default, deserialize_with = "LabelOrigin::or_drawn", skip_serializing_if = "LabelOrigin::is_drawn")]
    pub origin: LabelOrigin,
    /// The object it shows, the same in every frame that shows it: 1 to 64 letters, digits, `.`, `:`, `_` or `-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Za-z0-9.:_-]{1,64}$")]
    pub track: Option<String>,
    /// How sure the model was that proposed it, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub score: Option<f32>,
}

/// Stands for a corner of an outline in the OpenAPI document.
struct Corner;

impl utoipa::PartialSchema for Corner {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let numbers = utoipa::openapi::schema::ArrayBuilder::new().items(f32::schema());
        numbers.min_items(Some(2)).max_items(Some(2)).description(Some("x, y in pixels")).into()
    }
}

impl utoipa::ToSchema for Corner {}

/// How a label came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelOrigin {
    /// Somebody set it.
    #[default]
    Drawn,
    /// A model proposed it, and somebody agreed.
    Accepted,
    /// Taken over from another frame of its track.
    Carried,
    /// Computed between two frames of its track.
    Interpolated,
}

impl LabelOrigin {
    /// As every other thing that is not said may be null.
    pub fn or_drawn<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or_default())
    }

    pub fn is_drawn(&self) -> bool {
        *self == Self::Drawn
    }
}

impl Label {
    /// The whole frame.
    pub fn tag(category: impl Into<String>) -> Self {
        Self { category: category.into(), ..Self::default() }
    }

    /// A box, in pixels of the stored frame.
    pub fn boxed(category: impl Into<String>, bbox: BBox) -> Self {
        Self { bbox: Some(bbox), ..Self::tag(category) }
    }

    /// An outline, in pixels of the stored frame; the store adds the box around it.
    pub fn outlined(category: impl Into<String>, polygon: Vec<[f32; 2]>) -> Self {
        Self { polygon: Some(polygon), ..Self::tag(category) }
    }

    /// Says who set it: whoever did before, where it is one of these labels as it was; else `who`.
    pub fn sign(&mut self, before: &[Self], who: &str) {
        let same = before.iter().find(|old| Self { by: old.by.clone(), ..self.clone() } == **old);
        self.by = same.map_or_else(|| Some(who.to_owned()), |old| old.by.clone());
    }

    /// What must hold of `by`, `track` and `score` wherever a label comes from; the error says which is wrong and how.
    pub fn check_provenance(&self) -> Result<(), String> {
        if let Some(by) = &self.by {
            let (least, most) = limits::LABEL_BY.into_inner();
            let length = by.chars().count();
            if !limits::LABEL_BY.contains(&length) {
                return Err(format!("`by` has {least} to {most} characters, not {length}"));
            }
            if by.chars().any(char::is_control) || by.trim() != by {
                return Err(format!("`by` {by:?} must not hold control characters nor begin or end with a space"));
            }
        }
        self.track.as_deref().map_or(Ok(()), check_track)?;
        self.score.map_or(Ok(()), |score| limits::within("score", score, &limits::SCORE))
    }
}

/// What must hold of the name of a track; the error says what.
fn check_track(track: &str) -> Result<(), String> {
    let (least, most) = limits::TRACK.into_inner();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-');
    match limits::TRACK.contains(&track.len()) && track.chars().all(plain) {
        true => Ok(()),
        false => Err(format!("the track {track:?} must be {least} to {most} letters, digits, `.`, `:`, `_` or `-`")),
    }
}

/// That an object goes or comes with a frame: what no label can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackMark {
    /// The object, as its labels have it.
    #[schema(pattern = "^[A-Za-z0-9.:_-]{1,64}$")]
    pub track: String,
    pub mark: GoneOrBack,
}

impl TrackMark {
    /// Whether its track can be one; the error says why not.
    pub fn check(&self) -> Result<(), String> {
        check_track(&self.track)
    }
}

/// Whether an object can be seen from a frame of its clip on, up to the next one of which something else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoneOrBack {
    Gone,
    Back,
}

/// How far a frame's labels have come. A frame saved with no label is labelled with nothing in it, and trains as such.
/// An unlabelled frame that has labels all the same holds a draft: trainings and exports pass it over.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Unlabelled,
    Labelled,
    Reviewed,
    Final,
}

/// All labels of one frame. `revision` counts the writes, from 0 for a frame nobody has labelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FrameLabels {
    pub frame: FrameId,
    pub revision: u64,
    pub phase: Phase,
    pub labels: Vec<Label>,
    /// Proposals of a model that somebody refused: what is not there, though it may look like it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
    /// Objects of its clip that go or come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<TrackMark>,
    /// Name of the token that last set the phase `reviewed` or `final`; absent in every other case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
    /// When they were last written; absent for a frame nobody has labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated: Option<Timestamp>,
    /// `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

impl FrameLabels {
    /// Whether somebody labelled the frame, if only as a draft.
    pub fn has_work(&self) -> bool {
        self.phase > Phase::Unlabelled || !self.labels.is_empty()
    }

    /// Of a frame that nobody has labelled.
    pub fn none(frame: FrameId) -> Self {
        Self {
            frame,
            revision: 0,
            phase: Phase::Unlabelled,
            labels: vec![],
            rejected: vec![],
            marks: vec![],
            reviewed_by: None,
            updated: None,
            clock: None,
        }
    }
}

/// A proposal of a model that somebody refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    pub category: String,
    /// In pixels of the stored frame; absent for tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
    /// How sure the model was, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub score: Option<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_label_that_stays_as_it_was_keeps_who_set_it() {
        let bbox = |x: f32| BBox::new(x, 1.0, 5.0, 5.0);
        let of = |by: &str, x: f32| Label { by: Some(by.to_owned()), ..Label::boxed("RBC", bbox(x)) };
        let before = [of("Ana", 1.0), Label::tag("old")];
        let mut after = [of("Ben", 1.0), of("Ana", 2.0), Label::boxed("RBC", bbox(3.0)), Label::tag("old")];
        after.iter_mut().for_each(|label| label.sign(&before, "Ben"));
        let by: Vec<_> = after.iter().map(|label| label.by.as_deref()).collect();
        assert_eq!(by, [Some("Ana"), Some("Ben"), Some("Ben"), None], "nobody takes or gives a label of another's");
    }

    #[test]
    fn what_is_absent_is_not_written_and_says_drawn() {
        let label = Label::boxed("cell", BBox::new(1.0, 2.0, 3.0, 4.0));
        assert_eq!(serde_json::to_value(&label).unwrap(), json!({"category": "cell", "bbox": [1.0, 2.0, 3.0, 4.0]}));
        for drawn in
            [json!({"category": "cell"}), json!({"category": "cell", "origin": null, "by": null, "track": null})]
        {
            assert_eq!(serde_json::from_value::<Label>(drawn).unwrap(), Label::tag("cell"));
        }
        let whole = json!({"category": "cell", "by": "Ada", "origin": "interpolated", "track": "t:1", "score": 0.5});
        assert_eq!(serde_json::to_value(serde_json::from_value::<Label>(whole.clone()).unwrap()).unwrap(), whole);
    }

    #[test]
    fn by_track_and_score_are_bounded() {
        let good =
            Label { by: Some("ä".repeat(64)), track: Some("x".repeat(64)), score: Some(1.0), ..Label::tag("blurred") };
        assert_eq!(good.check_provenance(), Ok(()));
        let track = |track: &str| Label { track: Some(track.into()), ..good.clone() };
        let by = |by: &str| Label { by: Some(by.into()), ..good.clone() };
        for (bad, says) in [
            (by(""), "`by` has 1 to 64 characters, not 0"),
            (by(&"x".repeat(65)), "not 65"),
            (by("a\n"), "control characters"),
            (track(""), "the track \"\" must be 1 to 64 letters"),
            (track(&"x".repeat(65)), "1 to 64"),
            (track("a b"), "the track \"a b\""),
            (Label { score: Some(1.5), ..good.clone() }, "score: 1.5 must be 0 to 1"),
            (Label { score: Some(f32::NAN), ..good.clone() }, "must be 0 to 1"),
        ] {
            let error = bad.check_provenance().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
