use super::*;
use crate::domain::{BBox, ClipId, ClipPlace, FrameSource, Label, LabelOrigin, Phase};
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
        kept: None,
        pooled: None,
        phase: Phase::Labelled,
        revision: 1,
    };
    (frame, FrameLabels { revision: 1, phase: Phase::Labelled, labels, ..FrameLabels::none(id) })
}

/// Of frames of which nobody knows what they look like.
fn split(frames: &[(Frame, FrameLabels)], before: &BTreeMap<FrameId, Side>, seed: u64) -> Split {
    super::split(frames, before, seed, &HashMap::new())
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
    let split = self::split(&frames, &BTreeMap::new(), 7);
    assert_eq!((both(&split), split.left_out), ((80, 20), 0));
}

#[test]
fn a_rare_category_is_on_both_sides() {
    for seed in 0..20 {
        let categories = |i: u128| if i % 20 == 3 { vec!["cup", "rare"] } else { vec!["cup"] };
        let frames: Vec<_> = (0..100).map(|i| frame(i, 0.0, FrameSource::Upload, &categories(i))).collect();
        let split = self::split(&frames, &BTreeMap::new(), seed);
        let rare = (0..100u128).filter(|i| i % 20 == 3).map(|i| split.sides[&FrameId(Uuid::from_u128(i))]);
        assert_eq!(rare.filter(|side| *side == Side::Validation).count(), 1, "seed {seed}");
    }
}

#[test]
fn frames_with_nothing_in_them_are_stratified_too() {
    let frames: Vec<_> =
        (0..50).map(|i| frame(i, 0.0, FrameSource::Folder, if i < 10 { &[] } else { &["cup"] })).collect();
    let split = self::split(&frames, &BTreeMap::new(), 1);
    let empty = (0..10u128).filter(|i| split.sides[&FrameId(Uuid::from_u128(*i))] == Side::Validation).count();
    assert_eq!((empty, both(&split)), (2, (40, 10)));
}

#[test]
fn bursts_stay_together() {
    // Twenty bursts of five frames, a minute apart.
    let frames = camera((0..100).map(|i| f64::from(i / 5 * 60 + i % 5)));
    let split = self::split(&frames, &BTreeMap::new(), 3);
    assert_parted(&frames, &split);
    assert_eq!((both(&split), split.left_out), ((80, 20), 0));
}

#[test]
fn a_chain_that_never_pauses_is_cut() {
    for seed in 0..20 {
        let frames = camera((0..1200).map(f64::from));
        let split = self::split(&frames, &BTreeMap::new(), seed);
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
    let split = self::split(&frames, &BTreeMap::new(), 0);
    assert_parted(&frames, &split);
    assert_eq!((both(&split), split.left_out), ((23, 8), 9));
    let frames = camera([0.0, 5.0, 10.0]);
    assert_eq!(both(&self::split(&frames, &BTreeMap::new(), 0)), (1, 1));
}

#[test]
fn near_copies_alone_are_not_divided() {
    let frames = camera([0.0, 4.0, 8.0]);
    assert_eq!(both(&self::split(&frames, &BTreeMap::new(), 0)), (3, 0));
}

#[test]
fn what_two_cameras_saw_at_the_same_time_is_two_pictures() {
    // A frame of each every 12 seconds, in turn: near to one of the other camera, and to none of its own.
    let mut frames = camera((0..100).map(|i| f64::from(i) * 6.0));
    for (i, (frame, _)) in frames.iter_mut().enumerate() {
        frame.camera = Some(if i % 2 == 0 { "door" } else { "yard" }.parse().unwrap());
    }
    let of_two = split(&frames, &BTreeMap::new(), 5);
    assert_eq!((of_two.left_out, of_two.sides.len()), (0, 100));
    frames.iter_mut().for_each(|(frame, _)| frame.camera = None);
    let of_one = split(&frames, &BTreeMap::new(), 5);
    assert!(of_one.left_out > 0, "of one camera something is lost at each cut");
    assert_parted(&frames, &of_one);
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
    assert_eq!(both(&self::split(&frames, &before, 0)), (2, 1));
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
        let split = self::split(&frames, &before, seed);
        assert_parted(&frames, &split);
        for (id, side) in &before {
            let now = split.sides.get(id);
            prop_assert!(now == Some(side) || (now.is_none() && *side == Side::Training));
        }
    }
}

