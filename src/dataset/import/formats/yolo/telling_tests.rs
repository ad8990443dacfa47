//! Whatever the data set, its lines are read rightly or left out.

use super::super::rows::{Beside, Meaning};
use super::*;
use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Lines of a data set, as many as there may be.
const LINES: [usize; 8] = [1, 2, 3, 5, 8, 12, 20, 60];

fn pick<T: Copy>(rng: &mut ChaCha8Rng, of: &[T]) -> T {
    *of.choose(rng).unwrap()
}

fn rounded(line: Vec<f32>) -> Vec<f32> {
    line.into_iter().map(|n| (n * 1e6).round() / 1e6).collect()
}

fn boxed(rng: &mut ChaCha8Rng, sizes: (f32, f32)) -> [f32; 4] {
    let [width, height] = [(); 2].map(|()| rng.random_range(sizes.0..sizes.1));
    let mut centre = |side: f32| rng.random_range(side / 2.0..1.0 - side / 2.0);
    [centre(width), centre(height), width, height]
}

/// Boxes with points, some of which are not set, or lie where a pose has them.
fn poses(rng: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    let (points, each) = (rng.random_range(1..=17), rng.random_range(2..=3));
    let (sizes, unset) = (pick(rng, &[(0.02, 0.6), (0.02, 0.1), (0.4, 0.8)]), pick(rng, &[0.0, 0.2, 0.5, 0.9]));
    let (seen, still) = (pick(rng, &[&[1.0][..], &[2.0], &[1.0, 2.0], &[0.0, 1.0, 2.0]]), rng.random::<bool>());
    let count = pick(rng, &LINES);
    let near = |rng: &mut ChaCha8Rng| [(); 2].map(|()| rng.random_range(-0.5..0.5f32));
    let mut rng = ChaCha8Rng::seed_from_u64(rng.random());
    let pose: Vec<[f32; 2]> = (0..points).map(|_| near(&mut rng)).collect();
    let mut line = || {
        let [x, y, width, height] = boxed(&mut rng, sizes);
        let mut line = vec![x, y, width, height];
        for at in &pose {
            let [dx, dy] = if still { *at } else { near(&mut rng) };
            match rng.random_range(0.0..1.0) < unset {
                true => line.extend(&[0.0; 3][..each]),
                false => line.extend(&[x + dx * width, y + dy * height, pick(&mut rng, seen)][..each]),
            }
        }
        rounded(line)
    };
    (0..count).map(|_| line()).collect()
}

/// Outlines, all over the picture or cut off at its edge, of as many corners each or not.
fn outlines(rng: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    let (size, fixed) = (pick(rng, &[0.03, 0.1, 0.3]), rng.random::<bool>().then(|| rng.random_range(3..=20)));
    let (over, count) = (rng.random::<bool>(), pick(rng, &LINES));
    let mut line = || {
        let (corners, size) = (fixed.unwrap_or_else(|| rng.random_range(3..=20)), size * rng.random_range(0.5..1.5));
        let from = if over { 0.0 } else { size };
        let [x, y] = [(); 2].map(|()| rng.random_range(from..1.0 - from));
        let corner = |rng: &mut dyn FnMut() -> f32, i: usize| {
            let (sin, cos) = ((i as f32 + 0.3 * rng()) / corners as f32 * std::f32::consts::TAU).sin_cos();
            let far = size * (0.8 + 0.2 * rng());
            [(x + far * cos).clamp(0.0, 1.0), (y + far * sin).clamp(0.0, 1.0)]
        };
        let mut either = || rng.random_range(-1.0..1.0);
        let mut all: Vec<[f32; 2]> = (0..corners).map(|i| corner(&mut either, i)).collect();
        all.rotate_left(rng.random_range(0..corners));
        if rng.random() {
            all.reverse();
        }
        rounded(all.concat())
    };
    (0..count).map(|_| line()).collect()
}

