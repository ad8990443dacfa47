//! What a store was told and has acknowledged, in plain maps, and whether that is what it holds.

use super::super::*;
use super::records::{Record, Records};
use fieldcoach::domain::{AuditEntry, Role, Token, TokenId, TokenVia, Who};
use fieldcoach::store::{BatchAction, FrameQuery, StoredToken, TokenStamps};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that is done to a store.
#[derive(Clone, Debug)]
pub enum Action {
    /// Adds a frame of so many bytes, from the camera or by upload.
    Add {
        bytes: usize,
        uploaded: bool,
    },
    /// Labels a frame (by number, modulo) with so many boxes; none takes its labels away.
    Label {
        frame: usize,
        boxes: u8,
    },
    /// Deletes a frame (by number, modulo).
    Delete(usize),
    /// Brings one back.
    Undo(usize),
    /// Labels three frames at once, from this one on (by number, modulo).
    LabelMany(usize),
    /// A frame (by number, modulo) that is labelled was reviewed.
    Review(usize),
    /// Of a category but the first.
    Category(OfCategories),
    Sides,
    /// The record of the training.
    Training,
    Epoch,
    /// A file of the trainer's own.
    Own {
        bytes: usize,
    },
    Model {
        bytes: usize,
    },
    Deploy(usize),
    /// At a camera of its own.
    DeployAt(usize),
    RollBack,
    /// Takes a model away (by number, modulo) that is not live.
    DeleteModel(usize),
    UndoModel(usize),
    Record(Record),
    /// Somebody pairs; the oldest of three tokens goes.
    Token,
    /// A certificate or its key.
    Key {
        bytes: usize,
    },
    /// The audit log gets an entry.
    Deed,
    /// The journal is written anew.
    Compact,
}

/// What becomes of categories; the first one stays.
#[derive(Clone, Copy, Debug)]
pub enum OfCategories {
    Rename,
    Add,
    /// The last one becomes the second one.
    Merge,
    Delete,
    /// The last one comes second.
    Order,
}

pub fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        8 => (1000usize..60_000, prop::bool::weighted(0.2)).prop_map(|(bytes, uploaded)| Action::Add { bytes, uploaded }),
        8 => (any::<usize>(), 0u8..40).prop_map(|(frame, boxes)| Action::Label { frame, boxes }),
        2 => any::<usize>().prop_map(Action::Delete),
        1 => any::<usize>().prop_map(Action::Undo),
        1 => any::<usize>().prop_map(Action::LabelMany),
        1 => any::<usize>().prop_map(Action::Review),
        3 => prop::sample::select(vec![
            OfCategories::Rename,
            OfCategories::Add,
            OfCategories::Add,
            OfCategories::Merge,
            OfCategories::Delete,
            OfCategories::Order,
        ])
        .prop_map(Action::Category),
        1 => Just(Action::Sides),
        1 => Just(Action::Training),
        2 => Just(Action::Epoch),
        2 => (1usize..5000).prop_map(|bytes| Action::Own { bytes }),
        1 => (1usize..5000).prop_map(|bytes| Action::Model { bytes }),
        1 => any::<usize>().prop_map(Action::Deploy),
        1 => any::<usize>().prop_map(Action::DeployAt),
        1 => Just(Action::RollBack),
        1 => any::<usize>().prop_map(Action::DeleteModel),
        1 => any::<usize>().prop_map(Action::UndoModel),
        4 => Record::any().prop_map(Action::Record),
        2 => Just(Action::Token),
        1 => (1usize..5000).prop_map(|bytes| Action::Key { bytes }),
        2 => Just(Action::Deed),
        1 => Just(Action::Compact),
    ];
    prop::collection::vec(action, 5..60)
}

/// A value as it was acknowledged, and those that were refused since: such a write may have come through all the same.
#[derive(Clone, Debug)]
pub struct Known<T> {
    pub sure: T,
    pub maybe: Vec<T>,
}

impl<T: PartialEq + std::fmt::Debug> Known<T> {
    pub fn of(sure: T) -> Self {
        Self { sure, maybe: vec![] }
    }

    pub fn write<R, E>(&mut self, value: T, result: &Result<R, E>) {
        match result {
            Ok(_) => *self = Self::of(value),
            Err(_) => self.maybe.push(value),
        }
    }

    pub fn check(&self, what: &str, found: &T) {
        assert!(*found == self.sure || self.maybe.contains(found), "{what}: found {found:?}, expected {self:?}");
    }
}

/// Phase and boxes.
type Labelled = (Phase, Vec<Label>, Vec<TrackMark>);

