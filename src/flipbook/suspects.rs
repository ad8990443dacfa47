//! What is probably mislabelled: what the model is sure of and nobody labelled, and labels that were found at no epoch.

use super::page::SHOWN_FROM;
use crate::domain::{BBox, FlipBook, FrameId, Label, Page, Prediction, Suspect, SuspectKind, Suspects, TrainingId};
use crate::store::{Store, StoreError};
use std::collections::HashMap;

/// How many are told: nobody goes through more.
const MOST: usize = 200;
/// Epochs that a training has to have, before "at no epoch" says anything.
const LEAST_EPOCHS: usize = 3;
/// Share of a category's labels that is found, below which one that is not is no surprise.
const KNOWN: f32 = 0.5;
/// IoU from which a prediction found a label, as COCO counts.
const FOUND: f32 = 0.5;
/// IoU from which a prediction is meant for a label, however badly it lies.
const MEANT: f32 = 0.3;

/// What a training suspects. Labels that were put right since are passed over.
pub fn suspects(store: &Store, training: TrainingId) -> Result<Suspects, StoreError> {
    let book = store.flip_book(training, None)?;
    let Some(last) = book.epochs.last().map(|epoch| epoch.epoch) else {
        return Ok(Suspects { items: vec![], note: Some("The training has no pages yet.".to_owned()) });
    };
    let there =
        book.epochs.last().map(|e| e.points.iter().map(Option::is_some).collect::<Vec<_>>()).unwrap_or_default();
    let mut pages = Vec::with_capacity(book.frames.len());
    for (n, frame) in book.frames.iter().enumerate().filter(|(n, _)| there.get(*n) == Some(&true)) {
        pages.push((n, store.page(training, last, frame.id, None)?));
    }
    let told = book.epochs.iter().filter(|e| e.points.iter().flatten().any(|p| p.fates.is_some())).count();
    let note = (told < LEAST_EPOCHS).then(|| {
        "Labels that were never found can't be told: the training has too few epochs, or is of an earlier version."
            .to_owned()
    });
    let known = Known::of(&pages);
    let mut items = vec![];
    for (n, page) in &pages {
        if told >= LEAST_EPOCHS {
            items.extend(never_found(&book, *n, page, &known));
        }
        items.extend(unlabelled(page, &known));
    }
    items.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut now = Now { store, labels: HashMap::new() };
    let mut kept = vec![];
    for item in items {
        if kept.len() < MOST && now.still_stands(&item)? {
            kept.push(item);
        }
    }
    Ok(Suspects { items: kept, note })
}

/// What the model knows of each category at the last epoch.
struct Known<'a> {
    /// Share of the labels that is found.
    found: HashMap<&'a str, f32>,
    /// The median score of what it finds rightly.
    sure: HashMap<&'a str, f32>,
}

impl<'a> Known<'a> {
    fn of(pages: &'a [(usize, Page)]) -> Self {
        let mut labels: HashMap<&str, (u32, u32)> = HashMap::new();
        let mut scores: HashMap<&str, Vec<f32>> = HashMap::new();
        for (_, page) in pages {
            for label in &page.truth {
                let best = best_of(page, |p| p.category == label.category && overlap(p.bbox, label.bbox) >= FOUND);
                let (found, all) = labels.entry(&label.category).or_default();
                *all += 1;
                if let Some(best) = best.filter(|p| p.score >= SHOWN_FROM) {
                    *found += 1;
                    scores.entry(&label.category).or_default().push(best.score);
                }
            }
        }
        let found = labels.into_iter().map(|(name, (found, all))| (name, found as f32 / all.max(1) as f32)).collect();
        let sure = scores.into_iter().map(|(name, mut scores)| {
            scores.sort_by(f32::total_cmp);
            (name, scores[scores.len() / 2])
        });
        Self { found, sure: sure.collect() }
    }
}

fn never_found(book: &FlipBook, n: usize, page: &Page, known: &Known) -> Vec<Suspect> {
    let fates = book.epochs.iter().filter_map(|e| e.points.get(n)?.as_ref()?.fates.as_ref());
    let letters: Vec<&[u8]> = fates.map(|f| f.labels.as_bytes()).filter(|l| l.len() == page.truth.len()).collect();
    if letters.is_empty() {
        return vec![];
    }
    let never = (0..page.truth.len()).filter(|i| letters.iter().all(|l| l[*i] != b'f'));
    let suspects = never.filter_map(|i| {
        let label = &page.truth[i];
        let share = known.found.get(label.category.as_str()).copied().filter(|share| *share >= KNOWN)?;
        let other = best_of(page, |p| {
            label.bbox.is_some()
                && p.category != label.category
                && p.score >= SHOWN_FROM
                && overlap(p.bbox, label.bbox) >= FOUND
        });
        let name = &label.category;
        let doubt = match other {
            Some(other) => format!("it takes it for `{}`", other.category),
            None => "is it one, and does its box fit?".to_owned(),
        };
        let text = format!("The model finds {:.0} % of `{name}`, but never found this one: {doubt}", share * 100.0);
        let (frame, kind) = (page.frame, SuspectKind::NeverFound);
        Some(Suspect { frame, kind, category: name.clone(), bbox: label.bbox, score: share, text })
    });
    suspects.collect()
}

