//! What to label next, and what to confirm: a walk through all frames of a phase, the most worth it first.
//!
//! Of unlabelled frames first the drafts; then, out of some of the newest, those of which most is to be learned: of which the
//! deployed model is least sure, and that look unlike all labelled frames and each other; then some more of the newest in the
//! same way, and at last the others, newest first. Of labelled frames first those where the deployed model disagrees most. A
//! walk goes on by its cursor, past what it gave, to the last frame; every frame it gives comes with what the model proposes.

mod cursor;
mod judge;
mod likenesses;
mod proposals;
mod rank;
mod walk;

pub use judge::uncertainty;
pub use proposals::Proposed;

use crate::domain::{Category, Frame, FrameId, LiveModels, Phase, Prediction};
use crate::picture::Likeness;
use crate::store::{FrameQuery, Slice, Store, StoreError};
use cursor::{Cursor, Stage};
use likenesses::Likenesses;
use proposals::Proposals;
use rank::{Rated, newness};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use walk::{Walk, Walks};

/// Frames that are looked at to find those of which most is to be learned, at a time and at most; spread over [`CONSIDERED`].
const LOOKED_AT: usize = 32;
/// Frames of the phase considered for that, from the newest back.
const CONSIDERED: usize = 512;
/// How long the model may look for one answer; a slow one gives shorter slices, with more to follow. Well below the
/// thirty seconds in which a request is answered.
const PATIENCE: Duration = Duration::from_secs(8);

/// A frame worth a look, with why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueItem {
    pub frame: Frame,
    /// Why this one, in words.
    pub reason: String,
    /// What the deployed model believes to see in it, to start from.
    pub proposals: Vec<Prediction>,
}

/// The queue; remembers what the deployed models proposed, and who walks where.
#[derive(Default)]
pub struct Queue {
    proposals: Proposals,
    likenesses: Likenesses,
    walks: Mutex<Walks>,
}

/// How one answer is made.
struct Asked<'a, P> {
    store: &'a Store,
    propose: P,
    share: &'a dyn Fn(&Likeness) -> Option<f32>,
    phase: Phase,
    until: Instant,
    models: LiveModels,
    categories: Vec<Category>,
}

impl<P> Asked<'_, P> {
    /// Of the model that is deployed at a frame's camera.
    fn threshold(&self, frame: &Frame) -> Option<f32> {
        self.models.at(frame.camera.as_ref()).map(|model| model.threshold)
    }
}

impl Queue {
    /// At most `limit` frames of a phase; `before`: the `next` of the slice before. `models`: those that are deployed;
    /// `propose`: what the one of its camera sees in a frame, or why it sees nothing, in words. `share`: of a picture, that is
    /// in no labelled frame; `None` where there is none. Blocks. Error: a cursor that is none, or the store's.
    pub fn next(
        &self,
        (store, models): (&Store, LiveModels),
        propose: impl Fn(FrameId) -> Result<Proposed, String>,
        share: &dyn Fn(&Likeness) -> Option<f32>,
        phase: Phase,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<QueueItem>, StoreError> {
        let (categories, until) = (store.categories()?, Instant::now() + PATIENCE);
        let asked = Asked { store, propose, share, phase, until, models, categories };
        let start = match before {
            Some(text) => text.parse()?,
            None => Cursor { walk: 0, stage: Stage::Drafts, before: None },
        };
        let (id, mut walk) = self.walk(&asked, start.walk)?;
        let mut cursor = Cursor { walk: id, ..start };
        let mut items = Vec::new();
        loop {
            let full = items.len() == limit || (!items.is_empty() && Instant::now() >= asked.until);
            let Some((frame, stage)) = self.following(&asked, &mut walk, &mut cursor)? else {
                return Ok(Slice { items, next: None });
            };
            if full {
                return Ok(Slice { items, next: Some(cursor.to_string()) });
            }
            cursor = Cursor { walk: id, stage, before: Some(frame.id) };
            items.push(self.item(&asked, frame, stage)?);
        }
    }

    /// What the model that is deployed at its camera proposes for a frame. Blocks.
    pub fn proposals<E: From<StoreError>>(
        &self,
        (store, models): (&Store, &LiveModels),
        propose: impl Fn(FrameId) -> Result<Proposed, E>,
        frame: FrameId,
    ) -> Result<Proposed, E> {
        let deployed = models.at(store.frame(frame)?.camera.as_ref()).map(|model| model.id);
        self.proposals.of(deployed, &store.categories()?, frame, propose)
    }

    /// The walk of this number; a new one where it is not known, as after a restart: what it gave first may come again,
    /// nothing is missed.
    fn walk<P>(&self, asked: &Asked<P>, known: u64) -> Result<(u64, Walk), StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        if known != 0 {
            let walk = self.walks.lock().unwrap_or_else(PoisonError::into_inner).get(known);
            return Ok((known, walk.unwrap_or_default()));
        }
        let walk = Walk::through(self.rank(asked, &Walk::default())?.into_iter());
        let id = self.walks.lock().unwrap_or_else(PoisonError::into_inner).add(walk.clone());
        Ok((id, walk))
    }

