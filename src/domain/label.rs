//! Labels, and how far a frame's labels have come.

use super::bbox::BBox;
use super::id::FrameId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    pub polygon: Option<Vec<[f32; 2]>>,
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
}

/// How far a frame's labels have come. A frame saved with no label is labelled with nothing in it, and trains as such.
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
    /// When they were last written; absent for a frame nobody has labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated: Option<Timestamp>,
}
