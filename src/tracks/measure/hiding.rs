//! Films in which something can't be seen for a while, in the middle of others that are like it.

use super::grain;
use super::shot::{Object, Shot, common};
use crate::domain::{BBox, Label};
use crate::picture::{self, texture};
use image::RgbImage;
use image::imageops::overlay;

/// How it is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// It goes behind what stands there, and comes out.
    Standing,
    /// Something passes in front of it.
    Passing,
    /// Somebody takes it away, and lays it down again.
    Away,
}

impl Cover {
    pub const ALL: [Self; 3] = [Self::Standing, Self::Passing, Self::Away];
}

/// A thing out of a picture, which goes over another picture of the same kind and is hidden for a while.
#[derive(Clone, Copy, Debug)]
pub struct Hiding {
    /// Which pictures, where it goes, and what covers it.
    pub seed: u64,
    pub cover: Cover,
    /// Pixels a second, to the right.
    pub speed: f32,
    /// Seconds from which, and up to which, nothing of it can be seen.
    pub hidden: (f64, f64),
}

/// Part of it that must be uncovered, to count as seen; and below which nobody would draw it.
const SEEN: f32 = 0.4;
const HIDDEN: f32 = 0.1;
/// How fast what passes goes by, in widths of the object a second.
const PASSES: f32 = 1.0;

impl Hiding {
    /// A film, so many seconds long. `scene` gives pictures with what is in them, by number. `None` where nothing is whole in any
    /// of the few that are looked at.
    pub fn shot(self, scene: &dyn Fn(u64) -> (RgbImage, Vec<Label>), seconds: f64, fps: f64) -> Option<Shot> {
        let ground = scene(self.seed).0;
        let size = ground.dimensions();
        let (category, object) = (1..9).find_map(|n| whole(scene(self.seed + n)))?;
        let times: Vec<f64> = (0..(seconds * fps) as usize).map(|n| n as f64 / fps).collect();
        let way = Way { hiding: self, size, width: object.width() as f32, height: object.height() as f32 };
        let cover = way.curtain();
        let places: Vec<BBox> = times.iter().map(|t| way.place(*t)).collect();
        let covers: Vec<Option<BBox>> = times.iter().map(|t| way.cover(*t)).collect();
        let away: Vec<bool> =
            times.iter().map(|t| self.cover == Cover::Away && (self.hidden.0..=self.hidden.1).contains(t)).collect();
        let shown = |n: usize, part: f32| {
            let inside = places[n].clipped(size.0 as f32, size.1 as f32)?;
            let covered = covers[n].and_then(|cover| common(inside, cover)).unwrap_or(0.0);
            (!away[n] && inside.area() - covered >= part * places[n].area()).then_some(inside)
        };
        let boxes: Vec<_> = (0..times.len()).map(|n| shown(n, SEEN)).collect();
        let unclear = (0..times.len()).filter(|n| boxes[*n].is_none() && shown(*n, HIDDEN).is_some()).collect();
        let objects = vec![Object { category, boxes, unclear }];
        let picture = move |at: usize| {
            let mut picture = ground.clone();
            if !away[at] {
                overlay(&mut picture, &object, places[at].x as i64, places[at].y as i64);
            }
            if let Some(place) = covers[at] {
                overlay(&mut picture, &cover, place.x as i64, place.y as i64);
            }
            grain::add(&mut picture, at);
            picture
        };
        Some(Shot { size, times, objects, picture: Box::new(picture) })
    }
}

/// The first thing that is in the picture as a whole, cut out.
pub(super) fn whole((picture, labels): (RgbImage, Vec<Label>)) -> Option<(String, RgbImage)> {
    let (wide, high) = (picture.width() as f32, picture.height() as f32);
    let inside = |b: &BBox| b.x > 2.0 && b.y > 2.0 && b.right() < wide - 2.0 && b.bottom() < high - 2.0;
    let (category, bbox) = labels.into_iter().find_map(|l| Some((l.category, l.bbox.filter(inside)?)))?;
    let part = [bbox.x, bbox.y, bbox.width, bbox.height].map(f64::from);
    Some((category, picture::resize_part(&picture, part, bbox.width as u32, bbox.height as u32)))
}

/// Where everything is at a time.
struct Way {
    hiding: Hiding,
    size: (u32, u32),
    /// Of the object.
    width: f32,
    height: f32,
}

impl Way {
    /// In the middle of the picture while it is hidden.
    fn place(&self, time: f64) -> BBox {
        let (from, to) = self.hiding.hidden;
        let x = 0.5 * (self.size.0 as f32 - self.width) + self.hiding.speed * (time - 0.5 * (from + to)) as f32;
        let y = (0.2 + 0.5 * texture::unit(self.hiding.seed, 1, 1)) * (self.size.1 as f32 - self.height);
        BBox::new(x.round(), y.round(), self.width, self.height)
    }

    fn cover(&self, time: f64) -> Option<BBox> {
        let (from, to) = self.hiding.hidden;
        let (first, last) = (self.place(from), self.place(to));
        let (top, height) = ((first.y - 0.15 * self.height).round(), (1.3 * self.height).round());
        match self.hiding.cover {
            Cover::Away => None,
            Cover::Standing => Some(BBox::new(first.x, top, last.right() - first.x, height)),
            Cover::Passing => {
                // Its front is at the object's far side as that is hidden, its end at the near side as it shows again.
                let pace = PASSES * self.width;
                let width = (self.width + pace * (to - from) as f32).round();
                let right = self.place(time).right() + pace * (time - from) as f32;
                Some(BBox::new((right - width).round(), top, width, height))
            }
        }
    }

    /// What covers it, of one colour or patterned.
    fn curtain(&self) -> RgbImage {
        let seed = self.hiding.seed;
        let of = self.cover(0.0).unwrap_or(BBox::new(0.0, 0.0, 1.0, 1.0));
        let hue = [5, 6, 7].map(|n| 40.0 + 120.0 * texture::unit(seed, n, 2));
        let depth = if seed.is_multiple_of(2) { 0.2 } else { 1.0 };
        RgbImage::from_fn(of.width as u32, of.height as u32, |x, y| {
            let light = 1.0 + depth * (texture::fbm(seed, x as f32 / 23.0, y as f32 / 23.0, 3, 0) - 0.5);
            image::Rgb(hue.map(|v| (v * light) as u8))
        })
    }
}
