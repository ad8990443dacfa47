//! Whether a JPEG has all of the picture that its frame says (ITU-T T.81, annexes F and G): its codes are read to the end of each
//! scan, and nothing is made of them.
//!
//! The decoder makes grey of what is missing. A file may have its end and yet not all that stands before it: a download that
//! was patched up, a card that lost a sector, a camera whose cable lost some. What refines a progressive picture is not looked at:
//! it costs sharpness alone.

use super::jpeg::{EOI, Segment, Segments};
use std::collections::BTreeSet;

const DHT: u8 = 0xc4;
const DRI: u8 = 0xdd;
const SOS: u8 = 0xda;
/// Frames in which every scan is whole, and those that get finer from scan to scan.
const SEQUENTIAL: [u8; 2] = [0xc0, 0xc1];
const PROGRESSIVE: u8 = 0xc2;

/// Bits that are looked up at once.
const FAST: u32 = 9;
/// Bits of a code, at most.
const LONGEST: usize = 16;

/// Which share of a scan is there, from 0 to 1, where that is not all.
pub fn missing(jpeg: &[u8]) -> Option<f64> {
    let mut file = File::default();
    let mut segments = Segments { bytes: jpeg, at: 2 };
    while let Some(Segment { marker, content, .. }) = segments.next() {
        match marker {
            EOI => break,
            DHT => file.add_tables(content),
            DRI => {
                file.interval = content.first_chunk::<2>().map_or(0, |n| usize::from(u16::from_be_bytes(*n)));
            }
            SOS => {
                let share = file.scan(content, &jpeg[segments.at..])?;
                if share < 1.0 {
                    return Some(share);
                }
            }
            marker if SEQUENTIAL.contains(&marker) || marker == PROGRESSIVE => {
                file.frame = Frame::read(content, marker == PROGRESSIVE);
            }
            _ => {}
        }
    }
    // A colour may be missing altogether.
    let all = file.frame.as_ref()?.components.len();
    (file.seen.len() < all).then(|| file.seen.len() as f64 / all as f64)
}

/// What was read of a file so far.
#[derive(Default)]
struct File {
    frame: Option<Frame>,
    /// By class and place.
    tables: [[Option<Box<Table>>; 4]; 2],
    /// Units between two restarts; 0: there are none.
    interval: usize,
    /// The components that a scan began with.
    seen: BTreeSet<u8>,
}

struct Frame {
    size: [usize; 2],
    progressive: bool,
    components: Vec<Component>,
}

#[derive(Clone, Copy)]
struct Component {
    id: u8,
    /// How often it is sampled across and up.
    sampled: [usize; 2],
}

impl Frame {
    fn read(content: &[u8], progressive: bool) -> Option<Self> {
        let [_, h1, h0, w1, w0, _, components @ ..] = content else { return None };
        let size = [[*w1, *w0], [*h1, *h0]].map(|two| usize::from(u16::from_be_bytes(two)));
        let component = |[id, often, _]: &[u8; 3]| Component {
            id: *id,
            sampled: [usize::from(often >> 4).max(1), usize::from(often & 15).max(1)],
        };
        let components: Vec<_> = components.as_chunks::<3>().0.iter().map(component).collect();
        (!components.is_empty()).then_some(Self { size, progressive, components })
    }

    /// How many units a scan of these components has.
    fn units(&self, components: &[Component]) -> usize {
        let most = |axis: usize| self.components.iter().map(|c| c.sampled[axis]).max().unwrap_or(1);
        let along = |axis: usize| match components {
            // One alone comes block by block, as many as it has itself.
            [only] => (self.size[axis] * only.sampled[axis]).div_ceil(most(axis)).div_ceil(8),
            _ => self.size[axis].div_ceil(8 * most(axis)),
        };
        along(0) * along(1)
    }
}

/// How the blocks of a scan are coded.
enum Coding {
    Whole,
    /// The first bits of what is even in a block.
    Even,
    /// The first bits of so many of the others.
    Others(usize),
}

impl File {
    fn add_tables(&mut self, mut content: &[u8]) {
        while let [id, rest @ ..] = content
            && let Some((counts, rest)) = rest.split_first_chunk::<LONGEST>()
        {
            let count: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let Some((values, rest)) = rest.split_at_checked(count) else { return };
            if let Some(place) =
                self.tables.get_mut(usize::from(id >> 4)).and_then(|class| class.get_mut(usize::from(id & 15)))
            {
                *place = Table::new(counts, values).map(Box::new);
            }
            content = rest;
        }
    }

