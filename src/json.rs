//! JSON of others: refused where it could be read in two ways, and what is wrong with it told in words of people.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// The text without the mark that some editors put before it.
pub fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What this is instead of a JSON text, and what to do; `None` where it may be one.
pub fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, ..] => Some("it is packed by gzip; send it unpacked"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{', 0, ..] | [0, b'{', ..] => {
            Some("it is in UTF-16; send it in UTF-8")
        }
        [b'-', b'-', ..] => Some("it is a form (multipart); send a JSON object"),
        _ if is_form(bytes) => Some("it is a form; send a JSON object"),
        _ => None,
    }
}

/// `key=value&…`
fn is_form(bytes: &[u8]) -> bool {
    let key = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'%' | b'+');
    key.len() < bytes.len() && !key.is_empty() && key.iter().all(plain)
}

/// Refuses an object that has a key twice: which of the two is meant, nobody knows, and readers differ. What is no JSON is
/// told by whoever reads it.
pub fn check_keys(json: &[u8]) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    match Once.deserialize(&mut reader) {
        Err(error) if error.is_data() => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Any value, of which nothing is kept.
#[derive(Clone, Copy)]
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(self)?;
            if let Some(key) = keys.replace(key) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice; send it once")));
            }
        }
        Ok(())
    }
}

/// What readers say of themselves, and how it is said to people.
const READERS: [(&str, &str); 4] = [
    ("Failed to deserialize the JSON body into the target type: ", ""),
    ("Failed to parse the request body as JSON: ", "the body is no JSON: "),
    ("Failed to deserialize query string: ", ""),
    ("Failed to deserialize form body: ", ""),
];

/// What programs call what they expect, and what people do; `true`: a name of the program's own follows.
const EXPECTED: [(&str, bool, &str); 21] = [
    ("struct variant ", true, "an object"),
    ("tuple struct ", true, "a list"),
    ("struct ", true, "an object"),
    ("enum ", true, "one of its words"),
    ("internally tagged enum ", true, "an object"),
    ("adjacently tagged enum ", true, "an object"),
    ("a sequence", false, "a list"),
    ("a map", false, "an object"),
    ("a boolean", false, "true or false"),
    ("u8", false, "a whole number from 0 on"),
    ("u16", false, "a whole number from 0 on"),
    ("u32", false, "a whole number from 0 on"),
    ("u64", false, "a whole number from 0 on"),
    ("usize", false, "a whole number from 0 on"),
    ("i8", false, "a whole number"),
    ("i16", false, "a whole number"),
    ("i32", false, "a whole number"),
    ("i64", false, "a whole number"),
    ("f32", false, "a number"),
    ("f64", false, "a number"),
    ("unit", false, "null"),
];

/// What a reader of JSON or of parameters says, without words that only programmers know.
pub fn plain(said: &str) -> String {
    let reader = READERS.iter().find_map(|(raw, words)| Some((*words, said.strip_prefix(raw)?)));
    let (words, mut rest) = reader.unwrap_or(("", said));
    let mut text = words.to_owned();
    while let Some(at) = rest.find(EXPECTING) {
        text.push_str(&rest[..at + EXPECTING.len()]);
        rest = &rest[at + EXPECTING.len()..];
        if let Some((words, left)) =
            EXPECTED.iter().find_map(|(raw, named, words)| Some((words, after(rest, raw, *named)?)))
        {
            text.push_str(words);
            rest = left;
        }
    }
    text.push_str(rest);
    text
}

const EXPECTING: &str = "expected ";

/// What follows a word, and the name behind it; `None` where it goes on as another word.
fn after<'a>(text: &'a str, word: &str, named: bool) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match named {
        true => Some(rest.trim_start_matches(name)),
        false => (!rest.starts_with(name)).then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[test]
    fn a_key_is_there_once_however_deep() {
        for json in [
            r#"{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}, null, true, -1, 1.5, "x"]}"#,
            "{}",
            "[1, 1]",
            "{",
            "",
            "1 1",
        ] {
            assert_eq!(check_keys(json.as_bytes()), Ok(()), "{json}");
        }
        for json in [r#"{"a": 1, "b": 2, "a": 1}"#, r#"{"b": [{"a": {}, "a": {}}]}"#, r#"{"a": 1, "\u0061": 1}"#] {
            let error = check_keys(json.as_bytes()).unwrap_err();
            assert!(error.starts_with("the key `a` is there twice; send it once at line 1 column"), "{error}");
        }
    }

    #[test]
    fn what_is_no_json_is_known() {
        for (bytes, word) in [
            (&b"\x1f\x8b\x08\0"[..], "gzip"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"\xfe\xff\0{", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"name=RBC&colour=%23fff", "form"),
            (b"----x\r\nContent-Disposition: form-data", "multipart"),
        ] {
            assert!(other_kind(bytes).unwrap().contains(word), "{bytes:?}");
        }
        for bytes in [&b"{\"a\": \"b=c\"}"[..], b"", b"[1]", b"nonsense", b"-1", b"=", b"{a=1}"] {
            assert_eq!(other_kind(bytes), None);
        }
        assert_eq!((unmarked(b"\xef\xbb\xbf{}"), unmarked(b"{}")), (&b"{}"[..], &b"{}"[..]));
    }

    #[test]
    fn what_is_expected_is_said_in_words() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code)]
        struct NewThing {
            count: u32,
            list: Vec<f32>,
            yes: bool,
        }
        for (json, says) in [
            ("1", "expected an object"),
            (r#"{"count": -1}"#, "expected a whole number from 0 on"),
            (r#"{"count": "x"}"#, "expected a whole number from 0 on"),
            (r#"{"list": {}}"#, "expected a list"),
            (r#"{"list": ["a"]}"#, "expected a number"),
            (r#"{"yes": 1}"#, "expected true or false"),
        ] {
            let error = plain(&serde_json::from_str::<NewThing>(json).unwrap_err().to_string());
            assert!(error.contains(says) && !error.contains("NewThing"), "{error}");
        }
        assert_eq!(plain("Failed to parse the request body as JSON: EOF"), "the body is no JSON: EOF");
        assert_eq!(plain("expected usefulness, expected "), "expected usefulness, expected ");
    }
}
