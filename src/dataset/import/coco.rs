//! Reads a COCO detection file (cocodataset.org, "data format").

use super::lean::{Id, Ours, Outline, Scalar};
use super::plan::{Object, Picture, Plan, some_of};
use super::report::ImportError;
use crate::dataset::attributes::Attributes;
use crate::domain::{BBox, Category, FrameSource, LabelKind, Phase};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize)]
struct Coco {
    images: Vec<CocoImage>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: Id,
    file_name: String,
    width: Option<u32>,
    height: Option<u32>,
    /// RFC 3339 in our own files; others write what they like.
    #[serde(default)]
    date_captured: Scalar,
    /// Ours.
    phase: Option<Phase>,
    /// Ours.
    source: Option<FrameSource>,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: Id,
    name: String,
    /// Ours, as the next two.
    colour: Option<String>,
    instructions: Option<String>,
    kind: Option<LabelKind>,
}

#[derive(Deserialize)]
struct Annotation {
    id: Option<Id>,
    image_id: Id,
    category_id: Id,
    bbox: Option<Vec<f32>>,
    #[serde(default)]
    iscrowd: Scalar,
    #[serde(default)]
    segmentation: Outline,
    #[serde(default)]
    attributes: Ours,
}

/// Reads the file called `name`.
pub fn plan(name: &str, text: &[u8]) -> Result<Plan, ImportError> {
    let coco: Coco = serde_json::from_slice(text).map_err(|e| {
        ImportError::Invalid(format!(
            "{name} is not a COCO detection file ({e}); it needs `images`, `annotations` and `categories`"
        ))
    })?;
    let mut plan = Plan { name: name.to_owned(), as_stored: true, ..Plan::default() };
    let categories = categories(&mut plan, coco.categories)?;
    let images = images(&mut plan, coco.images)?;
    annotations(&mut plan, coco.annotations, &images, &categories)?;
    Ok(plan)
}

/// Categories into the plan; answers the place of each id. Two of one name are one.
fn categories(plan: &mut Plan, categories: Vec<CocoCategory>) -> Result<HashMap<Id, usize>, ImportError> {
    let mut places = HashMap::new();
    for category in categories {
        let title = category.name.trim();
        let place = plan.categories.iter().position(|c| c.name == title).unwrap_or(plan.categories.len());
        if place == plan.categories.len() {
            plan.categories.push(Category {
                name: title.to_owned(),
                // Without a colour the store gives it one.
                colour: category.colour.unwrap_or_default(),
                instructions: category.instructions.unwrap_or_default(),
                kind: category.kind.unwrap_or_default(),
            });
        }
        place_of(&mut places, &plan.name, "categories", category.id, place)?;
    }
    Ok(places)
}

/// Images into the plan, with nothing in them yet; answers the place of each id.
fn images(plan: &mut Plan, images: Vec<CocoImage>) -> Result<HashMap<Id, usize>, ImportError> {
    let mut places = HashMap::new();
    for image in images {
        place_of(&mut places, &plan.name, "images", image.id, plan.pictures.len())?;
        plan.pictures.push(Picture {
            file: image.file_name,
            size: image.width.zip(image.height),
            phase: image.phase.unwrap_or(Phase::Labelled).max(Phase::Labelled),
            source: image.source.unwrap_or(FrameSource::Import),
            taken: image.date_captured.text().and_then(|text| text.parse().ok()),
            objects: Vec::new(),
        });
    }
    Ok(places)
}

fn place_of(places: &mut HashMap<Id, usize>, name: &str, what: &str, id: Id, place: usize) -> Result<(), ImportError> {
    match places.insert(id.clone(), place) {
        None => Ok(()),
        Some(_) => Err(ImportError::Invalid(format!("{name}: two {what} have the id {id}; give each its own"))),
    }
}

