//! Labels of this device into the pool: the pictures first, then the shard that names them, then the ledger. A kill between
//! any two of these loses nothing and puts nothing there twice: pictures are found by their sum, shards are read again.

use super::error::{PoolError, Result};
use super::ledger::Ledger;
use super::place::Place;
use super::shard::{self, Item, LABELS, MOST, MOST_BYTES, Name, Shard};
use super::told::{Pushed, leave_out};
use crate::dataset::Going;
use crate::domain::{Category, Frame, FrameId, FrameLabels, Side};
use crate::store::{AllLabelled, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// Which device pushes what to where.
pub struct Pushing<'a> {
    pub store: &'a Store,
    pub place: &'a Place,
    pub device: &'a str,
    pub ledger: &'a mut Ledger,
}

impl Pushing<'_> {
    /// Everything that is not there yet. `going` hears how many of how many frames are done, and says whether to go on.
    pub fn labels(&mut self, told: &mut Pushed, going: &mut Going) -> Result<()> {
        let last = self.catch_up()?;
        let Due { mut withdrawn, labelled } = self.due(told)?;
        let (categories, sides) = (self.store.categories()?, self.store.sides()?);
        let (count, mut done, mut number) = (labelled.len() as u64, 0, last);
        let mut labelled = labelled.into_iter().peekable();
        while labelled.peek().is_some() || !withdrawn.is_empty() {
            let gone: Vec<FrameId> = withdrawn.split_off(withdrawn.len().saturating_sub(MOST));
            let mut items = Vec::new();
            for (frame, labels) in labelled.by_ref().take(MOST) {
                if going(done, count).is_break() {
                    return Err(PoolError::Stopped);
                }
                done += 1;
                items.extend(self.item(frame, labels, &sides, told)?);
            }
            if items.is_empty() && gone.is_empty() {
                continue;
            }
            number += 1;
            self.put(number, &items, &gone, &categories)?;
            told.frames += items.len() as u64;
            told.withdrawn += gone.len() as u64;
        }
        Ok(())
    }

    /// Reads those of this device's shards that the ledger does not know: it was killed before it was kept, or lost. The
    /// number of the last one.
    fn catch_up(&mut self) -> Result<u64> {
        let listed = self.place.list(&format!("{LABELS}/{}", self.device))?;
        let mut names: Vec<Name> = listed.iter().filter_map(|entry| Some(Name::of(&entry.name)?.1)).collect();
        names.sort();
        let before = self.ledger.clone();
        for name in names.iter().filter(|name| !before.has_seen(self.device, name)) {
            // One that went meanwhile says nothing.
            if let Some(bytes) = self.place.get(&name.path(self.device), MOST_BYTES)? {
                match Shard::decode(&bytes, self.device, name) {
                    Ok(shard) => self.know(&shard),
                    // What it said is said again.
                    Err(why) => tracing::warn!(%name, why, "a shard of this device can't be read in the pool"),
                }
            }
            self.ledger.see(self.device, name.clone());
        }
        // A shard that is gone is said again: whoever empties a pool gets everything anew.
        let there: BTreeSet<Name> = names.iter().cloned().collect();
        let seen = self.ledger.seen.entry(self.device.to_owned()).or_default();
        if !seen.is_subset(&there) {
            tracing::warn!("shards of this device are gone from the pool: all its labels are put there again");
            *seen = there;
            self.ledger.own.clear();
        }
        if *self.ledger != before {
            self.ledger.keep(self.store)?;
        }
        Ok(names.last().map_or(0, |name| name.number))
    }

    fn know(&mut self, shard: &Shard) {
        let own = &mut self.ledger.own;
        own.extend(shard.images.iter().map(|image| (image.frame, image.revision)));
        own.retain(|id, _| !shard.withdrawn.contains(id));
    }

    /// What differs from what the pool has.
    fn due(&self, told: &mut Pushed) -> Result<Due> {
        let AllLabelled { read, unread } = self.store.labelled_and_unread()?;
        for id in &unread {
            leave_out(&mut told.left_out, format!("frame {id}: its labels can't be read; `fieldcoach check` says why"));
        }
        let there: BTreeSet<FrameId> = read.iter().map(|(frame, _)| frame.id).chain(unread).collect();
        let withdrawn = self.ledger.own.keys().filter(|id| !there.contains(id)).copied().collect();
        let new = |(frame, labels): &(Frame, FrameLabels)| {
            frame.pooled.is_none() && self.ledger.own.get(&frame.id) != Some(&labels.revision)
        };
        Ok(Due { withdrawn, labelled: read.into_iter().filter(new).collect() })
    }

    /// Brings the picture of a frame to the pool, where it is not there. `None`: it can't be read.
    fn item(
        &self,
        frame: Frame,
        labels: FrameLabels,
        sides: &BTreeMap<FrameId, Side>,
        told: &mut Pushed,
    ) -> Result<Option<Item>> {
        let jpeg = match self.store.jpeg(frame.id) {
            Ok(jpeg) => jpeg,
            // It went meanwhile, and is withdrawn the next time.
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(StoreError::Damaged(why)) => {
                leave_out(&mut told.left_out, format!("frame {}: {why}", frame.id));
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let sum = shard::sum(&jpeg);
        let name = shard::picture(&sum);
        if !self.place.is_there(&name)? {
            let bytes = jpeg.len() as u64;
            self.place.put(&name, jpeg)?;
            told.pictures += 1;
            told.bytes += bytes;
        }
        let side = sides.get(&frame.id).copied();
        Ok(Some(Item { frame, labels, sum, side }))
    }

    fn put(&mut self, number: u64, items: &[Item], gone: &[FrameId], categories: &[Category]) -> Result<()> {
        let shard = Shard::of(self.device, items, gone, categories);
        let encoded = shard.encode(number).map_err(|e| PoolError::Refused(e.to_string()))?;
        let (name, bytes) = encoded;
        self.place.put(&name.path(self.device), bytes.into())?;
        self.know(&shard);
        self.ledger.see(self.device, name);
        self.ledger.keep(self.store)
    }
}

struct Due {
    withdrawn: Vec<FrameId>,
    labelled: Vec<(Frame, FrameLabels)>,
}