    /// Looks at some frames more, spread over the newest that the walk did not give, for half of the time there is: which
    /// come next, in their order. None where there are no more, or there is nothing to tell them apart by.
    fn rank<P>(&self, asked: &Asked<P>, walk: &Walk) -> Result<Vec<FrameId>, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let Asked { store, phase, until, .. } = asked;
        let draft = (*phase == Phase::Unlabelled).then_some(false);
        let query = FrameQuery { phase: Some(*phase), draft, limit: CONSIDERED, ..FrameQuery::default() };
        let mut frames = store.frames(&query)?.items;
        frames.retain(|frame| !walk.gave(frame.id));
        let mut rated = Vec::new();
        for index in walk::chosen(&frames, LOOKED_AT) {
            if Instant::now() + PATIENCE / 2 >= *until && !rated.is_empty() {
                break;
            }
            // One that can't be looked at comes with the others, which say so.
            rated.extend(self.rate(asked, &frames[index])?);
        }
        Ok(rank::order(rated))
    }

    fn rate<P>(&self, asked: &Asked<P>, frame: &Frame) -> Result<Option<Rated>, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let (Asked { store, phase, .. }, id) = (asked, frame.id);
        let proposed = match asked.threshold(frame) {
            Some(threshold) => match self.look(asked, frame) {
                Ok(proposed) => Some((proposed, threshold)),
                Err(_) => return Ok(None),
            },
            None => None,
        };
        if *phase != Phase::Unlabelled {
            let Some((proposed, threshold)) = proposed else { return Ok(None) };
            let labels = match store.labels(id) {
                Ok(labels) => labels.labels,
                // It can't be confirmed.
                Err(StoreError::Damaged(_)) => return Ok(None),
                Err(other) => return Err(other),
            };
            let worth = judge::disagreement(&labels, &proposed.items, threshold).worth();
            return Ok(Some(Rated { id, worth, likeness: None }));
        }
        let likeness = self.likenesses.of(store, id)?;
        if proposed.is_none() && likeness.is_none() {
            return Ok(None);
        }
        let doubt = proposed.and_then(|(proposed, threshold)| Some(judge::doubt(&proposed.items, threshold)?.0));
        let worth = doubt.unwrap_or(0.0) + self.unlikeness(asked, id)?.unwrap_or(0.0);
        Ok(Some(Rated { id, worth, likeness }))
    }

    /// How unlike all labelled frames one is, 0 to 1; `None` where it can't be told.
    fn unlikeness<P>(&self, asked: &Asked<P>, id: FrameId) -> Result<Option<f32>, StoreError> {
        let likeness = self.likenesses.of(asked.store, id)?;
        Ok(likeness.and_then(|likeness| (asked.share)(&likeness)).map(newness))
    }

    fn look<P>(&self, asked: &Asked<P>, frame: &Frame) -> Result<Proposed, String>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let deployed = asked.models.at(frame.camera.as_ref()).map(|model| model.id);
        self.proposals.of(deployed, &asked.categories, frame.id, &asked.propose)
    }

    /// The frame after the cursor and the stage it is in; the cursor moves on past stages that are over. Where the walk has
    /// given what was ranked, some more is.
    fn following<P>(
        &self,
        asked: &Asked<P>,
        walk: &mut Walk,
        cursor: &mut Cursor,
    ) -> Result<Option<(Frame, Stage)>, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let Asked { store, phase, .. } = asked;
        if cursor.stage == Stage::Drafts {
            if let Some(frame) = draft(asked, cursor.before)? {
                return Ok(Some((frame, Stage::Drafts)));
            }
            (cursor.stage, cursor.before) = (Stage::Ranked, None);
        }
        while cursor.stage == Stage::Ranked {
            for id in walk.after(cursor.before) {
                match store.frame(id) {
                    Ok(frame) if frame.phase == *phase => return Ok(Some((frame, Stage::Ranked))),
                    // Labelled or dropped meanwhile.
                    Ok(_) | Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let more = if walk.goes_on(CONSIDERED) { self.rank(asked, walk)? } else { vec![] };
            if more.is_empty() {
                (cursor.stage, cursor.before) = (Stage::Others, None);
            } else {
                cursor.before = walk.last();
                walk.extend(more);
                self.walks.lock().unwrap_or_else(PoisonError::into_inner).put(cursor.walk, walk);
            }
        }
        other(asked, walk, cursor)
    }

    fn item<P>(&self, asked: &Asked<P>, frame: Frame, stage: Stage) -> Result<QueueItem, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let Asked { store, phase, .. } = asked;
        let proposed = self.look(asked, &frame);
        let threshold = asked.threshold(&frame).unwrap_or(0.5);
        let reason = match (&proposed, phase, stage) {
            (_, Phase::Unlabelled, Stage::Drafts) => match store.labels(frame.id) {
                Err(StoreError::Damaged(why)) => format!("its draft can't be read: {why}"),
                read => judge::drafted(&read?),
            },
            (Err(why), ..) => format!("the model can't look at it: {why}"),
            (Ok(Proposed { model, items }), Phase::Unlabelled, Stage::Ranked) => {
                judge::taught(model.map(|_| items.as_slice()), threshold, self.unlikeness(asked, frame.id)?)
            }
            (Ok(_), Phase::Unlabelled, _) => "new".to_owned(),
            (Ok(proposed), ..) => match store.labels(frame.id) {
                Err(StoreError::Damaged(why)) => format!("its labels can't be read: {why}"),
                read => judge::to_confirm(&read?, proposed, threshold),
            },
        };
        Ok(QueueItem { frame, reason, proposals: proposed.map(|p| p.items).unwrap_or_default() })
    }
}

/// The draft after the cursor, of unlabelled frames.
fn draft<P>(asked: &Asked<P>, before: Option<FrameId>) -> Result<Option<Frame>, StoreError> {
    let query = FrameQuery { draft: Some(true), before, limit: 1, ..FrameQuery::default() };
    Ok(if asked.phase == Phase::Unlabelled { asked.store.frames(&query)?.items.pop() } else { None })
}

/// The newest frame after the cursor that the walk has not given.
fn other<P>(asked: &Asked<P>, walk: &Walk, cursor: &Cursor) -> Result<Option<(Frame, Stage)>, StoreError> {
    let Asked { store, phase, .. } = asked;
    let draft = (*phase == Phase::Unlabelled).then_some(false);
    let mut query =
        FrameQuery { phase: Some(*phase), draft, before: cursor.before, limit: LOOKED_AT + 1, ..FrameQuery::default() };
    loop {
        let slice = store.frames(&query)?;
        if let Some(frame) = slice.items.into_iter().find(|frame| !walk.gave(frame.id)) {
            return Ok(Some((frame, Stage::Others)));
        }
        match slice.next {
            Some(next) => query.before = next.parse().ok(),
            None => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
