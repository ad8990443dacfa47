//! A line of a label file: `class x y width height`, in shares of the picture, `x` and `y` the centre; or `class x1 y1 x2
//! y2 …`, an outline; or a box and its key points. Which of them, [`Rows`] says.

use super::looks::is_share;
use super::rows::{Beside, Meaning, Rows, Wrong};
use crate::dataset::import::formats::shapes::{Drawn, around};

/// What a line says.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub class: usize,
    /// In shares of the picture.
    pub drawn: Drawn,
    /// What stands behind the box and was not read.
    pub beside: Option<Beside>,
}

/// Numbers of a line, at most: far more than any outline may have. It is even, so that one more is none.
const MOST: usize = 400_000;

/// By how much the corners of an upright box may miss it, in shares of the picture.
const ROUNDING: f64 = 0.000_5;

/// The class of a line and what stands behind it.
pub fn numbers(line: &str) -> Result<(usize, Vec<f32>), Wrong> {
    let mut words = line.split_whitespace();
    // Some scripts write the class as `1.0`.
    let class = words.next().and_then(|word| word.parse::<f64>().ok());
    let class = class.filter(|class| class.fract() == 0.0 && (0.0..1e9).contains(class));
    let numbers: Option<Vec<f32>> =
        words.take(MOST + 1).map(|n| n.parse().ok().filter(|n: &f32| n.is_finite())).collect();
    let (Some(class), Some(numbers)) = (class, numbers) else { return Err(Wrong::NotNumbers) };
    Ok((class as usize, numbers))
}

/// Reads a line. `rows`: what is known of the lines of this data set.
pub fn read(line: &str, rows: &Rows) -> Result<Line, Wrong> {
    let (class, numbers) = numbers(line)?;
    match rows.meaning(&numbers) {
        Meaning::Box => boxed(class, &numbers[..4], None),
        Meaning::Beside(beside) => boxed(class, &numbers[..4], Some(beside)),
        Meaning::Identified => boxed(class, &numbers[1..], Some(Beside::NumberBefore)),
        Meaning::Outline(count, beside) => {
            let drawn = Drawn::Outline(corners(&numbers[..count])?);
            Ok(Line { class, drawn, beside })
        }
        Meaning::Turned(count, beside) => {
            let drawn = turned(corners(&numbers[..count])?);
            Ok(Line { class, drawn, beside })
        }
        Meaning::None(wrong) => Err(wrong),
    }
}

fn boxed(class: usize, numbers: &[f32], beside: Option<Beside>) -> Result<Line, Wrong> {
    let &[x, y, width, height] = numbers else { return Err(Wrong::Count(numbers.len())) };
    match numbers.iter().all(is_share) && width >= 0.0 && height >= 0.0 {
        true => {
            let [x, y, width, height] = [x, y, width, height].map(f64::from);
            let drawn = Drawn::Box([x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0]);
            Ok(Line { class, drawn, beside })
        }
        false => Err(Wrong::Pixels),
    }
}

fn corners(numbers: &[f32]) -> Result<Vec<[f64; 2]>, Wrong> {
    match numbers.iter().all(is_share) {
        true => Ok(numbers.as_chunks::<2>().0.iter().map(|corner| corner.map(f64::from)).collect()),
        false => Err(Wrong::Pixels),
    }
}

/// A box by its corners: upright, or turned by more than rounding.
fn turned(corners: Vec<[f64; 2]>) -> Drawn {
    let [left, top, right, bottom] = around(&Drawn::Turned(corners.clone()));
    let off = |n: f64, a: f64, b: f64| (n - a).abs().min((n - b).abs()) > ROUNDING;
    match corners.iter().any(|[x, y]| off(*x, left, right) || off(*y, top, bottom)) {
        true => Drawn::Turned(corners),
        false => Drawn::boxed(&corners),
    }
}

