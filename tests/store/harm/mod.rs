//! Harm to the disk: every call failed once, and power cuts at any moment. What was acknowledged is there afterwards, the
//! rest is whole or absent, `check` has nothing to say, and the store goes on.
//!
//! `FIELDCOACH_HARM_CASES=1000 cargo test --release --test store harm` does more of it than every test run.

mod disk;
mod ledger;
mod records;

use super::*;
use disk::{Fault, Harmed, Index};
use ledger::{Action, Ledger, actions};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A budget so small that retention is at work.
const BUDGET: u64 = 1 << 20;
/// States that each power cut is looked at in.
const STATES: u64 = 4;

/// How many times to do it: what is set, else `quick`.
fn cases(quick: u64) -> u64 {
    std::env::var("FIELDCOACH_HARM_CASES").map_or(quick, |n| n.parse().expect("FIELDCOACH_HARM_CASES is a number"))
}

/// Frames, labels and all else in a fixed order.
fn scenario(seed: u64) -> Vec<Action> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    actions().new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current()
}

struct Bench {
    folder: tempfile::TempDir,
    disk: Harmed,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("store");
        std::fs::create_dir(&root).unwrap();
        let disk = Harmed::new(&root, &folder.path().join("older"));
        Self { folder, disk }
    }

    fn options(&self, name: &str) -> Options {
        Options { dir: self.folder.path().join(name), budget: BUDGET, reserve: 0 }
    }

    fn open(&self) -> Result<Store, StoreError> {
        Store::open_on(self.options("store"), self.disk.clone())
    }
}

/// Says which case it was when it fails.
fn case(name: &str, work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        eprintln!("that was {name}");
        resume_unwind(panic);
    }
}

#[test]
fn every_call_fails_once_and_nothing_acknowledged_is_lost() {
    let actions: Vec<Action> = (0..2).flat_map(scenario).collect();
    // How many calls there are without a fault.
    let calls = {
        let bench = Bench::new();
        let store = bench.open().unwrap();
        let mut ledger = Ledger::begin(&store).unwrap();
        actions.iter().for_each(|action| ledger.act(&store, action));
        drop(store);
        bench.disk.calls()
    };
    assert!(calls > 100, "{calls} calls");
    let faults = [Fault::Io, Fault::Full, Fault::Half];
    // Each call once in every run; each with every fault where there is time.
    let all = cases(0) > 0;
    for call in 1..=calls {
        for (i, fault) in faults.into_iter().enumerate() {
            if all || call % 3 == i as u64 {
                case(&format!("{fault:?} at call {call} of {calls}"), || fail(&actions, call, fault));
            }
        }
    }
}

fn fail(actions: &[Action], call: u64, fault: Fault) {
    let bench = Bench::new();
    bench.disk.fail(call, fault);
    // A store that does not open has acknowledged nothing; it opens at the next try.
    let store = bench.open().or_else(|_| bench.open()).unwrap();
    // The first records may be what fails: then there is nothing to go on from.
    if let Ok(mut ledger) = Ledger::begin(&store) {
        actions.iter().for_each(|action| ledger.act(&store, action));
        drop(store);
        let store = Store::open(bench.options("store")).unwrap();
        ledger.check(&store);
    } else {
        drop(store);
        let store = Store::open(bench.options("store")).unwrap();
        assert!(store.check().unwrap().problems.is_empty());
    }
}

#[test]
fn whatever_fails_of_a_compaction_labels_go_on() {
    let mut tried = 0;
    for fault in [Fault::Io, Fault::Full, Fault::Half] {
        let calls = (1..).take_while(|call| fail_compaction(*call, fault)).count();
        assert!(calls > 4, "{calls} calls");
        tried += calls;
    }
    println!("{tried} calls failed");
}

/// Fails one call of a compaction; whether it had so many.
fn fail_compaction(call: u64, fault: Fault) -> bool {
    let bench = Bench::new();
    let store = bench.open().unwrap();
    store.add_category(category("cell")).unwrap();
    let frames: Vec<FrameId> = (0..3).map(|i| add(&store, i).id).collect();
    let mut revision = 0;
    let mut label = |store: &Store| {
        for id in &frames {
            eventually(|| put(store, *id, revision, vec![boxed("cell", revision as f32)]).ok());
        }
        revision += 1;
    };
    label(&store);
    label(&store);
    let before = bench.disk.calls();
    bench.disk.fail(before + call, fault);
    let result = store.compact();
    let reached = bench.disk.calls() >= before + call;
    case(&format!("{fault:?} at call {call} of a compaction, which answered {result:?}"), || {
        label(&store);
        eventually(|| store.disk_is_well().ok());
        drop(store);
        let store = Store::open(bench.options("store")).unwrap();
        for id in &frames {
            assert_eq!(store.labels(*id).unwrap().revision, 3);
        }
        assert_sound(&store);
    });
    reached
}

#[test]
fn a_power_cut_at_any_moment_leaves_what_was_acknowledged() {
    for seed in 0..cases(40) {
        case(&format!("power cut {seed}"), || power_cut(seed));
    }
}

fn power_cut(seed: u64) {
    let bench = Bench::new();
    let store = bench.open().unwrap();
    let mut ledger = Ledger::begin(&store).unwrap();
    scenario(seed).iter().for_each(|action| ledger.act(&store, action));
    bench.disk.power_off();
    for state in 0..STATES {
        let index = [Index::Current, Index::Older, Index::Gone, Index::Older][state as usize % 4];
        let name = format!("left-{state}");
        std::fs::create_dir(bench.folder.path().join(&name)).unwrap();
        bench.disk.leave(&bench.folder.path().join(&name), index, seed * STATES + state);
        case(&format!("state {state}, index {index:?}"), || {
            let store = Store::open(bench.options(&name)).unwrap();
            ledger.check(&store);
            drop(store);
            // And once more: opening has left nothing half done.
            let store = Store::open(bench.options(&name)).unwrap();
            assert!(store.check().unwrap().problems.is_empty());
        });
    }
}

#[test]
fn frames_that_were_settled_survive_a_power_cut_at_that_moment() {
    for state in 0..8 {
        let bench = Bench::new();
        let store = bench.open().unwrap();
        let frames: Vec<FrameId> = (0..6).map(|i| add(&store, i).id).collect();
        store.settle_frames().unwrap();
        bench.disk.power_off();
        drop(store);
        let left = bench.folder.path().join("left");
        std::fs::create_dir(&left).unwrap();
        bench.disk.leave(&left, [Index::Older, Index::Gone][state as usize % 2], state);
        let store = Store::open(bench.options("left")).unwrap();
        for id in frames {
            store.jpeg(id).unwrap();
        }
        assert_sound(&store);
    }
}
