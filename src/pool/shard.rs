//! What a device says of frames, as a file of the pool: a COCO file of at most [`MOST`] images, with what COCO has no place
//! for as extra keys. A later shard of a device counts before an earlier one, frame by frame.
//!
//! `labels/DEVICE/NUMBER-SUM.json`: the number counts a device's shards, the sum is the beginning of the SHA-256 of the
//! file. A picture lies once for all, under its own sum: `frames/AB/ABCD….jpg`.

use crate::dataset::annotation::Annotation;
use crate::domain::{
    CameraId, Category, ClipId, ClipPlace, Frame, FrameId, FrameLabels, FrameSource, Label, LabelKind, Phase, Side,
    limits,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;

/// Images of one shard: some hundred kilobytes with a dozen labels each.
pub const MOST: usize = 200;
/// Bytes of one shard.
pub const MOST_BYTES: u64 = 32 << 20;
/// The version of this form.
const FORM: u32 = 1;
/// Folders of the pool.
pub const LABELS: &str = "labels";
const FRAMES: &str = "frames";

/// A file of labels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shard {
    pub info: Info,
    pub images: Vec<Image>,
    annotations: Vec<Annotation>,
    categories: Vec<Entry>,
    /// Frames of earlier shards that are labelled no more.
    #[serde(default)]
    pub withdrawn: Vec<FrameId>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Info {
    description: String,
    /// Of this form; readers pass over what is newer than they are.
    form: u32,
    pub device: String,
}

/// A frame, as its device knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    id: usize,
    /// From the pool's own folder.
    pub file_name: String,
    pub width: u32,
    pub height: u32,
    pub date_captured: Timestamp,
    /// Its id on the device.
    pub frame: FrameId,
    /// Of its labels there.
    pub revision: u64,
    pub phase: Phase,
    pub source: FrameSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip: Option<ClipId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip_at: Option<f64>,
    /// On which side trainings of the device put it: nobody else may learn from what it is to be judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    id: usize,
    #[serde(flatten)]
    category: Category,
}

/// A frame that goes into a shard.
pub struct Item {
    pub frame: Frame,
    pub labels: FrameLabels,
    /// SHA-256 of its picture, hex.
    pub sum: String,
    pub side: Option<Side>,
}

/// Which shard of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    pub number: u64,
    sum: String,
}

impl Name {
    /// Of a path in the pool: the device and the shard; `None` where it is none.
    pub fn of(path: &str) -> Option<(String, Self)> {
        let rest = path.strip_prefix(LABELS)?.strip_prefix('/')?;
        let (device, file) = rest.split_once('/')?;
        let (number, sum) = file.strip_suffix(".json")?.split_once('-')?;
        let sound = limits::is_device_id(device) && sum.len() == 16 && sum.bytes().all(|b| b.is_ascii_hexdigit());
        sound.then_some((device.to_owned(), Self { number: number.parse().ok()?, sum: sum.to_owned() }))
    }

    pub fn path(&self, device: &str) -> String {
        format!("{LABELS}/{device}/{self}.json")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}-{}", self.number, self.sum)
    }
}

