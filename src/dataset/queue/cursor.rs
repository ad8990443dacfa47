//! Where a walk through the queue stands, as the text that doors give out.

use crate::domain::FrameId;
use crate::store::StoreError;
use std::fmt;
use std::str::FromStr;

/// The parts of a walk, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Drafts,
    /// What the model looked at, the most worth it first.
    Ranked,
    /// Newest first.
    Others,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// 0 begins one.
    pub walk: u64,
    pub stage: Stage,
    /// The frame given last in this stage.
    pub before: Option<FrameId>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Drafts => 'd',
            Stage::Ranked => 'r',
            Stage::Others => 'o',
        };
        write!(f, "{}{stage}", self.walk)?;
        self.before.map_or(Ok(()), |id| write!(f, "{id}"))
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let (walk, rest) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
            let stage = match rest.chars().next()? {
                'd' => Stage::Drafts,
                'r' => Stage::Ranked,
                'o' => Stage::Others,
                _ => return None,
            };
            let before = match &rest[1..] {
                "" => None,
                id => Some(id.parse().ok()?),
            };
            Some(Self { walk: walk.parse().ok()?, stage, before })
        };
        read().ok_or_else(|| StoreError::Invalid(format!("`{text}` is no `next` of the queue: begin without `before`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written_and_nothing_else_is_one() {
        for stage in [Stage::Drafts, Stage::Ranked, Stage::Others] {
            for before in [None, Some(FrameId::new())] {
                let cursor = Cursor { walk: 7, stage, before };
                assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
            }
        }
        for bad in ["", "7", "x", "7x", "7oä", "7o12", "99999999999999999999999o"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
