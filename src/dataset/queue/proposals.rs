//! What deployed models propose, remembered for a while: of each model for itself.

use crate::domain::{Category, FrameId, ModelId, Prediction};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Frames whose proposals are remembered: with a hundred boxes each some 10 MB.
const REMEMBERED: usize = 1_000;

/// What a model sees in a frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Proposed {
    /// Null without a model.
    pub model: Option<ModelId>,
    /// Best first.
    pub items: Vec<Prediction>,
}

/// The memory.
#[derive(Debug, Default)]
pub struct Proposals(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    seen: HashMap<(ModelId, FrameId), Vec<Prediction>>,
    /// Oldest first.
    order: VecDeque<(ModelId, FrameId)>,
}

impl Proposals {
    /// What the model sees in a frame, of these categories: with others nothing can be labelled. `deployed`: the model
    /// whose proposals are asked for; while another one still runs, what that says is not taken for it.
    pub fn of<E>(
        &self,
        deployed: Option<ModelId>,
        categories: &[Category],
        frame: FrameId,
        propose: impl Fn(FrameId) -> Result<Proposed, E>,
    ) -> Result<Proposed, E> {
        let mut proposed = match self.remembered(deployed, frame) {
            Some(items) => Proposed { model: deployed, items },
            None => {
                let proposed = propose(frame)?;
                self.remember(frame, &proposed);
                proposed
            }
        };
        proposed.items.retain(|item| categories.iter().any(|category| category.name == item.category));
        Ok(proposed)
    }

    fn remembered(&self, deployed: Option<ModelId>, frame: FrameId) -> Option<Vec<Prediction>> {
        self.lock().seen.get(&(deployed?, frame)).cloned()
    }

    fn remember(&self, frame: FrameId, proposed: &Proposed) {
        let Some(model) = proposed.model else { return };
        let mut memory = self.lock();
        if memory.seen.insert((model, frame), proposed.items.clone()).is_none() {
            memory.order.push_back((model, frame));
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.seen.remove(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;
    use std::cell::Cell;

    fn category(name: &str) -> Category {
        Category { name: name.into(), colour: String::new(), instructions: String::new(), kind: LabelKind::Box }
    }

    #[test]
    fn a_frame_is_looked_at_once_for_each_model() {
        let (proposals, looks) = (Proposals::default(), Cell::new(0));
        let (first, second, frame) = (Some(ModelId::new()), Some(ModelId::new()), FrameId::new());
        let items: Vec<_> =
            ["RBC", "gone"].map(|category| Prediction { category: category.into(), bbox: None, score: 0.5 }).into();
        let ask = |deployed, runs| {
            let look = |_| {
                looks.set(looks.get() + 1);
                Ok::<_, String>(Proposed { model: runs, items: items.clone() })
            };
            proposals.of(deployed, &[category("RBC")], frame, look).unwrap()
        };
        for _ in 0..2 {
            let proposed = ask(first, first);
            assert_eq!((proposed.model, proposed.items.len()), (first, 1), "a category that is gone is no use");
        }
        assert_eq!(looks.get(), 1);
        assert_eq!(ask(second, first).model, first, "what still runs answers, under its own name");
        assert_eq!(ask(second, second).model, second);
        assert_eq!(looks.get(), 3);
        // Two may be live at once, at a camera each.
        assert_eq!((ask(first, first).model, looks.get()), (first, 3));
        assert_eq!(ask(None, None).model, None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let (proposals, model) = (Proposals::default(), Some(ModelId::new()));
        for _ in 0..REMEMBERED + 5 {
            let look = |_| Ok::<_, String>(Proposed { model, items: vec![] });
            proposals.of(model, &[], FrameId::new(), look).unwrap();
        }
        let memory = proposals.lock();
        assert_eq!((memory.seen.len(), memory.order.len()), (REMEMBERED, REMEMBERED));
    }
}
