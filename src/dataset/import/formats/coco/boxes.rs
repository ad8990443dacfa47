//! The box of an annotation, in the ways in which tools write it.

use super::stream::Annotation;
use crate::dataset::import::formats::shapes::{Drawn, around};
use crate::dataset::import::told::Reason;
use crate::domain::BBox;

static MASK: Reason = Reason::new("mask", "annotations with a mask and no box; masks are not read");
pub static NO_BOX: Reason = Reason::new("no_box", "annotations without a box of four numbers");
static TURNED: Reason = Reason::new(
    "turned_unclear",
    "boxes with an angle, of which nothing says what is turned about what; write their corners as `segmentation` instead",
);
static MODE: Reason =
    Reason::new("box_mode", "boxes with a `bbox_mode` that is not known; 0 to 4 are, as detectron2 writes them");

/// Where an annotation lies.
#[derive(Debug, PartialEq)]
pub struct Placed {
    pub bbox: BBox,
    /// In shares of the picture.
    pub relative: bool,
    pub outline: Option<Outline>,
    /// The corners of the box, where it is turned: `bbox` is the upright one around it.
    pub turned: Option<Vec<[f32; 2]>>,
    /// There is a mask beside it.
    pub masked: bool,
}

/// The outline of an annotation.
#[derive(Debug, PartialEq)]
pub struct Outline {
    /// Of the largest part.
    pub corners: Vec<[f32; 2]>,
    /// Around all parts.
    pub around: BBox,
    pub parts: u32,
    /// There is no box beside it.
    pub alone: bool,
}

/// What the numbers of a box are, as detectron2 numbers it.
enum Mode {
    Corners,
    Size,
    Turned,
}

/// The box of an annotation, or that of its outline; `None` where it has neither. `Err`: why it can't be taken.
pub fn of(annotation: &mut Annotation) -> Result<Option<Placed>, &'static Reason> {
    let segmentation = std::mem::take(&mut annotation.segmentation);
    let masked = segmentation.is_mask();
    let mut outline =
        segmentation.corners().map(|(corners, around, parts)| Outline { corners, around, parts, alone: false });
    let (mode, relative) = mode(annotation)?;
    let turned_by = |scalar: &crate::dataset::import::formats::lean::Scalar| scalar.number().filter(|n| *n != 0.0);
    // An outline says where the corners are, whatever was turned about what.
    if let (None, Some(_)) = (&outline, turned_by(&annotation.rotation).or(turned_by(&annotation.angle))) {
        return Err(&TURNED);
    }
    let degrees = turned_by(&annotation.attributes.rotation).map(|degrees| degrees % 360.0).filter(|d| *d != 0.0);
    // CVAT, which turns boxes like that, writes no mode; and an outline says where the corners are.
    let degrees = degrees.filter(|_| outline.is_none());
    if degrees.is_some() && (relative || !matches!(mode, Mode::Size)) {
        return Err(&TURNED);
    }
    let numbers = annotation.bbox.as_ref().and_then(|numbers| numbers.0.as_deref());
    let (bbox, corners) = match (mode, numbers) {
        (Mode::Turned, Some(&[x, y, width, height, degrees])) => {
            let edges = [x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0].map(f64::from);
            // Against the clock.
            turned(edges, -f64::from(degrees))
        }
        (Mode::Corners, Some(&[x0, y0, x1, y1])) => (BBox::from_corners(x0, y0, x1, y1), None),
        (Mode::Size, Some(&[x, y, width, height])) => match degrees {
            Some(degrees) => turned([x, y, x + width, y + height].map(f64::from), degrees),
            None => (BBox::new(x, y, width, height), None),
        },
        (_, Some([_, _, _, _, _])) if outline.is_none() => return Err(&TURNED),
        _ => match &mut outline {
            Some(outline) => {
                outline.alone = true;
                (outline.around, None)
            }
            None if masked => return Err(&MASK),
            None if annotation.bbox.is_none() => return Ok(None),
            None => return Err(&NO_BOX),
        },
    };
    // Those of an outline are pixels, whatever a box would have been.
    let relative = relative && !outline.as_ref().is_some_and(|outline| outline.alone);
    Ok(Some(Placed { bbox, relative, outline, turned: corners, masked }))
}

fn turned(edges: [f64; 4], degrees: f64) -> (BBox, Option<Vec<[f32; 2]>>) {
    let drawn = Drawn::turned(edges, degrees);
    let [left, top, right, bottom] = around(&drawn).map(|n| n as f32);
    let corners = match drawn {
        Drawn::Turned(corners) => corners.iter().map(|[x, y]| [*x as f32, *y as f32]).collect(),
        _ => Vec::new(),
    };
    (BBox::from_corners(left, top, right, bottom), Some(corners))
}