/// A picture of its own for every number, encoded anew and again where asked for.
fn picture(number: u32, quality: Option<u8>) -> Arc<Likeness> {
    let grey = |x: u32, y: u32| {
        let cell = (x / 10 + y / 10 * 7 + 1).wrapping_mul(number.wrapping_mul(2_654_435_761) | 1);
        30 + (cell >> 13) % 180
    };
    let image = image::RgbImage::from_fn(80, 80, |x, y| image::Rgb([grey(x, y) as u8; 3]));
    let bounds = crate::picture::Bounds::default();
    let anew = |quality| crate::picture::decode(&crate::picture::encode_jpeg(&image, quality), bounds).unwrap();
    Arc::new(Likeness::of(&quality.map_or_else(|| image.clone(), anew)))
}

/// What frames look like, by the number of their picture.
fn looks(frames: &Rows, number: impl Fn(usize) -> u32) -> HashMap<FrameId, Arc<Likeness>> {
    let quality = |i: usize| (i % 2 == 1).then_some(30);
    frames.iter().enumerate().map(|(i, f)| (f.0.id, picture(number(i), quality(i)))).collect()
}

/// Frames of a film, so many seconds apart.
fn film(first: u128, count: u128, every: f64) -> Rows {
    let id = crate::domain::ClipId::new();
    let taken = |i: u128| frame(first + i, i as f64 * every, FrameSource::Import, &["cup"]);
    let placed = (0..count).map(|i| {
        let (mut frame, labels) = taken(i);
        frame.clip = Some(crate::domain::ClipPlace { id, at: i as f64 * every });
        (frame, labels)
    });
    placed.collect()
}

fn sides_of(split: &Split, frames: &[(Frame, FrameLabels)]) -> Vec<Option<Side>> {
    let mut sides: Vec<Option<Side>> = frames.iter().map(|f| split.sides.get(&f.0.id).copied()).collect();
    sides.dedup();
    sides
}

#[test]
fn a_film_stays_on_one_side_and_what_comes_later_follows() {
    for seed in 0..10 {
        let films: Vec<Rows> = (0..10).map(|n| film(n * 100, 20, 2.0)).collect();
        let first: Rows = films.iter().flat_map(|film| film[..15].to_vec()).collect();
        let split = self::split(&first, &BTreeMap::new(), seed);
        assert_eq!((both(&split), split.left_out), ((120, 30), 0));
        films.iter().for_each(|film| assert_eq!(sides_of(&split, &film[..15]).len(), 1));
        let after = self::split(&films.concat(), &split.sides, seed + 1);
        assert_eq!(both(&after), (160, 40));
        films.iter().for_each(|film| assert_eq!(sides_of(&after, film).len(), 1));
    }
}

#[test]
fn a_film_that_is_most_of_what_there_is_is_divided_with_a_gap() {
    let mut frames = film(0, 120, 0.5);
    for others in [0, 5] {
        frames.extend((0..others).map(|i| frame(1000 + i, 0.0, FrameSource::Upload, &["cup"])));
        let split = self::split(&frames, &BTreeMap::new(), 0);
        let (training, validation) = both(&split);
        assert!(training >= 60 && validation >= 12 && split.left_out > 0, "{training} {validation}");
        let at = |f: &(Frame, FrameLabels)| f.0.clip.map(|place| place.at);
        let on = |side: Side| -> Vec<f64> {
            frames.iter().filter(|f| split.sides.get(&f.0.id) == Some(&side)).filter_map(at).collect()
        };
        let last = on(Side::Training).into_iter().fold(0.0, f64::max);
        let begin = on(Side::Validation).into_iter().fold(f64::MAX, f64::min);
        assert!(begin - last >= NEAR.as_secs_f64(), "{last} {begin}");
    }
}

