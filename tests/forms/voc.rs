//! Pascal VOC, and what others write in its form.

use super::home::{kinds, taken_twice};
use super::made::{BLOCKS, NAMES, jpeg, zip};
use super::take::{boxes, labels, taken, whole};
use fieldcoach::dataset::import::{Format, Manner};
use fieldcoach::domain::{LabelKind, Side};

/// One object; the edges count from 0.
pub fn object(name: &str, [x, y, w, h]: [f32; 4], more: &str) -> String {
    format!(
        "<object><name>{name}</name><pose>Unspecified</pose>{more}<bndbox><xmin>{x}</xmin><ymin>{y}</ymin>\
         <xmax>{}</xmax><ymax>{}</ymax></bndbox></object>",
        x + w,
        y + h
    )
}

/// A file with these objects.
pub fn file(head: &str, objects: &str) -> Vec<u8> {
    let size = "<size><width>160</width><height>120</height><depth>3</depth></size>";
    format!("<annotation>{head}{size}<segmented>0</segmented>{objects}</annotation>").into_bytes()
}

/// The three blocks.
pub fn blocks() -> String {
    NAMES.iter().zip(BLOCKS).map(|(name, block)| object(name, block, "")).collect()
}

pub fn named(name: &str) -> Vec<u8> {
    file(&format!("<folder>x</folder><filename>{name}</filename>"), &blocks())
}

#[test]
fn every_layout_is_found() {
    for (xml, picture, said) in [
        ("Annotations/a.xml", "JPEGImages/a.jpg", "a.jpg"),
        ("set/Annotations/a.xml", "set/JPEGImages/a.jpg", "a"),
        ("train/a.xml", "train/a.jpg", "a.jpg"),
        ("annotations/xmls/a.xml", "images/a.jpg", "C:\\Users\\ann\\a.jpg"),
        ("a.xml", "a.JPG", "a.png"),
        ("a.XML", "a.jpg", ""),
        ("a &amp; b.xml", "a & b.jpg", "a &amp; b.jpg"),
        ("Annotations/x/a.xml", "JPEGImages/x/a.jpg", "x/a.jpg"),
    ] {
        whole(xml, &[(xml, named(said)), (picture, jpeg(0))], 1);
    }
    let many: Vec<(String, u32)> = (0..60).map(|i| (format!("{i:03}"), i % 20)).collect();
    let names: Vec<(String, String)> =
        many.iter().map(|(n, _)| (format!("Annotations/{n}.xml"), format!("JPEGImages/{n}.jpg"))).collect();
    let mut files = vec![];
    for ((number, seed), (xml, picture)) in many.iter().zip(&names) {
        files.push((xml.as_str(), named(&format!("{number}.jpg"))));
        files.push((picture.as_str(), jpeg(*seed)));
    }
    files.push(("readme.txt", b"hello".to_vec()));
    whole("many", &files, 60);
}

#[test]
fn a_name_that_is_not_there_or_of_another_is_told() {
    let files = [("a.xml", named("other.jpg")), ("a.jpg", jpeg(0)), ("b.xml", named("a.jpg")), ("b.jpg", jpeg(1))];
    let (home, report) = taken("renamed", &files);
    assert_eq!((report.labels, kinds(&report.notes)), (6, vec![("other_name", 2)]), "{report:?}");
    home.assert_on_blocks("renamed");
    let files = [("a.xml", named("a.jpg")), ("b.jpg", jpeg(0)), ("b.xml", named("b.jpg"))];
    let (_, report) = taken("gone", &files);
    assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("missing_picture", 1)]));
    assert!(report.left_out[0].examples[0].contains("no `a.jpg`"), "{report:?}");
}

#[test]
fn a_picture_without_a_file_is_told_and_masks_are_no_pictures() {
    let files =
        [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), ("SegmentationClass/a.png", vec![0])];
    let (home, report) = taken("half", &files);
    assert_eq!((report.frames, report.unlabelled, kinds(&report.notes)), (2, 1, vec![("no_label_file", 1)]));
    assert_eq!(kinds(&report.left_out), [("mask_picture", 1)]);
    assert_eq!(home.by_name()["b.jpg"], (0, false));
    let (home, _) = taken("empty", &[("a.xml", file("", "")), ("a.jpg", jpeg(0))]);
    assert_eq!(home.by_name()["a.jpg"], (0, true), "a file without objects says that nothing is there");
}

