//! Pictures that came one by one and were a film before: a running number in their names, and neighbours that look much alike.
//! Nothing else tells, where a data set was made of films.

use crate::domain::{Frame, FrameId, FrameLabels};
use crate::picture::Likeness;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Share of a picture in which a neighbour may be another, to be of one series. Film pictures half a second to two seconds apart
/// differ by 0.01 to 0.05 (the conveyor; a camera that goes over a picture), smears of BCCD that follow one another by 0.11 to 0.45.
const APART: f32 = 0.06;
/// Pictures of a series at least: two that are alike may be so by chance.
const LEAST: usize = 3;

/// A name without its running number: what lies before and behind it; and the size in pixels.
type Kind<'a> = (&'a str, &'a str, u32, u32);

/// The number of the series that a frame is of, and its place in it; frames of none are left out.
pub fn series(
    frames: &[(Frame, FrameLabels)],
    likenesses: &HashMap<FrameId, Arc<Likeness>>,
) -> HashMap<FrameId, (usize, i32)> {
    let mut kinds: BTreeMap<Kind, Vec<(u64, FrameId)>> = BTreeMap::new();
    for (frame, _) in frames.iter().filter(|(frame, _)| !frame.source.is_continuous() && frame.clip.is_none()) {
        let Some((before, number, behind)) = frame.name.as_deref().and_then(numbered) else { continue };
        kinds.entry((before, behind, frame.width, frame.height)).or_default().push((number, frame.id));
    }
    let mut found = HashMap::new();
    let mut next = 0;
    for mut kind in kinds.into_values() {
        kind.sort();
        kind.dedup_by_key(|(_, id)| *id);
        let alike = |(_, a): &(u64, FrameId), (_, b): &(u64, FrameId)| {
            let pair = likenesses.get(a).zip(likenesses.get(b));
            pair.is_some_and(|(a, b)| a.envelope().outside(b).max(b.envelope().outside(a)) <= APART)
        };
        for chain in kind.chunk_by(alike).filter(|chain| chain.len() >= LEAST) {
            found.extend(chain.iter().zip(0..).map(|((_, id), place)| (*id, (next, place))));
            next += 1;
        }
    }
    found
}

/// The last number of a file's name, and what lies around it, without the ending.
fn numbered(name: &str) -> Option<(&str, u64, &str)> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + stem[at..].chars().next().map_or(1, char::len_utf8));
    Some((&stem[..start], stem[start..end].parse().ok()?, &stem[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_of_a_name_is_the_running_one() {
        assert_eq!(numbered("a/cam2_0017.jpg"), Some(("a/cam2_", 17, "")));
        assert_eq!(numbered("12.png"), Some(("", 12, "")));
        assert_eq!(numbered("größe9-left.jpeg"), Some(("größe", 9, "-left")));
        assert_eq!(numbered("ä7"), Some(("ä", 7, "")));
        assert_eq!(numbered("cow.jpg"), None);
        assert_eq!(numbered("99999999999999999999999.jpg"), None);
    }
}
