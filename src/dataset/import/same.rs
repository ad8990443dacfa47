//! Whether labels that come are those that are here.

use crate::domain::{BBox, Label};

/// By how many pixels numbers may differ: forms round them.
const NEAR: f32 = 0.05;

/// Whether both mean the same things at the same places, in whatever order. Who set a label, and how sure a model was, many
/// forms have no place for; nor for tags, which count only where the data set has any (`tags`).
pub fn are_same(here: &[Label], coming: &[Label], tags: bool) -> bool {
    let counted = |labels: &[Label]| -> Vec<Label> {
        labels.iter().filter(|label| tags || label.bbox.is_some()).cloned().collect()
    };
    let (mut here, coming) = (counted(here), counted(coming));
    here.len() == coming.len()
        && coming.iter().all(|label| match here.iter().position(|other| is_near(other, label)) {
            Some(place) => {
                here.swap_remove(place);
                true
            }
            None => false,
        })
}

fn is_near(a: &Label, b: &Label) -> bool {
    let near = |a: f32, b: f32| (a - b).abs() <= NEAR;
    let boxes = |a: BBox, b: BBox| <[f32; 4]>::from(a).into_iter().zip(<[f32; 4]>::from(b)).all(|(a, b)| near(a, b));
    a.category == b.category
        && match (a.bbox, b.bbox) {
            (Some(a), Some(b)) => boxes(a, b),
            (None, None) => true,
            _ => false,
        }
        && match (&a.polygon, &b.polygon) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| near(*a, *b))
            }
            (None, None) => true,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_order_and_missing_tags_make_no_difference() {
        let boxed = |x: f32| Label::boxed("cup", [x, 2.0, 30.0, 40.0].into());
        let here = [boxed(1.0), boxed(5.0), Label::tag("dark")];
        assert!(are_same(&here, &[boxed(5.001), boxed(1.0)], false));
        assert!(!are_same(&here, &[boxed(5.001), boxed(1.0)], true));
        assert!(!are_same(&here, &[boxed(5.0), boxed(5.0)], false));
        assert!(!are_same(&here, &[boxed(1.0), boxed(5.2)], false));
        assert!(!are_same(&here[..1], &[], false));
    }
}
