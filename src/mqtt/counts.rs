//! How many objects of each category the live model sees now, on each camera.
//!
//! What is kept at the broker is what whoever comes later takes for true: so nothing is counted of a category that the model
//! does not know, and where nobody looks there are no counts.

use super::sight::Sight;
use super::told::CountsBody;
use crate::domain::{CameraId, Detections};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Counts of a camera are told at most this often.
const EVERY: Duration = Duration::from_secs(1);
/// A category is present for so long after it was seen: what a model misses in some frames did not leave.
const PRESENT: Duration = Duration::from_secs(10);

/// The counts, as they were told last.
#[derive(Debug, Default)]
pub struct Counts {
    sights: Vec<Sight>,
    of: HashMap<Option<CameraId>, Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    told: Option<(CountsBody, Instant)>,
    seen: HashMap<String, Instant>,
}

impl Counts {
    /// Which models look, from now on.
    pub fn look(&mut self, sights: &[Sight]) {
        self.sights = sights.to_vec();
    }

    /// What the model saw on a camera (`None`: the only one); to be told where that is something new.
    pub fn on(&mut self, camera: Option<CameraId>, detections: &Detections, now: Instant) -> Option<CountsBody> {
        let looks = |sight: &&Sight| sight.camera == camera && sight.model == detections.model;
        let sight = self.sights.iter().find(looks)?;
        let of = self.of.entry(camera.clone()).or_default();
        for object in &detections.objects {
            of.seen.insert(object.category.clone(), now);
        }
        let count = |name: &String| detections.objects.iter().filter(|object| object.category == *name).count();
        let present = |name: &String| of.seen.get(name).is_some_and(|at| now < *at + PRESENT);
        let body = CountsBody {
            camera,
            model: Some(detections.model),
            objects: sight.categories.iter().map(|name| (name.clone(), count(name))).collect(),
            present: sight.categories.iter().map(|name| (name.clone(), present(name))).collect(),
        };
        let soon = of.told.as_ref().is_some_and(|(told, at)| told.model.is_some() && now < *at + EVERY);
        if soon { None } else { of.tell(body, now) }
    }

    /// Nobody looks at this camera.
    pub fn blind(&mut self, camera: Option<CameraId>, now: Instant) -> Option<CountsBody> {
        let of = self.of.entry(camera.clone()).or_default();
        of.seen.clear();
        of.tell(CountsBody { camera, ..CountsBody::default() }, now)
    }
}

impl Counted {
    fn tell(&mut self, body: CountsBody, now: Instant) -> Option<CountsBody> {
        if self.told.as_ref().is_some_and(|(told, _)| *told == body) {
            return None;
        }
        self.told = Some((body.clone(), now));
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, DetectedObject, LookId, ModelId};

    fn seen(model: ModelId, categories: &[&str]) -> Detections {
        let object = |category: &&str| DetectedObject {
            category: (*category).to_owned(),
            bbox: Some(BBox::new(0.0, 0.0, 9.0, 9.0)),
            score: 0.5,
            track: None,
            zone: None,
        };
        Detections {
            id: LookId::new(),
            taken: jiff::Timestamp::now(),
            model,
            camera: None,
            width: 64,
            height: 48,
            objects: categories.iter().map(object).collect(),
            frame: None,
            milliseconds: 1.0,
        }
    }

    fn told(body: &CountsBody) -> serde_json::Value {
        serde_json::to_value(body).unwrap()
    }

    #[test]
    fn what_is_counted_is_told_when_it_changes_and_zero_too() {
        let (mut counts, model, mut now) = (Counts::default(), ModelId::new(), Instant::now());
        assert!(counts.on(None, &seen(model, &["a"]), now).is_none(), "nothing is known of that model");
        counts.look(&[Sight { camera: None, model, categories: vec!["a".into(), "b".into()] }]);
        let first = told(&counts.on(None, &seen(model, &["a", "a", "c"]), now).unwrap());
        assert_eq!(first["objects"], serde_json::json!({"a": 2, "b": 0}));
        assert_eq!(first["present"], serde_json::json!({"a": true, "b": false}));
        now += EVERY;
        assert!(counts.on(None, &seen(model, &["a", "a"]), now).is_none(), "the same");
        assert!(counts.on(None, &seen(model, &[]), now).is_some());
        assert!(counts.on(None, &seen(model, &["b"]), now).is_none(), "too soon");
        // It left; for a while it counts as present.
        now += EVERY;
        let left = told(&counts.on(None, &seen(model, &["b"]), now).unwrap());
        assert_eq!((&left["objects"]["a"], &left["present"]["a"]), (&0.into(), &true.into()));
        now += PRESENT;
        let gone = told(&counts.on(None, &seen(model, &["b"]), now).unwrap());
        assert_eq!((&gone["present"]["a"], &gone["present"]["b"]), (&false.into(), &true.into()));
    }

    #[test]
    fn where_nobody_looks_nothing_is_counted() {
        let (mut counts, model, now) = (Counts::default(), ModelId::new(), Instant::now());
        counts.look(&[Sight { camera: None, model, categories: vec!["a".into()] }]);
        assert!(counts.on(None, &seen(model, &["a"]), now).is_some());
        let blind = told(&counts.blind(None, now).unwrap());
        assert_eq!((&blind["model"], &blind["objects"]), (&serde_json::Value::Null, &serde_json::json!({})));
        assert!(counts.blind(None, now).is_none(), "once");
        // What was there before is not known to be there still.
        let again = told(&counts.on(None, &seen(model, &[]), now).unwrap());
        assert_eq!((&again["objects"]["a"], &again["present"]["a"]), (&0.into(), &false.into()));
    }
}
