//! Frames: list, add, capture, read, show.

use super::cameras::{CameraQuery, known};
use super::door::Door;
use super::extract::{Binary, Collection, blocking, limit, location};
use super::problem::{Problem, Result};
use super::sent::{Sent, Wanted};
use super::upload::Upload;
use crate::domain::{CameraId, ClipId, Frame, FrameId, FrameSource, NewFrame, Phase, Side, limits};
use crate::picture::{self, Bounds};
use crate::services::Services;
use crate::store::{FrameCounts, FrameQuery, StoreError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

/// Which frames.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those whose labels have come this far.
    phase: Option<Phase>,
    /// Only those with a label of this category.
    category: Option<String>,
    /// Only those that trainings put on this side.
    side: Option<Side>,
    /// Only those that came this way.
    source: Option<FrameSource>,
    /// Only those that this camera took.
    camera: Option<CameraId>,
    /// Only those taken then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only those taken before then.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// `next` of the slice before.
    before: Option<FrameId>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Frames, newest first. `side`, `source`, `camera`, `since` and `until` are looked for among some thousands of frames a slice: it
/// may be short or empty, and there is more while there is a `next`.
#[utoipa::path(get, path = "/frames", tag = "frames", params(ListQuery),
    responses((status = 200, body = Collection<Frame>)))]
pub async fn list(State(door): State<Door>, Query(query): Query<ListQuery>) -> Result<Json<Collection<Frame>>> {
    let ListQuery { phase, category, side, source, camera, since, until, before, limit: asked } = query;
    let (draft, limit) = (None, limit(asked));
    let query = FrameQuery { phase, category, draft, side, source, camera, since, until, before, limit };
    let list = move || {
        let slice = door.services.store.frames(&query)?;
        if slice.items.is_empty() && slice.next.is_none() && query.before.is_none() {
            known(&door, query.camera.as_ref())?;
        }
        Ok::<_, Problem>(slice)
    };
    Ok(Collection::slice(blocking(list).await?))
}

/// How many frames there are of each kind.
#[utoipa::path(get, path = "/frames/counts", tag = "frames", responses((status = 200, body = FrameCounts)))]
pub async fn counts(State(door): State<Door>) -> Result<Json<FrameCounts>> {
    Ok(Json(blocking(move || door.services.store.counts()).await?))
}

/// What is known of an uploaded picture.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AddQuery {
    /// Name of the file it came from.
    name: Option<String>,
    /// When it was taken; else as the picture says (EXIF), else as `modified` says, else now.
    #[param(value_type = Option<String>, format = DateTime)]
    taken: Option<Timestamp>,
    /// When its file was changed last.
    #[param(value_type = Option<String>, format = DateTime)]
    modified: Option<Timestamp>,
    /// The clip of which it is the next frame: `new`, with which one begins, or the id that the first frame was answered with.
    clip: Option<String>,
    /// With `clip`: where in it, in seconds from its start.
    #[param(minimum = 0, maximum = 1_000_000_000)]
    at: Option<f64>,
}

impl AddQuery {
    /// The clip it goes on with (`None`: a new one), and where in it.
    fn place(&self) -> Result<Option<(Option<ClipId>, f64)>> {
        match (&self.clip, self.at) {
            (None, None) => Ok(None),
            (Some(clip), Some(at)) if clip == "new" => Ok(Some((None, at))),
            (Some(clip), Some(at)) => match clip.parse() {
                Ok(id) => Ok(Some((Some(id), at))),
                Err(_) => Err(Problem::bad_request(format!("`clip` is `new` or the id of a clip, not {clip}"))),
            },
            _ => Err(Problem::bad_request("`clip` and `at` come together: which clip, and where in it in seconds")),
        }
    }
}

/// Stores a picture as a frame. A JPEG is kept as it is if it is upright; others (PNG, BMP, WebP, TIFF) become a JPEG. What
/// it is is seen by its bytes, whatever the content type says. One that was brought before under this `name`, and is no frame of
/// a clip, is not stored again: 200, with the frame that it is.
#[utoipa::path(post, path = "/frames", tag = "frames", params(AddQuery),
    request_body(content((Binary = "image/jpeg"), (Binary = "image/png"), (Binary = "image/bmp"),
        (Binary = "image/webp"), (Binary = "image/tiff"))),
    responses((status = 201, body = Frame, headers(("Location" = String))),
        (status = 200, body = Frame, headers(("Location" = String)), description = "it was here already")))]
