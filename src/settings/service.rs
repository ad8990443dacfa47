//! Changes: checked, written, in force, told.

use super::answer::{Changed, Held, Values, keys};
use super::changes::{self, Change};
use super::current::Current;
use super::overlay::{Overlaid, over, text};
use super::table::{Set, Setting, TABLE, When};
use crate::config::{self, Config};
use crate::domain::{Event, FleetEvent, FleetEventKind, PerCamera};
use crate::events::Events;
use crate::store::{Store, StoreError};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Why a change was not made; nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// In words that name the key.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Handle on the settings; clones share them.
#[derive(Clone)]
pub struct Settings(Arc<Shared>);

struct Shared {
    /// Configuration file and environment.
    configured: Config,
    in_force: Arc<ArcSwap<Config>>,
    written: Mutex<Written>,
    store: Store,
    events: Events,
}

/// What lies on the disk.
struct Written {
    set: Set,
    /// The configuration with it on top: what holds after a restart.
    config: Config,
    passed_over: Option<String>,
}

impl Settings {
    /// What was read at the start is in force; changes go to this store.
    pub fn new(overlaid: Overlaid, store: Store, events: Events) -> Self {
        let Overlaid { config, configured, set, passed_over } = overlaid;
        let in_force = Arc::new(ArcSwap::from_pointee(config.clone()));
        let written = Mutex::new(Written { set, config, passed_over });
        Self(Arc::new(Shared { configured, in_force, written, store, events }))
    }

    /// Of each camera. Which cameras there are does not change while the daemon runs.
    pub fn cameras(&self) -> PerCamera<Current<config::Camera>> {
        let mut places = 0..;
        self.0.configured.cameras.map(|_, _| {
            let place = places.next().unwrap_or_default();
            Current::of(&self.0.in_force, move |config| {
                config.cameras.each().nth(place).unwrap_or(config.cameras.first())
            })
        })
    }

    pub fn live(&self) -> Current<config::Live> {
        Current::of(&self.0.in_force, |config| &config.live)
    }

    pub fn train(&self) -> Current<config::Train> {
        Current::of(&self.0.in_force, |config| &config.train)
    }

    /// The settings as they are.
    pub fn held(&self) -> Held {
        self.0.held(&self.0.written.lock())
    }

    /// Whether this key was set at a distance.
    pub fn sets(&self, key: &str) -> bool {
        self.0.written.lock().set.contains_key(key)
    }

    /// Why the settings file counts for nothing, if it does.
    pub fn passed_over(&self) -> Option<String> {
        self.0.written.lock().passed_over.clone()
    }

    /// Changes what `partial` names, as RFC 7396 merges it: on disk when this returns, and told as a change by `who`.
    /// Blocks. Where something is wrong with any of it, nothing changes.
    pub fn change(&self, who: &str, partial: &Map<String, Value>) -> Result<Changed, SettingsError> {
        let shared = &*self.0;
        let changes = changes::read(partial).map_err(SettingsError::Refused)?;
        let mut written = shared.written.lock();
        let new = shared.with(&written.set, &changes).map_err(SettingsError::Refused)?;
        // A file that counts for nothing gives way to whatever is set next.
        let replaces = written.passed_over.is_some() && !changes.is_empty();
        let before = &written.config;
        let changed: Vec<&Setting> = TABLE.iter().filter(|setting| !setting.same(before, &new.config)).collect();
        let mut told = String::new();
        if new.set != written.set || replaces {
            let text = text(&new.set).map_err(SettingsError::Refused)?;
            if replaces {
                shared.store.set_settings_aside()?;
            }
            told = in_words(&changed, before, &new.config);
            let event = FleetEvent::new(FleetEventKind::SettingsChanged, format!("{who} set {told}"));
            let event = (!changed.is_empty()).then_some(event);
            shared.store.put_settings(&text, event.as_ref())?;
            shared.put_in_force(&new.config);
            if let Some(event) = event {
                tracing::info!("{}", event.message);
                shared.events.publish(Event::Fleet(event));
            }
            *written = new;
        }
        let in_force = shared.in_force.load();
        let holds = |setting: &Setting| setting.same(&in_force, &written.config);
        let in_force = keys(|setting| holds(setting) && changed.iter().any(|changed| changed.key == setting.key));
        Ok(Changed { held: shared.held(&written), in_force, told })
    }
}

impl Shared {
    fn held(&self, written: &Written) -> Held {
        let in_force = self.in_force.load();
        Held {
            settings: Values::of(&written.config),
            changed: keys(|setting| written.set.contains_key(setting.key)),
            after_restart: keys(|setting| !setting.same(&in_force, &written.config)),
        }
    }

    /// What is to be written. What the configuration says by itself is not set over it.
    fn with(&self, set: &Set, changes: &[Change]) -> Result<Written, String> {
        let mut set = set.clone();
        for (setting, value) in changes {
            let mut config = self.configured.clone();
            if let Some(value) = value {
                setting.may_be_set(&self.configured)?;
                setting.write(&mut config, value)?;
            }
            match setting.same(&config, &self.configured) {
                true => set.remove(setting.key),
                false => set.insert(setting.key, setting.keep(&config)),
            };
        }
        Ok(Written { config: over(&self.configured, &set)?, set, passed_over: None })
    }

    fn put_in_force(&self, config: &Config) {
        let mut in_force = Config::clone(&self.in_force.load());
        for setting in TABLE.iter().filter(|setting| setting.when == When::AtOnce) {
            setting.take(&mut in_force, config);
        }
        self.in_force.store(Arc::new(in_force));
    }
}

/// What changed; empty where nothing did.
fn in_words(changed: &[&Setting], before: &Config, after: &Config) -> String {
    let each = changed.iter().map(|setting| {
        let later = if setting.when == When::AfterRestart { "; after a restart" } else { "" };
        let (new, old) = (words(&setting.read(after)), words(&setting.read(before)));
        format!("{} to {new} (was {old}{later})", setting.key)
    });
    each.collect::<Vec<_>>().join(", ")
}

/// A value as people write it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) if !text.is_empty() => text.clone(),
        // `3` for 3.0
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        value => value.to_string(),
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
