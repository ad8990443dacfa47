//! Checksums inside files whose form is not ours: as a comment in TOML, and as a field at the end of an ONNX file, which its
//! readers pass over. A file without one, of an earlier version or of a person, is taken as it is.

const LINE: &str = "# checksum of all that follows (whoever changes that by hand takes this line out): ";

/// Digits of a sum.
const SUM: usize = 8;

/// A `fixed32` of protocol buffers, in a field that ONNX does not have (1000).
const FIELD: [u8; 2] = [0xc5, 0x3e];
const SEAL: usize = FIELD.len() + 4;

const BROKEN: &str = "it does not match its checksum";

/// A text with its checksum before it.
pub fn text(text: &[u8]) -> Vec<u8> {
    [format!("{LINE}{:08x}\n", crc32fast::hash(text)).as_bytes(), text].concat()
}

/// The text of one that is whole.
pub fn content_of_text(bytes: &[u8]) -> &[u8] {
    match bytes.starts_with(LINE.as_bytes()) {
        true => bytes.get(LINE.len() + SUM + 1..).unwrap_or_default(),
        false => bytes,
    }
}

/// Whether a text is what [`text`] made; one without a checksum is, if it says anything at all.
pub fn verify_text(bytes: &[u8]) -> Result<(), String> {
    if bytes.trim_ascii().is_empty() {
        return Err("it is empty".into());
    }
    if bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
        return Err("it is no text (UTF-8)".into());
    }
    if LINE.as_bytes().starts_with(bytes) {
        return Err("it is cut short".into());
    }
    let (line, text) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let matches = line.ends_with(format!("{:08x}", crc32fast::hash(text)).as_bytes());
    // A bit of the words before the sum may be what rotted.
    match (line.starts_with(LINE.as_bytes()), matches, line.len() == LINE.len() + SUM) {
        (true, true, true) | (false, false, _) => Ok(()),
        (false, true, _) | (true, ..) => Err(format!("{BROKEN}: whoever changed it by hand takes its first line out")),
    }
}

/// An ONNX file with its checksum behind it.
pub fn onnx(bytes: &[u8]) -> Vec<u8> {
    [bytes, &FIELD, &crc32fast::hash(bytes).to_le_bytes()].concat()
}

/// Whether an ONNX file has a checksum; an error where that is not of what stands before it.
pub fn verify_onnx(bytes: &[u8]) -> Result<bool, String> {
    let Some(at) = bytes.len().checked_sub(SEAL) else { return Ok(false) };
    let (model, seal) = bytes.split_at(at);
    match seal.strip_prefix(&FIELD) {
        Some(sum) if *sum != crc32fast::hash(model).to_le_bytes() => Err(BROKEN.into()),
        sealed => Ok(sealed.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_below_a_checksum_is_known() {
        let whole = text(b"[live]\nfps = 2.0\n");
        assert_eq!(content_of_text(&whole), b"[live]\nfps = 2.0\n");
        assert_eq!(verify_text(&whole), Ok(()));
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(verify_text(&bytes).is_err(), "bit {bit}");
        }
        for len in 0..whole.len() {
            assert!(verify_text(&whole[..len]).is_err(), "cut to {len}");
        }
        let whole = onnx(b"a model");
        assert_eq!(verify_onnx(&whole), Ok(true));
        for bit in (0..8 * 7).chain(8 * 9..8 * whole.len()) {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(verify_onnx(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_has_no_checksum_is_taken_as_it_is_and_nothing_is_no_text() {
        assert_eq!((verify_text(b"[live]\n"), verify_onnx(b"a model of old")), (Ok(()), Ok(false)));
        assert!([&b""[..], b"\n", b"\0\0", b"\xff"].iter().all(|nothing| verify_text(nothing).is_err()));
    }
}
