//! Damaged files of every form: refused or taken in part, and never a panic, nor a label that is none. As many as
//! `FIELDCOACH_FUZZ_CASES` says (1000; `make fuzz` does more).

use super::home::Home;
use super::made::{jpeg, zip};
use super::{cvat, labelme, studio, voc};
use fieldcoach::domain::{FrameId, Who};
use fieldcoach::store::BatchAction;
use proptest::prelude::*;
use serde_json::Value;

/// Changes of a file: at which part of it, and what.
#[derive(Clone, Debug)]
enum Change {
    Byte(u8),
    Cut(usize),
    Double(usize),
    Put(&'static str),
    End,
}

fn change() -> impl Strategy<Value = (usize, Change)> {
    let put = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "&",
        "&x;",
        "]]>",
        "<!--",
        "<!DOCTYPE a [",
        "</object>",
        "<object>",
        "{",
        "}",
        "[",
        "]",
        "null",
        "-1e99",
        "NaN",
        "\0",
        "\u{feff}",
        ",",
        "1",
    ]);
    let change = prop_oneof![
        any::<u8>().prop_map(Change::Byte),
        (1usize..60).prop_map(Change::Cut),
        (1usize..200).prop_map(Change::Double),
        put.prop_map(Change::Put),
        Just(Change::End),
    ];
    (any::<usize>(), change)
}

fn damaged(mut bytes: Vec<u8>, changes: &[(usize, Change)]) -> Vec<u8> {
    for (at, change) in changes {
        let at = at % bytes.len().max(1);
        match change {
            Change::Byte(byte) if at < bytes.len() => bytes[at] = *byte,
            Change::Byte(_) => {}
            Change::Cut(count) => drop(bytes.drain(at..(at + count).min(bytes.len()))),
            Change::Double(count) => {
                let part = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Change::Put(text) => drop(bytes.splice(at..at, text.bytes())),
            Change::End => bytes.truncate(at),
        }
    }
    bytes
}

/// What a file is called, and what is in it.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let json = |value: Value| value.to_string().into_bytes();
    vec![
        ("a.xml", voc::named("a.jpg")),
        ("annotations.xml", cvat::file(&[("red", "#ff0000", "rectangle")], &cvat::image("a.jpg", &cvat::blocks()))),
        ("a.json", json(labelme::file("a.jpg", labelme::blocks()))),
        ("tasks.json", studio::file(vec![studio::task("a.jpg", vec![studio::annotation(studio::blocks())])])),
    ]
}

/// Takes it in, looks at what is there, and takes that away again.
fn holds(home: &Home, name: &str, bytes: Vec<u8>, picture: &[u8]) {
    let files = [(name, bytes.clone()), ("a.jpg", picture.to_vec())];
    match home.take_zip(zip(&files)) {
        Ok(report) => assert!(report.frames <= 1 && report.labels <= 100, "{report:?}"),
        Err(error) => assert!(error.to_string().len() < 10_000, "{error}"),
    }
    let frames = home.frames();
    for (frame, labels) in &frames {
        for label in &labels.labels {
            let inside = label.bbox.is_none_or(|b| b.clip_to((frame.width, frame.height), 0.0) == Ok(b));
            assert!(inside, "{label:?} of {}", String::from_utf8_lossy(&bytes));
        }
    }
    let ids: Vec<FrameId> = frames.into_iter().map(|(frame, _)| frame.id).collect();
    if !ids.is_empty() {
        home.store.batch(&Who::local(), &ids, BatchAction::Delete).unwrap();
    }
}

fn cases() -> u32 {
    std::env::var("FIELDCOACH_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

fn many(form: usize) {
    let (home, picture) = (Home::new(), jpeg(0));
    let (name, whole) = forms().swap_remove(form);
    holds(&home, name, whole.clone(), &picture);
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let changes = prop::collection::vec(change(), 1..6);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let run = runner.run(&changes, |changes| {
        holds(&home, name, damaged(whole.clone(), &changes), &picture);
        Ok(())
    });
    run.unwrap_or_else(|e| panic!("{name}: {e}"));
}

#[test]
fn voc_holds() {
    many(0);
}

#[test]
fn cvat_holds() {
    many(1);
}

#[test]
fn labelme_holds() {
    many(2);
}

#[test]
fn label_studio_holds() {
    many(3);
}
