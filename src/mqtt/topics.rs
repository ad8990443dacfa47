//! Every topic this door publishes, how it travels, and what it listens to: the table of the design, in one place.

use crate::domain::{CameraId, PerCamera, TrainingId, limits};
use rumqttc::v5::mqttbytes::{QoS, valid_topic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Where Home Assistant looks for devices, unless it is told otherwise.
const HOME_ASSISTANT: &str = "homeassistant";
/// Where all devices of ours are.
const ROOT: &str = "fieldcoach";

/// Something this device publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    Availability,
    Status,
    Training,
    Epoch(TrainingId),
    FlipbookFrame,
    FlipbookPage,
    /// Of the only camera.
    Detections,
    /// Of one of several cameras.
    DetectionsOf(CameraId),
    /// How many objects the only camera shows.
    Counts,
    /// One of several.
    CountsOf(CameraId),
    /// The picture of the only camera.
    Snapshot,
    /// Of one of several.
    SnapshotOf(CameraId),
    Events,
    Reply,
    /// Answers of the HTTP door to this requester.
    HttpReply(String),
    Discovery,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whether the broker keeps the last one for whoever subscribes later.
    pub retain: bool,
    pub qos: QoS,
    pub keep: Keep,
    /// A part of it is worth nothing.
    pub whole: bool,
}

/// What happens to messages while the broker is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All are sent later, in order.
    Every(Worth),
    /// The newest of the topic is sent later.
    Newest,
    /// They are dropped: old ones are worth nothing.
    Nothing,
}

/// What goes first where there is no room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    Page,
    Epoch,
    Rest,
}

impl Topic {
    /// All that a device publishes; a training and a camera stand for any.
    pub fn all(training: TrainingId, camera: CameraId) -> [Self; 16] {
        [
            Self::Availability,
            Self::Status,
            Self::Training,
            Self::Epoch(training),
            Self::FlipbookFrame,
            Self::FlipbookPage,
            Self::Detections,
            Self::DetectionsOf(camera.clone()),
            Self::Counts,
            Self::CountsOf(camera.clone()),
            Self::Snapshot,
            Self::SnapshotOf(camera),
            Self::Events,
            Self::Reply,
            Self::HttpReply("requester".to_owned()),
            Self::Discovery,
        ]
    }

    /// Of a camera: whether of one of several. `None`: it has nothing to do with how many there are.
    fn of_several(&self) -> Option<bool> {
        match self {
            Self::Detections | Self::Counts | Self::Snapshot => Some(false),
            Self::DetectionsOf(_) | Self::CountsOf(_) | Self::SnapshotOf(_) => Some(true),
            _ => None,
        }
    }

    /// The table.
    pub fn delivery(&self) -> Delivery {
        use Keep::{Every, Newest, Nothing};
        let (retain, qos, keep) = match self {
            Self::Availability => (true, QoS::AtLeastOnce, Newest),
            Self::Status => (true, QoS::AtLeastOnce, Newest),
            Self::Training => (true, QoS::AtLeastOnce, Newest),
            Self::Epoch(_) => (false, QoS::AtLeastOnce, Every(Worth::Epoch)),
            Self::FlipbookFrame => (true, QoS::AtLeastOnce, Newest),
            Self::FlipbookPage => (false, QoS::AtLeastOnce, Every(Worth::Page)),
            Self::Detections | Self::DetectionsOf(_) => (false, QoS::AtMostOnce, Nothing),
            Self::Counts | Self::CountsOf(_) => (true, QoS::AtLeastOnce, Newest),
            Self::Snapshot | Self::SnapshotOf(_) => (true, QoS::AtLeastOnce, Newest),
            Self::Events => (false, QoS::AtLeastOnce, Every(Worth::Rest)),
            Self::Reply => (false, QoS::AtLeastOnce, Every(Worth::Rest)),
            // Both sides send again what was not acknowledged.
            Self::HttpReply(_) => (false, QoS::AtMostOnce, Nothing),
            Self::Discovery => (true, QoS::AtLeastOnce, Newest),
        };
        Delivery { retain, qos, keep, whole: matches!(self, Self::Discovery | Self::HttpReply(_)) }
    }
}