fn unlabelled(page: &Page, known: &Known) -> Vec<Suspect> {
    let sure = page.predictions.iter().filter(|p| {
        let sure = known.sure.get(p.category.as_str());
        sure.is_some_and(|sure| p.score >= *sure) && !covered(p.bbox, &p.category, &page.truth)
    });
    let suspects = sure.map(|p| Suspect {
        frame: page.frame,
        kind: SuspectKind::SureButUnlabelled,
        category: p.category.clone(),
        bbox: p.bbox,
        score: p.score,
        text: format!("The model is sure ({:.0} %) of `{}` where nobody labelled it.", p.score * 100.0, p.category),
    });
    suspects.collect()
}

/// Whether a label lies there; a tag is covered by the same tag alone.
fn covered(bbox: Option<BBox>, category: &str, labels: &[Label]) -> bool {
    labels.iter().any(|label| match (bbox, label.bbox) {
        (Some(bbox), Some(other)) => bbox.iou(&other) >= MEANT,
        (None, None) => label.category == category,
        _ => false,
    })
}

/// A tag is the whole frame.
fn overlap(a: Option<BBox>, b: Option<BBox>) -> f32 {
    match (a, b) {
        (Some(a), Some(b)) => a.iou(&b),
        (None, None) => 1.0,
        _ => 0.0,
    }
}

fn best_of(page: &Page, of: impl Fn(&Prediction) -> bool) -> Option<&Prediction> {
    page.predictions.iter().filter(|p| of(p)).max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Labels as they are by now.
struct Now<'a> {
    store: &'a Store,
    /// None where the frame is gone.
    labels: HashMap<FrameId, Option<Vec<Label>>>,
}

impl Now<'_> {
    fn still_stands(&mut self, item: &Suspect) -> Result<bool, StoreError> {
        if !self.labels.contains_key(&item.frame) {
            let labels = match self.store.labels(item.frame) {
                Ok(labels) => Some(labels.labels),
                Err(StoreError::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            self.labels.insert(item.frame, labels);
        }
        let Some(Some(labels)) = self.labels.get(&item.frame) else { return Ok(false) };
        Ok(match item.kind {
            SuspectKind::NeverFound => labels.iter().any(|l| l.category == item.category && l.bbox == item.bbox),
            SuspectKind::SureButUnlabelled => !covered(item.bbox, &item.category, labels),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::*;
    use crate::store::{LabelWrite, Options};
    use jiff::Timestamp;

    fn square(x: f32) -> BBox {
        BBox::new(x, 0.0, 10.0, 10.0)
    }

    #[test]
    fn what_was_never_found_and_what_nobody_labelled_is_told_until_it_is_put_right() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
        let (name, kind) = (String::from("a"), LabelKind::Box);
        store.add_category(Category { name, colour: String::new(), instructions: String::new(), kind }).unwrap();
        let new = NewFrame {
            jpeg: vec![1; 100].into(),
            taken: Timestamp::now(),
            width: 100,
            height: 50,
            source: FrameSource::Upload,
            camera: None,
            name: None,
            clip: None,
            kept: None,
            truth: None,
        };
        let frame = store.add_frame(&new).unwrap().id;
        let put = |revision, at: &[f32]| {
            let labels = at.iter().map(|x| Label::boxed("a", square(*x))).collect();
            let write = LabelWrite { revision, phase: Phase::Labelled, labels, ..LabelWrite::default() };
            store.put_labels(frame, write).unwrap().labels
        };
        // The third is found at no epoch, the second forgotten again; at 80 something is seen that nobody labelled.
        let truth = put(0, &[0.0, 20.0, 40.0]);
        let training = Training::queued(vec![], 3);
        store.put_training(&training).unwrap();
        let experiment = ExperimentId::new();
        for (n, letters) in ["fmm", "ffm", "ffm"].into_iter().enumerate() {
            let epoch = n as u32 + 1;
            let fates = Some(Fates { labels: letters.into(), ..Fates::default() });
            let point = Point { fates, ..Point::default() };
            let seen = |x, score| Prediction { category: "a".into(), bbox: Some(square(x)), score };
            let page = Page {
                training: training.id,
                frame,
                epoch,
                experiment,
                split: Side::Training,
                width: 100,
                height: 50,
                truth: truth.clone(),
                predictions: vec![seen(0.0, 0.8), seen(20.0, 0.6), seen(80.0, 0.9), seen(65.0, 0.35)],
                point: point.clone(),
            };
            let summary = FlipBookEpoch {
                epoch,
                experiment,
                metrics: SplitMetrics::default(),
                categories: vec![],
                experiments: vec![experiment],
                points: vec![Some(point)],
            };
            let pages = EpochPages { summary, pages: vec![page], others: vec![] };
            store.put_epoch(training.id, &pages).unwrap();
        }
        let found = suspects(&store, training.id).unwrap();
        assert_eq!(found.note, None);
        let told: Vec<_> = found.items.iter().map(|s| (s.kind, s.bbox.unwrap().x)).collect();
        assert_eq!(told, [(SuspectKind::SureButUnlabelled, 80.0), (SuspectKind::NeverFound, 40.0)]);
        put(1, &[0.0, 20.0, 80.0]);
        assert_eq!(suspects(&store, training.id).unwrap().items, [], "all was put right");
    }
}
