//! Letters of which nobody says how they are coded: what they may mean, and when they mean nothing that is known.
//!
//! What is no UTF-8 is taken for Windows-1252 where that makes words of a western language of it. Where it does not, it may be any
//! code (GBK, Shift JIS, …): such letters are lost, and a name that has one is no name.

use crate::domain::name::spelled;
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, IBM866, ISO_8859_2, KOI8_R, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252,
};

/// Stands for what can't be read.
const LOST: char = char::REPLACEMENT_CHARACTER;

/// Whether something in a text can't be read.
pub fn is_lost(text: &str) -> bool {
    text.contains(LOST)
}

/// The text of bytes that should be UTF-8, and whether some are not; these are guessed, or lost.
pub fn mended(bytes: &[u8]) -> (String, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), false);
    }
    let (mut text, mut at) = (String::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let high = !bytes[at].is_ascii();
        let end = bytes[at..].iter().position(|b| b.is_ascii() == high).map_or(bytes.len(), |length| at + length);
        let run = &bytes[at..end];
        let beside = [at.checked_sub(1), Some(end)].map(|beside| bytes.get(beside?).copied());
        match std::str::from_utf8(run) {
            Ok(sound) => text.push_str(sound),
            Err(_) => match western(run, beside) {
                Some(word) => text.push_str(&word),
                None => text.push(LOST),
            },
        }
        at = end;
    }
    (text, true)
}

/// Letters in Windows-1252 between these bytes, where they make sense there: hardly ever more than two follow one another, and
/// no capital follows a small letter.
fn western(run: &[u8], [before, after]: [Option<u8>; 2]) -> Option<String> {
    let text = WINDOWS_1252.decode_without_bom_handling(run).0;
    let rises = before.is_some_and(|b| b.is_ascii_lowercase()) && text.chars().next().is_some_and(char::is_uppercase);
    let in_word = [before, after].into_iter().flatten().any(|b| b.is_ascii_alphabetic());
    let sound = match run.len() {
        1 => text.chars().all(|c| is_letter(c) || SIGNS.contains(c)),
        2 => in_word && text.chars().all(|c| is_letter(c) && c.is_lowercase()),
        _ => false,
    };
    (sound && !rises).then(|| text.into_owned())
}

/// What stands alone in western texts.
const SIGNS: &str = "°²³½¼¾µ·–—‘’“”„…€£§©®«»±×º¹ª™•";

fn is_letter(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Œ' | 'œ' | 'Ÿ')
}

/// A name that is no UTF-8, as words of a western language or else in the code page of old ZIPs, in which every byte has a letter.
pub fn name_of(bytes: &[u8]) -> String {
    match mended(bytes).0 {
        text if is_lost(&text) => in_page(bytes, PAGE_437),
        text => text,
    }
}

/// A name as ZIPs have it that do not say how it is coded.
pub fn name_in_zip(bytes: &[u8]) -> String {
    in_page(bytes, PAGE_437)
}

/// The letters of the bytes from 128 on, in the code pages of DOS.
const PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const PAGE_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

fn in_page(bytes: &[u8], page: &str) -> String {
    let letters: Vec<char> = page.chars().collect();
    bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { letters[usize::from(*b) - 128] }).collect()
}

fn of_page(text: &str, page: &str) -> Option<Vec<u8>> {
    let byte = |c: char| match u8::try_from(c).ok().filter(u8::is_ascii) {
        Some(byte) => Some(byte),
        None => page.chars().position(|letter| letter == c).map(|at| at as u8 + 128),
    };
    text.chars().map(byte).collect()
}

/// Codes in which a name may have been written.
const CODES: [&Encoding; 14] = [
    UTF_8,
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1251,
    ISO_8859_2,
    MACINTOSH,
    IBM866,
    KOI8_R,
    GBK,
    BIG5,
    SHIFT_JIS,
    EUC_JP,
    EUC_KR,
    encoding_rs::GB18030,
];