pub struct Ledger {
    count: u32,
    /// Bytes of the frames that were acknowledged.
    frames: BTreeMap<FrameId, bytes::Bytes>,
    /// Bytes of those that were not.
    refused: Vec<bytes::Bytes>,
    labels: BTreeMap<FrameId, Known<Labelled>>,
    categories: Known<Vec<String>>,
    sides: Known<BTreeMap<FrameId, Side>>,
    training: Training,
    record: Known<Option<u32>>,
    epochs: Known<u32>,
    own: Known<Option<Vec<u8>>>,
    models: BTreeMap<ModelId, Known<Option<Vec<u8>>>>,
    deployed: Known<Option<ModelId>>,
    at_door: Known<Option<ModelId>>,
    /// Models that were taken away, and what they held.
    models_away: Vec<(UndoId, ModelId, Option<Vec<u8>>)>,
    records: Records,
    tokens: Known<Vec<StoredToken>>,
    key: Known<Option<Vec<u8>>>,
    /// Of frames that somebody tried to delete: whether they are.
    gone: BTreeMap<FrameId, Known<bool>>,
    undos: Vec<(UndoId, FrameId)>,
    /// What the audit log was told, and whether it was acknowledged.
    deeds: Vec<(String, bool)>,
}

/// What a label names; the other category is there to be renamed.
const CELL: &str = "cell";
const OWN: &str = "own.json";
const KEY: &str = "server.pem";

impl Ledger {
    /// Makes the categories and the training's record in an empty store.
    pub fn begin(store: &Store) -> Result<Self, StoreError> {
        store.add_category(category(CELL))?;
        store.add_category(category("leaf"))?;
        let training = training();
        store.put_training(&training)?;
        Ok(Self {
            count: 0,
            frames: BTreeMap::new(),
            refused: vec![],
            labels: BTreeMap::new(),
            gone: BTreeMap::new(),
            undos: vec![],
            categories: Known::of(vec![CELL.into(), "leaf".into()]),
            sides: Known::of(BTreeMap::new()),
            record: Known::of(Some(training.rung)),
            training,
            epochs: Known::of(0),
            own: Known::of(None),
            models: BTreeMap::new(),
            deployed: Known::of(None),
            at_door: Known::of(None),
            models_away: vec![],
            records: Records::default(),
            tokens: Known::of(vec![]),
            key: Known::of(None),
            deeds: vec![],
        })
    }

    pub fn act(&mut self, store: &Store, action: &Action) {
        self.count += 1;
        match action {
            Action::Add { bytes, uploaded } => {
                let source = if *uploaded { FrameSource::Upload } else { FrameSource::Camera };
                let frame = new_frame(self.count, *bytes, source);
                match store.add_frame(&frame) {
                    Ok(added) => drop(self.frames.insert(added.id, frame.jpeg)),
                    Err(_) => self.refused.push(frame.jpeg),
                }
            }
            Action::Label { frame, boxes } => self.label(store, *frame, *boxes),
            Action::Delete(frame) => self.delete(store, *frame),
            Action::Undo(which) => self.undo(store, *which),
            Action::LabelMany(frame) => self.label_many(store, *frame),
            Action::Review(frame) => self.review(store, *frame),
            Action::Category(what) => self.category(store, *what),
            Action::Sides => {
                let mut sides = self.sides.sure.clone();
                let side = if self.count.is_multiple_of(2) { Side::Training } else { Side::Validation };
                sides.extend(self.labels.keys().next_back().map(|id| (*id, side)));
                let result = store.put_sides(&sides);
                self.sides.write(sides, &result);
            }
            Action::Training => {
                self.training.rung = self.count;
                self.record.write(Some(self.count), &store.put_training(&self.training));
            }
            Action::Epoch => {
                let ids: Vec<FrameId> = self.frames.keys().copied().take(2).collect();
                let next = self.epochs.sure + 1;
                let result = store.put_epoch(self.training.id, &epoch(self.training.id, next, &ids, 1.0));
                self.epochs.write(next, &result);
            }
            Action::Own { bytes } => {
                let content = vec![(self.count % 251) as u8; *bytes];
                let result = store.training_files(self.training.id).and_then(|files| files.write(OWN, &content));
                self.own.write(Some(content), &result);
            }
            Action::Model { bytes } => {
                let model = model_of(self.training.id);
                let content = vec![(self.count % 251) as u8; *bytes];
                let files = store.training_files(self.training.id);
                let result = files
                    .and_then(|files| files.write_plain("winner.onnx", &content))
                    .and_then(|path| store.add_model(&model, &path));
                let mut known = Known::of(None);
                known.write(Some(content), &result);
                self.models.insert(model.id, known);
            }
            Action::Deploy(which) => {
                if let Some(id) = self.a_model(*which) {
                    self.deployed.write(Some(id), &store.deploy(id, None));
                }
            }
            Action::DeployAt(which) => {
                if let Some(id) = self.a_model(*which) {
                    self.at_door.write(Some(id), &store.deploy(id, Some(&door())));
                }
            }
            Action::RollBack => match store.roll_back(None) {
                Ok(gone) => self.deployed = Known::of(Some(gone.model.id)),
                Err(StoreError::Conflict(_)) => {}
                Err(_) => self.deployed.maybe.extend(self.models.keys().copied().map(Some)),
            },
            Action::DeleteModel(which) => self.delete_model(store, *which),
            Action::UndoModel(which) => self.undo_model(store, *which),
            Action::Record(record) => match self.records.act(store, *record, self.count) {
                Some(Ok(frame)) => drop(self.frames.insert(frame.0, frame.1)),
                Some(Err(refused)) => self.refused.push(refused),
                None => {}
            },
            Action::Token => {
                let mut next = self.tokens.sure.clone();
                next.push(stored_token(self.count));
                next.drain(..next.len().saturating_sub(3));
                let result = store.put_tokens(&next);
                self.tokens.write(next, &result);
            }
            Action::Key { bytes } => {
                let content = vec![(self.count % 251) as u8; *bytes];
                let result = store.put_key(KEY, &content);
                self.key.write(Some(content), &result);
            }
            // Whatever became of it, all that was acknowledged counts.
            Action::Compact => drop(store.compact()),
            Action::Deed => {
                let entry = AuditEntry::new(&Who::local(), "counted", self.count.to_string());
                let about = entry.about.clone();
                self.deeds.push((about, store.add_audit(entry).is_ok()));
            }
        }
    }

