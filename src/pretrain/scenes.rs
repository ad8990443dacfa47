//! A whole scene: place, things, light, camera; and which of the things can be seen well enough to be labelled.

use super::background::{self, Place};
use super::camera;
use super::canvas::Canvas;
use super::clutter;
use super::compose::{Layout, arrange};
use super::families::FAMILIES;
use super::maths::{Dice, cos, sin};
use super::paint::{Drawn, Light, draw};
use super::surface::SURFACES;
use super::things::Species;
use crate::domain::BBox;
use image::RgbImage;

/// An object of which less than this part shows is not labelled.
const LEAST_VISIBLE: f32 = 0.35;
/// From here on the box is the whole object's, as people draw it around things that touch.
const MOSTLY_VISIBLE: f32 = 0.7;
/// Smallest longer side of a labelled box, in pixels.
const LEAST_SIDE: f32 = 7.0;
/// Smallest mean difference to the background, 0 to 1.
const LEAST_CONTRAST: f32 = 0.06;

/// An object that can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneObject {
    /// Numbers in [`super::kinds`]: one shape, one surface, one colour.
    pub kinds: Vec<usize>,
    /// In pixels, inside the picture: the visible part's box, or the whole object's where over 70 % of it shows.
    pub bbox: BBox,
}

/// A picture and what is on it.
#[derive(Clone, Debug, PartialEq)]
pub struct PretrainScene {
    pub picture: RgbImage,
    pub objects: Vec<SceneObject>,
}

/// The scene of this seed and index, `width` × `height` pixels (both at least 32): the same on every machine.
pub fn scene(seed: u64, index: u64, width: u32, height: u32) -> PretrainScene {
    let dice = &mut Dice::new(seed, index);
    let (w, h) = (width as usize, height as usize);
    let scale = ((width * height) as f32 / 76_800.0).sqrt();
    let place = dice.pick(&Place::ALL);
    let mut canvas = background::draw(place, w, h, scale, dice);
    let most = dice.pick(&[0, 6, 15, 40]);
    clutter::clutter(&mut canvas, most, scale, dice);
    // A camera that focuses on the things.
    if dice.chance(0.2) {
        camera::blur(&mut canvas, dice.range(1.0, 4.0));
    }
    let through = place == Place::Slide && dice.chance(0.8);
    let layout = layout(place, dice);
    let upright = matches!(place, Place::Horizon | Place::Shelf) || dice.chance(0.4);
    let light = light(through, dice);
    let spots = arrange(layout, width as f32, height as f32, scale, dice);
    let ground = mean(&canvas);
    let mut species: Vec<Species> = Vec::new();
    for i in 0..=spots.iter().map(|s| s.species).max().unwrap_or(0) {
        let half = spots.iter().find(|s| s.species == i).map_or(20.0, |s| s.size / 2.0);
        species.push(Species::draw(local(place), through, upright, half, ground, dice));
    }
    let aligned = layout == Layout::Rows || dice.chance(0.15);
    let (depth, blurred) = (dice.range(1.0, 3.5), dice.chance(0.2));
    let bare = canvas.pixels.clone();
    let mut drawn = Vec::with_capacity(spots.len());
    for spot in &spots {
        let soft = if blurred && dice.chance(0.4) { depth.min(spot.size / 8.0).max(1.0) } else { 1.0 };
        let thing = species[spot.species].individual(spot, aligned, soft, dice);
        drawn.push((draw(&mut canvas, &bare, &thing, &light), species[spot.species].looks));
    }
    let objects = label(&drawn, w, h);
    let smallest = objects.iter().map(|o| o.bbox.width.max(o.bbox.height)).fold(60.0, f32::min);
    camera::illuminate(&mut canvas, dice);
    PretrainScene { picture: camera::expose(canvas, smallest, dice), objects }
}