/// Whether one of two names is the other, read in a wrong code; capital letters of ASCII make no difference.
pub fn is_misread(one: &str, other: &str) -> bool {
    let read_as = |wrong: &str, right: &str| {
        let right = spelled(right);
        bytes_of(wrong).iter().any(|bytes| meanings(bytes).any(|text| spelled(&text).eq_ignore_ascii_case(&right)))
    };
    read_as(one, other) || read_as(other, one)
}

/// The bytes that were taken for this text.
fn bytes_of(text: &str) -> Vec<Vec<u8>> {
    let coded = |code: &'static Encoding| {
        let (bytes, _, failed) = code.encode(text);
        (!failed).then(|| bytes.into_owned())
    };
    [of_page(text, PAGE_437), of_page(text, PAGE_850), coded(WINDOWS_1252)].into_iter().flatten().collect()
}

/// The texts that bytes are, each in another code.
fn meanings(bytes: &[u8]) -> impl Iterator<Item = String> {
    let coded = CODES.iter().filter_map(|code| code.decode_without_bom_handling_and_without_replacement(bytes));
    let pages = [PAGE_437, PAGE_850].map(|page| in_page(bytes, page));
    coded.map(std::borrow::Cow::into_owned).chain(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_words_are_read_and_those_of_other_codes_are_lost() {
        let coded = |code: &'static Encoding, text: &str| code.encode(text).0.into_owned();
        for word in
            ["Früchte", "Größe", "Äpfel", "ÄPFEL", "crème brûlée", "à la", "20 °C", "Ann’s", "100 €", "Smørrebrød"]
        {
            assert_eq!(mended(&coded(WINDOWS_1252, word)).0, word);
            assert_eq!(mended(word.as_bytes()), (word.to_owned(), false));
        }
        for (code, words) in [
            (GBK, "红 绿 猫 狗 苹果 人 车 好苹果 坏苹果"),
            (BIG5, "紅 綠 貓 狗 蘋果 人 車"),
            (SHIFT_JIS, "赤 緑 犬 リンゴ 人 車"),
            (EUC_KR, "빨강 초록 사람 차"),
            (WINDOWS_1251, "красный кот пёс да"),
            (encoding_rs::IBM866, "красный кот"),
        ] {
            for word in words.split(' ').filter(|word| !matches!(*word, "猫")) {
                let text = mended(&coded(code, word)).0;
                assert!(is_lost(&text), "{word} as {text}");
            }
        }
        // Beside sound letters.
        assert_eq!(mended(b"\xe8\xb5\xa4 Fr\xfcchte").0, "赤 Früchte");
    }

    #[test]
    fn a_name_of_any_bytes_is_one_and_no_other() {
        assert_eq!(name_of(b"Fr\xfcchte.jpg"), "Früchte.jpg");
        let all: std::collections::HashSet<String> = (128..=255).map(|b| name_of(&[b, b, b])).collect();
        assert_eq!(all.len(), 128);
        assert!(all.iter().all(|name| !is_lost(name) && !name.chars().any(char::is_control)));
    }

    #[test]
    fn a_name_is_known_in_a_wrong_code_and_no_other_for_it() {
        for (one, other, same) in [
            ("Früchte.jpg", "Fr\u{b3}chte.jpg", true),
            ("Früchte.jpg", "Frⁿchte.JPG", true),
            ("Früchte.jpg", "FrÃ¼chte.jpg", true),
            ("红.jpg", "║∞.jpg", true),
            ("红.jpg", "ºì.jpg", true),
            ("赤.jpg", "Ô.jpg", false),
            ("红.jpg", "绿.jpg", false),
            ("Früchte.jpg", "Fröchte.jpg", false),
            ("\u{fffd}\u{fffd}.jpg", "红.jpg", false),
        ] {
            assert_eq!((is_misread(one, other), is_misread(other, one)), (same, same), "{one} {other}");
        }
    }
}
