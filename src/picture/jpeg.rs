//! The structure of a JPEG (ITU-T T.81, annex B), walked without decoding it: where it ends, how it is coded, how it wants
//! to be turned, and whether its Huffman tables are there.
//!
//! The decoder is lenient: a JPEG that stops half way decodes to a picture that is grey from there on. So a file is walked
//! to its end marker first. What follows the end (padding, a second picture, a film) is not looked at.

use super::bounds::PictureError;
use super::huffman;
use super::kind::named;
use std::borrow::Cow;

/// What the walk found.
#[derive(Debug)]
pub struct Jpeg {
    /// Just behind the end marker.
    pub end: usize,
    /// Where tables must be put in, if some that a scan asks for are not there.
    tables: Option<usize>,
}

/// Segments of one kind, between two markers.
pub(super) struct Segment<'a> {
    pub marker: u8,
    /// Where its marker begins.
    pub at: usize,
    pub content: &'a [u8],
}

pub(super) const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DHT: u8 = 0xc4;
const APP1: u8 = 0xe1;
/// The frame of a picture that gets finer from scan to scan.
const PROGRESSIVE: u8 = 0xc2;

/// Steps from marker to marker; entropy-coded data is skipped. Ends behind the end marker, or where the file stops.
pub(super) struct Segments<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        // Anything up to the next marker: entropy-coded data, stuffed zeroes, restarts, fill bytes.
        let marker = loop {
            self.at += self.bytes.get(self.at..)?.iter().position(|b| *b == 0xff)?;
            match self.bytes.get(self.at + 1)? {
                0xff => self.at += 1,
                0x00 | 0x01 | 0xd0..=0xd7 => self.at += 2,
                marker => break *marker,
            }
        };
        let at = self.at;
        let content = match marker {
            SOI | EOI => {
                self.at += 2;
                &[][..]
            }
            _ => {
                let length = u16::from_be_bytes(*self.bytes.get(at + 2..)?.first_chunk()?);
                self.at += 2 + usize::from(length.max(2));
                self.bytes.get(at + 4..self.at)?
            }
        };
        Some(Segment { marker, at, content })
    }
}

/// How a JPEG is coded, by its frame header.
struct Frame {
    marker: u8,
    width: u32,
    height: u32,
}

impl Frame {
    fn read(marker: u8, content: &[u8]) -> Option<Self> {
        let [precision, h1, h0, w1, w0, ..] = *content else { return None };
        let (height, width) = (u16::from_be_bytes([h1, h0]).into(), u16::from_be_bytes([w1, w0]).into());
        // 12 bits are coded by another process than 8, whatever their marker says.
        let marker = if precision == 8 { marker } else { TWELVE_BITS };
        Some(Self { marker, width, height })
    }

    /// Refuses the ways of coding that nothing but medicine and archives use.
    fn check(&self) -> Result<(), PictureError> {
        let todo = "save it as a plain JPEG";
        match self.marker {
            0xc0..=0xc2 => Ok(()),
            TWELVE_BITS => Err(named("a JPEG with 12 bits a colour", todo)),
            0xc9..=0xcb | 0xcd..=0xcf => Err(named("a JPEG with arithmetic coding", todo)),
            0xf7 => Err(named("a JPEG-LS", todo)),
            _ => Err(named("a lossless or hierarchical JPEG", todo)),
        }
    }

    /// Coded row by row with Huffman tables, which may be left out where the standard ones are meant.
    fn is_sequential(&self) -> bool {
        matches!(self.marker, 0xc0 | 0xc1)
    }
}

/// No marker: stands for frames with more bits a colour.
const TWELVE_BITS: u8 = 0;

/// Whether a marker begins a frame header; `DHT`, `JPG` and `DAC` lie among them.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf if ![DHT, 0xc8, 0xcc].contains(&marker)) || marker == 0xf7
}

/// Width and height, read from the frame header; nothing behind it is looked at.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
    for segment in (Segments { bytes, at: 2 }) {
        match segment.marker {
            marker if is_frame(marker) => {
                let frame = Frame::read(marker, segment.content).ok_or_else(cut_short)?;
                frame.check()?;
                return Ok((frame.width, frame.height));
            }
            SOS | EOI | SOI => return Err(no_picture()),
            _ => {}
        }
    }
    Err(cut_short())
}

