//! XML as people's tools write it, an element at a time: nothing of it is kept but the element that is read.
//!
//! What is mended: every code that is declared or marked, codes that are declared wrongly (`utf-16` over UTF-8), bytes that
//! are no UTF-8 (Windows-1252 where that makes words, else lost), a lone `&`. What is bounded: how deep it nests, and how long one tag or text is. A
//! document type is read over: nothing of it is taken in, so an entity of its own can't grow.

use crate::dataset::import::letters;
use crate::dataset::import::place::{FileId, Place, stream};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use quick_xml::XmlVersion;
use quick_xml::errors::Error;
use quick_xml::escape::{EscapeError, resolve_predefined_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

/// Elements in elements, at most.
const DEPTH: usize = 60;
/// Bytes of one tag or text, at most: a mask of a large picture has some 100,000.
const PIECE: usize = 1_000_000;
/// Bytes in which the code must be declared.
const HEAD: usize = 400;

/// A file that is being read.
pub struct Xml<'a> {
    from: quick_xml::Reader<Fed<'a>>,
    buffer: Vec<u8>,
    path: Vec<String>,
    text: String,
    /// The element that ended last is still on the path.
    ended: bool,
    guessed: Rc<Cell<bool>>,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// An element begins; it is the last of the path.
    Begin(Attributes),
    /// The last element of the path ends, and this text stood in it, without the spaces around.
    End(String),
}

/// The attributes of an element.
#[derive(Debug, Default, PartialEq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    pub fn of(given: &[(&str, String)]) -> Self {
        Self(given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<'a> Xml<'a> {
    pub fn open(place: &'a mut dyn Place, file: FileId) -> Result<Self, String> {
        let from = stream(place, file).map_err(|e| e.to_string())?;
        Self::new(from).map_err(|e| e.to_string())
    }

    fn new(from: impl Read + 'a) -> io::Result<Self> {
        let guessed = Rc::default();
        let text = text(from, &guessed)?;
        let mut from = quick_xml::Reader::from_reader(Fed { inner: BufReader::with_capacity(1 << 15, text), taken: 0 });
        let config = from.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Ok(Self { from, buffer: Vec::new(), path: Vec::new(), text: String::new(), ended: false, guessed })
    }

    /// The names of the elements that are open, the outermost first.
    pub fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// What follows; nothing after the outermost element has ended. The error says what is wrong with the file.
    pub fn next(&mut self) -> Result<Option<Piece>, String> {
        if std::mem::take(&mut self.ended) {
            self.path.pop();
            if self.path.is_empty() {
                return self.rest().map(|()| None);
            }
        }
        loop {
            self.buffer.clear();
            self.from.get_mut().taken = 0;
            match self.from.read_event_into(&mut self.buffer).map_err(said)? {
                Event::Start(start) => {
                    if self.path.len() == DEPTH {
                        return Err(format!("its elements nest more than {DEPTH} deep"));
                    }
                    self.text.clear();
                    self.path.push(start.local_name().as_ref().to_owned());
                    return Ok(Some(Piece::Begin(attributes(&start)?)));
                }
                Event::End(_) => {
                    self.ended = true;
                    let text = std::mem::take(&mut self.text);
                    return Ok(Some(Piece::End(text.trim().to_owned())));
                }
                Event::Text(text) => add(&mut self.text, &text.xml_content(XmlVersion::default()))?,
                Event::CData(text) => add(&mut self.text, &text.xml_content(XmlVersion::default()))?,
                Event::GeneralRef(reference) => add(&mut self.text, &meant(&reference)?)?,
                Event::Eof if self.path.is_empty() => return Err("there are no elements in it".into()),
                Event::Eof => return Err(format!("it ends within `{}`: it is cut short", self.path.join("/"))),
                _ => {}
            }
        }
    }

    /// Reads what follows the outermost element. Error: something does, of which nobody would hear.
    fn rest(&mut self) -> Result<(), String> {
        loop {
            self.buffer.clear();
            self.from.get_mut().taken = 0;
            let more = match self.from.read_event_into(&mut self.buffer).map_err(said)? {
                Event::Eof => return Ok(()),
                Event::Text(text) => match text.xml_content(XmlVersion::default()).trim_start() {
                    // What a file was padded with, and what lies behind that, is none of it.
                    padded if padded.starts_with('\0') => return Ok(()),
                    text => !text.is_empty(),
                },
                Event::Start(_) | Event::End(_) | Event::CData(_) | Event::GeneralRef(_) => true,
                _ => false,
            };
            if more {
                return Err("something follows its last element: it is damaged, or several files in one".into());
            }
        }
    }

    /// Whether its code was guessed.
    pub fn is_guessed(&self) -> bool {
        self.guessed.get()
    }
}

fn add(text: &mut String, more: &str) -> Result<(), String> {
    text.push_str(more);
    match text.len() > PIECE {
        true => Err(too_long()),
        false => Ok(()),
    }
}

fn too_long() -> String {
    format!("a tag or text in it has more than {PIECE} bytes")
}

fn said(error: Error) -> String {
    match error {
        Error::Io(error) => error.to_string(),
        Error::Syntax(error) => format!("it is cut short or damaged: {error}"),
        error => format!("it is no XML that can be read: {error}"),
    }
}

fn attributes(start: &BytesStart) -> Result<Attributes, String> {
    let mut all = Vec::new();
    // Looking for doubles takes the square of the time.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| said(e.into()))?;
        let value = match unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(EscapeError::UnterminatedEntity(_)) => attribute.value.clone().into_owned(),
            Err(error) => return Err(said(error.into())),
        };
        all.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Attributes(all))
}

