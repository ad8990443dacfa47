//! What the doors (HTTP, MQTT) reach: handles on every service, and nothing else.

use crate::access::Access;
use crate::camera::{Camera, CameraReport, Cameras};
use crate::config::Config;
use crate::dataset::carry::{Accepted, accept};
use crate::domain::{
    CameraId, Category, ClipId, ClipPlace, Event, Frame, FrameId, FrameLabels, FrameSource, NewFrame, Phase, UndoId,
    Undone, Who, limits,
};
use crate::events::Events;
use crate::host;
use crate::live::{Draft, KeepError, LeftOut, Live, Said, draft};
use crate::pool::Pool;
use crate::reach::Reach;
use crate::runtime::Engine;
use crate::settings::{Changed, Settings, SettingsError};
use crate::store::{Batch, BatchAction, CategoryGone, CategoryPatch, LabelWrite, SCHEMA, Store, StoreError};
use crate::supervise::{Part, PartState};
use crate::telemetry::{Disk, Glance, Health, ModelSummary, Status, Stored, TrainingSummary, Versions};
use crate::train::Trainer;
use crate::train::base::Base;
use crate::turns::Turns;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Handles on every service; clones share them.
#[derive(Clone)]
pub struct Services {
    /// What the daemon started with.
    pub config: Arc<Config>,
    pub settings: Settings,
    pub store: Store,
    pub events: Events,
    pub access: Access,
    pub reach: Reach,
    pub cameras: Arc<Cameras>,
    pub trainer: Trainer,
    pub live: Live,
    pub engine: Engine,
    pub health: Health,
    pub pool: Pool,
    /// What was read of the store last.
    pub stored: Glance<Stored>,
    /// Turns at decoding pictures that did not come from the own camera a moment ago.
    pub pictures: Turns,
}

/// A look at the camera that was kept.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Kept {
    pub frame: Frame,
    /// The draft.
    pub labels: FrameLabels,
    /// Objects that can't be labels, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// What must be told as well as stored, in one place for both doors.
impl Services {
    /// Stores a frame that did not come from the camera. Blocks.
    pub fn add_frame(&self, frame: &NewFrame) -> Result<Frame, StoreError> {
        let frame = self.store.add_frame(frame)?;
        self.events.publish(Event::Frame(frame.clone()));
        Ok(frame)
    }

    /// Where the next frame of a clip lies that somebody sends frame by frame; without a clip one begins. Blocks.
    pub fn place(&self, clip: Option<ClipId>, at: f64) -> Result<ClipPlace, StoreError> {
        limits::within("at", at, &limits::CLIP_SECONDS).map_err(StoreError::Invalid)?;
        let Some(id) = clip else { return Ok(ClipPlace { id: ClipId::new(), at }) };
        let there = self.store.clip(id)?;
        if there.source != FrameSource::Upload {
            return Err(StoreError::Invalid(format!("clip {id} is not one that is sent: nothing is added to it")));
        }
        if there.frames >= limits::FILM_FRAMES {
            return Err(StoreError::Invalid(format!("a clip has {} frames at most", limits::FILM_FRAMES)));
        }
        // Millionths are what is kept of it.
        if at < there.seconds + 1e-6 {
            let last = (there.seconds * 1e6).round() / 1e6;
            let text =
                format!("frames of a clip come in the order of time: the last lies at {last} seconds, not before {at}");
            return Err(StoreError::Conflict(text));
        }
        Ok(ClipPlace { id, at })
    }

    /// Writes a frame's labels; once this returns they survive a power cut. Blocks.
    pub fn put_labels(&self, frame: FrameId, write: LabelWrite) -> Result<FrameLabels, StoreError> {
        let labels = self.store.put_labels(frame, write)?;
        self.health.metrics().labels_written(1);
        self.events.publish(Event::Labels((&labels).into()));
        Ok(labels)
    }

    /// Adds a category. Blocks.
    pub fn add_category(&self, category: Category) -> Result<Category, StoreError> {
        let category = self.store.add_category(category)?;
        self.events.publish(Event::Categories);
        Ok(category)
    }

