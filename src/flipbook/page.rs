//! One drawn page: the frame with its labels dashed and what the model sees solid, and under it a legend.

use crate::domain::{Category, Page, Side};
use crate::picture::{self, Mark, Painter, colour_of, drawn_name, text_size};
use image::{RgbImage, imageops};
use std::borrow::Cow;

/// Predictions are drawn from this score up: an untrained model's hundreds of guesses would hide the frame.
pub const SHOWN_FROM: f32 = 0.3;

/// With more predictions than this on a page, their names would hide them.
const CROWD: usize = 6;

const GROUND: [u8; 3] = [22, 24, 29];
const TEXT: [u8; 3] = [240, 241, 244];
const FAINT: [u8; 3] = [150, 155, 166];
const TRACK: [u8; 3] = [52, 56, 65];
const BAD: [f32; 3] = [239.0, 83.0, 80.0];
const FAIR: [f32; 3] = [255.0, 193.0, 7.0];
const GOOD: [f32; 3] = [76.0, 195.0, 110.0];

/// A page drawn on its frame: truth dashed, predictions (from a score of [`SHOWN_FROM`]) solid, and under it a legend with
/// epoch, side, score and loss. `width`: of the result in pixels, at least 1; the height follows.
pub fn draw_page(frame: &RgbImage, page: &Page, categories: &[Category], width: u32) -> RgbImage {
    let width = width.max(1);
    let height = (u64::from(frame.height()) * u64::from(width)).div_ceil(u64::from(frame.width().max(1))).max(1) as u32;
    let mut shown = picture::resize(frame, width, height);
    picture::draw_marks(&mut shown, &marks(page, categories, width, height));

    let legend = legend(page, categories, width);
    let mut drawn = RgbImage::new(width, height + legend.height());
    imageops::replace(&mut drawn, &shown, 0, 0);
    imageops::replace(&mut drawn, &legend, 0, i64::from(height));
    drawn
}

fn marks(page: &Page, categories: &[Category], width: u32, height: u32) -> Vec<Mark> {
    let (sx, sy) = (width as f32 / page.width.max(1) as f32, height as f32 / page.height.max(1) as f32);
    let truth = page.truth.iter().map(|label| Mark {
        bbox: label.bbox.map(|b| b.scaled(sx, sy)),
        // A box needs no name: its colour says it. A tag has nothing else.
        text: if label.bbox.is_some() {
            String::new()
        } else {
            format!("label: {}", drawn_name(categories, &label.category))
        },
        colour: colour_of(categories, &label.category),
        dashed: true,
    });
    let mut shown: Vec<_> = page.predictions.iter().filter(|p| p.score >= SHOWN_FROM).collect();
    // The surest last, on top of the others.
    shown.sort_by(|a, b| a.score.total_cmp(&b.score));
    // Where there are many, the colour alone tells the category.
    let crowded = shown.len() > CROWD;
    let predictions = shown.into_iter().map(|prediction| Mark {
        bbox: prediction.bbox.map(|b| b.scaled(sx, sy)),
        text: match crowded && prediction.bbox.is_some() {
            true => percent(prediction.score),
            false => format!("{} {}", drawn_name(categories, &prediction.category), percent(prediction.score)),
        },
        colour: colour_of(categories, &prediction.category),
        dashed: false,
    });
    truth.chain(predictions).collect()
}

fn percent(share: f32) -> String {
    format!("{:.0}%", share * 100.0)
}

/// The bar under the frame: how well this frame is understood, at which epoch, and what the lines mean.
fn legend(page: &Page, categories: &[Category], width: u32) -> RgbImage {
    let wide = width as f32;
    // As much as is readable where a phone shows the page 390 points wide.
    let size = (wide / 25.0).max(6.0);
    let small = size * 0.8;
    let (pad, gap) = (size * 0.7, size * 0.35);
    let gauge = (size * 0.3).max(2.0);
    let keys = keys(page, categories, small, wide - 2.0 * pad);
    let row = small * 1.45;
    let top = gauge + gap + size * 0.2;
    let height = top + size * 1.35 + keys.len() as f32 * row + gap;
    let mut image = RgbImage::from_pixel(width, height.ceil() as u32, image::Rgb(GROUND));
    let mut painter = Painter { image: &mut image };

    painter.bar([0.0, 0.0, wide, gauge], TRACK, 1.0);
    painter.bar([0.0, 0.0, wide * page.point.score.clamp(0.0, 1.0), gauge], traffic_light(page.point.score), 1.0);

    let side = match page.split {
        Side::Training => "training",
        Side::Validation => "validation",
    };
    let mut x = pad;
    for (text, colour) in [(format!("epoch {}", page.epoch), TEXT), (side.to_owned(), FAINT)] {
        painter.text(&text, x, top, size, colour);
        x += text_size(&text, size).0 + size * 0.6;
    }
    // From the right: the score large enough to see from afar, the loss before it.
    let score = format!("score {}", percent(page.point.score));
    let mut x = wide - pad;
    for (text, colour) in [(score, traffic_light(page.point.score)), (format!("loss {}", loss(page.point.loss)), FAINT)]
    {
        x -= text_size(&text, size).0;
        painter.text(&text, x, top, size, colour);
        x -= size * 0.6;
    }

    let mut y = top + size * 1.35;
    for line in keys {
        let mut x = pad;
        for key in line {
            key.draw(&mut painter, x, y, small);
            x += key.width(small) + small;
        }
        y += row;
    }
    image
}

