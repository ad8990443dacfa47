//! How much of a thing there may be, and between what a number must lie. Store, import, doors, configuration and
//! trainings take the numbers from here; the rules that need a value stand beside its type ([`BBox::clip_to`],
//! [`outline::clip_to`], [`Category::check`]).
//!
//! [`BBox::clip_to`]: super::BBox::clip_to
//! [`outline::clip_to`]: super::outline::clip_to
//! [`Category::check`]: super::Category::check

use std::fmt::Display;
use std::ops::RangeInclusive;

/// Labels of one frame, at most.
pub const LABELS: usize = 10_000;
/// Corners of one outline.
pub const CORNERS: RangeInclusive<usize> = 3..=1_000;
/// Pixels a label may reach over the frame's edge: rounding in whoever drew it. It is clipped.
pub const OVERHANG: f32 = 1.0;
/// Pixels of each side of a box that a data set brings, at least: less is a slip, or in another measure.
pub const SEEN: f32 = 0.5;

/// Characters of the name of whoever set a label.
pub const LABEL_BY: RangeInclusive<usize> = 1..=64;
/// Bytes of the track a label belongs to.
pub const TRACK: RangeInclusive<usize> = 1..=64;
/// The score of a model's proposal, and the average precision that a model needs to go live.
pub const SCORE: RangeInclusive<f32> = 0.0..=1.0;

/// Characters of a category's name.
pub const CATEGORY_NAME: RangeInclusive<usize> = 1..=64;
/// Bytes of a category's instructions, at most: a sled value must stay under 4 KB even where JSON escapes every one.
pub const INSTRUCTIONS: usize = 1_500;
/// Pictures that show what belongs to a category, at most.
pub const EXAMPLES: usize = 6;
/// Bytes of a frame's name, at most: part of a sled value.
pub const FRAME_NAME: usize = 500;
/// Seconds from a clip's start at which a frame of it may lie: 30 years.
pub const CLIP_SECONDS: RangeInclusive<f64> = 0.0..=1e9;
/// Seconds between two frames that are taken of a film.
pub const FILM_EVERY: RangeInclusive<f64> = 0.02..=3600.0;
/// Frames that are taken of one film, near copies among them.
pub const FILM_FRAMES: u64 = 10_000;
/// Pixels of the pictures of a film: a little more than 4K has.
pub const FILM_PIXELS: u64 = 9_500_000;
/// Bytes of a film that comes over HTTP.
pub const FILM_BYTES: u64 = 8 << 30;
/// Seconds for which a camera films when it is told to; and where nobody says how long.
pub const RECORD_SECONDS: RangeInclusive<f64> = 1.0..=300.0;
pub const RECORDED: f64 = 30.0;
/// Frames of a clip along which labels are carried in one go, and objects.
pub const CARRY_FRAMES: usize = 1_000;
pub const CARRY_TRACKS: usize = 100;
/// Characters of a camera's id: part of a sled value.
pub const CAMERA_ID: RangeInclusive<usize> = 1..=64;
/// Cameras of a device, at most.
pub const CAMERAS: usize = 8;
/// Letters of a device's id: part of MQTT topics.
pub const DEVICE_ID: RangeInclusive<usize> = 1..=64;

/// Events of the device that are kept, but those of objects; older ones go.
pub const LOG: usize = 2_000;
/// Objects seen on the camera that are kept; older ones go. Three hours of a busy belt, in 5 MB at most on disk.
pub const SIGHTINGS: usize = 10_000;
/// Characters of an event's message.
pub const MESSAGE: usize = 1_000;
/// Zones of the live picture, at most.
pub const ZONES: usize = 32;
/// Characters of a zone's name.
pub const ZONE_NAME: RangeInclusive<usize> = 1..=64;
/// Corners of a zone.
pub const ZONE_CORNERS: RangeInclusive<usize> = 3..=100;