/// How things usually lie in such a place.
fn layout(place: Place, dice: &mut Dice) -> Layout {
    use Layout::{Crowd, Depth, Medium, Rows, Sparse};
    match place {
        Place::Horizon => dice.pick(&[Depth, Depth, Depth, Sparse, Medium]),
        Place::Shelf => dice.pick(&[Rows, Rows, Rows, Medium, Crowd]),
        Place::Slide | Place::Dark => dice.pick(&[Crowd, Crowd, Crowd, Medium, Sparse]),
        _ => dice.pick(&[Sparse, Medium, Medium, Crowd, Crowd, Rows]),
    }
}

/// Shapes that are at home there.
fn local(place: Place) -> &'static [&'static str] {
    match place {
        Place::Slide | Place::Dark => &["cell", "disc", "blob", "ring", "crescent", "capsule"],
        Place::Horizon | Place::Grass => &["animal", "vehicle", "figure", "block"],
        Place::Shelf | Place::Planks => &["bottle", "block", "panel", "ball", "bunch"],
        Place::Belt | Place::Concrete => &["block", "gear", "bottle", "panel", "capsule", "ball"],
        _ => &[],
    }
}

fn light(through: bool, dice: &mut Dice) -> Light {
    let (turns, low) = (dice.unit(), dice.range(0.2, 0.8));
    Light {
        from: [low * cos(turns), low * sin(turns), (1.0 - low * low).sqrt()],
        ambient: if through { 0.9 } else { dice.range(0.3, 0.75) },
        shadow: if dice.chance(0.75) { dice.range(0.15, 0.65) } else { 0.0 },
        reach: dice.range(0.05, 0.4),
        blur: dice.range(0.05, 0.3),
        through,
    }
}

/// Mean colour of a few pixels spread over the canvas.
fn mean(canvas: &Canvas) -> [f32; 3] {
    let few: Vec<_> = canvas.pixels.iter().step_by(97).collect();
    [0, 1, 2].map(|c| few.iter().map(|p| p[c]).sum::<f32>() / few.len() as f32)
}

/// What of the drawn objects, the first at the bottom, can still be seen.
fn label(drawn: &[(Drawn, [usize; 3])], width: usize, height: usize) -> Vec<SceneObject> {
    let mut hidden = vec![false; width * height];
    let mut objects = Vec::with_capacity(drawn.len());
    for (one, looks) in drawn.iter().rev() {
        let [columns, rows] = one.window;
        let (mut seen, mut part, mut all) = (0, Bounds::default(), Bounds::default());
        for y in rows.0..rows.1 {
            for x in columns.0..columns.1 {
                if !one.mask[(y - rows.0) * (columns.1 - columns.0) + x - columns.0] {
                    continue;
                }
                all.add(x, y);
                if !hidden[y * width + x] {
                    seen += 1;
                    part.add(x, y);
                    hidden[y * width + x] = one.opaque;
                }
            }
        }
        let visible = seen as f32 / one.whole.max(1) as f32;
        let bounds = if visible > MOSTLY_VISIBLE { all } else { part };
        let Some(bbox) = bounds.bbox() else { continue };
        let plain = visible >= LEAST_VISIBLE && one.contrast >= LEAST_CONTRAST;
        if plain && bbox.width.max(bbox.height) >= LEAST_SIDE && bbox.width.min(bbox.height) >= 3.0 {
            let kinds = vec![looks[0], FAMILIES.len() + looks[1], FAMILIES.len() + SURFACES.len() + looks[2]];
            objects.push(SceneObject { kinds, bbox });
        }
    }
    objects.reverse();
    objects
}

/// The pixels at the ends.
#[derive(Default)]
pub struct Bounds(Option<[usize; 4]>);

impl Bounds {
    pub fn add(&mut self, x: usize, y: usize) {
        let [l, t, r, b] = self.0.unwrap_or([x, y, x, y]);
        self.0 = Some([l.min(x), t.min(y), r.max(x), b.max(y)]);
    }

    pub fn bbox(&self) -> Option<BBox> {
        self.0.map(|e| e.map(|v| v as f32)).map(|[l, t, r, b]| BBox::from_corners(l, t, r + 1.0, b + 1.0))
    }
}
