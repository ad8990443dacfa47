//! Reads a folder in YOLO's layout: a line `class x y width height` per object, in shares of the picture, `x` and `y`
//! the centre; or `class x1 y1 x2 y2 …`, an outline.

use super::files::{self, unreadable};
use super::plan::{Object, Picture, Plan, some_of};
use super::report::ImportError;
use super::yaml;
use crate::dataset::attributes::Attributes;
use crate::domain::{BBox, Category, FrameSource, LabelKind, Phase, limits};
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of the labels of one picture, at most: as many as a picture may have, of some hundred corners each.
const MAX_LABELS: u64 = 16_000_000;
/// Bytes of the file that names the classes.
const MAX_NAMES: u64 = 1_000_000;

/// Reads everything but the pictures.
pub fn plan(dir: &Path) -> Result<Plan, ImportError> {
    let categories = categories(dir)?;
    let images = dir.join("images");
    let mut files = Vec::new();
    pictures(if images.is_dir() { &images } else { dir }, &mut files)?;
    if files.is_empty() {
        return Err(ImportError::Invalid(format!("there are no JPEG or PNG files in {}", images.display())));
    }
    files.sort();
    let mut plan = Plan { name: dir.display().to_string(), categories, ..Plan::default() };
    let mut problems = Vec::new();
    let mut labelled = 0;
    for file in files {
        let mut picture = Picture {
            file: file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().into_owned(),
            size: None,
            phase: Phase::Labelled,
            source: FrameSource::Import,
            taken: None,
            objects: Vec::new(),
        };
        let labels = labels_of(dir, &file);
        if labels.is_file() {
            labelled += 1;
            let name = labels.strip_prefix(dir).unwrap_or(&labels).display().to_string();
            let text = text_of(&labels, MAX_LABELS)?;
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                if picture.objects.len() == limits::LABELS {
                    problems.push(format!("{name} has more than {} lines", limits::LABELS));
                    break;
                }
                let entry = format!("{name}, line {}", number + 1);
                match object(line, plan.categories.len(), &entry) {
                    Ok(object) => picture.objects.push(object),
                    Err(why) => problems.push(format!("{entry}: {}", limits::short(why, 300))),
                }
            }
        }
        plan.pictures.push(picture);
    }
    if !problems.is_empty() {
        return Err(ImportError::Invalid(format!(
            "{} lines can't be read: {}; correct them. Nothing was imported",
            problems.len(),
            some_of(&problems)
        )));
    }
    if labelled == 0 {
        return Err(ImportError::Invalid(format!(
            "none of the {} images has its text file in {}; without any label there is nothing to learn",
            plan.pictures.len(),
            dir.join("labels").display()
        )));
    }
    Ok(plan)
}

fn text_of(path: &Path, most: u64) -> Result<String, ImportError> {
    let invalid = |_| ImportError::Invalid(format!("{} is no text in UTF-8; save it as such", path.display()));
    String::from_utf8(files::whole(path, most)?.into()).map_err(invalid)
}

fn categories(dir: &Path) -> Result<Vec<Category>, ImportError> {
    let read = |names: &[&str]| {
        let there = names.iter().map(|name| dir.join(name)).find(|path| path.is_file());
        there.map(|path| text_of(&path, MAX_NAMES)).transpose()
    };
    let yaml = read(&["data.yaml", "data.yml", "dataset.yaml"])?;
    let names = match yaml {
        Some(text) => yaml::names(&text).ok_or_else(|| {
            ImportError::Invalid(format!("the data.yaml in {} has no `names` that can be read", dir.display()))
        })?,
        None => match read(&["classes.txt", "labels/classes.txt", "obj.names"])? {
            Some(text) => text.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            None => {
                return Err(ImportError::Invalid(format!(
                    "there is neither data.yaml nor classes.txt in {}; one of them must name the classes",
                    dir.display()
                )));
            }
        },
    };
    // Without a colour the store gives them one.
    let category = |name| Category { name, colour: String::new(), instructions: String::new(), kind: LabelKind::Box };
    Ok(names.into_iter().map(category).collect())
}