    /// Reads a scan; answers the share of it that is there, and `None` where nothing can be said of the file.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Option<f64> {
        let frame = self.frame.as_ref()?;
        let (count, rest) = header.split_first()?;
        let (selectors, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let &[from, to, bits] = rest.first_chunk::<3>()?;
        let coding = match (frame.progressive, from, bits >> 4) {
            (false, ..) => Coding::Whole,
            (true, 0, 0) => Coding::Even,
            (true, 1.., 0) => Coding::Others(usize::from(to.min(63)).checked_sub(usize::from(from))? + 1),
            (true, ..) => return Some(1.0),
        };
        let mut parts = Vec::new();
        for [id, tables] in selectors.as_chunks::<2>().0 {
            let component = frame.components.iter().find(|component| component.id == *id)?;
            let table = |class: usize, place: u8| self.tables[class].get(usize::from(place))?.as_deref();
            self.seen.insert(*id);
            parts.push((*component, table(0, tables >> 4), table(1, tables & 15)));
        }
        let components: Vec<Component> = parts.iter().map(|(component, ..)| *component).collect();
        let units = frame.units(&components);
        let mut blocks = Vec::new();
        for (component, even, others) in parts {
            let [across, up] = if components.len() == 1 { [1, 1] } else { component.sampled };
            (0..across * up).for_each(|_| blocks.push((even, others)));
        }
        let mut bits = Bits { data, at: 0, held: 0, count: 0 };
        let (mut run, mut done) = (0, 0);
        while done < units {
            if self.interval > 0 && done > 0 && done % self.interval == 0 {
                run = 0;
                if !bits.restart() {
                    break;
                }
            }
            if blocks.iter().any(|(even, others)| bits.block(&coding, *even, *others, &mut run).is_none()) {
                break;
            }
            done += 1;
        }
        Some(done as f64 / units.max(1) as f64)
    }
}

