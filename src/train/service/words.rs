//! What came of a training in a sentence or two: whether its model is live, what it finds, and what to do if it is not.

use crate::domain::{Category, Judged, OutcomeKind};

/// With so many labelled frames a model does well (README.md).
pub const WELL: usize = 50;
/// What is said of frames that are thinned out, after how many they are.
pub const THINNED: &str = "left out: labels were carried to them, and they look like the frame before.";
/// The least that is asked for: a handful more changes little.
const MORE: usize = 10;

/// What the sentences are made of.
pub struct Facts<'a> {
    pub why: OutcomeKind,
    pub judged: &'a Judged,
    pub before: Option<&'a Judged>,
    pub categories: &'a [Category],
    /// Labelled frames that took part.
    pub labelled: usize,
    /// Of them, those it was tested on.
    pub tested: usize,
}

impl Facts<'_> {
    /// The sentences.
    pub fn text(&self) -> String {
        let Self { judged, before, tested, .. } = self;
        let frames = plural(*tested, "frame", "frames");
        let found = format!("finds {} on {frames} that it did not learn from", judged.finds());
        let errs = judged.errs(self.categories);
        match (self.why, before) {
            (OutcomeKind::Better, Some(before)) => format!(
                "Live: {found}, the model before {}; {errs}, before: {}.",
                before.finds(),
                before.errs(self.categories)
            ),
            (OutcomeKind::BeforeUnjudged, _) => {
                format!("Live: {found}; {errs}. The model before could not be tested.")
            }
            (OutcomeKind::NotBetter, Some(before)) => format!(
                "Kept, not live: {found}; {errs}. The live model is as good or better on them: it finds {}; {}. {}",
                before.finds(),
                before.errs(self.categories),
                self.advice()
            ),
            (OutcomeKind::BelowFloor, _) => format!("Kept, not live: {found}; {errs}. {}", self.advice()),
            (OutcomeKind::FindsNothing, _) => {
                format!("Kept, not live: it finds nothing on {frames} that it did not learn from. {}", self.advice())
            }
            _ => format!("Live: {found}; {errs}."),
        }
    }

    /// What helps most.
    fn advice(&self) -> String {
        let most = self.judged.weakest().map_or_else(String::new, |name| format!(", most of all with `{name}`"));
        match self.labelled < WELL {
            true => {
                let more = (WELL - self.labelled).max(MORE);
                format!("Label {more} more frames{most}, and train again.")
            }
            false => format!(
                "Look at its worst frames in the flip book, put wrong labels right, label more frames like them{most}, \
                 and train again, longer."
            ),
        }
    }
}

/// "1 frame", "3 frames".
pub fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::JudgedCategory;

    fn judged(found: u32, wrong: u32) -> Judged {
        let category =
            |name: &str, found, wrong| JudgedCategory { name: name.into(), objects: 10, found, wrong, ap50: Some(0.5) };
        Judged::of(vec![category("RBC", 10, 0), category("WBC", found, wrong)])
    }

    #[test]
    fn a_model_that_is_kept_says_what_to_do() {
        let (bad, good) = (judged(2, 12), judged(9, 1));
        let facts =
            |why, labelled| Facts { why, judged: &bad, before: Some(&good), categories: &[], labelled, tested: 5 };
        assert_eq!(
            facts(OutcomeKind::BelowFloor, 25).text(),
            "Kept, not live: finds 12 of 20 on 5 frames that it did not learn from; 5 of 10 boxes are wrong. Label 25 \
             more frames, most of all with `WBC`, and train again."
        );
        assert!(facts(OutcomeKind::BelowFloor, 48).text().contains("Label 10 more frames"));
        assert!(facts(OutcomeKind::FindsNothing, 200).text().contains("put wrong labels right"));
        let beaten = facts(OutcomeKind::NotBetter, 200).text();
        assert!(beaten.contains("it finds 19 of 20; 1 box in 20 is wrong"), "{beaten}");
    }

    #[test]
    fn a_model_that_is_live_stands_beside_the_one_before() {
        let (bad, good) = (judged(2, 12), judged(9, 1));
        let facts = |why, before| Facts { why, judged: &good, before, categories: &[], labelled: 60, tested: 12 };
        assert_eq!(
            facts(OutcomeKind::Better, Some(&bad)).text(),
            "Live: finds 19 of 20 on 12 frames that it did not learn from, the model before 12 of 20; 1 box in 20 is \
             wrong, before: 5 of 10 boxes are wrong."
        );
        assert!(facts(OutcomeKind::First, None).text().starts_with("Live: finds 19 of 20"));
        assert!(facts(OutcomeKind::BeforeUnjudged, None).text().contains("could not be tested"));
    }
}
