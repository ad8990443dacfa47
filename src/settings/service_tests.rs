use super::*;
use crate::store::{Options, SETTINGS_FILE};
use serde_json::json;
use std::path::PathBuf;
use tokio::sync::broadcast::Receiver;

struct Rig {
    dir: tempfile::TempDir,
    settings: Settings,
    heard: Receiver<Event>,
}

impl Rig {
    fn start(configured: Config) -> Self {
        Self::on(tempfile::tempdir().unwrap(), configured)
    }

    fn on(dir: tempfile::TempDir, configured: Config) -> Self {
        let configured = Config { data_dir: dir.path().into(), ..configured };
        let store = Store::open(Options { dir: dir.path().into(), budget: 1 << 28, reserve: 0 }).unwrap();
        let events = Events::new();
        let heard = events.subscribe();
        Self { settings: Settings::new(Overlaid::read(configured), store, events), dir, heard }
    }

    /// The same again from what lies on the disk.
    fn restart(self, configured: Config) -> Self {
        let Self { dir, settings, .. } = self;
        drop(settings);
        Self::on(dir, configured)
    }

    fn change(&self, partial: Value) -> Result<Changed, String> {
        self.settings.change("Ana's phone", partial.as_object().unwrap()).map_err(|error| error.to_string())
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(SETTINGS_FILE)
    }

    fn file(&self) -> Option<String> {
        std::fs::read_to_string(self.path()).ok()
    }

    fn told(&mut self) -> Vec<String> {
        let mut told = vec![];
        while let Ok(event) = self.heard.try_recv() {
            let Event::Fleet(event) = event else { panic!("{event:?}") };
            assert_eq!(event.kind, FleetEventKind::SettingsChanged);
            told.push(event.message);
        }
        told
    }
}

#[test]
fn a_change_holds_at_once_or_after_a_restart_and_says_which() {
    let mut rig = Rig::start(Config::default());
    let (live, cameras) = (rig.settings.live(), rig.settings.cameras());
    let camera = cameras.first();
    let changed = rig.change(json!({"live": {"fps": 3}, "camera": {"width": 1280, "keep_every": 2.5}})).unwrap();
    assert_eq!(changed.in_force, ["camera.keep_every", "live.fps"]);
    assert_eq!(changed.held.after_restart, ["camera.width"]);
    assert_eq!(changed.held.changed, ["camera.width", "camera.keep_every", "live.fps"]);
    assert_eq!(changed.held, rig.settings.held());
    let values = &changed.held.settings;
    let told = values.camera.as_ref().unwrap();
    assert_eq!((told.width, told.keep_every, values.live.fps), (1280, 2.5, 3.0));
    assert_eq!((camera.now().width, camera.now().keep_every, live.now().fps), (0, 2.5, 3.0));
    let message = "Ana's phone set camera.width to 1280 (was 0; after a restart), camera.keep_every to 2.5 (was 10), \
                   live.fps to 3 (was 5)";
    assert_eq!(rig.told(), [message]);

    let rig = rig.restart(Config::default());
    let held = rig.settings.held();
    assert!(held.after_restart.is_empty(), "{held:?}");
    assert_eq!(held.changed, ["camera.width", "camera.keep_every", "live.fps"]);
    assert_eq!((rig.settings.cameras().first().now().width, rig.settings.live().now().fps), (1280, 3.0));
}

