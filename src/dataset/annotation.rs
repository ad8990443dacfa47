//! A label as an annotation of a COCO file.

use super::attributes::Attributes;
use crate::domain::{BBox, Category, Label};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct Annotation {
    pub id: usize,
    pub image_id: usize,
    pub category_id: usize,
    /// The whole frame for tags.
    pub bbox: BBox,
    area: f32,
    iscrowd: u8,
    #[serde(default)]
    pub segmentation: Vec<Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
}

impl Annotation {
    /// Of the image of this number, which has so many pixels across and down; numbered from 1, as images are, and categories
    /// by their place. Labels of other categories are left out.
    pub fn append(all: &mut Vec<Self>, image: usize, size: (u32, u32), labels: &[Label], categories: &[Category]) {
        for label in labels {
            let Some(category) = categories.iter().position(|c| c.name == label.category) else { continue };
            let bbox = label.bbox.unwrap_or(BBox::new(0.0, 0.0, size.0 as f32, size.1 as f32));
            all.push(Self {
                id: all.len() + 1,
                image_id: image,
                category_id: category + 1,
                bbox,
                area: bbox.area(),
                iscrowd: 0,
                segmentation: label.polygon.iter().map(|corners| corners.as_flattened().to_vec()).collect(),
                attributes: Attributes::of(label),
            });
        }
    }
}