fn meant(reference: &BytesRef) -> Result<String, String> {
    if let Some(letter) = reference.resolve_char_ref().map_err(said)? {
        return Ok(letter.to_string());
    }
    let known = resolve_predefined_entity(reference).map(str::to_owned);
    known.ok_or_else(|| format!("it says `&{};`, and entities of a file's own are not read", &**reference))
}

/// Fails where one piece has too many bytes.
struct Fed<'a> {
    inner: BufReader<Box<dyn Read + 'a>>,
    taken: usize,
}

impl Read for Fed<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.inner.read(to)
    }
}

impl BufRead for Fed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.taken > PIECE {
            true => Err(io::Error::other(too_long())),
            false => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
        self.inner.consume(count);
    }
}

/// The file as UTF-8.
fn text<'a>(mut from: impl Read + 'a, guessed: &Rc<Cell<bool>>) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::new();
    from.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let code = code(&head);
    if code != UTF_8 {
        let whole = Cursor::new(head).chain(from);
        let decoder =
            DecodeReaderBytesBuilder::new().encoding(Some(code)).bom_override(true).strip_bom(true).build(whole);
        return Ok(Box::new(decoder));
    }
    let mark = usize::from(head.starts_with(b"\xef\xbb\xbf")) * 3;
    let from = Cursor::new(head.split_off(mark)).chain(from);
    let (window, held) = (Vec::new(), Vec::new());
    Ok(Box::new(Utf8 { from, window, held, given: 0, ended: false, guessed: guessed.clone() }))
}

/// The code of a file that begins so.
fn code(head: &[u8]) -> &'static Encoding {
    if let Some((code, _)) = Encoding::for_bom(head) {
        return code;
    }
    match head {
        [b'<', 0, ..] => return UTF_16LE,
        [0, b'<', ..] => return UTF_16BE,
        _ => {}
    }
    let head = String::from_utf8_lossy(head);
    let declared = head.split_once("?>").map_or("", |(declaration, _)| declaration);
    let named = declared.split_once("encoding").map(|(_, rest)| rest.trim_start_matches([' ', '=', '"', '\'']));
    let named = named.and_then(|rest| Encoding::for_label(rest.split(['"', '\'']).next()?.trim().as_bytes()));
    // What could be read as far as here has a byte for each of these letters, whatever it says.
    named.filter(|code| code.is_ascii_compatible()).unwrap_or(UTF_8)
}

/// UTF-8, and what else may be meant where it is none.
struct Utf8<R> {
    from: R,
    /// Bytes that came in and are not looked at.
    window: Vec<u8>,
    held: Vec<u8>,
    given: usize,
    ended: bool,
    guessed: Rc<Cell<bool>>,
}

/// Bytes without one of ASCII among them after which the rest is looked at all the same.
const RUN: usize = 64 * 1024;

