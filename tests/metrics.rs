//! Average precision agrees with pycocotools, the tool everyone else reports it with.

use fieldcoach::domain::BBox;
use fieldcoach::train::evaluate::{FrameResult, Scored, evaluate, per_category};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A data set: how many categories, and what was to be found and what was found in each frame.
type Set = (usize, Vec<FrameResult>);

#[derive(Deserialize)]
struct Reference {
    ap50: f32,
    ap50_95: f32,
    categories: Vec<Option<(f32, f32)>>,
}

#[test]
fn random_boxes() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let sets: Vec<Set> = (0..6).map(|_| random_set(&mut rng, |score| score)).collect();
    agree(&sets);
}

#[test]
fn many_ties() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut sets = Vec::new();
    for _ in 0..6 {
        let (categories, mut frames) = random_set(&mut rng, |score| (score * 10.0).round() / 10.0);
        for frame in &mut frames {
            // The same true box twice, and the same prediction with the same and with another score.
            frame.truth.extend_from_within(..frame.truth.len() / 2);
            let again: Vec<Scored> = frame.predictions.iter().step_by(2).copied().collect();
            let shifted = again.iter().map(|p| Scored { score: 0.5, ..*p });
            let shifted: Vec<Scored> = shifted.collect();
            frame.predictions.extend(again);
            frame.predictions.extend(shifted);
        }
        sets.push((categories, frames));
    }
    agree(&sets);
}

#[test]
fn boxes_on_a_grid() {
    // Overlaps that are equal, or equal to a threshold: which of two true boxes is taken changes what is left.
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut sets = Vec::new();
    for _ in 0..6 {
        let mut bbox = || {
            let mut times_ten = |from, to| rng.random_range(from..to) as f32 * 10.0;
            BBox::new(times_ten(0, 6), times_ten(0, 4), times_ten(1, 4), times_ten(1, 4))
        };
        let frames = (0..30).map(|_| {
            let truth: Vec<(usize, BBox)> = (0..6).map(|_| (0, bbox())).collect();
            let boxes: Vec<BBox> = (0..20).map(|_| bbox()).collect();
            let scored = boxes.into_iter().enumerate();
            let predictions =
                scored.map(|(i, bbox)| Scored { category: 0, bbox, score: (i % 7) as f32 / 8.0 }).collect();
            FrameResult { truth, predictions, loss: 0.0 }
        });
        sets.push((1, frames.collect()));
    }
    agree(&sets);
}

#[test]
fn more_predictions_than_count() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let truth: Vec<(usize, BBox)> = (0..40).map(|_| (0, random_box(&mut rng))).collect();
    let frames = (0..3).map(|_| {
        let predictions = (0..260).map(|_| {
            let score = (rng.random_range(0.0f32..1.0) * 20.0).round() / 20.0;
            let of = truth[rng.random_range(0..truth.len())].1;
            Scored { category: 0, bbox: jittered(&mut rng, of, 0.1), score }
        });
        FrameResult { predictions: predictions.collect(), truth: truth.clone(), loss: 0.0 }
    });
    agree(&[(1, frames.collect())]);
}

#[test]
fn real_boxes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bccd/test.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no {}", path.display());
        return;
    };
    let coco: Value = serde_json::from_str(&text).unwrap();
    let ids =
        |what: &str| -> Vec<u64> { coco[what].as_array().unwrap().iter().map(|i| i["id"].as_u64().unwrap()).collect() };
    let (images, categories) = (ids("images"), ids("categories"));
    let mut frames = vec![FrameResult::default(); images.len()];
    for annotation in coco["annotations"].as_array().unwrap() {
        let place =
            |ids: &[u64], key: &str| ids.iter().position(|id| *id == annotation[key].as_u64().unwrap()).unwrap();
        let bbox: BBox = serde_json::from_value(annotation["bbox"].clone()).unwrap();
        frames[place(&images, "image_id")].truth.push((place(&categories, "category_id"), bbox));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for frame in &mut frames {
        for &(category, bbox) in &frame.truth {
            for _ in 0..rng.random_range(0..3) {
                let bbox = jittered(&mut rng, bbox, 0.15);
                let category = if rng.random_bool(0.1) { rng.random_range(0..categories.len()) } else { category };
                frame.predictions.push(Scored { category, bbox, score: rng.random_range(0.0..1.0) });
            }
        }
    }
    assert!(evaluate(&frames, categories.len()).metrics.ap50 > 0.2, "the jitter left nothing to compare");
    agree(&[(categories.len(), frames)]);
}