pub async fn add(State(door): State<Door>, Query(query): Query<AddQuery>, upload: Upload) -> Result<impl IntoResponse> {
    let place = query.place()?;
    if let Some((Some(clip), _)) = place
        && door.films.coming_in(clip).is_some()
    {
        let detail = format!(
            "clip {clip} is a film that is still coming in: wait until it is here, or begin another by `clip=new`"
        );
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let AddQuery { name, taken, modified, .. } = query;
    let inner = door.clone();
    let work = move || {
        // The room that it takes is held until it is stored.
        let Upload { bytes, room: _room } = upload;
        let said = taken.or_else(|| picture::taken(&bytes)).or(modified);
        let (jpeg, width, height) = picture::to_jpeg(bytes, inner.bounds())?;
        let taken = said.unwrap_or_else(Timestamp::now);
        let clip = place.map(|(clip, at)| inner.services.place(clip, at)).transpose()?;
        let frame = NewFrame {
            jpeg,
            taken,
            width,
            height,
            source: FrameSource::Upload,
            camera: None,
            name,
            clip,
            kept: None,
            truth: None,
        };
        stored(&inner, &frame)
    };
    let (status, frame) = door.drawing(work).await?;
    Ok((status, location(&["frames", &frame.id.to_string()]), Json(frame)))
}

/// Stores an uploaded frame, unless it is here already.
fn stored(door: &Door, frame: &NewFrame) -> Result<(StatusCode, Frame)> {
    let Services { store, .. } = &door.services;
    let add = || Ok((StatusCode::CREATED, door.services.add_frame(frame)?));
    let (Some(name), None) = (&frame.name, &frame.clip) else { return add() };
    let mut brought = door.brought.lock();
    brought.catch_up(store)?;
    match brought.find(store, (name, None), &frame.jpeg)? {
        Some(here) => Ok((StatusCode::OK, store.frame(here)?)),
        None => add(),
    }
}

/// Stores the camera's newest frame, whatever the keep rule says.
#[utoipa::path(post, path = "/frames/capture", tag = "frames", params(CameraQuery),
    responses((status = 201, body = Frame, headers(("Location" = String)))))]
pub async fn capture(
    State(door): State<Door>,
    Query(CameraQuery { camera }): Query<CameraQuery>,
) -> Result<impl IntoResponse> {
    let capture = move || Ok::<_, Problem>(door.services.cameras.named(camera.as_ref())?.capture()?);
    Ok(created(blocking(capture).await?))
}

fn created(frame: Frame) -> impl IntoResponse {
    (StatusCode::CREATED, location(&["frames", &frame.id.to_string()]), Json(frame))
}

/// One frame, without its picture.
#[utoipa::path(get, path = "/frames/{id}", tag = "frames", params(("id" = FrameId, Path)),
    responses((status = 200, body = Frame)))]
pub async fn get(
    State(door): State<Door>,
    Path(name): Path<String>,
    query: Query<PictureQuery>,
    wanted: Wanted,
) -> Result<Response> {
    // The router can't tell `{id}.jpg` from `{id}`.
    if let Some(id) = name.strip_suffix(".jpg") {
        return picture(State(door), Path(frame_id(id)?), query, wanted).await;
    }
    let id = frame_id(&name)?;
    Ok(Json(blocking(move || door.services.store.frame(id)).await?).into_response())
}

/// How large a picture.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PictureQuery {
    /// Pixels, 16 to 1920; made smaller to this width, never larger.
    #[param(minimum = 16, maximum = 1920)]
    pub width: Option<u32>,
}

impl PictureQuery {
    /// The width asked for, if it is one that is made.
    pub fn width(&self) -> Result<Option<u32>> {
        match self.width {
            Some(width) => match limits::within("width", width, &limits::PICTURE_WIDTH) {
                Ok(()) => Ok(Some(width)),
                Err(text) => Err(Problem::bad_request(text)),
            },
            None => Ok(None),
        }
    }
}

/// A frame's picture: without `width` the stored JPEG, byte for byte.
#[utoipa::path(get, path = "/frames/{id}.jpg", tag = "frames", params(("id" = FrameId, Path), PictureQuery),
    responses((status = 200, body = Binary, content_type = "image/jpeg"),
        (status = 206, body = Binary, content_type = "image/jpeg"), (status = 304, description = "as it is known")))]
pub async fn picture(
    State(door): State<Door>,
    Path(id): Path<FrameId>,
    Query(query): Query<PictureQuery>,
    wanted: Wanted,
) -> Result<Response> {
    let width = query.width()?;
    let store = door.services.store.clone();
    let jpeg = match width {
        None => blocking(move || store.jpeg(id)).await?,
        // Read at its turn only: a picture that waits takes no memory.
        Some(width) => door.drawing(move || shrink(store.jpeg(id)?, width)).await?,
    };
    // A frame never changes.
    Ok(Sent::bytes("image/jpeg", jpeg).kept("private, max-age=31536000, immutable").to(&wanted))
}

/// The picture at this width; as it is where it is no wider.
fn shrink(jpeg: Bytes, width: u32) -> Result<Bytes> {
    // What is stored was bounded when it came in.
    let bounds = Bounds { max_bytes: usize::MAX, ..Bounds::default() };
    let (full, _, _) = picture::probe(&jpeg, bounds)?;
    if width >= full {
        return Ok(jpeg);
    }
    let image = picture::decode(&jpeg, bounds)?;
    let height = (u64::from(image.height()) * u64::from(width)).div_ceil(u64::from(full)).max(1) as u32;
    Ok(picture::encode_jpeg(&picture::resize(&image, width, height), 85))
}

/// The picture of a stored frame, to draw on.
pub fn decoded(door: &Door, id: FrameId) -> Result<image::RgbImage> {
    let jpeg = door.services.store.jpeg(id)?;
    Ok(picture::decode(&jpeg, Bounds { max_bytes: usize::MAX, ..Bounds::default() })?)
}

/// An id out of a path segment; what is no id names nothing.
pub fn frame_id(text: &str) -> Result<FrameId> {
    text.parse().map_err(|_| StoreError::NotFound { what: "frame", id: text.to_owned() }.into())
}
