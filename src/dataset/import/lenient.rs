//! JSON as people's tools write it, made into JSON that a strict reader takes, as it streams by.
//!
//! What is mended: byte order marks and UTF-16, bytes that are no UTF-8, `NaN`, `Infinity` and numbers beyond all bounds
//! (`null`: no number that means anything), whole numbers of more than 64 bits (texts: an id stays what it is), `True`, `.5`, control characters in texts. What is bounded: how deep it nests,
//! and how long one text is (the rest of it is dropped), so that reading takes the memory of what is kept, whatever comes.

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use std::io::{self, Read};

/// Levels of lists and objects, at most; serde_json's own limit does not hold for what is read over.
const DEPTH: usize = 100;
/// Bytes of one text, at most.
const TEXT: usize = 64 * 1024;
/// Bytes of a bare word or number, at most.
const WORD: usize = 400;
const PIECE: usize = 32 * 1024;

/// A reader of mended JSON.
pub struct Lenient<R> {
    from: DecodeReaderBytes<R, Vec<u8>>,
    piece: Vec<u8>,
    mended: Vec<u8>,
    given: usize,
    mender: Mender,
    ended: bool,
}

impl<R: Read> Lenient<R> {
    pub fn new(from: R) -> Self {
        let from = DecodeReaderBytesBuilder::new()
            .encoding(Some(encoding_rs::UTF_8))
            .bom_override(true)
            .strip_bom(true)
            .build(from);
        let mender = Mender { depth: 0, place: Where::Between, word: Vec::new() };
        Self { from, piece: vec![0; PIECE], mended: Vec::new(), given: 0, mender, ended: false }
    }

    /// For serde_json, which asks for a byte at a time, and is quick with what is buffered.
    pub fn buffered(from: R) -> io::BufReader<Self> {
        io::BufReader::new(Self::new(from))
    }
}

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.given == self.mended.len() && !self.ended {
            self.mended.clear();
            self.given = 0;
            let count = self.from.read(&mut self.piece)?;
            if count == 0 {
                self.ended = true;
                self.mender.end_word(&mut self.mended);
            }
            for byte in &self.piece[..count] {
                self.mender.take(*byte, &mut self.mended)?;
            }
        }
        let rest = &self.mended[self.given..];
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

enum Where {
    Between,
    Text(Text),
}

/// A text that is being read.
#[derive(Default)]
struct Text {
    length: usize,
    /// After a backslash.
    escaped: bool,
    /// Hexadecimal digits of an escape that are still to come.
    owed: u8,
    /// It was too long: the rest goes.
    full: bool,
}

impl Text {
    /// Counts a byte; answers whether it stays. What is cut is cut between letters.
    fn keeps(&mut self, byte: u8) -> bool {
        let begins = !self.escaped && self.owed == 0 && !(0x80..0xc0).contains(&byte);
        self.full |= begins && self.length >= TEXT;
        self.length += 1;
        self.owed = if self.escaped && byte == b'u' { 4 } else { self.owed.saturating_sub(1) };
        self.escaped = byte == b'\\' && !self.escaped;
        !self.full
    }
}

struct Mender {
    depth: usize,
    place: Where,
    word: Vec<u8>,
}

impl Mender {
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.place {
            Where::Between => self.between(byte, out),
            Where::Text(text) => {
                let ends = byte == b'"' && !text.escaped;
                let kept = text.keeps(byte);
                match byte {
                    _ if ends => {
                        self.place = Where::Between;
                        out.push(byte);
                    }
                    _ if !kept => {}
                    0..0x20 => out.extend(format!("\\u{byte:04x}").bytes()),
                    _ => out.push(byte),
                }
                Ok(())
            }
        }
    }

    fn between(&mut self, byte: u8, out: &mut Vec<u8>) -> io::Result<()> {
        if !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') {
            self.word.push(byte);
            if self.word.len() > WORD {
                return Err(io::Error::other("there is a word or number of more than 400 letters"));
            }
            return Ok(());
        }
        self.end_word(out);
        match byte {
            b'"' => self.place = Where::Text(Text::default()),
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEPTH {
            return Err(io::Error::other(format!("lists and objects nest more than {DEPTH} deep")));
        }
        out.push(byte);
        Ok(())
    }

    fn end_word(&mut self, out: &mut Vec<u8>) {
        if !self.word.is_empty() {
            out.extend(mended(&self.word).as_bytes());
            self.word.clear();
        }
    }
}

