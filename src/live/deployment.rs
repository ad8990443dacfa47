//! The one place where a model goes live, for both doors and the trainer: at all cameras, or at one of them alone.

use crate::domain::{CameraId, Event, LiveModels, Model, ModelId, NoCamera, PerCamera, Undo, Who};
use crate::events::Events;
use crate::store::{GoneLive, Store, StoreError};
use std::sync::Arc;

/// Handle; clones share what is behind it.
#[derive(Clone)]
pub struct Deployment {
    /// Where it is kept, and told.
    pub store: Store,
    pub events: Events,
    cameras: PerCamera<()>,
}

/// Why another model does not go live.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Camera(#[from] NoCamera),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Deployment {
    /// On these cameras.
    pub fn new<T>(store: Store, events: Events, cameras: &PerCamera<T>) -> Self {
        Self { store, events, cameras: cameras.map(|_, _| ()) }
    }

    /// What is live on the cameras that there are.
    pub fn models(&self) -> Result<LiveModels, StoreError> {
        let mut models = self.store.live_models()?;
        models.own.retain(|camera, _| self.cameras.get(camera).is_some());
        Ok(models)
    }

    /// Of whom a training or a model is that is asked for at this camera: of this one alone, or of all, which it is on a
    /// device that has one. Error: there is no such camera.
    pub fn whose(&self, camera: Option<&CameraId>) -> Result<Option<CameraId>, NoCamera> {
        self.cameras.named(camera)?;
        Ok(camera.filter(|_| self.cameras.are_several()).cloned())
    }

    /// The model that looks at this camera; without, at all that have none of their own.
    pub fn at(&self, camera: Option<&CameraId>) -> Result<Option<Model>, StoreError> {
        let place = self.place(camera)?;
        Ok(self.store.live_models()?.at(place.as_ref()).cloned())
    }

    /// Makes a stored model the one that looks at this camera, durably, and tells everyone; without a camera, at all that
    /// have none of their own. The live loop follows.
    pub fn deploy(&self, id: ModelId, camera: Option<&CameraId>) -> Result<Model, DeployError> {
        self.cameras.named(camera)?;
        let gone_live = self.store.deploy(id, self.place(camera)?.as_ref())?;
        Ok(self.announce(gone_live))
    }

    /// Goes back to the model deployed there before this one; `Conflict` when there is none. A camera that the device has no
    /// more may be named as long as it has a model of its own: else that could never be deleted.
    pub fn roll_back(&self, camera: Option<&CameraId>) -> Result<Model, DeployError> {
        let has_own = camera.map(|camera| self.has_own(camera)).transpose()?;
        if has_own != Some(true) {
            self.cameras.named(camera)?;
        }
        let gone_live = self.store.roll_back(self.place(camera)?.as_ref())?;
        Ok(self.announce(gone_live))
    }

    /// A model was found to be no use where it was to be loaded: what was live before it is.
    pub fn lose(&self, id: ModelId, why: &str) -> Result<(), StoreError> {
        self.store.lose_model(id, why)?;
        self.tell()
    }

    /// Deletes a model that no camera is looked at with; the way back is kept for a day. `Conflict`: one is, or a training that
    /// is not over starts from it. That it was live at a camera which the device has no more keeps it not.
    pub fn delete(&self, who: &Who, id: ModelId) -> Result<Undo, StoreError> {
        let mut cameras = self.store.model(id)?.cameras;
        cameras.retain(|camera| self.cameras.get(camera).is_none());
        self.store.delete_model(who, id, &cameras)
    }

    /// Says once more which models are live, as something about them has changed.
    pub fn tell(&self) -> Result<(), StoreError> {
        let models = self.models()?;
        models.each().for_each(|model| self.publish(model.clone()));
        Ok(())
    }

    /// At which place a model goes live that is for this camera. A device that has one camera knows one place: that of the
    /// camera, if it has a model of its own from when there were others; else the one for all.
    fn place(&self, camera: Option<&CameraId>) -> Result<Option<CameraId>, StoreError> {
        let only = self
            .cameras
            .ids()
            .next()
            .filter(|only| !self.cameras.are_several() && camera.is_none_or(|camera| camera == *only));
        match only {
            Some(only) => Ok(self.has_own(only)?.then(|| only.clone())),
            None => Ok(camera.cloned()),
        }
    }

    fn has_own(&self, camera: &CameraId) -> Result<bool, StoreError> {
        Ok(self.store.live_models()?.own.contains_key(camera))
    }

    fn announce(&self, GoneLive { model, event }: GoneLive) -> Model {
        self.publish(model.clone());
        if let Some(event) = event {
            tracing::info!("{}", event.message);
            self.events.publish(Event::Fleet(event));
        }
        model
    }

    fn publish(&self, model: Model) {
        self.events.publish(Event::Deployed(Some(Arc::new(model))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;
    use crate::live::detector::tests::model;
    use crate::store::Options;

    #[test]
    fn a_device_with_one_camera_knows_one_place_whatever_it_had_before() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().join("store"), budget: 1 << 30, reserve: 0 }).unwrap();
        let add = || {
            let (path, model) = (dir.path().join("model.onnx"), model(&[("cat", LabelKind::Box)]));
            std::fs::write(&path, b"onnx").unwrap();
            store.add_model(&model, &path).unwrap();
            model.id
        };
        let [first, second, third] = [add(), add(), add()];
        let [door, yard] = ["door", "yard"].map(|id| id.parse::<CameraId>().unwrap());
        let one = |id: &CameraId| Deployment::new(store.clone(), Events::new(), &PerCamera::one(id.clone(), ()));
        let both = PerCamera::of(vec![(door.clone(), ()), (yard.clone(), ())]).unwrap();
        let both = Deployment::new(store.clone(), Events::new(), &both);

        let alone = one(&door);
        assert!(alone.deploy(first, Some(&door)).unwrap().deployed, "for all, which it is");
        assert!(matches!(alone.deploy(first, Some(&yard)), Err(DeployError::Camera(_))));
        assert_eq!((alone.whose(Some(&door)), both.whose(Some(&door))), (Ok(None), Ok(Some(door.clone()))));
        assert_eq!(both.deploy(second, Some(&yard)).unwrap().cameras, std::slice::from_ref(&yard));
        let at = |of: &Deployment, camera: &CameraId| of.at(Some(camera)).unwrap().unwrap().id;
        assert_eq!((at(&both, &door), at(&both, &yard)), (first, second));

        // The door was taken away: what is asked for without a camera is about the one that is there.
        let alone = one(&yard);
        assert_eq!(alone.at(None).unwrap().unwrap().id, second);
        assert_eq!(alone.deploy(third, None).unwrap().cameras, std::slice::from_ref(&yard));
        assert_eq!(alone.roll_back(None).unwrap().id, second);
        assert_eq!(store.live_models().unwrap().all.unwrap().id, first, "it waits for the door");

        // The yard was: its model can be let go of, and no other be put there.
        let alone = one(&door);
        assert!(alone.models().unwrap().own.is_empty());
        assert!(alone.deploy(third, Some(&yard)).is_err());
        assert_eq!(alone.roll_back(Some(&yard)).unwrap().id, first);
        assert!(matches!(alone.roll_back(Some(&yard)), Err(DeployError::Camera(_))));

        // So can one that nothing was there before.
        both.deploy(third, Some(&yard)).unwrap();
        let who = Who::local();
        assert!(both.delete(&who, third).unwrap_err().to_string().contains("live on the camera `yard`"));
        let undo = alone.delete(&who, third).unwrap();
        assert!(store.live_models().unwrap().own.is_empty());
        store.undo(undo.id).unwrap();
        assert_eq!(store.model(third).unwrap().cameras, []);
    }
}
