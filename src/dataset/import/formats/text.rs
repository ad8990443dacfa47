//! Text files as people's editors write them.

use crate::dataset::import::letters;
use crate::dataset::import::place::{FileId, Place, bounded, is_picture, stream, whole};
use crate::dataset::import::told::{ImportError, Note, Told};
use encoding_rs::Encoding;

pub static OTHER_CODE: Note = Note::new(
    "encoding",
    "text files that are not UTF-8, which were read as Windows-1252 where that makes words of it; look whether their names are right",
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

/// Bytes that tell what a text is.
const HEAD: u64 = 64 * 1024;

/// Whether a text has pictures with their boxes behind them in its lines, `path x1,y1,x2,y2,class …`: those of Keras' YOLO. It is
/// told by its first lines; what can't be read is told elsewhere.
pub fn has_boxed_pictures(place: &mut dyn Place, file: FileId) -> bool {
    let head = stream(place, file).and_then(|from| bounded(from, HEAD - 1));
    head.is_ok_and(|head| decoded(&head).0.lines().take(100).any(is_boxed_picture))
}

fn is_boxed_picture(line: &str) -> bool {
    let is_box = |word: &&str| {
        let numbers: Vec<bool> = word.split(',').map(|n| n.parse::<f64>().is_ok()).collect();
        numbers.len() == 5 && numbers.iter().all(|is| *is)
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let boxes = words.iter().rev().take_while(|word| is_box(word)).count();
    boxes > 0 && boxes < words.len() && is_picture(&words[..words.len() - boxes].join(" "))
}

/// The text, and whether its code was guessed.
fn decoded(bytes: &[u8]) -> (String, bool) {
    let (text, guessed) = match Encoding::for_bom(bytes) {
        Some((code, mark)) => (code.decode_without_bom_handling(&bytes[mark..]).0.into_owned(), false),
        None => letters::mended(bytes),
    };
    // A large file is not copied for nothing.
    match text.contains('\r') {
        true => (text.replace("\r\n", "\n").replace('\r', "\n"), guessed),
        false => (text, guessed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_with_its_boxes_is_known() {
        for (line, is) in [
            ("a.jpg 10,20,30,40,0", true),
            ("/home/ann/my set/a b.png 10,20,30,40,0 1,2,3,4,12", true),
            ("a.jpg", false),
            ("a.jpg 10,20,30,40", false),
            ("10,20,30,40,0", false),
            ("0 0.1 0.2 0.3 0.4", false),
        ] {
            assert_eq!(is_boxed_picture(line), is, "{line}");
        }
    }

    #[test]
    fn every_code_is_read() {
        let text = "Früchte\nÄpfel";
        assert_eq!(decoded("Früchte\r\nÄpfel".as_bytes()), (text.into(), false));
        assert_eq!(decoded("\u{feff}Früchte\rÄpfel".as_bytes()), (text.into(), false));
        let sixteen: Vec<u8> = "\u{feff}Früchte\nÄpfel".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&sixteen), (text.into(), false));
        assert_eq!(decoded(b"Fr\xfcchte\n\xc4pfel"), (text.into(), true));
        assert!(letters::is_lost(&decoded(b"\xba\xec\n\xc2\xcc").0));
    }
}