#[test]
fn near_copies_of_any_origin_fall_on_one_side() {
    let sources = [FrameSource::Upload, FrameSource::Import, FrameSource::Camera, FrameSource::Folder];
    // Hours apart, where they have a time.
    let frames: Rows = (0..200u128).map(|i| frame(i, i as f64 * 3600.0, sources[i as usize % 4], &["cup"])).collect();
    let alike = looks(&frames, |i| i as u32 / 2);
    for seed in 0..10 {
        let split = super::split(&frames, &BTreeMap::new(), seed, &alike);
        assert_eq!((both(&split), split.copies, split.on_both), ((160, 40), 0, 0));
        frames.chunks(2).for_each(|pair| assert_eq!(sides_of(&split, pair).len(), 1));
        // One of each, then its copy.
        let first: Rows = frames.iter().step_by(2).cloned().collect();
        let before = super::split(&first, &BTreeMap::new(), seed, &alike).sides;
        let after = super::split(&frames, &before, seed + 1, &alike);
        assert!(before.iter().all(|(id, side)| after.sides.get(id) == Some(side)));
        frames.chunks(2).for_each(|pair| assert_eq!(sides_of(&after, pair).len(), 1));
    }
}

#[test]
fn copies_of_what_is_measured_are_left_out_where_an_older_split_has_them_on_both_sides() {
    let frames: Rows = (0..20u128).map(|i| frame(i, 0.0, FrameSource::Upload, &["cup"])).collect();
    let side = |i: usize| if i.is_multiple_of(5) { Side::Validation } else { Side::Training };
    let before: BTreeMap<_, _> = frames.iter().enumerate().map(|(i, f)| (f.0.id, side(i))).collect();
    // The first two are the same, and the next two.
    let split = super::split(&frames, &before, 0, &looks(&frames, |i| if i < 4 { i as u32 / 2 } else { i as u32 }));
    assert_eq!((both(&split), split.copies, split.on_both), ((15, 4), 1, 0));
    assert_eq!(split.sides.get(&frames[1].0.id), None);
}

#[test]
fn frames_of_a_clip_to_which_labels_were_carried_are_thinned_to_those_that_differ() {
    let mut frames: Rows = (0..40u128).map(|i| frame(i, 0.0, FrameSource::Upload, &["cup"])).collect();
    let clip = ClipId::new();
    for (i, (frame, labels)) in frames[..12].iter_mut().enumerate() {
        frame.clip = Some(ClipPlace { id: clip, at: i as f64 });
        labels.labels[0].origin = if i == 0 { LabelOrigin::Drawn } else { LabelOrigin::Carried };
    }
    // Three of each kind in a row; the others are all different. One of them was drawn, one reviewed.
    let alike = looks(&frames, |i| if i < 12 { i as u32 / 3 } else { i as u32 });
    frames[4].1.labels[0].origin = LabelOrigin::Drawn;
    frames[8].1.phase = Phase::Reviewed;
    let before = frames.iter().map(|f| (f.0.id, Side::Training)).take(20).collect();
    let split = super::split(&frames, &before, 0, &alike);
    let out: Vec<usize> = (0..12).filter(|i| !split.sides.contains_key(&frames[*i].0.id)).collect();
    assert_eq!((out, split.thinned), (vec![1, 2, 5, 7, 10, 11], 6));
    // What is measured on is measured on.
    let measured = frames.iter().map(|f| (f.0.id, Side::Validation)).take(12).collect();
    assert_eq!(super::split(&frames, &measured, 0, &alike).thinned, 0);
    // A thing that went on makes another frame of it, though it be too small for the picture to look different.
    for (i, (_, labels)) in frames[..3].iter_mut().enumerate() {
        labels.labels[0].bbox = Some(BBox::new([0.0, 1.0, 9.0][i], 0.0, 10.0, 10.0));
    }
    let split = super::split(&frames, &before, 0, &alike);
    let out: Vec<usize> = (0..12).filter(|i| !split.sides.contains_key(&frames[*i].0.id)).collect();
    assert_eq!((out, split.thinned), (vec![1, 5, 7, 10, 11], 5));
}

