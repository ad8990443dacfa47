//! Which part of a data set something is of, by the names of folders and files.

use crate::domain::Side;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// To train with.
    Train,
    /// To choose by, between epochs.
    Choose,
    /// To judge by, at the end.
    Judge,
}

impl Part {
    /// The part that the innermost folder of a path speaks of, or its last part itself: `valid/images/`,
    /// `annotations/instances_val2017.json`. Of a picture, or a file for one picture, give the folder: a picture may be called
    /// anything.
    pub fn of(path: &str) -> Option<Self> {
        path.rsplit(['/', '\\']).find_map(|part| {
            let lower = part.to_lowercase();
            lower.split(|c: char| !c.is_alphabetic()).find_map(|word| match word {
                "train" | "training" | "trainval" => Some(Self::Train),
                "val" | "valid" | "validation" => Some(Self::Choose),
                "test" | "testing" => Some(Self::Judge),
                _ => None,
            })
        })
    }

    /// Whether both may be of one part: one of which nothing is known may be of any.
    pub fn agree(one: Option<Self>, other: Option<Self>) -> bool {
        one.is_none_or(|one| other.is_none_or(|other| one == other))
    }

    /// Where frames of this part are put.
    pub fn side(self) -> Side {
        match self {
            Self::Train => Side::Training,
            Self::Choose | Self::Judge => Side::Validation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_word_of_the_path_the_innermost_first() {
        for (path, part) in [
            ("train/images/", Some(Part::Train)),
            ("train/val_images", Some(Part::Choose)),
            ("annotations/instances_val2017.json", Some(Part::Choose)),
            ("set\\Test\\images", Some(Part::Judge)),
            ("trains/", None),
            ("", None),
        ] {
            assert_eq!(Part::of(path), part, "{path}");
        }
        assert!(Part::agree(None, Some(Part::Train)) && !Part::agree(Some(Part::Judge), Some(Part::Train)));
    }
}