/// Four characters or so, whatever the size.
fn loss(loss: f32) -> String {
    match loss {
        l if !l.is_finite() => "—".to_owned(),
        l if l.abs() < 10.0 => format!("{l:.2}"),
        l if l.abs() < 100.0 => format!("{l:.1}"),
        l => format!("{l:.0}"),
    }
}

/// Red over yellow to green.
fn traffic_light(share: f32) -> [u8; 3] {
    let share = share.clamp(0.0, 1.0) * 2.0;
    let (from, to, at) = if share < 1.0 { (BAD, FAIR, share) } else { (FAIR, GOOD, share - 1.0) };
    std::array::from_fn(|i| (from[i] + (to[i] - from[i]) * at) as u8)
}

/// One entry of the key: a line's meaning, or a category's colour.
enum Key<'a> {
    Dashed,
    Solid,
    Category(Cow<'a, str>, [u8; 3]),
    /// How many there are beside those.
    More(String),
}

impl Key<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Dashed => "label",
            Self::Solid => "prediction",
            Self::Category(name, _) => name,
            Self::More(text) => text,
        }
    }

    /// Of the sample before the text.
    fn sample(&self, size: f32) -> f32 {
        match self {
            Self::Category(..) => size * 0.7,
            Self::More(_) => 0.0,
            _ => size * 1.7,
        }
    }

    fn width(&self, size: f32) -> f32 {
        self.sample(size) + size * 0.4 + text_size(self.text(), size).0
    }

    fn draw(&self, painter: &mut Painter, x: f32, y: f32, size: f32) {
        let line = (size / 7.0).max(1.5);
        let middle = y + size * 0.55;
        let sample = self.sample(size);
        match self {
            Self::Dashed => {
                for i in 0..3 {
                    let from = x + sample * i as f32 * 0.375;
                    painter.bar([from, middle - line / 2.0, sample * 0.25, line], TEXT, 1.0);
                }
            }
            Self::Solid => painter.bar([x, middle - line / 2.0, sample, line], TEXT, 1.0),
            Self::Category(_, colour) => {
                painter.pill([x, middle - sample / 2.0, sample, sample], sample / 2.0, *colour, 1.0);
            }
            Self::More(_) => {}
        }
        painter.text(self.text(), x + sample + size * 0.4, y, size, FAINT);
    }
}

/// Lines of the key, at most.
const LINES: usize = 3;

/// The key in lines that fit: what the lines mean, then the categories, those of this page first. How many lines there are
/// depends on the categories alone: all pages of a frame are as high as each other.
fn keys<'a>(page: &'a Page, categories: &'a [Category], size: f32, wide: f32) -> Vec<Vec<Key<'a>>> {
    // Categories of this device, or, where those are gone, the ones of this page.
    let mut names: Vec<&str> = categories.iter().map(|c| c.name.as_str()).collect();
    for name in page.truth.iter().map(|l| l.category.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let key = |name: &&'a str| Key::Category(drawn_name(categories, name), colour_of(categories, name));
    let lines = fill(names.iter().map(key), size, wide).0.len();
    let shown = |name: &str| page.predictions.iter().any(|p| p.category == name && p.score >= SHOWN_FROM);
    names.sort_by_key(|name| match page.truth.iter().any(|label| label.category == *name) {
        true => 0,
        false if shown(name) => 1,
        false => 2,
    });
    let (mut filled, left) = fill(names.iter().map(key), size, wide);
    if left > 0
        && let Some(last) = filled.last_mut()
    {
        say_how_many_more(last, left, size, wide);
    }
    filled.resize_with(lines, Vec::new);
    filled
}

/// As many of these as fit, after what the lines mean; and how many did not.
fn fill<'a>(categories: impl Iterator<Item = Key<'a>>, size: f32, wide: f32) -> (Vec<Vec<Key<'a>>>, usize) {
    let mut lines: Vec<Vec<Key>> = vec![Vec::new()];
    let (mut x, mut left) = (0.0, 0);
    for key in [Key::Dashed, Key::Solid].into_iter().chain(categories) {
        let width = key.width(size);
        let last = lines.len() - 1;
        if left > 0 || (x > 0.0 && x + width > wide && lines.len() == LINES) {
            left += 1;
            continue;
        }
        if x > 0.0 && x + width > wide {
            lines.push(vec![key]);
            x = 0.0;
        } else {
            lines[last].push(key);
        }
        x += width + size;
    }
    (lines, left)
}

