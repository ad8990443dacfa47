//! What may not be set at a distance although a configuration file may: paths outside the data directory, and what would
//! carry a secret away.

use super::table::Set;
use crate::config::{Broker, CameraSource, Config};
use std::path::{Component, Path};

/// Where udev puts them.
const BY_ID: &str = "/dev/v4l/by-id";
const BY_PATH: &str = "/dev/v4l/by-path";

/// Holds a configuration to these rules in what was set at a distance.
pub fn hold(config: &Config, set: &Set) -> Result<(), String> {
    if set.contains_key("camera.source") {
        source(&config.cameras.first().source, &config.data_dir).map_err(|why| format!("camera.source: {why}"))?;
    }
    if set.contains_key("train.base") && !is_name(&config.train.base) {
        return Err(format!("train.base: `{}` is not the name of a base", config.train.base));
    }
    if set.contains_key("mqtt.broker")
        && let Broker::Remote(servers) = &config.mqtt.broker
        && !servers.tls()
        && config.mqtt.password_file.is_some()
    {
        return Err(format!("mqtt.broker: the password would go to {servers} in clear; use mqtts://"));
    }
    Ok(())
}

fn source(source: &CameraSource, data_dir: &Path) -> Result<(), String> {
    match source {
        CameraSource::Auto | CameraSource::Scene => Ok(()),
        CameraSource::Address(address) if address.is_rtsp() => Ok(()),
        CameraSource::Address(_) | CameraSource::Film(_) | CameraSource::Exec(_) => Err(format!(
            "`{source}` can't be set at a distance, where only rtsp:// and rtsps:// can: it belongs in the configuration file"
        )),
        CameraSource::V4l2(path) => match path.to_str().and_then(|path| path.strip_prefix("/dev/video")) {
            Some(number) if (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
            _ if is_link(path) => Ok(()),
            _ => Err(format!(
                "`{source}` can't be set at a distance; use v4l2:/dev/videoN, with a number for N, or v4l2:/dev/v4l/by-id/NAME"
            )),
        },
        CameraSource::Folder(path) if lies_in(path, data_dir) => Ok(()),
        CameraSource::Folder(_) => {
            let dir = data_dir.display();
            Err(format!("`{source}` can't be set at a distance: the folder must lie in {dir}, links followed"))
        }
    }
}

/// Whether this is a lasting name of a camera, as udev gives them.
fn is_link(path: &Path) -> bool {
    let folder = path.parent().is_some_and(|folder| [BY_ID, BY_PATH].map(Path::new).contains(&folder));
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:+".contains(&b));
    folder && path.file_name().and_then(|name| name.to_str()).is_some_and(plain)
}

/// Whether a path leads into a folder, whatever `..` and links are on the way. Where nothing lies there yet, what is there
/// of the way counts.
fn lies_in(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    if path.to_str().is_none_or(|text| text.chars().any(char::is_control)) {
        return false;
    }
    let there = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    let plain = path.components().all(|part| part != Component::ParentDir);
    path.is_absolute()
        && there.is_some_and(|there| {
            (plain || there == path) && there.canonicalize().is_ok_and(|real| real.starts_with(&folder))
        })
}

/// Whether this is one name, and no path.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_must_lie_in_the_data_directory_however_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir_all(data.join("pictures")).unwrap();
        std::fs::create_dir_all(dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), data.join("out")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("nowhere"), data.join("dangling")).unwrap();
        std::os::unix::fs::symlink(&data, dir.path().join("in")).unwrap();
        let within = |path: &Path| source(&CameraSource::Folder(path.into()), &data).is_ok();
        for good in ["pictures", "", "pictures/../pictures", "later/on"] {
            assert!(within(&data.join(good)), "{good}");
        }
        assert!(within(&dir.path().join("in/pictures")));
        for bad in ["out", "out/more", "dangling", "dangling/more", "..", "../elsewhere", "later/../../elsewhere"] {
            assert!(!within(&data.join(bad)), "{bad}");
        }
        for bad in ["/", "/etc", "pictures", "", "data/pictures"] {
            assert!(!within(Path::new(bad)), "{bad}");
        }
    }

    #[test]
    fn a_camera_is_a_numbered_one() {
        let take = |text: &str| source(&text.parse().unwrap(), Path::new("/nowhere")).is_ok();
        for good in [
            "auto",
            "scene",
            "v4l2:/dev/video0",
            "v4l2:/dev/video12",
            "v4l2:/dev/v4l/by-id/usb-046d_C920-video-index0",
            "rtsp://a:b@cam/1",
            "rtsps://cam",
        ] {
            assert!(take(good), "{good}");
        }
        for bad in [
            "exec:reboot",
            "file:/etc/passwd",
            "http://cam/x",
            "https://cam/x",
            "v4l2:/dev/v4l/by-id/..",
            "v4l2:/dev/v4l/by-id/a/../../../sda",
            "v4l2:/dev/v4l/by-id",
        ] {
            assert!(!take(bad), "{bad}");
        }
        for bad in ["v4l2:/dev/video", "v4l2:/dev/sda", "v4l2:/dev/video0/../sda", "v4l2:/dev/video-1", "v4l2:video0"] {
            assert!(!take(bad), "{bad}");
        }
    }

    #[test]
    fn a_base_is_a_name_and_a_password_does_not_travel_in_clear() {
        for good in ["default", "small", "a.b"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "..", ".", "../models/x", "/etc/x", "a/b", "a/", "./a"] {
            assert!(!is_name(bad), "{bad}");
        }
        let set = Set::from([("mqtt.broker", "".into())]);
        let mut config = Config::default();
        config.mqtt.broker = "mqtt://host".parse().unwrap();
        hold(&config, &set).unwrap();
        config.mqtt.password_file = Some("/etc/fieldcoach/password".into());
        assert!(hold(&config, &set).unwrap_err().contains("in clear"));
        hold(&config, &Set::new()).unwrap();
        config.mqtt.broker = "mqtts://host".parse().unwrap();
        hold(&config, &set).unwrap();
    }
}
