//! What the daemon may take of the machine.

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the daemon may take of the machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Memory of the daemon and its training together.
    pub memory: MemoryLimit,
}

/// `""` or a size: `"2 GB"`. Empty is half of the device's memory; in a cgroup that has less, nine tenths of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemoryLimit(Option<ByteSize>);

impl MemoryLimit {
    /// With less not even a daemon without a training can be.
    const LEAST: ByteSize = ByteSize::mb(100);

    /// Bytes; `None` where it is empty.
    pub fn bytes(self) -> Option<u64> {
        self.0.map(|size| size.as_u64())
    }
}

impl FromStr for MemoryLimit {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let size: ByteSize = text.parse().map_err(|why| format!("`{text}` is not a size like \"2 GB\": {why}"))?;
        match size >= Self::LEAST {
            true => Ok(Self(Some(size))),
            false => Err(format!("{text} is less than the daemon takes without a training; {} at least", Self::LEAST)),
        }
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To the byte: it is read again.
        self.0.map_or(Ok(()), |size| write!(f, "{} B", size.as_u64()))
    }
}

impl TryFrom<String> for MemoryLimit {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<MemoryLimit> for String {
    fn from(limit: MemoryLimit) -> Self {
        limit.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_and_told_as_it_was_written() {
        let limit: MemoryLimit = "2 GB".parse().unwrap();
        assert_eq!(limit.bytes(), Some(2_000_000_000));
        assert_eq!(limit.to_string().parse::<MemoryLimit>().unwrap(), limit);
        assert_eq!(MemoryLimit::default().to_string(), "");
        assert!("2 MB".parse::<MemoryLimit>().unwrap_err().contains("at least"));
        assert!("much".parse::<MemoryLimit>().unwrap_err().contains("like"));
    }
}
