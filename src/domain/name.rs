//! Names that people give, as their keyboards, file systems and programs spell them.
//!
//! `é` is one letter or two, by the system that wrote it: names are spelled one way (Unicode's NFC) where they come in, and
//! compared as if they were. What nobody sees is no part of a name: two that look alike would be two. And a name becomes
//! part of an address, of which `.` and `..` can be no part: whoever sends it takes them away before.

use super::limits;
use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, JoiningType, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The one spelling of a name.
pub fn spelled(name: &str) -> Cow<'_, str> {
    if is_nfc(name) { name.into() } else { name.nfc().collect::<String>().into() }
}

/// Whether both are one name, however they are spelled, and however their letters are joined and their pictures drawn.
pub fn same(one: &str, other: &str) -> bool {
    one == other || bare(one) == bare(other)
}

/// A name as it is compared: spelled in one way, without what only joins letters and says how a picture is drawn. Two that
/// differ in nothing else look alike, or nearly.
pub fn bare(name: &str) -> String {
    let name: String = name.chars().filter(|c| !is_joiner(*c) && !is_style(*c)).collect();
    spelled(&name).into_owned()
}

/// What a name must be like, beside its length; the error says what is wrong with it, and what to do.
pub fn check(name: &str) -> Result<(), String> {
    if name.chars().any(char::is_control) || name.trim() != name {
        return Err(format!("the name {name:?} must not hold control characters nor begin or end with a space"));
    }
    is_text(name)?;
    let chars: Vec<char> = name.chars().collect();
    if let Some(unseen) = (0..chars.len()).find(|at| is_unseen(&chars, *at)).map(|at| chars[at]) {
        let code = u32::from(unseen);
        return Err(match is_joiner(unseen) || is_style(unseen) || is_tag(unseen) {
            true => format!(
                "the name {name:?} holds a character (U+{code:04X}) that only joins or changes others, where it changes \
                 none, so that two names may look alike; type it anew"
            ),
            false => format!(
                "the name `{name}` holds a character that nobody sees (U+{code:04X}), so that two names may look alike; \
                 type it anew"
            ),
        });
    }
    if name.contains("  ") || name.chars().any(|c| c.is_whitespace() && c != ' ') {
        return Err(format!(
            "the name {name:?} holds white space other than one plain space between words, so that two names may look \
             alike; type it anew"
        ));
    }
    if DOTS.contains(&name) {
        return Err(format!(
            "`{name}` can't be a name, as it can be no part of an address; take another, such as `dots`"
        ));
    }
    Ok(())
}

/// What the name of a file must be like: files may be called as they like, but not everything can be written down again.
pub fn check_file(name: &str) -> Result<(), String> {
    if name.len() > limits::FRAME_NAME {
        return Err(format!("the name of a file has at most {} bytes", limits::FRAME_NAME));
    }
    is_text(name)
}

/// Whether a number stands for a character: XML holds no other, and file systems not the one of which the number is 0.
pub fn is_character(c: char) -> bool {
    !matches!(c, '\0' | '\u{fdd0}'..='\u{fdef}') && u32::from(c) & 0xfffe != 0xfffe
}

fn is_text(name: &str) -> Result<(), String> {
    match name.chars().find(|c| !is_character(*c)) {
        Some(c) => Err(format!("the name {name:?} holds U+{:04X}, which is no character; take it out", u32::from(c))),
        None => Ok(()),
    }
}

/// What is nearest to a name that [`check`] refuses, or is too long: for what is there already, or comes in by the
/// thousand. Whoever takes it must tell.
pub fn nearest(name: &str, most: usize) -> String {
    let mut name = name.to_owned();
    // What is taken away may leave what it joined, or be what kept two letters from becoming one.
    loop {
        let nearer = nearer(&name, most);
        if nearer == name {
            break;
        }
        name = nearer;
    }
    match name.as_str() {
        "" => "unnamed".into(),
        dots if DOTS.contains(&dots) => format!("({dots})"),
        _ => name,
    }
}

fn nearer(name: &str, most: usize) -> String {
    let plain = |c: char| if c.is_control() || (c.is_whitespace() && !is_blank(c)) { ' ' } else { c };
    let chars: Vec<char> = name.nfc().map(plain).filter(|c| is_character(*c)).collect();
    let seen: String = (0..chars.len()).filter(|at| !is_unseen(&chars, *at)).map(|at| chars[at]).collect();
    let words = seen.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.chars().take(most).collect::<String>().trim_end().to_owned()
}

