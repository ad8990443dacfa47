//! What the doors tell of the settings: one shape for both.

use super::table::{Setting, TABLE};
use crate::config::{self, Config};
use serde::Serialize;

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = Settings)]
pub struct Held {
    /// As they are written; those named in `after_restart` hold after a restart.
    pub settings: Values,
    /// Keys that were set at a distance, over the configuration file.
    pub changed: Vec<&'static str>,
    /// Keys whose value is not in force yet.
    pub after_restart: Vec<&'static str>,
}

/// The settings after a change.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ChangedSettings)]
pub struct Changed {
    #[serde(flatten)]
    pub held: Held,
    /// Keys that changed and hold now.
    pub in_force: Vec<&'static str>,
    /// What changed, in words; empty where nothing did.
    #[serde(skip)]
    pub told: String,
}

/// Every setting, in its section.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = SettingValues)]
pub struct Values {
    /// Of the only camera; null where there are several, whose settings are in the configuration file.
    pub camera: Option<Camera>,
    pub live: config::Live,
    pub train: config::Train,
    pub mqtt: Mqtt,
}

/// The camera; what programs are given stays in the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = CameraSettings)]
pub struct Camera {
    /// `auto`, `scene`, `folder:PATH`, `v4l2:/dev/videoN`, `rtsp://HOST/PATH`, …; without passwords.
    #[schema(value_type = String)]
    pub source: config::CameraSource,
    /// Pixels asked of the camera; 0 leaves it to the source.
    pub width: u32,
    /// Pixels asked of the camera; 0 leaves it to the source.
    pub height: u32,
    /// Frames a second asked of the camera.
    pub fps: f32,
    /// Seconds between stored frames, at least.
    pub keep_every: f32,
    /// Mean difference (0 to 255, on a small grey copy) from the last kept frame below which a frame is skipped.
    pub keep_difference: f32,
    /// Frames an hour kept beyond that, at most, for what the deployed model makes of them; 0 keeps none.
    pub keep_more_per_hour: u32,
    /// Seconds around what is kept so, or what appears, of which the looks are kept as a clip; 0 makes none.
    pub burst: f32,
}

/// Where the device tells what happens; password and certificates stay in the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = MqttSettings)]
pub struct Mqtt {
    #[schema(value_type = String)]
    pub broker: config::Broker,
    pub username: Option<String>,
}

impl Values {
    pub(super) fn of(config: &Config) -> Self {
        let Config { cameras, live, train, mqtt, .. } = config.clone();
        let camera = (!cameras.are_several()).then(|| Camera::of(cameras.first()));
        Self { camera, live, train, mqtt: Mqtt { broker: mqtt.broker, username: mqtt.username } }
    }
}

impl Camera {
    fn of(camera: &config::Camera) -> Self {
        let config::Camera {
            id: _,
            source,
            width,
            height,
            fps,
            keep_every,
            keep_difference,
            keep_more_per_hour,
            burst,
            ffmpeg_args: _,
        } = camera.clone();
        Self { source, width, height, fps, keep_every, keep_difference, keep_more_per_hour, burst }
    }
}

/// The keys of the settings that are so, in the order of the table.
pub(super) fn keys(of: impl Fn(&Setting) -> bool) -> Vec<&'static str> {
    TABLE.iter().filter(|setting| of(setting)).map(|setting| setting.key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_told_is_what_may_be_set() {
        let values = serde_json::to_value(Values::of(&Config::default())).unwrap();
        let sections = values.as_object().unwrap().iter();
        let told = sections.flat_map(|(section, fields)| {
            fields.as_object().unwrap().keys().map(move |name| format!("{section}.{name}"))
        });
        let known = keys(|_| true).into_iter().map(str::to_owned);
        assert_eq!(told.collect::<BTreeSet<_>>(), known.collect());
    }
}
