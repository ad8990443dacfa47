//! Addresses as they may be told: without who comes in by them.

use std::ops::Range;

/// Keys whose values say nothing but which picture is meant.
const HARMLESS: [&str; 9] =
    ["camera", "channel", "fps", "profile", "proto", "resolution", "stream", "subtype", "unicast"];
/// Parts of keys whose values are passwords.
const PASSWORDS: [&str; 7] = ["pass", "pwd", "pw", "secret", "token", "key", "auth"];
/// What stands between a value and the next key. Vendors write them in a query and in a path alike.
const BETWEEN: [char; 7] = ['&', ';', '?', '/', '_', ',', '#'];
/// Stands for what is left out.
const HIDDEN: &str = "…";

/// The text with all addresses in it (`scheme://…`) without their user and password, and without the values of `KEY=VALUE`
/// in them, where tokens and passwords stand, but those that are known to be harmless.
pub fn without_secrets(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find("://") {
        let (before, address) = left.split_at(at + 3);
        told.push_str(before);
        let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`".contains(c);
        let (address, rest) = address.split_at(address.find(ends).unwrap_or(address.len()));
        tell(address, &mut told);
        left = rest;
    }
    told.push_str(left);
    told
}

/// What was to be the source of pictures and was not understood, as it may be told: whatever it was meant to be, without
/// what stands before an `@`, without values, and of a command only the first word.
pub fn not_understood(text: &str) -> String {
    let text = text.trim();
    let (scheme, rest) = match text.find("://") {
        Some(at) if !text[..at].contains(char::is_whitespace) => text.split_at(at + 3),
        _ => ("", text),
    };
    let mut told = scheme.to_owned();
    let place = match rest.rsplit_once('@') {
        Some((_, place)) => {
            told.push_str(HIDDEN);
            told.push('@');
            place
        }
        None => rest,
    };
    let word = place.split(char::is_whitespace).next().unwrap_or_default();
    tell(word, &mut told);
    if word.len() < place.len() {
        told.push(' ');
        told.push_str(HIDDEN);
    }
    told
}

/// The passwords among the values of an address.
pub fn passwords_in(address: &str) -> impl Iterator<Item = &str> {
    values(address).into_iter().filter_map(|value| is_password(&address[value.key]).then(|| &address[value.text]))
}

/// What stands for a password before another word, as programs are told them.
const BEFORE: [&str; 5] = ["-u", "--user", "--proxy-user", "Bearer", "Basic"];
/// A shorter one would be found in every other word.
const SHORTEST: usize = 4;
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// What looks like a password in a command: of addresses and of `USER:PASSWORD`, and the values of what is called as one.
pub fn secrets_in_command(command: &str) -> Vec<String> {
    let words: Vec<&str> =
        command.split(|c: char| c.is_whitespace() || c == ';').map(|word| word.trim_matches(QUOTES)).collect();
    let mut secrets = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let before = number.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let option = before.starts_with('-') && !before.contains('=') && is_password(before);
        if BEFORE.contains(&before) {
            secrets.push(word.split_once(':').map_or(*word, |(_, password)| password));
        } else if option && !word.starts_with('-') {
            secrets.push(word);
        }
        let named = word.split_once('=').filter(|(key, _)| is_password(key) && !key.contains("://"));
        secrets.extend(named.map(|(_, value)| value.trim_matches(QUOTES)));
        if let Some((_, address)) = word.split_once("://") {
            let user = address.rsplit_once('@').map(|(user, _)| user);
            secrets.extend(user.map(|user| user.split_once(':').map_or(user, |(_, password)| password)));
            secrets.extend(passwords_in(address));
        }
    }
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets.into_iter().map(str::to_owned).collect()
}

fn is_password(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    PASSWORDS.iter().any(|known| key.contains(known))
}

/// What stands behind the scheme.
fn tell(address: &str, told: &mut String) {
    // A password may hold what should have been encoded: everything up to the last `@` is hidden, and with a `?` before
    // that also what looks like a query.
    let (place, query) = match (address.find('?'), address.rfind('@')) {
        (Some(question), Some(at)) if question < at && !address[..question].contains('@') => {
            (&address[at..], address[at..].split_once('?').map(|(_, query)| query))
        }
        (Some(question), _) => (&address[..question], Some(&address[question + 1..])),
        (None, _) => (address, None),
    };
    match place.rsplit_once('@') {
        Some((_, host)) => {
            told.push_str(HIDDEN);
            told.push('@');
            tell_values(host.split('?').next().unwrap_or_default(), told);
        }
        None => tell_values(place, told),
    }
    let Some(query) = query else { return };
    for (number, part) in query.split('&').enumerate() {
        told.push(if number == 0 { '?' } else { '&' });
        match part.split_once('=') {
            Some((key, _)) if !is_harmless(key) => {
                told.push_str(key);
                told.push('=');
                told.push_str(HIDDEN);
            }
            Some(_) => tell_values(part, told),
            // A token may stand alone.
            None => told.push_str(HIDDEN),
        }
    }
}

fn is_harmless(key: &str) -> bool {
    HARMLESS.iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// A part of an address with its values hidden.
fn tell_values(part: &str, told: &mut String) {
    let mut from = 0;
    for Value { key, text } in values(part) {
        if is_harmless(&part[key]) {
            continue;
        }
        told.push_str(&part[from..text.start]);
        told.push_str(HIDDEN);
        from = text.end;
    }
    told.push_str(&part[from..]);
}

/// Where a key and its value stand.
struct Value {
    key: Range<usize>,
    text: Range<usize>,
}

/// Every `KEY=VALUE`. A value reaches to the next key, or the end: what else it holds may be part of a password.
fn values(text: &str) -> Vec<Value> {
    let keys: Vec<Range<usize>> = text
        .match_indices('=')
        .filter_map(|(end, _)| {
            let begin = text[..end].rfind(BETWEEN).map_or(0, |at| at + 1);
            // Base64 ends so, and a value may be empty.
            let empty = text[end + 1..].chars().next().is_none_or(|next| next == '=' || BETWEEN.contains(&next));
            (!empty && !text[begin..end].contains('=')).then_some(begin..end)
        })
        .collect();
    let ends = keys.iter().skip(1).map(|next| next.start - 1).chain([text.len()]);
    keys.iter().cloned().zip(ends).map(|(key, end)| Value { text: key.end + 1..end.max(key.end + 1), key }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_who_comes_in_by_them_and_nothing_else() {
        for (text, told) in [
            ("no address: a@b, 1:/2", "no address: a@b, 1:/2"),
            ("rtsp://10.0.0.7:554/h264", "rtsp://10.0.0.7:554/h264"),
            ("rtsp://admin:geheim@cam/1: 401", "rtsp://…@cam/1: 401"),
            ("[rtsp @ 0x1] 'rtsps://a:b@c/d' and http://e:f@g.", "[rtsp @ 0x1] 'rtsps://…@c/d' and http://…@g."),
            ("rtsp://admin@cam", "rtsp://…@cam"),
            ("rtsp://a:p@ss/w@rd@cam/x", "rtsp://…@cam/x"),
            ("rtsp://a:what?@cam/x?channel=1", "rtsp://…@cam/x?channel=1"),
            ("http://cam/x?user=admin&pwd=geheim&channel=1", "http://cam/x?user=…&pwd=…&channel=1"),
            ("http://cam/x?geheim", "http://cam/x?…"),
            ("http://cam/x?mail=a@b", "http://…@b"),
            (
                "rtsp://cam:554/user=admin&password=geheim&channel=1&stream=0.sdp",
                "rtsp://cam:554/user=…&password=…&channel=1&stream=0.sdp",
            ),
            ("rtsp://cam/user=admin_password=ge_h/eim==_channel=1", "rtsp://cam/user=…_password=…_channel=1"),
            ("rtsp://u:p@cam/1;pass=geheim", "rtsp://…@cam/1;pass=…"),
            ("rtsp://cam/x?channel=1;pass=geheim==", "rtsp://cam/x?channel=1;pass=…"),
            ("http://cam/x?=geheim&a[b]=ge/heim==", "http://cam/x?=…&a[b]=…"),
            ("://", "://"),
        ] {
            assert_eq!(without_secrets(text), told, "{text}");
        }
    }

    #[test]
    fn what_was_not_understood_is_told_without_what_it_was_meant_to_hide() {
        for (text, told) in [
            ("webcam", "webcam"),
            ("admin:geheim@192.168.1.2", "…@192.168.1.2"),
            ("rtsp:/u:geheim@h/x", "…@h/x"),
            ("rtsp://u:ge heim@h/x", "rtsp://…@h/x"),
            ("Exec:curl -u admin:geheim http://cam", "Exec:curl …"),
            ("exce:PASSWORD=geheim gst-launch-1.0 x", "exce:PASSWORD=… …"),
            ("rtsp:/cam/user=a_password=geheim", "rtsp:/cam/user=…_password=…"),
            ("curl -u a:geheim http://cam", "curl …"),
            ("curl -u a:geheim rtsp://b@cam -x geheim", "…@cam …"),
        ] {
            assert_eq!(not_understood(text), told, "{text}");
        }
        let passwords = |address| passwords_in(address).collect::<Vec<_>>();
        assert_eq!(passwords("rtsp://cam/user=admin_password=geheim_channel=1"), ["geheim"]);
        assert_eq!(passwords("rtsp://cam/x?access_token=abc&channel=1"), ["abc"]);
    }

    #[test]
    fn what_looks_like_a_password_in_a_command_is_found() {
        for (command, secrets) in [
            ("curl -u admin:geheim http://cam/snapshot.jpg", vec!["geheim"]),
            ("PASSWORD='ge=heim' camera --token=abcd1234 --fps=30", vec!["abcd1234", "ge=heim"]),
            ("camera --api-key \"k3y-of-it\" --size 640", vec!["k3y-of-it"]),
            ("ffmpeg -i rtsp://admin:ge:heim@cam/1?auth=sesame -f mjpeg -", vec!["ge:heim", "sesame"]),
            ("curl -H 'Authorization: Bearer eyJhbGciOi' http://cam/x", vec!["eyJhbGciOi"]),
            ("gst-launch-1.0 -q v4l2src ! jpegenc ! fdsink", vec![]),
            ("camera --pass --pin=1234 --pw=abc", vec![]),
        ] {
            let mut found = secrets_in_command(command);
            found.sort();
            assert_eq!(found, secrets, "{command}");
        }
    }
}
