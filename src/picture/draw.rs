//! Marks over a picture: boxes with a name and a score, readable on a phone.

use super::letters::{is_silent, letter};
use super::paint::{Painter, text_size};
use crate::domain::{BBox, COLOURS, Category, rgb};
use image::RgbImage;
use std::borrow::Cow;

/// Something to draw over a picture.
#[derive(Clone, Debug)]
pub struct Mark {
    pub bbox: Option<BBox>,
    pub text: String,
    pub colour: [u8; 3],
    pub dashed: bool,
}

const INK: [u8; 3] = [16, 18, 22];
const PAPER: [u8; 3] = [255; 3];

/// The colour of a category: its own `#rrggbb`, or one of a fixed palette by its place (by its name, if it isn't there).
pub fn colour_of(categories: &[Category], name: &str) -> [u8; 3] {
    let place = categories.iter().position(|c| c.name == name);
    let own = place.and_then(|p| categories[p].rgb());
    let place = place.unwrap_or_else(|| name.bytes().map(usize::from).sum());
    own.or_else(|| rgb(COLOURS[place % COLOURS.len()])).unwrap_or(PAPER)
}

/// A category's name as it can be drawn: letters that no font has are left out, and its number among the categories says
/// which it is.
pub fn drawn_name<'a>(categories: &[Category], name: &'a str) -> Cow<'a, str> {
    let is_drawn = |c: char| is_silent(c) || letter(c).is_some();
    if name.chars().all(is_drawn) {
        return name.into();
    }
    let place = categories.iter().position(|c| c.name == name);
    let number = place.map_or("?".to_owned(), |place| (place + 1).to_string());
    let rest: String = name.chars().map(|c| if is_drawn(c) { c } else { ' ' }).collect();
    let rest: Vec<&str> = rest.split_whitespace().collect();
    format!("#{number} {}", rest.join(" ")).trim_end().to_owned().into()
}

/// Size of the text on a picture this large: a phone shows it about 390 points wide.
fn type_size(image: &RgbImage) -> f32 {
    (image.width().max(image.height() * 2 / 3) as f32 / 34.0).max(9.0)
}

/// Draws marks in place; text size follows the image's size, so that it is readable on a phone.
///
/// Solid boxes first, dashed ones over them and lighter, so that both are seen where they agree; names last, where they
/// hide least of one another. A mark without a box is a name in the top left corner.
pub fn draw_marks(image: &mut RgbImage, marks: &[Mark]) {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let size = type_size(image);
    let line = (size / 7.0).round().max(1.0);
    let mut painter = Painter { image };
    for dashed in [false, true] {
        for mark in marks.iter().filter(|m| m.dashed == dashed) {
            let Some(bbox) = mark.bbox.and_then(|b| b.clipped(width, height)) else { continue };
            // On whole pixels lines are sharp.
            let (x, y) = (bbox.x.round(), bbox.y.round());
            let area = [x, y, bbox.right().round() - x, bbox.bottom().round() - y];
            if dashed {
                let light = mark.colour.map(|c| c + (255 - c) / 5 * 3);
                painter.dashed(area, line + 2.0, size * 0.6, 1.0, INK, 0.55);
                painter.dashed(area, line, size * 0.6, 0.0, light, 1.0);
            } else {
                painter.outline(area, line + 2.0, INK, 0.4);
                painter.outline(area, line, mark.colour, 1.0);
            }
        }
    }
    let mut taken: Vec<[f32; 4]> = Vec::new();
    let mut corner = size / 3.0;
    for mark in marks.iter().filter(|m| !m.text.is_empty()) {
        let (text_width, text_height) = text_size(&mark.text, size);
        let (pad, stripe) = (size * 0.3, size * 0.3);
        let (w, h) = (text_width + 2.0 * pad + stripe, text_height + pad * 0.5);
        let area = match mark.bbox.and_then(|b| b.clipped(width, height)) {
            Some(bbox) => place(bbox, w, h, line, (width, height), &taken),
            None => {
                corner += h + size / 4.0;
                [size / 3.0, corner - h - size / 4.0, w, h]
            }
        };
        taken.push(area);
        let [x, y, ..] = area;
        painter.pill(area, h / 4.0, INK, 0.78);
        painter.pill([x + pad * 0.6, y + h * 0.22, stripe * 0.6, h * 0.56], stripe * 0.3, mark.colour, 1.0);
        painter.text(&mark.text, x + pad + stripe, y + pad * 0.25, size, PAPER);
    }
}