    /// Changes a category; the live model and what is watched on the camera follow its name. Blocks.
    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category, StoreError> {
        let before = self.store.spelled(name);
        let category = self.store.patch_category(name, patch)?;
        if category.name != before {
            self.live.renamed(&before, &category.name)?;
        }
        self.tell_categories()?;
        Ok(category)
    }

    /// Whoever shows categories looks again, and so do the live models, which call what they see by their names.
    fn tell_categories(&self) -> Result<(), StoreError> {
        self.events.publish(Event::Categories);
        self.live.deployment().tell()
    }

    /// Keeps the look at the frame that this camera took then (whichever did, where none is named): that very frame, with what the model saw in it as a draft.
    /// On disk when this returns. Blocks. Errors: it is forgotten, `said` is nonsense, or the frame is labelled by now.
    pub fn keep_look(&self, camera: Option<&CameraId>, taken: Timestamp, said: Said) -> Result<Kept, KeepError> {
        let Self { store, live, .. } = self;
        let _turn = live.keeping();
        let look = live.look_at(camera, taken).ok_or(KeepError::Forgotten)?;
        let mut objects = look.seen.detections.objects.clone();
        said.check(objects.len())?;
        for object in &mut objects {
            if let Some(now) = store.category_now(&object.category) {
                object.category = now.name; // it may have been given another name since
            }
        }
        let there = look.stored.filter(|id| store.frame(*id).is_ok());
        let id = match there {
            Some(id) => id,
            None => self.add_frame(&look.seen.frame)?.id,
        };
        live.stored(look.seen.detections.camera.as_ref(), taken, id);
        let before = store.labels(id)?;
        let revision = before.revision;
        let Draft { labels, rejected, left_out } = draft(&objects, before, &store.categories()?, &said)?;
        let write = LabelWrite { revision, phase: Phase::Unlabelled, labels, rejected, marks: None, by: said.by };
        let labels = self.put_labels(id, write)?;
        Ok(Kept { frame: store.frame(id)?, labels, left_out })
    }

    /// One thing done to many frames, with one way back. Blocks.
    pub fn batch(&self, who: &Who, frames: &[FrameId], action: BatchAction) -> Result<Batch, StoreError> {
        let batch = self.store.batch(who, frames, action)?;
        match action {
            BatchAction::Delete if batch.done.is_empty() => {}
            BatchAction::Delete => self.events.publish(Event::Deleted(batch.done.as_slice().into())),
            _ if batch.undo.is_some() => self.tell_labels(&batch.done),
            _ => {}
        }
        Ok(batch)
    }

    /// Accepts boxes of tracks as labels of frames of a clip, with one way back. Blocks.
    pub fn accept(&self, who: &Who, clip: ClipId, accepted: &Accepted) -> Result<Batch, StoreError> {
        let batch = accept(&self.store, who, clip, accepted)?;
        if batch.undo.is_some() {
            self.health.metrics().labels_written(batch.done.len());
            self.tell_labels(&batch.done);
        }
        Ok(batch)
    }

    /// Brings back what was taken away. Blocks.
    pub fn undo(&self, id: UndoId) -> Result<Undone, StoreError> {
        let undone = self.store.undo(id)?;
        self.tell_categories()?; // they may be among what came back
        if !undone.back.is_empty() {
            self.events.publish(Event::Restored(undone.back.as_slice().into()));
        }
        self.tell_labels(&undone.relabelled);
        Ok(undone)
    }

    /// Makes every label of one category one of another. Blocks.
    pub fn merge_category(&self, who: &Who, name: &str, into: &str) -> Result<CategoryGone, StoreError> {
        let gone = self.store.merge_category(who, name, into)?;
        self.live.renamed(name, into)?;
        self.tell_categories()?;
        self.tell_labels(&gone.frames);
        Ok(gone)
    }

    /// Removes a category, with its labels or only if there are none. Blocks.
    pub fn delete_category(&self, who: &Who, name: &str, with_labels: bool) -> Result<CategoryGone, StoreError> {
        let gone = self.store.delete_category(who, name, with_labels)?;
        self.tell_categories()?;
        self.tell_labels(&gone.frames);
        Ok(gone)
    }