/// A number or a word as JSON has it; what is neither stays, for the parser to refuse.
fn mended(word: &[u8]) -> String {
    let word = String::from_utf8_lossy(word);
    match word.trim_start_matches(['-', '+']).to_ascii_lowercase().as_str() {
        lower @ ("true" | "false" | "null") => return lower.to_owned(),
        "nan" | "inf" | "infinity" | "none" | "undefined" => return "null".into(),
        _ => {}
    }
    if let Some(whole) = large(&word) {
        return whole;
    }
    match word.parse::<f64>() {
        Ok(n) if !n.is_finite() => "null".into(),
        Ok(n) if serde_json::from_str::<serde_json::Number>(&word).is_err() => n.to_string(),
        _ => word.into_owned(),
    }
}

/// Digits of a whole number that every reader keeps.
const DIGITS: usize = 15;

/// A whole number that would be another one as a floating-point number: as it is, or as a text.
fn large(word: &str) -> Option<String> {
    let zeros = |rest: &str| rest.bytes().all(|b| b == b'0');
    let whole = word.split_once('.').map_or(Some(word), |(whole, rest)| zeros(rest).then_some(whole))?;
    let (sign, digits) = whole.split_at(whole.len() - whole.trim_start_matches(['-', '+']).len());
    let digits = digits.trim_start_matches('0');
    if digits.len() <= DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(sign, "" | "-" | "+") {
        return None;
    }
    let number = format!("{}{digits}", sign.trim_start_matches('+'));
    let fits = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    Some(if fits { number } else { format!("\"{number}\"") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(bytes: &[u8]) -> serde_json::Result<Value> {
        serde_json::from_reader(Lenient::new(bytes))
    }

    #[test]
    fn what_tools_write_becomes_json() {
        let text = r#"{"a": [NaN, -Infinity, 1e999, .5, +1, 01, 2., 3.5e2], "b": True, "c": "NaN, [", "d": None}"#;
        let value = json!({"a": [null, null, null, 0.5, 1, 1, 2, 350.0], "b": true, "c": "NaN, [", "d": null});
        assert_eq!(read(text.as_bytes()).unwrap().to_string().replace(".0", ""), value.to_string().replace(".0", ""));
        assert_eq!(read(b"\"a\tb\\\"\\\\\"").unwrap(), json!("a\tb\"\\"));
        for (text, value) in [
            ("9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("9007199254740993.0", json!(9_007_199_254_740_993_u64)),
            ("-9007199254740993", json!(-9_007_199_254_740_993_i64)),
            ("18446744073709551617", json!("18446744073709551617")),
            ("18446744073709551618.00", json!("18446744073709551618")),
            ("-18446744073709551617", json!("-18446744073709551617")),
            ("123456789012345.5", json!(123_456_789_012_345.5)),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn every_unicode_is_read() {
        let text = "{\"name\": \"Früchte 赤\"}";
        let sixteen = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
        };
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            sixteen(u16::to_le_bytes),
            sixteen(u16::to_be_bytes),
        ] {
            assert_eq!(read(&bytes).unwrap()["name"], "Früchte 赤");
        }
        assert_eq!(read(b"\"Fr\xfcchte\"").unwrap(), "Fr\u{fffd}chte");
    }

    #[test]
    fn depth_and_texts_are_bounded() {
        let deep = "[".repeat(10_000_000);
        assert!(read(deep.as_bytes()).unwrap_err().to_string().contains("nest more than 100 deep"));
        for piece in ["x", "\\\\", "\\u00e9", "é"] {
            let long = format!("[\"{}\", 1]", piece.repeat(200_000));
            let value = read(long.as_bytes()).unwrap();
            assert!(value[0].as_str().unwrap().len() <= 2 * TEXT && value[1] == 1, "{piece}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["{\"a\": b}", "[1 2]", "{\"a\"", "hello", "", "[1,]"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn json_stays_what_it_is(numbers: Vec<f64>, texts: Vec<String>, whole: i64) {
            // A whole number stays so where it is written with a point.
            let numbers: Vec<f64> = numbers.into_iter().filter(|n| n.fract() != 0.0 || n.abs() < 1e15 || n.abs() > 1e17).collect();
            let value = json!({"numbers": numbers, "texts": texts, "whole": whole, "deep": [[{"a": null}]]});
            assert_eq!(read(value.to_string().as_bytes()).unwrap(), serde_json::from_str::<Value>(&value.to_string()).unwrap());
        }
    }
}
