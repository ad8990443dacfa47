//! What a store was told and has acknowledged, in plain maps, and whether that is what it holds.

use super::super::*;
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
    Rename,
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

pub fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        8 => (1000usize..60_000, prop::bool::weighted(0.2)).prop_map(|(bytes, uploaded)| Action::Add { bytes, uploaded }),
        8 => (any::<usize>(), 0u8..40).prop_map(|(frame, boxes)| Action::Label { frame, boxes }),
        2 => any::<usize>().prop_map(Action::Delete),
        1 => any::<usize>().prop_map(Action::Undo),
        1 => Just(Action::Rename),
        1 => Just(Action::Sides),
        1 => Just(Action::Training),
        2 => Just(Action::Epoch),
        2 => (1usize..5000).prop_map(|bytes| Action::Own { bytes }),
        1 => (1usize..5000).prop_map(|bytes| Action::Model { bytes }),
        1 => any::<usize>().prop_map(Action::Deploy),
        2 => Just(Action::Token),
        1 => (1usize..5000).prop_map(|bytes| Action::Key { bytes }),
        2 => Just(Action::Deed),
        1 => Just(Action::Compact),
    ];
    prop::collection::vec(action, 5..60)
}

/// A value as it was acknowledged, and those that were refused since: such a write may have come through all the same.
#[derive(Clone, Debug)]
struct Known<T> {
    sure: T,
    maybe: Vec<T>,
}

impl<T: PartialEq + std::fmt::Debug> Known<T> {
    fn of(sure: T) -> Self {
        Self { sure, maybe: vec![] }
    }

    fn write<R, E>(&mut self, value: T, result: &Result<R, E>) {
        match result {
            Ok(_) => *self = Self::of(value),
            Err(_) => self.maybe.push(value),
        }
    }

    fn check(&self, what: &str, found: &T) {
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
    category: Known<String>,
    sides: Known<BTreeMap<FrameId, Side>>,
    training: Training,
    record: Known<Option<u32>>,
    epochs: Known<u32>,
    own: Known<Option<Vec<u8>>>,
    models: BTreeMap<ModelId, Known<Option<Vec<u8>>>>,
    deployed: Known<Option<ModelId>>,
    tokens: Known<Vec<StoredToken>>,
    key: Known<Option<Vec<u8>>>,
    /// What the audit log was told, and whether it was acknowledged.
    /// Of frames that somebody tried to delete: whether they are.
    gone: BTreeMap<FrameId, Known<bool>>,
    undos: Vec<(UndoId, FrameId)>,
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
            category: Known::of("leaf".into()),
            sides: Known::of(BTreeMap::new()),
            record: Known::of(Some(training.rung)),
            training,
            epochs: Known::of(0),
            own: Known::of(None),
            models: BTreeMap::new(),
            deployed: Known::of(None),
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
            Action::Rename => {
                let name = format!("leaf {}", self.count);
                // The store says by which name it goes, if an earlier change was refused.
                let Some(old) = store.categories().ok().and_then(|c| c.get(1).map(|c| c.name.clone())) else { return };
                let patch = CategoryPatch { name: Some(name.clone()), ..Default::default() };
                self.category.write(name, &store.patch_category(&old, patch));
            }
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
                let there: Vec<ModelId> = self.models.iter().filter(|m| m.1.sure.is_some()).map(|m| *m.0).collect();
                if !there.is_empty() {
                    let id = there[which % there.len()];
                    self.deployed.write(Some(id), &store.deploy(id, None));
                }
            }
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
        assert_eq!((names.len(), names[0].as_str()), (2, CELL));
        self.category.check("the category", &names[1]);
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
        self.deployed.check("what is deployed", &store.live_models().unwrap().all.map(|m| m.id));
        let told =
            store.log(Some(FleetEventKind::ModelDeployed), None, None, 1).unwrap().items.first().and_then(|e| e.model);
        assert_eq!(told, store.live_models().unwrap().all.map(|m| m.id), "what is live, and what the log tells of it");
        self.tokens.check("who may come in", &store.tokens().unwrap());
        self.key.check("a key", &store.key(KEY).unwrap());
        self.check_deeds(store);
        self.goes_on(store);
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