#[test]
fn null_takes_back_to_the_configuration_whatever_that_says_by_then() {
    let mut rig = Rig::start(Config::default());
    rig.change(json!({"live": {"fps": 3}, "mqtt": {"username": "cam"}})).unwrap();
    let mut configured = Config::default();
    configured.live.fps = 7.0;
    rig = rig.restart(configured);
    assert_eq!(rig.settings.live().now().fps, 3.0);
    let changed = rig.change(json!({"live": {"fps": null}, "mqtt": null})).unwrap();
    assert_eq!((changed.held.changed.len(), changed.in_force), (0, vec!["live.fps"]));
    assert_eq!(changed.held.after_restart, ["mqtt.username"]);
    assert_eq!(rig.settings.live().now().fps, 7.0);
    let message = "Ana's phone set live.fps to 7 (was 3), mqtt.username to nothing (was cam; after a restart)";
    assert_eq!(rig.told(), [message]);
    assert!(rig.file().unwrap().lines().all(|line| line.starts_with('#')));
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let mut rig = Rig::start(Config::default());
    for same in
        [json!({}), json!({"live": {"fps": 5}}), json!({"train": {"seed": 0, "base": null}}), json!({"mqtt": null})]
    {
        let changed = rig.change(same).unwrap();
        assert!(changed.in_force.is_empty() && changed.held.changed.is_empty(), "{changed:?}");
    }
    // What the configuration says may be said again, even where it could not be set.
    let mut configured = Config::default();
    configured.cameras.first_mut().source = "folder:/srv/pictures".parse().unwrap();
    rig = rig.restart(configured);
    rig.change(json!({"camera": {"source": "folder:/srv/pictures"}})).unwrap();
    assert_eq!((rig.file(), rig.told()), (None, vec![]));
}

#[test]
fn where_anything_is_wrong_nothing_changes() {
    let mut rig = Rig::start(Config::default());
    rig.change(json!({"live": {"fps": 3}})).unwrap();
    let (file, held, _) = (rig.file(), rig.settings.held(), rig.told());
    for (partial, named) in [
        (json!({"live": {"fps": 0}}), "live.fps"),
        (json!({"live": {"fps": "fast"}}), "live.fps: it takes a number, not \"fast\""),
        (json!({"live": {"fps": ""}}), "live.fps: it takes a number, not nothing"),
        (json!({"camera": {"width": 640.5}}), "camera.width: it takes a whole number, not 640.5"),
        (json!({"train": {"seed": 1e20}}), "train.seed: it takes a whole number, not 1e+20"),
        (json!({"train": {"base": 7}}), "train.base: it takes text, not 7"),
        (json!({"camera": {"keep_every": 1e300}}), "camera.keep_every"),
        (json!({"camera": {"source": "webcam"}}), "camera source"),
        (json!({"camera": {"source": "folder:/etc"}}), "camera.source"),
        (json!({"train": {"base": "../models/x"}}), "train.base"),
        (json!({"train": {"threads": 1_000_000}}), "train.threads"),
        (json!({"train": {"seed": u64::MAX}}), "train.seed"),
        (json!({"mqtt": {"broker": "mqtt://cam:secret@host"}}), "mqtt.broker"),
        (json!({"mqtt": {"password_file": "/etc/shadow"}}), "mqtt.password_file"),
    ] {
        let mut both = json!({"live": {"publish_hz": 9}});
        both.as_object_mut().unwrap().extend(partial.as_object().unwrap().clone());
        for partial in [partial, both] {
            let error = rig.change(partial).unwrap_err();
            assert!(error.contains(named), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
    assert_eq!((rig.file(), rig.settings.held(), rig.told()), (file, held, vec![]));
}

#[test]
fn a_file_that_was_passed_over_gives_way_to_the_next_change_and_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(SETTINGS_FILE), "[live]\nfps = fast").unwrap();
    let mut rig = Rig::on(dir, Config::default());
    assert!(rig.settings.passed_over().unwrap().contains(SETTINGS_FILE));
    rig.change(json!({})).unwrap();
    rig.change(json!({"live": {"fps": -1}})).unwrap_err();
    assert_eq!(rig.file().unwrap(), "[live]\nfps = fast", "nothing was set yet");
    rig.change(json!({"live": {"fps": 3}})).unwrap();
    assert_eq!((rig.settings.passed_over(), rig.told().len()), (None, 1));
    let aside = std::fs::read_to_string(rig.dir.path().join("settings.toml.bad")).unwrap();
    assert_eq!(aside, "[live]\nfps = fast");
    rig = rig.restart(Config::default());
    assert_eq!((rig.settings.live().now().fps, rig.settings.passed_over()), (3.0, None));
}