/// The topic names of one device.
#[derive(Clone, Debug)]
pub struct Topics {
    device: String,
    prefix: String,
    /// Those that are told apart: none where there is but one.
    cameras: Vec<CameraId>,
    /// Whether the HTTP door is reached through the broker.
    reached: bool,
}

impl Topics {
    /// `device`: letters, digits, `-` and `_` only, which the configuration checks.
    pub fn new(device: &str) -> Self {
        Self { device: device.to_owned(), prefix: HOME_ASSISTANT.to_owned(), cameras: Vec::new(), reached: false }
    }

    /// With Home Assistant under this topic.
    pub fn discovered(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// Of a device with these cameras.
    pub fn of_cameras<T>(self, cameras: &PerCamera<T>) -> Self {
        let cameras = if cameras.are_several() { cameras.ids().cloned().collect() } else { Vec::new() };
        Self { cameras, ..self }
    }

    /// Of one whose HTTP door is reached through the broker.
    pub fn reached(self, reached: bool) -> Self {
        Self { reached, ..self }
    }

    /// The cameras that are told apart: none where there is but one.
    pub fn cameras(&self) -> &[CameraId] {
        &self.cameras
    }

    /// What the model saw on this camera.
    pub fn detections(&self, camera: Option<&CameraId>) -> Topic {
        self.told_apart(camera).map_or(Topic::Detections, Topic::DetectionsOf)
    }

    /// What is counted there; `None`: at the only one.
    pub fn counts(&self, camera: Option<&CameraId>) -> Topic {
        camera.map_or(Topic::Counts, |camera| Topic::CountsOf(camera.clone()))
    }

    /// Its picture; `None`: that of the only one.
    pub fn snapshot(&self, camera: Option<&CameraId>) -> Topic {
        camera.map_or(Topic::Snapshot, |camera| Topic::SnapshotOf(camera.clone()))
    }

    /// The camera, where it is told apart.
    pub fn told_apart(&self, camera: Option<&CameraId>) -> Option<CameraId> {
        camera.filter(|camera| self.cameras.contains(camera)).cloned()
    }

    pub fn name(&self, topic: &Topic) -> String {
        let device = &self.device;
        let rest = match topic {
            Topic::Availability => "availability",
            Topic::Status => "status",
            Topic::Training => "training",
            Topic::Epoch(training) => return format!("{ROOT}/{device}/training/{training}/epoch"),
            Topic::FlipbookFrame => "flipbook/frame",
            Topic::FlipbookPage => "flipbook/page",
            Topic::Detections => "detections",
            Topic::DetectionsOf(camera) => return format!("{ROOT}/{device}/cameras/{camera}/detections"),
            Topic::Counts => "counts",
            Topic::CountsOf(camera) => return format!("{ROOT}/{device}/cameras/{camera}/counts"),
            Topic::Snapshot => "snapshot",
            Topic::SnapshotOf(camera) => return format!("{ROOT}/{device}/cameras/{camera}/snapshot"),
            Topic::Events => "events",
            Topic::Reply => "reply",
            Topic::HttpReply(requester) => return format!("{ROOT}/{device}/http/reply/{requester}"),
            Topic::Discovery => return format!("{}/device/{device}/config", self.prefix),
        };
        format!("{ROOT}/{device}/{rest}")
    }

    /// Where the command `name` is sent to.
    pub fn command(&self, name: &str) -> String {
        format!("{ROOT}/{}/command/{name}", self.device)
    }

    /// The name of the command sent to `topic`, if it is a command topic of this device.
    pub fn command_name<'a>(&self, topic: &'a str) -> Option<&'a str> {
        topic.strip_prefix(ROOT)?.strip_prefix('/')?.strip_prefix(&self.device)?.strip_prefix("/command/")
    }

    /// Where Home Assistant says that it (re)started, with `online`.
    pub fn home_assistant(&self) -> String {
        format!("{}/status", self.prefix)
    }

    /// Where requests for the HTTP door are sent to.
    pub fn http_request(&self) -> String {
        format!("{ROOT}/{}/http/request", self.device)
    }

    /// What to subscribe to.
    pub fn filters(&self) -> Vec<String> {
        let request = self.reached.then(|| self.http_request());
        [self.command("+"), self.home_assistant()].into_iter().chain(request).collect()
    }

    /// What the broker keeps of this device.
    pub fn retained(&self) -> Vec<String> {
        let only = [CameraId::main()];
        let cameras = if self.cameras.is_empty() { &only[..] } else { &self.cameras };
        let all = cameras.iter().flat_map(|camera| Topic::all(TrainingId::new(), camera.clone()));
        let here = |topic: &Topic| {
            topic.delivery().retain && topic.of_several().is_none_or(|of| of != self.cameras.is_empty())
        };
        let names: BTreeSet<String> = all.filter(here).map(|topic| self.name(&topic)).collect();
        names.into_iter().collect()
    }

    /// Whether a command may be answered there: nowhere where others would take it for something else. Error: why not.
    pub fn may_answer_on(&self, topic: &str) -> Result<(), String> {
        let inside = |of: &str| topic.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let reply = self.name(&Topic::Reply);
        let why = if topic.is_empty() || !valid_topic(topic) || topic.chars().any(char::is_control) {
            "it is no topic to publish to: that has letters in it, and neither + nor #".to_owned()
        } else if topic.len() > limits::RESPONSE_TOPIC {
            format!("it has more than {} bytes", limits::RESPONSE_TOPIC)
        } else if topic.starts_with('$') {
            "it is the broker's own".to_owned()
        } else if inside(&self.prefix) {
            "Home Assistant listens there".to_owned()
        } else if inside(ROOT) && !inside(&reply) {
            format!("it is a device's own; take one outside {ROOT}/, or {reply} and what lies under it")
        } else {
            return Ok(());
        };
        let shown: String = topic.chars().filter(|c| !c.is_control()).take(100).collect();
        Err(format!("no answer goes to the response topic `{shown}`: {why}"))
    }
}

