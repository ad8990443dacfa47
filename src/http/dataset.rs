//! Data sets out.

use super::door::Door;
use super::extract::{Binary, Body};
use super::problem::{Problem, Result};
use super::receive::nameless;
use super::sent::{Sent, Tagging, Wanted};
use crate::dataset::export;
use crate::domain::{FrameId, limits};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::HashSet;
use std::io::{Seek, SeekFrom};

/// Which form.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    #[default]
    Coco,
    Yolo,
    /// Pascal VOC.
    Voc,
}

/// How to write it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// `coco` unless said otherwise.
    #[param(inline)]
    format: Option<Form>,
}

/// Every labelled frame with its labels, as a ZIP: the same bytes as long as these are the same, so that a download which
/// broke off may go on (`Range`).
#[utoipa::path(get, path = "/dataset.zip", tag = "data set", params(ExportQuery),
    responses((status = 200, body = Binary, content_type = "application/zip"),
        (status = 206, body = Binary, content_type = "application/zip"), (status = 304, description = "as it is known")))]
pub async fn export(State(door): State<Door>, Query(query): Query<ExportQuery>, wanted: Wanted) -> Result<Response> {
    Ok(zipped(door, query.format.unwrap_or_default(), None).await?.to(&wanted))
}

/// Some frames.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SomeFrames {
    /// At most 500.
    #[schema(max_items = 500)]
    frames: Vec<FrameId>,
    /// `coco` unless said otherwise.
    #[serde(default)]
    #[schema(inline)]
    format: Form,
}

/// Those of some frames that are labelled, with their labels, as a ZIP.
#[utoipa::path(post, path = "/dataset.zip", tag = "data set", request_body = SomeFrames,
    responses((status = 200, body = Binary, content_type = "application/zip")))]
pub async fn export_some(
    State(door): State<Door>,
    wanted: Wanted,
    Body(SomeFrames { frames, format }): Body<SomeFrames>,
) -> Result<Response> {
    if let Err(text) = limits::within("frames", frames.len(), &(1..=*limits::DOOR_SLICE.end())) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, text));
    }
    Ok(zipped(door, format, Some(frames.into_iter().collect())).await?.to(&wanted))
}

async fn zipped(door: Door, form: Form, only: Option<HashSet<FrameId>>) -> Result<Sent> {
    let (format, name) = match form {
        Form::Coco => (export::Format::Coco, "coco"),
        Form::Yolo => (export::Format::Yolo, "yolo"),
        Form::Voc => (export::Format::Voc, "voc"),
    };
    let inner = door.clone();
    // Written to a file first: a ZIP can't be written without seeking, and errors must show before the answer begins.
    let (zip, length, tag) = door
        .errand(move || {
            let store = &inner.services.store;
            let mut zip = Tagging::new(store.scratch().guest(None, nameless)?);
            export::zip(store, format, only.as_ref(), &mut zip, &mut |_, _| inner.going())?;
            let (zip, tag) = zip.finish();
            let mut zip = zip.into_inner();
            let length = zip.seek(SeekFrom::End(0))?;
            Ok((zip, length, tag))
        })
        .await?;
    let file = format!("{}-{name}.zip", door.services.config.device.id);
    Ok(Sent::file("application/zip", (zip, length), tag).called(&file).kept("no-store"))
}
