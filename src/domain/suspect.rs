//! Labels that are probably wrong, as a training saw it.

use super::bbox::BBox;
use super::id::FrameId;
use serde::Serialize;

/// What is probably mislabelled, worst first.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Suspects {
    pub items: Vec<Suspect>,
    /// What can't be told, and why; `null` where all can.
    pub note: Option<String>,
}

/// A label that is probably wrong, or one that is probably missing.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Suspect {
    pub frame: FrameId,
    pub kind: SuspectKind,
    /// Of the label; of the prediction where there is none.
    pub category: String,
    /// In pixels of the stored frame; `null` for tags.
    pub bbox: Option<BBox>,
    /// How strong the suspicion is, 0 to 1: how sure the model is of what nobody labelled; which share of the category's
    /// labels it finds, where it never found this one.
    pub score: f32,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspectKind {
    /// The model is as sure as of what it finds rightly, and nothing is labelled there.
    SureButUnlabelled,
    /// A label that was found at no epoch, of a category that is found otherwise.
    NeverFound,
}
