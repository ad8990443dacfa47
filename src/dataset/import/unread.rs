//! Files that may hold labels and are not read: of which pictures they may speak. None of these is known to be empty.

use super::place::{Part, folder_of};
use std::collections::HashSet;

/// Bytes that one takes beside its name.
const EACH: usize = 48;

/// The files that are not read.
#[derive(Default)]
pub struct Unread {
    /// What those are called, without their endings, that have the name of a picture: they speak of that alone.
    stems: HashSet<String>,
    /// Of the others the first of each part of the data set: they may speak of any picture of it.
    wide: Vec<Wide>,
    /// Of files in the form that is read, which are damaged: so that what the sound ones do not say may stand there.
    damaged: Vec<Wide>,
}

struct Wide {
    part: Option<Part>,
    name: Box<str>,
}

impl Unread {
    /// A file that is called as a picture (`of_one`) or not; answers how many bytes of it are kept.
    pub fn add(&mut self, name: &str, of_one: bool) -> usize {
        if !of_one {
            return put(&mut self.wide, name);
        }
        let stem = plain(name);
        let held = stem.len() + EACH;
        self.stems.insert(stem);
        held
    }

    /// A file with labels that ends too early, or is damaged.
    pub fn add_damaged(&mut self, name: &str) {
        put(&mut self.wide, name);
        put(&mut self.damaged, name);
    }

    /// Whether one of them may speak of a picture.
    pub fn may_speak_of(&self, picture: &str) -> bool {
        self.stems.contains(&plain(picture)) || self.wide.iter().any(|wide| wide.is_of(picture))
    }

    /// The damaged file that may speak of a picture.
    pub fn damaged_of(&self, picture: &str) -> Option<&str> {
        self.damaged.iter().find(|wide| wide.is_of(picture)).map(|wide| &*wide.name)
    }
}

impl Wide {
    fn is_of(&self, picture: &str) -> bool {
        Part::agree(self.part, Part::of(folder_of(picture)))
    }
}

fn put(to: &mut Vec<Wide>, name: &str) -> usize {
    let part = Part::of(name);
    if to.iter().any(|wide| wide.part == part) {
        return 0;
    }
    to.push(Wide { part, name: name.into() });
    name.len() + EACH
}

/// The last part of a name, in small letters, up to its first dot: `a.jpg.json` is called as `a.jpg`.
pub fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    last.split_once('.').map_or(last.as_str(), |(plain, _)| plain).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_read_may_speak_of_its_picture_or_of_all_of_its_part() {
        let mut unread = Unread::default();
        unread.add("ann/a.jpg.json", true);
        assert!(unread.may_speak_of("images/A.jpg") && !unread.may_speak_of("images/b.jpg"));
        unread.add("train/via.json", false);
        assert!(
            unread.may_speak_of("train/b.jpg") && unread.may_speak_of("b.jpg") && !unread.may_speak_of("test/b.jpg")
        );
        assert!(unread.damaged_of("train/b.jpg").is_none());
        unread.add_damaged("annotations/instances_test.json");
        assert!(unread.may_speak_of("test/b.jpg"));
        assert_eq!(unread.damaged_of("test/b.jpg"), Some("annotations/instances_test.json"));
        assert_eq!((unread.add("train/x.csv", false), unread.wide.len()), (0, 2), "one of a part is enough");
    }
}