#[test]
fn an_object_that_is_not_understood_costs_itself_and_never_makes_a_negative() {
    for (odd, kind) in [
        ("<object><name>red</name></object>".to_owned(), "no_box"),
        ("<object><name>red</name><bndbox><xmin>1</xmin></bndbox></object>".to_owned(), "no_box"),
        (object("red", [5.0, 5.0, f32::NAN, 9.0], ""), "no_box"),
        (object("red", [5.0, 5.0, 9.0, 9.0], "").replace(">5<", ">five<"), "no_box"),
        (object(" ", [5.0, 5.0, 9.0, 9.0], ""), "no_name"),
        (object("red", [5.0, 5.0, 0.0, 9.0], ""), "no_area"),
        (object("red", [500.0, 5.0, 9.0, 9.0], ""), "outside"),
        (object("red", [0.1, 0.1, 0.5, 0.5], ""), "box_in_shares"),
    ] {
        let files = [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.xml", file("", &odd)), ("b.jpg", jpeg(1))];
        let (home, report) = taken(kind, &files);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{odd}");
        assert_eq!((report.labels, report.unlabelled), (3, 1), "{odd}");
        assert_eq!(home.by_name()["b.jpg"], (0, false), "{odd}");
    }
}

#[test]
fn files_that_cannot_be_read_cost_their_picture_alone() {
    let whole = named("b.jpg");
    let bomb = b"<!DOCTYPE a [<!ENTITY b 'bbbb'>]><annotation><object><name>&b;</name></object></annotation>".to_vec();
    for broken in [whole[..whole.len() / 2].to_vec(), bomb, [&whole[..100], b"</object>"].concat()] {
        let files = [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.xml", broken), ("b.jpg", jpeg(1))];
        let (home, report) = taken("broken", &files);
        assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("unreadable", 1)]), "{report:?}");
        assert_eq!(home.by_name()["b.jpg"], (0, false));
    }
}

#[test]
fn marks_parts_and_odd_corners_are_told() {
    let part =
        "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>";
    let difficult = object("red", BLOCKS[0], "<difficult>1</difficult><truncated>0</truncated><occluded>1</occluded>");
    let parted = object("green", BLOCKS[1], part);
    let [x, y, w, h] = BLOCKS[2];
    let swapped = object("blue", [x + w, y + h, -w, -h], "");
    let (home, report) = taken("marks", &[("a.xml", file("", &(difficult + &parted + &swapped))), ("a.jpg", jpeg(0))]);
    home.assert_on_blocks("marks");
    assert_eq!(kinds(&report.notes), [("difficult", 1), ("occluded", 1), ("swapped", 1)], "{report:?}");
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("parts", 1)]));
}

#[test]
fn every_code_and_name_comes_in() {
    let text = format!(
        "<?xml version='1.0' encoding='UTF-16'?><annotation>{}</annotation>",
        object("Früchte 赤 &lt;a&gt;", BLOCKS[0], "")
    );
    let sixteen: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (home, _) = taken("UTF-16", &[("a.xml", sixteen), ("a.jpg", jpeg(0))]);
    assert_eq!(labels(&home, "a.jpg")[0].category, "Früchte 赤 <a>");
    let latin = b"<annotation><object><name>Fr\xfcchte</name><bndbox><xmin>0</xmin><ymin>1</ymin><xmax>5</xmax><ymax>6</ymax></bndbox></object></annotation>";
    let (home, report) = taken("Windows-1252", &[("a.xml", latin.to_vec()), ("a.jpg", jpeg(0))]);
    assert_eq!((labels(&home, "a.jpg")[0].category.as_str(), kinds(&report.notes)), ("Früchte", vec![("encoding", 1)]));
}

#[test]
fn sizes_of_zero_are_unknown_and_others_must_be_right() {
    let sized =
        |width: &str| String::from_utf8(named("a.jpg")).unwrap().replace(">160<", &format!(">{width}<")).into_bytes();
    whole("unknown", &[("a.xml", sized("0")), ("a.jpg", jpeg(0))], 1);
    let (_, report) = taken("odd", &[("a.xml", sized("wide")), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("odd_size", 1)]));
    let files = [("a.xml", sized("640")), ("a.jpg", jpeg(0)), ("b.xml", named("b.jpg")), ("b.jpg", jpeg(1))];
    assert_eq!(kinds(&taken("other", &files).1.left_out), [("size", 1)]);
}