    fn label(&mut self, store: &Store, frame: usize, boxes: u8) {
        let Some(id) = self.frames.keys().nth(frame % self.frames.len().max(1)).copied() else { return };
        // Retention may have dropped it.
        let Ok(now) = store.labels(id) else { return };
        let phase = if boxes == 0 { Phase::Unlabelled } else { Phase::Labelled };
        let labels: Vec<Label> = (0..boxes).map(|b| boxed(CELL, self.count as f32 + f32::from(b))).collect();
        let marks: Vec<TrackMark> = labels
            .iter()
            .map(|_| TrackMark { track: format!("t{}", self.count), mark: GoneOrBack::Gone })
            .take(1)
            .collect();
        let (revision, said) = (now.revision, Some(marks.clone()));
        let write = LabelWrite { revision, phase, labels: labels.clone(), marks: said, ..LabelWrite::default() };
        let result = store.put_labels(id, write);
        let known = self.labels.entry(id).or_insert_with(|| Known::of((Phase::Unlabelled, vec![], vec![])));
        known.write((phase, labels, marks), &result);
    }

    fn label_many(&mut self, store: &Store, frame: usize) {
        let from = frame % self.frames.len().max(1);
        let ids: Vec<FrameId> = self.frames.keys().skip(from).take(3).copied().collect();
        let labels = vec![boxed(CELL, self.count as f32)];
        let write = |id: &FrameId| {
            let revision = store.labels(*id).ok()?.revision;
            let (labels, marks) = (labels.clone(), Some(vec![]));
            Some((*id, LabelWrite { revision, phase: Phase::Labelled, labels, marks, ..LabelWrite::default() }))
        };
        let writes: BTreeMap<FrameId, LabelWrite> = ids.iter().filter_map(write).collect();
        let result = store.put_many(&Who::local(), &writes);
        for id in writes.keys() {
            let done = match &result {
                Ok(batch) if batch.done.contains(id) => Ok(()),
                _ => Err(()),
            };
            let known = self.labels.entry(*id).or_insert_with(|| Known::of((Phase::Unlabelled, vec![], vec![])));
            known.write((Phase::Labelled, labels.clone(), vec![]), &done);
        }
    }

    fn review(&mut self, store: &Store, frame: usize) {
        let Some(id) = self.frames.keys().nth(frame % self.frames.len().max(1)).copied() else { return };
        let Some(now) = store.labels(id).ok().filter(|now| now.phase == Phase::Labelled) else { return };
        let result = store.batch(&Who::local(), &[id], BatchAction::Reviewed);
        let done = result.ok().filter(|batch| batch.done.contains(&id)).ok_or(());
        let known = self.labels.entry(id).or_insert_with(|| Known::of((Phase::Unlabelled, vec![], vec![])));
        known.write((Phase::Reviewed, now.labels, now.marks), &done);
    }

