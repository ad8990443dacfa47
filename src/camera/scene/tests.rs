use super::*;

/// Mean colour of the middle of a box.
fn middle(image: &RgbImage, bbox: &BBox) -> [f32; 3] {
    let (cx, cy) = bbox.centre();
    let mut sum = [0.0; 3];
    for dy in -3..=3 {
        for dx in -3..=3 {
            let pixel = image.get_pixel((cx as i32 + dx) as u32, (cy as i32 + dy) as u32);
            for c in 0..3 {
                sum[c] += f32::from(pixel[c]) / 49.0;
            }
        }
    }
    sum
}

#[test]
fn the_same_seed_and_time_give_the_same_picture_and_another_time_another() {
    let (a, b) = (Scene::new(3, 320, 240), Scene::new(3, 320, 240));
    let (first, labels) = a.render(1234.5);
    let (again, same) = b.render(1234.5);
    assert!(first == again && labels == same);
    assert!(a.render(1240.5).0 != first);
    assert!(Scene::new(4, 320, 240).render(1234.5).0 != first);
}

#[test]
fn labels_lie_inside_the_frame_and_around_object_coloured_pixels() {
    let scene = Scene::new(Scene::SEED, 640, 480);
    let names: Vec<_> = Scene::categories().into_iter().map(|c| c.name).collect();
    let (mut seen, mut coloured, mut vivid) = (std::collections::BTreeSet::new(), 0, 0);
    for minute in 0..12 {
        let (image, labels) = scene.render(1_790_000_000.0 + f64::from(minute) * 60.0);
        assert_eq!(image.dimensions(), (640, 480));
        assert!(!labels.is_empty(), "an empty belt after {minute} minutes");
        for label in &labels {
            assert!(names.contains(&label.category));
            let b = label.bbox.unwrap();
            assert!(b.x >= 0.0 && b.y >= 0.0 && b.right() <= 640.0 && b.bottom() <= 480.0, "{b:?}");
            assert!(b.width >= 12.0 && b.height >= 12.0 && b.width <= 190.0 && b.height <= 190.0, "{b:?}");
            seen.insert(label.category.clone());
            if matches!(label.category.as_str(), "apple" | "bottle") && b.width > 40.0 && b.height > 40.0 {
                // The belt is grey: an apple's middle is red, a bottle's blue or paper-white.
                let [red, green, blue] = middle(&image, &b);
                coloured += 1;
                let apple = red > green + 30.0 && red > blue + 30.0;
                let bottle = blue > red + 15.0 || red + green + blue > 420.0;
                vivid += usize::from(if label.category == "apple" { apple } else { bottle });
            }
        }
    }
    assert_eq!(seen.len(), 4, "kinds in twelve frames: {seen:?}");
    // Where something lies over its middle, or a bent one shows the belt, the colour is another's.
    assert!(vivid * 10 >= coloured * 7, "{vivid} of {coloured} boxes have their object's colour in the middle");
}

#[test]
fn boxes_are_tight() {
    // An object alone: all four edges of its box differ from what the empty belt shows just outside it, so growing the
    // box never adds an owned pixel. Checked on the coverage itself.
    let scene = Scene::new(1, 320, 240);
    let object = Placed::alone(Kind::Bottle, 240.0, 240.0, 150.0, 0.6);
    let (mut canvas, mut owner) = (vec![[0.0; 3]; 320 * 240], vec![NOBODY; 320 * 240]);
    scene.draw(&object, 0, 0.5, &mut canvas, &mut owner);
    let b = scene.label(&object, 0, 0.5, &owner).unwrap().bbox.unwrap();
    let owned: Vec<_> = (0..320 * 240).filter(|i| owner[*i] == 0).map(|i| (i % 320, i / 320)).collect();
    assert_eq!(owned.iter().map(|p| p.0).min(), Some(b.x as usize));
    assert_eq!(owned.iter().map(|p| p.0 + 1).max(), Some(b.right() as usize));
    assert_eq!(owned.iter().map(|p| p.1).min(), Some(b.y as usize));
    assert_eq!(owned.iter().map(|p| p.1 + 1).max(), Some(b.bottom() as usize));
    // Covered by something larger, it has no label.
    let carton = Placed::alone(Kind::Carton, 240.0, 240.0, 300.0, 0.6);
    scene.draw(&carton, 1, 0.5, &mut canvas, &mut owner);
    assert_eq!(scene.label(&object, 0, 0.5, &owner), None);
    assert!(scene.label(&carton, 1, 0.5, &owner).is_some());
}

#[test]
fn the_belt_never_runs_backwards_and_carries_its_objects_to_the_right() {
    for i in 0..400 {
        let t = f64::from(i) * 0.5;
        assert!(traffic::run(t + 0.5) > traffic::run(t));
    }
    let before = traffic::placed(9, 100.0, 640.0);
    let after = traffic::placed(9, 100.5, 640.0);
    let moved = (traffic::run(100.5) - traffic::run(100.0)) as f32;
    let same = before.iter().filter(|a| after.iter().any(|b| (b.x - a.x - moved).abs() < 0.01 && b.y == a.y)).count();
    assert!(same + 2 >= before.len());
}
