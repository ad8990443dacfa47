//! What a camera of the device is called.

use super::limits;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Names a camera of the device: 1 to 64 of `a` to `z`, `0` to `9`, `_` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9_-]{1,64}$", example = "main")]
pub struct CameraId(String);

impl CameraId {
    /// The camera of a device that has one.
    pub fn main() -> Self {
        Self("main".to_owned())
    }
}

impl FromStr for CameraId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
        if limits::CAMERA_ID.contains(&text.len()) && text.chars().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        let (least, most) = limits::CAMERA_ID.into_inner();
        Err(format!("the camera id `{text}` must be {least} to {most} of `a` to `z`, `0` to `9`, `_` and `-`"))
    }
}

impl TryFrom<String> for CameraId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CameraId> for String {
    fn from(id: CameraId) -> Self {
        id.0
    }
}

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        for good in ["main", "a", "door_2-left", &"x".repeat(64)] {
            assert_eq!(good.parse::<CameraId>().unwrap().to_string(), good);
        }
        for bad in ["", "Main", "a b", "a/b", "tür", &"x".repeat(65)] {
            assert!(bad.parse::<CameraId>().unwrap_err().contains("1 to 64"), "{bad}");
        }
        assert_eq!("main".parse(), Ok(CameraId::main()));
    }

    #[test]
    fn json_is_the_text_and_is_checked() {
        assert_eq!(serde_json::to_string(&CameraId::main()).unwrap(), "\"main\"");
        assert!(serde_json::from_str::<CameraId>("\"A\"").is_err());
    }
}
