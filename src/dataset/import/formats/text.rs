//! Text files as people's editors write them.

use crate::dataset::import::place::{FileId, Place, whole};
use crate::dataset::import::told::{ImportError, Note, Told};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

pub static OTHER_CODE: Note = Note::new(
    "encoding",
    "text files that are not UTF-8, which were read as Windows-1252; look whether their names are right",
);

/// The text of a small file, whatever it is coded in, without its byte order mark; lines may end as on any system.
pub fn read(place: &mut dyn Place, file: FileId, most: u64, told: &mut Told) -> Result<String, ImportError> {
    let bytes = whole(place, file, most)?;
    let (text, wrong) = decoded(&bytes);
    if wrong {
        told.note(&OTHER_CODE, || place.listing().name(file).to_owned());
    }
    Ok(text)
}

/// The text, and whether its code was guessed.
fn decoded(bytes: &[u8]) -> (String, bool) {
    let (code, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    let (text, failed) = code.decode_without_bom_handling(&bytes[mark..]);
    let (text, guessed) = match failed && mark == 0 {
        true => (WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
        false => (text, false),
    };
    // A large file is not copied for nothing.
    match text.contains('\r') {
        true => (text.replace("\r\n", "\n").replace('\r', "\n"), guessed),
        false => (text.into_owned(), guessed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read() {
        let text = "Früchte\nÄpfel";
        assert_eq!(decoded("Früchte\r\nÄpfel".as_bytes()), (text.into(), false));
        assert_eq!(decoded("\u{feff}Früchte\rÄpfel".as_bytes()), (text.into(), false));
        let sixteen: Vec<u8> = "\u{feff}Früchte\nÄpfel".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&sixteen), (text.into(), false));
        assert_eq!(decoded(b"Fr\xfcchte\n\xc4pfel"), (text.into(), true));
    }
}