/// At the end of the line, in place of as many as that takes.
fn say_how_many_more(line: &mut Vec<Key>, mut more: usize, size: f32, wide: f32) {
    loop {
        let said = Key::More(format!("… and {more} more"));
        let taken: f32 = line.iter().map(|key| key.width(size) + size).sum();
        if line.is_empty() || taken + said.width(size) <= wide {
            line.push(said);
            return;
        }
        line.pop();
        more += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;
    use crate::flipbook::tests::{categories, frame, page};

    fn differ(a: &RgbImage, b: &RgbImage) -> usize {
        a.pixels().zip(b.pixels()).filter(|(a, b)| a != b).count()
    }

    #[test]
    fn a_page_is_as_wide_as_asked_for_and_has_a_legend() {
        for width in [120, 390, 640, 1280] {
            let drawn = draw_page(&frame(), &page(3, &[]), &categories(), width);
            assert_eq!(drawn.width(), width);
            let legend = drawn.height() - width * 3 / 4;
            assert!(legend > width / 12 && legend < width / 3, "{legend} at {width}");
        }
    }

    #[test]
    fn of_many_categories_those_of_the_page_are_named_and_the_others_counted() {
        let many: Vec<Category> =
            (0..77).map(|n| Category { name: format!("thing {n}"), ..categories()[0].clone() }).collect();
        let mut of = page(3, &[(0.9, BBox::new(300.0, 200.0, 100.0, 80.0))]);
        of.truth.truncate(1);
        (of.truth[0].category, of.predictions[0].category) = ("thing 70".into(), "thing 60".into());
        let named = |page: &Page, categories: &[Category], wide| {
            let lines = keys(page, categories, 10.0, wide);
            let texts: Vec<String> = lines.iter().flatten().map(|key| key.text().to_owned()).collect();
            (lines.len(), texts)
        };
        let (lines, texts) = named(&of, &many, 400.0);
        assert_eq!((lines, &texts[2..4]), (LINES, ["thing 70", "thing 60"].map(String::from).as_slice()));
        let said: usize = texts.last().unwrap().split(' ').nth(2).unwrap().parse().unwrap();
        assert_eq!(texts.len() - 3 + said, 77, "{texts:?}");
        // As many lines whatever was predicted; and all are named where there is room.
        of.predictions.clear();
        assert_eq!(named(&of, &many, 400.0).0, LINES);
        assert_eq!(named(&of, &many[..2], 4000.0).1.len(), 5);
    }

    #[test]
    fn predictions_are_drawn_from_their_score_up() {
        let bbox = BBox::new(300.0, 200.0, 100.0, 80.0);
        let draw = |predictions: &[(f32, BBox)]| draw_page(&frame(), &page(3, predictions), &categories(), 640);
        let (none, weak, sure) = (draw(&[]), draw(&[(SHOWN_FROM - 0.01, bbox)]), draw(&[(0.9, bbox)]));
        assert_eq!(none, weak);
        assert!(differ(&none, &sure) > 500);
        // Its outline, in the colour of its category.
        assert_eq!(sure.get_pixel(350, 280).0, [0xff, 0x4d, 0x5a]);
    }

    #[test]
    fn pages_of_two_epochs_differ() {
        let draw = |page: &Page| draw_page(&frame(), page, &categories(), 480);
        assert!(differ(&draw(&page(3, &[])), &draw(&page(4, &[]))) > 10);
    }

    #[test]
    fn small_and_odd_frames_are_drawn() {
        let mut page = page(12_345, &[(0.9, BBox::new(0.0, 0.0, 1.0, 1.0))]);
        page.point.loss = f32::NAN;
        for (frame, width) in [((1, 1), 1), ((3, 2000), 40), ((2000, 3), 64)] {
            assert_eq!(draw_page(&RgbImage::new(frame.0, frame.1), &page, &[], width).width(), width);
        }
    }
}