    fn category(&mut self, store: &Store, what: OfCategories) {
        // The store says what there is, if an earlier change was refused.
        let Ok(now) = store.categories() else { return };
        let mut names: Vec<String> = now.into_iter().map(|category| category.name).collect();
        let name = format!("leaf {}", self.count);
        let last = names.last().cloned().unwrap_or_default();
        let local = Who::local();
        let result = match what {
            OfCategories::Rename => {
                let patch = CategoryPatch { name: Some(name.clone()), ..Default::default() };
                let old = std::mem::replace(&mut names[1], name);
                store.patch_category(&old, patch).map(drop)
            }
            OfCategories::Add if names.len() < 6 => {
                names.push(name.clone());
                store.add_category(category(&name)).map(drop)
            }
            OfCategories::Merge if names.len() > 2 => {
                names.pop();
                store.merge_category(&local, &last, &names[1]).map(drop)
            }
            OfCategories::Delete if names.len() > 2 => {
                names.pop();
                store.delete_category(&local, &last, false).map(drop)
            }
            OfCategories::Order if names.len() > 2 => {
                names.pop();
                names.insert(1, last.clone());
                store.patch_category(&last, CategoryPatch { position: Some(1), ..Default::default() }).map(drop)
            }
            _ => return,
        };
        self.categories.write(names, &result);
    }

    /// One that is there.
    fn a_model(&self, which: usize) -> Option<ModelId> {
        let there: Vec<ModelId> = self.models.iter().filter(|m| m.1.sure.is_some()).map(|m| *m.0).collect();
        there.get(which % there.len().max(1)).copied()
    }

    fn delete_model(&mut self, store: &Store, which: usize) {
        let Some(id) = self.a_model(which) else { return };
        let result = store.delete_model(&Who::local(), id, &[]);
        if matches!(&result, Err(StoreError::Conflict(_))) {
            return;
        }
        let Some(known) = self.models.get_mut(&id) else { return };
        self.models_away.extend(result.as_ref().ok().map(|undo| (undo.id, id, known.sure.clone())));
        known.write(None, &result);
    }

    fn undo_model(&mut self, store: &Store, which: usize) {
        if self.models_away.is_empty() {
            return;
        }
        let (undo, id, content) = self.models_away[which % self.models_away.len()].clone();
        let result = store.undo(undo);
        let nothing = matches!(&result, Ok(undone) if undone.restored == 0);
        if !nothing && !matches!(&result, Err(StoreError::NotFound { .. })) {
            self.models.entry(id).or_insert_with(|| Known::of(None)).write(content, &result);
        }
    }

    fn delete(&mut self, store: &Store, frame: usize) {
        let Some(id) = self.frames.keys().nth(frame % self.frames.len().max(1)).copied() else { return };
        if store.frame(id).is_err() {
            return;
        }
        let result = store.batch(&Who::local(), &[id], BatchAction::Delete);
        if let Some(undo) = result.as_ref().ok().and_then(|batch| batch.undo.as_ref()) {
            self.undos.push((undo.id, id));
        }
        self.gone.entry(id).or_insert_with(|| Known::of(false)).write(true, &result);
    }

    fn undo(&mut self, store: &Store, which: usize) {
        if self.undos.is_empty() {
            return;
        }
        let (undo, id) = self.undos[which % self.undos.len()];
        let result = store.undo(undo);
        // One that went for want of room stays gone; one that was brought back is not brought back twice.
        if !matches!(&result, Ok(undone) if undone.restored == 0)
            && !matches!(&result, Err(StoreError::NotFound { .. }))
        {
            self.gone.entry(id).or_insert_with(|| Known::of(true)).write(false, &result);
        }
    }

