//! Films in which three things come, pass one another, and go.

use super::grain;
use super::hiding::whole;
use super::shot::{Object, Shot, common};
use crate::domain::{BBox, Label};
use image::RgbImage;
use image::imageops::overlay;

/// Part of a thing that must be in the picture and uncovered, to count as seen; and below which nobody would draw it.
const SEEN: f32 = 0.4;
const HIDDEN: f32 = 0.1;
/// When each comes and goes, in shares of the film, and where from and to: its left upper corner, in shares of the picture, where 0 is
/// just outside of the left or upper side and 1 just outside of the other.
const WAYS: [([f32; 2], [f32; 2], [f32; 2]); 3] = [
    ([0.03, 0.55], [0.0, 0.34], [1.0, 0.4]),
    ([0.2, 0.8], [1.0, 0.52], [0.0, 0.46]),
    ([0.4, 0.97], [0.3, 0.0], [1.0, 0.74]),
];

/// A film of `seconds` over a picture out of `scene`, which gives pictures with what is in them, by number: three things out of
/// others, the later ones in front. `None` where there are not so many that are whole in those that are looked at.
pub fn crossing(scene: &dyn Fn(u64) -> (RgbImage, Vec<Label>), seconds: f64, fps: f64) -> Option<Shot> {
    let ground = scene(0).0;
    let size = ground.dimensions();
    let things: Vec<(String, RgbImage)> = (1..20).filter_map(|n| whole(scene(n))).take(WAYS.len()).collect();
    if things.len() < WAYS.len() {
        return None;
    }
    let times: Vec<f64> = (0..(seconds * fps) as usize).map(|n| n as f64 / fps).collect();
    let at = |(n, (_, thing)): (usize, &(String, RgbImage))| {
        times.iter().map(|time| place(n, thing, size, (*time / seconds) as f32)).collect()
    };
    let places: Vec<Vec<BBox>> = things.iter().enumerate().map(at).collect();
    let shown = |thing: usize, picture: usize, part: f32| {
        let all = places[thing][picture];
        let inside = all.clipped(size.0 as f32, size.1 as f32)?;
        let covers = places[thing + 1..].iter().filter_map(|others| common(inside, others[picture]));
        (inside.area() - covers.sum::<f32>() >= part * all.area()).then_some(inside)
    };
    let object = |(n, (category, _)): (usize, &(String, RgbImage))| {
        let boxes: Vec<_> = (0..times.len()).map(|picture| shown(n, picture, SEEN)).collect();
        let unclear = (0..times.len()).filter(|at| boxes[*at].is_none() && shown(n, *at, HIDDEN).is_some()).collect();
        Object { category: category.clone(), boxes, unclear }
    };
    let objects = things.iter().enumerate().map(object).collect();
    let picture = move |at: usize| {
        let mut picture = ground.clone();
        for ((_, thing), places) in things.iter().zip(&places) {
            overlay(&mut picture, thing, places[at].x as i64, places[at].y as i64);
        }
        grain::add(&mut picture, at);
        picture
    };
    Some(Shot { size, times, objects, picture: Box::new(picture) })
}

/// Where the thing with this number is after this share of the film.
fn place(number: usize, thing: &RgbImage, size: (u32, u32), share: f32) -> BBox {
    let ([comes, goes], from, to) = WAYS[number];
    let (width, height) = (thing.width() as f32, thing.height() as f32);
    let gone = ((share - comes) / (goes - comes)).clamp(0.0, 1.0);
    let along = |from: f32, to: f32, long: f32, own: f32| ((from + (to - from) * gone) * (long + own) - own).round();
    let (x, y) = (along(from[0], to[0], size.0 as f32, width), along(from[1], to[1], size.1 as f32, height));
    BBox::new(x, y, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::Scene;

    #[test]
    fn three_things_come_and_go_and_pass_one_another() {
        let scene = Scene::new(1, 320, 240);
        let mut shot = crossing(&|n| scene.render(60.0 * n as f64), 30.0, 2.0).unwrap();
        assert_eq!((shot.objects.len(), shot.times.len()), (3, 60));
        for object in &shot.objects {
            let seen: Vec<usize> = (0..60).filter(|at| object.boxes[*at].is_some()).collect();
            assert!(object.boxes[0].is_none() && object.boxes[59].is_none() && seen.len() > 20, "{seen:?}");
        }
        let together = (0..60).filter(|at| shot.objects.iter().all(|object| object.boxes[*at].is_some())).count();
        assert!(together > 3, "all of them are seen in {together} pictures");
        assert_eq!((shot.picture)(30).dimensions(), (320, 240));
    }
}
