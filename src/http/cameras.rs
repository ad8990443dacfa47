//! The cameras of the device.

use super::door::Door;
use super::extract::Collection;
use super::problem::Result;
use crate::camera::CameraReport;
use crate::domain::CameraId;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;

/// Which camera.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CameraQuery {
    /// Its id; the first camera, unless said otherwise.
    pub camera: Option<CameraId>,
}

/// The cameras of the device and how each is, in the order of the configuration.
#[utoipa::path(get, path = "/cameras", tag = "live", responses((status = 200, body = Collection<CameraReport>)))]
pub async fn list(State(door): State<Door>) -> Json<Collection<CameraReport>> {
    Collection::whole(door.services.cameras())
}

/// Refuses a camera that the device does not have, where a list of what it did is empty: a slip, and not one that was taken
/// away.
pub fn known(door: &Door, camera: Option<&CameraId>) -> Result<()> {
    Ok(door.services.cameras.named(camera).map(drop)?)
}