const DOTS: [&str; 2] = [".", ".."];

/// Whether nobody sees the character at this place: it takes no place and says nothing. What joins others (emoji of several
/// people, Persian, Hindi) and chooses between shapes does so in its place only.
fn is_unseen(chars: &[char], at: usize) -> bool {
    let (before, after) = (&chars[..at], &chars[at + 1..]);
    match chars[at] {
        c if is_joiner(c) => !(joins_letters(before, after) || c == '\u{200d}' && joins_pictures(before, after)),
        c if is_style(c) => !(is_picture(before.last()) || is_key(before, after)),
        c if is_tag(c) => !is_of_flag(before, after),
        // Mongolian has shapes to choose from.
        '\u{180b}'..='\u{180d}' | '\u{180f}' => {
            let script = CodePointMapData::<Script>::new();
            before.last().is_none_or(|c| script.get(*c) != Script::Mongolian)
        }
        c => is_blank(c) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c),
    }
}

/// What Unicode has as a line end, a note or a letter, and nobody sees.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{fff9}'..='\u{fffb}' | '\u{1d159}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Chooses between a picture in black and one in colours.
fn is_style(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// A letter in the name of a flag, which ends with the last of them.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..=FLAG_END)
}

const FLAG: char = '\u{1f3f4}';
const FLAG_END: char = '\u{e007f}';

/// As in England's flag: behind a black one, up to the end.
fn is_of_flag(before: &[char], after: &[char]) -> bool {
    let first = before.iter().rev().find(|c| !is_tag(**c));
    let ended = before.last() != Some(&FLAG_END);
    let end = |tags: &[char]| tags.iter().take_while(|c| is_tag(**c)).any(|c| *c == FLAG_END);
    let last = after.first().is_none_or(|c| !is_tag(*c)) && before.last().is_some_and(|c| is_tag(*c));
    first == Some(&FLAG) && ended && (last || end(after))
}

/// Letters that join: those of Arabic and its like, and those of Indic scripts at a mark that takes their vowel away.
fn joins_letters(before: &[char], after: &[char]) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new();
    let is_virama = |c: Option<&char>| c.is_some_and(|c| class.get(*c) == CanonicalCombiningClass::Virama);
    if before.is_empty() || after.is_empty() {
        return false;
    }
    if is_virama(before.last()) || is_virama(after.first()) {
        return true;
    }
    let kinds = CodePointMapData::<JoiningType>::new();
    // Marks of vowels stand between letters.
    let letter = |c: &&char| kinds.get(**c) != JoiningType::Transparent;
    let joins = |c: Option<&char>| c.is_some_and(|c| !is_joiner(*c) && kinds.get(*c) != JoiningType::NonJoining);
    joins(before.iter().rev().find(letter)) && joins(after.iter().find(letter))
}

fn joins_pictures(before: &[char], after: &[char]) -> bool {
    let modifiers = CodePointSetData::new::<EmojiModifier>();
    let last = before.iter().rev().find(|c| !is_style(**c) && !modifiers.contains(**c));
    is_picture(last) && is_picture(after.first())
}

fn is_picture(c: Option<&char>) -> bool {
    c.is_some_and(|c| CodePointSetData::new::<ExtendedPictographic>().contains(*c))
}

