//! Labels of other devices into this one: of each frame what its device said last. A frame comes once; what somebody did to
//! it here stays.

use super::error::{PoolError, Result};
use super::ledger::{Ledger, Theirs};
use super::place::Place;
use super::shard::{self, Image, LABELS, MOST_BYTES, Name, Shard};
use super::told::{Pulled, leave_out};
use crate::dataset::Going;
use crate::domain::{Category, Event, Frame, FrameId, Label, LabelKind, NewFrame, Pooled, Side, Who, limits};
use crate::events::Events;
use crate::picture::{self, Bounds};
use crate::store::{BatchAction, FrameQuery, LabelWrite, Store, StoreError};
use crate::turns::Turns;
use std::collections::{BTreeMap, HashMap};

/// After so many frames the ledger is written.
const KEEP_EVERY: usize = 100;

/// Which device pulls from where.
pub struct Pulling<'a> {
    pub store: &'a Store,
    pub place: &'a Place,
    pub device: &'a str,
    pub ledger: &'a mut Ledger,
    /// Turns at decoding.
    pub pictures: &'a Turns,
    /// Where what changed is told.
    pub events: &'a Events,
}

/// What the newest shard with a frame says of it.
struct Newest {
    by: Name,
    /// `None`: it is withdrawn.
    said: Option<(Image, std::result::Result<Vec<Label>, String>)>,
}

/// What became of a frame.
enum Became {
    New(FrameId),
    Relabelled(FrameId),
    Withdrawn,
    Kept,
    /// Nothing was to be done.
    Same,
    LeftOut(String),
}

