//! Whether a picture lies in the folder that is said, where its last part alone is the same.

use super::kin::{Kin, is_usual, kin};
use super::listing::{FileId, Listing, folder_of};
use super::name::{is_picture, meanings, parts};
use super::numbered::{Numbered, series};

impl Listing {
    /// Whether a picture lies in another folder of a series than is said: in the name, whichever of its `meanings` is meant, or
    /// else by the folder of `by`.
    pub(super) fn is_of_another(&self, by: &str, meanings: &[Vec<String>], file: FileId) -> bool {
        if !is_picture(self.name(file)) {
            return false;
        }
        let (own, there) = (Numbered::of(by), Numbered::of(self.name(file)));
        let path = parts(&self.name(file).to_lowercase());
        let said = self.folders(meanings, &path);
        let named: Vec<Numbered> = said.iter().map(|folders| Numbered::among(folders)).collect();
        // `01/1.jpg` is no file of `01/02/`.
        let innermost = |folders: &Vec<String>| {
            let differs = path.iter().rev().skip(1).zip(folders.iter().rev()).find(|(there, said)| there != said);
            differs.is_some_and(|(there, said)| series(there).is_some() && series(there) == series(said))
        };
        named.iter().any(|named| named.clashes(&there).next().is_some())
            || said.iter().any(innermost)
            || own.clashes(&there).any(|series| !named.iter().any(|named| named.has(series)))
    }

    /// The folders of a name, in small letters, in each of its `meanings` in which it may be the name of the file at `path`.
    fn folders(&self, meanings: &[Vec<String>], path: &[String]) -> Vec<Vec<String>> {
        let lower = |meaning: &Vec<String>| -> Vec<String> { meaning.iter().map(|part| part.to_lowercase()).collect() };
        let mut names: Vec<Vec<String>> = meanings.iter().map(lower).collect();
        // What stands behind the `?` of an address is no folder; a name in another code page is none of `path`.
        if names.iter().any(|name| name.last() == path.last()) {
            names.retain(|name| name.last() == path.last());
        }
        names.iter_mut().for_each(|name| drop(name.pop()));
        names
    }

    /// Whether a name says the very folder in which a file lies, by more than what any data set calls its folders.
    pub fn vouches(&self, name: &str, file: FileId) -> bool {
        let path = parts(&self.name(file).to_lowercase());
        self.folders(&meanings(name), &path).iter().any(|said| {
            let common = path.iter().rev().skip(1).zip(said.iter().rev()).take_while(|(there, said)| there == said);
            common.map(|(there, _)| there).any(|folder| !is_usual(folder))
        })
    }

    /// Whether a name says a folder of quite another name than the one in which a file lies.
    pub fn is_odd(&self, name: &str, file: FileId) -> bool {
        let there = self.name(file);
        let said = self.folders(&meanings(name), &parts(&there.to_lowercase()));
        !self.vouches(name, file)
            && !said.is_empty()
            && said.iter().all(|folders| kin(&folders.join("/"), folder_of(there)) == Kin::Odd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Listing {
        Listing::new(names.iter().map(|name| (*name).into()).collect())
    }

    #[test]
    fn a_picture_of_a_day_is_none_of_another_day() {
        let files = listing(&["2024/01/02/1.jpg", "set1/a.json", "set2/images/2.jpg", "cam1/3.jpg", "cam2/3.jpg"]);
        for (by, name) in [
            ("a.json", "2024/01/01/1.jpg"),
            ("a.json", "2024/02/01/1.jpg"),
            ("a.json", "01/1.jpg"),
            ("set1/a.json", "images/2.jpg"),
            // What the file of labels speaks of does not change what it says.
            ("cam1.json", "cam3/3.jpg"),
        ] {
            assert!(files.find(by, name).is_err(), "{by} {name}");
        }
        for (by, name, file) in [("a.json", "02/1.jpg", 0), ("set1/a.json", "set2/2.jpg", 2), ("cam1.json", "3.jpg", 3)]
        {
            assert_eq!(files.find(by, name), Ok(file), "{by} {name}");
        }
        // Behind the question of an address are no folders.
        let presigned = "https://host/b/2024/01/02/1.jpg?Credential=AK/20240101/us/s3";
        assert_eq!(files.find("a.json", presigned), Ok(0));
    }

    #[test]
    fn a_folder_of_quite_another_name_is_odd() {
        let files = listing(&["barn/1.jpg", "images/2.jpg", "barn/img/3.jpg", "a/barn/4.jpg"]);
        for (name, file, odd) in [
            ("yard/1.jpg", 0, true),
            ("/data/local-files/?d=yard/1.jpg", 0, true),
            ("yard/img/3.jpg", 2, true),
            ("x/barn/4.jpg", 3, false),
            ("/home/ann/barn/4.jpg", 3, false),
            ("images/1.jpg", 0, false),
            ("1.jpg", 0, false),
            ("/home/ann/set/images/2.jpg", 1, false),
        ] {
            assert_eq!(files.is_odd(name, file), odd, "{name}");
        }
    }
}
