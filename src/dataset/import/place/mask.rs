//! Pictures that are labels: masks, in which the colour of a pixel says what lies there. They are not read; nor are they
//! pictures to be labelled.

use super::name::is_picture;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Folders in which masks lie, in small letters.
const FOLDERS: [&str; 21] = [
    "mask",
    "masks",
    "label",
    "labels",
    "labelids",
    "segmentation",
    "segmentations",
    "segmentationclass",
    "segmentationobject",
    "segmentationclasspng",
    "segmentationclassraw",
    "annotation",
    "annotations",
    "ann",
    "trimap",
    "trimaps",
    "gt",
    "gtfine",
    "groundtruth",
    "ground_truth",
    "seg",
];
/// What stands behind the name of the picture in that of its mask, in small letters; the longer before what it ends with.
const ENDINGS: [&str; 21] = [
    "_gtfine_labelids",
    "_gtfine_instanceids",
    "_gtfine_labeltrainids",
    "_gtfine_color",
    "_watershed_mask",
    "_color_mask",
    "_mask",
    "_masks",
    "-mask",
    ".mask",
    " mask",
    "_seg",
    "_segmentation",
    "_segm",
    "_label_ground-truth",
    "_label",
    "_labels",
    "_gt",
    "_matte",
    "_labelids",
    "_instanceids",
];

/// The masks among the pictures, and the pictures that have one.
pub struct Masks<File> {
    pub masks: HashSet<File>,
    pub masked: HashSet<File>,
}

/// A picture is a mask where it lies in a folder of masks, or its name ends as one, and the picture is there to which it
/// belongs: of the same name, and no mask itself.
pub fn masks<'a, File: Copy + Eq + Hash>(names: impl Iterator<Item = (File, &'a str)>) -> Masks<File> {
    let mut pictures: HashMap<String, Vec<File>> = HashMap::new();
    let mut likely = Vec::new();
    for (file, name) in names.filter(|(_, name)| is_picture(name)) {
        let lower = name.to_lowercase();
        let (folder, last) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned();
        if folder.split('/').any(|part| FOLDERS.contains(&part)) {
            likely.push((file, stem.clone()));
            continue;
        }
        // Cityscapes puts that behind the names of its pictures.
        let plain = stem.strip_suffix("_leftimg8bit").map(str::to_owned);
        pictures.entry(plain.unwrap_or(stem)).or_default().push(file);
    }
    let endless = |stem: &str| ENDINGS.iter().find_map(|end| stem.strip_suffix(end)).map(str::to_owned);
    let mut found = Masks { masks: HashSet::new(), masked: HashSet::new() };
    let mut add = |file: File, of: &[File]| {
        found.masks.insert(file);
        found.masked.extend(of);
    };
    for (file, stem) in likely {
        let of = pictures.get(&stem).or_else(|| pictures.get(&endless(&stem)?));
        of.into_iter().for_each(|of| add(file, of));
    }
    for (stem, files) in &pictures {
        let of = endless(stem).and_then(|plain| pictures.get(&plain));
        of.into_iter().for_each(|of| files.iter().for_each(|file| add(*file, of)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(names: &[&str]) -> (Vec<u32>, Vec<u32>) {
        let found = masks((0..).zip(names.iter().copied()));
        let sorted = |files: HashSet<u32>| {
            let mut files: Vec<u32> = files.into_iter().collect();
            files.sort_unstable();
            files
        };
        (sorted(found.masks), sorted(found.masked))
    }

    #[test]
    fn a_mask_is_known_by_its_folder_or_name_and_its_picture() {
        for names in [
            ["images/a.jpg", "masks/a.png"],
            ["images/a.jpg", "labels/a.PNG"],
            ["JPEGImages/a.jpg", "SegmentationClass/a.png"],
            ["a.jpg", "a_mask.png"],
            ["leftImg8bit/a_leftImg8bit.png", "gtFine/a_gtFine_labelIds.png"],
        ] {
            assert_eq!(seen(&names), (vec![1], vec![0]), "{names:?}");
        }
        // Without its picture it may be anything.
        for names in [["labels/a.jpg", "labels/b.jpg"], ["a_mask.png", "b.jpg"], ["images/a.jpg", "images/b.jpg"]] {
            assert_eq!(seen(&names), (vec![], vec![]), "{names:?}");
        }
    }
}
