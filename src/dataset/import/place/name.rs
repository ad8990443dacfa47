//! What the name of a file means, whoever wrote it: with `/` or `\`, from another disk, as an address, escaped, in either
//! form of Unicode.

use crate::domain::name::spelled;
use crate::picture::{is_named_as_foreign_picture, is_named_as_picture};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use std::path::Path;

/// The parts of a path, in one form of Unicode; what leads out of a folder (`..`, a disk, a host) is left out.
pub fn parts(path: &str) -> Vec<String> {
    let path = spelled(path);
    let mut parts: Vec<String> = Vec::new();
    for part in local(&path).split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// How a data set may mean the name of a file, the likeliest first.
pub fn meanings(name: &str) -> Vec<Vec<String>> {
    let name = name.trim().trim_matches('\0');
    let mut ways = vec![name.to_owned()];
    let mut add = |way: String| {
        if !ways.contains(&way) {
            ways.push(way);
        }
    };
    if let Some((before, _)) = name.split_once(['?', '#']).filter(|_| name.contains("://")) {
        add(before.to_owned());
    }
    asked(name).into_iter().for_each(add);
    for way in ways.clone() {
        if let Ok(decoded) = percent_decode_str(&way).decode_utf8() {
            let decoded = decoded.into_owned();
            if !ways.contains(&decoded) {
                ways.push(decoded);
            }
        }
    }
    let mut meanings: Vec<Vec<String>> = Vec::new();
    for parts in ways.iter().map(|way| parts(way)).filter(|parts| !parts.is_empty()) {
        if !meanings.contains(&parts) {
            meanings.push(parts);
        }
    }
    meanings
}

/// What an address asks for, as Label Studio names what it serves: `/data/local-files/?d=folder/a.jpg`, or
/// `/tasks/7/presign/?fileuri=` and the address of the file in base64.
pub fn asked(address: &str) -> Vec<String> {
    let Some((_, question)) = address.split_once('?') else { return Vec::new() };
    let mut names = Vec::new();
    if let Some(all) = question.strip_prefix("d=") {
        // A file may have a `&` in its name.
        names.push(all.to_owned());
    }
    let asked =
        question.split('&').filter_map(|pair| pair.strip_prefix("d=").or_else(|| pair.strip_prefix("fileuri=")));
    for asked in asked {
        let plain = percent_decode_str(asked).decode_utf8_lossy();
        let letters = plain.trim_end_matches('=').replace('-', "+").replace('_', "/");
        let bytes = STANDARD_NO_PAD.decode(letters).ok();
        let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|decoded| is_picture(decoded));
        names.extend([decoded.unwrap_or_else(|| asked.to_owned())]);
    }
    names
}

/// Whether a name is that of a picture, by its ending.
pub fn is_picture(name: &str) -> bool {
    is_named_as_picture(Path::new(name))
}

/// Whether a name is that of a picture of a kind that is not read.
pub fn is_foreign_picture(name: &str) -> bool {
    is_named_as_foreign_picture(Path::new(name))
}

/// Without `http://host`, `file://` and `C:`.
fn local(path: &str) -> &str {
    if let Some((scheme, rest)) = path.split_once("://")
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        return match scheme.eq_ignore_ascii_case("file") {
            true => rest,
            false => rest.split_once('/').map_or(rest, |(_, path)| path),
        };
    }
    match path.as_bytes() {
        [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic() => &path[2..],
        _ => path,
    }
}

/// Letters that are the same in whatever code page a ZIP or a file was written.
pub fn skeleton(name: &str) -> String {
    let mut skeleton = String::new();
    for c in name.chars() {
        match c.is_ascii() {
            true => skeleton.push(c.to_ascii_lowercase()),
            false if !skeleton.ends_with('*') => skeleton.push('*'),
            false => {}
        }
    }
    skeleton
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_name_are_found_whoever_wrote_it() {
        for name in [
            "images/a b.jpg",
            "./images//a b.jpg",
            "images\\a b.jpg",
            ".\\images\\a b.jpg",
            "C:\\images\\a b.jpg",
            "/images/a b.jpg",
            "../../images/a b.jpg",
            "x/../images/a b.jpg",
            "http://host:80/images/a b.jpg",
            "file:///images/a b.jpg",
        ] {
            assert_eq!(parts(name), ["images", "a b.jpg"], "{name}");
        }
        assert_eq!(parts("e\u{301}.jpg"), ["\u{e9}.jpg"]);
    }

    #[test]
    fn an_escaped_name_means_what_it_says_first() {
        assert_eq!(meanings("f%20g.jpg"), [["f%20g.jpg"], ["f g.jpg"]]);
        assert_eq!(meanings("50%.jpg"), [["50%.jpg"]]);
        assert_eq!(meanings("/data/local-files/?d=up%2Fa.jpg").last().unwrap(), &["up", "a.jpg"]);
        assert_eq!(meanings("s3://b/x/a.jpg?v=1")[1], ["x", "a.jpg"]);
        assert_eq!(meanings("/data/local-files/?d=a.jpg&t=1").last().unwrap(), &["a.jpg"]);
        // "s3://bucket/up/a?.jpg", whose base64 has a letter of its own in addresses.
        for code in
            ["czM6Ly9idWNrZXQvdXAvYT8uanBn", "czM6Ly9idWNrZXQvdXAvYj8/LmpwZw%3D%3D", "czM6Ly9idWNrZXQvdXAvYj8_LmpwZw"]
        {
            let meant = meanings(&format!("/tasks/7/presign/?fileuri={code}"));
            assert!(meant.iter().any(|parts| parts.len() == 2 && parts[0] == "up"), "{meant:?}");
        }
        assert!(meanings("..").is_empty() && meanings("").is_empty());
    }
}
