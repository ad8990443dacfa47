//! What came of a training: what its model finds and gets wrong on the frames it was tested on, beside the one before.

use super::category::{Category, LabelKind};
use serde::{Deserialize, Serialize};

/// What came of a training that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outcome {
    /// Whether the model went live.
    pub live: bool,
    pub why: OutcomeKind,
    /// The same in a sentence or two, and what to do where it did not go live.
    pub text: String,
    #[serde(flatten)]
    pub judged: Judged,
    /// The model that was live before, on the same frames; `null` where there was none or it could not be judged.
    pub before: Option<Judged>,
}

/// Why a model went live or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Live: there was none before.
    First,
    /// Live: better than the one before.
    Better,
    /// Live: the one before could not be judged.
    BeforeUnjudged,
    /// Kept, not live: the one before is as good or better.
    NotBetter,
    /// Kept, not live: its AP50 is below `live.floor`.
    BelowFloor,
    /// Kept, not live: it finds nothing at all.
    FindsNothing,
}

/// What a model finds in frames, and gets wrong, counting what it shows on the live picture: predictions from its own
/// threshold up. An object is found by a box of its category that overlaps it by half (IoU 0.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Judged {
    /// Objects found.
    pub found: u32,
    /// Objects that were labelled.
    pub of: u32,
    /// Boxes (and tags) that are wrong.
    pub wrong: u32,
    /// Boxes (and tags) in all.
    pub boxes: u32,
    /// In the order of the class indices.
    pub categories: Vec<JudgedCategory>,
}

/// The same of one category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JudgedCategory {
    pub name: String,
    /// Labelled.
    pub objects: u32,
    pub found: u32,
    /// Boxes of this category that are wrong.
    pub wrong: u32,
    /// Average precision at IoU 0.5, 0 to 1; `null` where nothing of it is labelled.
    pub ap50: Option<f32>,
}

impl Judged {
    /// The sums over categories.
    pub fn of(categories: Vec<JudgedCategory>) -> Self {
        let sum = |of: fn(&JudgedCategory) -> u32| categories.iter().map(of).sum();
        let (found, wrong) = (sum(|c| c.found), sum(|c| c.wrong));
        Self { found, of: sum(|c| c.objects), wrong, boxes: found + wrong, categories }
    }

    /// "8 of 10": how many it finds.
    pub fn finds(&self) -> String {
        of_few(self.found, self.of)
    }

    /// "1 box in 10 is wrong".
    pub fn errs(&self, categories: &[Category]) -> String {
        let tags = !categories.is_empty() && categories.iter().all(|c| c.kind == LabelKind::Tag);
        let (one, many) = if tags { ("tag", "tags") } else { ("box", "boxes") };
        let Self { wrong, boxes, .. } = *self;
        match wrong {
            0 => format!("none of its {many} is wrong"),
            _ if wrong == boxes => format!("all its {many} are wrong"),
            // Up to three in ten, "1 in 4" is read more easily than "3 of 10".
            _ if wrong * 10 <= boxes * 3 => {
                format!("1 {one} in {:.0} is wrong", f64::from(boxes) / f64::from(wrong))
            }
            _ => format!("{} {many} are wrong", of_few(wrong, boxes)),
        }
    }

    /// The category of which it misses the largest share, where there are several and it misses any.
    pub fn weakest(&self) -> Option<&str> {
        let share = |c: &JudgedCategory| f64::from(c.found) / f64::from(c.objects.max(1));
        let labelled = self.categories.iter().filter(|c| c.objects > 0);
        let weakest = labelled.min_by(|a, b| share(a).total_cmp(&share(b)))?;
        (self.categories.len() > 1 && weakest.found < weakest.objects).then_some(weakest.name.as_str())
    }
}

/// "7 of 12"; of more in tenths, or hundredths where those would say all or none.
fn of_few(some: u32, all: u32) -> String {
    /// Up to so many a person takes in as they are.
    const FEW: u32 = 20;
    if some == all && all > 0 {
        return format!("all {all}");
    }
    let of = |parts: u32| (f64::from(some) / f64::from(all) * f64::from(parts)).round() as u32;
    for parts in [10, 100] {
        if all > FEW && all > parts && (1..parts).contains(&of(parts)) {
            return format!("{} of {parts}", of(parts));
        }
    }
    format!("{some} of {all}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(found: u32, of: u32, wrong: u32) -> Judged {
        let (name, ap50) = (String::from("RBC"), Some(0.5));
        Judged::of(vec![JudgedCategory { name, objects: of, found, wrong, ap50 }])
    }

    #[test]
    fn counts_are_told_in_words_that_are_true() {
        for ((found, of), words) in [
            ((8, 10), "8 of 10"),
            ((0, 12), "0 of 12"),
            ((12, 12), "all 12"),
            ((161, 200), "8 of 10"),
            ((199, 200), "199 of 200"),
            ((2, 60), "2 of 60"),
            ((970, 1000), "97 of 100"),
            ((0, 0), "0 of 0"),
        ] {
            assert_eq!(judged(found, of, 0).finds(), words);
        }
        for ((right, wrong), words) in [
            ((9, 1), "1 box in 10 is wrong"),
            ((7, 3), "1 box in 3 is wrong"),
            ((3, 7), "7 of 10 boxes are wrong"),
            ((4, 0), "none of its boxes is wrong"),
            ((0, 4), "all its boxes are wrong"),
        ] {
            assert_eq!(judged(right, 100, wrong).errs(&[]), words);
        }
    }

    #[test]
    fn the_weakest_category_is_named_where_there_are_several() {
        let category =
            |name: &str, found| JudgedCategory { name: name.into(), objects: 4, found, wrong: 0, ap50: None };
        let two = |a, b| Judged::of(vec![category("a", a), category("b", b)]);
        assert_eq!((two(4, 2).weakest(), two(1, 2).weakest(), two(4, 4).weakest()), (Some("b"), Some("a"), None));
        assert_eq!(judged(1, 4, 0).weakest(), None);
    }
}
