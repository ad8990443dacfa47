//! One camera, `[camera]`, or several, `[[camera]]` with an `id` each.

use super::camera::Camera;
use super::source::CameraSource;
use crate::domain::{CameraId, PerCamera, limits as bounds};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};

/// The cameras, by their ids.
pub type Cameras = PerCamera<Camera>;

impl Default for Cameras {
    fn default() -> Self {
        Self::one(CameraId::main(), Camera::default())
    }
}

impl<'de> Deserialize<'de> for Cameras {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Cameras {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.are_several() {
            true => serializer.collect_seq(self.each()),
            false => self.first().serialize(serializer),
        }
    }
}

/// As they are written.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Cameras;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table [camera], or several [[camera]]")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Cameras, A::Error> {
        let camera = Camera::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Cameras::one(camera.id.clone().unwrap_or_else(CameraId::main), camera))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Cameras, A::Error> {
        let each = Vec::<Camera>::deserialize(SeqAccessDeserializer::new(seq))?;
        named(each).map_err(A::Error::custom)
    }
}

/// Each under its id, which only one alone may go without.
fn named(each: Vec<Camera>) -> Result<Cameras, String> {
    let several = each.len() > 1;
    let named = each.into_iter().enumerate().map(|(at, camera)| match &camera.id {
        None if several => {
            Err(format!("[[camera]] number {} has no id: where there are several, each needs one", at + 1))
        }
        id => Ok((id.clone().unwrap_or_else(CameraId::main), camera)),
    });
    Cameras::of(named.collect::<Result<_, _>>()?)
}

impl Cameras {
    /// Rules of each, and of all of them.
    pub(super) fn check(&self) -> Result<(), String> {
        for (id, camera) in self.iter() {
            camera.check().map_err(|why| if self.are_several() { format!("{why} (camera `{id}`)") } else { why })?;
        }
        if !self.are_several() {
            return Ok(());
        }
        let count = self.ids().count();
        if count > bounds::CAMERAS {
            return Err(format!("camera: {count} cameras are too many: there may be {}", bounds::CAMERAS));
        }
        let mut devices: Vec<(&CameraId, PathBuf)> = Vec::new();
        for (id, camera) in self.iter() {
            match &camera.source {
                CameraSource::Auto => {
                    return Err(format!(
                        "camera.source: `auto` of camera `{id}` takes whichever camera comes first; where there are \
                         several, say which is meant, such as v4l2:/dev/v4l/by-id/NAME"
                    ));
                }
                CameraSource::V4l2(path) => {
                    let device = device(path);
                    if let Some((other, _)) = devices.iter().find(|(_, known)| *known == device) {
                        let shown = path.display();
                        return Err(format!(
                            "camera.source: the cameras `{other}` and `{id}` have the same device, {shown}; only one can read it"
                        ));
                    }
                    devices.push((id, device));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The device that is meant, by whichever of its names.
fn device(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::tests::load;

    fn ids(text: &str) -> Vec<String> {
        load(text).unwrap().cameras.ids().map(ToString::to_string).collect()
    }

    #[test]
    fn one_camera_or_several() {
        assert_eq!(ids(""), ["main"]);
        assert_eq!(ids("[camera]\nsource = 'scene'"), ["main"]);
        assert_eq!(ids("[camera]\nid = 'door'\nsource = 'scene'"), ["door"]);
        assert_eq!(ids("[[camera]]\nsource = 'scene'"), ["main"]);
        let text = "[[camera]]\nid = 'door'\nsource = 'scene'\nfps = 5\n[[camera]]\nid = 'a'\nsource = 'folder:/x'";
        let config = load(text).unwrap();
        assert_eq!(ids(text), ["door", "a"], "in the order of the file");
        assert_eq!(config.cameras.first().fps, 5.0);
        let again = serde_json::to_value(&config).unwrap();
        assert_eq!((&again["camera"][1]["id"], &again["camera"][1]["source"]), (&"a".into(), &"folder:/x".into()));
        assert_eq!(serde_json::from_value::<Config>(again).unwrap().cameras, config.cameras);
    }

    #[test]
    fn what_is_wrong_with_several_is_told_in_words() {
        let two = |one: &str, other: &str| format!("[[camera]]\n{one}\n[[camera]]\n{other}");
        let link = tempfile::tempdir().unwrap();
        let by_id = link.path().join("usb-cam");
        std::fs::write(link.path().join("video7"), "").unwrap();
        std::os::unix::fs::symlink(link.path().join("video7"), &by_id).unwrap();
        let device = |path: &std::path::Path, id: &str| format!("id = '{id}'\nsource = 'v4l2:{}'", path.display());
        let nine: String = (0..9).map(|n| format!("[[camera]]\nid = 'c{n}'\nsource = 'scene'\n")).collect();
        for (text, says) in [
            (two("id = 'a'\nsource = 'scene'", "id = 'a'\nsource = 'scene'"), "two cameras are called `a`"),
            (two("id = 'a'\nsource = 'scene'", "source = 'scene'"), "[[camera]] number 2 has no id"),
            (two("id = 'A b'\nsource = 'scene'", "id = 'b'"), "camera id `A b`"),
            (two("id = 'a'\nsource = 'scene'", "id = 'b'"), "`auto` of camera `b`"),
            (two("id = 'a'\nsource = 'scene'\nfps = 0", "id = 'b'\nsource = 'scene'"), "camera.fps: 0 must be"),
            (two("id = 'a'\nsource = 'scene'\nfps = 0", "id = 'b'\nsource = 'scene'"), "(camera `a`)"),
            (two("id = 'a'\nsource = 'scene'", "id = 'b'\nsorce = 'scene'"), "did you mean `camera.source`?"),
            (two("id = 'a'\nsource = 'scene'", "id = 'b'\nsorce = 'scene'"), "in [[camera]] number 2"),
            (
                two("id = 'a'\nsource = 'scene'", "id = 'b'\nsource = 'webcam'"),
                "camera.source in [[camera]] number 2: ",
            ),
            (
                two(&device(&link.path().join("video7"), "a"), &device(&by_id, "b")),
                "the cameras `a` and `b` have the same device",
            ),
            (nine, "9 cameras are too many: there may be 8"),
            ("camera = 'scene'".to_owned(), "a table [camera], or several [[camera]]"),
            ("camera = []".to_owned(), "one camera"),
            ("[camera]\nsource = 'scene'\n[[camera]] # two\nid = 'b'".to_owned(), "write each as [[camera]]"),
        ] {
            let error = load(&text).unwrap_err();
            assert!(error.contains(says), "{says}: {error}");
        }
    }
}
