//! Objects of Pascal VOC's kin that stand elsewhere, or are not understood: they are read or told, and make no negative.

use super::home::{kinds, taken_twice};
use super::made::{BLOCKS, jpeg};
use super::take::{boxes, taken};
use super::voc::{blocks, file, named, object};
use fieldcoach::dataset::import::{Manner, Unmentioned};

fn item(name: &str) -> String {
    object(name, BLOCKS[0], "").replace("<object>", "<item>").replace("</object>", "</item>")
}

#[test]
fn objects_are_read_wherever_they_stand() {
    let two = |a: String, b: String| format!("<outputs><object>{a}{b}</object></outputs>");
    let attributes = "<object><name>red</name><bndbox xmin=\"8\" ymin=\"10\" xmax=\"38\" ymax=\"40\"/></object>";
    for (objects, count) in [
        (format!("<objects>{}</objects>", blocks()), 3),
        (two(item("red"), item("blue")), 2),
        (item("red"), 1),
        (object("red", BLOCKS[0], "").replace("object>", "Object>").replace("name>", "Name>"), 1),
        (attributes.to_owned(), 1),
    ] {
        let (home, report) = taken(&objects, &[("a.xml", file("", &objects)), ("a.jpg", jpeg(0))]);
        assert_eq!((report.labels, report.unlabelled), (count, 0), "{objects}: {report:?}");
        assert_eq!((report.left_out, report.notes), (vec![], vec![]), "{objects}");
        assert_eq!(home.by_name()["a.jpg"], (count as usize, true), "{objects}");
    }
}

#[test]
fn the_corners_of_fair1m_are_read() {
    let of = |corners: &[&str]| {
        let points: String = corners.iter().map(|corner| format!("<point>{corner}</point>")).collect();
        format!(
            "<annotation><source><filename>b.jpg</filename><origin>x</origin></source><research><version>1.0</version>\
             <provider>x</provider></research><objects><object><coordinate>pixel</coordinate><type>rectangle</type>\
             <possibleresult><name>jet</name></possibleresult><points>{points}</points></object></objects></annotation>"
        )
        .into_bytes()
    };
    let upright = of(&["10.0,20.0", "50.0,20.0", "50.0,60.0", "10.0,60.0", "10.0,20.0"]);
    let turned = of(&["50,20", "80,50", "50,80", "20,50", "50,20"]);
    for (xml, expected, notes) in
        [(upright, [10.0, 20.0, 40.0, 40.0], vec![]), (turned, [20.0, 20.0, 60.0, 60.0], vec![("turned_box", 1)])]
    {
        let (home, report) = taken("FAIR1M", &[("labels/1.xml", xml), ("images/b.jpg", jpeg(0))]);
        assert_eq!((boxes(&home, "b.jpg"), kinds(&report.notes)), (vec![expected], notes), "{report:?}");
        assert_eq!(report.left_out, vec![]);
    }
}

#[test]
fn what_may_hold_an_object_is_told_and_makes_no_negative() {
    let second = object("", BLOCKS[1], "").replace("<object><name></name>", "");
    let twice = object("red", BLOCKS[0], "").replace("</object>", "") + &second;
    for (odd, kind) in [
        ("<things><thing><class>red</class></thing></things>".to_owned(), "unknown_elements"),
        ("<box label=\"red\" left=\"1\"/>".to_owned(), "unknown_elements"),
        ("<label>red</label>".to_owned(), "unknown_elements"),
        ("<bndbox><xmin>1</xmin></bndbox>".to_owned(), "unknown_elements"),
        ("<outputs><object><item><name>red</name></item></object></outputs>".to_owned(), "no_name"),
        (twice, "several_shapes"),
    ] {
        let files = [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.xml", file("", &odd)), ("b.jpg", jpeg(1))];
        let (home, report) = taken(&odd, &files);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{odd}: {report:?}");
        assert_eq!((report.labels, home.by_name()["b.jpg"]), (3, (0, false)), "{odd}");
    }
    // Beside objects that are understood too.
    let more = object("red", BLOCKS[0], "") + "<box><l>1</l><t>2</t><r>30</r><b>40</b></box>";
    let (home, report) = taken("beside", &[("a.xml", file("", &more)), ("a.jpg", jpeg(0))]);
    assert_eq!((home.by_name()["a.jpg"], kinds(&report.left_out)), ((1, true), vec![("unknown_elements", 1)]));
}

#[test]
fn a_file_that_says_nothing_is_told_and_one_that_names_its_picture_is_a_negative() {
    let files = |text: &str| {
        [("a.xml", named("a.jpg")), ("a.jpg", jpeg(0)), ("b.xml", text.as_bytes().to_vec()), ("b.jpg", jpeg(1))]
    };
    let (home, report) = taken("nothing", &files("<annotation/>"));
    assert_eq!((home.by_name()["b.jpg"], kinds(&report.left_out)), ((0, false), vec![("says_nothing", 1)]));
    let manner = Manner { unmentioned: Unmentioned::Empty, ..Manner::default() };
    let (home, report) = taken_twice("nothing", &files("<annotation/>"), manner);
    assert_eq!((home.by_name()["b.jpg"], report.left_out), ((0, true), vec![]));
    for text in [
        "<annotation verified=\"yes\"><filename>b.jpg</filename><segmented>0</segmented></annotation>",
        "<annotation><filename>b.jpg</filename><objects/></annotation>",
    ] {
        let (home, report) = taken(text, &files(text));
        assert_eq!((home.by_name()["b.jpg"], report.left_out), ((0, true), vec![]), "{text}");
    }
}