#[test]
fn where_all_look_alike_they_are_split_all_the_same_and_that_is_told() {
    let frames: Rows = (0..20u128).map(|i| frame(i, 0.0, FrameSource::Upload, &["cup"])).collect();
    let split = super::split(&frames, &BTreeMap::new(), 0, &looks(&frames, |_| 1));
    assert_eq!((both(&split), split.copies, split.on_both), ((16, 4), 0, 16));
    // The scenery of a camera tells nothing.
    let frames: Rows = (0..100u128)
        .map(|i| frame(i, i as f64 * 60.0, FrameSource::Camera, if i % 2 == 0 { &[] } else { &["cup"] }))
        .collect();
    let alike = looks(&frames, |i| if i % 2 == 0 { 0 } else { i as u32 });
    let split = super::split(&frames, &BTreeMap::new(), 0, &alike);
    assert_eq!((both(&split), split.copies, split.on_both), ((80, 20), 0, 0));
}

#[test]
fn pictures_that_were_a_film_before_stay_beside_their_neighbours() {
    // A thing goes over a ground of each film's own; other pictures have running numbers as well, and nothing in common.
    let moving = |film: u32, at: u32| {
        let image = image::RgbImage::from_fn(160, 120, |x, y| {
            let thing = (x.wrapping_sub(10 + at * 3)) < 24 && (40..64).contains(&y);
            let grey = (x / 20 + y / 20 * 9 + 1).wrapping_mul(film.wrapping_mul(2_654_435_761) | 1) >> 13;
            image::Rgb(if thing { [220, 30, 40] } else { [30 + (grey % 160) as u8; 3] })
        });
        Arc::new(Likeness::of(&image))
    };
    let mut frames: Rows = vec![];
    let mut looks = HashMap::new();
    for i in 0..160u128 {
        // In no order of ids, nor of time.
        let (mut frame, labels) = frame(i * 7919 % 1009, (i * 37 % 160) as f64, FrameSource::Import, &["cup"]);
        let (film, at) = ((i / 40) as u32, (i % 40) as u32);
        frame.name = Some(format!("train/{}{at}.jpg", ["a_", "b_", "c_", "photo"][film as usize]));
        looks.insert(frame.id, if film < 3 { moving(film, at) } else { picture(i as u32, None) });
        frames.push((frame, labels));
    }
    for seed in 0..10 {
        let split = super::split(&frames, &BTreeMap::new(), seed, &looks);
        let (training, validation) = both(&split);
        assert!(validation >= 24 && training >= 112 && split.left_out <= 16, "{training} {validation}");
        for film in frames[..120].chunks(40) {
            let sides: Vec<_> = film.iter().map(|f| split.sides.get(&f.0.id)).collect();
            let cuts = sides.windows(2).filter(|w| w[0].is_some() && w[1].is_some() && w[0] != w[1]).count();
            assert_eq!(cuts, 0, "neighbours on both sides: {sides:?}");
            assert!(sides.chunk_by(|a, b| a == b).count() <= 12, "{sides:?}");
        }
        assert!(sides_of(&split, &frames[120..]).len() > 4, "photographs are dealt out one by one");
        let later = super::split(&frames, &split.sides, seed + 1, &looks);
        assert!(split.sides.iter().all(|(id, side)| later.sides.get(id) == Some(side)));
    }
}
