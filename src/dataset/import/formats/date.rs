//! When a picture was taken, as people's tools write it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A moment; one without a time zone is taken for UTC. `None` where it is none that can be read.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return of_number(seconds);
    }
    // EXIF writes `2013:11:14 17:02:52`, others slashes.
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let date = date.replace(['/', ':', '.'], "-");
    let civil = match time.trim() {
        "" => date.parse::<Date>().ok()?.at(0, 0, 0, 0),
        time => format!("{date}T{time}").parse::<DateTime>().ok()?,
    };
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Seconds or milliseconds since 1970, where they are a plausible moment.
pub fn of_number(number: f64) -> Option<Timestamp> {
    // 1995 to 2100: before there were digital cameras, and after anybody's clock.
    const PLAUSIBLE: std::ops::Range<f64> = 788_918_400.0..4_102_444_800.0;
    let seconds = [number, number / 1e3].into_iter().find(|seconds| PLAUSIBLE.contains(seconds))?;
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_way_to_write_a_moment_is_read() {
        let moment: Timestamp = "2013-11-14T17:02:52Z".parse().unwrap();
        for text in [
            "2013-11-14 17:02:52",
            "2013-11-14T17:02:52",
            "2013-11-14T18:02:52+01:00",
            "2013:11:14 17:02:52",
            "2013/11/14 17:02:52",
            " 2013-11-14T17:02:52.000Z",
            "1384448572",
            "1384448572000",
        ] {
            assert_eq!(read(text), Some(moment), "{text}");
        }
        assert_eq!(read("2013-11-14").unwrap().to_string(), "2013-11-14T00:00:00Z");
        for text in ["", "yesterday", "0", "12", "2013-13-14 17:02:52", "NaN"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
