//! Whether a label file and a picture that are called alike, in different folders, belong together.

use super::name::parts;
use super::numbered::Numbered;

/// How the folders of the two differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kin {
    /// In nothing, or as folders of labels and of pictures do.
    Own,
    /// Each has a name that says nothing of labels or pictures.
    Odd,
    /// In a number alone: `cam1` and `cam2` are of one kind, and two.
    Other,
}

/// What folders of labels, of pictures and of parts of a data set are called: how a word in it begins.
const USUAL: [&str; 28] = [
    "ann", "label", "txt", "text", "xml", "json", "yolo", "voc", "gt", "box", "bbox", "im", "jpeg", "jpg", "png",
    "pic", "photo", "frame", "data", "obj", "train", "val", "test", "set", "mark", "src", "upload", "media",
];

/// How the folders of a label file and of a picture differ, both with their `/`.
pub fn kin(labels: &str, picture: &str) -> Kin {
    let (one, other) = (parts(&labels.to_lowercase()), parts(&picture.to_lowercase()));
    if Numbered::among(&one).clashes(&Numbered::among(&other)).next().is_some() {
        return Kin::Other;
    }
    match one.iter().any(|part| !is_usual(part) && !other.contains(part))
        && other.iter().any(|part| !is_usual(part) && !one.contains(part))
    {
        true => Kin::Odd,
        false => Kin::Own,
    }
}

/// Whether a folder may hold labels or pictures by its name, or has a name that says nothing.
pub fn is_usual(part: &str) -> bool {
    part.len() <= 2
        || part.split(|c: char| !c.is_alphabetic()).any(|word| USUAL.iter().any(|usual| word.starts_with(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_one_kind_that_differ_in_a_number_are_others() {
        for (labels, picture, kin_) in [
            ("", "images/", Kin::Own),
            ("Annotations/", "JPEGImages/", Kin::Own),
            ("annotations/xmls/", "images/", Kin::Own),
            ("labels/cam1/", "images/cam1/", Kin::Own),
            ("labels_2021/", "images_2022/", Kin::Own),
            ("cam1/", "cam2/", Kin::Other),
            ("cam1/", "imgs/cam2/", Kin::Other),
            ("labels/001/", "images/002/", Kin::Other),
            ("2024/01/01/", "2024/01/02/", Kin::Other),
            ("barn/", "yard/", Kin::Odd),
            ("barn/Annotations/", "yard/JPEGImages/", Kin::Odd),
            ("val/A/", "val/J/", Kin::Own),
            ("barn/", "", Kin::Own),
        ] {
            assert_eq!(kin(labels, picture), kin_, "{labels} {picture}");
        }
    }
}
