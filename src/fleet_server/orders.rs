//! Commands to many devices.

use super::door::Door;
use crate::access::Principal;
use crate::domain::Role;
use crate::fleet::orders::{NewOrder, Order};
use crate::http::Problem;
use crate::http::shared::{Body, Collection, Known, Result, limit, location, needs};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use uuid::Uuid;

/// Which orders.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `next` of the slice before.
    before: Option<Uuid>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Orders, newest first.
#[utoipa::path(get, path = "/orders", tag = "fleet", params(ListQuery),
    responses((status = 200, body = Collection<Order>)))]
pub async fn list(State(door): State<Door>, Query(query): Query<ListQuery>) -> Json<Collection<Order>> {
    let mut all = door.fleet.orders();
    if let Some(before) = query.before {
        let at = all.iter().position(|order| order.id == before);
        all = at.map_or_else(Vec::new, |at| all.split_off(at + 1));
    }
    let there = all.len();
    all.truncate(limit(query.limit));
    let next = all.last().filter(|_| all.len() < there).map(|order| order.id.to_string());
    Json(Collection { items: all, next })
}

/// One order, and what became of it on each device.
#[utoipa::path(get, path = "/orders/{id}", tag = "fleet", params(("id" = Uuid, Path)),
    responses((status = 200, body = Order)))]
pub async fn get(State(door): State<Door>, Path(id): Path<Uuid>) -> Result<Json<Order>> {
    Ok(Json(door.fleet.order(id).ok_or_else(|| none(id))?))
}

fn none(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no order {id}"))
}

/// What a command takes: a command on a broker carries nobody's role, so it is asked here, as a device's door asks it.
fn may(principal: &Principal, command: &str) -> Result<()> {
    match command {
        "train" | "capture" | "cancel" => needs(principal, Role::Labeller),
        _ => needs(principal, Role::Admin),
    }
}

/// Has devices carry out a command (docs/mqtt.md): a few first, the rest where those did it. `train`, `capture` and `cancel`
/// take the role `labeller`, all others `admin`.
#[utoipa::path(post, path = "/orders", tag = "fleet", request_body = NewOrder,
    responses((status = 202, body = Order, headers(("Location" = String)))))]
pub async fn add(
    State(door): State<Door>,
    Known(principal): Known,
    Body(order): Body<NewOrder>,
) -> Result<impl IntoResponse> {
    may(&principal, &order.command)?;
    let order = door.fleet.order_of(order, &principal.who.name).await?;
    let at = location(&["orders", &order.id.to_string()]);
    Ok((StatusCode::ACCEPTED, at, Json(order)))
}

/// No further device gets it; those that have it carry it out.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "fleet", params(("id" = Uuid, Path)),
    responses((status = 200, body = Order)))]
pub async fn cancel(State(door): State<Door>, Known(principal): Known, Path(id): Path<Uuid>) -> Result<Json<Order>> {
    let order = door.fleet.order(id).ok_or_else(|| none(id))?;
    may(&principal, &order.command)?;
    Ok(Json(door.fleet.cancel_order(id, &principal.who.name).await?.ok_or_else(|| none(id))?))
}
