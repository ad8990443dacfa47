//! Which commands came under an id, and what was answered: on disk before one is carried out, so that none is twice, whatever
//! kills the daemon meanwhile.

use super::door::Ask;
use super::payload::shorten;
use crate::domain::Commanded;
use anyhow::Result;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::VecDeque;

/// Commands that are remembered.
pub const REMEMBERED: usize = 64;
/// Bytes of an answer that is written down; a longer one is shortened.
const ANSWER: usize = 16_000;

/// The last commands.
pub struct Ledger {
    list: Mutex<VecDeque<Commanded>>,
    put: Ask<Vec<Commanded>, Result<()>>,
}

impl Ledger {
    /// `known`: as it was written; `put` writes it.
    pub fn new(known: Vec<Commanded>, put: Ask<Vec<Commanded>, Result<()>>) -> Self {
        Self { list: Mutex::new(known.into()), put }
    }

    /// A command is to be carried out; that is on disk when this returns. Blocks. Error: it can't be written down.
    pub fn begin(&self, name: &str, id: &Value) -> Result<()> {
        let mut list = self.list.lock();
        list.retain(|known| !(known.name == name && known.id == *id));
        list.push_back(Commanded { name: name.to_owned(), id: id.clone(), answer: None });
        while list.len() > REMEMBERED {
            list.pop_front();
        }
        let written = (self.put)(list.iter().cloned().collect());
        if written.is_err() {
            list.pop_back();
        }
        written
    }

    /// It was answered so, in JSON; that is on disk when this returns. Blocks. Error: it can't be written down.
    pub fn end(&self, name: &str, id: &Value, answer: &[u8]) -> Result<()> {
        let mut list = self.list.lock();
        let Some(known) = list.iter_mut().find(|known| known.name == name && known.id == *id) else { return Ok(()) };
        let text = match answer.len() {
            ..=ANSWER => answer.to_vec(),
            _ => shorten(serde_json::from_slice(answer)?, ANSWER)?,
        };
        known.answer = Some(String::from_utf8(text)?);
        (self.put)(list.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn what_is_begun_is_written_first_and_the_oldest_is_forgotten() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let put = Arc::clone(&written);
        let ledger = Ledger::new(
            Vec::new(),
            Arc::new(move |list: Vec<Commanded>| {
                *put.lock() = list;
                Ok(())
            }),
        );
        for at in 0..70 {
            ledger.begin("capture", &json!(at)).unwrap();
            assert_eq!(written.lock().last().unwrap().answer, None);
            let answer = json!({ "ok": true, "result": "x".repeat(1000 * at) }).to_string();
            ledger.end("capture", &json!(at), answer.as_bytes()).unwrap();
        }
        let written = written.lock();
        assert_eq!((written.len(), &written[0].id), (REMEMBERED, &json!(6)));
        assert!(written.iter().all(|known| known.answer.as_ref().is_some_and(|answer| answer.len() <= ANSWER)));
        let last: Value = serde_json::from_str(written[63].answer.as_ref().unwrap()).unwrap();
        assert_eq!((&last["ok"], &last["truncated"]), (&json!(true), &json!(true)));
    }

    #[test]
    fn what_could_not_be_written_is_not_begun() {
        let ledger = Ledger::new(Vec::new(), Arc::new(|_| bail!("the disk is full")));
        assert!(ledger.begin("train", &json!("a")).is_err());
        assert!(ledger.list.lock().is_empty());
    }
}
