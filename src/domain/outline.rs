//! The outline of an object, and how it is clipped to a frame.

use super::bbox::BBox;
use super::limits;

/// Why corners are no outline in a frame.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum OutlineError {
    #[error("the polygon has {count} corners: it needs {} to {}", limits::CORNERS.start(), limits::CORNERS.end())]
    Corners { count: usize },
    #[error("the corner {corner:?} lies outside the frame of {}×{} pixels", frame.0, frame.1)]
    Outside { corner: [f32; 2], frame: (u32, u32) },
    #[error("the polygon has no area: its corners lie on one line")]
    NoArea,
}

/// The corners as the outline of an object in a frame of `width` × `height` pixels, and the box around them. Corners that
/// lie up to `overhang` pixels outside (infinity takes any) are moved to the edge. Errors on too few or too many corners,
/// those further outside or that are no numbers, and outlines without area.
pub fn clip_to(corners: &[[f32; 2]], frame: (u32, u32), overhang: f32) -> Result<(Vec<[f32; 2]>, BBox), OutlineError> {
    if !limits::CORNERS.contains(&corners.len()) {
        return Err(OutlineError::Corners { count: corners.len() });
    }
    let (width, height) = (frame.0 as f32, frame.1 as f32);
    let near = |n: f32, most: f32| n >= -overhang && n <= most + overhang;
    if let Some(corner) = corners.iter().find(|[x, y]| !(near(*x, width) && near(*y, height))) {
        return Err(OutlineError::Outside { corner: *corner, frame });
    }
    let corners: Vec<_> = corners.iter().map(|[x, y]| [x.clamp(0.0, width), y.clamp(0.0, height)]).collect();
    match BBox::around(&corners) {
        Some(bbox) if bbox.width > 0.0 && bbox.height > 0.0 => Ok((corners, bbox)),
        _ => Err(OutlineError::NoArea),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: (u32, u32) = (640, 480);

    #[test]
    fn corners_just_outside_are_moved_to_the_edge() {
        let (corners, bbox) = clip_to(&[[10.0, 5.0], [30.0, 6.0], [20.0, 480.5]], FRAME, 1.0).unwrap();
        assert_eq!((corners[2], bbox), ([20.0, 480.0], BBox::new(10.0, 5.0, 20.0, 475.0)));
        let far = [[10.0, 5.0], [30.0, 6.0], [-900.0, 9.0]];
        assert_eq!(clip_to(&far, FRAME, f32::INFINITY).unwrap().0[2], [0.0, 9.0]);
        assert_eq!(clip_to(&far, FRAME, 1.0), Err(OutlineError::Outside { corner: far[2], frame: FRAME }));
    }

    #[test]
    fn what_is_no_outline_is_refused_in_words() {
        let most = *limits::CORNERS.end();
        for (corners, says) in [
            (vec![[0.0, 0.0], [1.0, 1.0]], "the polygon has 2 corners: it needs 3 to 1000"),
            (vec![[0.0, 0.0]; most + 1], "1001 corners"),
            (vec![[0.0, 0.0], [1.0, 1.0], [f32::NAN, 2.0]], "lies outside the frame of 640×480 pixels"),
            (vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], "no area: its corners lie on one line"),
        ] {
            let error = clip_to(&corners, FRAME, f32::INFINITY).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
