//! The shapes of letters: from the fonts inside this program, else from those of the system.
//!
//! A letter that none of them has would be drawn as an empty box that says nothing; so one can ask before. Shapes stand
//! one after another from left to right: scripts that run the other way, or whose letters change beside others, would be
//! wrong, and count as not there.

use ab_glyph::{Font, FontRef, GlyphId, Outline};
use fontdb::{Database, Style};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A letter's shape, in its font's units.
pub struct Letter {
    /// None for spaces.
    pub outline: Option<Outline>,
    pub advance: f32,
    /// From the top of a line to the line that letters stand on, and to its bottom.
    pub ascent: f32,
    pub height: f32,
}

/// Hack, made to be read small; one with more letters; emoji.
static BUILT_IN: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    use epaint_default_fonts::{HACK_REGULAR, NOTO_EMOJI_REGULAR, UBUNTU_LIGHT};
    let fonts = [HACK_REGULAR, UBUNTU_LIGHT, NOTO_EMOJI_REGULAR];
    fonts.into_iter().filter_map(|font| FontRef::try_from_slice(font).ok()).collect()
});

/// Those of the system, plain ones first. Looked for when a letter is missing, and then known.
static SYSTEM: LazyLock<Database> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    fonts
});

/// Letters that were drawn; a device sees few.
static KNOWN: LazyLock<Mutex<HashMap<char, Option<Arc<Letter>>>>> = LazyLock::new(Mutex::default);

/// Letters kept: names of categories hold fewer, and what somebody sends to fill it up is not kept.
const MOST_KNOWN: usize = 10_000;

/// The shape of a letter; none where no font has it.
pub fn letter(letter: char) -> Option<Arc<Letter>> {
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(&letter) {
        return found.clone();
    }
    let found = find(letter).map(Arc::new);
    let mut known = known();
    if known.len() < MOST_KNOWN {
        known.insert(letter, found.clone());
    }
    found
}

/// Whether it is drawn as nothing: it chooses among shapes of the one before, or joins two.
pub fn is_silent(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

fn find(letter: char) -> Option<Letter> {
    if needs_neighbours(letter) {
        return None;
    }
    BUILT_IN.iter().find_map(|font| shape(font, letter)).or_else(|| {
        let mut fonts: Vec<_> = SYSTEM.faces().collect();
        fonts.sort_by_key(|face| {
            let serif = face.post_script_name.contains("Serif");
            (face.style != Style::Normal, serif, face.weight.0.abs_diff(400))
        });
        fonts.into_iter().find_map(|face| {
            SYSTEM.with_face_data(face.id, |data, index| {
                shape(&FontRef::try_from_slice_and_index(data, index).ok()?, letter)
            })?
        })
    })
}

/// `None`: the font has no such letter, or only a picture of it.
fn shape(font: &FontRef, letter: char) -> Option<Letter> {
    let id = font.glyph_id(letter);
    if id == GlyphId(0) {
        return None;
    }
    let outline = font.outline(id);
    if outline.is_none() && !letter.is_whitespace() {
        return None;
    }
    let (advance, ascent, height) = (font.h_advance_unscaled(id), font.ascent_unscaled(), font.height_unscaled());
    (height > 0.0).then_some(Letter { outline, advance, ascent, height })
}

/// Scripts from right to left, and those whose letters change their shape or place beside others.
fn needs_neighbours(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0590..=0x08ff | 0x0900..=0x0dff | 0x0f00..=0x109f | 0x1100..=0x11ff | 0x1780..=0x18af | 0x1900..=0x1cff
        | 0xa840..=0xa8ff | 0xa930..=0xa9ff | 0xaa00..=0xaadf | 0xabc0..=0xabff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff
        | 0x10800..=0x11fff | 0x1e800..=0x1efff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_known_to_be_missing() {
        for there in ['A', 'ß', 'Ж', 'λ', '🍎', ' ', '%', '—'] {
            assert!(letter(there).is_some(), "{there}");
        }
        assert!(letter(' ').unwrap().outline.is_none());
        // Noncharacters and private ones, and what can't stand alone.
        for missing in ['\u{10ffff}', '\u{e123}', 'ب', 'ש', 'क'] {
            assert!(letter(missing).is_none(), "{missing}");
            assert!(letter(missing).is_none(), "asked again");
        }
    }
}