/// What the numbers are, and whether they are shares of the picture.
fn mode(annotation: &Annotation) -> Result<(Mode, bool), &'static Reason> {
    let Some(mode) = annotation.bbox_mode.clone().name() else { return Ok((Mode::Size, false)) };
    match mode.rsplit('.').next().unwrap_or_default() {
        "0" | "XYXY_ABS" => Ok((Mode::Corners, false)),
        "1" | "XYWH_ABS" => Ok((Mode::Size, false)),
        "2" | "XYXY_REL" => Ok((Mode::Corners, true)),
        "3" | "XYWH_REL" => Ok((Mode::Size, true)),
        "4" | "XYWHA_ABS" => Ok((Mode::Turned, false)),
        _ => Err(&MODE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn placed(annotation: Value) -> Result<Option<Placed>, &'static str> {
        let mut annotation = serde_json::from_str(&annotation.to_string()).unwrap();
        of(&mut annotation).map_err(Reason::kind)
    }

    #[test]
    fn every_way_to_write_a_box_is_read_or_refused() {
        for (annotation, edges, relative) in [
            (json!({"bbox": [1, 2, 3, 4]}), [1.0, 2.0, 4.0, 6.0], false),
            (json!({"bbox": [1, 2, 3, 4], "bbox_mode": 0}), [1.0, 2.0, 3.0, 4.0], false),
            (json!({"bbox": [1, 2, 3, 4], "bbox_mode": "BoxMode.XYWH_ABS"}), [1.0, 2.0, 4.0, 6.0], false),
            (json!({"bbox": [0.1, 0.2, 0.3, 0.4], "bbox_mode": 2}), [0.1, 0.2, 0.3, 0.4], true),
            (json!({"bbox": [0.1, 0.2, 0.3, 0.4], "bbox_mode": 3}), [0.1, 0.2, 0.4, 0.6], true),
            (json!({"bbox": [20, 30, 10, 4, 90], "bbox_mode": 4}), [18.0, 25.0, 22.0, 35.0], false),
            (json!({"bbox": [10, 20, 20, 4], "attributes": {"rotation": 90.0}}), [18.0, 12.0, 22.0, 32.0], false),
            (json!({"bbox": [10, 20, 20, 4], "attributes": {"rotation": 0.0}}), [10.0, 20.0, 30.0, 24.0], false),
            (
                json!({"bbox": [1, 2, 4, 7], "attributes": {"rotation": 30}, "segmentation": [[1, 2, 5, 2, 5, 9]]}),
                [1.0, 2.0, 5.0, 9.0],
                false,
            ),
            (json!({"bbox": [5, 5, 9, 9, 30], "segmentation": [[1, 2, 5, 2, 5, 9]]}), [1.0, 2.0, 5.0, 9.0], false),
            // What is hidden behind something has two parts.
            (
                json!({"segmentation": [[10, 10, 50, 10, 50, 60], [100, 20, 150, 20, 150, 80]]}),
                [10.0, 10.0, 150.0, 80.0],
                false,
            ),
        ] {
            let placed = placed(annotation.clone()).unwrap().unwrap();
            let found = [placed.bbox.x, placed.bbox.y, placed.bbox.right(), placed.bbox.bottom()];
            assert!(found.iter().zip(edges).all(|(a, b)| (a - b).abs() < 1e-4), "{annotation}: {found:?}");
            assert_eq!(placed.relative, relative, "{annotation}");
        }
        for (annotation, kind) in [
            (json!({"bbox": [1, 2, 3, 4, 5]}), "turned_unclear"),
            (json!({"bbox": [1, 2, 3, 4], "angle": 30}), "turned_unclear"),
            (json!({"bbox": [1, 2, 3, 4], "rotation": "1.5"}), "turned_unclear"),
            (json!({"bbox": [1, 2, 3, 4], "bbox_mode": 0, "attributes": {"rotation": 30}}), "turned_unclear"),
            (json!({"bbox": [0.1, 0.2, 0.3, 0.4], "bbox_mode": 3, "attributes": {"rotation": 30}}), "turned_unclear"),
            (json!({"bbox": [1, 2, 3, 4], "bbox_mode": 9}), "box_mode"),
            (json!({"bbox": [1, 2, 3]}), "no_box"),
            (json!({"segmentation": {"counts": "a"}}), "mask"),
        ] {
            assert_eq!(placed(annotation.clone()), Err(kind), "{annotation}");
        }
        assert_eq!(placed(json!({"id": 1})), Ok(None));
    }
}
