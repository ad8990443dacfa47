//! In what form a data set is, and how to take it in where it leaves a choice.

use super::turned::Boxes;

/// The form of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A JSON file with `images`, `annotations` and `categories`.
    Coco,
    /// Pascal VOC: an XML file for each picture.
    Voc,
    /// CVAT for images: `annotations.xml`.
    Cvat,
    /// A JSON file for each picture, with `shapes`.
    Labelme,
    /// A JSON file of tasks.
    LabelStudio,
    /// A text file for each picture; `data.yaml`, `obj.names` or `classes.txt` names the classes.
    Yolo,
    /// Pictures without labels.
    Pictures,
    /// Pictures in a folder for each class, which tags them.
    Folders,
}

impl Format {
    pub fn title(self) -> &'static str {
        match self {
            Self::Coco => "COCO",
            Self::Voc => "Pascal VOC",
            Self::Cvat => "CVAT",
            Self::Labelme => "LabelMe",
            Self::LabelStudio => "Label Studio",
            Self::Yolo => "YOLO",
            Self::Pictures => "pictures without labels",
            Self::Folders => "folders of classes",
        }
    }
}

/// How to take in a data set where it leaves a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The form, where it should not be told by what is there.
    pub format: Option<Format>,
    /// Everything or nothing.
    pub strict: bool,
    /// What boxes count.
    pub boxes: Boxes,
    /// What a picture has in it of which nothing is said.
    pub unmentioned: Unmentioned,
    /// Whether pictures stay on the side of the split that the data set has them on (`train`; `valid` and `test`).
    pub sides: bool,
}

/// What a picture has in it of which nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unmentioned {
    /// Nobody knows: it is not labelled yet.
    #[default]
    Unlabelled,
    /// Nothing: it is labelled, and empty.
    Empty,
}
