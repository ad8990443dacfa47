//! What is watched, as it holds now: read at the start, replaced at a word from a door.

use super::doubt::DOUBTED;
use super::error::WatchError;
use crate::domain::{CameraId, Event, Model, NewFrame, NoCamera, Prediction, Watch, name};
use crate::events::Events;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What is watched.
pub struct Watching {
    current: ArcSwap<Watch>,
    /// Those of the device.
    cameras: Vec<CameraId>,
    /// One change after the other: what is on disk last is what holds.
    writing: Mutex<()>,
}

impl Watching {
    /// As stored; these are the cameras of the device. Error: the store can't be read.
    pub fn open(store: &Store, cameras: Vec<CameraId>) -> Result<Self, StoreError> {
        let current = ArcSwap::from_pointee(store.watch()?.unwrap_or_default());
        Ok(Self { current, cameras, writing: Mutex::default() })
    }

    pub fn now(&self) -> Arc<Watch> {
        self.current.load_full()
    }

    /// Replaces it; on disk when this returns, and told. Error: it is nonsense, or the disk failed.
    pub fn set(&self, store: &Store, events: &Events, watch: Watch) -> Result<Arc<Watch>, WatchError> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        watch.check().map_err(WatchError::Refused)?;
        let watch = self.checked_names(store, watch)?;
        Ok(self.put(store, events, watch)?)
    }

    /// A category has another name from now on: what was said of it holds for that too; on disk when this returns.
    pub fn rename(&self, store: &Store, events: &Events, old: &str, new: &str) -> Result<(), StoreError> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.now().renamed(old, new) {
            Some(watch) => self.put(store, events, watch).map(drop),
            None => Ok(()),
        }
    }

    fn put(&self, store: &Store, events: &Events, watch: Watch) -> Result<Arc<Watch>, StoreError> {
        store.put_watch(&watch)?;
        let watch = Arc::new(watch);
        self.current.store(watch.clone());
        events.publish(Event::Watch(watch.clone()));
        Ok(watch)
    }

    /// Each name as it is spelled on the device. One that nothing there has is a slip; one that was watched before may stay:
    /// its category may be gone from the labels while the model still sees it, or the other way round. So may a zone of a
    /// camera that the device has no more.
    fn checked_names(&self, store: &Store, watch: Watch) -> Result<Watch, WatchError> {
        let (labels, models, before) = (store.categories()?, store.live_models()?, self.now());
        let seen = models.each().flat_map(|model| &model.categories);
        let known: HashSet<&str> =
            labels.iter().chain(seen).map(|category| category.name.as_str()).chain(before.names()).collect();
        let there = |said: &str| known.get(said).or_else(|| known.iter().find(|known| name::same(known, said)));
        if let Some(name) = watch.names().find(|name| there(name).is_none()) {
            return Err(WatchError::Refused(format!("there is no category `{name}`")));
        }
        let watch = watch.respelled(|name| there(name).map_or(name, |known| *known).to_owned());
        let known = |camera: &CameraId| {
            self.cameras.contains(camera) || before.zones.iter().any(|zone| zone.camera.as_ref() == Some(camera))
        };
        match watch.zones.iter().filter_map(|zone| zone.camera.as_ref()).find(|camera| !known(camera)) {
            Some(id) => {
                let no = NoCamera { id: id.clone(), there: self.cameras.clone() };
                Err(WatchError::Refused(no.to_string()))
            }
            None => Ok(watch),
        }
    }
}

/// The score from which on anything that this model sees may count, or be doubted.
pub fn least_score(watch: &Watch, model: &Model) -> f32 {
    let scores = model.categories.iter().map(|category| watch.least_score(&category.name, model.threshold));
    scores.reduce(f32::min).unwrap_or(model.threshold) * DOUBTED
}

/// What counts of that which the model saw in a frame, with the zone that it is in.
pub fn counted(
    watch: &Watch,
    model: &Model,
    frame: &NewFrame,
    seen: Vec<Prediction>,
) -> (Vec<Prediction>, Vec<Option<String>>) {
    let (camera, size) = (frame.camera.as_ref(), (frame.width, frame.height));
    seen.into_iter()
        .filter(|p| p.score >= watch.least_score(&p.category, model.threshold))
        .filter_map(|p| {
            let zone = watch.place(camera, size, &p.category, p.bbox)?.zone().map(str::to_owned);
            Some((p, zone))
        })
        .unzip()
}
