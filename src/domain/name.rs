//! Names that people give, as their keyboards, file systems and programs spell them.
//!
//! `é` is one letter or two, by the system that wrote it: names are spelled one way (Unicode's NFC) where they come in, and
//! compared as if they were. What nobody sees is no part of a name: two that look alike would be two. And a name becomes
//! part of an address, of which `.` and `..` can be no part: whoever sends it takes them away before.

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The one spelling of a name.
pub fn spelled(name: &str) -> Cow<'_, str> {
    if is_nfc(name) { name.into() } else { name.nfc().collect::<String>().into() }
}

/// Whether both are one name, however they are spelled.
pub fn same(one: &str, other: &str) -> bool {
    one == other || spelled(one) == spelled(other)
}

/// What a name must be like, beside its length; the error says what is wrong with it, and what to do.
pub fn check(name: &str) -> Result<(), String> {
    if name.chars().any(char::is_control) || name.trim() != name {
        return Err(format!("the name {name:?} must not hold control characters nor begin or end with a space"));
    }
    if let Some(unseen) = name.chars().find(|c| is_unseen(*c)) {
        return Err(format!(
            "the name `{name}` holds a character that nobody sees (U+{:04X}), so that two names may look alike; type it anew",
            u32::from(unseen)
        ));
    }
    if name.starts_with(joins) || name.ends_with(is_joiner) {
        return Err(format!("the name {name:?} begins or ends with a character that only joins others; type it anew"));
    }
    if DOTS.contains(&name) {
        return Err(format!(
            "`{name}` can't be a name, as it can be no part of an address; take another, such as `dots`"
        ));
    }
    Ok(())
}

/// What is nearest to a name that [`check`] refuses, or is too long: for what is there already, or comes in by the
/// thousand. Whoever takes it must tell.
pub fn nearest(name: &str, most: usize) -> String {
    let shown =
        name.nfc().filter(|c| !is_unseen(*c)).map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c });
    let text: String = shown.collect();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || joins(c));
    let short: String = text.chars().take(most).collect();
    let short = short.trim_end_matches(|c: char| c.is_whitespace() || is_joiner(c));
    match short {
        "" => "unnamed".into(),
        dots if DOTS.contains(&dots) => format!("({dots})"),
        name => name.into(),
    }
}

const DOTS: [&str; 2] = [".", ".."];

/// Takes no place and says nothing: spaces of no width, fillers, directions that turn what follows. Those that join others
/// (emoji of several people, Persian) and choose between shapes are no such.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Means something behind another character only.
fn joins(c: char) -> bool {
    is_joiner(c) || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
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
            (".", "address", "(.)"),
            ("..", "address", "(..)"),
        ] {
            let error = check(name).unwrap_err();
            assert!(error.contains(words), "{error}");
            assert_eq!(nearest(name, 64), near);
        }
        assert_eq!(nearest("abc def", 4), "abc");
    }

    proptest! {
        #[test]
        fn every_nearest_name_is_a_name(name: String, most in 8usize..64) {
            let near = nearest(&name, most);
            prop_assert_eq!(check(&near), Ok(()), "{:?}", near);
            prop_assert!((1..=most).contains(&near.chars().count()));
            prop_assert!(is_nfc(&near));
        }
    }
}
