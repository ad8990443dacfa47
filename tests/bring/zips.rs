//! ZIPs of every make, and how much memory they take.

use super::home::Home;
use super::made::{coco, jpeg, zip};
use std::io::Write;

#[test]
fn names_in_any_code_are_found() {
    // Code page 437, 850, 1252, UTF-8 that does not say so, each without the flag for UTF-8.
    for raw in [&b"Fr\x81chte.jpg"[..], b"Fr\xfcchte.jpg", "Früchte.jpg".as_bytes(), "Fru\u{308}chte.jpg".as_bytes()] {
        let plain =
            zip(&[("set.json", coco(&["Früchte.jpg"]).to_string().into_bytes()), (&"N".repeat(raw.len()), jpeg(0))]);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut { plain }, &mut bytes).unwrap();
        let placeholder = vec![b'N'; raw.len()];
        while let Some(at) = bytes.windows(raw.len()).position(|w| w == placeholder) {
            bytes[at..at + raw.len()].copy_from_slice(raw);
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let home = Home::new();
        let report = home.take_zip(file).unwrap();
        assert_eq!((report.frames, report.labels, report.left_out.len()), (1, 3, 0), "{raw:?}: {report:?}");
    }
}
