//! What a training that is started now would learn from, what speaks against it, and what minutes bring.

use super::request::{self, LEAST_FRAMES};
use super::sound::Sound;
use super::words::{THINNED, WELL, plural};
use crate::config;
use crate::dataset::split;
use crate::domain::{
    CameraId, Category, Frame, FrameId, FrameLabels, PlanCategory, PlanChoice, PlanFrames, PlanWarning,
    PlanWarningKind, Side, TrainingPlan,
};
use crate::store::{Store, StoreError};
use crate::train::base::Base;
use crate::train::error::TrainError;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long pictures are read for, to find the damaged ones: whoever asks waits for it.
const READ_FOR: Duration = Duration::from_secs(3);
/// Minutes that are offered.
const MINUTES: [f32; 4] = [2.0, 5.0, 15.0, 60.0];
/// Frames with which a training is worth starting (README.md).
const SOME: usize = 10;
/// Objects of a category below which it is hardly learned; below a tenth of the frames that do well there is one to test on.
const OBJECTS: u32 = 10;
/// How many times as many objects as another a category may have before it drowns it.
const DWARFS: u32 = 20;
/// Seconds between the first frame and the last below which they show one situation.
const ONE_MINUTE: f64 = 60.0;
/// Share of the minutes in which the model that is kept is trained (`run::schedule`).
const LAST_PHASE: f32 = 0.74;
/// How much longer than looking at a picture it takes to learn from it (`run::schedule`).
const STEP: f32 = 4.0;
/// How often a frame has to be practised on for a first model, for a good one, and until more adds little: 88 frames of
/// BCCD reach an AP50 of 0.9 in 3.5 minutes on two cores, some 70 times each (docs/training.md).
const PRACTISED: [f32; 3] = [3.0, 15.0, 60.0];

/// Of what a training would be made.
pub struct Asked {
    /// Names; all that have labels where none are given.
    pub categories: Option<Vec<String>>,
    /// `base`, or the id of a model to continue.
    pub from: Option<String>,
    /// Of whose frames alone, and for whom.
    pub camera: Option<CameraId>,
}

/// What would be learned from. `look`: seconds that a base takes for a picture on this device; `fits`: whether there can be
/// memory for a training on it, of these categories and so many frames.
pub fn prospect(
    config: &config::Train,
    store: &Store,
    sound: &Sound,
    (look, fits): (
        impl Fn(&Base) -> Result<f32, TrainError>,
        impl Fn(&Base, &[Category], usize) -> Result<(), TrainError>,
    ),
    asked: Asked,
) -> Result<TrainingPlan, TrainError> {
    let mut refused = None;
    let mut labelled = request::labelled(store, asked.camera.as_ref())?;
    let ids: Vec<FrameId> = labelled.iter().map(|(frame, _)| frame.id).collect();
    let damaged = sound.damaged_within(store, &ids, READ_FOR)?;
    labelled.retain(|(frame, _)| !damaged.contains(&frame.id));
    let base = or_refused(request::base(config, store, asked.from.as_deref()), &mut refused)?;
    let names = or_refused(request::categories(store, &labelled, asked.categories), &mut refused)?;
    let names = match names {
        Some(names) => names,
        None => request::categories(store, &labelled, None)?,
    };
    or_refused(request::enough(&labelled, &names, (damaged.len(), asked.camera.as_ref())), &mut refused)?;
    for (_, labels) in &mut labelled {
        labels.labels.retain(|l| names.contains(&l.category));
    }
    let categories: Vec<Category> = store.categories()?.into_iter().filter(|c| names.contains(&c.name)).collect();
    let split = split::split(&labelled, &store.sides()?, config.seed, &sound.likenesses());
    let frames = frames(&labelled, &split.sides);
    if refused.is_none() && (frames.training == 0 || frames.validation == 0) {
        refused = Some(request::ONE_SIDE.to_owned());
    }
    if let (Some(base), None) = (&base, &refused) {
        or_refused(fits(base, &categories, labelled.len()), &mut refused)?;
    }
    let counted = counted(&categories, &labelled);
    let mut warnings = warnings(&counted, &labelled, &split.sides);
    let some = ("frame is", "frames are");
    let copies = ("frame to learn from is a near copy", "frames to learn from are near copies");
    for (count, (one, many), why) in [
        (split.left_out, some, "left out: taken within seconds of frames on the other side of the split."),
        (split.copies, some, "left out: near copies of frames that the model is tested on."),
        (split.thinned, some, THINNED),
        (
            split.on_both,
            copies,
            "of frames that the model is tested on, so the test will flatter it: label frames that look different.",
        ),
    ] {
        if count > 0 {
            let text = format!("{} {why}", plural(count, one, many));
            warnings.push(PlanWarning { kind: PlanWarningKind::TooNear, category: None, text });
        }
    }
    if !damaged.is_empty() {
        let text =
            format!("{} damaged and left out.", plural(damaged.len(), "labelled frame is", "labelled frames are"));
        warnings.push(PlanWarning { kind: PlanWarningKind::Damaged, category: None, text });
    }
    warnings.sort_by_key(|warning| warning.kind);
    let choices = match &base {
        Some(base) if refused.is_none() => choices(store, asked.camera.as_ref(), look(base)?, frames.training)?,
        _ => vec![],
    };
    Ok(TrainingPlan { frames, categories: counted, warnings, choices, refused })
}