fn random_box(rng: &mut ChaCha8Rng) -> BBox {
    let (width, height) = (rng.random_range(5.0..150.0), rng.random_range(5.0..150.0));
    BBox::new(rng.random_range(0.0..490.0), rng.random_range(0.0..330.0), width, height)
}

fn jittered(rng: &mut ChaCha8Rng, bbox: BBox, by: f32) -> BBox {
    let mut amount = |size: f32| rng.random_range(-by..by) * size;
    let (x, y) = (bbox.x + amount(bbox.width), bbox.y + amount(bbox.height));
    BBox::new(x, y, bbox.width + amount(bbox.width), bbox.height + amount(bbox.height))
}

/// Frames with objects found well, badly, twice, not at all, and imagined; the last category has no truth.
fn random_set(rng: &mut ChaCha8Rng, quantise: fn(f32) -> f32) -> Set {
    let categories = rng.random_range(2..5);
    let frames = (0..rng.random_range(5..40)).map(|_| {
        let mut frame = FrameResult::default();
        for _ in 0..rng.random_range(0..12) {
            let (category, bbox) = (rng.random_range(0..categories - 1), random_box(rng));
            frame.truth.push((category, bbox));
            for _ in 0..rng.random_range(0..3) {
                let bbox = jittered(rng, bbox, 0.2);
                frame.predictions.push(Scored { category, bbox, score: quantise(rng.random_range(0.0..1.0)) });
            }
        }
        for _ in 0..rng.random_range(0..8) {
            let category = rng.random_range(0..categories);
            frame.predictions.push(Scored {
                category,
                bbox: random_box(rng),
                score: quantise(rng.random_range(0.0..1.0)),
            });
        }
        frame
    });
    (categories, frames.collect())
}

fn agree(sets: &[Set]) {
    let references = references(sets);
    assert_eq!(references.len(), sets.len());
    for ((categories, frames), reference) in sets.iter().zip(references) {
        let metrics = evaluate(frames, *categories).metrics;
        close(metrics.ap50, reference.ap50);
        close(metrics.ap50_95, reference.ap50_95);
        let ours = per_category(frames, *categories);
        assert_eq!(ours.len(), reference.categories.len());
        for (ours, theirs) in ours.into_iter().zip(reference.categories) {
            assert_eq!(ours.is_some(), theirs.is_some());
            let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
            close(ours.0, theirs.0);
            close(ours.1, theirs.1);
        }
    }
}

fn close(ours: f32, theirs: f32) {
    assert!((ours - theirs).abs() < 1e-4, "ours {ours}, pycocotools {theirs}");
}

fn references(sets: &[Set]) -> Vec<Reference> {
    // Every f32 is written as the f64 it is, so that both sides compute on the same numbers.
    let corners = |b: BBox| <[f32; 4]>::from(b).map(f64::from);
    let sets: Vec<Value> = sets
        .iter()
        .map(|(categories, frames)| {
            let frames: Vec<Value> = frames
                .iter()
                .map(|frame| {
                    let truth: Vec<Value> = frame.truth.iter().map(|(c, b)| json!([c, corners(*b)])).collect();
                    let predictions: Vec<Value> = frame
                        .predictions
                        .iter()
                        .map(|p| json!([p.category, corners(p.bbox), f64::from(p.score)]))
                        .collect();
                    json!({"truth": truth, "predictions": predictions})
                })
                .collect();
            json!({"categories": categories, "frames": frames})
        })
        .collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/metrics/reference.py");
    let mut child = Command::new(python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("there is no Python; run `make test`, which installs it");
    let mut stdin = child.stdin.take().unwrap();
    let body = serde_json::to_vec(&sets).unwrap();
    // A Python that fails at its imports closes the pipe early; what it says then is the better message.
    let _ = stdin.write_all(&body);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("No module named"), "pycocotools is missing; run `make test`, which installs it\n{said}");
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("FIELDCOACH_PYTHON") {
        return python.into();
    }
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join(".deps/venv/bin/python");
    if venv.exists() { venv } else { "python3".into() }
}
