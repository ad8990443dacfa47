//! Films made from a photograph: the camera goes over it and nearer, and things cross in front of it.

use super::grain;
use super::shot::{Object, Shot, common};
use crate::domain::BBox;
use crate::picture;
use image::RgbImage;

/// Part of an object that must be in the picture and uncovered, to count as seen.
const SEEN: f32 = 0.4;

/// Where the camera looks: the centre, in shares of the photograph, and the share of its width that it sees.
pub type Way = fn(share: f32) -> (f32, f32, f32);

/// A photograph with its boxes, and something that crosses it.
pub struct Moving {
    pub photograph: RgbImage,
    pub boxes: Vec<(String, BBox)>,
    /// Goes from left to right in front of it, in the middle of the picture.
    pub crossing: Option<RgbImage>,
    pub way: Way,
}

impl Moving {
    /// A film of `size` pixels, so many seconds long.
    pub fn shot(self, size: (u32, u32), seconds: f64, fps: f64) -> Shot {
        let pictures = (seconds * fps) as usize;
        let times: Vec<f64> = (0..pictures).map(|n| n as f64 / fps).collect();
        let shares: Vec<f32> = times.iter().map(|t| (t / seconds) as f32).collect();
        let parts: Vec<[f64; 4]> = shares.iter().map(|share| self.part(*share, size)).collect();
        let crosses: Vec<Option<BBox>> = shares.iter().map(|share| self.crosses(*share, size)).collect();
        let seen = |bbox: BBox, cover: Option<BBox>| {
            let shown = bbox.clipped(size.0 as f32, size.1 as f32)?;
            let covered = cover.and_then(|cover| common(shown, cover)).unwrap_or(0.0);
            (shown.area() - covered >= SEEN * bbox.area()).then_some(shown)
        };
        let mut objects: Vec<Object> = self
            .boxes
            .iter()
            .map(|(category, bbox)| {
                let of = |(part, cover): (&[f64; 4], &Option<BBox>)| {
                    let [x, y, width, height] = part.map(|v| v as f32);
                    let moved = BBox::new(bbox.x - x, bbox.y - y, bbox.width, bbox.height);
                    seen(moved.scaled(size.0 as f32 / width, size.1 as f32 / height), *cover)
                };
                Object {
                    category: category.clone(),
                    boxes: parts.iter().zip(&crosses).map(of).collect(),
                    unclear: vec![],
                }
            })
            .collect();
        if self.crossing.is_some() {
            let boxes = crosses.iter().map(|at| at.and_then(|at| seen(at, None))).collect();
            objects.push(Object { category: "crossing".into(), boxes, unclear: vec![] });
        }
        objects.retain(|object| object.boxes.iter().flatten().count() > 1);
        let picture = move |at: usize| {
            let mut picture = picture::resize_part(&self.photograph, parts[at], size.0, size.1);
            if let (Some(crossing), Some(place)) = (&self.crossing, crosses[at]) {
                image::imageops::overlay(&mut picture, crossing, place.x as i64, place.y as i64);
            }
            grain::add(&mut picture, at);
            picture
        };
        Shot { size, times, objects, picture: Box::new(picture) }
    }

    /// What the camera sees, in pixels of the photograph.
    fn part(&self, share: f32, size: (u32, u32)) -> [f64; 4] {
        let (x, y, zoom) = (self.way)(share);
        let (wide, high) = (f64::from(self.photograph.width()), f64::from(self.photograph.height()));
        let width = (wide * f64::from(zoom)).min(wide);
        let height = (width * f64::from(size.1) / f64::from(size.0)).min(high);
        let left = (wide * f64::from(x) - width / 2.0).clamp(0.0, wide - width);
        let top = (high * f64::from(y) - height / 2.0).clamp(0.0, high - height);
        [left, top, width, height]
    }

    fn crosses(&self, share: f32, size: (u32, u32)) -> Option<BBox> {
        let (width, height) = self.crossing.as_ref()?.dimensions();
        let (width, height) = (width as f32, height as f32);
        let x = -width + share * (size.0 as f32 + 2.0 * width);
        let y = (size.1 as f32 - height) * (0.4 + 0.2 * share);
        Some(BBox::new(x.round(), y.round(), width, height))
    }
}
