//! Folders that are one of a series by their numbers: `cam1`, `2024-01-02`.

use super::name::parts;
use std::collections::BTreeMap;

/// The folders of a path that have numbers in their names, each under its name without them (`cam#`), in the order of the path.
#[derive(Debug, Default)]
pub struct Numbered(BTreeMap<String, Vec<String>>);

impl Numbered {
    /// Those in which the file of this name lies.
    pub fn of(name: &str) -> Self {
        let mut folders = parts(&name.to_lowercase());
        // The last part is the file, and nothing is left of a folder alone.
        if !name.ends_with(['/', '\\']) {
            folders.pop();
        }
        Self::among(&folders)
    }

    /// Of folders in small letters.
    pub fn among(folders: &[String]) -> Self {
        let mut numbered = Self::default();
        for folder in folders {
            if let Some(series) = series(folder) {
                numbered.0.entry(series).or_default().push(folder.clone());
            }
        }
        numbered
    }

    /// The series of which both have folders, and others.
    pub fn clashes<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|(series, folders)| {
            let others = other.0.get(series)?;
            (!within(folders, others) && !within(others, folders)).then_some(series.as_str())
        })
    }

    /// Whether there is any.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn has(&self, series: &str) -> bool {
        self.0.contains_key(series)
    }
}

/// A name with `#` for each number in it; none where it has no number.
pub fn series(folder: &str) -> Option<String> {
    let mut plain = String::new();
    for c in folder.chars() {
        match c.is_numeric() {
            true if plain.ends_with('#') => {}
            true => plain.push('#'),
            false => plain.push(c),
        }
    }
    plain.contains('#').then_some(plain)
}

/// Whether all of the first are in the second, in their order.
fn within(some: &[String], all: &[String]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|one| rest.any(|other| other == one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_one_series_clash_wherever_in_the_path_the_number_stands() {
        for (one, other, clash) in [
            ("cam1/a.jpg", "imgs/CAM2/a.jpg", true),
            ("seq2/img/a.jpg", "seq1/img/a.jpg", true),
            ("2024-01-02/a.jpg", "2024-01-01/a.jpg", true),
            ("2024/01/01/a.jpg", "2024/01/02/a.jpg", true),
            ("2024/02/01/a.jpg", "2024/01/02/a.jpg", true),
            ("cam\u{ff11}/a.jpg", "cam\u{ff12}/a.jpg", true),
            ("\\home\\ann\\cam2\\a.jpg", "cam1/a.jpg", true),
            ("home/2024/cam1/a.jpg", "cam1/a.jpg", false),
            ("s2/cam1/a.jpg", "cam1/s2/a.jpg", false),
            ("cam1/1.jpg", "cam1/2.jpg", false),
            ("barn/a.jpg", "yard/a.jpg", false),
            ("labels_1/", "images_2/", false),
        ] {
            let (a, b) = (Numbered::of(one), Numbered::of(other));
            assert_eq!((a.clashes(&b).count() > 0, b.clashes(&a).count() > 0), (clash, clash), "{one} {other}");
        }
    }
}
