//! What people did.

use super::extract::{Collection, limit};
use super::gate::Gate;
use crate::domain::{AuditEntry, AuditId};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `next` of the slice before.
    before: Option<AuditId>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// What people did, newest first: pairings, tokens, settings, deployments, trainings, data sets. Labels carry who set
/// them.
#[utoipa::path(get, path = "/audit", tag = "access", params(ListQuery),
    responses((status = 200, body = Collection<AuditEntry>)))]
pub async fn list(
    State(gate): State<Gate>,
    Query(ListQuery { before, limit: asked }): Query<ListQuery>,
) -> Json<Collection<AuditEntry>> {
    Collection::slice(gate.store.audit(before, limit(asked)))
}
