//! Labels carried along a clip, and accepted.

use super::admission::Known;
use super::batch::Done;
use super::deed::Deed;
use super::door::Door;
use super::extract::{Body, blocking};
use super::problem::{Problem, Result};
use crate::dataset::carry::{Accepted, Answer, Asked, CarryError, Way, carry};
use crate::domain::{ClipId, Phase, limits};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Longest time for which labels are carried.
const LONGEST: Duration = Duration::from_secs(120);
/// A model may look at frames for so long; what it does not come to is carried without it.
const MODEL: Duration = Duration::from_secs(20);

/// Carries boxes along the frames of a clip, both ways from where they were drawn: boxes in all of its frames, each told to be
/// sure or not, and where somebody should look next. Of a part (`from`, `to`) it goes on from what labels up to 1,000 frames beside it
/// say. Nothing is stored. `{}` takes what is labelled in the clip already. At
/// most 1,000 frames and 100 objects; it ends after two minutes (503), and where nobody waits for the answer any more.
#[utoipa::path(post, path = "/clips/{id}/carry", tag = "clips", params(("id" = ClipId, Path)),
    request_body = Asked, responses((status = 200, body = Answer)))]
pub async fn along(State(door): State<Door>, Path(id): Path<ClipId>, Body(asked): Body<Asked>) -> Result<Json<Answer>> {
    let turn = door.carrying.take().await?;
    // Where whoever asked goes away, this is dropped, and the work ends.
    let left = CancellationToken::new();
    let gone = left.clone();
    let _here = left.drop_guard();
    let answer = blocking(move || {
        let _turn = turn;
        let begun = Instant::now();
        let Door { services, queue, .. } = &door;
        let (store, turns) = (&services.store, &services.pictures);
        let models = services.live.deployment().models()?;
        let seen = |frame| {
            if begun.elapsed() > MODEL || models.each().next().is_none() {
                return vec![];
            }
            let _turn = turns.wait();
            let proposed = queue.proposals((store, &models), |frame| services.live.propose(frame), frame);
            proposed.map(|proposed| proposed.items).unwrap_or_else(|error| {
                tracing::warn!(%frame, "labels are carried without the model here: {error}");
                vec![]
            })
        };
        let mut going = |_, _| match gone.is_cancelled() || begun.elapsed() > LONGEST {
            true => ControlFlow::Break(()),
            false => door.going(),
        };
        let way = Way { turns, detections: &seen, going: &mut going };
        carry(store, id, &asked, way)
    });
    Ok(Json(answer.await?))
}

/// Makes boxes the labels of frames of a clip, in one go: durable once answered. Frames may be given whole, as `carry` answered
/// them. Labels of the tracks that it is about are
/// replaced, others stay; frames of phase `unlabelled` keep what is said in them and the phase that they have. A frame that was reviewed, or whose `revision` is stale because somebody labelled it meanwhile, is left
/// as it is and told. All of it can be undone for a day.
#[utoipa::path(post, path = "/clips/{id}/accept", tag = "clips", params(("id" = ClipId, Path)),
    request_body = Accepted, responses((status = 200, body = Done)))]
pub async fn accept(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<ClipId>,
    Body(accepted): Body<Accepted>,
) -> Result<Response> {
    let most = *limits::DOOR_SLICE.end();
    let least = usize::from(accepted.forget.is_empty());
    if !(least..=most).contains(&accepted.frames.len()) {
        let detail = format!("`frames` holds {least} to {most} frames, not {}", accepted.frames.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let deed = match accepted.frames.iter().any(|frame| frame.wanted() > Phase::Unlabelled) {
        true => "accepted labels along a clip",
        false if accepted.forget.is_empty() => "said where an object of a clip is",
        false => "forgot an object of a clip",
    };
    let batch = blocking(move || door.services.accept(&principal.who, id, &accepted)).await?;
    let done = batch.undo.is_some();
    let answer = Json(Done::from(batch));
    Ok(if done { (Extension(Deed(deed)), answer).into_response() } else { answer.into_response() })
}

impl From<CarryError> for Problem {
    fn from(error: CarryError) -> Self {
        let detail = error.to_string();
        match error {
            CarryError::Store(error) => error.into(),
            CarryError::Track(_) | CarryError::Empty | CarryError::Refused(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            }
            CarryError::Stopped => {
                let detail = format!(
                    "labels could not be carried within {} seconds; give a shorter stretch (`from`, `to`) or fewer tracks",
                    LONGEST.as_secs()
                );
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            }
        }
    }
}
