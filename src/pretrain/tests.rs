use super::families::FAMILIES;
use super::maths::Dice;
use super::paint::{Light, draw};
use super::things::Species;
use super::*;

#[test]
fn a_scene_is_known_by_its_seed_and_index() {
    assert_eq!(scene(5, 9, 96, 72), scene(5, 9, 96, 72));
    assert_ne!(scene(5, 9, 96, 72).picture, scene(5, 10, 96, 72).picture);
    assert_ne!(scene(5, 9, 96, 72).picture, scene(6, 9, 96, 72).picture);
}

#[test]
fn every_kind_occurs_and_boxes_lie_within_the_picture() {
    let mut seen = vec![0; kinds().len()];
    for index in 0..500 {
        for object in scene(1, index, 96, 72).objects {
            object.kinds.iter().for_each(|kind| seen[*kind] += 1);
            let b = object.bbox;
            assert_eq!(object.kinds.len(), 3);
            assert!(b.x >= 0.0 && b.y >= 0.0 && b.right() <= 96.0 && b.bottom() <= 72.0, "{b:?}");
            assert!(b.width >= 3.0 && b.height >= 3.0, "{b:?}");
        }
    }
    let rare: Vec<_> = kinds().into_iter().zip(&seen).filter(|(_, n)| **n < 5).collect();
    assert!(rare.is_empty(), "{rare:?}");
}

/// Every family alone on a flat ground: what differs from the ground is what the mask says.
#[test]
fn masks_hold_the_pixels_that_an_object_changes() {
    let light = Light { from: [0.0, 0.0, 1.0], ambient: 1.0, shadow: 0.0, reach: 0.0, blur: 0.0, through: false };
    let ground = [0.5; 3];
    for (i, family) in FAMILIES.iter().enumerate() {
        let dice = &mut Dice::new(3, i as u64);
        let mut canvas = canvas::Canvas { width: 120, height: 100, pixels: vec![ground; 12_000] };
        let bare = canvas.pixels.clone();
        let spot = compose::Spot { x: 60.3, y: 50.6, size: 60.0, species: 0 };
        let mut thing = Species::draw(&[], false, false, 30.0, ground, dice).individual(&spot, false, 1.0, dice);
        let mut genes = body::Genes { species: dice.seed(), own: dice.seed(), spread: 0.5, drawn: 0 };
        thing.shape = families::grow(i, &mut genes);
        // No colour that an object has by itself is this loud.
        thing.colour = [3.0, -2.0, 3.0];
        thing.surface = surface::Surface::draw(0, thing.colour, thing.colour, 30.0, dice);
        thing.accents = [thing.colour; 3];
        let drawn = draw(&mut canvas, &bare, &thing, &light);
        let (mut changed, mut covered) = (scenes::Bounds::default(), scenes::Bounds::default());
        let [columns, rows] = drawn.window;
        for y in 0..100 {
            for x in 0..120 {
                if colour::contrast(canvas.pixels[y * 120 + x], ground) > 0.1 {
                    changed.add(x, y);
                }
                let inside = (columns.0..columns.1).contains(&x) && (rows.0..rows.1).contains(&y);
                if inside && drawn.mask[(y - rows.0) * (columns.1 - columns.0) + x - columns.0] {
                    covered.add(x, y);
                }
            }
        }
        let (a, b) = (changed.bbox().expect(family), covered.bbox().expect(family));
        for (a, b) in [(a.x, b.x), (a.y, b.y), (a.right(), b.right()), (a.bottom(), b.bottom())] {
            assert!((a - b).abs() <= 1.5, "{family}: {a} and {b}");
        }
        assert!(b.width.max(b.height) > 35.0 && b.width.max(b.height) < 85.0, "{family}: {b:?}");
    }
}

/// A box's pixels differ more from one another, or from what is around it, than noise does.
#[test]
fn labelled_objects_are_visible() {
    let (mut faint, mut all) = (0, 0);
    for index in 0..60 {
        let scene = scene(8, index, 160, 120);
        for object in &scene.objects {
            let b = object.bbox;
            let (mut low, mut high) = ([255u8; 3], [0u8; 3]);
            for y in (b.y as u32).saturating_sub(2)..(b.bottom() as u32 + 2).min(120) {
                for x in (b.x as u32).saturating_sub(2)..(b.right() as u32 + 2).min(160) {
                    for c in 0..3 {
                        low[c] = low[c].min(scene.picture[(x, y)][c]);
                        high[c] = high[c].max(scene.picture[(x, y)][c]);
                    }
                }
            }
            all += 1;
            faint += usize::from((0..3).all(|c| high[c] - low[c] < 18));
        }
    }
    assert!(all > 300 && faint * 50 < all, "{faint} of {all}");
}

#[test]
fn kinds_have_names_of_their_own() {
    let mut names = kinds();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), kinds().len());
}
