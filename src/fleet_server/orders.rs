//! Commands to many devices.

use super::door::Door;
use crate::access::Principal;
use crate::domain::Role;
use crate::fleet::orders::{NewOrder, Order};
use crate::http::Problem;
use crate::http::shared::{Body, Collection, Known, Result, location, needs};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use uuid::Uuid;

/// All orders that are known, newest first.
#[utoipa::path(get, path = "/orders", tag = "fleet", responses((status = 200, body = Collection<Order>)))]
pub async fn list(State(door): State<Door>) -> Json<Collection<Order>> {
    Collection::whole(door.fleet.orders())
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
