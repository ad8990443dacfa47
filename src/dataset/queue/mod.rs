//! What to label next, and what to confirm: a walk through all frames of a phase, the most worth it first.
//!
//! Of unlabelled frames first the drafts; then those the deployed model is least sure of, out of some spread over the
//! newest; then the others, newest first. Of labelled frames first those where the deployed model disagrees most. A walk
//! goes on by its cursor, past what it gave, to the last frame; every frame it gives comes with what the model proposes.

mod cursor;
mod judge;
mod proposals;
mod walk;

pub use judge::uncertainty;
pub use proposals::Proposed;

use crate::domain::{Category, Frame, FrameId, Model, Phase, Prediction};
use crate::store::{FrameQuery, Slice, Store, StoreError};
use cursor::{Cursor, Stage};
use proposals::Proposals;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use walk::{Walk, Walks};

/// Frames the model looks at to find those it is least sure of, at most; spread over [`CONSIDERED`].
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

/// The queue; remembers what the deployed model proposed, and who walks where.
#[derive(Default)]
pub struct Queue {
    proposals: Proposals,
    walks: Mutex<Walks>,
}

/// How one answer is made.
struct Asked<'a, P> {
    store: &'a Store,
    propose: P,
    phase: Phase,
    until: Instant,
    model: Option<Model>,
    categories: Vec<Category>,
}

impl Queue {
    /// At most `limit` frames of a phase; `before`: the `next` of the slice before. `propose`: what the deployed model
    /// sees in a frame, or why it sees nothing, in words. Blocks. Error: a cursor that is none, or the store's.
    pub fn next(
        &self,
        store: &Store,
        propose: impl Fn(FrameId) -> Result<Proposed, String>,
        phase: Phase,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<QueueItem>, StoreError> {
        let (model, categories, until) = (store.deployed()?, store.categories()?, Instant::now() + PATIENCE);
        let asked = Asked { store, propose, phase, until, model, categories };
        let start = match before {
            Some(text) => text.parse()?,
            None => Cursor { walk: 0, stage: Stage::Drafts, before: None },
        };
        let (id, walk) = self.walk(&asked, start.walk)?;
        let mut cursor = Cursor { walk: id, ..start };
        let mut items = Vec::new();
        loop {
            let full = items.len() == limit || (!items.is_empty() && Instant::now() >= asked.until);
            let Some((frame, stage)) = following(&asked, &walk, &mut cursor)? else {
                return Ok(Slice { items, next: None });
            };
            if full {
                return Ok(Slice { items, next: Some(cursor.to_string()) });
            }
            cursor = Cursor { walk: id, stage, before: Some(frame.id) };
            items.push(self.item(&asked, frame, stage)?);
        }
    }

    /// What the deployed model proposes for a frame. Blocks.
    pub fn proposals<E: From<StoreError>>(
        &self,
        store: &Store,
        propose: impl Fn(FrameId) -> Result<Proposed, E>,
        frame: FrameId,
    ) -> Result<Proposed, E> {
        let deployed = store.deployed()?.map(|model| model.id);
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
        let walk = self.begin(asked)?;
        let id = self.walks.lock().unwrap_or_else(PoisonError::into_inner).add(walk.clone());
        Ok((id, walk))
    }

    /// Looks at some frames, spread over the newest, for half of the time there is.
    fn begin<P>(&self, asked: &Asked<P>) -> Result<Walk, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let Asked { store, phase, until, .. } = asked;
        let Some(model) = &asked.model else { return Ok(Walk::default()) };
        let draft = (*phase == Phase::Unlabelled).then_some(false);
        let query = FrameQuery { phase: Some(*phase), draft, limit: CONSIDERED, ..FrameQuery::default() };
        let frames = store.frames(&query)?.items;
        let mut ranked = Vec::new();
        for index in walk::spread(frames.len(), LOOKED_AT) {
            if Instant::now() + PATIENCE / 2 >= *until && !ranked.is_empty() {
                break;
            }
            let id = frames[index].id;
            // One it can't look at comes with the others, which say so.
            let Ok(proposed) = self.look(asked, id) else { continue };
            let worth = match phase {
                Phase::Unlabelled => judge::doubt(&proposed.items, model.threshold).map_or(0.0, |(doubt, _)| doubt),
                _ => judge::disagreement(&store.labels(id)?.labels, &proposed.items, model.threshold).worth(),
            };
            ranked.push((worth, id));
        }
        ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Ok(Walk::through(ranked.into_iter().map(|(_, id)| id)))
    }

    fn look<P>(&self, asked: &Asked<P>, frame: FrameId) -> Result<Proposed, String>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        self.proposals.of(asked.model.as_ref().map(|model| model.id), &asked.categories, frame, &asked.propose)
    }

    fn item<P>(&self, asked: &Asked<P>, frame: Frame, stage: Stage) -> Result<QueueItem, StoreError>
    where
        P: Fn(FrameId) -> Result<Proposed, String>,
    {
        let Asked { store, phase, model, .. } = asked;
        let proposed = self.look(asked, frame.id);
        let threshold = model.as_ref().map_or(0.5, |model| model.threshold);
        let reason = match (&proposed, phase, stage) {
            (_, Phase::Unlabelled, Stage::Drafts) => judge::drafted(&store.labels(frame.id)?),
            (Err(why), ..) => format!("the model can't look at it: {why}"),
            (Ok(Proposed { model: None, .. }), Phase::Unlabelled, _) => "new".to_owned(),
            (Ok(Proposed { items, .. }), Phase::Unlabelled, Stage::Ranked) => judge::unsure(items, threshold),
            (Ok(_), Phase::Unlabelled, _) => "new".to_owned(),
            (Ok(proposed), ..) => judge::to_confirm(&store.labels(frame.id)?, proposed, threshold),
        };
        Ok(QueueItem { frame, reason, proposals: proposed.map(|p| p.items).unwrap_or_default() })
    }
}

/// The frame after the cursor and the stage it is in; the cursor moves on past stages that are over.
fn following<P>(asked: &Asked<P>, walk: &Walk, cursor: &mut Cursor) -> Result<Option<(Frame, Stage)>, StoreError> {
    let Asked { store, phase, .. } = asked;
    let unlabelled = *phase == Phase::Unlabelled;
    if cursor.stage == Stage::Drafts {
        let query = FrameQuery { draft: Some(true), before: cursor.before, limit: 1, ..FrameQuery::default() };
        let draft = if unlabelled { store.frames(&query)?.items.pop() } else { None };
        if let Some(frame) = draft {
            return Ok(Some((frame, Stage::Drafts)));
        }
        (cursor.stage, cursor.before) = (Stage::Ranked, None);
    }
    if cursor.stage == Stage::Ranked {
        for id in walk.after(cursor.before) {
            match store.frame(id) {
                Ok(frame) if frame.phase == *phase => return Ok(Some((frame, Stage::Ranked))),
                // Labelled or dropped meanwhile.
                Ok(_) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        (cursor.stage, cursor.before) = (Stage::Others, None);
    }
    let draft = unlabelled.then_some(false);
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
