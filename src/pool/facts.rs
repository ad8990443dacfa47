//! What is said of a model in the pool, and who vouches for it: a model is a program of sorts, and whoever can write to a
//! bucket could put one there.

use super::error::{PoolError, Result};
use super::shard;
use crate::config::Fingerprint;
use crate::domain::{Category, FrameId, Metrics, Model, ModelId, SplitCounts, TrainingId};
use crate::store::Store;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// The version of this form.
const FORM: u32 = 1;
/// Bytes of the facts, and of the signature.
pub const MOST_BYTES: u64 = 32 << 20;
/// Folder of the pool.
pub const MODELS: &str = "models";
/// Name of the device's key among its keys.
const KEY: &str = "pool";

/// Of a model in the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facts {
    form: u32,
    pub id: ModelId,
    /// That made it.
    pub device: String,
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    pub training: TrainingId,
    /// Frames that the training had.
    pub frames: SplitCounts,
    pub epochs: u32,
    pub experiments: u32,
    /// What it was trained on, as ONNX Runtime calls it.
    pub processor: String,
    /// In the order of the class indices.
    pub categories: Vec<Category>,
    pub threshold: f32,
    /// On the validation frames of its training.
    pub metrics: Metrics,
    pub base: String,
    pub dataset_hash: String,
    /// Of the ONNX file.
    pub bytes: u64,
    /// Of the ONNX file: SHA-256, hex.
    pub sum: String,
    /// The frames that it learned from, as their devices call them: on those nobody can judge it.
    pub learned: Vec<FrameId>,
}

/// Who vouches for facts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Signature {
    /// Public key (Ed25519), hex.
    key: String,
    /// Over the bytes of the facts' file, hex.
    signature: String,
}

/// What lies where, of one model. It is there once its signature is.
pub struct Names {
    pub onnx: String,
    pub facts: String,
    pub signature: String,
}

impl Names {
    pub fn of(id: ModelId) -> Self {
        let of = |file: &str| format!("{MODELS}/{id}/{file}");
        Self { onnx: of("model.onnx"), facts: of("facts.json"), signature: of("signature.json") }
    }

    /// The model whose signature has this name.
    pub fn signed(name: &str) -> Option<ModelId> {
        name.strip_prefix(MODELS)?.strip_prefix('/')?.strip_suffix("/signature.json")?.parse().ok()
    }
}

impl Facts {
    /// Of a model that this device made.
    pub fn of(store: &Store, device: &str, model: &Model, onnx: &[u8], learned: Vec<FrameId>) -> Result<Self> {
        let training = store.training(model.training)?;
        Ok(Self {
            form: FORM,
            id: model.id,
            device: device.to_owned(),
            created: model.created,
            training: model.training,
            frames: training.split,
            epochs: training.epoch,
            experiments: training.experiments.len() as u32,
            processor: training.device,
            categories: model.categories.clone(),
            threshold: model.threshold,
            metrics: model.metrics,
            base: model.base.clone(),
            dataset_hash: model.dataset_hash.clone(),
            bytes: onnx.len() as u64,
            sum: shard::sum(onnx),
            learned,
        })
    }

    /// As the store of another device keeps it.
    pub fn model(&self) -> Model {
        Model {
            id: self.id,
            created: self.created,
            clock: None,
            training: self.training,
            categories: self.categories.clone(),
            threshold: self.threshold,
            metrics: self.metrics,
            base: self.base.clone(),
            dataset_hash: self.dataset_hash.clone(),
            bytes: self.bytes,
            deployed: false,
            cameras: vec![],
        }
    }

    /// Reads the facts of this model. Error: they are of another one, or of a newer form.
    pub fn read(bytes: &[u8], id: ModelId) -> std::result::Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            form: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if head.form > FORM {
            return Err(format!(
                "its facts are of a newer form ({}) than this version reads: update fieldcoach",
                head.form
            ));
        }
        let facts: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        match facts.id == id {
            true => Ok(facts),
            false => Err(format!("its facts are those of the model {}", facts.id)),
        }
    }
}

/// The key by which this device vouches for its models.
pub struct Key(Ed25519KeyPair);

impl Key {
    /// That of the device, made where there is none yet.
    pub fn of(store: &Store) -> Result<Self> {
        if let Some(kept) = store.key(KEY)? {
            match Ed25519KeyPair::from_pkcs8(&kept) {
                Ok(pair) => return Ok(Self(pair)),
                Err(_) => {
                    tracing::error!(
                        "the key by which this device signs its models is damaged; it has another one from now on"
                    );
                    store.set_key_aside(KEY)?;
                }
            }
        }
        let failed = |_| PoolError::Refused("the system gives no random numbers for a key".into());
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
        store.put_key(KEY, made.as_ref())?;
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref());
        Ok(Self(pair.map_err(|e| PoolError::Refused(format!("a key that was just made is no use: {e}")))?))
    }

    pub fn public(&self) -> Fingerprint {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        Fingerprint(bytes)
    }

    pub fn sign(&self, facts: &[u8]) -> Signature {
        Signature { key: hex::encode(self.0.public_key()), signature: hex::encode(self.0.sign(facts)) }
    }
}

impl Signature {
    /// Who vouches for these facts. Error: nobody does.
    pub fn check(&self, facts: &[u8]) -> std::result::Result<Fingerprint, String> {
        let key: Option<[u8; 32]> = hex::decode(&self.key).ok().and_then(|key| key.try_into().ok());
        let (Some(key), Ok(signature)) = (key, hex::decode(&self.signature)) else {
            return Err("its signature is none".into());
        };
        let sound = UnparsedPublicKey::new(&ED25519, key).verify(facts, &signature);
        sound.map(|()| Fingerprint(key)).map_err(|_| "its facts are not what was signed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    #[test]
    fn a_device_keeps_its_key_and_what_it_did_not_sign_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(Options { dir: dir.path().into(), budget: 1 << 30, reserve: 0 }).unwrap();
        let store = open();
        let key = Key::of(&store).unwrap();
        let signature = key.sign(b"facts");
        assert_eq!(signature.check(b"facts"), Ok(key.public()));
        assert!(signature.check(b"others").unwrap_err().contains("not what was signed"));
        let odd = Signature { key: "x".into(), signature: "y".into() };
        assert!(odd.check(b"facts").is_err());
        drop(store);
        assert_eq!(Key::of(&open()).unwrap().public(), key.public());
    }

    #[test]
    fn a_model_is_there_once_its_signature_is() {
        let id = ModelId::new();
        let names = Names::of(id);
        assert_eq!(Names::signed(&names.signature), Some(id));
        for other in [names.onnx, names.facts, "models/x/signature.json".into()] {
            assert_eq!(Names::signed(&other), None);
        }
    }
}