impl Pulling<'_> {
    /// Everything that is not here yet. `going` hears how many of how many frames are done, and says whether to go on. Error:
    /// the store has no room, among others; what came in by then is told, and stays.
    pub fn labels(&mut self, told: &mut Pulled, going: &mut Going) -> Result<()> {
        self.find_those_here()?;
        let mut devices: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for entry in self.place.list(LABELS)? {
            if let Some((device, name)) = Name::of(&entry.name)
                && device != self.device
                && !self.ledger.has_seen(&device, &name)
            {
                devices.entry(device).or_default().push(name);
            }
        }
        for (device, mut names) in devices {
            names.sort();
            let done = self.device(&device, &names, told, going);
            // Also what came before it failed.
            self.ledger.keep(self.store)?;
            done?;
        }
        Ok(())
    }

    /// Frames of others that came in after the ledger was kept last.
    fn find_those_here(&mut self) -> Result<()> {
        let (last, mut before) = (self.ledger.newest, None);
        loop {
            let query = FrameQuery { before, limit: limits::STORE_SLICE, ..FrameQuery::default() };
            let slice = self.store.frames(&query)?;
            let new: Vec<&Frame> =
                slice.items.iter().take_while(|frame| last.is_none_or(|last| frame.id > last)).collect();
            self.ledger.newest = self.ledger.newest.max(new.first().map(|frame| frame.id));
            for frame in &new {
                if let Some(pooled) = &frame.pooled {
                    // Whether somebody labelled it here is not known any more: it counts as if, where it may be so.
                    let theirs = Theirs { here: Some(frame.id), revision: frame.revision.min(1), by: None };
                    self.ledger.theirs.entry(pooled.frame).or_insert(theirs);
                }
            }
            before = match (&slice.next, slice.items.last()) {
                (Some(_), Some(last)) if new.len() == slice.items.len() => Some(last.id),
                _ => return Ok(()),
            };
        }
    }

    fn device(&mut self, device: &str, names: &[Name], told: &mut Pulled, going: &mut Going) -> Result<()> {
        let (newest, categories) = self.newest(device, names, told)?;
        told.categories += self.categories(categories)?;
        let (count, mut sides) = (newest.len(), BTreeMap::new());
        for (at, (frame, newest)) in newest.into_iter().enumerate() {
            if going(at as u64, count as u64).is_break() {
                return Err(PoolError::Stopped);
            }
            if at % KEEP_EVERY == KEEP_EVERY - 1 {
                self.settle(&mut sides)?;
            }
            let side = newest.said.as_ref().and_then(|(image, _)| image.side);
            match self.frame(device, frame, newest)? {
                Became::New(here) => {
                    told.frames += 1;
                    sides.extend(side.map(|side| (here, side)));
                }
                Became::Relabelled(here) => {
                    told.relabelled += 1;
                    sides.extend(side.map(|side| (here, side)));
                }
                Became::Withdrawn => told.withdrawn += 1,
                Became::Kept => told.kept += 1,
                Became::Same => {}
                Became::LeftOut(why) => leave_out(&mut told.left_out, format!("frame {frame} of {device}: {why}")),
            }
        }
        self.settle(&mut sides)?;
        names.iter().for_each(|name| self.ledger.see(device, name.clone()));
        Ok(())
    }

    /// Keeps what is known so far.
    fn settle(&mut self, sides: &mut BTreeMap<FrameId, Side>) -> Result<()> {
        if !sides.is_empty() {
            self.store.put_sides(&std::mem::take(sides))?;
        }
        self.ledger.keep(self.store)
    }

    /// What is said last of each frame in these shards, and the categories that are named.
    fn newest(
        &self,
        device: &str,
        names: &[Name],
        told: &mut Pulled,
    ) -> Result<(BTreeMap<FrameId, Newest>, Vec<Category>)> {
        let (mut newest, mut categories) = (BTreeMap::new(), Vec::new());
        for name in names {
            let read = match self.place.get(&name.path(device), MOST_BYTES) {
                Ok(Some(bytes)) => Shard::decode(&bytes, device, name),
                // It went meanwhile.
                Ok(None) => continue,
                Err(PoolError::Refused(why)) => Err(why),
                Err(error) => return Err(error),
            };
            let said = match read {
                Ok(shard) => shard.said(),
                Err(why) => {
                    leave_out(&mut told.left_out, format!("labels {name} of {device}: {why}"));
                    continue;
                }
            };
            for (image, labels) in said.images {
                newest.insert(image.frame, Newest { by: name.clone(), said: Some((image, labels)) });
            }
            for frame in said.withdrawn {
                newest.insert(frame, Newest { by: name.clone(), said: None });
            }
            categories.extend(said.categories);
        }
        Ok((newest, categories))
    }

    /// Adds those that are not here; how many.
    fn categories(&self, said: Vec<Category>) -> Result<u64> {
        let mut new: BTreeMap<String, Category> = BTreeMap::new();
        for category in said {
            if here(self.store, &category.name).is_none() && category.check().is_ok() {
                new.insert(category.key(), category);
            }
        }
        let count = new.len() as u64;
        if count > 0 {
            self.store.add_categories(new.into_values().collect())?;
            self.events.publish(Event::Categories);
        }
        Ok(count)
    }

    fn frame(&mut self, device: &str, id: FrameId, Newest { by, said }: Newest) -> Result<Became> {
        let known = self.ledger.theirs.get(&id).cloned();
        if known.as_ref().is_some_and(|known| known.by.as_ref() == Some(&by)) || self.is_own(id)? {
            return Ok(Became::Same);
        }
        let here = match known.as_ref().and_then(|known| Some((known.here?, known.revision))) {
            None => None,
            Some((here, revision)) => match self.store.labels(here) {
                Ok(labels) if labels.revision == revision => Some((here, revision)),
                // Labelled here, or deleted here: that stands.
                Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(Became::Kept),
                Err(error) => return Err(error.into()),
            },
        };
        let Some((image, labels)) = said else { return self.withdraw(id, here, by) };
        let labels = match labels.and_then(|labels| self.in_our_words(labels)) {
            Ok(labels) => labels,
            Err(why) => return Ok(Became::LeftOut(why)),
        };
        let (frame, revision) = match here {
            Some(here) => here,
            None => match self.bring(device, &image)? {
                Ok(frame) => (frame, 0),
                Err(why) => return Ok(Became::LeftOut(why)),
            },
        };
        let write = LabelWrite { revision, phase: image.phase, labels, ..LabelWrite::default() };
        let became = match self.store.put_labels(frame, write) {
            Ok(labels) => {
                self.events.publish(Event::Labels((&labels).into()));
                self.ledger.theirs.insert(id, Theirs { here: Some(frame), revision: labels.revision, by: Some(by) });
                if here.is_some() { Became::Relabelled(frame) } else { Became::New(frame) }
            }
            Err(StoreError::Stale(_)) => Became::Kept,
            // Of this frame alone.
            Err(StoreError::Invalid(why) | StoreError::Conflict(why)) => {
                if here.is_none() {
                    self.store.batch(&Who::console(), &[frame], BatchAction::Delete)?;
                }
                Became::LeftOut(why)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(became)
    }

    /// Whether it is a frame of this device, which was called otherwise when it pushed it.
    fn is_own(&self, id: FrameId) -> Result<bool> {
        match self.store.frame(id) {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What its device withdrew goes here too; it can be brought back for a day.
    fn withdraw(&mut self, id: FrameId, here: Option<(FrameId, u64)>, by: Name) -> Result<Became> {
        self.ledger.theirs.insert(id, Theirs { here: None, revision: 0, by: Some(by) });
        let Some((frame, _)) = here else { return Ok(Became::Same) };
        let batch = self.store.batch(&Who::console(), &[frame], BatchAction::Delete)?;
        match batch.failed.into_iter().next() {
            None => {
                self.events.publish(Event::Deleted([frame].as_slice().into()));
                Ok(Became::Withdrawn)
            }
            Some((_, why)) => Ok(Became::LeftOut(why)),
        }
    }

    /// The labels by the names that their categories have here. Error: one of that name is of another kind here.
    fn in_our_words(&self, mut labels: Vec<Label>) -> std::result::Result<Vec<Label>, String> {
        let mut known: HashMap<String, Option<Category>> = HashMap::new();
        for label in &mut labels {
            let now = known.entry(label.category.clone()).or_insert_with(|| here(self.store, &label.category));
            let Some(now) = now else { return Err(format!("there is no category `{}` here", label.category)) };
            let kind = match (&label.bbox, &label.polygon) {
                (_, Some(_)) => LabelKind::Polygon,
                (Some(_), None) => LabelKind::Box,
                (None, None) => LabelKind::Tag,
            };
            if now.kind != kind {
                return Err(format!("`{}` is a category of another kind here", now.name));
            }
            label.category.clone_from(&now.name);
        }
        Ok(labels)
    }

    /// Stores the picture of a frame; the inner error says why it can't be taken.
    fn bring(&self, device: &str, image: &Image) -> Result<std::result::Result<FrameId, String>> {
        let sum = match image.sum() {
            Ok(sum) => sum.to_owned(),
            Err(why) => return Ok(Err(why)),
        };
        let bounds = Bounds::default();
        let bytes = match self.place.get(&image.file_name, bounds.max_bytes as u64) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Err("its picture is not in the pool any more".into())),
            Err(PoolError::Refused(why)) => return Ok(Err(why)),
            Err(error) => return Err(error),
        };
        if shard::sum(&bytes) != sum {
            return Ok(Err("its picture is not what was put there: its sum is another".into()));
        }
        let read = {
            let _turn = self.pictures.wait();
            picture::to_jpeg(bytes, bounds)
        };
        let (jpeg, width, height) = match read {
            Ok(read) => read,
            Err(why) => return Ok(Err(why.to_string())),
        };
        if (width, height) != (image.width, image.height) {
            return Ok(Err(format!("its picture has {width} × {height} pixels, and its labels say otherwise")));
        }
        let frame = NewFrame {
            jpeg,
            taken: image.date_captured,
            width,
            height,
            source: image.source,
            camera: None,
            name: image.name.clone(),
            clip: image.clip(),
            kept: None,
            truth: None,
        };
        let pooled = Pooled { device: device.to_owned(), frame: image.frame, camera: image.camera.clone() };
        match self.store.add_pooled(&frame, pooled) {
            Ok(frame) => {
                self.events.publish(Event::Frame(frame.clone()));
                Ok(Ok(frame.id))
            }
            Err(StoreError::Invalid(why)) => Ok(Err(why)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The category that this name leads to here, however it is spelled.
pub fn here(store: &Store, name: &str) -> Option<Category> {
    let spelled = || store.categories().ok()?.into_iter().find(|there| there.is_called(name));
    store.category_now(name).or_else(spelled)
}
