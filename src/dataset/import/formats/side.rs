//! On which side of the split a data set has its pictures.

use crate::domain::Side;

/// The side that a folder or a file is named after.
pub fn side_of(path: &str) -> Option<Side> {
    let lower = path.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "train" | "training" | "trainval" => Some(Side::Training),
        "val" | "valid" | "validation" | "test" | "testing" => Some(Side::Validation),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_a_word_of_the_path() {
        for (path, side) in [
            ("train/a.jpg", Some(Side::Training)),
            ("annotations/instances_val2017.json", Some(Side::Validation)),
            ("set/Test/images/a.jpg", Some(Side::Validation)),
            ("trains/a.jpg", None),
            ("a.jpg", None),
        ] {
            assert_eq!(side_of(path), side, "{path}");
        }
    }
}
