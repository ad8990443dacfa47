//! What a file says about itself, read without decoding it, and whether all of it is there.
//!
//! The decoders are lenient: a JPEG that stops half way decodes to a picture that is grey from there on. So the
//! structure of a file is walked to its end marker first.

use super::bounds::PictureError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    pub width: u32,
    pub height: u32,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Kind and size.
pub fn header(bytes: &[u8]) -> Result<Header, PictureError> {
    if bytes.starts_with(PNG) {
        png_header(bytes)
    } else if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg_header(bytes)
    } else if bytes.is_empty() {
        Err(PictureError::Unreadable("the picture is empty; send the bytes of a JPEG or PNG file".into()))
    } else {
        Err(PictureError::Format("this is neither a JPEG nor a PNG; convert it to one of them".into()))
    }
}

/// Refuses a file whose end is missing.
pub fn complete(bytes: &[u8], kind: Kind) -> Result<(), PictureError> {
    let complete = match kind {
        Kind::Jpeg => jpeg_complete(bytes),
        Kind::Png => png_complete(bytes),
    };
    complete.then_some(()).ok_or_else(|| cut_short(kind))
}

fn cut_short(kind: Kind) -> PictureError {
    let name = match kind {
        Kind::Jpeg => "JPEG",
        Kind::Png => "PNG",
    };
    PictureError::Unreadable(format!("the {name} is cut short: its end is missing; send the whole file again"))
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn png_header(bytes: &[u8]) -> Result<Header, PictureError> {
    if bytes.get(12..16).is_some_and(|kind| kind != b"IHDR") {
        return Err(PictureError::Unreadable("the PNG is damaged: it doesn't begin with its header".into()));
    }
    match (be32(bytes, 16), be32(bytes, 20)) {
        (Some(width), Some(height)) => Ok(Header { kind: Kind::Png, width, height }),
        _ => Err(cut_short(Kind::Png)),
    }
}

/// Walks the chunks: length, kind, data, checksum (PNG, section 5.3).
fn png_complete(bytes: &[u8]) -> bool {
    let mut at = PNG.len();
    while let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        let next = at + 12 + length as usize;
        if kind == b"IEND" {
            return bytes.len() >= next;
        }
        at = next;
    }
    false
}

/// One step through a JPEG (ITU-T T.81, annex B).
enum Segment {
    /// A frame header's content starts here.
    Frame(usize),
    Other,
    End,
}

/// Steps from marker to marker; entropy-coded data is skipped. Ends at the end marker or where the file stops.
struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        // Anything up to the next marker: entropy-coded data, stuffed zeroes, restarts, fill bytes.
        let marker = loop {
            self.at += self.bytes.get(self.at..)?.iter().position(|b| *b == 0xff)?;
            match self.bytes.get(self.at + 1)? {
                0xff => self.at += 1,
                0x00 | 0x01 | 0xd0..=0xd8 => self.at += 2,
                marker => break *marker,
            }
        };
        self.at += 2;
        let content = self.at + 2;
        if marker != 0xd9 {
            self.at += be16(self.bytes, self.at)?.max(2);
        }
        Some(match marker {
            0xd9 => Segment::End,
            // These are tables, the other Cx frame headers.
            0xc4 | 0xc8 | 0xcc => Segment::Other,
            0xc0..=0xcf => Segment::Frame(content),
            _ => Segment::Other,
        })
    }
}

fn jpeg_header(bytes: &[u8]) -> Result<Header, PictureError> {
    for segment in (Segments { bytes, at: 2 }) {
        match segment {
            Segment::Frame(at) => {
                // Precision (1 byte), height, width.
                let (Some(height), Some(width)) = (be16(bytes, at + 1), be16(bytes, at + 3)) else { break };
                return Ok(Header { kind: Kind::Jpeg, width: width as u32, height: height as u32 });
            }
            Segment::Other => {}
            Segment::End => {
                return Err(PictureError::Unreadable("the JPEG is damaged: there is no picture in it".into()));
            }
        }
    }
    Err(cut_short(Kind::Jpeg))
}

fn jpeg_complete(bytes: &[u8]) -> bool {
    Segments { bytes, at: 2 }.any(|segment| matches!(segment, Segment::End))
}
