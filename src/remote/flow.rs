//! Parts of a body on their way: in order, each once, sent again until they are acknowledged.

use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// Parts on their way at a time.
pub const WINDOW: usize = 8;

/// What is sent.
#[derive(Debug, Default)]
pub struct Outflow {
    /// With their numbers, as they were sent.
    sent: VecDeque<(u32, Bytes)>,
    next: u32,
    ended: bool,
}

impl Outflow {
    /// Whether another part may go now.
    pub fn has_room(&self) -> bool {
        !self.ended && self.sent.len() < WINDOW
    }

    /// The number of the next part.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// The next part goes out, as this message.
    pub fn push(&mut self, message: Bytes, last: bool) {
        self.sent.push_back((self.next, message));
        self.next += 1;
        self.ended |= last;
    }

    /// All below `next` have come; whether that is news.
    pub fn got(&mut self, next: u32) -> bool {
        let before = self.sent.len();
        // Of what was never sent nobody can say that it has come.
        while next <= self.next && self.sent.front().is_some_and(|(number, _)| *number < next) {
            self.sent.pop_front();
        }
        self.sent.len() < before
    }

    /// What nobody said has come.
    pub fn unheard(&self) -> impl Iterator<Item = &Bytes> {
        self.sent.iter().map(|(_, message)| message)
    }

    /// Whether all of it has come.
    pub fn is_done(&self) -> bool {
        self.ended && self.sent.is_empty()
    }
}

/// What comes in.
#[derive(Debug, Default)]
pub struct Inflow {
    next: u32,
    held: BTreeMap<u32, (Bytes, bool)>,
    ended: bool,
}

impl Inflow {
    /// A part came; whether it is news.
    pub fn put(&mut self, part: u32, last: bool, body: Bytes) -> bool {
        let near = part >= self.next && (part - self.next) < WINDOW as u32;
        if !near || self.ended || self.held.contains_key(&part) {
            return false;
        }
        self.held.insert(part, (body, last));
        true
    }

    /// Whether the next part is here.
    pub fn is_ready(&self) -> bool {
        self.held.contains_key(&self.next)
    }

    /// The next part, if it is here.
    pub fn take(&mut self) -> Option<Bytes> {
        let (body, last) = self.held.remove(&self.next)?;
        self.next += 1;
        self.ended |= last;
        Some(body)
    }

    /// Parts below were taken.
    pub fn taken(&self) -> u32 {
        self.next
    }

    /// Whether the last part was taken.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_more_than_a_window_is_on_its_way() {
        let mut out = Outflow::default();
        while out.has_room() {
            out.push(Bytes::new(), false);
        }
        assert_eq!(out.next(), WINDOW as u32);
        assert!(!out.got(WINDOW as u32 + 1) && !out.has_room(), "nobody can have what was never sent");
        assert!(out.got(1) && out.has_room() && !out.got(1));
    }

    proptest! {
        /// A way that loses, doubles and turns around: what comes out is what went in.
        #[test]
        fn a_body_arrives_whole_and_once(
            parts in proptest::collection::vec(any::<u8>(), 1..40),
            ways in proptest::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..50),
        ) {
            let (mut out, mut into) = (Outflow::default(), Inflow::default());
            let (mut given, mut come) = (0, Vec::new());
            let mut ways = ways.into_iter().chain(std::iter::repeat((false, false, false)));
            while !out.is_done() {
                while out.has_room() && given < parts.len() {
                    let message = Bytes::from(vec![out.next() as u8, parts[given]]);
                    given += 1;
                    out.push(message, given == parts.len());
                }
                let mut on_the_way: Vec<Bytes> = out.unheard().cloned().collect();
                let (lost, doubled, turned) = ways.next().unwrap();
                if doubled {
                    on_the_way.extend(on_the_way.clone());
                }
                if turned {
                    on_the_way.reverse();
                }
                for message in on_the_way.into_iter().skip(usize::from(lost)) {
                    let number = u32::from(message[0]);
                    into.put(number, number as usize + 1 == parts.len(), message.slice(1..));
                }
                while let Some(body) = into.take() {
                    come.extend_from_slice(&body);
                }
                if !lost {
                    out.got(into.taken());
                }
            }
            prop_assert_eq!(come, parts);
            prop_assert!(into.has_ended() && into.take().is_none());
        }
    }
}
