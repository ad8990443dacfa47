//! A frame's labels.

use super::admission::Known;
use super::door::Door;
use super::extract::{Body, blocking};
use super::frames::frame_id;
use super::problem::{Problem, Result};
use crate::domain::{FrameId, FrameLabels, Label, Phase, Rejected, TrackMark};
use crate::store::LabelWrite;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

/// A frame's labels.
#[utoipa::path(get, path = "/frames/{id}/labels", tag = "labels", params(("id" = FrameId, Path)),
    responses((status = 200, body = FrameLabels)))]
pub async fn get(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<FrameLabels>> {
    let id = frame_id(&id)?;
    Ok(Json(blocking(move || door.services.store.labels(id)).await?))
}

/// All labels of a frame, in place of those it has.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutLabels {
    /// Of the labels these are based on; 0 for a frame nobody has labelled.
    revision: u64,
    #[serde(default = "labelled")]
    #[schema(default = "labelled")]
    phase: Phase,
    labels: Vec<Label>,
    /// Proposals of the model that were refused.
    #[serde(default)]
    rejected: Vec<Rejected>,
    /// Objects of its clip that go or come with the frame; absent, they stay as they are.
    #[serde(default)]
    marks: Option<Vec<TrackMark>>,
}

fn labelled() -> Phase {
    Phase::Labelled
}

/// Writes a frame's labels. Once answered they survive a power cut. With a token the device says who set those that are
/// new or changed (`by`), and who reviewed them. Labels of phase `unlabelled` are a draft: kept on the device, and passed
/// over by trainings and exports.
#[utoipa::path(put, path = "/frames/{id}/labels", tag = "labels", params(("id" = FrameId, Path)),
    request_body = PutLabels,
    responses((status = 200, body = FrameLabels),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`revision` is stale; `current` holds the labels as they are now")))]
pub async fn put(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<String>,
    Body(PutLabels { revision, phase, labels, rejected, marks }): Body<PutLabels>,
) -> Result<Json<FrameLabels>> {
    let id = frame_id(&id)?;
    let by = principal.who.token.map(|_| principal.who.name);
    let mut write = LabelWrite { revision, phase, labels, rejected, marks, by };
    let labels = move || {
        if let Some(by) = &write.by {
            // Where these are stale by the time they are written, so is the write.
            let before = door.services.store.labels(id)?.labels;
            write.labels.iter_mut().for_each(|label| label.sign(&before, by));
        }
        door.services.put_labels(id, write)
    };
    Ok(Json(blocking(labels).await?))
}
