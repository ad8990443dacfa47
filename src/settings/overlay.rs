//! The settings file, and the configuration with it on top.

use super::table::{Set, TABLE};
use super::{changes, rules};
use crate::config::Config;
use crate::store::{self, SETTINGS_FILE};
use serde_json::Value;

const HEAD: &str = "\
# Settings that were changed at a distance. Fieldcoach writes this file; it lies over the configuration file and the
# environment. Without it they hold alone.
";

/// A configuration with the settings file over it.
#[derive(Clone, Debug)]
pub struct Overlaid {
    /// What holds from the start.
    pub config: Config,
    /// Configuration file and environment alone.
    pub(super) configured: Config,
    pub(super) set: Set,
    /// Why the settings file counts for nothing.
    pub(super) passed_over: Option<String>,
}

impl Overlaid {
    /// Reads the settings file, or its copy where a bit of it rotted. One that can't be read, or holds what is not understood or not allowed, is passed over as
    /// a whole, and the log says why: a device that starts can be reached and set right.
    pub fn read(configured: Config) -> Self {
        let path = configured.data_dir.join(SETTINGS_FILE);
        let read = store::settings(&configured.data_dir).and_then(|text| match text {
            Some(text) => parse(&text).and_then(|set| Ok((over(&configured, &set)?, set))),
            None => Ok((configured.clone(), Set::new())),
        });
        match read {
            Ok((config, set)) => Self { config, configured, set, passed_over: None },
            Err(why) => {
                let why = format!("{} is passed over: {why}", path.display());
                tracing::warn!("{why}");
                Self { config: configured.clone(), configured, set: Set::new(), passed_over: Some(why) }
            }
        }
    }
}

/// The configuration with these settings over it, checked as a whole.
pub fn over(configured: &Config, set: &Set) -> Result<Config, String> {
    let mut config = configured.clone();
    for setting in &TABLE {
        if let Some(value) = set.get(setting.key) {
            setting.may_be_set(configured)?;
            setting.write(&mut config, value)?;
        }
    }
    config.validate().map_err(|error| error.to_string())?;
    rules::hold(&config, set)?;
    Ok(config)
}

/// The settings file of this set.
pub fn text(set: &Set) -> Result<String, String> {
    let mut sections = toml::Table::new();
    for setting in &TABLE {
        let Some(value) = set.get(setting.key) else { continue };
        let (section, name) = setting.split();
        let value = toml::Value::try_from(value).map_err(|error| format!("{}: {error}", setting.key))?;
        let section = sections.entry(section).or_insert_with(|| toml::Table::new().into());
        if let toml::Value::Table(section) = section {
            section.insert(name.to_owned(), value);
        }
    }
    Ok(format!("{HEAD}{sections}"))
}

fn parse(text: &str) -> Result<Set, String> {
    let sections: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim().to_owned())?;
    let Ok(Value::Object(sections)) = serde_json::to_value(sections) else { return Err("it is no table".into()) };
    let read = changes::read(&sections)?.into_iter().map(|(setting, value)| match value {
        Some(value) => Ok((setting.key, value)),
        None => Err(format!("{}: that is no value", setting.key)),
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_file_says_what_it_is_and_gives_back_what_was_set() {
        let set = Set::from([
            ("camera.source", json!("v4l2:/dev/video2")),
            ("live.fps", json!(3.1)),
            ("train.seed", json!(7)),
            ("train.threads", json!(2)),
        ]);
        let text = text(&set).unwrap();
        assert!(text.starts_with("# Settings that were changed at a distance."), "{text}");
        assert_eq!(parse(&text).unwrap(), set);
        assert_eq!(parse(HEAD).unwrap(), Set::new());
        let config = over(&Config::default(), &set).unwrap();
        assert_eq!((config.live.fps, config.train.seed, config.live.publish_hz), (3.1, 7, 2.0));
    }

    #[test]
    fn a_file_that_does_not_hold_is_passed_over_as_a_whole_and_told() {
        let dir = tempfile::tempdir().unwrap();
        let configured = Config { data_dir: dir.path().into(), ..Config::default() };
        let read = |text: &[u8]| {
            std::fs::write(dir.path().join(SETTINGS_FILE), text).unwrap();
            Overlaid::read(configured.clone())
        };
        assert_eq!(Overlaid::read(configured.clone()).passed_over, None, "no file is nothing special");
        assert_eq!(read(b"[live]\nfps = 3\n").config.live.fps, 3.0);
        let bad: [(&[u8], &str); 9] = [
            (b"[live]\nfps = 3\nfps", "TOML"),
            (b"\xff\xfe", "UTF-8"),
            (b"[live]\nfps = 3\nlens = 'wide'\n", "unknown key `live.lens`"),
            (b"[live]\nfps = 3\n[http]\nlisten = '0.0.0.0:80'\n", "http.listen"),
            (b"[live]\nfps = 3\npublish_hz = -1\n", "live.publish_hz"),
            (b"[live]\nfps = 3\npublish_hz = nan\n", "live.publish_hz"),
            (b"[live]\nfps = 3\npublish_hz = 'often'\n", "live.publish_hz"),
            (b"[live]\nfps = 3\npublish_hz = 1979-05-27\n", "live.publish_hz"),
            (b"[live]\nfps = 3\n[camera]\nsource = 'folder:/etc'\n", "camera.source"),
        ];
        for (text, named) in bad {
            let overlaid = read(text);
            assert_eq!((&overlaid.config, &overlaid.set), (&configured, &Set::new()));
            let why = overlaid.passed_over.unwrap();
            assert!(why.contains(SETTINGS_FILE) && why.contains(named), "{why}");
        }
        std::fs::remove_file(dir.path().join(SETTINGS_FILE)).unwrap();
        std::fs::create_dir(dir.path().join(SETTINGS_FILE)).unwrap();
        assert!(Overlaid::read(configured.clone()).passed_over.is_some());
    }

    #[test]
    fn a_number_that_a_file_can_not_hold_is_refused_by_name() {
        let error = text(&Set::from([("train.seed", json!(u64::MAX))])).unwrap_err();
        assert!(error.starts_with("train.seed: "), "{error}");
    }
}
