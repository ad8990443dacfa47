//! Who may come in, and who asks.

use super::admission::{Caller, Known, secret_of, set_cookie};
use super::extract::{Body, Collection, blocking, location};
use super::gate::Gate;
use super::page;
use super::problem::Result;
use crate::access::Principal;
use crate::config::Front;
use crate::domain::{Role, Token, TokenId};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Who asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    device: String,
    role: Role,
    /// Null at the device itself, without a token.
    name: Option<String>,
    token: Option<TokenId>,
    tls: TlsKind,
    /// Which page this device has: one that is of another version should be loaded again. Null where it has none.
    page: Option<&'static str>,
}

/// Who ends TLS.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsKind {
    /// Nobody: loopback.
    None,
    /// The device, with a certificate of its own authority.
    Own,
    /// The device, with a certificate from files.
    Files,
    Proxy,
}

/// Who asks, and what they may do. A browser's cookie lasts anew from then on.
#[utoipa::path(get, path = "/me", tag = "access", responses((status = 200, body = Me)))]
pub async fn me(State(gate): State<Gate>, caller: Caller, Known(principal): Known, headers: HeaderMap) -> Response {
    (kept_in(&gate, &caller, &headers), Json(Me::of(&gate, &principal))).into_response()
}

impl Me {
    /// Who this is, at this door.
    pub fn of(gate: &Gate, principal: &Principal) -> Self {
        let tls = match gate.reach.front() {
            Front::Loopback => TlsKind::None,
            Front::Own => TlsKind::Own,
            Front::Files { .. } => TlsKind::Files,
            Front::Proxy(_) => TlsKind::Proxy,
        };
        let name = principal.who.token.map(|_| principal.who.name.clone());
        let (device, token) = (gate.reach.device().to_owned(), principal.who.token);
        Self { device, role: principal.role, name, token, tls, page: *page::VERSION }
    }

    /// The same on a device behind this door, in this role there.
    pub fn on(self, device: String, role: Role) -> Self {
        Self { device, role, ..self }
    }
}

/// The cookie anew, where the secret came in it.
pub fn kept_in(gate: &Gate, caller: &Caller, headers: &HeaderMap) -> Option<[(HeaderName, String); 1]> {
    let secret = caller.by_cookie.then(|| secret_of(&gate.reach, headers)).flatten()?;
    Some(set_cookie(&gate.reach, &secret))
}

/// All tokens, in the order they were made; their secrets are known to nobody but their holders.
#[utoipa::path(get, path = "/tokens", tag = "access", responses((status = 200, body = Collection<Token>)))]
pub async fn list(State(gate): State<Gate>) -> Json<Collection<Token>> {
    Collection::whole(gate.access.tokens())
}

/// A token to be, for a script.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    role: Role,
}

/// A token and its secret: the only time that it is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// Send it as `Authorization: Bearer …`.
    token: String,
    #[serde(flatten)]
    record: Token,
}

/// Makes a token for a script.
#[utoipa::path(post, path = "/tokens", tag = "access", request_body = NewToken,
    responses((status = 201, body = MadeToken, headers(("Location" = String)))))]
pub async fn add(
    State(gate): State<Gate>,
    Known(principal): Known,
    Body(NewToken { name, role }): Body<NewToken>,
) -> Result<impl IntoResponse> {
    let made = blocking(move || gate.access.add_token(name, role, &principal.who)).await?;
    let at = location(&["tokens", &made.token.id.to_string()]);
    Ok((StatusCode::CREATED, at, Json(MadeToken { token: made.secret, record: made.token })))
}

/// Revokes a token: it lets nobody in any more, and its streams end.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "access", params(("id" = TokenId, Path)),
    responses((status = 204, description = "revoked")))]
pub async fn remove(State(gate): State<Gate>, Known(principal): Known, Path(id): Path<TokenId>) -> Result<StatusCode> {
    blocking(move || gate.access.remove_token(id, &principal.who)).await?;
    Ok(StatusCode::NO_CONTENT)
}
