//! Who may come in, and what they did: the same routes at every door.

use super::gate::Gate;
use super::table::Table;
use super::{audit, guard, pair, tokens};
use crate::domain::Role;
use axum::extract::FromRef;
use axum::middleware;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Tokens, codes that wait, what people did.
pub fn people<S: Clone + Send + Sync + 'static>() -> Table<S>
where
    Gate: FromRef<S>,
{
    use Role::{Admin, Viewer};
    Table::new(OpenApi::default())
        .to(Admin, routes!(pair::waiting))
        .to(Admin, routes!(pair::void))
        .to(Viewer, routes!(tokens::me))
        .to(Admin, routes!(tokens::list))
        .to(Admin, routes!(tokens::remove))
        .to(Admin, routes!(audit::list))
}

/// Codes and secrets, which are told once.
pub fn secrets<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Gate: FromRef<S>,
{
    use Role::Admin;
    Table::new(OpenApi::default())
        .to(Admin, routes!(pair::invite))
        .to(Admin, routes!(tokens::add))
        .declared()
        .layer(middleware::from_fn(guard::no_broker))
}

/// For whoever is not known yet.
pub fn pairing<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Gate: FromRef<S>,
{
    let pairing = Table::new(OpenApi::default()).open(routes!(pair::pair)).declared();
    pairing.layer(middleware::from_fn(guard::no_broker))
}