/// Bytes of the coefficients that a decoder must keep until the last scan, where a JPEG is progressive or has its components in
/// scans of their own: two each, of all components in their own resolution. 0 for others, which are decoded row by row.
pub fn coefficients(bytes: &[u8]) -> u64 {
    let mut segments = Segments { bytes, at: 2 };
    let Some(Segment { marker, content, .. }) = segments.find(|segment| is_frame(segment.marker)) else { return 0 };
    let [_, h1, h0, w1, w0, _, components @ ..] = content else { return 0 };
    let first = segments.find(|segment| segment.marker == SOS).and_then(|scan| scan.content.first().copied());
    if marker != PROGRESSIVE && first.is_none_or(|first| usize::from(first) >= components.len() / 3) {
        return 0;
    }
    let [height, width] = [[*h1, *h0], [*w1, *w0]].map(|two| u64::from(u16::from_be_bytes(two)));
    // Each has an id, how often it is sampled across and up, and a table.
    let samples =
        components.as_chunks::<3>().0.iter().map(|[_, often, _]| (u64::from(often >> 4), u64::from(often & 15)));
    let across = samples.clone().map(|(across, _)| across).max().unwrap_or(1).max(1);
    let up = samples.clone().map(|(_, up)| up).max().unwrap_or(1).max(1);
    let blocks = (width.div_ceil(8 * across), height.div_ceil(8 * up));
    samples.map(|(a, u)| 128 * a * u * blocks.0 * blocks.1).sum()
}

/// What the first segment of EXIF before the picture holds, as far as it is there.
pub fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let before_picture = Segments { bytes, at: 2 }.take_while(|s| ![SOS, EOI, SOI].contains(&s.marker));
    let mut exif = before_picture.filter(|s| s.marker == APP1 && s.content.starts_with(b"Exif\0\0"));
    exif.next().map(|segment| segment.content)
}

impl Jpeg {
    /// Walks a JPEG, which begins with its start marker, to its end. Error: it is cut short, has no picture, or one that is
    /// coded as it isn't read.
    pub fn walk(bytes: &[u8]) -> Result<Self, PictureError> {
        let (mut frame, mut tables, mut missing) = (None::<Frame>, None, false);
        let mut there = huffman::There::default();
        for segment in (Segments { bytes, at: 2 }) {
            let Segment { marker, at, content } = segment;
            if tables.is_none() && !matches!(marker, 0xe0..=0xef | 0xfe) {
                // Behind what applications note, which some want to find at the start, and before any table.
                tables = Some(at);
            }
            match marker {
                DHT => there.add(content),
                SOS => {
                    let frame = frame.as_ref().ok_or_else(no_picture)?;
                    missing |= frame.is_sequential() && !there.all_of(content);
                }
                EOI => {
                    frame.ok_or_else(no_picture)?;
                    return Ok(Self { end: at + 2, tables: tables.filter(|_| missing) });
                }
                // Another picture begins where this one has no end.
                SOI => return Err(cut_short()),
                marker if is_frame(marker) && frame.is_none() => {
                    let read = Frame::read(marker, content).ok_or_else(cut_short)?;
                    read.check()?;
                    frame = Some(read);
                }
                _ => {}
            }
        }
        Err(cut_short())
    }

    /// The file with all tables that it needs: cameras leave out those of the standard (T.81, annex K), and then hardly
    /// anything can decode it.
    pub fn whole<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match self.tables {
            Some(at) => [&bytes[..at], &huffman::STANDARD, &bytes[at..]].concat().into(),
            None => bytes.into(),
        }
    }
}

fn cut_short() -> PictureError {
    PictureError::Unreadable("the JPEG is cut short: its end is missing; send the whole file again".into())
}

fn no_picture() -> PictureError {
    PictureError::Unreadable("the JPEG is damaged: there is no picture in it; send the file again".into())
}