    fn tell_labels(&self, frames: &[FrameId]) {
        // One that is gone again by now has nothing to tell.
        let labels = frames.iter().filter_map(|id| self.store.labels(*id).ok());
        labels.for_each(|labels| self.events.publish(Event::Labels((&labels).into())));
    }

    /// Changes settings; on disk when this returns, in the audit log too. Blocks.
    pub fn change_settings(&self, who: &Who, partial: &Map<String, Value>) -> Result<Changed, SettingsError> {
        // What is not there would be found out by the next training alone.
        if let Some(Value::String(base)) = partial.get("train").and_then(|train| train.get("base")) {
            let there = Base::list(&self.store.bases_dir());
            if !there.contains(base) {
                let text = format!("train.base: there is no base `{base}`; there are: {}", there.join(", "));
                return Err(SettingsError::Refused(text));
            }
        }
        let changed = self.settings.change(&who.name, partial)?;
        if !changed.told.is_empty() {
            self.access.note(who, "changed settings", changed.told.clone());
        }
        Ok(changed)
    }
}

/// How the device is, in one shape for both doors.
impl Services {
    /// How everything is now; what can't be read now, as it was. Blocks for some seconds at most.
    pub fn status(&self) -> Status {
        let Self { config, settings, store, live, engine, health, .. } = self;
        let mut parts: BTreeMap<String, Part> =
            health.parts().into_iter().map(|(name, part)| (name.into_owned(), part)).collect();
        if let Some(why) = settings.passed_over() {
            parts.insert("settings".into(), Part { error: Some(why), ..Part::new(PartState::Failed) });
        }
        let runtime = engine.describe();
        if runtime.library.as_os_str().is_empty() {
            let why = Part { error: runtime.note.clone(), ..Part::new(PartState::Failed) };
            parts.insert("onnxruntime".into(), why);
        }
        let stored = Stored::read(&self.stored, health, live.deployment(), &config.data_dir);
        if let Some(why) = stored.wrong {
            parts.insert("store".into(), Part { error: Some(why), ..Part::new(PartState::Failed) });
        }
        // No less told than what fails now: nobody may have been there when it was found.
        let losses = store.losses();
        if !losses.is_empty() {
            let known = "`fieldcoach check --repair` says that it is known";
            let lost = Part { error: Some(format!("{}; {known}", losses.join("; "))), ..Part::new(PartState::Failed) };
            parts.entry("store".into()).or_insert(lost);
        }
        // Not borrowed while they are borrowed again: a writer that waits in between would be waited for.
        let (camera, live) = (self.cameras.first().status.borrow().clone(), live.status.borrow().clone());
        Status {
            device: config.device.id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            versions: Versions {
                fieldcoach: env!("CARGO_PKG_VERSION").to_owned(),
                onnxruntime: runtime.version.clone(),
                store: SCHEMA,
                linux: host::kernel(),
            },
            boot: store.boot_number(),
            started: health.started(),
            uptime_s: health.uptime().as_secs(),
            clock: store.clock_doubt().into(),
            camera,
            cameras: self.cameras(),
            disk: Disk {
                total: stored.total,
                free: stored.usage.free,
                reserve: stored.usage.reserve,
                parts: stored.fills,
            },
            mqtt: health.broker(config.mqtt.broker.to_string()),
            store: stored.usage,
            stale_s: stored.before.map(|before| before.as_secs()),
            model: stored.model.map(ModelSummary::from),
            live,
            training: stored.training.map(TrainingSummary::from),
            parts,
            temperatures: host::temperatures(),
            runtime,
            memory: host::memory(),
            load: host::load(),
        }
    }
}

/// The cameras, in one shape for all doors.
impl Services {
    /// How each camera is, in the order of the configuration.
    pub fn cameras(&self) -> Vec<CameraReport> {
        let live = self.live.status.borrow().clone();
        let told = |(id, camera): (&CameraId, &Camera)| CameraReport {
            id: id.clone(),
            status: camera.status.borrow().clone(),
            live_fps: live.cameras.iter().find(|one| one.camera == *id).map_or(0.0, |one| one.fps),
        };
        self.cameras.iter().map(told).collect()
    }
}