fn meanings(lines: &[Vec<f32>]) -> impl Iterator<Item = (Meaning, &Vec<f32>)> {
    let mut telling = Telling::default();
    lines.iter().for_each(|line| telling.hear(line));
    let rows = telling.rows();
    lines.iter().map(move |line| (rows.meaning(line), line))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_box_with_points_is_that_or_nothing(seed: u64) {
        let lines = poses(&mut ChaCha8Rng::seed_from_u64(seed));
        for (meaning, line) in meanings(&lines) {
            let sound = matches!(meaning, Meaning::Beside(Beside::KeyPoints) | Meaning::None(_));
            prop_assert!(sound, "{meaning:?} {line:?}, one of {}", lines.len());
        }
    }

    #[test]
    fn an_outline_is_that_or_nothing(seed: u64) {
        let lines = outlines(&mut ChaCha8Rng::seed_from_u64(seed));
        for (meaning, line) in meanings(&lines) {
            let sound = match meaning {
                Meaning::Outline(count, None) | Meaning::Turned(count, None) => count == line.len(),
                Meaning::None(_) => true,
                _ => false,
            };
            prop_assert!(sound, "{meaning:?} {line:?}, one of {}", lines.len());
        }
    }

    #[test]
    fn a_box_is_that_or_nothing(seed: u64, what in 0..3usize) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let line = |rng: &mut ChaCha8Rng| {
            let bbox = boxed(rng, (0.02, 0.6));
            rounded(match what {
                0 => bbox.to_vec(),
                1 => [&bbox[..], &[rng.random_range(0.0..=1.0)]].concat(),
                _ => [&[rng.random_range(-1..300) as f32][..], &bbox].concat(),
            })
        };
        let lines: Vec<Vec<f32>> = (0..pick(rng, &LINES)).map(|_| line(rng)).collect();
        let wanted = [Meaning::Box, Meaning::Beside(Beside::Confidence), Meaning::Identified];
        for (meaning, line) in meanings(&lines) {
            prop_assert!(meaning == wanted[what], "{meaning:?} {line:?}, one of {}", lines.len());
        }
    }
}

#[test]
fn what_is_plain_is_read() {
    // Of many lines most are read, so that the above says something.
    let read = |of: fn(&mut ChaCha8Rng) -> Vec<Vec<f32>>| {
        let sets: Vec<Vec<Vec<f32>>> = (0..300).map(|seed| of(&mut ChaCha8Rng::seed_from_u64(seed))).collect();
        let all = sets.iter().flatten().count();
        let read = sets.iter().flat_map(|set| meanings(set)).filter(|(m, _)| !matches!(m, Meaning::None(_))).count();
        read as f64 / all as f64
    };
    let (posed, outlined) = (read(poses), read(outlines));
    assert!(posed > 0.6 && outlined > 0.6, "{posed} {outlined}");
}

#[test]
fn points_that_are_not_set_prove_nothing() {
    // Two points of three numbers, or of two.
    for set in [
        "0.45 0.52 0.31 0.29 0 0 0 0.45 0.542 1; 0.458 0.486 0.386 0.246 0.487 0.598 1 0 0 0; 0.37 0.359 0.481 0.213 0 0 0 0 0 0",
        "0.45 0.52 0.31 0.29 0 0 0.45 0.542; 0.458 0.486 0.386 0.246 0.487 0.598 0 0; 0.37 0.359 0.481 0.213 0 0 0 0",
    ] {
        let line = |text: &str| text.split_whitespace().map(|n| n.parse().unwrap()).collect::<Vec<f32>>();
        let lines: Vec<Vec<f32>> = set.split(';').map(line).collect();
        let outlines =
            meanings(&lines).filter(|(m, _)| matches!(m, Meaning::Outline(..) | Meaning::Turned(..))).count();
        assert_eq!(outlines, 0, "{set}");
    }
}

#[test]
fn a_few_outlines_of_several_lengths_are_that() {
    // Around a point, towards the corner where counting begins: the first four numbers of each are a box that holds the others.
    let around = |x: f32, y: f32, corners: usize| -> Vec<f32> {
        let corner = |i: usize| {
            let (sin, cos) = (i as f32 / corners as f32 * std::f32::consts::TAU).sin_cos();
            [x + 0.06 * cos, y + 0.05 * sin]
        };
        rounded((0..corners).flat_map(corner).collect())
    };
    let read = |lines: &[Vec<f32>]| meanings(lines).filter(|(m, _)| matches!(m, Meaning::Outline(..))).count();
    let few = [around(0.3, 0.3, 5), around(0.35, 0.3, 8), around(0.3, 0.36, 11)];
    assert!(few.iter().all(|line| holds(line, 2)));
    assert_eq!(read(&few), 3);
    // Two, of one length, of few corners, or most of one length: they may be boxes with points.
    assert_eq!(read(&few[..2]), 0);
    assert_eq!(read(&[(); 3].map(|()| around(0.3, 0.3, 8))), 0);
    assert_eq!(read(&[around(0.3, 0.3, 3), around(0.35, 0.3, 4), around(0.3, 0.36, 5)]), 0);
    let mostly: Vec<Vec<f32>> = (0..9).map(|i| around(0.3, 0.3 + 0.001 * i as f32, 8)).collect();
    assert_eq!(read(&[&mostly[..], &few[..1]].concat()), 0);
    // One that crosses itself.
    let mut crossing = few.clone();
    crossing[2].swap(4, 8);
    crossing[2].swap(5, 9);
    assert_eq!(read(&crossing), 0);
}