/// SHA-256, hex.
pub fn sum(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Where a picture of this sum lies.
pub fn picture(sum: &str) -> String {
    format!("{FRAMES}/{}/{sum}.jpg", &sum[..2])
}

impl Image {
    /// The sum of its picture. Error: it is named otherwise.
    pub fn sum(&self) -> Result<&str, String> {
        let stem = self.file_name.rsplit('/').next().and_then(|file| file.strip_suffix(".jpg")).unwrap_or_default();
        let is_sum = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match is_sum && picture(stem) == self.file_name {
            true => Ok(stem),
            false => Err(format!(
                "its picture is called {:?}, which is no name of one",
                limits::short(self.file_name.clone(), 80)
            )),
        }
    }

    pub fn clip(&self) -> Option<ClipPlace> {
        Some(ClipPlace { id: self.clip?, at: self.clip_at.unwrap_or_default() })
    }
}

impl Shard {
    /// Of these frames, with what is said of them.
    pub fn of(device: &str, items: &[Item], withdrawn: &[FrameId], known: &[Category]) -> Self {
        let mut annotations = Vec::new();
        let mut images = Vec::with_capacity(items.len());
        for (i, Item { frame, labels, sum, side }) in items.iter().enumerate() {
            images.push(Image {
                id: i + 1,
                file_name: picture(sum),
                width: frame.width,
                height: frame.height,
                date_captured: frame.taken,
                frame: frame.id,
                revision: labels.revision,
                phase: labels.phase,
                source: frame.source,
                name: frame.name.clone(),
                camera: frame.camera.clone(),
                clip: frame.clip.map(|place| place.id),
                clip_at: frame.clip.map(|place| place.at),
                side: *side,
            });
            Annotation::append(&mut annotations, i + 1, (frame.width, frame.height), &labels.labels, known);
        }
        let categories = known.iter().enumerate().map(|(i, c)| Entry { id: i + 1, category: c.clone() }).collect();
        let info = Info { description: "Labels of a Fieldcoach device".into(), form: FORM, device: device.into() };
        Self { info, images, annotations, categories, withdrawn: withdrawn.to_vec() }
    }

    /// The file, and what it is called as the device's shard of this number.
    pub fn encode(&self, number: u64) -> serde_json::Result<(Name, Vec<u8>)> {
        let bytes = serde_json::to_vec(self)?;
        let mut sum = sum(&bytes);
        sum.truncate(16);
        Ok((Name { number, sum }, bytes))
    }

    /// Reads the shard of a device that has this name. Error: it is not what was put there, or of a newer form.
    pub fn decode(bytes: &[u8], device: &str, name: &Name) -> Result<Self, String> {
        if !sum(bytes).starts_with(&name.sum) {
            return Err("it is not what was put there: its sum is another".into());
        }
        #[derive(Deserialize)]
        struct Head {
            info: Info,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if head.info.form > FORM {
            return Err(format!(
                "it is of a newer form ({}) than this version reads: update fieldcoach",
                head.info.form
            ));
        }
        if head.info.device != device {
            return Err(format!("it says that it is of the device {:?}", limits::short(head.info.device, 64)));
        }
        let shard: Self = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        match shard.images.len() > MOST || shard.withdrawn.len() > MOST {
            true => Err(format!("it has more than {MOST} frames")),
            false => Ok(shard),
        }
    }

    /// The frames with their labels, as their device had them, and the categories that these are of.
    pub fn said(self) -> Said {
        let kinds: HashMap<usize, Category> = self.categories.into_iter().map(|c| (c.id, c.category)).collect();
        let mut labels: HashMap<usize, Vec<Label>> = HashMap::new();
        let mut unclear: HashMap<usize, String> = HashMap::new();
        for annotation in self.annotations {
            let image = annotation.image_id;
            match label(annotation, &kinds) {
                Ok(label) => labels.entry(image).or_default().push(label),
                Err(why) => drop(unclear.insert(image, why)),
            }
        }
        let images = self.images.into_iter().map(|image| match unclear.remove(&image.id) {
            Some(why) => (image, Err(why)),
            None => {
                let labels = labels.remove(&image.id).unwrap_or_default();
                (image, Ok(labels))
            }
        });
        Said { images: images.collect(), withdrawn: self.withdrawn, categories: kinds.into_values().collect() }
    }
}

/// What a shard says.
pub struct Said {
    /// Each with its labels, or with why these can't be understood.
    pub images: Vec<(Image, Result<Vec<Label>, String>)>,
    pub withdrawn: Vec<FrameId>,
    pub categories: Vec<Category>,
}

/// The label that it stands for.
fn label(annotation: Annotation, kinds: &HashMap<usize, Category>) -> Result<Label, String> {
    let Some(category) = kinds.get(&annotation.category_id) else {
        return Err(format!("annotation {} is of a category that the shard does not have", annotation.id));
    };
    let name = category.name.clone();
    let label = match category.kind {
        LabelKind::Tag => Label::tag(name),
        LabelKind::Box => Label::boxed(name, annotation.bbox),
        LabelKind::Polygon => match annotation.segmentation.first() {
            Some(corners) if corners.len() >= 6 && corners.len() % 2 == 0 => {
                Label::outlined(name, corners.as_chunks::<2>().0.to_vec())
            }
            _ => return Err(format!("annotation {} has no outline", annotation.id)),
        },
    };
    Ok(annotation.attributes.unwrap_or_default().on(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, LabelOrigin};

    fn item(labels: Vec<Label>) -> Item {
        let id = FrameId::new();
        let frame = Frame {
            id,
            taken: Timestamp::from_second(1_700_000_000).unwrap(),
            clock: None,
            width: 64,
            height: 48,
            bytes: 7,
            source: FrameSource::Camera,
            camera: Some("door".parse().unwrap()),
            name: Some("a.jpg".into()),
            clip: Some(ClipPlace { id: ClipId::new(), at: 0.1 }),
            kept: None,
            pooled: None,
            phase: Phase::Reviewed,
            revision: 3,
        };
        let labels = FrameLabels { revision: 3, phase: Phase::Reviewed, labels, ..FrameLabels::none(id) };
        Item { frame, labels, sum: sum(b"picture"), side: Some(Side::Validation) }
    }

    fn kind(name: &str, kind: LabelKind) -> Category {
        Category { name: name.into(), colour: "#ff9f1c".into(), instructions: "all".into(), kind }
    }

    #[test]
    fn what_a_device_says_comes_back_to_the_letter() {
        let known = [kind("cup", LabelKind::Box), kind("blurred", LabelKind::Tag), kind("pond", LabelKind::Polygon)];
        let labels = vec![
            Label { by: Some("Ada".into()), ..Label::boxed("cup", BBox::new(1.25, 2.0, 3.1, 4.7)) },
            Label { origin: LabelOrigin::Accepted, score: Some(0.3), ..Label::tag("blurred") },
            Label::outlined("pond", vec![[1.0, 2.0], [9.5, 2.0], [9.5, 7.0]]),
        ];
        let item = item(labels.clone());
        let (id, clip, gone) = (item.frame.id, item.frame.clip, FrameId::new());
        let (name, bytes) = Shard::of("cam-a", &[item], &[gone], &known).encode(7).unwrap();
        let path = name.path("cam-a");
        assert_eq!(Name::of(&path), Some(("cam-a".to_owned(), name.clone())), "{path}");
        let said = Shard::decode(&bytes, "cam-a", &name).unwrap().said();
        let (image, read) = &said.images[0];
        assert_eq!(read.as_ref().unwrap(), &labels);
        assert_eq!((image.frame, image.revision, image.phase, image.clip()), (id, 3, Phase::Reviewed, clip));
        assert_eq!((image.side, image.sum()), (Some(Side::Validation), Ok(sum(b"picture").as_str())));
        assert_eq!((said.withdrawn, said.categories.len()), (vec![gone], 3));
    }

    #[test]
    fn the_same_is_said_in_the_same_bytes() {
        let item = item(vec![]);
        let of = || Shard::of("cam-a", std::slice::from_ref(&item), &[], &[]).encode(1).unwrap();
        assert_eq!(of(), of());
    }

    #[test]
    fn what_is_not_what_was_put_there_is_refused_in_words() {
        let (name, bytes) = Shard::of("cam-a", &[item(vec![])], &[], &[]).encode(1).unwrap();
        let refused = |bytes: &[u8], device: &str, name: &Name| Shard::decode(bytes, device, name).unwrap_err();
        assert!(refused(&bytes[1..], "cam-a", &name).contains("not what was put there"));
        assert!(refused(&bytes, "cam-b", &name).contains("of the device \"cam-a\""));
        let newer = String::from_utf8(bytes).unwrap().replace("\"form\":1", "\"form\":2").into_bytes();
        let name = Name { number: 1, sum: sum(&newer)[..16].into() };
        assert!(refused(&newer, "cam-a", &name).contains("update fieldcoach"));
        for odd in
            ["labels/cam-a/x.json", "labels/../1-0123456789abcdef.json", "frames/ab/x.jpg", "labels/a/1-xyz.json"]
        {
            assert_eq!(Name::of(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_picture_lies_where_its_sum_says_and_nowhere_else() {
        let mut image = Shard::of("a", &[item(vec![])], &[], &[]).images.remove(0);
        assert!(image.sum().is_ok());
        for other in ["frames/../../etc/passwd", "frames/00/abc.jpg", "x", "/frames/ab/…", ""] {
            image.file_name = other.into();
            assert!(image.sum().is_err(), "{other}");
        }
    }
}
