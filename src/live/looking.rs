//! Which model looks at which camera. Each is loaded once, however many cameras it looks at.

use super::detector::Detector;
use super::lock::lock;
use crate::causes::with_causes;
use crate::domain::{CameraId, LiveModels, Model, ModelId, Prediction};
use image::RgbImage;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A loaded model.
pub struct Loaded {
    pub model: Model,
    /// Whoever asks for proposals waits for the live loop, and the other way round, where they need the same one.
    detector: Mutex<Detector>,
}

/// What looks at one place.
#[derive(Clone, Default)]
pub struct Looker {
    pub loaded: Option<Arc<Loaded>>,
    /// Why it is not the model that is deployed there.
    pub error: Option<String>,
}

/// What looks where.
#[derive(Default)]
pub struct Looking {
    /// At all cameras that have none of their own, and at what no camera took.
    all: Looker,
    own: BTreeMap<CameraId, Looker>,
}

impl Loaded {
    pub fn new(model: Model, detector: Detector) -> Self {
        Self { model, detector: Mutex::new(detector) }
    }

    /// See [`Detector::detect`].
    pub fn detect(&self, image: &RgbImage, threshold: f32) -> anyhow::Result<Vec<Prediction>> {
        lock(&self.detector).detect(image, threshold)
    }

    fn is(&self, model: &Model) -> bool {
        self.model.id == model.id && self.model.categories == model.categories
    }
}

impl Looker {
    pub fn model(&self) -> Option<ModelId> {
        self.loaded.as_ref().map(|loaded| loaded.model.id)
    }

    /// Whether the very same looks, or nothing both times.
    pub fn is_as(&self, other: &Self) -> bool {
        self.loaded.as_ref().map(Arc::as_ptr) == other.loaded.as_ref().map(Arc::as_ptr)
    }
}

impl Looking {
    /// At this camera; at what no camera took, where none is named.
    pub fn at(&self, camera: Option<&CameraId>) -> &Looker {
        camera.and_then(|camera| self.own.get(camera)).unwrap_or(&self.all)
    }

    /// The first that is wrong with any.
    pub fn error(&self) -> Option<&String> {
        std::iter::once(&self.all).chain(self.own.values()).find_map(|looker| looker.error.as_ref())
    }

    /// As it is to be from now on: what is loaded goes on, the rest is loaded, once each. Where a model can't be, what
    /// looked there before goes on, if anything did.
    pub fn follow(&self, wanted: &LiveModels, mut load: impl FnMut(&Model) -> anyhow::Result<Detector>) -> Self {
        let mut tried: BTreeMap<ModelId, Result<Arc<Loaded>, String>> = BTreeMap::new();
        let known = || std::iter::once(&self.all).chain(self.own.values()).filter_map(|looker| looker.loaded.as_ref());
        let mut looker = |model: &Model, before: &Looker| {
            let found = tried.entry(model.id).or_insert_with(|| match known().find(|loaded| loaded.is(model)) {
                Some(loaded) => Ok(loaded.clone()),
                None => load(model)
                    .map(|detector| Arc::new(Loaded::new(model.clone(), detector)))
                    .map_err(|error| with_causes(&error)),
            });
            match found {
                Ok(loaded) => Looker { loaded: Some(loaded.clone()), error: None },
                Err(why) => {
                    let goes_on = if before.loaded.is_some() { "; the one before goes on" } else { "" };
                    let error = Some(format!("model {} can't be loaded: {why}{goes_on}", model.id));
                    Looker { loaded: before.loaded.clone(), error }
                }
            }
        };
        let all = wanted.all.as_ref().map(|model| looker(model, &self.all)).unwrap_or_default();
        let each = wanted.own.iter().map(|(camera, model)| (camera.clone(), looker(model, self.at(Some(camera)))));
        Self { own: each.collect(), all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;
    use crate::live::detector::SESSION;
    use crate::live::detector::tests::{fixed_model, model};
    use std::cell::RefCell;

    #[test]
    fn each_model_is_loaded_once_and_a_broken_one_leaves_what_looked_there_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.onnx");
        fixed_model(&path, &[[20.0, 30.0, 50.0, 40.0]], &[0.9], &[0], &[]);
        let (runtime, loads) = (crate::runtime::for_tests(), RefCell::new(vec![]));
        let [cat, dog, broken] = ["cat", "dog", "broken"].map(|name| model(&[(name, LabelKind::Box)]));
        let load = |model: &Model| {
            loads.borrow_mut().push(model.id);
            anyhow::ensure!(model.id != broken.id, "it is broken");
            Detector::load(&runtime, model, &path, SESSION)
        };
        let [door, yard, roof] = ["door", "yard", "roof"].map(|id| id.parse::<CameraId>().unwrap());
        let wanted = |all: &Model, own: &[(&CameraId, &Model)]| LiveModels {
            all: Some(all.clone()),
            own: own.iter().map(|(camera, model)| ((*camera).clone(), (*model).clone())).collect(),
        };
        let looks = |looking: &Looking| [&door, &yard, &roof].map(|camera| looking.at(Some(camera)).model().unwrap());

        let first = Looking::default().follow(&wanted(&cat, &[(&door, &dog), (&yard, &dog)]), load);
        assert_eq!((looks(&first), first.at(None).model()), ([dog.id, dog.id, cat.id], Some(cat.id)));
        assert_eq!(loads.take(), [cat.id, dog.id]);

        // One that is broken: at all places where it is to look what was there goes on, and that is told.
        let second = first.follow(&wanted(&broken, &[(&door, &broken), (&yard, &dog)]), load);
        assert_eq!((looks(&second), loads.take()), ([dog.id, dog.id, cat.id], vec![broken.id]));
        let told = second.error().unwrap();
        assert!(
            told.contains(&broken.id.to_string()) && told.ends_with("it is broken; the one before goes on"),
            "{told}"
        );
        assert!(second.at(Some(&yard)).error.is_none() && second.at(Some(&door)).error.is_some());
        assert!([&door, &yard, &roof].iter().all(|camera| first.at(Some(camera)).is_as(second.at(Some(camera)))));

        let third = second.follow(&wanted(&cat, &[]), load);
        assert_eq!((looks(&third), loads.take(), third.error()), ([cat.id; 3], vec![], None));
        assert!(!third.at(Some(&yard)).is_as(second.at(Some(&yard))) && third.at(None).is_as(second.at(None)));
        assert_eq!(third.follow(&LiveModels::default(), load).at(Some(&door)).model(), None);
    }
}
