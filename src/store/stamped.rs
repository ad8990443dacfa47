//! A small record as JSON with its checksum beside it: `{"crc32":…,"value":…}`. Where a bit rots, that is known, though
//! what is left may read like JSON. One of an earlier version has no checksum and is taken as it is.

use super::durable::{Files, SMALL};
use super::error::{Result, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

const BEFORE: &str = "{\"crc32\":";
const BETWEEN: &str = ",\"value\":";

fn encode(value: &impl Serialize) -> Result<Vec<u8>> {
    let json = serde_json::to_string(value).map_err(|e| StoreError::Invalid(e.to_string()))?;
    let crc = crc32fast::hash(json.as_bytes());
    Ok(format!("{BEFORE}{crc}{BETWEEN}{json}}}\n").into_bytes())
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let Some(rest) = text.strip_prefix(BEFORE) else { return serde_json::from_str(text).map_err(|e| e.to_string()) };
    let whole =
        rest.split_once(BETWEEN).and_then(|(crc, rest)| Some((crc.parse::<u32>().ok()?, rest.strip_suffix("}\n")?)));
    match whole {
        Some((crc, json)) if crc32fast::hash(json.as_bytes()) == crc => {
            serde_json::from_str(json).map_err(|e| e.to_string())
        }
        _ => Err("it does not match its checksum".into()),
    }
}

/// Replaces the record; on disk when this returns.
pub fn write(files: &Files, path: &Path, value: &impl Serialize) -> Result<()> {
    files.replace(path, &encode(value)?)
}

/// The record, if there is one; [`StoreError::Damaged`] where it is not what was written.
pub fn read<T: DeserializeOwned>(files: &Files, path: &Path) -> Result<Option<T>> {
    let Some(bytes) = files.read(path, SMALL)? else { return Ok(None) };
    let damaged = |why| StoreError::Damaged(format!("{} can't be read: {why}", path.display()));
    decode(&bytes).map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_is_known() {
        let whole = encode(&(7, "seven")).unwrap();
        assert_eq!(decode(&whole), Ok((7, "seven".to_owned())));
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<(i32, String)>(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn one_of_an_earlier_version_is_taken_as_it_is() {
        assert_eq!(decode(b"[7,\"seven\"]"), Ok((7, "seven".to_owned())));
    }
}
