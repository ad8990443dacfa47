//! Who is let through: every request passes here. Who it is comes from the way it came by and from its token; what that
//! may do stands in the table of routes.

use super::extract::blocking;
use super::forwarded::{Base, Said};
use super::gate::Gate;
use super::listen::{Arrival, Way};
use super::problem::Problem;
use crate::access::{Access, Payer, Principal};
use crate::config::Front;
use crate::domain::{Role, Who};
use crate::reach::Reach;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use futures::StreamExt;
use http_body::Body as _;
use std::net::IpAddr;
use std::time::Duration;

/// How long an answer that is nearly there may take after its token was revoked.
const GRACE: Duration = Duration::from_millis(200);

/// A request that did not come over the network: who asks was proven before.
#[derive(Clone, Debug)]
pub struct Entered(pub Principal);

/// Who asks: the principal, where it is known.
#[derive(Clone, Debug)]
pub struct Caller {
    pub principal: Option<Principal>,
    /// The machine that asks, where it is another one.
    pub address: Option<IpAddr>,
    /// Under which address the page is there for them, where a proxy says so.
    pub base: Option<Base>,
    /// Whether the token came in a cookie.
    pub by_cookie: bool,
}

/// Middleware around everything: who asks, at what pace, and until when.
pub async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match caller(&gate, &parts).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    if let Some(wait) = payer(&caller).and_then(|payer| gate.access.pay(payer).err()) {
        return too_many(wait.as_secs() + 1, "too many requests at once");
    }
    let principal = caller.principal.clone();
    let prefix = caller.base.as_ref().map(|base| base.prefix.clone()).unwrap_or_default();
    let (path, safe) = (parts.uri.path().to_owned(), parts.method.is_safe());
    parts.extensions.insert(caller);
    parts.extensions.insert(gate.access.clone());
    parts.extensions.insert(gate.patience.clone());
    let request = Request::from_parts(parts, body);
    let mut response = match &principal {
        None => next.run(request).await,
        Some(principal) => {
            let revoked = async {
                principal.revoked.cancelled().await;
                // Whoever removes their own token is still told that it is done.
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                response = next.run(request) => ending_with(principal, response),
                () = revoked => {
                    if !safe {
                        let (access, who) = (gate.access.clone(), principal.who.clone());
                        note(access, who, "was removed in the middle of a request", path).await;
                    }
                    return unknown();
                }
            }
        }
    };
    if !prefix.is_empty() {
        below(&prefix, &mut response);
    }
    response
}

/// Writes down what somebody did, before it is answered.
pub async fn note(access: Access, who: Who, what: impl Into<String>, about: String) {
    let what = what.into();
    let noting = what.clone();
    if tokio::task::spawn_blocking(move || access.note(&who, noting, about)).await.is_err() {
        tracing::error!(what, "the audit log could not be written");
    }
}

async fn caller(gate: &Gate, parts: &Parts) -> Result<Caller, Problem> {
    let nobody = Caller { principal: None, address: None, base: None, by_cookie: false };
    if let Some(Entered(principal)) = parts.extensions.get() {
        return Ok(Caller { principal: Some(principal.clone()), ..nobody });
    }
    // A request that came by no way that is known is nobody's.
    let Some(arrival) = parts.extensions.get::<Arrival>() else { return Ok(nobody) };
    let (address, base) = match (arrival.way, gate.reach.front()) {
        (Way::Loopback | Way::Local, _) => {
            return Ok(Caller { principal: Some(Principal::local()), ..nobody });
        }
        // Supervisors ask past the proxy.
        (Way::Plain, Front::Proxy(_)) if parts.uri.path() == "/healthz" => return Ok(nobody),
        (Way::Plain, Front::Proxy(_)) => match parts.extensions.get::<Said>() {
            Some(Said { peer, base }) => (*peer, Some(base.clone())),
            None => return Ok(nobody),
        },
        _ => (arrival.peer, None),
    };
    let caller = Caller { address, base, ..nobody };
    if parts.uri.path() == "/metrics" && address.is_some_and(|address| may_scrape(gate, address)) {
        return Ok(Caller { principal: Some(Principal::scraper(address)), ..caller });
    }
    let Some((secret, by_cookie)) = secret(&parts.headers, &cookie_name(&gate.reach)) else { return Ok(caller) };
    let access = gate.access.clone();
    let principal = blocking(move || Ok::<_, Problem>(access.recognise(&secret, address))).await?;
    if principal.is_some() {
        arrival.connection.know();
    }
    Ok(Caller { principal, by_cookie, ..caller })
}