/// Characters of the name of a token.
pub const TOKEN_NAME: RangeInclusive<usize> = 1..=64;
/// Tokens of a device, at most.
pub const TOKENS: usize = 500;
/// Minutes for which a code lets somebody in.
pub const INVITATION_MINUTES: RangeInclusive<u32> = 1..=60;
/// Codes that wait for somebody at the same time.
pub const INVITATIONS: usize = 32;
/// Characters of what an entry of the audit log tells beside who and what.
pub const AUDIT_ABOUT: usize = 300;
/// Characters of the name by which the device logs in at its broker.
pub const MQTT_USERNAME: RangeInclusive<usize> = 1..=256;
/// Letters of the topic under which Home Assistant looks for devices.
pub const DISCOVERY_PREFIX: RangeInclusive<usize> = 1..=100;
/// Bytes of the id of a command, as JSON, and of its correlation data.
pub const COMMAND_ID: usize = 200;
/// Bytes of the topic to which a command is to be answered.
pub const RESPONSE_TOPIC: usize = 500;
/// Entries of the audit log, at most; older ones go.
pub const AUDIT: usize = 2_000;

/// Items of one slice of a collection when nobody says how many.
pub const SLICE: usize = 50;
/// Items of one slice that a door gives out.
pub const DOOR_SLICE: RangeInclusive<usize> = 1..=500;
/// Frames of one slice that the store gives out, at most.
pub const STORE_SLICE: usize = 1_000;
/// Pixels of the width to which a picture is made smaller on request.
pub const PICTURE_WIDTH: RangeInclusive<u32> = 16..=1920;

/// Experiments of one training.
pub const EXPERIMENTS: RangeInclusive<u32> = 1..=256;
/// Epochs of one training.
pub const EPOCHS: RangeInclusive<u32> = 1..=1_000;
/// Minutes of one training, where its time is given.
pub const MINUTES: RangeInclusive<f32> = 0.5..=10_000.0;
/// Processor threads of the training; 0 takes all.
pub const THREADS: RangeInclusive<usize> = 0..=1_024;
/// Degrees Celsius at which a training waits; 0 never does.
pub const PAUSE_AT: RangeInclusive<f32> = 0.0..=150.0;

/// New labelled frames after which a training begins by itself; 0 for never.
pub const AUTO: RangeInclusive<u32> = 0..=100_000;

/// Frames that a camera keeps an hour for what the model makes of them; 0 for none.
pub const KEPT_PER_HOUR: RangeInclusive<u32> = 0..=3_600;

/// Seconds of a burst of a camera; 0 for none. Looks are remembered for some ten seconds.
pub const BURST: RangeInclusive<f32> = 0.0..=10.0;

/// Pixels of each side of a camera's picture.
pub const CAMERA_SIDE: RangeInclusive<u32> = 16..=8_192;
/// Pictures or messages a second, at most; always above 0.
pub const PER_SECOND: f32 = 240.0;

/// Refuses a number outside its range in words that name it.
pub fn within<T: PartialOrd + Display>(name: &str, value: T, range: &RangeInclusive<T>) -> Result<(), String> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(format!("{name}: {value} must be {} to {}", range.start(), range.end())),
    }
}

/// Refuses a rate that is none in words that name it.
pub fn per_second(name: &str, value: f32) -> Result<(), String> {
    match value > 0.0 && value <= PER_SECOND {
        true => Ok(()),
        false => Err(format!("{name}: {value} must be above 0 and at most {PER_SECOND}")),
    }
}

/// Whether this can be the id of a device.
pub fn is_device_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    DEVICE_ID.contains(&text.len()) && text.chars().all(plain)
}

/// A text of at most so many characters, and whether it went on.
pub fn short(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_range_is_refused_by_name() {
        assert_eq!(within("epochs", 1, &EPOCHS), Ok(()));
        assert_eq!(within("epochs", 1_000, &EPOCHS), Ok(()));
        assert_eq!(within("epochs", 0, &EPOCHS).unwrap_err(), "epochs: 0 must be 1 to 1000");
        assert_eq!(within("minutes", 0.25, &MINUTES).unwrap_err(), "minutes: 0.25 must be 0.5 to 10000");
        assert!(within("minutes", f32::NAN, &MINUTES).is_err());
    }

    #[test]
    fn what_a_slice_has_by_default_is_given_out_by_every_door() {
        assert!(DOOR_SLICE.contains(&SLICE) && *DOOR_SLICE.end() <= STORE_SLICE);
    }
}
