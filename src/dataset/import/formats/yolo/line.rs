//! A line of a label file: `class x y width height`, in shares of the picture, `x` and `y` the centre; or `class x1 y1 x2
//! y2 …`, an outline; or a box and its key points.

use crate::domain::{BBox, limits};

/// How far outside of the picture a share may be: rounding.
const OVER: f32 = 0.01;

/// What a line says.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub class: usize,
    /// In shares of the picture.
    pub bbox: BBox,
    pub outline: Option<Vec<[f32; 2]>>,
}

/// Why a line says nothing.
#[derive(Debug, PartialEq)]
pub enum Wrong {
    NotNumbers,
    Count(usize),
    /// Not between 0 and 1.
    Pixels,
    /// It looks like key points, and nothing says how many.
    KeyPoints,
}

/// Reads a line. `key_points`: how many each line has, and how many numbers each.
pub fn read(line: &str, key_points: Option<(usize, usize)>) -> Result<Line, Wrong> {
    let mut words = line.split_whitespace();
    // Some scripts write the class as `1.0`.
    let class = words.next().and_then(|word| word.parse::<f64>().ok());
    let class = class.filter(|class| class.fract() == 0.0 && (0.0..1e9).contains(class));
    let numbers: Option<Vec<f32>> = words.map(|n| n.parse().ok().filter(|n: &f32| n.is_finite())).collect();
    let (Some(class), Some(numbers)) = (class, numbers) else { return Err(Wrong::NotNumbers) };
    let class = class as usize;
    let count = numbers.len();
    if let Some((points, each)) = key_points {
        return match numbers.get(..4) {
            Some(bbox) if count == 4 || count == 4 + points * each => boxed(class, bbox),
            _ => Err(Wrong::Count(count)),
        };
    }
    match numbers.as_slice() {
        // A confidence may follow.
        [bbox @ .., confidence] if count == 5 && (0.0..=1.0).contains(confidence) => boxed(class, bbox),
        bbox if count == 4 => boxed(class, bbox),
        all if count >= 2 * limits::CORNERS.start() && has_key_points(all) => Err(Wrong::KeyPoints),
        corners if count >= 2 * limits::CORNERS.start() && count % 2 == 0 => {
            let corners = corners.as_chunks::<2>().0.to_vec();
            let bbox = BBox::around(&corners).ok_or(Wrong::Count(count))?;
            match corners.iter().flatten().all(|share| (-OVER..=1.0 + OVER).contains(share)) {
                true => Ok(Line { class, bbox, outline: Some(corners) }),
                false => Err(Wrong::Pixels),
            }
        }
        _ => Err(Wrong::Count(count)),
    }
}

fn boxed(class: usize, numbers: &[f32]) -> Result<Line, Wrong> {
    let &[x, y, width, height] = numbers else { return Err(Wrong::Count(numbers.len())) };
    match [x, y, width, height].iter().all(|share| (-OVER..=1.0 + OVER).contains(share)) {
        true => Ok(Line { class, bbox: BBox::new(x - width / 2.0, y - height / 2.0, width, height), outline: None }),
        false => Err(Wrong::Pixels),
    }
}

/// Whether the numbers look like a box and points of three numbers each, the third of which says how well it is seen.
/// Those of a real outline hardly ever do: each third number would have to be 0, 1 or 2 to the digit.
fn has_key_points(numbers: &[f32]) -> bool {
    let (_, points) = numbers.split_at(4);
    let seen = |n: &f32| [0.0, 1.0, 2.0].contains(n);
    let threes = points.len() % 3 == 0 && points.as_chunks::<3>().0.iter().all(|[_, _, how]| seen(how));
    threes && points.iter().any(|n| !seen(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bbox(line: &str) -> BBox {
        read(line, None).unwrap().bbox
    }

    #[test]
    fn boxes_and_outlines_are_read() {
        let close = |a: BBox, b: [f32; 4]| <[f32; 4]>::from(a).iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        for line in ["1 0.5 0.5 0.2 0.4", "1.0 5e-1\t0.5  0.2 0.4", "1 0.5 0.5 0.2 0.4 0.93"] {
            assert!(close(bbox(line), [0.4, 0.3, 0.2, 0.4]), "{line}");
            assert_eq!(read(line, None).unwrap().class, 1);
        }
        let outlined = read("0 0.1 0.1 0.3 0.1 0.2 0.5", None).unwrap();
        assert_eq!(outlined.outline.unwrap().len(), 3);
        assert!(close(outlined.bbox, [0.1, 0.1, 0.2, 0.4]));
        // Oriented: its four corners.
        assert!(close(bbox("0 0.5 0.1 0.9 0.5 0.5 0.9 0.1 0.5"), [0.1, 0.1, 0.8, 0.8]));
        assert!(close(bbox("0 0.5 0.5 1.000001 1.000001"), [0.0, 0.0, 1.0, 1.0]));
    }

    #[test]
    fn key_points_stand_behind_the_box() {
        let line = "0 0.156250 0.200000 0.187500 0.200000 0.062500 0.100000 2 0.250000 0.100000 2 0.25 0.3 1 0 0 0";
        let read = |shape| super::read(line, shape);
        assert!((read(Some((4, 3))).unwrap().bbox.x - 0.0625).abs() < 1e-6);
        assert_eq!(read(Some((5, 3))), Err(Wrong::Count(16)));
        assert_eq!(read(None), Err(Wrong::KeyPoints));
        assert!(super::read("0 0.5 0.5 0.1 0.1", Some((4, 3))).is_ok());
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (line, wrong) in [
            ("0,0.1,0.2,0.1,0.2", Wrong::NotNumbers),
            ("0 0,1 0,2 0,1 0,2", Wrong::NotNumbers),
            ("cup 0.1 0.2 0.1 0.2", Wrong::NotNumbers),
            ("0.5 0.1 0.2 0.1 0.2", Wrong::NotNumbers),
            ("-1 0.1 0.2 0.1 0.2", Wrong::NotNumbers),
            ("0 0.1 nan 0.1 0.2", Wrong::NotNumbers),
            ("0 0.1 0.2 0.1", Wrong::Count(3)),
            ("0 0.1 0.2 0.1 0.2 0.3 0.4 0.5", Wrong::Count(7)),
            ("0 50.0 40.0 60 40", Wrong::Pixels),
            ("0 10 10 30 10 20 50", Wrong::Pixels),
        ] {
            assert_eq!(read(line, None), Err(wrong), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: String) {
            let _ = read(&line, None);
            let _ = read(&line, Some((2, 2)));
        }
    }
}
