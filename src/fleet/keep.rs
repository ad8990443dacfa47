//! What lasts over a restart: a sled database of this server's own. Values are small (under 4 KB), as sled 0.34 wants them.
//!
//! What somebody is told is on disk before that; the rest of what was heard may lose its last half second.

use super::device::{HistoryFilter, HistoryItem, HistoryPage};
use super::heard::{Happened, Kept};
use super::orders::{OrderRecord, Part};
use crate::domain::{Role, TokenId};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sled::{Batch, Db, IVec, Tree};
use std::path::Path;

/// Entries of the history; older ones go.
const HISTORY: u64 = 100_000;
/// Orders that are over are forgotten beyond so many.
pub const ORDERS: usize = 1_000;
/// Bytes of memory for what was read.
const CACHE: u64 = 16 << 20;
/// Entries that one question looks at: beyond, what was not found yet is asked for by the next.
const LOOKED_AT: usize = 20_000;

/// Why something is not kept, or can't be read.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("the fleet's database in {0} does not open: {1}; only one server can use a folder at a time")]
    Closed(String, sled::Error),
    #[error("the disk does not take it: {0}")]
    Disk(#[from] sled::Error),
    #[error("what is kept can't be read: {0}")]
    Damaged(String),
}

type Result<T> = std::result::Result<T, KeepError>;

/// What is known of a token by which a device is reached: not its secret, but what proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptToken {
    pub token: TokenId,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub hash: String,
    pub role: Role,
}

/// The database.
pub struct Keep {
    db: Db,
    devices: Tree,
    tokens: Tree,
    history: Tree,
    orders: Tree,
    parts: Tree,
    /// The number of the next entry of the history.
    next: Mutex<u64>,
    /// One device is written at a time.
    turn: Mutex<()>,
}

impl Keep {
    /// Opens or makes it, in this folder.
    pub fn open(dir: &Path) -> Result<Self> {
        let closed = |error| KeepError::Closed(dir.display().to_string(), error);
        let config = sled::Config::new().path(dir.join("fleet")).cache_capacity(CACHE).flush_every_ms(Some(500));
        let db = config.use_compression(false).open().map_err(closed)?;
        let tree = |name: &str| db.open_tree(name).map_err(closed);
        let (devices, tokens, history) = (tree("devices")?, tree("tokens")?, tree("history")?);
        let (orders, parts) = (tree("orders")?, tree("parts")?);
        let last = history.last()?.map_or(0, |(key, _)| number(&key));
        Ok(Self { db, devices, tokens, history, orders, parts, next: Mutex::new(last + 1), turn: Mutex::new(()) })
    }

    /// A word that names this server for good, made at random the first time: brokers know it by that.
    pub fn name(&self) -> Result<String> {
        if let Some(name) = self.db.get("name")? {
            return String::from_utf8(name.to_vec()).map_err(|_| KeepError::Damaged("the server's name".to_owned()));
        }
        let name = format!("fleet-{:016x}", rand::random::<u64>());
        self.db.insert("name", name.as_bytes())?;
        self.db.flush()?;
        Ok(name)
    }

    /// What was heard of devices before.
    pub fn devices(&self) -> Result<Vec<Kept>> {
        all(&self.devices)
    }

    /// Writes down what is to be known of a device, as `now` tells it when its turn has come: whoever writes last writes the
    /// last. Nothing is known of it where that is `None`.
    pub fn put_as_it_is(&self, id: &str, now: impl FnOnce() -> Option<Kept>) -> Result<()> {
        let _turn = self.turn.lock();
        match now() {
            Some(kept) => self.devices.insert(id.as_bytes(), written(&kept)?)?,
            None => self.devices.remove(id.as_bytes())?,
        };
        Ok(())
    }

    /// Tokens, with the devices that they are of.
    pub fn tokens(&self) -> Result<Vec<(String, KeptToken)>> {
        self.tokens
            .iter()
            .map(|pair| pair.map_err(KeepError::from).and_then(|(key, value)| Ok((text(&key), read(&value)?))))
            .collect()
    }

