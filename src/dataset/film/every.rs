//! How far apart the frames are that are taken of a film.

use crate::domain::limits;
use std::fmt;
use std::str::FromStr;

/// So many seconds, to the microsecond. Read from `0.5`, `0.5s`, `500ms` or `1min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(u64);

impl Every {
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    pub(super) fn micros(self) -> u64 {
        self.0
    }

    /// Seconds from the start to the frame of this number.
    pub(super) fn times(self, number: u64) -> f64 {
        (self.0 * number) as f64 / 1e6
    }
}

impl Default for Every {
    fn default() -> Self {
        Self(500_000)
    }
}

impl FromStr for Every {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let units = [("ms", 1e-3), ("min", 60.0), ("s", 1.0), ("", 1.0)];
        let read = units.iter().find_map(|(unit, seconds)| {
            let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
            Some(number * seconds)
        });
        let (least, most) = limits::FILM_EVERY.into_inner();
        match read.filter(|seconds| limits::FILM_EVERY.contains(seconds)) {
            Some(seconds) => Ok(Self((seconds * 1e6).round() as u64)),
            None => {
                Err(format!("every: `{text}` must be {least} to {most} seconds, such as `0.5s`, `200ms` or `1min`"))
            }
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in
            [("0.5", 0.5), ("0.5s", 0.5), ("500ms", 0.5), (" 2 s ", 2.0), ("1min", 60.0), ("0.04", 0.04)]
        {
            assert_eq!(text.parse::<Every>().unwrap().seconds(), seconds, "{text}");
        }
        assert_eq!(Every::default().to_string(), "0.5s");
        for text in ["", "s", "0", "-1", "nan", "inf", "1h", "0.001", "99999", "0,5"] {
            assert!(text.parse::<Every>().unwrap_err().contains("such as `0.5s`"), "{text}");
        }
        assert_eq!("0.1".parse::<Every>().unwrap().times(30), 3.0);
    }
}