/// What a request is wrong about is told in the plan; other errors are errors.
fn or_refused<T>(result: Result<T, TrainError>, refused: &mut Option<String>) -> Result<Option<T>, TrainError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ (TrainError::Invalid(_) | TrainError::Store(StoreError::NotFound { .. }))) => {
            refused.get_or_insert(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn frames(labelled: &[(Frame, FrameLabels)], sides: &BTreeMap<FrameId, Side>) -> PlanFrames {
    let on = |side: Side| sides.values().filter(|s| **s == side).count() as u32;
    PlanFrames {
        labelled: labelled.len() as u32,
        training: on(Side::Training),
        validation: on(Side::Validation),
        empty: labelled.iter().filter(|(_, labels)| labels.labels.is_empty()).count() as u32,
    }
}

fn counted(categories: &[Category], labelled: &[(Frame, FrameLabels)]) -> Vec<PlanCategory> {
    let each = categories.iter().map(|category| {
        let of_it =
            labelled.iter().map(|(_, l)| l.labels.iter().filter(|l| l.category == category.name).count() as u32);
        let counts: Vec<u32> = of_it.filter(|n| *n > 0).collect();
        PlanCategory {
            name: category.name.clone(),
            kind: category.kind,
            frames: counts.len() as u32,
            objects: counts.iter().sum(),
        }
    });
    each.collect()
}

fn warnings(
    categories: &[PlanCategory],
    labelled: &[(Frame, FrameLabels)],
    sides: &BTreeMap<FrameId, Side>,
) -> Vec<PlanWarning> {
    let mut found = vec![];
    let mut warn = |kind, category: Option<&str>, text| {
        found.push(PlanWarning { kind, category: category.map(str::to_owned), text });
    };
    if labelled.len() < SOME {
        let text =
            format!("Only {}: {SOME} will train, {WELL} will do well.", plural(labelled.len(), "frame", "frames"));
        warn(PlanWarningKind::TooFew, None, text);
    }
    let times = || labelled.iter().map(|(frame, _)| frame.taken);
    if let (Some(first), Some(last)) = (times().min(), times().max())
        && labelled.len() > 1
        // Of others "taken" often says when they were uploaded.
        && labelled.iter().all(|(frame, _)| frame.source.is_continuous())
        && last.duration_since(first).as_secs_f64() < ONE_MINUTE
    {
        let text =
            "All frames were taken within one minute: what looks different at another time is not learned. Label \
                    frames from other times too."
                .to_owned();
        warn(PlanWarningKind::OneMinute, None, text);
    }
    let most = categories.iter().max_by_key(|c| c.objects);
    for category in categories {
        let PlanCategory { name, objects, .. } = category;
        if *objects < OBJECTS {
            let text = format!(
                "`{name}` has {}: it will hardly be learned. Label {OBJECTS} or more.",
                plural(*objects as usize, "object", "objects")
            );
            warn(PlanWarningKind::TooFew, Some(name), text);
        }
        if let Some(most) = most.filter(|most| most.objects > objects.saturating_mul(DWARFS)) {
            let text = format!(
                "`{name}` has {objects} objects, `{}` {}: it may drown. Label more frames with `{name}`.",
                most.name, most.objects
            );
            warn(PlanWarningKind::Dwarfed, Some(name), text);
        }
        let on = |side: Side| {
            labelled.iter().any(|(frame, labels)| {
                sides.get(&frame.id) == Some(&side) && labels.labels.iter().any(|l| l.category == *name)
            })
        };
        let text = match (on(Side::Training), on(Side::Validation)) {
            (true, false) => format!(
                "None of the frames that the model is tested on has `{name}`: nothing will be known of how well it is \
                 found. Label it in frames from other times too."
            ),
            (false, true) => format!(
                "None of the frames that the model learns from has `{name}`: it can't be learned. Label it in frames from \
                 other times too."
            ),
            _ => continue,
        };
        warn(PlanWarningKind::OneSided, Some(name), text);
    }
    found
}

fn choices(store: &Store, camera: Option<&CameraId>, look: f32, training: u32) -> Result<Vec<PlanChoice>, TrainError> {
    let mut before = store.trainings(None, 32)?.items;
    before.retain(|one| one.camera.as_ref() == camera);
    let each = MINUTES.iter().map(|&minutes| {
        let practised = minutes * 60.0 * LAST_PHASE / (STEP * look.max(1e-6) * training.max(1) as f32);
        let mut expected = expected(practised).to_owned();
        let same = before.iter().filter(|t| t.minutes == Some(minutes));
        if let Some(outcome) = same.filter_map(|t| t.outcome.as_ref()).next() {
            expected.push_str(&format!("; last time it found {}", outcome.judged.finds()));
        }
        PlanChoice { minutes, expected }
    });
    Ok(each.collect())
}

/// What comes of practising so often on each frame.
fn expected(practised: f32) -> &'static str {
    let [first, good, enough] = PRACTISED;
    match practised {
        p if p < first => "too short for so many frames on this device",
        p if p < good => "a first model that finds the plain cases",
        p if p < enough => "a good model, close to what these frames allow",
        _ => "as good as these frames allow; longer adds little",
    }
}

/// Whether there are too few frames is said with this in mind.
const _: () = assert!(LEAST_FRAMES < SOME && SOME < WELL);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameSource, Label, LabelKind, Phase};
    use jiff::Timestamp;

    fn frames_of(labels: &[&[&str]], apart: i64) -> Vec<(Frame, FrameLabels)> {
        let each = labels.iter().enumerate().map(|(i, names)| {
            let frame: Frame = serde_json::from_value(serde_json::json!({
                "id": FrameId::new(), "taken": Timestamp::from_second(apart * i as i64).unwrap(), "width": 64, "height": 48,
                "bytes": 9, "phase": Phase::Labelled, "source": FrameSource::Camera, "revision": 1
            }))
            .unwrap();
            let labels: Vec<Label> = names.iter().map(|name| Label::tag(*name)).collect();
            let labels = serde_json::from_value(serde_json::json!({
                "frame": frame.id, "revision": 1, "phase": Phase::Labelled, "labels": labels
            }))
            .unwrap();
            (frame, labels)
        });
        each.collect()
    }

    fn told(labels: &[&[&str]], apart: i64, validation: &[usize]) -> Vec<(PlanWarningKind, Option<String>)> {
        let labelled = frames_of(labels, apart);
        let side = |i| if validation.contains(&i) { Side::Validation } else { Side::Training };
        let sides = labelled.iter().enumerate().map(|(i, (frame, _))| (frame.id, side(i))).collect();
        let category = |name: &str| Category {
            name: name.into(),
            colour: "#000000".into(),
            instructions: String::new(),
            kind: LabelKind::Tag,
        };
        let counted = counted(&[category("a"), category("b")], &labelled);
        warnings(&counted, &labelled, &sides).into_iter().map(|w| (w.kind, w.category)).collect()
    }

    #[test]
    fn what_speaks_against_a_training_is_told() {
        let both: Vec<&[&str]> = vec![&["a", "b"]; 12];
        assert_eq!(told(&both, 60, &[1, 2]), []);
        assert_eq!(told(&both, 1, &[1, 2]), [(PlanWarningKind::OneMinute, None)]);
        let mut few = vec![&["a"] as &[&str]; 12];
        few[0] = &["a", "b"];
        let (b, few) = (Some("b".to_owned()), told(&few, 60, &[1]));
        assert_eq!(few, [(PlanWarningKind::TooFew, b.clone()), (PlanWarningKind::OneSided, b.clone())]);
        let many = ["a"; 30];
        let mut dwarfed: Vec<&[&str]> = vec![&many; 12];
        (0..12).for_each(|i| dwarfed[i] = if i < 10 { &["a", "b"] } else { &many });
        let mut more: Vec<&[&str]> = dwarfed.clone();
        more.extend(vec![&many as &[&str]; 12]);
        assert_eq!(told(&more, 60, &[1]), [(PlanWarningKind::Dwarfed, b)]);
        assert_eq!(told(&both[..4], 60, &[1])[0], (PlanWarningKind::TooFew, None));
    }

    #[test]
    fn more_minutes_promise_no_less() {
        assert!(expected(1.0).contains("too short") && expected(200.0).contains("adds little"));
    }
}