    /// On disk when this returns.
    pub fn put_token(&self, device: &str, token: &KeptToken) -> Result<()> {
        self.tokens.insert(device.as_bytes(), written(token)?)?;
        self.flush()
    }

    /// On disk when this returns; whether there was one.
    pub fn remove_token(&self, device: &str) -> Result<bool> {
        let was = self.tokens.remove(device.as_bytes())?.is_some();
        self.flush()?;
        Ok(was)
    }

    /// All that was written until now is on disk when this returns.
    pub fn flush(&self) -> Result<()> {
        self.db.flush()?;
        Ok(())
    }

    /// Notes what happened.
    pub fn note(&self, happened: &[Happened]) -> Result<()> {
        let mut next = self.next.lock();
        let mut batch = Batch::default();
        for one in happened {
            let id = *next;
            let Happened { at, device, kind, words } = one.clone();
            batch.insert(&id.to_be_bytes(), written(&HistoryItem { id, at, device, kind, words })?);
            if let Some(old) = id.checked_sub(HISTORY) {
                batch.remove(&old.to_be_bytes());
            }
            *next += 1;
        }
        self.history.apply_batch(batch)?;
        Ok(())
    }

    /// A page of the history, newest first.
    pub fn history(&self, filter: &HistoryFilter) -> Result<HistoryPage> {
        let before = filter.before.unwrap_or(u64::MAX);
        let mut page = HistoryPage { items: Vec::new(), next: None };
        let mut looked_at = 0;
        for pair in self.history.range(..before.to_be_bytes()).rev() {
            let (key, value) = pair?;
            looked_at += 1;
            let item: HistoryItem = read(&value)?;
            let fits = filter.device.as_ref().is_none_or(|device| *device == item.device)
                && filter.kind.is_none_or(|kind| kind == item.kind);
            if fits && page.items.len() == filter.limit {
                page.next = page.items.last().map(|item| item.id);
                return Ok(page);
            }
            if fits {
                page.items.push(item);
            }
            if looked_at == LOOKED_AT {
                page.next = Some(number(&key));
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// Orders as they were written, with their parts.
    pub fn orders(&self) -> Result<Vec<(OrderRecord, Vec<Part>)>> {
        let mut found = Vec::new();
        for record in all::<OrderRecord>(&self.orders)? {
            let parts = self.parts.scan_prefix(record.id.as_bytes()).values();
            let parts: Result<Vec<Part>> = parts.map(|value| read(&value?)).collect();
            found.push((record, parts?));
        }
        Ok(found)
    }

    /// A new order: whole on disk when this returns.
    pub fn put_order(&self, record: &OrderRecord, parts: &[Part]) -> Result<()> {
        let mut batch = Batch::default();
        for (at, part) in parts.iter().enumerate() {
            batch.insert(part_key(record, at), written(part)?);
        }
        self.parts.apply_batch(batch)?;
        // The record comes last: parts without one are none.
        self.orders.insert(record.id.as_bytes(), written(record)?)?;
        self.flush()
    }

    /// What became of some parts of an order, and of the order.
    pub fn put_progress(&self, record: &OrderRecord, parts: &[(usize, Part)]) -> Result<()> {
        let mut batch = Batch::default();
        for (at, part) in parts {
            batch.insert(part_key(record, *at), written(part)?);
        }
        self.parts.apply_batch(batch)?;
        self.orders.insert(record.id.as_bytes(), written(record)?)?;
        Ok(())
    }

    pub fn remove_order(&self, record: &OrderRecord) -> Result<()> {
        self.orders.remove(record.id.as_bytes())?;
        for key in self.parts.scan_prefix(record.id.as_bytes()).keys() {
            self.parts.remove(key?)?;
        }
        Ok(())
    }
}

fn part_key(record: &OrderRecord, at: usize) -> Vec<u8> {
    [record.id.as_bytes().as_slice(), &(at as u64).to_be_bytes()].concat()
}

fn all<T: DeserializeOwned>(tree: &Tree) -> Result<Vec<T>> {
    tree.iter().values().map(|value| read(&value?)).collect()
}

fn read<T: DeserializeOwned>(value: &IVec) -> Result<T> {
    serde_json::from_slice(value).map_err(|error| KeepError::Damaged(error.to_string()))
}

fn written<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| KeepError::Damaged(error.to_string()))
}

fn text(key: &IVec) -> String {
    String::from_utf8_lossy(key).into_owned()
}

fn number(key: &IVec) -> u64 {
    key.as_ref().try_into().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::device::HistoryKind;
    use crate::fleet::orders::NewOrder;
    use serde_json::json;

    fn happened(device: &str, kind: HistoryKind) -> Happened {
        Happened { at: jiff::Timestamp::UNIX_EPOCH, device: device.to_owned(), kind, words: "w".to_owned() }
    }

    #[test]
    fn what_was_kept_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let token = KeptToken { token: TokenId::new(), hash: "00".repeat(32), role: Role::Labeller };
        let asked: NewOrder = serde_json::from_value(json!({"devices": ["a", "b"], "command": "capture"})).unwrap();
        let mut order = asked.accept("ann", jiff::Timestamp::now()).unwrap();
        let name = {
            let keep = Keep::open(dir.path()).unwrap();
            assert!(Keep::open(dir.path()).is_err_and(|error| error.to_string().contains("only one server")));
            keep.put_token("a", &token).unwrap();
            keep.put_as_it_is("a", || Some(Kept { name: Some("barn".into()), ..Kept::new("a") })).unwrap();
            keep.put_as_it_is("b", || Some(Kept::new("b"))).unwrap();
            keep.put_as_it_is("b", || None).unwrap();
            keep.put_order(&order.record, order.parts()).unwrap();
            order.sent(0);
            keep.put_progress(&order.record, &order.unwritten()).unwrap();
            keep.note(&[happened("a", HistoryKind::New), happened("b", HistoryKind::Alarm)]).unwrap();
            keep.name().unwrap()
        };
        let keep = Keep::open(dir.path()).unwrap();
        assert_eq!((keep.name().unwrap(), keep.tokens().unwrap()), (name, vec![("a".to_owned(), token)]));
        assert_eq!(keep.devices().unwrap(), [Kept { name: Some("barn".into()), ..Kept::new("a") }]);
        assert_eq!(keep.orders().unwrap(), [(order.record.clone(), order.parts().to_vec())]);
        keep.note(&[happened("a", HistoryKind::Online)]).unwrap();
        let of = |device: Option<&str>, kind, before, limit| {
            let filter = HistoryFilter { device: device.map(str::to_owned), kind, before, limit };
            let page = keep.history(&filter).unwrap();
            (page.items.iter().map(|item| item.id).collect::<Vec<_>>(), page.next)
        };
        assert_eq!(of(None, None, None, 10), (vec![3, 2, 1], None));
        assert_eq!(of(None, None, None, 2), (vec![3, 2], Some(2)));
        assert_eq!(of(None, None, Some(2), 2), (vec![1], None));
        assert_eq!(of(Some("a"), None, None, 10), (vec![3, 1], None));
        assert_eq!(of(Some("b"), Some(HistoryKind::Alarm), None, 10), (vec![2], None));
        assert!(keep.remove_token("a").unwrap() && !keep.remove_token("a").unwrap());
        keep.remove_order(&order.record).unwrap();
        assert!(keep.orders().unwrap().is_empty() && keep.parts.is_empty());
    }

    #[test]
    fn the_history_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let keep = Keep::open(dir.path()).unwrap();
        *keep.next.lock() = HISTORY;
        keep.history.insert(0u64.to_be_bytes(), b"old").unwrap();
        keep.note(&[happened("a", HistoryKind::New)]).unwrap();
        assert_eq!((keep.history.len(), number(&keep.history.first().unwrap().unwrap().0)), (1, HISTORY));
    }
}
