//! SIGKILL at any moment: what was acknowledged is there.

use super::*;
use fieldcoach::store::FrameQuery;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHILD: &str = "FIELDCOACH_TEST_STORE_CHILD";
const BUDGET: u64 = 4 << 20;

/// Not a test of its own: the process that `killed` starts and kills. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let store = Store::open(Options { budget: BUDGET, ..options(Path::new(&dir)) }).unwrap();
    // Unknown to an older run of this child: then it is there.
    let _ = store.add_category(category("cell"));
    let mut out = std::io::stdout().lock();
    // Tells on which line the protocol begins, whatever the test harness printed before.
    writeln!(out, "\nbegin").unwrap();
    for i in 0.. {
        let id = store.add_frame(&new_frame(i, 15_000, FrameSource::Camera)).unwrap().id;
        if i % 8 == 0 {
            let labels = put(&store, id, 0, vec![boxed("cell", (i % 600) as f32)]).unwrap();
            writeln!(out, "labelled {id} {}", labels.labels[0].bbox.unwrap().x).unwrap();
            // Not for ever, or the budget fills: clear some, now and then.
            if i % 16 == 0 {
                let clear =
                    LabelWrite { revision: 1, phase: Phase::Unlabelled, labels: Vec::new(), ..LabelWrite::default() };
                store.put_labels(id, clear).unwrap();
                writeln!(out, "cleared {id}").unwrap();
            }
        }
        out.flush().unwrap();
    }
}

/// Kills a writing child after it acknowledged `lines` writes, 25 times over one store.
#[test]
fn killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(FrameId, f32)> = Vec::new();
    for round in 0..25u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = Vec::new();
        // A different moment every round; retention runs in most of them.
        let stop_at = 1 + (round * 7) % 23;
        while lines.len() < stop_at as usize {
            let line = reader.next().expect("the child ended by itself").unwrap();
            if line.starts_with("labelled") || line.starts_with("cleared") {
                lines.push(line);
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before the kill took effect counts as well; the last line may be torn.
        lines.extend(reader.map_while(Result::ok).filter(|l| l.len() > 40));
        let mut cleared = Vec::new();
        for line in &lines {
            let mut words = line.split(' ');
            match (words.next(), words.next().and_then(|w| w.parse::<FrameId>().ok()), words.next()) {
                (Some("labelled"), Some(id), Some(x)) => acknowledged.push((id, x.parse().unwrap())),
                (Some("cleared"), Some(id), None) => cleared.push(id),
                _ => {}
            }
        }
        let last = acknowledged.last().map(|a| a.0);
        acknowledged.retain(|(id, _)| !cleared.contains(id));
        if round % 6 == 5 {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = Store::open(Options { budget: BUDGET, ..options(dir.path()) }).unwrap();
        acknowledged.retain(|(id, x)| {
            match store.labels(*id) {
                Ok(labels) if labels.phase == Phase::Labelled => {
                    assert_eq!(labels.labels[0].bbox.unwrap().x, *x);
                    store.jpeg(*id).unwrap();
                    true
                }
                // The clearing of the last one may have been written but not told.
                other => {
                    assert_eq!(Some(*id), last, "round {round}: {other:?}");
                    false
                }
            }
        });
        assert_sound(&store);
        let size: u64 = segments(dir.path(), "seg")
            .iter()
            .chain(&segments(dir.path(), "kept"))
            .map(|p| p.metadata().unwrap().len())
            .sum();
        assert!(size <= BUDGET);
        // So that the next rounds have room: all but the newest few are cleared.
        while acknowledged.len() > 40 {
            let (id, _) = acknowledged.remove(0);
            store
                .put_labels(
                    id,
                    LabelWrite { revision: 1, phase: Phase::Unlabelled, labels: Vec::new(), ..LabelWrite::default() },
                )
                .unwrap();
        }
        let query = FrameQuery { phase: Some(Phase::Labelled), limit: 1000, ..FrameQuery::default() };
        assert!(store.frames(&query).unwrap().items.len() >= acknowledged.len());
    }
    assert!(acknowledged.len() > 20);
}
