//! Addresses as they may be told: without who comes in by them.

/// Keys of queries whose values say nothing but which picture is meant.
const HARMLESS: [&str; 9] =
    ["camera", "channel", "fps", "profile", "proto", "resolution", "stream", "subtype", "unicast"];
/// Stands for what is left out.
const HIDDEN: &str = "…";

/// The text with all addresses in it (`scheme://…`) without their user and password, and without the values of their
/// query, where tokens and passwords stand, but those that are known to be harmless.
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
            told.push_str(host.split('?').next().unwrap_or_default());
        }
        None => told.push_str(place),
    }
    let Some(query) = query else { return };
    for (number, part) in query.split('&').enumerate() {
        told.push(if number == 0 { '?' } else { '&' });
        match part.split_once('=') {
            Some((key, _)) if !HARMLESS.iter().any(|known| key.eq_ignore_ascii_case(known)) => {
                told.push_str(key);
                told.push('=');
                told.push_str(HIDDEN);
            }
            Some(_) => told.push_str(part),
            // A token may stand alone.
            None => told.push_str(HIDDEN),
        }
    }
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
            ("://", "://"),
        ] {
            assert_eq!(without_secrets(text), told, "{text}");
        }
    }
}
