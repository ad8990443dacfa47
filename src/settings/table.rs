//! Every setting that may be changed at a distance, and when a change of it holds.

use crate::config::Config;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// When a change holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// For trainings: with the next one.
    AtOnce,
    AfterRestart,
}

/// A key of the configuration that may be changed at a distance.
#[derive(Debug)]
pub struct Setting {
    /// `section.name`.
    pub key: &'static str,
    pub when: When,
    read: fn(&Config) -> Value,
    keep: fn(&Config) -> Value,
    write: fn(&mut Config, Value) -> serde_json::Result<()>,
    take: fn(&mut Config, &Config),
    same: fn(&Config, &Config) -> bool,
}

/// What was set at a distance: keys of the table, and their values as they are written.
pub(super) type Set = BTreeMap<&'static str, Value>;

/// A section of the configuration; `camera` is that of the only camera.
macro_rules! section {
    ($config:ident.camera) => {
        $config.cameras.first()
    };
    ($config:ident.$section:ident) => {
        $config.$section
    };
}

macro_rules! section_mut {
    ($config:ident.camera) => {
        $config.cameras.first_mut()
    };
    ($config:ident.$section:ident) => {
        $config.$section
    };
}

macro_rules! setting {
    ($section:ident.$name:ident, $when:ident) => {
        setting!($section.$name, $when, |config| plain(&section!(config.$section).$name))
    };
    ($section:ident.$name:ident, $when:ident, $keep:expr) => {
        Setting {
            key: concat!(stringify!($section), ".", stringify!($name)),
            when: When::$when,
            read: |config| plain(&section!(config.$section).$name),
            keep: $keep,
            write: |config, value| {
                serde_json::from_value(value).map(|value| section_mut!(config.$section).$name = value)
            },
            take: |config, other| section_mut!(config.$section).$name = section!(other.$section).$name.clone(),
            same: |one, other| section!(one.$section).$name == section!(other.$section).$name,
        }
    };
}

/// All of them. A key that is not here belongs in the configuration file: no program, no secret, no address to listen on,
/// nothing without which the device can't be reached any more.
pub static TABLE: [Setting; 21] = [
    setting!(camera.source, AfterRestart, |config| config.cameras.first().source.whole().into()),
    setting!(camera.width, AfterRestart),
    setting!(camera.height, AfterRestart),
    setting!(camera.fps, AfterRestart),
    setting!(camera.keep_every, AtOnce),
    setting!(camera.keep_difference, AtOnce),
    setting!(camera.keep_more_per_hour, AtOnce),
    setting!(camera.burst, AtOnce),
    setting!(live.fps, AtOnce),
    setting!(live.publish_hz, AtOnce),
    setting!(live.floor, AtOnce),
    setting!(train.device, AfterRestart),
    setting!(train.experiments, AtOnce),
    setting!(train.epochs, AtOnce),
    setting!(train.base, AtOnce),
    setting!(train.seed, AtOnce),
    setting!(train.threads, AfterRestart),
    setting!(train.pause_at, AtOnce),
    setting!(train.auto, AtOnce),
    setting!(mqtt.broker, AfterRestart),
    setting!(mqtt.username, AfterRestart),
];

impl Setting {
    /// `section` and `name` of its key.
    pub fn split(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').unwrap_or((self.key, ""))
    }

    /// Whether it may be set over this configuration: of several cameras nothing tells which one is meant. Error: why not.
    pub(super) fn may_be_set(&self, configured: &Config) -> Result<(), String> {
        if self.split().0 != "camera" || !configured.cameras.are_several() {
            return Ok(());
        }
        let ids: Vec<_> = configured.cameras.ids().map(ToString::to_string).collect();
        Err(format!(
            "{}: this device has several cameras ({}), and which one is meant can't be said at a distance: it belongs in the \
             configuration file, in that camera's [[camera]]",
            self.key,
            ids.join(", ")
        ))
    }

    /// What a configuration says of it, as it is written down: with what must not be told.
    pub(super) fn keep(&self, config: &Config) -> Value {
        (self.keep)(config)
    }

