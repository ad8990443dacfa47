//! Which picture a task is of.

use crate::dataset::import::formats::paired::last;
use crate::dataset::import::place::{FileId, Listing, asked, folder_of, is_picture};

/// What the data of a task mean.
#[derive(Debug, PartialEq)]
pub enum Meant {
    At(FileId),
    /// It is named, and not there: why.
    Missing(String),
    /// No picture is named.
    Nothing,
}

/// What the picture is usually called.
const KEYS: [&str; 5] = ["image", "img", "picture", "photo", "image_url"];

/// The picture of a task: what its data call an image, or what looks like one. What was sent to Label Studio has eight
/// letters and a hyphen before its name.
pub fn of(listing: &Listing, by: &str, data: &[(String, String)]) -> Meant {
    name(data).map_or(Meant::Nothing, |name| called(listing, by, name))
}

/// The picture of that name.
pub fn called(listing: &Listing, by: &str, name: &str) -> Meant {
    match listing.find(by, name) {
        Ok(file) => Meant::At(file),
        Err(why) => {
            let plain = without_mark(name).and_then(|plain| listing.any(by, &plain));
            plain.map_or_else(|| Meant::Missing(format!("{name}: {why}")), Meant::At)
        }
    }
}

/// The name of the picture, as the task says it.
pub fn name(data: &[(String, String)]) -> Option<&str> {
    let (_, text) = counts(data)?;
    Some(text.as_str()).filter(|text| !text.trim().is_empty())
}

/// What the task calls its picture.
pub fn first(data: &[(String, String)]) -> Option<&str> {
    counts(data).map(|(name, _)| name.as_str())
}

fn counts(data: &[(String, String)]) -> Option<&(String, String)> {
    let called = KEYS.iter().find_map(|key| data.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
    let looks = || data.iter().find(|(_, text)| looks(text));
    called.or_else(looks)
}

/// Whether a value of that name is the picture, or looks like one.
pub fn is_named(name: &str, text: &str) -> bool {
    is_usual(name) || looks(text)
}

/// Whether pictures are usually called so.
pub fn is_usual(name: &str) -> bool {
    KEYS.iter().any(|key| name.eq_ignore_ascii_case(key))
}

pub fn looks(text: &str) -> bool {
    let plain = text.split(['?', '#']).next().unwrap_or_default();
    is_picture(plain) || is_picture(text) || asked(text).iter().any(|name| is_picture(name))
}

/// Without the mark that Label Studio puts before the names of files that are sent to it. It puts them all into a folder of
/// its own, `upload/3`, which says nothing of where they lay.
fn without_mark(name: &str) -> Option<String> {
    let name = name.split(['?', '#']).next().unwrap_or_default();
    let (folder, (mark, plain)) = (folder_of(name), last(name).split_once('-')?);
    let folder = if folder.contains("upload/") { "" } else { folder };
    let is_mark = mark.len() == 8 && mark.bytes().all(|b| b.is_ascii_hexdigit());
    is_mark.then(|| format!("{folder}{plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_however_the_task_names_it() {
        let names = ["images/a b.jpg", "8a2b3c4d-c.jpg", "x/d.png"];
        let listing = Listing::new(names.iter().map(|name| (*name).into()).collect());
        for (key, text, meant) in [
            ("image", "/data/upload/3/8a2b3c4d-c.jpg", Meant::At(1)),
            ("image", "/data/upload/3/0123abcd-d.png", Meant::At(2)),
            ("image", "/data/local-files/?d=images/a%20b.jpg", Meant::At(0)),
            ("image", "https://host/bucket/d.png?X-Amz-Signature=0", Meant::At(2)),
            ("image", "s3://bucket/x/d.png", Meant::At(2)),
            ("url", "http://host/d.png", Meant::At(2)),
            // `s3://bucket/x/d.png`
            ("url", "/tasks/7/presign/?fileuri=czM6Ly9idWNrZXQveC9kLnBuZw==", Meant::At(2)),
            ("url", "/data/local-files/?d=images%2Fa%20b.jpg&v=1", Meant::At(0)),
            ("text", "hello", Meant::Nothing),
            ("image", "", Meant::Nothing),
        ] {
            assert_eq!(of(&listing, "tasks.json", &[(key.into(), text.into())]), meant, "{text}");
        }
        for other in ["/data/local-files/?d=y2/d.png", "y2/0123abcd-d.png"] {
            let listing = Listing::new(vec!["y1/d.png".into()]);
            let meant = of(&listing, "tasks.json", &[("image".into(), other.into())]);
            assert!(matches!(&meant, Meant::Missing(why) if why.contains("y1/")), "{meant:?}");
        }
        let missing = of(&listing, "tasks.json", &[("image".into(), "/data/upload/1/0123abcd-gone.jpg".into())]);
        assert!(matches!(&missing, Meant::Missing(why) if why.contains("gone.jpg")), "{missing:?}");
    }
}
