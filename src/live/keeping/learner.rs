//! Gets to know what labelled frames look like: those that there are, one after the other, and those that come.

use crate::domain::{Event, FrameId, Phase};
use crate::live::familiar::Familiar;
use crate::live::lock::lock;
use crate::live::shared::Shared;
use crate::picture::{self, Bounds, Likeness};
use crate::store::{FrameQuery, Store, StoreError};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

/// Labelled frames that are looked at, at most: the newest.
const LOOKED_AT: usize = 2_000;

/// What is still to be looked at.
pub struct Learner {
    heard: Receiver<Event>,
    /// The next one last.
    open: VecDeque<FrameId>,
    /// All is to be begun anew.
    anew: bool,
}

impl Learner {
    pub fn new(heard: Receiver<Event>) -> Self {
        Self { heard, open: VecDeque::new(), anew: true }
    }

    /// Whether something is left to do.
    pub fn is_behind(&self) -> bool {
        self.anew || !self.open.is_empty()
    }

    /// Hears what was labelled since.
    pub fn hear(&mut self, familiar: &Mutex<Familiar>) {
        loop {
            match self.heard.try_recv() {
                Ok(Event::Labels(labels)) if labels.phase > Phase::Unlabelled => self.open.push_back(labels.frame),
                Ok(Event::Labels(labels)) => lock(familiar).remove(labels.frame),
                Ok(Event::Deleted(frames)) => frames.iter().for_each(|id| lock(familiar).remove(*id)),
                Ok(Event::Restored(frames)) => self.open.extend(frames.iter()),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => self.anew = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// One more frame. Error: the store can't be read.
    pub fn step(&mut self, Shared { store, familiar, pictures, .. }: &Shared) -> Result<(), StoreError> {
        if self.anew {
            self.open = labelled(store)?;
            self.anew = false;
            lock(familiar).clear();
        }
        if let Some(id) = self.open.pop_back() {
            let _turn = pictures.wait();
            look(store, familiar, id)?;
        }
        lock(familiar).set_whole(self.open.is_empty());
        Ok(())
    }
}

/// A frame that is labelled and can be decoded is known from now on.
fn look(store: &Store, familiar: &Mutex<Familiar>, id: FrameId) -> Result<(), StoreError> {
    let read = store.frame(id).and_then(|frame| Ok((frame, store.jpeg(id)?)));
    let (frame, jpeg) = match read {
        Ok((frame, _)) if frame.phase == Phase::Unlabelled => return Ok(()),
        Ok(read) => read,
        // Gone meanwhile, or damaged: the training tells of that.
        Err(StoreError::NotFound { .. } | StoreError::Damaged(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if let Ok(image) = picture::decode(&jpeg, Bounds::default()) {
        let likeness = Likeness::of(&image);
        lock(familiar).add(id, likeness, frame.source.is_continuous());
    }
    Ok(())
}

/// The newest labelled frames, oldest first.
fn labelled(store: &Store) -> Result<VecDeque<FrameId>, StoreError> {
    let mut found = Vec::new();
    for phase in [Phase::Labelled, Phase::Reviewed, Phase::Final] {
        let mut query = FrameQuery { phase: Some(phase), limit: 500, ..FrameQuery::default() };
        let from = found.len();
        loop {
            let slice = store.frames(&query)?;
            found.extend(slice.items.into_iter().map(|frame| frame.id));
            match slice.next.and_then(|next| next.parse().ok()) {
                Some(next) if found.len() - from < LOOKED_AT => query.before = Some(next),
                _ => break,
            }
        }
    }
    found.sort_unstable();
    let old = found.len().saturating_sub(LOOKED_AT);
    Ok(found.split_off(old).into())
}
