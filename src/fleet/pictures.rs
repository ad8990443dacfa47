//! The newest picture of each device, in memory, bounded: what goes first was heard longest ago, and is with the broker.

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};

/// Bytes of all pictures. 2,000 devices send 80 MB of snapshots.
const MOST: usize = 256 << 20;
/// Bytes of one.
const LARGEST: usize = 128_000;
/// With what a JPEG begins.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// A picture that a device sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub jpeg: Bytes,
    /// When it was heard.
    pub at: Timestamp,
    pub what: PictureKind,
}

/// What it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// What a camera saw.
    Snapshot,
    /// A page of the flip book.
    Page,
}

/// The pictures of all devices.
#[derive(Default)]
pub struct Pictures(Mutex<Held>);

#[derive(Default)]
struct Held {
    all: HashMap<String, (u64, Picture)>,
    /// Whose, in the order in which they came.
    order: BTreeMap<u64, String>,
    next: u64,
    bytes: usize,
}

impl Pictures {
    /// Takes a picture over; whether it is shown from now on. `retained`: the broker kept it from before, and nobody knows
    /// which of two is newer: then that of a camera is shown. Error: what is wrong with it.
    pub fn put(&self, device: &str, picture: Picture, retained: bool) -> Result<bool, &'static str> {
        if !picture.jpeg.starts_with(&JPEG) {
            return Err("it is no JPEG");
        }
        if picture.jpeg.len() > LARGEST {
            return Err("it is larger than pictures of devices are");
        }
        let mut held = self.0.lock();
        if retained && picture.what == PictureKind::Page && held.all.contains_key(device) {
            return Ok(false);
        }
        held.take(device);
        held.next += 1;
        let number = held.next;
        held.bytes += picture.jpeg.len();
        held.order.insert(number, device.to_owned());
        held.all.insert(device.to_owned(), (number, picture));
        while held.bytes > MOST
            && let Some((_, oldest)) = held.order.first_key_value()
        {
            let oldest = oldest.clone();
            held.take(&oldest);
        }
        Ok(true)
    }

    pub fn of(&self, device: &str) -> Option<Picture> {
        self.0.lock().all.get(device).map(|(_, picture)| picture.clone())
    }

    pub fn forget(&self, device: &str) {
        self.0.lock().take(device);
    }
}

impl Held {
    fn take(&mut self, device: &str) {
        if let Some((number, picture)) = self.all.remove(device) {
            self.order.remove(&number);
            self.bytes -= picture.jpeg.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(bytes: usize, what: PictureKind) -> Picture {
        let mut jpeg = JPEG.to_vec();
        jpeg.resize(bytes, 0);
        Picture { jpeg: jpeg.into(), at: Timestamp::UNIX_EPOCH, what }
    }

    #[test]
    fn the_newest_is_kept_and_the_oldest_go_where_there_is_no_room() {
        let all = Pictures::default();
        assert_eq!(all.put("a", picture(100, PictureKind::Snapshot), true), Ok(true));
        assert_eq!(
            all.put("a", picture(50, PictureKind::Page), true),
            Ok(false),
            "of two that were kept, the camera's"
        );
        assert_eq!(all.put("a", picture(50, PictureKind::Page), false), Ok(true));
        assert_eq!(all.of("a").unwrap().jpeg.len(), 50);
        assert!(all.put("a", picture(LARGEST + 1, PictureKind::Page), false).is_err());
        let script = Picture { jpeg: Bytes::from_static(b"<svg>"), ..picture(3, PictureKind::Page) };
        assert!(all.put("a", script, false).is_err());
        for at in 0..MOST / LARGEST + 10 {
            all.put(&at.to_string(), picture(LARGEST, PictureKind::Snapshot), false).unwrap();
        }
        let held = all.0.lock();
        assert!(held.bytes <= MOST && held.order.len() == held.all.len());
        assert!(!held.all.contains_key("a") && held.all.contains_key(&(MOST / LARGEST).to_string()));
    }
}