/// What a device published, as whoever listens to all devices knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published<'a> {
    Availability,
    Status,
    Training,
    FlipbookFrame,
    /// Of whichever camera.
    Snapshot,
    Events,
    Reply,
    /// The last level: for whom it is.
    HttpReply(&'a str),
    /// Whatever else it tells.
    Other,
}

/// What of all devices lies below this level.
pub fn of_all(rest: &str) -> String {
    format!("{ROOT}/+/{rest}")
}

/// The device that published on this topic, and what; `None`: no device of ours has such a topic.
pub fn published(topic: &str) -> Option<(&str, Published<'_>)> {
    let (device, rest) = topic.strip_prefix(ROOT)?.strip_prefix('/')?.split_once('/')?;
    let what = match rest {
        "availability" => Published::Availability,
        "status" => Published::Status,
        "training" => Published::Training,
        "flipbook/frame" => Published::FlipbookFrame,
        "snapshot" => Published::Snapshot,
        "events" => Published::Events,
        "reply" => Published::Reply,
        rest => match (rest.strip_prefix("http/reply/"), rest.strip_prefix("cameras/")) {
            (Some(requester), _) => Published::HttpReply(requester),
            (_, Some(of)) => match of.split_once('/') {
                Some((camera, "snapshot")) if CameraId::from_str(camera).is_ok() => Published::Snapshot,
                _ => Published::Other,
            },
            _ => Published::Other,
        },
    };
    limits::is_device_id(device).then_some((device, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_known_by_its_topic() {
        let (training, camera): (_, CameraId) = (TrainingId::new(), "door".parse().unwrap());
        let topics = Topics::new("cam-7");
        for topic in Topic::all(training, camera) {
            let name = topics.name(&topic);
            let what = match &topic {
                Topic::Availability => Published::Availability,
                Topic::Status => Published::Status,
                Topic::Training => Published::Training,
                Topic::FlipbookFrame => Published::FlipbookFrame,
                Topic::Snapshot | Topic::SnapshotOf(_) => Published::Snapshot,
                Topic::Events => Published::Events,
                Topic::Reply => Published::Reply,
                Topic::HttpReply(of) => Published::HttpReply(of),
                Topic::Discovery => {
                    assert_eq!(published(&name), None);
                    continue;
                }
                _ => Published::Other,
            };
            assert_eq!(published(&name), Some(("cam-7", what)), "{name}");
        }
        let long = format!("fieldcoach/{}/status", "x".repeat(65));
        for topic in
            ["fieldcoach//status", "fieldcoach/a b/status", "fieldcoach/ü/status", "fieldcoach/a", "x/a/status", &long]
        {
            assert_eq!(published(topic), None, "{topic}");
        }
        assert_eq!(of_all("status"), "fieldcoach/+/status");
    }

    #[test]
    fn names_are_those_of_the_contract() {
        let topics = Topics::new("cam-7");
        let training = TrainingId::new();
        assert_eq!(topics.name(&Topic::Availability), "fieldcoach/cam-7/availability");
        assert_eq!(topics.name(&Topic::Epoch(training)), format!("fieldcoach/cam-7/training/{training}/epoch"));
        assert_eq!(topics.name(&Topic::FlipbookFrame), "fieldcoach/cam-7/flipbook/frame");
        assert_eq!(topics.name(&Topic::Discovery), "homeassistant/device/cam-7/config");
        assert_eq!(topics.command_name("fieldcoach/cam-7/command/train"), Some("train"));
        assert_eq!(topics.command_name("fieldcoach/cam-71/command/train"), None);
        assert_eq!(topics.command_name("homeassistant/status"), None);
        let moved = topics.discovered("ha/found");
        assert_eq!(moved.name(&Topic::Discovery), "ha/found/device/cam-7/config");
        assert_eq!(moved.filters(), ["fieldcoach/cam-7/command/+", "ha/found/status"]);
        assert_eq!(moved.retained().len(), 7);
        assert_eq!(moved.reached(true).filters()[2], "fieldcoach/cam-7/http/request");
    }

    #[test]
    fn detections_of_the_only_camera_have_no_topic_of_its_own() {
        let (door, yard): (CameraId, CameraId) = ("door".parse().unwrap(), "yard".parse().unwrap());
        let one = Topics::new("cam-7").of_cameras(&PerCamera::one(door.clone(), ()));
        assert_eq!(one.name(&one.detections(Some(&door))), "fieldcoach/cam-7/detections");
        let two = PerCamera::of(vec![(door.clone(), ()), (yard, ())]).unwrap();
        let two = Topics::new("cam-7").of_cameras(&two);
        assert_eq!(two.name(&two.detections(Some(&door))), "fieldcoach/cam-7/cameras/door/detections");
        let kept = |topics: &Topics, of: &str| {
            topics.retained().iter().filter(|topic| topic.ends_with(of)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(kept(&one, "/counts"), ["fieldcoach/cam-7/counts"]);
        let each = ["fieldcoach/cam-7/cameras/door/snapshot", "fieldcoach/cam-7/cameras/yard/snapshot"];
        assert_eq!(kept(&two, "/snapshot"), each);
    }

    #[test]
    fn an_answer_goes_nowhere_where_it_would_be_taken_for_something_else() {
        let topics = Topics::new("cam-7");
        for good in ["me/answers", "fieldcoach/cam-7/reply", "fieldcoach/cam-7/reply/me", "fieldcoaching/x", "ü"] {
            assert_eq!(topics.may_answer_on(good), Ok(()));
        }
        let long = "x".repeat(501);
        for (bad, why) in [
            ("", "no topic"),
            ("a/+/b", "neither + nor #"),
            ("#", "neither + nor #"),
            ("a\0b", "no topic"),
            ("$SYS/x", "the broker's own"),
            (long.as_str(), "more than 500 bytes"),
            ("homeassistant/status", "Home Assistant"),
            ("homeassistant/device/other/config", "Home Assistant"),
            ("fieldcoach/cam-7/command/train", "a device's own"),
            ("fieldcoach/cam-7/availability", "a device's own"),
            ("fieldcoach/cam-8/reply", "a device's own"),
            ("fieldcoach/cam-8/command/train", "a device's own"),
            ("fieldcoach", "a device's own"),
        ] {
            let error = topics.may_answer_on(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
