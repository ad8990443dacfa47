//! Everything the device keeps: frames, labels, categories, trainings, pages, models.
//!
//! # On disk, under [`Options::dir`]
//!
//! | path | what | rebuilt from |
//! | --- | --- | --- |
//! | `lock` | held by the one process that may use the store; holds its id | |
//! | `schema` | the version of this layout | |
//! | `index/` | sled: where each frame and its labels lie, lists by phase and category; values under 4 KB | segments and journal |
//! | `segments/N.seg`, `N.kept` | frames as they came, 32 MB a file; labelled ones that retention copied forward | |
//! | `labels.journal` | labels, categories, sides, two counters | |
//! | `trainings/ID/training.json`, `pages`, … | a training, its flip book, the trainer's own files | |
//! | `models/ID.onnx`, `ID.json`, `deployed.json` | models; what is live and what was (twice, so that one is whole) | |
//! | `undo/` | what was taken away and can be brought back, one file each | |
//! | `bases/` | imported feature extractors, written by their owner | |
//! | `access`, `audit` | tokens with the hashes of their secrets; the newest of what people did | |
//! | `log`, `timeline` | the newest events; the newest objects that the camera saw. With `audit.old` and so on, the file before | |
//! | `outbox/N.seg` | what must reach others, until it has (`outbox`) | |
//! | `topics` | where brokers keep something of this device, to be taken back when it has another name | |
//! | `entities` | what Home Assistant was told of, to be taken back when it is gone | |
//! | `brokers` | what brokers do not take, and until when they are not asked for it again | what they answer |
//! | `commands` | the last commands that came under an id, and their answers | |
//! | `watch` | what is watched on the live camera: scores, sizes, zones | |
//! | `keys/` | the device's authority, its certificate, their keys | |
//! | `access.copy`, `watch.copy`, … | copies of `access`, `watch`, `topics`, `brokers`, `commands`, `entities`, `settings.toml` | the file itself |
//! | `settings.toml` | what was set at a distance; `settings.toml.bad`: one that could not be used | |
//! | `ballast` | blocks that are given back when labels, or an opening, find the disk full | |
//! | `losses` | what was lost for good, and whether somebody said to know of it | |
//! | `pool.json` | what the pool of the fleet has of this device, and this device of it | the pool, and frames |
//! | `lanes.json` | how fast trainings were on this device, written by the trainer | a measurement |
//!
//! # Invariants
//!
//! 1. **A record is whole or it is not there.** Segments, journal and page files consist of records with checksums over
//!    header, metadata and body (`record`); single files are replaced by rename. Every durable write is one of the few
//!    in `durable`.
//! 2. **Labels**: frame's segment synced → journal appended and synced → index → acknowledged. The index need not be on
//!    disk by then: opening replays the journal from a mark that is set only after the index was synced.
//! 3. **Frames**: segment appended → index → acknowledged; within 200 ms a thread syncs segment, then index, then sets
//!    the marks. A power cut costs the frames of that time, well under a second, and no labelled one.
//! 4. **The index is a cache.** All of it can be made again, and is when sled fails, panics, or is not the journal's
//!    (`open`, `recover`), at an opening or in the running process; in memory where the disk has no room for it, from
//!    where it goes back while it serves (`move_index`). What the journal holds is acknowledged, whatever becomes of the
//!    index. One batch changes all keys of a frame at once,
//!    and what is counted (`index::counts`): no opening counts.
//! 5. **The budget is a bound** on the real blocks of all segments. A segment goes only after its labelled frames lie
//!    synced in another and the index says so; frames just imported or uploaded stay ten minutes for their labels. The
//!    journal is never refused for the budget; it and sled's file keep blocks in hand for a disk that others filled.
//! 6. **What is taken away** can be brought back for a day: the way back (`undo/`) is written first. Deleted frames stay
//!    in their segments under another key of the index; the journal says that they are deleted, so that a rebuild does
//!    not bring them back; retention drops them first.
//! 7. **Locks** are taken in one order (`ranked`, which holds it in tests); frames are listed and read without any. Those of
//!    segments and journal, under which the disk is waited for, nobody waits for (`core`) where it hangs, or the index is
//!    made anew.
//!
//! # In code
//!
//! | file | what it is for |
//! | --- | --- |
//! | `error`, `api` | why a call failed; what callers hand in and get |
//! | `disk`, `underway`, `dry` | the seam at which a disk fails; what it has not come back from; a disk that only seems to be written to |
//! | `home`, `durable`, `successor`, `ballast`, `room`, `record`, `stamped`, `sealed`, `twice`, `rolling`, `lock` | the gate of every durable write; every one of them; a file that takes the place of another; room for labels, and for all else; records with checksums, as bytes and as JSON; checksums in files of other forms; small files with a copy; logs of records; one process at a time |
//! | `segments`, `journal`, `compaction`, `index`, `schema` | frames' bytes; what outlives the index, and the same without what is superseded; sled; versions of the layout |
//! | `tables` | what is held in memory: categories, models, pages, budget, what the disk did not take; no table knows another |
//! | `outbox` | what must reach others, until it has: a queue with a thread of its own |
//! | `losses` | what was lost for good, until somebody says that it is known |
//! | `ranked`, `syncer`, `core` | locks in their order; what wakes the syncing thread; all of it in one place |
//! | `operations` | what the store does, on `core`: labels become durable in `operations/labels`, frames in `operations/frames` |
//! | `backup`, `salvage` | a store as one file, and from it again; a file as far as it can be read |
//! | `handle`, `condition`, `patience` | the store as the rest of the program sees it; how it is; waiting for it no longer than its disk answers |

mod api;
pub mod backup;
mod ballast;
mod brokers;
mod compaction;
mod condition;
mod core;
pub mod disk;
mod dry;
mod durable;
mod error;
mod handle;
mod home;
mod index;
mod journal;
mod lock;
mod losses;
mod operations;
pub mod outbox;
mod patience;
mod ranked;
mod record;
mod rolling;
mod room;
mod salvage;
mod schema;
mod sealed;
mod segments;
mod stamped;
mod successor;
mod syncer;
mod tables;
mod twice;
mod underway;

pub use api::{
    AllLabelled, Batch, BatchAction, CategoryCard, CategoryCount, CategoryGone, CategoryPatch, CategoryUse,
    CheckReport, DiskPart, FrameCounts, FrameQuery, GoneLive, LabelWrite, Options, PhaseCounts, Slice, Trimmed, Usage,
};
pub use error::{Result, StoreError};
pub use handle::Store;
pub use operations::{SETTINGS_FILE, StoredToken, TokenStamps, TrainingFiles, settings};
pub use room::Room;
pub use schema::VERSION as SCHEMA;
pub use sealed::verify_onnx;