/// A table of codes.
struct Table {
    /// By the next bits: the length of the code that they begin with and what it stands for; 0 where it is longer.
    fast: [(u8, u8); 1 << FAST],
    /// Of each length the first code, the first behind the last, and where the values of that length begin.
    lengths: [(u32, u32, usize); LONGEST],
    values: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; LONGEST], values: &[u8]) -> Option<Self> {
        let (mut fast, mut lengths) = ([(0, 0); 1 << FAST], [(0, 0, 0); LONGEST]);
        let (mut code, mut place) = (0_u32, 0);
        for (at, count) in counts.iter().enumerate() {
            let length = at as u32 + 1;
            lengths[at] = (code, code + u32::from(*count), place);
            for _ in 0..*count {
                if code >> length != 0 {
                    return None;
                }
                if length <= FAST {
                    let shift = FAST - length;
                    let start = (code << shift) as usize;
                    fast[start..start + (1 << shift)].fill((length as u8, *values.get(place)?));
                }
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        Some(Self { fast, lengths, values: values.to_vec() })
    }
}

/// The bits of a scan, up to the next marker.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, the first of them the highest of `count`.
    held: u64,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(byte) = self.data.get(self.at) else { return };
            if *byte == 0xff {
                match self.data.get(self.at + 1) {
                    Some(0) => self.at += 1,
                    _ => return,
                }
            }
            self.at += 1;
            self.held = self.held << 8 | u64::from(*byte);
            self.count += 8;
        }
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        if self.count < count {
            self.fill();
        }
        self.count = self.count.checked_sub(count)?;
        Some((self.held >> self.count) as u32 & ((1 << count) - 1))
    }

    fn code(&mut self, table: &Table) -> Option<u8> {
        if self.count < LONGEST as u32 {
            self.fill();
        }
        // Behind the last bits it is as if ones followed.
        let next = match self.count.checked_sub(LONGEST as u32) {
            Some(rest) => (self.held >> rest) as u32 & 0xffff,
            None => {
                let lacks = LONGEST as u32 - self.count;
                ((self.held << lacks) as u32 | ((1 << lacks) - 1)) & 0xffff
            }
        };
        let (length, value) = match table.fast[(next >> (LONGEST as u32 - FAST)) as usize] {
            (0, _) => {
                let is = |at: &usize| {
                    let code = next >> (LONGEST - 1 - at);
                    (table.lengths[*at].0..table.lengths[*at].1).contains(&code)
                };
                let at = (FAST as usize..LONGEST).find(is)?;
                let (first, _, place) = table.lengths[at];
                let code = next >> (LONGEST - 1 - at);
                (at as u32 + 1, *table.values.get(place + (code - first) as usize)?)
            }
            (length, value) => (u32::from(length), value),
        };
        self.count = self.count.checked_sub(length)?;
        Some(value)
    }

    /// Reads a block; `None`: it is not there. `run`: how many blocks that follow have nothing of their own.
    fn block(&mut self, coding: &Coding, even: Option<&Table>, others: Option<&Table>, run: &mut u32) -> Option<()> {
        if !matches!(coding, Coding::Others(_)) {
            let bits = self.code(even?)?;
            self.take(u32::from(bits.min(16)))?;
        }
        let mut left = match coding {
            Coding::Whole => 63,
            Coding::Even => return Some(()),
            Coding::Others(count) => *count,
        };
        if let Some(rest) = run.checked_sub(1) {
            *run = rest;
            return Some(());
        }
        let table = others?;
        while left > 0 {
            let code = self.code(table)?;
            let (zeros, bits) = (usize::from(code >> 4), u32::from(code & 15));
            match (zeros, bits) {
                (15, 0) => left = left.saturating_sub(16),
                (_, 0) if matches!(coding, Coding::Whole) => return Some(()),
                (zeros, 0) => {
                    // So many blocks have no more.
                    *run = (1 << zeros) - 1 + self.take(zeros as u32)?;
                    return Some(());
                }
                (zeros, bits) => {
                    self.take(bits)?;
                    left = left.saturating_sub(zeros + 1);
                }
            }
        }
        Some(())
    }

    /// Goes on behind the next restart marker; `false` where another one comes first.
    fn restart(&mut self) -> bool {
        (self.held, self.count) = (0, 0);
        while let Some(place) = self.data.get(self.at..).and_then(|data| data.iter().position(|b| *b == 0xff)) {
            self.at += place;
            match self.data.get(self.at + 1) {
                Some(0) => self.at += 2,
                Some(0xff) => self.at += 1,
                Some(0xd0..=0xd7) => {
                    self.at += 2;
                    return true;
                }
                _ => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    fn scene(width: u16, height: u16) -> RgbImage {
        RgbImage::from_fn(width.into(), height.into(), |x, y| {
            Rgb([(x * 5) as u8, (y * 7) as u8, ((x ^ y).wrapping_mul(2_654_435_761) >> 24) as u8])
        })
    }

    fn encoded(set: impl Fn(&mut Encoder<&mut Vec<u8>>), (width, height): (u16, u16)) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 90);
        set(&mut encoder);
        encoder.encode(&scene(width, height), width, height, ColorType::Rgb).unwrap();
        jpeg
    }

    /// Every way to code a picture that the encoder has.
    fn all() -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for size in [(97, 61), (64, 64), (8, 8), (1, 1), (130, 17)] {
            for sampled in [SamplingFactor::F_1_1, SamplingFactor::F_2_2, SamplingFactor::F_2_1, SamplingFactor::F_4_1]
            {
                for (progressive, restart, optimized) in
                    [(false, 0, false), (false, 3, false), (true, 0, false), (true, 0, true), (false, 0, true)]
                {
                    let set = |encoder: &mut Encoder<&mut Vec<u8>>| {
                        encoder.set_sampling_factor(sampled);
                        encoder.set_progressive(progressive);
                        encoder.set_optimized_huffman_tables(optimized);
                        if restart > 0 {
                            encoder.set_restart_interval(restart);
                        }
                    };
                    all.push((format!("{size:?} {sampled:?} {progressive} {restart} {optimized}"), encoded(set, size)));
                }
            }
        }
        all
    }

    #[test]
    fn what_is_whole_misses_nothing() {
        for (what, jpeg) in all() {
            assert_eq!(missing(&jpeg), None, "{what}");
        }
        // A second picture behind the end is another one.
        let (_, jpeg) = all().swap_remove(0);
        assert_eq!(missing(&[&jpeg[..], &jpeg[..jpeg.len() / 2], b"\xff\xd9"].concat()), None);
    }

    #[test]
    fn what_ends_early_or_lost_a_part_is_seen() {
        for (what, jpeg) in all().into_iter().filter(|(what, _)| what.starts_with("(97") && !what.contains(" true 0 "))
        {
            let start = jpeg.windows(2).position(|two| two == [0xff, SOS]).unwrap() + 14;
            let data = jpeg.len() - 2 - start;
            for share in [0.0, 0.1, 0.5, 0.9] {
                let at = start + (data as f64 * share) as usize;
                // With its end marker, as if it were whole.
                let cut = [&jpeg[..at], &[0xff, 0xd9]].concat();
                let there = missing(&cut).unwrap_or_else(|| panic!("{what}, {share}"));
                // Where each colour has a scan of its own it is the share of that.
                let near = (there - share).abs() < 0.3 || what.ends_with("0 true") || what.contains("F_4_1");
                assert!(near, "{what}: {there} of {share}");
            }
            let lost = [&jpeg[..start + data / 3], &jpeg[start + data / 2..]].concat();
            assert!(missing(&lost).is_some(), "{what}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, at: usize, byte: u8) {
            let _ = missing(&bytes);
            let mut jpeg = encoded(|_| {}, (32, 32));
            let at = at % jpeg.len();
            jpeg[at] = byte;
            let _ = missing(&jpeg);
        }
    }
}
