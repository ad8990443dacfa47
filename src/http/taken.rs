//! What an address takes, by its own document: a method that only its neighbour takes is refused, and so is a parameter
//! that nobody would look at, instead of passed over in silence.

use super::admission::Caller;
use super::problem::Problem;
use axum::extract::{Query, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{PathItem, RefOr};

/// The names of the parameters after `?` of each method of one address.
#[derive(Clone, Debug, Default)]
pub struct Taken(HashMap<Method, Vec<String>>);

impl Taken {
    /// By the document of the address.
    pub fn of(item: &PathItem) -> Self {
        let PathItem { get, put, post, delete, patch, .. } = item;
        let methods = [
            (Method::GET, get),
            (Method::PUT, put),
            (Method::POST, post),
            (Method::DELETE, delete),
            (Method::PATCH, patch),
        ];
        let methods = methods.into_iter().filter_map(|(method, operation)| {
            let all = operation.as_ref()?.parameters.iter().flatten();
            let names = all.filter_map(|one| match one {
                RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one.name.clone()),
                _ => None,
            });
            Some((method, names.collect()))
        });
        Self(methods.collect())
    }

    fn knows(&self, method: &Method) -> bool {
        self.0.contains_key(answered_as(method))
    }

    /// What is wrong with a request, if anything is.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let Some(names) = self.0.get(answered_as(request.method())) else { return Some(self.no_such_method()) };
        // Else two names that differ would be read as one.
        if request.uri().query().is_some_and(|query| percent_decode_str(query).decode_utf8().is_err()) {
            return Some(Problem::bad_request("what is behind `?` is no UTF-8; write names in UTF-8").into_response());
        }
        // What can't be read at all is told by whoever reads it.
        let Query(asked) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?;
        let (unknown, _) = asked.into_iter().find(|(name, _)| !names.contains(name))?;
        let takes = match &names[..] {
            [] => "this takes no parameters".to_owned(),
            names => format!("this takes `{}`", names.join("`, `")),
        };
        Some(Problem::bad_request(format!("unknown parameter `{unknown}`; {takes}")).into_response())
    }

    fn no_such_method(&self) -> Response {
        let methods = self.0.keys().map(|method| if method == Method::GET { "GET,HEAD" } else { method.as_str() });
        let allow = methods.collect::<Vec<_>>().join(",");
        ([(header::ALLOW, allow)], StatusCode::METHOD_NOT_ALLOWED).into_response()
    }
}

/// HEAD is answered from what GET would answer.
fn answered_as(method: &Method) -> &Method {
    if method == Method::HEAD { &Method::GET } else { method }
}

/// What one route of the router takes: the address itself, and the drawn one that shares it, whose name ends in `.jpg`.
#[derive(Clone, Debug, Default)]
pub struct Takes {
    pub itself: Taken,
    pub drawn: Option<Taken>,
}

/// Middleware of a route.
pub async fn only(takes: Arc<Takes>, request: Request, next: Next) -> Response {
    // What is there is nobody's business who is not known.
    let known = request.extensions().get::<Caller>().is_some_and(|caller| caller.principal.is_some());
    let refusal = match &takes.drawn {
        _ if !known => None,
        Some(drawn) if request.uri().path().ends_with(".jpg") => drawn.refusal(&request),
        // Other methods of the address have a route of their own, or the router refuses them.
        _ if !takes.itself.knows(request.method()) => None,
        _ => takes.itself.refusal(&request),
    };
    match refusal {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}