    /// What a configuration says of it, as it may be told.
    pub(super) fn read(&self, config: &Config) -> Value {
        (self.read)(config)
    }

    /// Writes a value into a configuration. The error names the key.
    pub(super) fn write(&self, config: &mut Config, value: &Value) -> Result<(), String> {
        let before = self.read(config);
        (self.write)(config, value.clone()).map_err(|error| {
            let wanted = match before {
                Value::Number(number) if number.is_f64() => "a number",
                Value::Number(_) => "a whole number",
                Value::Bool(_) => "true or false",
                Value::String(_) if !value.is_string() => "text",
                _ => return format!("{}: {error}", self.key),
            };
            let given = match value {
                Value::String(text) if text.is_empty() => "nothing".to_owned(),
                value => value.to_string(),
            };
            format!("{}: it takes {wanted}, not {given}", self.key)
        })?;
        // A number beyond what the key holds becomes an infinite one, which JSON does not know.
        match self.read(config) {
            Value::Null => Err(format!("{}: {value} can't be kept", self.key)),
            _ => Ok(()),
        }
    }

    /// Takes the value that another configuration has.
    pub(super) fn take(&self, config: &mut Config, from: &Config) {
        (self.take)(config, from);
    }

    /// Whether two configurations say the same of it.
    pub(super) fn same(&self, one: &Config, other: &Config) -> bool {
        (self.same)(one, other)
    }
}

/// As JSON; through text, so that a 32-bit number keeps its few digits.
fn plain(value: &impl Serialize) -> Value {
    serde_json::to_string(value).and_then(|text| serde_json::from_str(&text)).unwrap_or_default()
}

/// The setting of this key; the error says where the key belongs, or which one is near it.
pub(super) fn find(key: &str) -> Result<&'static Setting, String> {
    if let Some(setting) = TABLE.iter().find(|setting| setting.key == key) {
        return Ok(setting);
    }
    if configured(key) {
        return Err(format!("{key} can't be changed at a distance: it belongs in the configuration file"));
    }
    let likeness = |setting: &&Setting| strsim::jaro_winkler(setting.key, key);
    let nearest = TABLE.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    Err(format!("unknown key `{key}`; did you mean `{}`?", nearest.map_or("", |setting| setting.key)))
}

/// Whether the configuration knows this key or section.
fn configured(key: &str) -> bool {
    let pointer = format!("/{}", key.replace('.', "/"));
    serde_json::to_value(Config::default()).is_ok_and(|config| config.pointer(&pointer).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_setting_is_refused_with_where_it_belongs() {
        for key in ["http.listen", "http", "store.budget", "onnxruntime.library", "data_dir", "mqtt.password_file"] {
            let error = find(key).unwrap_err();
            assert!(error.contains(key) && error.contains("configuration file"), "{error}");
        }
        for (key, nearest) in
            [("live.fsp", "live.fps"), ("camra.fps", "camera.fps"), ("train.experiment", "train.experiments")]
        {
            assert_eq!(find(key).unwrap_err(), format!("unknown key `{key}`; did you mean `{nearest}`?"));
        }
    }

    #[test]
    fn every_setting_reads_what_it_wrote() {
        let config = Config::default();
        for setting in &TABLE {
            assert_eq!(find(setting.key).unwrap().key, setting.key);
            let mut other = config.clone();
            match setting.read(&config) {
                Value::Null => setting.write(&mut other, &"cam".into()).unwrap(),
                value => setting.write(&mut other, &value).unwrap(),
            }
            assert_eq!(setting.same(&config, &other), setting.key != "mqtt.username", "{}", setting.key);
            setting.take(&mut other, &config);
            assert_eq!(other, config);
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_its_key() {
        let fps = find("live.fps").unwrap();
        let mut config = Config::default();
        for value in [Value::from("fast"), Value::from(1e300), Value::Null] {
            let error = fps.write(&mut config, &value).unwrap_err();
            assert!(error.starts_with("live.fps: "), "{error}");
        }
    }
}