#[test]
fn pascal_vocs_own_files_count_from_one_and_all_others_from_zero() {
    let own = "<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation></source>";
    let one = |head: &str, [x, y, w, h]: [f32; 4]| file(head, &object("red", [x + 1.0, y + 1.0, w - 1.0, h - 1.0], ""));
    let (home, report) = taken("own", &[("a.xml", one(own, BLOCKS[0])), ("a.jpg", jpeg(0))]);
    assert_eq!((boxes(&home, "a.jpg"), kinds(&report.notes)), (vec![BLOCKS[0]], vec![("counts_from_one", 1)]));
    // Whoever copies its head and counts from 0 is found out by a box at the edge.
    let edge = file(own, &object("red", [0.0, 5.0, 9.0, 9.0], ""));
    let files =
        [("a.xml", file(own, &object("red", BLOCKS[0], ""))), ("a.jpg", jpeg(0)), ("b.xml", edge), ("b.jpg", jpeg(1))];
    let (home, _) = taken("copied", &files);
    assert_eq!(boxes(&home, "a.jpg"), [BLOCKS[0]]);
    let tool = "<source><database>Unknown</database></source>";
    let (home, _) =
        taken("tool", &[("a.xml", file(tool, &object("red", [1.0, 2.5, 9.0, 9.25], ""))), ("a.jpg", jpeg(0))]);
    assert_eq!(boxes(&home, "a.jpg"), [[1.0, 2.5, 9.0, 9.25]]);
}

#[test]
fn outlines_and_turned_boxes_of_its_kin_are_read() {
    let polygon = "<object><name>leaf</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>\
                   <polygon><x1>1</x1><y1>2</y1><x2>30</x2><y2>2</y2><x3>30</x3><y3>40</y3></polygon></object>";
    let page = "<object><name>cup</name><deleted>0</deleted><type>bounding_box</type><polygon><username>ann</username>\
                <pt><x>5</x><y>6</y></pt><pt><x>25</x><y>6</y></pt><pt><x>25</x><y>16</y></pt><pt><x>5</x><y>16</y></pt></polygon></object>\
                <object><name>cup</name><deleted>1</deleted></object>";
    let turned = "<object><type>robndbox</type><name>boat</name><robndbox><cx>50</cx><cy>60</cy><w>20</w><h>10</h>\
                  <angle>1.5707963267948966</angle></robndbox></object>";
    let (home, report) = taken("kin", &[("a.xml", file("", &[polygon, page, turned].concat())), ("a.jpg", jpeg(0))]);
    let kind = |name: &str| home.store.categories().unwrap().into_iter().find(|c| c.name == name).unwrap().kind;
    assert_eq!((kind("leaf"), kind("cup")), (LabelKind::Polygon, LabelKind::Box));
    assert_eq!(boxes(&home, "a.jpg")[..2], [[1.0, 2.0, 29.0, 38.0], [5.0, 6.0, 20.0, 10.0]]);
    let boat = boxes(&home, "a.jpg")[2];
    assert!(boat.iter().zip([45.0, 50.0, 10.0, 20.0]).all(|(a, b)| (a - b).abs() < 1e-4), "{boat:?}");
    assert_eq!(kinds(&report.notes), [("deleted", 1), ("turned_box", 1)]);
}

#[test]
fn lists_say_the_sides_and_a_form_can_be_named() {
    let files = [
        ("V/Annotations/1.xml", named("1.jpg")),
        ("V/Annotations/2.xml", named("2.jpg")),
        ("V/JPEGImages/1.jpg", jpeg(0)),
        ("V/JPEGImages/2.jpg", jpeg(1)),
        ("V/Annotations/3.xml", named("3.jpg")),
        ("V/JPEGImages/3.jpg", jpeg(2)),
        ("V/ImageSets/Main/train.txt", b"1.jpg\n3\n".to_vec()),
        ("V/ImageSets/Main/val.txt", b"JPEGImages/2.jpg\r\n3\r\n".to_vec()),
        ("V/ImageSets/Main/red_train.txt", b"2 -1\r\n".to_vec()),
        ("V/labels.txt", b"red\n".to_vec()),
    ];
    let manner = Manner { sides: true, format: Some(Format::Voc), ..Manner::default() };
    let (home, report) = taken_twice("sides", &files, manner);
    assert_eq!(kinds(&report.notes), [("both_sides", 1), ("other_list", 1)]);
    let sides = home.store.sides().unwrap();
    for (frame, _) in home.frames() {
        let side = match frame.name.unwrap() {
            name if name.contains("/1.") => Some(Side::Training),
            name if name.contains("/2.") => Some(Side::Validation),
            // On both: nobody said it.
            _ => None,
        };
        assert_eq!(sides.get(&frame.id).copied(), side);
    }
}

#[test]
fn the_same_file_twice_brings_its_boxes_once() {
    let files = [("x/a.xml", named("a.jpg")), ("y/a.xml", named("a.jpg")), ("images/a.jpg", jpeg(0))];
    let (_, report) = taken("twice", &files);
    assert_eq!((report.frames, report.labels, kinds(&report.notes)), (1, 3, vec![("twice", 3)]), "{report:?}");
}

