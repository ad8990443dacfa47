use super::*;
use crate::domain::{BBox, LabelOrigin, Prediction};
use crate::picture::texture;
use image::RgbImage;

const SIZE: (u32, u32) = (320, 240);

/// A patterned square at `x`, `y` on a patterned ground; none where `at` is `None`.
fn scene(at: Option<(f32, f32)>, covered: bool) -> RgbImage {
    let of = |seed: u64, x: f32, y: f32, cell: f32| (texture::fbm(seed, x / cell, y / cell, 3, 0) * 255.0) as u8;
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let (x, y) = (x as f32, y as f32);
        if covered && (100.0..220.0).contains(&x) {
            return image::Rgb([of(9, x, y, 5.0), 40, 90]);
        }
        let inside = at.filter(|(left, top)| (0.0..48.0).contains(&(x - left)) && (0.0..48.0).contains(&(y - top)));
        match inside {
            Some((left, top)) => image::Rgb([of(1, x - left, y - top, 9.0), of(2, x - left, y - top, 7.0), 60]),
            None => image::Rgb([of(3, x, y, 23.0) / 2, of(4, x, y, 31.0) / 2, of(5, x, y, 13.0) / 2]),
        }
    })
}

/// From the left at 16 pixels a picture.
fn place(at: usize) -> (f32, f32) {
    (20.0 + 16.0 * at as f32, 90.0)
}

fn bbox(at: usize) -> BBox {
    BBox::new(place(at).0, place(at).1, 48.0, 48.0)
}

fn carried(pictures: usize, picture: &mut dyn FnMut(usize) -> Option<RgbImage>, marks: &[(usize, Mark)]) -> Course {
    let times: Vec<f64> = (0..pictures).map(|n| n as f64 * 0.25).collect();
    let marks = marks.iter().copied().collect();
    let track = Track { name: "a".into(), category: "thing".into(), marks, ..Track::default() };
    let film = Film { size: SIZE, times: &times, picture, detections: &|_| vec![] };
    carry(film, &[track]).unwrap().remove(0)
}

fn numbers(of: &[bool]) -> Vec<usize> {
    (0..of.len()).filter(|n| of[*n]).collect()
}

#[test]
fn what_was_lost_on_the_way_back_is_unknown_up_to_the_start() {
    let picture = |n: usize| Some(scene((n > 6).then(|| place(n)), false));
    let course = carried(12, &mut { picture }, &[(10, Mark::Box(bbox(10)))]);
    assert_eq!(course.asks, [Ask { picture: 6, why: Why::Lost }]);
    assert_eq!(numbers(&course.unknown), (0..=6).collect::<Vec<_>>());
}

#[test]
fn a_box_is_carried_both_ways_until_it_leaves_and_nothing_is_asked() {
    let course = carried(24, &mut |n| Some(scene(Some(place(n)), false)), &[(5, Mark::Box(bbox(5)))]);
    for at in 0..=17 {
        let truth = bbox(at).clipped(320.0, 240.0).unwrap();
        let given = course.boxes[at].unwrap_or_else(|| panic!("none in {at}"));
        assert!(given.bbox.iou(&truth) > 0.85 && given.sure, "{at}: {given:?} for {truth:?}");
        assert_eq!(given.origin.is_drawn(), at == 5);
    }
    assert_eq!((course.boxes[20], course.asks), (None, vec![]));
    assert!(numbers(&course.unknown).is_empty(), "it has left, and nobody asks");
}

#[test]
fn what_disappears_is_asked_about_where_it_is_missed_first() {
    let picture = |n: usize| Some(scene((n < 8).then(|| place(n)), false));
    let course = carried(20, &mut { picture }, &[(2, Mark::Box(bbox(2)))]);
    assert_eq!(course.asks, [Ask { picture: 8, why: Why::Lost }]);
    assert_eq!(course.boxes[8..], [None; 12]);
    assert_eq!(numbers(&course.unknown), (8..20).collect::<Vec<_>>(), "it may be there again");
    let told = carried(20, &mut { picture }, &[(2, Mark::Box(bbox(2))), (8, Mark::Gone)]);
    assert_eq!((told.asks, told.boxes[7].is_some(), told.boxes[8]), (vec![], true, None));
    assert!(numbers(&told.unknown).is_empty());
    // Up to where something is said of it again, and where it is said to be back, and nobody drew it.
    let later = [(2, Mark::Box(bbox(2))), (12, Mark::Gone), (15, Mark::Back), (17, Mark::Gone)];
    let told = carried(20, &mut { picture }, &later);
    assert_eq!(told.asks.iter().map(|ask| ask.picture).collect::<Vec<_>>(), [8, 15]);
    assert_eq!(numbers(&told.unknown), [8, 9, 10, 11, 15, 16]);
}

#[test]
fn what_is_covered_between_two_drawn_boxes_is_bridged() {
    let marks = [(1, Mark::Box(bbox(1))), (15, Mark::Box(bbox(15)))];
    let course = carried(18, &mut |n| Some(scene(Some(place(n)), true)), &marks);
    for at in 1..=15 {
        let given = course.boxes[at].unwrap();
        assert!(given.bbox.iou(&bbox(at)) > 0.7, "{at}: {given:?}");
    }
    assert_eq!(course.boxes[8].unwrap().origin, LabelOrigin::Interpolated);
}

