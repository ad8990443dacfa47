//! What can be told of each camera: which model looks at it, and its picture.

use super::flipframe;
use crate::camera::CameraState;
use crate::domain::{CameraId, ModelId};
use crate::services::Services;
use crate::store::StoreError;
use bytes::Bytes;
use jiff::Timestamp;

/// Bytes of a camera's picture, at most: less than the flip book's, as it comes all day.
const PICTURE: usize = 40_000;

/// The model that looks at a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// `None` where the device has but one.
    pub camera: Option<CameraId>,
    pub model: ModelId,
    /// What it can see, by its name of now.
    pub categories: Vec<String>,
}

/// Of all cameras at which a model looks.
pub fn sights(services: &Services) -> Result<Vec<Sight>, StoreError> {
    let (live, cameras) = (services.store.live_models()?, &services.cameras);
    let sight = |camera: &CameraId| {
        let model = live.at(Some(camera))?;
        let categories = model.categories.iter().map(|category| category.name.clone()).collect();
        Some(Sight { camera: cameras.are_several().then(|| camera.clone()), model: model.id, categories })
    };
    Ok(cameras.ids().filter_map(sight).collect())
}

/// The newest picture of a camera (`None`: of the first), as a small JPEG, and when it was taken; `None` where none come now.
pub fn picture(services: &Services, camera: Option<&CameraId>) -> anyhow::Result<Option<(Bytes, Timestamp)>> {
    let camera = services.cameras.named(camera)?;
    let comes = matches!(camera.status.borrow().state, CameraState::Streaming | CameraState::Full);
    let newest = camera.latest.borrow().clone();
    let Some(frame) = newest.filter(|_| comes) else { return Ok(None) };
    Ok(Some((flipframe::shrink(&frame.jpeg, PICTURE)?, frame.taken)))
}