impl<R: Read> Utf8<R> {
    fn fill(&mut self) -> io::Result<()> {
        let mut piece = [0; 8192];
        let count = self.from.read(&mut piece)?;
        self.ended = count == 0;
        self.window.extend_from_slice(&piece[..count]);
        // What a letter means is told by those beside it, up to the next of ASCII.
        let end = match self.window.iter().rposition(u8::is_ascii) {
            _ if self.ended => self.window.len(),
            None | Some(0) if self.window.len() > RUN => self.window.len(),
            last => last.unwrap_or(0),
        };
        let (text, guessed) = letters::mended(&self.window[..end]);
        self.window.drain(..end);
        self.guessed.set(self.guessed.get() || guessed);
        (self.held, self.given) = (text.into_bytes(), 0);
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.given == self.held.len() && !self.ended {
            self.fill()?;
        }
        let rest = &self.held[self.given..];
        let count = rest.len().min(to.len());
        to[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every element with its text, as `path=text`.
    fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
        let mut xml = Xml::new(bytes).unwrap();
        let mut all = Vec::new();
        while let Some(piece) = xml.next()? {
            match piece {
                Piece::Begin(Attributes(attributes)) => {
                    all.extend(attributes.iter().map(|(name, value)| format!("@{name}={value}")));
                }
                Piece::End(text) if !text.is_empty() => all.push(format!("{}={text}", xml.path().join("/"))),
                Piece::End(_) => {}
            }
        }
        if xml.is_guessed() {
            all.push("guessed".into());
        }
        Ok(all)
    }

    #[test]
    fn elements_come_with_their_texts_and_attributes() {
        let text = "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'a.dtd'><a k='1 &lt; 2' j=\"x & y\"> <!-- b --> <b>salt &amp; \
                    pe<![CDATA[pp]]>er &#233;</b><n:c/><b>a & b</b></a>\0\0junk";
        let all = ["@k=1 < 2", "@j=x & y", "a/b=salt & pepper é", "a/b=a & b"];
        assert_eq!(read(text.as_bytes()).unwrap(), all);
    }

    #[test]
    fn every_code_is_read() {
        let coded = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let sixteen = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>Früchte 赤</a>";
        for bytes in [
            "<a>Früchte 赤</a>".as_bytes().to_vec(),
            "\u{feff}<a>Früchte 赤</a>".as_bytes().to_vec(),
            sixteen.as_bytes().to_vec(),
            coded(sixteen, u16::to_le_bytes),
            coded(&format!("\u{feff}{sixteen}"), u16::to_be_bytes),
        ] {
            assert_eq!(read(&bytes).unwrap(), ["a=Früchte 赤"]);
        }
        assert_eq!(read(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>").unwrap(), ["a=ü"]);
        assert_eq!(read(b"<?xml version='1.0' encoding='GBK'?><a>\xba\xec</a>").unwrap(), ["a=红"]);
        let long = [b"<a>".to_vec(), b"\xfc ".repeat(9_000), b"</a>".to_vec()].concat();
        assert_eq!(read(&long).unwrap(), [format!("a={}", "ü ".repeat(9_000).trim()), "guessed".into()]);
        assert_eq!(read(b"<a>\xba\xec</a>").unwrap(), ["a=\u{fffd}", "guessed"]);
        let split = format!("<a>{}</a>", "赤".repeat(20_000));
        assert_eq!(read(split.as_bytes()).unwrap(), [format!("a={}", "赤".repeat(20_000))]);
    }

    #[test]
    fn what_is_no_xml_is_told_and_what_grows_is_bounded() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>";
        let long = "x".repeat(3_000_000);
        for (text, says) in [
            ("", "no elements"),
            ("hello", "no elements"),
            ("<a><b>", "ends within `a/b`"),
            ("<a></b>", "no XML that can be read"),
            ("<a b=c></a>", "no XML that can be read"),
            (bomb, "says `&c;`"),
            (&"<a>".repeat(1_000_000), "nest more than 60 deep"),
            (&format!("<a>{long}</a>"), "more than 1000000 bytes"),
            (&format!("<a b='{long}'/>"), "more than 1000000 bytes"),
            (&format!("<a>{}</a>", "x&amp;".repeat(600_000)), "more than 1000000 bytes"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{says}: {error}");
        }
    }

    #[test]
    fn an_element_of_very_many_attributes_takes_no_time() {
        let text = format!("<a {}/>", "b='' ".repeat(190_000));
        assert_eq!(read(text.as_bytes()).unwrap().len(), 190_000);
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes: Vec<u8>, text in "[<>/a&;='! -]{0,60}") {
            let _ = read(&bytes);
            let _ = read(text.as_bytes());
        }
    }
}
