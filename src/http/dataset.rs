//! Data sets in and out.

use super::door::Door;
use super::extract::{Binary, Body, blocking};
use super::problem::{Problem, Result};
use super::sent::{Sent, Tagging, Wanted};
use super::upload::is_no_form;
use crate::dataset::import::ImportReport;
use crate::dataset::{export, import};
use crate::domain::{FrameId, limits};
use crate::services::Services;
use crate::store::StoreError;
use axum::Json;
use axum::body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures::StreamExt;
use serde::Deserialize;
use std::collections::HashSet;
use std::io::{Seek, SeekFrom, Write};

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
            let zip = tempfile::tempfile_in(&inner.services.config.data_dir)?;
            let mut zip = Tagging::new(store.room().writer(zip));
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

/// How to take it in where it leaves a choice.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ImportQuery {
    /// The form; told by what is there unless said.
    #[param(inline)]
    format: Option<import::Format>,
    /// Everything or nothing: what can't be taken in refuses the rest.
    strict: bool,
    /// What boxes count where a picture says that it must be turned (EXIF): pixels of the `upright` picture, or those
    /// `stored`; `auto` tells it by the sizes that the data set gives.
    #[param(inline)]
    boxes: import::Boxes,
    /// What a picture has in it of which nothing is said: `unlabelled`, or `empty`.
    #[param(inline)]
    unmentioned: import::Unmentioned,
    /// Whether pictures stay on the side that the data set has them on: `train` to train, `valid` and `test` to judge.
    sides: bool,
}

impl From<ImportQuery> for import::Manner {
    fn from(query: ImportQuery) -> Self {
        let ImportQuery { format, strict, boxes, unmentioned, sides } = query;
        Self { format, strict, boxes, unmentioned, sides }
    }
}

/// Takes in a data set: a ZIP of labels and their pictures, or of pictures alone. It may be as large as there is room
/// beyond `store.reserve`.
#[utoipa::path(post, path = "/dataset", tag = "data set", params(ImportQuery),
    request_body(content((Binary = "application/zip"))),
    responses((status = 200, body = ImportReport)))]
pub async fn import(
    State(door): State<Door>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: body::Body,
) -> Result<Json<ImportReport>> {
    is_no_form(&headers)?;
    let manner = query.into();
    let inner = door.clone();
    let (room, usage) = blocking(move || {
        let store = &inner.services.store;
        Ok::<_, StoreError>((store.room().clone(), store.usage()?))
    })
    .await?;
    let most = usage.free.saturating_sub(usage.reserve);
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::too_large("the data set", most));
    }
    let data_dir = door.services.config.data_dir.clone();
    let file = blocking(move || tempfile::tempfile_in(data_dir)).await?;
    let zip = receive(body, room.writer(file), "the data set", most).await?.into_inner();
    let inner = door.clone();
    let import = move || {
        let Services { store, pictures, .. } = &inner.services;
        Ok(import::zip(store, zip, inner.bounds(), pictures, &manner, &mut |_, _| inner.going())?)
    };
    let report = door.errand(import).await?;
    Ok(Json(report))
}

/// Writes a body to a file, `room` bytes at most, and goes back to its start. `what` it is, in words.
pub async fn receive<F: Write + Seek + Send + 'static>(
    body: body::Body,
    mut file: F,
    what: &str,
    room: u64,
) -> Result<F> {
    let mut chunks = body.into_data_stream();
    let mut length = 0u64;
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|e| Problem::bad_request(format!("the upload broke off after {length} bytes: {e}")))?;
        length += chunk.len() as u64;
        if length > room {
            return Err(Problem::too_large(what, room));
        }
        file = blocking(move || file.write_all(&chunk).map(|()| file)).await?;
    }
    if length == 0 {
        return Err(Problem::bad_request(format!("the body is empty; send {what}")));
    }
    blocking(move || file.rewind().map(|()| file)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[tokio::test]
    async fn an_upload_is_bounded_and_rewound() {
        let mut file = receive(body::Body::from("abc"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        let problem = receive(body::Body::from("abcd"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 413);
        let problem = receive(body::Body::empty(), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 400);
    }
}
