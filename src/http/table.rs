//! The table of routes: each is declared with who may take it. There is no way to add one without saying so.

use super::admission::require;
use super::deed::{self, Deed};
use super::taken::{self, Taken, Takes};
use crate::domain::Role;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::MethodRouter;
use std::sync::Arc;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem, Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Under which names the document knows the ways to show a token.
pub const BEARER: &str = "token";
pub const COOKIE: &str = "cookie";
/// Under which names the document says of an operation who may do it, and in which words the audit log tells of it.
pub const ROLE: &str = "x-role";
pub const DEED: &str = "x-deed";

/// Routes, each with who may take it.
pub struct Table<S> {
    router: OpenApiRouter<S>,
    /// The addresses that share a route with another one.
    shared: Paths,
}

impl<S: Clone + Send + Sync + 'static> Table<S> {
    /// An empty table with what the document says beside its routes.
    pub fn new(document: OpenApi) -> Self {
        Self { router: OpenApiRouter::with_openapi(document), shared: Paths::new() }
    }

    /// For everybody, known or not.
    pub fn open(self, (schemas, mut paths, router): UtoipaMethodRouter<S>) -> Self {
        each(&mut paths, |operation| {
            operation.security = Some(vec![]);
        });
        self.with((schemas, paths, router.layer(middleware::from_fn(deed::done))))
    }

    /// For whoever has this role at least. Parameters that its document does not have are refused; what changes something is
    /// done to its end.
    pub fn to(self, role: Role, (schemas, paths, router): UtoipaMethodRouter<S>) -> Self {
        self.asked(role, (schemas, paths, router.layer(middleware::from_fn(deed::done))))
    }

    /// The same for what changes nothing, whatever its method: it ends where nobody waits any longer.
    pub fn asked(self, role: Role, (schemas, mut paths, router): UtoipaMethodRouter<S>) -> Self {
        each(&mut paths, |operation| needs(operation, role));
        let router = self.checked(&paths, guarded(router, role));
        self.with((schemas, paths, router))
    }

    /// For whoever has this role at least; each time it is done, the audit log says so in these words.
    pub fn deed(self, role: Role, what: &'static str, (schemas, mut paths, router): UtoipaMethodRouter<S>) -> Self {
        each(&mut paths, |operation| {
            operation.extensions.get_or_insert_default().insert(DEED.into(), what.into());
        });
        let noted = router.layer(middleware::from_fn(move |request: Request, next: Next| async move {
            let mut response = next.run(request).await;
            // Where one route does several things, the answer may say by itself which.
            if response.status().is_success() && response.extensions().get::<Deed>().is_none() {
                response.extensions_mut().insert(Deed(what));
            }
            response
        }));
        self.to(role, (schemas, paths, noted))
    }

    fn with(self, routes: UtoipaMethodRouter<S>) -> Self {
        Self { router: self.router.routes(routes), ..self }
    }

    /// The route, which refuses what its document does not take.
    fn checked(&self, paths: &Paths, router: MethodRouter<S>) -> MethodRouter<S> {
        // A route is one address.
        let Some((path, item)) = paths.paths.iter().next() else { return router };
        let drawn = self.shared.paths.get(&format!("{path}.jpg")).map(Taken::of);
        let takes = Arc::new(Takes { itself: Taken::of(item), drawn });
        router.layer(middleware::from_fn(move |request, next| taken::only(Arc::clone(&takes), request, next)))
    }

    /// What shares a route that comes after it in the table, with this role: drawn pictures, whose names end in `.jpg`.
    pub fn shared(mut self, role: Role, mut document: OpenApi) -> Self {
        each(&mut document.paths, |operation| needs(operation, role));
        self.shared.paths.extend(document.paths.paths.clone());
        self.router.get_openapi_mut().merge(document);
        self
    }

    /// The routes that were declared, for layers that concern them all.
    pub fn declared(self) -> OpenApiRouter<S> {
        self.router
    }
}

fn guarded<S: Clone + Send + Sync + 'static>(router: MethodRouter<S>, role: Role) -> MethodRouter<S> {
    // Around the answer to other methods too: what a path takes is nobody's business who is not known.
    router.layer(middleware::from_fn(move |request: Request, next: Next| require(role, request, next)))
}

fn needs(operation: &mut Operation, role: Role) {
    let scopes: [String; 0] = [];
    let either = [BEARER, COOKIE].map(|name| SecurityRequirement::new(name, scopes.clone()));
    operation.security = Some(either.to_vec());
    let said = format!("Takes the role `{role}`.");
    operation.description = Some(match operation.description.take() {
        Some(text) if !text.is_empty() => format!("{text}\n\n{said}"),
        _ => said,
    });
    operation.extensions.get_or_insert_default().insert(ROLE.into(), role.to_string().into());
}

fn each(paths: &mut Paths, mut change: impl FnMut(&mut Operation)) {
    for item in paths.paths.values_mut() {
        operations(item).for_each(&mut change);
    }
}

/// The operations of a path, whatever their method.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().flatten()
}