/// Annotations into the pictures of the plan; what can't be taken is told in it.
fn annotations(
    plan: &mut Plan,
    annotations: Vec<Annotation>,
    images: &HashMap<Id, usize>,
    categories: &HashMap<Id, usize>,
) -> Result<(), ImportError> {
    let (mut strangers, mut crowds, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let mut passed_over: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (i, annotation) in annotations.into_iter().enumerate() {
        let entry = match &annotation.id {
            Some(id) => format!("annotation {id}"),
            None => format!("annotation number {}", i + 1),
        };
        let (image, category) = match (images.get(&annotation.image_id), categories.get(&annotation.category_id)) {
            (Some(image), Some(category)) => (*image, *category),
            (None, _) => {
                strangers.push(format!("{entry} (image {})", annotation.image_id));
                continue;
            }
            (_, None) => {
                strangers.push(format!("{entry} (category {})", annotation.category_id));
                continue;
            }
        };
        if annotation.iscrowd.is_set() {
            crowds.push(entry);
            continue;
        }
        let outline = annotation.segmentation.corners();
        let bbox = match annotation.bbox.as_deref() {
            Some(&[x, y, width, height]) => Some(BBox::new(x, y, width, height)),
            _ if plan.categories[category].kind == LabelKind::Tag => Some(BBox::new(0.0, 0.0, 0.0, 0.0)),
            _ => outline.as_deref().and_then(BBox::around),
        };
        match bbox {
            Some(bbox) => {
                let (attributes, over) = Attributes::read(&annotation.attributes.0);
                for name in over {
                    passed_over.entry(name).or_default().push(entry.clone());
                }
                let object = Object { category, bbox, outline, relative: false, attributes, entry };
                plan.pictures[image].objects.push(object);
            }
            None => without.push(entry),
        }
    }
    if !strangers.is_empty() {
        return Err(ImportError::Invalid(format!(
            "{}: {} annotations name an image or a category that isn't in the file: {}; add it or take them out. \
             Nothing was imported",
            plan.name,
            strangers.len(),
            some_of(&strangers)
        )));
    }
    for (name, entries) in passed_over {
        let count = entries.len();
        plan.skipped
            .push(format!("the `{name}` of {count} annotations, which is not one of ours: {}", some_of(&entries)));
    }
    for (entries, why) in [(crowds, "mark crowds"), (without, "have no box of four numbers")] {
        if !entries.is_empty() {
            plan.skipped.push(format!("{} annotations that {why}: {}", entries.len(), some_of(&entries)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(annotations: serde_json::Value) -> Result<Plan, String> {
        let coco = json!({
            "images": [{"id": 7, "file_name": "a.jpg", "width": 10, "height": 20, "date_captured": "yesterday"}],
            "categories": [{"id": 1, "name": "cell"}, {"id": 2, "name": "leaf", "kind": "polygon"}],
            "annotations": annotations,
        });
        plan("set.json", coco.to_string().as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn annotations_find_their_image_and_category() {
        let plan = read(json!([{"id": 1, "image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]}])).unwrap();
        let picture = &plan.pictures[0];
        assert_eq!((picture.size, picture.phase, picture.taken), (Some((10, 20)), Phase::Labelled, None));
        assert_eq!((picture.objects[0].category, picture.objects[0].bbox), (1, BBox::new(1.0, 2.0, 3.0, 4.0)));
        assert_eq!((plan.categories[1].kind, plan.categories[0].kind), (LabelKind::Polygon, LabelKind::Box));
    }

    #[test]
    fn an_unknown_image_or_category_is_named() {
        let error = read(json!([{"id": 3, "image_id": 8, "category_id": 2, "bbox": [1, 2, 3, 4]}])).unwrap_err();
        assert!(error.contains("set.json") && error.contains("annotation 3 (image 8)"), "{error}");
        let error = read(json!([{"id": 3, "image_id": 7, "category_id": 9, "bbox": [1, 2, 3, 4]}])).unwrap_err();
        assert!(error.contains("annotation 3 (category 9)"), "{error}");
    }

    #[test]
    fn crowds_and_annotations_without_a_box_are_left_out_and_told() {
        let plan = read(json!([
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 1},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": []},
            {"id": 3, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0},
        ]))
        .unwrap();
        assert_eq!(plan.pictures[0].objects.len(), 1);
        assert_eq!(plan.skipped.len(), 2, "{:?}", plan.skipped);
    }

    #[test]
    fn the_largest_outline_counts() {
        let small = [0, 0, 1, 0, 1, 1];
        let large = [0, 0, 9, 0, 9, 9, 0, 9];
        let plan =
            read(json!([{"id": 1, "image_id": 7, "category_id": 2, "segmentation": [small, large, [1]]}])).unwrap();
        let object = &plan.pictures[0].objects[0];
        assert_eq!(object.outline.as_ref().unwrap().len(), 4);
        assert_eq!(object.bbox, BBox::new(0.0, 0.0, 9.0, 9.0));
        let mask = json!({"counts": "x", "size": [1, 2]});
        let plan =
            read(json!([{"image_id": 7, "category_id": 2, "bbox": [1, 1, 2, 2], "segmentation": mask}])).unwrap();
        assert_eq!(plan.pictures[0].objects[0].outline, None);
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let error = plan("notes.json", b"{\"a\": 1}").unwrap_err().to_string();
        assert!(error.contains("notes.json") && error.contains("`images`"), "{error}");
    }
}