/// Where a name hides least of those there already: above its box, within its top, below it, within its bottom, at its
/// left or its right edge.
fn place(bbox: BBox, w: f32, h: f32, line: f32, (width, height): (f32, f32), taken: &[[f32; 4]]) -> [f32; 4] {
    let inside = |at: f32, length: f32, limit: f32| at.min(limit - length).max(0.0);
    let edges = [bbox.y - h - line, bbox.y + line, bbox.bottom() + line, bbox.bottom() - h - line];
    let spots = [bbox.x - line / 2.0, bbox.right() - w + line / 2.0].into_iter().flat_map(|x| edges.map(|y| (x, y)));
    let spots = spots.map(|(x, y)| {
        let (free_x, free_y) = (inside(x, w, width), inside(y, h, height));
        // A spot that had to be pushed back into the picture is somewhere else than it means to be.
        let pushed = (free_y - y).abs() * w;
        let hidden: f32 = taken.iter().map(|t| overlap([free_x, free_y, w, h], *t)).sum();
        (hidden + pushed, [free_x, free_y, w, h])
    });
    spots.min_by(|a, b| a.0.total_cmp(&b.0)).map_or([bbox.x, bbox.y, w, h], |(_, area)| area)
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let side = |i: usize| ((a[i] + a[i + 2]).min(b[i] + b[i + 2]) - a[i].max(b[i])).max(0.0);
    side(0) * side(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;

    fn category(name: &str, colour: &str) -> Category {
        Category { name: name.into(), colour: colour.into(), instructions: String::new(), kind: LabelKind::Box }
    }

    #[test]
    fn colours_come_from_the_category_or_the_palette() {
        let categories = [category("a", "#102030"), category("b", "blue")];
        assert_eq!(colour_of(&categories, "a"), [16, 32, 48]);
        assert_eq!(colour_of(&categories, "b"), rgb(COLOURS[1]).unwrap());
        assert_eq!(colour_of(&categories, "gone"), colour_of(&[], "gone"));
    }

    #[test]
    fn a_name_that_no_font_has_is_drawn_as_its_number() {
        let names = ["apple", "🍎 apple", "\u{e123}", "\u{e123}\u{e124} box 7", "זכוכית"];
        let categories = names.map(|name| category(name, ""));
        let drawn = names.map(|name| drawn_name(&categories, name).into_owned());
        assert_eq!(drawn, ["apple", "🍎 apple", "#3", "#4 box 7", "#5"]);
        assert_eq!(drawn_name(&[], "\u{e123}"), "#?");
    }

    #[test]
    fn a_box_is_drawn_on_its_edges() {
        let mut image = RgbImage::new(320, 240);
        let bbox = Some(BBox::new(50.0, 60.0, 100.0, 80.0));
        draw_marks(&mut image, &[Mark { bbox, text: String::new(), colour: [255, 0, 0], dashed: false }]);
        for (x, y) in [(50, 100), (150, 100), (100, 60), (100, 140)] {
            assert!(image.get_pixel(x, y).0[0] > 120, "{x} {y}");
        }
        assert_eq!(image.get_pixel(100, 100).0, [0; 3]);
    }

    #[test]
    fn names_hide_nothing_of_one_another_where_there_is_room() {
        let frame = (640.0, 480.0);
        let bbox = BBox::new(200.0, 200.0, 100.0, 100.0);
        let mut taken = Vec::new();
        for _ in 0..4 {
            let area = place(bbox, 80.0, 20.0, 2.0, frame, &taken);
            assert!(taken.iter().all(|t| overlap(area, *t) == 0.0), "{area:?} {taken:?}");
            taken.push(area);
        }
    }

    #[test]
    fn any_mark_on_any_picture_is_drawn_without_a_panic() {
        for size in [(1, 1), (7, 300), (300, 7)] {
            let mut image = RgbImage::new(size.0, size.1);
            let boxes = [None, Some(BBox::new(-9.0, -9.0, 500.0, 500.0)), Some(BBox::new(900.0, 0.0, 5.0, 5.0))];
            let marks =
                boxes.map(|bbox| Mark { bbox, text: "Ünïcode 世界 0.99".into(), colour: [1, 2, 3], dashed: false });
            draw_marks(&mut image, &marks);
            draw_marks(&mut image, &marks.map(|m| Mark { dashed: true, ..m }));
        }
    }
}
