//! What a store is told beside frames, labels, models and categories: settings, what is watched, clips, trainings that are
//! over, the queue of what must reach others.

use super::super::*;
use super::ledger::Known;
use fieldcoach::store::outbox::{Item, News, Opened};
use fieldcoach::store::settings;
use proptest::prelude::*;

/// Something that is done to a store.
#[derive(Clone, Copy, Debug)]
pub enum Record {
    /// A setting changes, which is told.
    Setting,
    Watch,
    /// A frame of the clip.
    Clip,
    /// A training that is over comes.
    Past,
    /// The newest of them that is there is deleted.
    DeletePast,
    /// One that was deleted (by number, modulo) comes back.
    UndoPast(usize),
    /// Two messages are put into the queue.
    Post,
}

impl Record {
    pub fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            2 => Just(Self::Setting),
            1 => Just(Self::Watch),
            2 => Just(Self::Clip),
            1 => Just(Self::Past),
            1 => Just(Self::DeletePast),
            1 => any::<usize>().prop_map(Self::UndoPast),
            1 => Just(Self::Post),
        ]
    }
}

pub struct Records {
    setting: Known<Option<u32>>,
    watch: Known<Option<Watch>>,
    clip: ClipId,
    /// Seconds from the clip's start.
    places: BTreeMap<FrameId, f64>,
    /// Whether they are there.
    past: BTreeMap<TrainingId, Known<bool>>,
    undos: Vec<(UndoId, TrainingId)>,
    /// The highest number of a message, and those that were acknowledged.
    posted: u64,
    waiting: Vec<u64>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            setting: Known::of(None),
            watch: Known::of(None),
            clip: ClipId::new(),
            places: BTreeMap::new(),
            past: BTreeMap::new(),
            undos: vec![],
            posted: 0,
            waiting: vec![],
        }
    }
}

/// A frame that was taken, with its bytes; or the bytes of one that was not.
type Taken = Result<(FrameId, bytes::Bytes), bytes::Bytes>;

impl Records {
    pub fn act(&mut self, store: &Store, record: Record, count: u32) -> Option<Taken> {
        match record {
            Record::Setting => {
                let event = FleetEvent::new(FleetEventKind::SettingsChanged, count.to_string());
                let result = store.put_settings(&format!("[live]\nfps = {count}.0\n"), Some(&event));
                self.setting.write(Some(count), &result);
            }
            Record::Watch => {
                let wanted = Wanted { score: Some(1.0 / f64::from(count) as f32), ..Wanted::default() };
                let watch = Watch { categories: [("cell".to_owned(), wanted)].into(), ..Watch::default() };
                let result = store.put_watch(&watch);
                self.watch.write(Some(watch), &result);
            }
            Record::Clip => return Some(self.film(store, count)),
            Record::Past => {
                let over = Training { state: TrainingState::Done, ..training() };
                let result = store.put_training(&over);
                let mut known = Known::of(false);
                known.write(true, &result);
                self.past.insert(over.id, known);
            }
            Record::DeletePast => {
                let (id, known) = self.past.iter_mut().rev().find(|(_, known)| known.sure)?;
                let result = store.delete_training(&Who::local(), *id);
                self.undos.extend(result.as_ref().ok().map(|undo| (undo.id, *id)));
                known.write(false, &result);
            }
            Record::UndoPast(which) => {
                let (undo, id) = self.undos.get(which % self.undos.len().max(1)).copied()?;
                let result = store.undo(undo);
                let nothing = matches!(&result, Ok(undone) if undone.restored == 0);
                if !nothing && !matches!(&result, Err(StoreError::NotFound { .. })) {
                    self.past.entry(id).or_insert_with(|| Known::of(false)).write(true, &result);
                }
            }
            Record::Post => self.post(store),
        }
        None
    }

    fn film(&mut self, store: &Store, count: u32) -> Taken {
        let at = f64::from(count) / 10.0;
        let clip = Some(ClipPlace { id: self.clip, at });
        let frame = NewFrame { clip, ..new_frame(count, 2000, FrameSource::Upload) };
        match store.add_frame(&frame) {
            Ok(added) => {
                self.places.insert(added.id, at);
                Ok((added.id, frame.jpeg))
            }
            Err(_) => Err(frame.jpeg),
        }
    }

    fn post(&mut self, store: &Store) {
        let Ok(opened) = store.outbox(1 << 20, |_| BTreeMap::new(), |_, _| Some(())) else { return };
        let Opened { outbox, mut news, next, .. } = opened;
        let first = next.max(self.posted + 1);
        self.posted = first + 1;
        for number in [first, first + 1] {
            outbox.push(Item { number, meta: "{}".into(), body: vec![number as u8; 300].into() });
        }
        // What was written before the rest failed is told first.
        loop {
            match news.blocking_recv() {
                Some(News::Written(upto)) => {
                    self.waiting.retain(|number| *number < first);
                    self.waiting.extend(first..=upto.min(first + 1));
                    if upto > first {
                        return;
                    }
                }
                Some(News::Failing(true)) | None => return,
                Some(_) => {}
            }
        }
    }

    /// Whether the store holds what was acknowledged. `all`: the frames that it holds.
    pub fn check(&self, store: &Store, all: &[Frame]) {
        let dir = store.bases_dir();
        let text = settings(dir.parent().unwrap()).unwrap();
        let fps = |text: String| text.lines().last()?.strip_prefix("fps = ")?.strip_suffix(".0")?.parse().ok();
        let set: Option<u32> = text.and_then(fps);
        self.setting.check("what was set", &set);
        let log = store.log(Some(FleetEventKind::SettingsChanged), None, None, 1).unwrap().items;
        let told = log.first().map(|event| event.message.parse().unwrap());
        assert_eq!(told, set, "what was set, and what the log tells of it");
        self.watch.check("what is watched", &store.watch().unwrap());
        for (id, known) in &self.past {
            known.check("a training that is over", &store.training(*id).is_ok());
        }
        let mut of_clip: Vec<&Frame> = all.iter().filter(|frame| frame.clip.is_some()).collect();
        of_clip.sort_by_key(|frame| frame.id);
        let ids: Vec<FrameId> = of_clip.iter().map(|frame| frame.id).collect();
        let listed = store.frames_of_clip(self.clip);
        assert_eq!(listed.unwrap_or_default(), ids, "the frames of the clip");
        for frame in of_clip {
            let at = frame.clip.map(|place| place.at);
            assert!(self.places.get(&frame.id).is_none_or(|known| at == Some(*known)), "{frame:?}");
        }
        let waiting = store.outbox(1 << 20, |_| BTreeMap::new(), |_, _| Some(())).unwrap().waiting;
        let waiting: Vec<u64> = waiting.into_iter().map(|(number, ())| number).collect();
        let lost: Vec<&u64> = self.waiting.iter().filter(|number| !waiting.contains(number)).collect();
        assert!(lost.is_empty(), "the queue lost {lost:?}, and has {waiting:?}");
    }
}