/// Whether a line has as many numbers as a box needs, however they are set apart.
pub fn is_line(line: &str) -> bool {
    let numbers =
        line.split(|c: char| c.is_whitespace() || ",;".contains(c)).filter(|word| word.parse::<f32>().is_ok());
    numbers.take(4).count() == 4
}

#[cfg(test)]
mod tests {
    use super::super::rows::Kind;
    use super::super::telling::Telling;
    use super::*;
    use proptest::prelude::*;

    /// A line of which nothing but itself tells what it is.
    fn read(line: &str) -> Result<Line, Wrong> {
        let mut telling = Telling::default();
        telling.hear(&numbers(line).map(|(_, numbers)| numbers).unwrap_or_default());
        super::read(line, &telling.rows())
    }

    fn edges(line: &str) -> [f64; 4] {
        around(&read(line).unwrap().drawn)
    }

    #[test]
    fn boxes_and_outlines_are_read() {
        let close = |a: [f64; 4], b: [f64; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        for line in ["1 0.5 0.5 0.2 0.4", "1.0 5e-1\t0.5  0.2 0.4", "1 0.5 0.5 0.2 0.4 0.93"] {
            assert!(close(edges(line), [0.4, 0.3, 0.6, 0.7]), "{line}");
            assert_eq!(read(line).unwrap().class, 1);
        }
        let outlined = super::read("0 0.1 0.1 0.3 0.1 0.2 0.5", &Rows::of(Kind::Outlines)).unwrap();
        assert!(matches!(&outlined.drawn, Drawn::Outline(corners) if corners.len() == 3));
        assert!(close(around(&outlined.drawn), [0.1, 0.1, 0.3, 0.5]));
        // Oriented: its four corners.
        let turned = read("0 0.5 0.1 0.9 0.5 0.5 0.9 0.1 0.5").unwrap().drawn;
        assert!(matches!(turned, Drawn::Turned(_)) && close(around(&turned), [0.1, 0.1, 0.9, 0.9]));
        let upright = read("0 0.1 0.1 0.9 0.1 0.9 0.5 0.1 0.5").unwrap().drawn;
        assert!(matches!(upright, Drawn::Box(edges) if close(edges, [0.1, 0.1, 0.9, 0.5])));
        assert!(close(edges("0 0.5 0.5 1.000001 1.000001"), [0.0, 0.0, 1.0, 1.0]));
    }

    #[test]
    fn key_points_stand_behind_the_box() {
        let line = "0 0.156250 0.200000 0.187500 0.200000 0.062500 0.100000 2 0.250000 0.100000 2 0.25 0.3 1 0 0 0";
        let read = |points, each| super::read(line, &Rows::of(Kind::KeyPoints(points, each)));
        let said = read(4, 3).unwrap();
        assert!((around(&said.drawn)[0] - 0.0625).abs() < 1e-6 && said.beside == Some(Beside::KeyPoints));
        assert_eq!(read(5, 3), Err(Wrong::Count(16)));
        assert!(super::read("0 0.5 0.5 0.1 0.1", &Rows::of(Kind::KeyPoints(4, 3))).is_ok());
        // The box holds the points, and their third number says how well each is seen.
        let guessed = self::read(line).unwrap();
        assert_eq!((guessed.beside, guessed.drawn), (Some(Beside::KeyPoints), said.drawn));
        assert_eq!(self::read("0 0.5 0.5 0.1 0.1 0.9 0.9 2 0.8 0.8 1"), Err(Wrong::KeyPoints));
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
            ("0 0.5 0.5 -0.2 0.4", Wrong::Pixels),
            ("0 10 10 30 10 20 50", Wrong::Pixels),
            ("0 0.5 0.5 0.2 0.4 1.57", Wrong::Turned),
            ("0 0.5 0.5 0.2 0.4 -45", Wrong::Turned),
        ] {
            assert_eq!(read(line), Err(wrong), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: String) {
            let _ = read(&line);
            let _ = super::read(&line, &Rows::of(Kind::KeyPoints(2, 2)));
        }
    }
}