#[test]
fn strict_takes_all_or_nothing() {
    let home = super::home::Home::new();
    let files = [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.xml", named("gone.jpg"))];
    let manner = Manner { strict: true, ..Manner::default() };
    let error = home.take_zip_as(zip(&files), manner).unwrap_err().to_string();
    assert!(error.contains("gone.jpg") && error.contains("Nothing was imported"), "{error}");
    assert!(home.frames().is_empty());
}

#[test]
fn several_annotations_in_one_file_are_read_each_for_its_picture() {
    let text = |name: &str| String::from_utf8(named(name)).unwrap();
    let all = |inner: &str| format!("<?xml version=\"1.0\"?>\n<annotations>\n{inner}</annotations>").into_bytes();
    let (a, b) = (text("a.jpg"), text("b.jpg"));
    whole("a list", &[("all.xml", all(&(a.clone() + &b))), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))], 2);
    let capital = |name: &str| text(name).replace("annotation>", "Annotation>").replace("object>", "Object>");
    let list = format!("<Annotations>{}{}</Annotations>", capital("a.jpg"), capital("b.jpg")).into_bytes();
    whole("capitals", &[("all.xml", list), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))], 2);
    whole("capitals alone", &[("a.xml", capital("a.jpg").into_bytes()), ("a.jpg", jpeg(0))], 1);
    // One that names no picture, and one that is not there.
    let nameless = String::from_utf8(file("", &blocks())).unwrap();
    let files = [("all.xml", all(&(a.clone() + &nameless + &text("gone.jpg")))), ("a.jpg", jpeg(0))];
    let (_, report) = taken("nameless", &files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("missing_picture", 2)]), "{report:?}");
    assert!(report.left_out[0].examples[0].contains("annotation number 2 of all.xml"), "{report:?}");
    // One that is cut: what was whole is taken, and nothing is known of the rest.
    let empty = String::from_utf8(file("<filename>c.jpg</filename>", "")).unwrap();
    let cut = all(&(a + &empty + &b));
    let files =
        [("all.xml", cut[..cut.len() - 60].to_vec()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), ("c.jpg", jpeg(2))];
    let (home, report) = taken("cut", &files);
    assert_eq!((report.labels, kinds(&report.left_out)[0]), (3, ("unreadable", 1)), "{report:?}");
    assert_eq!((home.by_name()["b.jpg"], home.by_name()["c.jpg"]), ((0, false), (0, false)), "{report:?}");
    // What is neither of CVAT nor of Pascal VOC is mentioned.
    let files =
        [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("x.xml", b"<annotations><picture/></annotations>".to_vec())];
    let (_, report) = taken("neither", &files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("other_format", 1)]), "{report:?}");
    let home = super::home::Home::new();
    let files = [("x.xml", b"<annotations><picture/></annotations>".to_vec()), ("a.jpg", jpeg(0))];
    let refused = home.take_zip(zip(&files)).unwrap_err().to_string();
    assert!(refused.contains("x.xml") && refused.contains("without an `image`"), "{refused}");
}

#[test]
fn a_comma_that_may_stand_between_thousands_is_told() {
    let with = |from: &str, to: &str| blocks().replacen(from, to, 1);
    let (_, report) = taken("decimals", &[("a.xml", file("", &with(">10<", ">10,5<"))), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, report.left_out.len()), (3, 0), "{report:?}");
    let (home, report) = taken("thousands", &[("a.xml", file("", &with(">10<", ">1,050<"))), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (2, vec![("unclear_comma", 1)]), "{report:?}");
    assert!(home.by_name()["a.jpg"].1);
}

#[test]
fn a_file_beside_its_picture_that_says_another_camera_is_taken_for_it_and_told() {
    for head in [
        "<folder>cam2</folder><filename>0001.jpg</filename>",
        "<filename>0001.jpg</filename><path>/home/ann/cam2/0001.jpg</path>",
    ] {
        let files = [("cam1/0001.xml", file(head, &blocks())), ("cam1/0001.jpg", jpeg(0))];
        let (_, report) = taken(head, &files);
        assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("says_other_folder", 1)]), "{head}: {report:?}");
        assert!(report.notes[0].examples[0].contains("cam2"), "{report:?}");
        // Where it does not lie in one of these folders itself, what it says counts.
        let files = [
            ("Annotations/0001.xml", file(head, &blocks())),
            ("JPEGImages/cam1/0001.jpg", jpeg(0)),
            ("b.xml", named("b.jpg")),
            ("b.jpg", jpeg(1)),
        ];
        let (_, report) = taken(head, &files);
        assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("missing_picture", 1)]), "{head}: {report:?}");
    }
}
