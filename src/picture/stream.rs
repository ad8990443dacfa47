//! JPEGs one after another in a stream of bytes, as programs write them to a pipe and cameras to a connection.

use super::jpeg::{EOI, SOI, Segments};

/// What a JPEG begins with: its start marker, and the next marker.
const START: [u8; 3] = [0xff, SOI, 0xff];

/// Cuts a stream into whole JPEGs. It is walked from marker to marker: the small picture inside the notes of a large one does
/// not end it. What lies between pictures is passed over.
#[derive(Debug)]
pub struct JpegStream {
    /// A longer picture is given up.
    most: usize,
    buffer: Vec<u8>,
    /// How far the picture at the start of the buffer was walked; `None`: no picture has begun.
    walked: Option<usize>,
    junk: u64,
    broken: u64,
}

impl JpegStream {
    /// No picture has more bytes than `most`.
    pub fn new(most: usize) -> Self {
        Self { most, buffer: Vec::new(), walked: None, junk: 0, broken: 0 }
    }

    /// More of the stream.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next picture from start marker to end marker, if all of it has come.
    pub fn picture(&mut self) -> Option<Vec<u8>> {
        loop {
            let mut segments = Segments { at: self.begun()?, bytes: &self.buffer };
            let found = segments.find(|segment| [SOI, EOI].contains(&segment.marker));
            let (found, walked) = (found.map(|segment| (segment.marker, segment.at)), segments.at);
            match found {
                Some((EOI, at)) => {
                    let rest = self.buffer.split_off(at + 2);
                    self.walked = None;
                    let picture = std::mem::replace(&mut self.buffer, rest);
                    if picture.len() <= self.most {
                        return Some(picture);
                    }
                    self.broken += 1;
                }
                // Another one begins where this one has no end.
                Some((_, at)) => self.give_up(at),
                None => {
                    if self.buffer.len() <= self.most {
                        self.walked = Some(walked);
                        return None;
                    }
                    self.give_up(walked);
                }
            }
        }
    }

    /// Bytes that belong to no picture, since the last call.
    pub fn junk(&mut self) -> u64 {
        std::mem::take(&mut self.junk)
    }

    /// Pictures that had no end, or were too long, since the last call.
    pub fn broken(&mut self) -> u64 {
        std::mem::take(&mut self.broken)
    }

    /// How far the picture at the start of the buffer was walked, looking for one where none has begun.
    fn begun(&mut self) -> Option<usize> {
        if self.walked.is_none() {
            let start = self.buffer.windows(START.len()).position(|bytes| bytes == START);
            // The last bytes may be a part of a start.
            let junk = start.unwrap_or_else(|| self.buffer.len().saturating_sub(START.len() - 1));
            self.buffer.drain(..junk);
            self.junk += junk as u64;
            self.walked = start.map(|_| 2);
        }
        self.walked
    }

    /// The picture at the start of the buffer has no end, `walked` so far.
    fn give_up(&mut self, walked: usize) {
        self.buffer.drain(..walked.min(self.buffer.len()));
        self.walked = None;
        self.broken += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Bounds, camera_jpeg, encode_jpeg};
    use image::{Rgb, RgbImage};
    use proptest::prelude::*;

    fn jpeg(width: u32, shade: u8) -> Vec<u8> {
        let noise = |x: u32, y: u32| Rgb([shade, (x * 37 + y * 91) as u8, (x * y * 13) as u8]);
        encode_jpeg(&RgbImage::from_fn(width, 24, noise), 95).to_vec()
    }

    /// With a small picture, whole, in its notes, and fill bytes before a marker.
    fn with_thumbnail(width: u32) -> Vec<u8> {
        let (picture, small) = (jpeg(width, 9), jpeg(8, 200));
        let length = u16::try_from(small.len() + 8).unwrap().to_be_bytes();
        [&[0xff, 0xd8, 0xff, 0xff, 0xe1][..], &length, b"Exif\0\0", &small, &picture[2..]].concat()
    }

    fn all(stream: &mut JpegStream, bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
        let (mut pictures, mut at) = (Vec::new(), 0usize);
        for cut in cuts.iter().chain([&usize::MAX]) {
            let end = at.saturating_add(*cut).min(bytes.len());
            stream.push(&bytes[at..end]);
            at = end;
            pictures.extend(std::iter::from_fn(|| stream.picture()));
        }
        pictures
    }

    #[derive(Clone, Debug)]
    enum Part {
        Picture(Vec<u8>),
        Junk(Vec<u8>),
    }

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        let picture = (1..80u32, any::<u8>(), any::<bool>())
            .prop_map(|(width, shade, notes)| if notes { with_thumbnail(width) } else { jpeg(width, shade) });
        let junk = proptest::collection::vec(any::<u8>(), 0..200).prop_map(|mut bytes| {
            // Also what might be a start, and is none.
            bytes.iter_mut().for_each(|b| *b = if *b == 0xff { 0xfe } else { *b });
            bytes.extend([0xff, 0xd8, 0x00]);
            bytes
        });
        proptest::collection::vec(prop_oneof![picture.prop_map(Part::Picture), junk.prop_map(Part::Junk)], 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pictures_come_out_whole_wherever_the_stream_is_cut(
            parts in parts(),
            cuts in proptest::collection::vec(0..900usize, 0..40),
        ) {
            let (mut bytes, mut expected, mut junk) = (vec![], vec![], 0);
            for part in parts {
                match part {
                    Part::Picture(picture) => {
                        bytes.extend_from_slice(&picture);
                        expected.push(picture);
                    }
                    Part::Junk(more) => {
                        junk += more.len() as u64;
                        bytes.extend(more);
                    }
                }
            }
            let mut stream = JpegStream::new(1 << 20);
            prop_assert_eq!(all(&mut stream, &bytes, &cuts), expected.clone());
            prop_assert_eq!(stream.broken(), 0);
            // Up to two bytes may still become a start.
            prop_assert!((junk.saturating_sub(2)..=junk).contains(&stream.junk()));
            for picture in expected {
                prop_assert_eq!(&camera_jpeg(&picture, Bounds::default()).unwrap().0[..], &picture[..]);
            }
        }

        #[test]
        fn any_bytes_are_borne_within_bounds(
            bytes in proptest::collection::vec(prop_oneof![Just(0xffu8), Just(0xd8), Just(0xd9), Just(0xe1), any::<u8>()], 0..3000),
            cuts in proptest::collection::vec(0..200usize, 0..40),
        ) {
            let mut stream = JpegStream::new(500);
            for picture in all(&mut stream, &bytes, &cuts) {
                prop_assert!(picture.starts_with(&START) && picture.ends_with(&[0xff, EOI]) && picture.len() <= 500);
            }
            prop_assert!(stream.buffer.len() <= 500);
        }
    }

    #[test]
    fn a_picture_without_an_end_costs_itself_alone() {
        let (whole, mut stream) = (jpeg(40, 1), JpegStream::new(1 << 20));
        let cut = &whole[..whole.len() / 2];
        assert_eq!(all(&mut stream, &[cut, &whole, cut, &whole].concat(), &[100; 30]), [whole.clone(), whole.clone()]);
        assert_eq!((stream.broken(), stream.broken(), stream.junk()), (2, 0, 0));
        // One that is too long.
        let mut stream = JpegStream::new(whole.len());
        let long = jpeg(400, 1);
        assert_eq!(all(&mut stream, &[&long[..], &whole].concat(), &[100; 300]), [whole]);
        assert_eq!(stream.broken(), 1);
    }
}