/// The digit of a key, as it is drawn in a box.
fn is_key(before: &[char], after: &[char]) -> bool {
    before.last().is_some_and(|c| c.is_ascii_digit() || matches!(c, '#' | '*')) && after.first() == Some(&'\u{20e3}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_name_has_one_spelling() {
        assert_eq!(spelled("cafe\u{301}"), "café");
        assert!(matches!(spelled("café"), Cow::Borrowed("café")));
        assert!(same("cafe\u{301}", "café") && same("가", "\u{1100}\u{1161}") && !same("cafe", "café"));
    }

    #[test]
    fn what_is_seen_is_a_name() {
        for name in [
            "a b",
            "fr/3HI",
            "50%",
            "%2e%2e",
            "...",
            "a..",
            "<b>x</b>",
            "it's \"x\"",
            "🍎 apple",
            "👩\u{200d}🚒",
            "☺\u{fe0f}",
            "赤い箱",
            "בקבוק",
            "زجاجة",
            "می\u{200c}خواهم",
            "กล่อง",
            "CON",
            "null",
            "é",
            "😀",
            "🏴\u{e0067}\u{e007f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} flag",
            "🏳\u{fe0f}\u{200d}🌈",
            "👁\u{fe0f}\u{200d}🗨\u{fe0f}",
            "👩🏽\u{200d}🚒",
            "❤\u{fe0f}\u{200d}🔥",
            "🧑🏿\u{200d}🦰",
            "1\u{fe0f}\u{20e3}",
            "☎\u{fe0e}",
            "دیوار\u{200c}ها",
            "क्\u{200d}ष",
            "क्\u{200c}ष",
            "ශ්\u{200d}රී",
            "র\u{200d}্য",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
            assert_eq!(nearest(name, 64), name);
        }
    }

    #[test]
    fn what_is_not_seen_is_refused_in_words_and_has_a_nearest_name() {
        for (name, words, near) in [
            ("tab\there", "control characters", "tab here"),
            (" a", "space", "a"),
            ("a\u{3000}", "space", "a"),
            ("a\u{200b}b", "U+200B", "ab"),
            ("\u{feff}a", "U+FEFF", "a"),
            ("\u{202e}a", "U+202E", "a"),
            ("a\u{2028}b", "U+2028", "ab"),
            ("\u{200d}", "joins", "unnamed"),
            ("a\u{200d}", "joins", "a"),
            ("\u{fe0f}", "joins", "unnamed"),
            ("a\u{200c}b", "joins", "ab"),
            ("a\u{200d}b", "joins", "ab"),
            ("赤\u{200d}い", "joins", "赤い"),
            ("می\u{200c}\u{200c}خواهم", "joins", "میخواهم"),
            ("😀\u{200d}a", "joins", "😀a"),
            ("a\u{fe0f}", "joins", "a"),
            ("1\u{fe0f}", "joins", "1"),
            ("a\u{fe00}", "U+FE00", "a"),
            ("葛\u{e0100}", "U+E0100", "葛"),
            ("a\u{e0001}", "U+E0001", "a"),
            ("a\u{e0041}\u{e007f}", "joins", "a"),
            ("🏴\u{e0067}", "joins", "🏴"),
            ("a\u{34f}b", "U+034F", "ab"),
            ("a\u{2800}", "U+2800", "a"),
            ("a\u{3164}", "U+3164", "a"),
            ("a\u{180b}", "U+180B", "a"),
            ("red  box", "white space", "red box"),
            ("red\u{a0}box", "white space", "red box"),
            ("red\u{2003}box", "white space", "red box"),
            ("赤い\u{3000}箱", "white space", "赤い 箱"),
            ("a\u{ffff}", "U+FFFF", "a"),
            ("a\u{fdd0}b", "U+FDD0", "ab"),
            ("a\u{10fffe}", "U+10FFFE", "a"),
            (".", "address", "(.)"),
            ("..", "address", "(..)"),
        ] {
            let error = check(name).unwrap_err();
            assert!(error.contains(words), "{error}");
            assert_eq!(nearest(name, 64), near);
        }
        assert_eq!(nearest("abc def", 4), "abc");
    }

    #[test]
    fn what_only_joins_and_draws_makes_no_other_name() {
        for (one, other) in [("❤\u{fe0f}", "❤"), ("دیوار\u{200c}ها", "دیوارها"), ("⭐", "⭐\u{fe0f}")]
        {
            assert!(same(one, other) && !same(one, "x"));
        }
    }

    #[test]
    fn files_are_called_as_they_like() {
        for name in ["a  b.jpg", "a\tb", "\u{202e}gpj", ""] {
            assert_eq!(check_file(name), Ok(()));
        }
        assert!(check_file("a\u{fffe}.jpg").unwrap_err().contains("U+FFFE"));
        assert!(check_file("a\0.mp4").unwrap_err().contains("U+0000"));
        assert!(check_file(&"x".repeat(501)).unwrap_err().contains("at most 500 bytes"));
    }

    proptest! {
        #[test]
        fn every_nearest_name_is_a_name(
            name in prop_oneof![
                any::<String>(),
                "[a \u{200c}\u{200d}\u{fe0e}\u{fe0f}\u{301}\u{94d}\u{e0067}\u{e007f}🏴👩یर\u{34f}\u{2800}1\u{20e3}]{0,12}",
            ],
            most in 8usize..64,
        ) {
            let near = nearest(&name, most);
            prop_assert_eq!(check(&near), Ok(()), "{:?}", near);
            prop_assert!((1..=most).contains(&near.chars().count()));
            prop_assert!(is_nfc(&near));
        }
    }
}
