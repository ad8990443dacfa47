//! Pairing: a code lets a phone in.

use super::admission::{Caller, Known, set_cookie, too_many};
use super::extract::{Body, Collection, blocking, location};
use super::gate::Gate;
use super::problem::{Problem, Result};
use crate::access::{AccessError, Invitation, OpenInvitation};
use crate::config::Front;
use crate::domain::{InvitationId, Role, limits};
use crate::reach::{Reach, qr};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A code, as it was read or typed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Case, spaces and hyphens do not matter.
    #[schema(max_length = 100)]
    code: String,
    /// What the phone is called, where the code is for nobody by name.
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
}

/// A token: the only time that it is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Paired {
    token: String,
    role: Role,
    name: String,
    device: String,
}

/// Lets in whoever has a code, once. The answer also sets a cookie for browsers. A wrong code gets 403; after ten within
/// a minute the address waits (429).
#[utoipa::path(post, path = "/pair", tag = "access", request_body = Pair, responses((status = 200, body = Paired)))]
pub async fn pair(State(gate): State<Gate>, caller: Caller, Body(Pair { code, name }): Body<Pair>) -> Result<Response> {
    let access = gate.access.clone();
    let paired = tokio::task::spawn_blocking(move || access.pair(&code, name, caller.address)).await;
    let paired = match paired.map_err(|_| Problem::internal("fieldcoach is stopping"))? {
        Ok(paired) => paired,
        Err(AccessError::Wait(wait)) => {
            return Ok(too_many(wait.as_secs().max(1), "too many wrong codes came from this address"));
        }
        Err(error) => return Err(error.into()),
    };
    let cookie = set_cookie(&gate.reach, &paired.secret);
    let (role, name) = (paired.token.role, paired.token.name);
    let device = gate.reach.device().to_owned();
    Ok((cookie, Json(Paired { token: paired.secret, role, name, device })).into_response())
}

/// Whom to let in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPairing {
    /// `labeller`, unless said otherwise.
    #[serde(default = "labeller")]
    role: Role,
    /// Whose phone it will be; without, the phone says what it is.
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
    /// How long the code lets somebody in: 1 to 60, 10 unless said otherwise.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 60)]
    minutes: u32,
}

fn labeller() -> Role {
    Role::Labeller
}

fn ten() -> u32 {
    10
}

/// A code that waits for somebody.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Pairing {
    id: InvitationId,
    code: String,
    role: Role,
    name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
    /// The page's address with the code, to be opened by the phone.
    url: String,
    /// The same by every name and address of the device, the best one first.
    urls: Vec<String>,
    /// SHA-256 of the device's own authority, where its certificate is under that.
    fingerprint: Option<String>,
    /// The address as a QR code (SVG).
    qr: String,
}

/// Makes a code that lets somebody in, once.
#[utoipa::path(post, path = "/pairings", tag = "access", request_body = NewPairing,
    responses((status = 201, body = Pairing, headers(("Location" = String)))))]
pub async fn invite(
    State(gate): State<Gate>,
    caller: Caller,
    Known(principal): Known,
    Body(NewPairing { role, name, minutes }): Body<NewPairing>,
) -> Result<impl IntoResponse> {
    let (access, reach) = (gate.access.clone(), gate.reach.clone());
    let pages = pages(&reach, &caller)?;
    let invited = blocking(move || access.invite(Invitation { role, name, minutes }, &principal.who)).await?;
    let urls: Vec<String> = pages.iter().map(|page| format!("{page}#/pair/{}", invited.code)).collect();
    let url = urls.first().cloned().unwrap_or_default();
    let pairing = Pairing {
        id: invited.id,
        code: invited.code,
        role: invited.role,
        name: invited.name,
        expires: invited.expires,
        fingerprint: reach.fingerprint(),
        qr: qr::svg(&url).map_err(|e| Problem::internal(e.to_string()))?,
        url,
        urls,
    };
    Ok((StatusCode::CREATED, location(&["pairings", &pairing.id.to_string()]), Json(pairing)))
}

/// Addresses of the page; what the asker uses comes first behind a proxy.
fn pages(reach: &Reach, caller: &Caller) -> Result<Vec<String>> {
    if *reach.front() == Front::Loopback {
        let detail = "the daemon listens on loopback only, where nobody needs a code: set http.listen to an address of \
                      the network (0.0.0.0:8080, say) and restart";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let mut pages = reach.pages();
    if let Some(base) = caller.base.as_ref().filter(|base| !base.host.is_empty()) {
        pages.insert(0, format!("https://{}{}/", base.host, base.prefix));
    }
    match pages.is_empty() {
        true => Err(Problem::new(
            StatusCode::CONFLICT,
            "the reverse proxy's name is not known here: set http.names to it, or make the code on the page",
        )),
        false => Ok(pages),
    }
}

/// Codes that wait for somebody, without the codes themselves.
#[utoipa::path(get, path = "/pairings", tag = "access", responses((status = 200, body = Collection<OpenInvitation>)))]
pub async fn waiting(State(gate): State<Gate>) -> Json<Collection<OpenInvitation>> {
    Collection::whole(gate.access.invitations())
}

/// Voids a code that nobody used yet.
#[utoipa::path(delete, path = "/pairings/{id}", tag = "access", params(("id" = InvitationId, Path)),
    responses((status = 204, description = "void")))]
pub async fn void(State(gate): State<Gate>, Path(id): Path<InvitationId>) -> Result<StatusCode> {
    match gate.access.void(id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(format!("no code {id} waits for anybody"))),
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let status = match error {
            AccessError::WrongCode => StatusCode::FORBIDDEN,
            AccessError::Removed => StatusCode::UNAUTHORIZED,
            AccessError::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            AccessError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            AccessError::Store(error) => return error.into(),
        };
        Self::new(status, error.to_string())
    }
}

const _: () = assert!(*limits::INVITATION_MINUTES.end() == 60, "as the document says");