/// Every JPEG and PNG below `dir`.
fn pictures(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    let failed = |e: std::io::Error| unreadable(&dir.display().to_string(), &e);
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() {
            pictures(&path, found)?;
        } else if path.extension().is_some_and(|e| ["jpg", "jpeg", "png"].iter().any(|k| e.eq_ignore_ascii_case(k))) {
            found.push(path);
        }
    }
    Ok(())
}

/// `images/a/b.jpg` has its labels in `labels/a/b.txt`; without an `images` folder they lie beside it.
fn labels_of(dir: &Path, file: &Path) -> PathBuf {
    match file.strip_prefix(dir.join("images")) {
        Ok(inner) => dir.join("labels").join(inner).with_extension("txt"),
        Err(_) => file.with_extension("txt"),
    }
}

fn object(line: &str, classes: usize, entry: &str) -> Result<Object, String> {
    let numbers: Option<Vec<f32>> =
        line.split_whitespace().skip(1).map(|n| n.parse().ok().filter(|n: &f32| n.is_finite())).collect();
    let class = line.split_whitespace().next().and_then(|c| c.parse::<usize>().ok());
    let (Some(category), Some(numbers)) = (class, numbers) else {
        return Err(format!("`{line}` is not a class and numbers"));
    };
    if category >= classes {
        return Err(format!("class {category} is not one of the {classes} named"));
    }
    let (bbox, outline) = match numbers.as_slice() {
        // A confidence may follow.
        [x, y, width, height] | [x, y, width, height, _] => {
            (Some(BBox::new(x - width / 2.0, y - height / 2.0, *width, *height)), None)
        }
        corners if corners.len() >= 2 * limits::CORNERS.start() && corners.len() % 2 == 0 => {
            let corners = corners.as_chunks::<2>().0.to_vec();
            (BBox::around(&corners), Some(corners))
        }
        _ => (None, None),
    };
    let bbox =
        bbox.ok_or_else(|| format!("`{line}` has {} numbers after the class, and a box needs 4", numbers.len()))?;
    Ok(Object { category, bbox, outline, relative: true, attributes: Attributes::default(), entry: entry.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_outlines_are_read() {
        let boxed = object("1 0.5 0.5 0.2 0.4", 2, "x").unwrap();
        assert_eq!((boxed.category, boxed.relative), (1, true));
        assert!((boxed.bbox.x - 0.4).abs() < 1e-6 && (boxed.bbox.y - 0.3).abs() < 1e-6);
        let outlined = object("0 0.1 0.1 0.3 0.1 0.2 0.5", 2, "x").unwrap();
        assert_eq!(outlined.outline.unwrap().len(), 3);
        assert!((outlined.bbox.height - 0.4).abs() < 1e-6);
    }

    #[test]
    fn a_label_file_of_a_million_lines_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("classes.txt"), "cell").unwrap();
        fs::write(dir.path().join("a.jpg"), "").unwrap();
        let refused = |lines: &str| {
            fs::write(dir.path().join("a.txt"), lines).unwrap();
            plan(dir.path()).unwrap_err().to_string()
        };
        assert!(refused(&"0 0.5 0.5 1 1\n".repeat(1_000_000)).contains("a.txt has more than 10000 lines"));
        assert!(refused(&"x 0.5 0.5 1 1\n".repeat(10)).contains("10 lines can't be read"));
        assert!(refused(&"0 0.5 0.5 1 1\n".repeat(1_200_000)).contains("a.txt has more than 16.0 MB"));
        fs::write(dir.path().join("data.yaml"), "names: [a]\n".repeat(100_000)).unwrap();
        assert!(refused("").contains("data.yaml has more than 1.0 MB"));
    }

    #[test]
    fn bad_lines_say_why() {
        assert!(object("2 0.5 0.5 0.2 0.4", 2, "x").unwrap_err().contains("class 2"));
        assert!(object("0 0.5 0.5", 2, "x").unwrap_err().contains("2 numbers"));
        assert!(object("cell 0.5 0.5 0.2 0.4", 2, "x").unwrap_err().contains("not a class"));
        assert!(object("0 0.5 nan 0.2 0.4", 2, "x").unwrap_err().contains("not a class"));
    }
}
