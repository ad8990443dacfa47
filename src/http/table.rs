//! The table of routes: each is declared with who may take it. There is no way to add one without saying so.

use super::admission::require;
use super::deed::{self, Deed};
use super::door::Door;
use crate::domain::Role;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::MethodRouter;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem, Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Under which names the document knows the ways to show a token.
pub const BEARER: &str = "token";
pub const COOKIE: &str = "cookie";

/// Routes, each with who may take it.
pub struct Table(OpenApiRouter<Door>);

impl Table {
    /// An empty table with what the document says beside its routes.
    pub fn new(document: OpenApi) -> Self {
        Self(OpenApiRouter::with_openapi(document))
    }

    /// For everybody, known or not.
    pub fn open(self, (schemas, mut paths, router): UtoipaMethodRouter<Door>) -> Self {
        each(&mut paths, |operation| {
            operation.security = Some(vec![]);
        });
        Self(self.0.routes((schemas, paths, router)))
    }

    /// For whoever has this role at least.
    pub fn to(self, role: Role, (schemas, mut paths, router): UtoipaMethodRouter<Door>) -> Self {
        each(&mut paths, |operation| needs(operation, role));
        Self(self.0.routes((schemas, paths, guarded(router, role))))
    }

    /// For whoever has this role at least; each time it is done, the audit log says so in these words.
    pub fn deed(self, role: Role, what: &'static str, (schemas, paths, router): UtoipaMethodRouter<Door>) -> Self {
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

    /// What shares a route that stands in the table with this role: for the document only.
    pub fn shared(mut self, role: Role, mut document: OpenApi) -> Self {
        each(&mut document.paths, |operation| needs(operation, role));
        self.0.get_openapi_mut().merge(document);
        self
    }

    /// The routes that were declared, for layers that concern them all: what they do is done to its end.
    pub fn declared(self) -> OpenApiRouter<Door> {
        self.0.layer(middleware::from_fn(deed::done))
    }
}

fn guarded(router: MethodRouter<Door>, role: Role) -> MethodRouter<Door> {
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
    operation.extensions.get_or_insert_default().insert("x-role".into(), role.to_string().into());
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