    /// Whether the store holds what was acknowledged, and nothing that is not whole; then whether it takes more.
    pub fn check(&mut self, store: &Store) {
        let problems = store.check().unwrap().problems;
        assert!(problems.is_empty(), "check: {problems:?}");
        for (id, gone) in &self.gone {
            let there = store.frame(*id).is_ok();
            assert!(!there || !gone.sure || gone.maybe.contains(&false), "{id} was deleted, and is there");
        }
        for (id, known) in &self.labels {
            let gone = self.gone.get(id).is_some_and(|gone| gone.sure || gone.maybe.contains(&true));
            let labelled = |labels: &Labelled| labels.0 > Phase::Unlabelled;
            match store.labels(*id) {
                Ok(found) => known.check(&format!("labels of {id}"), &(found.phase, found.labels, found.marks)),
                // One that may have lost its labels may have been dropped.
                Err(StoreError::NotFound { .. }) if gone => {}
                Err(StoreError::NotFound { .. }) if !labelled(&known.sure) || !known.maybe.iter().all(labelled) => {}
                Err(error) => panic!("labels of {id}: {error}; expected {known:?}"),
            }
        }
        let all = store.frames(&FrameQuery { limit: 1000, ..FrameQuery::default() }).unwrap().items;
        for frame in &all {
            let jpeg = store.jpeg(frame.id).unwrap();
            match self.frames.get(&frame.id) {
                Some(known) => assert_eq!(jpeg, *known, "frame {}", frame.id),
                None => assert!(self.refused.contains(&jpeg), "frame {} was never added", frame.id),
            }
        }
        let names: Vec<String> = store.categories().unwrap().into_iter().map(|c| c.name).collect();
        self.categories.check("the categories", &names);
        // The side of a frame that was dropped goes with it.
        let mut sides = self.sides.clone();
        let there = |id: &FrameId| all.iter().any(|frame| frame.id == *id);
        sides.maybe.iter_mut().chain([&mut sides.sure]).for_each(|known| known.retain(|id, _| there(id)));
        sides.check("sides", &store.sides().unwrap().into_iter().filter(|(id, _)| there(id)).collect());
        self.record.check("the training", &store.training(self.training.id).ok().map(|t| t.rung));
        self.epochs.check("epochs", &(store.flip_book(self.training.id, None).unwrap().epochs.len() as u32));
        let own = store.training_files(self.training.id).unwrap().read(OWN).unwrap();
        self.own.check("the trainer's own file", &own);
        for (id, known) in &self.models {
            let found = store.model(*id).is_ok().then(|| std::fs::read(store.model_path(*id).unwrap()).unwrap());
            known.check("a model", &found);
        }
        self.check_live(store);
        self.records.check(store, &all);
        self.tokens.check("who may come in", &store.tokens().unwrap());
        self.key.check("a key", &store.key(KEY).unwrap());
        self.check_deeds(store);
        self.goes_on(store);
    }

    /// What is live is what was acknowledged, and what the log tells of it.
    fn check_live(&self, store: &Store) {
        let live = store.live_models().unwrap();
        let (all, own) = (live.all.map(|model| model.id), live.own.get(&door()).map(|model| model.id));
        self.deployed.check("what is deployed", &all);
        self.at_door.check("what is deployed at the door", &own);
        let log = store.log(None, None, None, 1000).unwrap().items;
        let mut live = log
            .iter()
            .filter(|event| matches!(event.kind, FleetEventKind::ModelDeployed | FleetEventKind::ModelRolledBack));
        let told = |event: &FleetEvent| event.model;
        assert_eq!(live.clone().find(|event| event.camera.is_none()).and_then(told), all, "what the log tells of it");
        assert_eq!(
            live.find(|event| event.camera == Some(door())).and_then(told),
            own,
            "what the log tells of the door"
        );
    }

    /// Every acknowledged entry is there, in order; between them at most such as were refused.
    fn check_deeds(&self, store: &Store) {
        let mut told = self.deeds.iter();
        for entry in store.audit(None, usize::MAX).items.iter().rev() {
            let skipped: Vec<_> = told.by_ref().take_while(|(about, _)| *about != entry.about).collect();
            assert!(skipped.iter().all(|(_, sure)| !sure), "the audit log lost {skipped:?}");
        }
        assert!(told.all(|(_, sure)| !sure), "the audit log lost its end");
    }

    fn goes_on(&mut self, store: &Store) {
        let frame = store.add_frame(&new_frame(u32::MAX, 500, FrameSource::Camera)).unwrap();
        put(store, frame.id, 0, vec![boxed(CELL, 3.0)]).unwrap();
        store.put_training(&self.training).unwrap();
        store.put_tokens(&[stored_token(u32::MAX)]).unwrap();
        store.add_audit(AuditEntry::new(&Who::local(), "went on", "")).unwrap();
    }
}

/// A camera with a model of its own.
fn door() -> CameraId {
    "door".parse().unwrap()
}

fn stored_token(number: u32) -> StoredToken {
    let (made, via) = (jiff::Timestamp::now(), TokenVia::Pairing);
    let token = Token {
        id: TokenId::new(),
        name: format!("phone {number}"),
        role: Role::Labeller,
        made,
        seen: None,
        clock: None,
        via,
    };
    StoredToken { token, hash: "00".repeat(32), stamps: TokenStamps::default() }
}
