//! What the routes of a device ask of whoever takes them: by the very table that a device of this version has.

use crate::domain::Role;
use crate::http;
use crate::http::shared::{DEED, ROLE};
use axum::http::Method;
use std::collections::BTreeMap;
use utoipa::openapi::PathItem;
use utoipa::openapi::path::Operation;

/// Where the routes of a device lie, on it.
pub const API: &str = "/api/v1";

/// What one operation of a device asks for, and in which words it is noted that it was done; `None`: it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    pub role: Role,
    pub deed: Option<String>,
}

/// What the operations of one route ask for.
pub type Route = BTreeMap<String, Asks>;

/// The routes of a device below [`API`], by their paths as the router writes them. What shares a route with another (drawn
/// pictures, whose names end in `.jpg`) counts as that.
pub fn routes() -> BTreeMap<String, Route> {
    let paths = http::openapi().paths.paths;
    let below = paths.into_iter().filter_map(|(path, item)| Some((path.strip_prefix(API)?.to_owned(), item)));
    below.filter(|(path, _)| !path.contains("}.")).map(|(path, item)| (path, operations(item))).collect()
}

fn operations(item: PathItem) -> Route {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [
        (Method::GET, get),
        (Method::PUT, put),
        (Method::POST, post),
        (Method::DELETE, delete),
        (Method::PATCH, patch),
    ];
    let known = all.into_iter().filter_map(|(method, operation)| Some((method.to_string(), asks(&operation?)?)));
    known.collect()
}

/// `None`: it is for everybody, and not passed on.
fn asks(operation: &Operation) -> Option<Asks> {
    let said = |name: &str| operation.extensions.as_ref()?.get(name)?.as_str().map(str::to_owned);
    Some(Asks { role: said(ROLE)?.parse().ok()?, deed: said(DEED) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_asks_for_what_the_device_asks_for() {
        let routes = routes();
        let asks = |path: &str, method: &str| routes[path].get(method).cloned();
        let role = |path: &str, method: &str| asks(path, method).map(|asks| asks.role);
        assert_eq!(role("/models/{id}", "DELETE"), Some(Role::Admin));
        assert_eq!(role("/frames/{id}/labels", "PUT"), Some(Role::Labeller));
        assert_eq!(role("/frames/{id}/labels", "GET"), Some(Role::Viewer));
        assert_eq!(asks("/models/{id}", "DELETE").and_then(|asks| asks.deed).as_deref(), Some("deleted a model"));
        assert_eq!(asks("/status", "GET").and_then(|asks| asks.deed), None);
        assert_eq!(asks("/pair", "POST"), None, "for everybody");
        assert!(routes.keys().all(|path| !path.contains(".jpg")) && routes.len() > 40);
    }
}
