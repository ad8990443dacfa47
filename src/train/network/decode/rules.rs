//! When cells vote, and when boxes are one object: the same numbers for the trainer and for the exported file.

/// Cells that score no more than this for a category have no vote on its objects.
pub const LOWEST: f32 = 0.05;
/// Predictions of one frame, at most: what COCO counts.
pub const MOST: usize = 100;
/// Boxes of one category that overlap more than this are one object.
pub const SAME: f32 = 0.6;
/// Boxes of one category that overlap more than this vote on where the object is.
pub const NEAR: f32 = 0.7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_names_these_numbers() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/training.md")).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for says in [
            format!("scores more than {LOWEST} for a category"),
            format!("the best {MOST} of a frame at most"),
            format!("overlap by more than {SAME} the best stays"),
            format!("overlap it by more than {NEAR}"),
        ] {
            assert!(text.contains(&says), "docs/training.md does not say: {says}");
        }
    }
}
