use super::*;
use crate::domain::{FrameSource, Label, Phase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

fn frame(id: u128, seconds: f64, source: FrameSource, categories: &[&str]) -> (Frame, FrameLabels) {
    let id = FrameId(Uuid::from_u128(id));
    let taken = Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(seconds);
    let labels = categories.iter().map(|c| Label::tag(*c)).collect();
    let frame = Frame {
        id,
        taken,
        clock: None,
        width: 640,
        height: 480,
        bytes: 1,
        source,
        camera: None,
        name: None,
        clip: None,
        phase: Phase::Labelled,
        revision: 1,
    };
    (frame, FrameLabels { revision: 1, phase: Phase::Labelled, labels, ..FrameLabels::none(id) })
}

fn camera(times: impl IntoIterator<Item = f64>) -> Vec<(Frame, FrameLabels)> {
    times.into_iter().enumerate().map(|(i, t)| frame(i as u128, t, FrameSource::Camera, &["cup"])).collect()
}

fn count(split: &Split, side: Side) -> usize {
    split.sides.values().filter(|s| **s == side).count()
}

fn both(split: &Split) -> (usize, usize) {
    (count(split, Side::Training), count(split, Side::Validation))
}

/// The rule: continuous frames on different sides are not near.
fn assert_parted(frames: &[(Frame, FrameLabels)], split: &Split) {
    let mut chain: Vec<_> = frames.iter().filter(|f| f.0.source.is_continuous()).collect();
    chain.sort_by_key(|f| f.0.taken);
    let sided: Vec<_> = chain.iter().filter_map(|f| Some((f.0.taken, *split.sides.get(&f.0.id)?))).collect();
    for (i, (taken, side)) in sided.iter().enumerate() {
        for (later, other) in sided[i + 1..].iter().take_while(|(later, _)| later.duration_since(*taken) < NEAR) {
            assert_eq!(side, other, "{taken} and {later}");
        }
    }
}

#[test]
fn unrelated_photographs_are_split_four_to_one() {
    let frames: Vec<_> = (0..100).map(|i| frame(i, 0.0, FrameSource::Import, &["cup"])).collect();
    let split = split(&frames, &BTreeMap::new(), 7);
    assert_eq!((both(&split), split.left_out), ((80, 20), 0));
}

#[test]
fn a_rare_category_is_on_both_sides() {
    for seed in 0..20 {
        let categories = |i: u128| if i % 20 == 3 { vec!["cup", "rare"] } else { vec!["cup"] };
        let frames: Vec<_> = (0..100).map(|i| frame(i, 0.0, FrameSource::Upload, &categories(i))).collect();
        let split = split(&frames, &BTreeMap::new(), seed);
        let rare = (0..100u128).filter(|i| i % 20 == 3).map(|i| split.sides[&FrameId(Uuid::from_u128(i))]);
        assert_eq!(rare.filter(|side| *side == Side::Validation).count(), 1, "seed {seed}");
    }
}

#[test]
fn frames_with_nothing_in_them_are_stratified_too() {
    let frames: Vec<_> =
        (0..50).map(|i| frame(i, 0.0, FrameSource::Folder, if i < 10 { &[] } else { &["cup"] })).collect();
    let split = split(&frames, &BTreeMap::new(), 1);
    let empty = (0..10u128).filter(|i| split.sides[&FrameId(Uuid::from_u128(*i))] == Side::Validation).count();
    assert_eq!((empty, both(&split)), (2, (40, 10)));
}

#[test]
fn bursts_stay_together() {
    // Twenty bursts of five frames, a minute apart.
    let frames = camera((0..100).map(|i| f64::from(i / 5 * 60 + i % 5)));
    let split = split(&frames, &BTreeMap::new(), 3);
    assert_parted(&frames, &split);
    assert_eq!((both(&split), split.left_out), ((80, 20), 0));
}

#[test]
fn a_chain_that_never_pauses_is_cut() {
    for seed in 0..20 {
        let frames = camera((0..1200).map(f64::from));
        let split = split(&frames, &BTreeMap::new(), seed);
        assert_parted(&frames, &split);
        let (training, validation) = both(&split);
        let share = validation as f64 / (training + validation) as f64;
        assert!((0.15..=0.25).contains(&share), "{share}");
        assert!(split.left_out <= 40, "{}", split.left_out);
    }
}

#[test]
fn a_short_chain_alone_is_divided() {
    let frames = camera((0..40).map(f64::from));
    let split = split(&frames, &BTreeMap::new(), 0);
    assert_parted(&frames, &split);
    assert_eq!((both(&split), split.left_out), ((23, 8), 9));
    let frames = camera([0.0, 5.0, 10.0]);
    assert_eq!(both(&super::split(&frames, &BTreeMap::new(), 0)), (1, 1));
}

#[test]
fn near_copies_alone_are_not_divided() {
    let frames = camera([0.0, 4.0, 8.0]);
    assert_eq!(both(&split(&frames, &BTreeMap::new(), 0)), (3, 0));
}

#[test]
fn new_frames_follow_their_old_neighbours() {
    let first = camera((0..300).map(f64::from));
    let before = split(&first, &BTreeMap::new(), 5).sides;
    let frames = camera((0..600).map(f64::from));
    let after = split(&frames, &before, 9);
    assert_parted(&frames, &after);
    assert!(before.iter().all(|(id, side)| after.sides.get(id) == Some(side)));
    let (training, validation) = both(&after);
    let share = validation as f64 / (training + validation) as f64;
    assert!((0.12..=0.3).contains(&share), "{share}");
}

#[test]
fn something_new_goes_where_nothing_is() {
    let frames: Vec<_> = (0..3).map(|i| frame(i, 0.0, FrameSource::Import, &["cup"])).collect();
    let before = BTreeMap::from([(frames[0].0.id, Side::Training), (frames[1].0.id, Side::Training)]);
    assert_eq!(both(&split(&frames, &before, 0)), (2, 1));
}

fn any_frames() -> impl Strategy<Value = Vec<(Frame, FrameLabels)>> {
    let source = prop_oneof![
        4 => Just(FrameSource::Camera),
        1 => Just(FrameSource::Scene),
        1 => Just(FrameSource::Folder),
        1 => Just(FrameSource::Import),
    ];
    let gap = prop_oneof![4 => 0.0..5.0, 1 => 5.0..20.0, 1 => Just(10.0), 1 => 30.0..90.0f64];
    let categories = prop::sample::subsequence(vec!["cup", "plate", "fork"], 0..=3);
    prop::collection::vec((source, gap, categories), 0..150).prop_map(|rows| {
        let mut time = 0.0;
        let mut next = |gap: f64| {
            time += gap;
            time
        };
        let rows = rows.into_iter().enumerate();
        rows.map(|(i, (source, gap, categories))| frame(i as u128, next(gap), source, &categories)).collect()
    })
}

type Rows = Vec<(Frame, FrameLabels)>;

/// Frames, and the order to hand them over in.
fn shuffled() -> impl Strategy<Value = (Rows, Rows)> {
    any_frames().prop_flat_map(|frames| (Just(frames.clone()), Just(frames).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_promises_hold((frames, mixed) in shuffled(), seed: u64, known in 0.0..1.0f64) {
        let fresh = split(&frames, &BTreeMap::new(), seed);
        prop_assert_eq!(&fresh, &split(&mixed, &BTreeMap::new(), seed), "the order of the input matters");
        prop_assert_eq!(fresh.sides.len() + fresh.left_out, frames.len());
        assert_parted(&frames, &fresh);
        prop_assert!(frames.iter().all(|f| f.0.source.is_continuous() || fresh.sides.contains_key(&f.0.id)));

        let times: Vec<_> = frames.iter().filter(|f| f.0.source.is_continuous()).map(|f| f.0.taken).collect();
        let chains = times.windows(2).filter(|w| w[1].duration_since(w[0]) >= NEAR).count() + usize::from(!times.is_empty());
        let groups = chains + frames.len() - times.len();
        if groups >= 2 {
            prop_assert!(count(&fresh, Side::Training) > 0 && count(&fresh, Side::Validation) > 0);
        }

        // Some of it split before, then the rest comes in.
        let older = &frames[..(frames.len() as f64 * known) as usize];
        let before = split(older, &BTreeMap::new(), seed).sides;
        let after = split(&frames, &before, seed ^ 1);
        assert_parted(&frames, &after);
        for (id, side) in &before {
            prop_assert_eq!(after.sides.get(id), Some(side));
        }
    }

    #[test]
    fn any_past_is_kept_or_left_out(frames in any_frames(), past: Vec<Option<bool>>, seed: u64) {
        let side = |validation: bool| if validation { Side::Validation } else { Side::Training };
        let before: BTreeMap<FrameId, Side> =
            frames.iter().zip(past).filter_map(|(f, past)| Some((f.0.id, side(past?)))).collect();
        let split = split(&frames, &before, seed);
        assert_parted(&frames, &split);
        for (id, side) in &before {
            let now = split.sides.get(id);
            prop_assert!(now == Some(side) || (now.is_none() && *side == Side::Training));
        }
    }
}