#[test]
fn what_passes_in_front_is_not_taken_for_what_it_covers() {
    let of = |seed: u64, x: f32, y: f32| (texture::fbm(seed, x / 8.0, y / 8.0, 3, 0) * 255.0) as u8;
    // From the right, over the lower half of the other.
    let over = |n: usize| BBox::new(260.0 - 16.0 * n as f32, 110.0, 48.0, 48.0);
    let mut picture = |n: usize| {
        let mut image = scene(Some(place(n)), false);
        let at = over(n);
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let (x, y) = (x as f32 - at.x, y as f32 - at.y);
            if (0.0..48.0).contains(&x) && (0.0..48.0).contains(&y) {
                *pixel = image::Rgb([of(6, x, y) / 3, of(7, x, y), of(8, x, y)]);
            }
        }
        Some(image)
    };
    let times: Vec<f64> = (0..16).map(|n| f64::from(n) * 0.5).collect();
    let track = |name: &str, at: usize, bbox: BBox| Track {
        name: name.into(),
        category: "thing".into(),
        marks: [(at, Mark::Box(bbox))].into(),
        ..Track::default()
    };
    // The one behind is drawn as it is covered most.
    for drawn in [7, 8] {
        let tracks = [track("behind", drawn, bbox(drawn)), track("before", 2, over(2))];
        let film = Film { size: SIZE, times: &times, picture: &mut picture, detections: &|_| vec![] };
        let courses = carry(film, &tracks).unwrap();
        for (course, truth) in courses.iter().zip([bbox as fn(usize) -> BBox, over]) {
            for at in 0..15 {
                let given = course.boxes[at].unwrap_or_else(|| panic!("none in {at}, drawn in {drawn}: {course:?}"));
                assert!(given.bbox.iou(&truth(at)) > 0.8, "{at}, drawn in {drawn}: {given:?}");
            }
        }
    }
}

#[test]
fn the_edge_at_which_a_box_was_cut_is_asked_about_or_learned() {
    let here = |n: usize| (place(n).0 - 44.0, 90.0);
    let shown = |n: usize| BBox::new(here(n).0, 90.0, 48.0, 48.0).clipped(320.0, 240.0).unwrap();
    let mut picture = |n: usize| Some(scene(Some(here(n)), false));
    let alone = carried(10, &mut picture, &[(0, Mark::Box(shown(0)))]);
    let asked = alone.asks.iter().find(|ask| ask.why == Why::Unseen && ask.picture <= 3).unwrap().picture;
    assert_eq!(numbers(&alone.unknown), (asked..10).collect::<Vec<_>>());
    let both = carried(10, &mut picture, &[(0, Mark::Box(shown(0))), (8, Mark::Box(shown(8)))]);
    for at in 0..10 {
        assert!(both.boxes[at].unwrap().bbox.iou(&shown(at)) > 0.8, "{at}: {:?}", both.boxes[at]);
    }
}

#[test]
fn a_picture_that_is_not_there_is_passed_over() {
    let mut picture = |n: usize| (n != 6).then(|| scene(Some(place(n)), false));
    let course = carried(12, &mut picture, &[(2, Mark::Box(bbox(2)))]);
    assert!(course.boxes[6].unwrap().bbox.iou(&bbox(6)) > 0.8, "{:?}", course.boxes[6]);
    assert!(course.boxes[11].is_some() && course.asks.is_empty());
}

#[test]
fn a_box_follows_what_a_model_sees_of_its_category() {
    let times = [0.0, 0.25, 0.5];
    let track = |category: &str| Track {
        category: category.into(),
        marks: [(0, Mark::Box(bbox(0)))].into(),
        ..Track::default()
    };
    let mut picture = |n: usize| Some(scene(Some(place(n)), false));
    let seen = |n: usize| {
        let (x, y) = place(n);
        let bbox = BBox::new(x - 4.0, y - 4.0, 56.0, 56.0);
        vec![Prediction { category: "thing".into(), bbox: Some(bbox), score: 0.9 }]
    };
    let film = Film { size: SIZE, times: &times, picture: &mut picture, detections: &seen };
    let courses = carry(film, &[track("thing"), track("other")]).unwrap();
    let width = |n: usize| courses[n].boxes[1].unwrap().bbox.width;
    assert!(width(0) > 52.0 && width(1) < 50.0, "{} {}", width(0), width(1));
}

#[test]
fn between_two_drawn_boxes_it_is_never_nowhere() {
    // Drawn where it enters, and in the middle; followed back from there, it was taken for something far off.
    let drawn = |x: f32, width: f32| BBox::new(x, 90.0, width, 48.0);
    let marks = [(0, Mark::Box(drawn(0.0, 20.0))), (8, Mark::Box(drawn(150.0, 48.0)))];
    let track = Track { category: "thing".into(), marks: marks.into(), ..Track::default() };
    let legs = legs::of(&track, 9);
    let times: Vec<f64> = (0..9).map(f64::from).collect();
    let edges = edges::Edges::of(drawn(200.0, 48.0));
    let far = runs::Spot { edges, score: Some(0.9), alike: 0.9, doubted: false };
    for found in [vec![far; 8], vec![]] {
        let behind = runs::Run { key: 8, found, end: runs::End::Reached };
        let ahead = runs::Run { key: 0, found: vec![], end: runs::End::Lost };
        let ways = runs::Runs { ahead: vec![ahead], behind: vec![behind] };
        let course = course::settle(&legs, &ways, &times, SIZE);
        assert!(course.boxes.iter().all(Option::is_some), "{:?}", course.boxes);
        assert_eq!(course.asks, [Ask { picture: 4, why: Why::Doubtful }]);
        assert!(course.boxes[1..8].iter().flatten().all(|carried| !carried.sure));
    }
}
