//! Models of this device into the pool, and what lies there.

use super::error::{PoolError, Result};
use super::facts::{self, Facts, Key, MODELS, Names, Signature};
use super::place::Place;
use super::told::{Pushed, leave_out};
use crate::config::Fingerprint;
use crate::dataset::Going;
use crate::domain::{FrameId, Model, ModelId, limits};
use crate::files;
use crate::store::{Store, StoreError};
use crate::train::service::given;
use bytes::Bytes;
use std::collections::BTreeSet;

/// Bytes of a model.
pub const MOST_BYTES: u64 = 1 << 30;

/// A model of the pool, and who vouches for it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub facts: Facts,
    pub signed_by: Fingerprint,
}

/// What there is of models.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Oldest first.
    pub models: Vec<Listed>,
    /// Those of which what is said can't be taken, with why.
    pub unclear: Vec<(ModelId, String)>,
}

/// Brings the models that this device made to the pool, which are not there.
pub fn push(store: &Store, place: &Place, device: &str, told: &mut Pushed, going: &mut Going) -> Result<()> {
    let there: BTreeSet<ModelId> = there(place)?.into_iter().collect();
    let mut before = None;
    loop {
        let slice = store.models(before, limits::SLICE)?;
        for model in slice.items.iter().filter(|model| !there.contains(&model.id)) {
            if going(0, 1).is_break() {
                return Err(PoolError::Stopped);
            }
            match one(store, place, device, model)? {
                Ok(true) => told.models += 1,
                Ok(false) => {}
                Err(why) => leave_out(&mut told.left_out, format!("model {}: {why}", model.id)),
            }
        }
        before = match (slice.next, slice.items.last()) {
            (Some(_), Some(last)) => Some(last.id),
            _ => return Ok(()),
        };
    }
}

/// Whether it is one of this device's own, and is there now; the inner error says why it is not.
fn one(store: &Store, place: &Place, device: &str, model: &Model) -> Result<std::result::Result<bool, String>> {
    // Of a training of another device there is no record here.
    let learned = match store.training(model.training).and_then(|_| given::learned(store, model.training)) {
        Ok(learned) => learned,
        Err(StoreError::NotFound { .. }) => return Ok(Ok(false)),
        Err(StoreError::Damaged(why)) => return Ok(Err(why)),
        Err(error) => return Err(error.into()),
    };
    let Some(learned) = learned else { return Ok(Err("what it learned from is not known any more".into())) };
    let path = match store.sound_model(model.id) {
        Ok(path) => path,
        Err(StoreError::NotFound { .. }) => return Ok(Ok(false)),
        Err(StoreError::Damaged(why)) => return Ok(Err(why)),
        Err(error) => return Err(error.into()),
    };
    let onnx = match files::read(&path, MOST_BYTES) {
        Ok(onnx) => onnx,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let facts = Facts::of(store, device, model, &onnx, as_their_devices_call_them(store, learned))?;
    let encode = |error: serde_json::Error| PoolError::Refused(error.to_string());
    let facts = serde_json::to_vec(&facts).map_err(encode)?;
    let signature = serde_json::to_vec(&Key::of(store)?.sign(&facts)).map_err(encode)?;
    let names = Names::of(model.id);
    for (name, bytes) in [(names.onnx, onnx), (names.facts, facts), (names.signature, signature)] {
        place.put(&name, bytes.into())?;
    }
    Ok(Ok(true))
}

fn as_their_devices_call_them(store: &Store, frames: Vec<FrameId>) -> Vec<FrameId> {
    let called = |id: FrameId| store.frame(id).ok().and_then(|frame| frame.pooled).map_or(id, |pooled| pooled.frame);
    frames.into_iter().map(called).collect()
}

/// The models that are there.
fn there(place: &Place) -> Result<Vec<ModelId>> {
    Ok(place.list(MODELS)?.iter().filter_map(|entry| Names::signed(&entry.name)).collect())
}

/// All models of the pool.
pub fn list(place: &Place) -> Result<Listing> {
    let mut listing = Listing::default();
    for id in there(place)? {
        match look(place, id)? {
            Ok(model) => listing.models.push(model),
            Err(why) => listing.unclear.push((id, why)),
        }
    }
    Ok(listing)
}

/// One of them; the inner error says why nothing that is said of it can be taken.
pub fn look(place: &Place, id: ModelId) -> Result<std::result::Result<Listed, String>> {
    let names = Names::of(id);
    let not_found = || PoolError::NotFound { what: "model", id: id.to_string() };
    let signature = place.get(&names.signature, facts::MOST_BYTES)?.ok_or_else(not_found)?;
    let said = place.get(&names.facts, facts::MOST_BYTES)?.ok_or_else(not_found)?;
    let read = || {
        let signature: Signature =
            serde_json::from_slice(&signature).map_err(|_| "its signature is none".to_owned())?;
        let signed_by = signature.check(&said)?;
        Ok(Listed { facts: Facts::read(&said, id)?, signed_by })
    };
    Ok(read())
}

/// The ONNX file of a model. Error: it is not what its facts say.
pub fn fetch(place: &Place, facts: &Facts) -> Result<Bytes> {
    let not_found = || PoolError::NotFound { what: "model", id: facts.id.to_string() };
    let onnx = place.get(&Names::of(facts.id).onnx, MOST_BYTES)?.ok_or_else(not_found)?;
    match super::shard::sum(&onnx) == facts.sum {
        true => Ok(onnx),
        false => Err(PoolError::Refused(format!("the file of the model {} is not what was signed", facts.id))),
    }
}
