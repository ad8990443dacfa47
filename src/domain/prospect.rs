//! What a training would be made of, told before it is started.

use super::category::LabelKind;
use serde::Serialize;

/// What a training that is started now would learn from, what speaks against it, and what minutes bring.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TrainingPlan {
    pub frames: PlanFrames,
    pub categories: Vec<PlanCategory>,
    /// The gravest first.
    pub warnings: Vec<PlanWarning>,
    pub choices: Vec<PlanChoice>,
    /// Why it would be refused, and what to do; `null` where it would begin.
    pub refused: Option<String>,
}

/// Labelled frames that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlanFrames {
    pub labelled: u32,
    /// Of them, those it would learn from.
    pub training: u32,
    /// Of them, those it would be tested on.
    pub validation: u32,
    /// Of them, those without a label of these categories: they teach what is not there.
    pub empty: u32,
}

/// A category that would be learned.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PlanCategory {
    pub name: String,
    pub kind: LabelKind,
    /// Frames that have any of it.
    pub frames: u32,
    pub objects: u32,
}

/// What speaks against training now.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PlanWarning {
    pub kind: PlanWarningKind,
    /// The category that it concerns, where it is one.
    pub category: Option<String>,
    /// What is wrong and what to do.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanWarningKind {
    /// One side of the split has none of a category: it can't be learned, or can't be tested.
    OneSided,
    /// Few frames, or few objects of a category.
    TooFew,
    /// All frames are from one minute.
    OneMinute,
    /// A category has far fewer objects than another.
    Dwarfed,
    /// Frames are left out because others, on the other side of the split, were taken seconds before or after.
    TooNear,
    /// Frames are left out because they can't be read any more.
    Damaged,
}

/// How long it may take, and what that brings.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PlanChoice {
    pub minutes: f32,
    /// In words; an estimate from how fast this device is.
    pub expected: String,
}