fn may_scrape(gate: &Gate, address: IpAddr) -> bool {
    gate.config.http.metrics.iter().any(|network| network.contains(address))
}

/// To whose account it goes; whoever is at the device itself has none.
fn payer(caller: &Caller) -> Option<Payer> {
    match &caller.principal {
        Some(principal) => principal.who.token.map(Payer::Token),
        None => caller.address.map(Payer::Address),
    }
}

/// The cookie of this device: another one may have the same address tomorrow.
fn cookie_name(reach: &Reach) -> String {
    format!("__Host-fieldcoach-{}", reach.device())
}

/// The secret that a request to this device carries.
pub fn secret_of(reach: &Reach, headers: &HeaderMap) -> Option<String> {
    secret(headers, &cookie_name(reach)).map(|(secret, _)| secret)
}

/// The secret that a request carries, and whether in its cookie.
fn secret(headers: &HeaderMap, name: &str) -> Option<(String, bool)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| (secret.trim().to_owned(), false));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = cookies.flat_map(Cookie::split_parse).flatten().filter(|cookie| cookie.name() == name);
    found.next().map(|cookie| (cookie.value().to_owned(), true))
}

/// Middleware of a route: lets through whoever has this role at least.
pub async fn require(role: Role, request: Request, next: Next) -> Response {
    match request.extensions().get::<Caller>().and_then(|caller| caller.principal.as_ref()) {
        None => unknown(),
        Some(principal) => match needs(principal, role) {
            Ok(()) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
    }
}

/// Refuses whoever has not this role at least; for what depends on more than the route.
pub fn needs(principal: &Principal, role: Role) -> Result<(), Problem> {
    if principal.role >= role {
        return Ok(());
    }
    let detail = format!("this takes the role {role}, and `{}` is {}", principal.who.name, principal.role);
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

/// The answer to whoever is not known: the same for what is there and what is not.
pub fn unknown() -> Response {
    let detail = "you are not known here: pair with a code, or send a token (Authorization: Bearer …)";
    let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
    (challenge, Problem::new(StatusCode::UNAUTHORIZED, detail)).into_response()
}

/// Takes off an answer to whoever is not known what the router adds by itself: what a path takes tells that it is there.
pub async fn tell_nothing(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().remove(header::ALLOW);
    }
    response
}

/// The answer to whoever asks too often.
pub fn too_many(seconds: u64, detail: &str) -> Response {
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, format!("{detail}; wait {seconds} s"));
    ([(header::RETRY_AFTER, seconds.to_string())], problem).into_response()
}

/// What is being streamed ends when the token is revoked.
fn ending_with(principal: &Principal, response: Response) -> Response {
    if principal.who.token.is_none() || response.body().size_hint().exact().is_some() {
        return response;
    }
    let (revoked, ended) = (principal.revoked.clone(), principal.revoked.clone());
    // An error cuts the stream off, so that half a download does not look whole.
    let cut = futures::stream::once(async move {
        ended.is_cancelled().then(|| Err(axum::Error::new(std::io::Error::other("the token was revoked"))))
    });
    response.map(|body| {
        let parts = body.into_data_stream().take_until(revoked.cancelled_owned());
        Body::from_stream(parts.chain(cut.filter_map(futures::future::ready)))
    })
}

/// Addresses that an answer names are below the prefix of the proxy.
fn below(prefix: &str, response: &mut Response) {
    let Some(location) = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()) else { return };
    if location.starts_with('/')
        && let Ok(value) = HeaderValue::try_from(format!("{prefix}{location}"))
    {
        response.headers_mut().insert(header::LOCATION, value);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let caller = parts.extensions.get::<Caller>().and_then(|caller| caller.principal.clone());
        caller.map(Self).ok_or_else(unknown)
    }
}

/// Somebody who is known: what routes with a role can rely on.
#[derive(Clone, Debug)]
pub struct Known(pub Principal);

/// Where a browser keeps the token: for scripts of pages out of reach, over TLS only, never sent from other sites.
pub fn set_cookie(reach: &Reach, secret: &str) -> [(HeaderName, String); 1] {
    let cookie = Cookie::build((cookie_name(reach), secret.to_owned()))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(cookie::SameSite::Strict)
        // The longest that Chromium keeps one; every visit sets it anew.
        .max_age(time::Duration::days(400));
    [(header::SET_COOKIE, cookie.build().to_string())]
}
