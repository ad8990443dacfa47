//! What was read is kept as it was said, within bounds.

use super::*;

fn thing(x: f32, entry: Entry) -> Thing {
    let (outline, attributes) = (Some(vec![[x, 0.0], [1.0, 1.0], [2.0, 2.0]]), Attributes::default());
    Thing { category: 0, bbox: BBox::new(x, 1.0, 2.0, 3.0), outline, relative: true, attributes, entry }
}

#[test]
fn what_was_read_comes_back_picture_by_picture_in_its_order() {
    let mut found = Found::new("set", &[]);
    let a = found.picture(Picture::new(7, "a.jpg")).unwrap();
    let b = found.picture(Picture::new(9, "b.jpg")).unwrap();
    for (picture, x, entry) in
        [(a, 1.0, Entry::Line(3)), (b, 2.0, Entry::Id("12".into())), (a, 3.0, Entry::Id("007".into()))]
    {
        found.thing(picture, thing(x, entry)).unwrap();
    }
    let of = |picture: PictureId| -> Vec<(f32, Entry)> {
        found.things(&found.pictures[picture as usize]).map(|t| (t.outline.unwrap()[0][0], t.entry)).collect()
    };
    assert_eq!(of(a), [(1.0, Entry::Line(3)), (3.0, Entry::Id("007".into()))]);
    assert_eq!(of(b), [(2.0, Entry::Id("12".into()))]);
}

#[test]
fn what_two_files_say_of_a_picture_is_told_and_equal_boxes_are_taken_once() {
    let mut found = Found::new("set", &[]);
    let picture = found.picture(Picture::new(7, "a.jpg")).unwrap();
    let boxed = |x: f32| Thing { outline: None, relative: false, ..thing(x, Entry::Number(1)) };
    for (file, boxes) in [("x.json", [1.0, 1.0]), ("y.json", [1.01, 9.0]), ("z.json", [9.0, 20.0])] {
        found.begin(file);
        boxes.into_iter().for_each(|x| found.thing(picture, boxed(x)).unwrap());
    }
    let xs: Vec<f32> = found.things(&found.pictures[0]).map(|thing| thing.bbox.x).collect();
    assert_eq!(xs, [1.0, 1.0, 9.0, 20.0]);
    let (left_out, notes) = std::mem::take(&mut found.told).into_parts();
    let notes: Vec<_> = notes.iter().map(|note| (note.kind.as_str(), note.count)).collect();
    assert_eq!((left_out, notes), (vec![], vec![("twice", 2), ("several_files", 1)]));
}

#[test]
fn a_picture_has_no_more_labels_than_a_frame_may_have() {
    let mut found = Found::new("set", &[]);
    let picture = found.picture(Picture::new(7, "a.jpg")).unwrap();
    let boxed = |i| Thing { outline: None, ..thing(1.0, Entry::Line(i)) };
    (0..30_000).for_each(|i| found.thing(picture, boxed(i)).unwrap());
    assert_eq!(found.things(&found.pictures[0]).count(), limits::LABELS);
    assert!(found.pictures[0].doubt && found.held < 1_000_000);
    assert_eq!(found.told.left_out()[0].count, 1);
}

#[test]
fn a_picture_that_is_listed_twice_is_one() {
    let mut found = Found::new("set", &[]);
    let first = found.picture(Picture { labelled: false, ..Picture::new(1, "a.jpg") }).unwrap();
    let again = found.picture(Picture { size: Some((3, 4)), ..Picture::new(1, "./a.jpg") }).unwrap();
    assert_eq!((first, again, found.pictures.len()), (0, 0, 1));
    assert_eq!((found.pictures[0].size, found.pictures[0].labelled), (Some((3, 4)), true));
}

#[test]
fn both_spellings_of_a_name_are_one_and_odd_spaces_are_told() {
    let mut found = Found::new("set", &[]);
    let ids = ["é", "e\u{301}", " é ", "tab\there", "tab here"].map(|name| found.named(name).unwrap());
    assert_eq!(ids, [0, 0, 0, 1, 1]);
    let (_, notes) = std::mem::take(&mut found.told).into_parts();
    assert_eq!((notes.len(), notes[0].count), (1, 1), "{notes:?}");
}

#[test]
fn what_is_held_is_bounded() {
    let mut found = Found::new("set", &[]);
    found.picture(Picture::new(0, "a.jpg")).unwrap();
    let boxed = |i| Thing { outline: None, ..thing(1.0, Entry::Line(i)) };
    let error = (0..2_000_000).find_map(|i| {
        // As many as a picture may have.
        let picture = found.picture(Picture::new(i / 10_000, "a.jpg")).unwrap();
        found.thing(picture, boxed(i)).err()
    });
    let error = error.unwrap().to_string();
    assert!(error.contains("set: there are too many") && error.contains("split it"), "{error}");
    assert!(size_of::<Object>() <= 44);
}
