//! What a camera says of its picture: each kind of file has it in a place of its own (EXIF 2.32).

use super::directory::Directory;
use super::kind::{Kind, kind_of};
use super::{jpeg, png, webp};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::borrow::Cow;

/// Where the entries are that only EXIF has.
const OWN: u16 = 0x8769;
/// When the picture was taken, and how far its time was from that of Greenwich.
const TAKEN: u16 = 0x9003;
const OFFSET: u16 = 0x9011;

/// All that a file says, as it stands there.
pub fn of(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match kind_of(bytes).ok()? {
        Kind::Jpeg => jpeg::exif(bytes).map(Cow::Borrowed),
        Kind::Png => png::exif(bytes),
        Kind::WebP => webp::exif(bytes).map(Cow::Borrowed),
        Kind::Tiff => Some(Cow::Borrowed(bytes)),
        Kind::Bmp => None,
    }
}

/// Its first directory.
pub fn directory(mut exif: &[u8]) -> Option<Directory<'_>> {
    // Some write the mark of a JPEG's segment before it elsewhere too, or twice.
    while let Some(rest) = exif.strip_prefix(b"Exif\0\0") {
        exif = rest;
    }
    Directory::first(exif)
}

/// When the camera took the picture, as far as it says so. A time without a zone, as most write it, is that of this device.
pub fn taken(bytes: &[u8]) -> Option<Timestamp> {
    taken_in(bytes, TimeZone::system)
}

fn taken_in(bytes: &[u8], here: impl FnOnce() -> TimeZone) -> Option<Timestamp> {
    let exif = of(bytes)?;
    let own = directory(&exif)?.inside(OWN)?;
    let time = DateTime::strptime("%Y:%m:%d %H:%M:%S", text(&own, TAKEN)?).ok()?;
    let offset = text(&own, OFFSET).and_then(|offset| jiff::fmt::strtime::parse("%:z", offset).ok()?.offset());
    let zone = offset.map_or_else(here, TimeZone::fixed);
    zone.to_timestamp(time).ok()
}

fn text<'a>(directory: &Directory<'a>, tag: u16) -> Option<&'a str> {
    let text = std::str::from_utf8(directory.text(tag)?).ok()?;
    Some(text.trim_matches(|c: char| c == '\0' || c.is_whitespace())).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// A JPEG whose camera says so, in either order of bytes.
    fn photograph(time: &str, offset: Option<&str>, little: bool) -> Bytes {
        let two = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let four = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let entry = |tag: u16, kind: u16, count: u32, value: u32| {
            [&two(tag)[..], &two(kind), &four(count), &four(value)].concat()
        };
        let texts = [(TAKEN, Some(time)), (OFFSET, offset)];
        let texts: Vec<(u16, &str)> = texts.into_iter().filter_map(|(tag, text)| Some((tag, text?))).collect();
        let mut exif = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        exif.extend(four(8));
        exif.extend([&two(1)[..], &entry(OWN, 4, 1, 26), &four(0)].concat());
        exif.extend(two(texts.len() as u16));
        let mut at = 26 + 2 + 12 * texts.len() as u32 + 4;
        for (tag, text) in &texts {
            exif.extend(entry(*tag, 2, text.len() as u32 + 1, at));
            at += text.len() as u32 + 1;
        }
        exif.extend(four(0));
        texts.iter().for_each(|(_, text)| exif.extend([text.as_bytes(), b"\0"].concat()));
        let plain = super::super::encode_jpeg(&image::RgbImage::new(8, 8), 90);
        let segment = [b"Exif\0\0", &exif[..]].concat();
        let length = (segment.len() as u16 + 2).to_be_bytes();
        [&plain[..2], &[0xff, 0xe1], &length, &segment, &plain[2..]].concat().into()
    }

    #[test]
    fn when_a_picture_was_taken_is_what_its_camera_says() {
        let zone = || TimeZone::fixed(jiff::tz::offset(1));
        let told =
            |time, offset, little| taken_in(&photograph(time, offset, little), zone).map(|time| time.to_string());
        for little in [true, false] {
            assert_eq!(told("2024:07:03 10:20:30", None, little).unwrap(), "2024-07-03T09:20:30Z");
            assert_eq!(told("2024:07:03 10:20:30", Some("-05:30"), little).unwrap(), "2024-07-03T15:50:30Z");
            assert_eq!(told("2024:07:03 10:20:30", Some("   :  "), little).unwrap(), "2024-07-03T09:20:30Z");
            for none in ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:03 10:20:30", "", "yesterday"] {
                assert_eq!(told(none, None, little), None, "{none}");
            }
        }
        assert_eq!(taken(&super::super::encode_jpeg(&image::RgbImage::new(8, 8), 90)), None);
        let whole = photograph("2024:07:03 10:20:30", Some("+02:00"), true);
        for cut in 0..whole.len() {
            let _ = taken(&whole[..cut]);
        }
    }
}
