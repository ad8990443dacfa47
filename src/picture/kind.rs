//! Which kinds of pictures are taken, by their first bytes and by the endings of their names; and what others are called,
//! and what to do about them.

use super::bounds::PictureError;
use super::first_bytes::{AS_JPEG, AS_PNG, DEVELOP, PICTURES, RAW, Unread, WHICH};
use std::path::Path;

/// A kind of picture that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Jpeg,
    Png,
    Bmp,
    WebP,
    Tiff,
}

impl Kind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Bmp => "BMP",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
        }
    }
}

/// Endings of what is taken.
const ENDINGS: [&str; 11] = ["jpg", "jpeg", "jpe", "jfif", "mpo", "png", "bmp", "dib", "webp", "tif", "tiff"];

/// Endings of pictures that are not taken, but must not be passed over in silence.
const FOREIGN_ENDINGS: [&str; 33] = [
    "heic", "heif", "hif", "avif", "gif", "jxl", "jp2", "j2k", "svg", "psd", "ico", "dng", "nef", "cr2", "cr3", "arw",
    "orf", "rw2", "raf", "pef", "pbm", "pgm", "ppm", "pnm", "pam", "tga", "qoi", "eps", "hdr", "exr", "dds", "pcx",
    "jxr",
];

/// Whether the name ends as pictures do that are taken, in any case.
pub fn is_named_as_picture(path: &Path) -> bool {
    ends_in(path, &ENDINGS)
}

/// Whether the name ends as pictures do that are not taken: whoever put it there wants to know.
pub fn is_named_as_foreign_picture(path: &Path) -> bool {
    ends_in(path, &FOREIGN_ENDINGS)
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// What to do about pictures of an iPhone.
const IPHONE: &str = "save it as a JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)";
const LOOK: &str = "look what the address gives: often it asks for a password";

/// What a text begins with, in small letters, what it is, and what to do.
const TEXTS: [(&str, &str, &str); 6] = [
    ("<svg", "a drawing (SVG)", AS_PNG),
    ("<!doctype", "a web page", LOOK),
    ("<html", "a web page", LOOK),
    ("<?xml", "a text (XML)", "look what it says: often what went wrong where it comes from"),
    ("{", "a text (JSON)", WHICH),
    (
        "version https://git-lfs",
        "the place where Git LFS would put a picture",
        "fetch the pictures first: `git lfs pull`",
    ),
];

const BRING_FILM: &str =
    "it becomes a clip by `POST /clips`, or `fieldcoach import video FILM` with the daemon stopped";

/// What containers of the kind that films and HEIC share hold, by their brand.
const BRANDS: [(&[u8], &str, &str); 6] = [
    (b"avif", "an AVIF", AS_JPEG),
    (b"he", "a HEIC, as phones take them", IPHONE),
    (b"avis", "an AVIF", AS_JPEG),
    (b"crx ", RAW, DEVELOP),
    (b"mif1", "a HEIC, as phones take them", IPHONE),
    (b"msf1", "a HEIC, as phones take them", IPHONE),
];

/// The kind, or what it is instead.
pub fn kind_of(bytes: &[u8]) -> Result<Kind, PictureError> {
    match bytes {
        [] => Err(PictureError::Unreadable(format!("the picture is empty; {WHICH}"))),
        [0xff, 0xd8, ..] => Ok(Kind::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Kind::Png),
        [b'B', b'M', ..] => Ok(Kind::Bmp),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Kind::WebP),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Kind::Tiff),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Err(boxed(brand)),
        _ if is_film(bytes) => Err(named("a film", BRING_FILM)),
        _ => Err(foreign(bytes)),
    }
}

/// Files of ISO's base media format: HEIC, AVIF, films.
fn boxed(brand: &[u8]) -> PictureError {
    match BRANDS.iter().find(|(start, ..)| brand.starts_with(start)) {
        Some((_, name, todo)) => named(name, todo),
        None => named("a film", BRING_FILM),
    }
}

/// Whether this begins a film, in one of the containers that most are in.
pub fn is_film(bytes: &[u8]) -> bool {
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => !BRANDS.iter().any(|(start, ..)| brand.starts_with(start)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => true,
        // MKV and WebM; MPEG's program stream; its transport stream, in packets of 188 bytes.
        [0x1a, b'E', 0xdf, 0xa3, ..] | [0, 0, 1, 0xba, ..] => true,
        _ => bytes.first() == Some(&0x47) && bytes.get(188) == Some(&0x47),
    }
}

/// What a file is that is a picture, or a film, and what to do about it where a data set was meant; `None`: it is neither.
pub fn instead(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const SET: &str = "send it as a frame, or a ZIP of the labels and their pictures";
    match bytes {
        b"" | [b'P', b'K', ..] | [0x1f, 0x8b, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => None,
        _ if kind_of(bytes).is_ok() => Some(("a picture", SET)),
        _ if is_film(bytes) => Some(("a film", BRING_FILM)),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            BRANDS.iter().find(|(start, ..)| brand.starts_with(start)).map(|(_, name, todo)| (*name, *todo))
        }
        _ => Unread::of(&PICTURES, bytes).or_else(|| Unread::holder(bytes)).map(|kind| (kind.what, kind.todo)),
    }
}

fn foreign(bytes: &[u8]) -> PictureError {
    if let Some(Unread { what, todo, .. }) = Unread::of(&PICTURES, bytes).or_else(|| Unread::holder(bytes)) {
        return named(what, todo);
    }
    if let [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] = bytes {
        return named("a PNM (PBM, PGM, PPM or PAM)", AS_PNG);
    }
    // A byte order mark or spaces may stand before a text.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let text = String::from_utf8_lossy(&text[..text.len().min(1000)]).to_ascii_lowercase();
    // An XML declaration may stand before what it is.
    let inside = TEXTS
        .iter()
        .find(|(start, ..)| text.starts_with("<?xml") && *start != "<?xml" && *start != "{" && text.contains(start));
    if let Some((_, name, todo)) = inside.or_else(|| TEXTS.iter().find(|(start, ..)| text.starts_with(start))) {
        return named(name, todo);
    }
    match is_targa(bytes) {
        true => named("a TGA (Targa)", AS_PNG),
        false => PictureError::Format(format!("this is no picture of a kind that is read; {WHICH}")),
    }
}

/// A Targa has no mark at its start, the newer ones have one at their end: by what its header may say.
fn is_targa(bytes: &[u8]) -> bool {
    let [_, palette, kind, _, _, _, _, palette_bits, _, _, _, _, w0, w1, h0, h1, bits, ..] = bytes else {
        return false;
    };
    let with_palette = matches!(kind, 1 | 9) && *palette == 1 && matches!(palette_bits, 15 | 16 | 24 | 32);
    let without = matches!(kind, 2 | 3 | 10 | 11) && *palette == 0;
    let sized = (w0 | w1) > 0 && (h0 | h1) > 0 && matches!(bits, 8 | 15 | 16 | 24 | 32);
    bytes.ends_with(b"TRUEVISION-XFILE.\0") || sized && (with_palette || without)
}

/// A picture of a kind that isn't read.
pub fn named(name: &str, todo: &str) -> PictureError {
    PictureError::Format(format!("this is {name}, which isn't read; {todo}"))
}

/// Refuses what a TIFF is only the wrapping of.
pub fn raw() -> PictureError {
    named(RAW, DEVELOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_known_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0"[..], Kind::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Kind::Png),
            (b"BM\0\0", Kind::Bmp),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Kind::WebP),
            (b"II*\0", Kind::Tiff),
            (b"MM\0*", Kind::Tiff),
        ] {
            assert_eq!(kind_of(bytes).unwrap(), kind, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_taken_is_named_with_what_to_do() {
        for (bytes, name, todo) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC", "Most Compatible"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC", "Most Compatible"),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF", "JPEG"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01", "raw data", "develop"),
            (b"\0\0\0\x18ftypisom", "film", "import video"),
            (b"GIF89a", "GIF", "PNG"),
            (b"%PDF-1.7", "PDF", "page"),
            (b"<svg xmlns=", "SVG", "PNG"),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x -->\n<svg ", "SVG", "PNG"),
            (b"  <svg", "SVG", "PNG"),
            (b"\n<!DOCTYPE html>", "web page", "password"),
            (b"\xff\x0a\x01", "JPEG XL", "JPEG"),
            (b"8BPS\0\x01", "Photoshop", "PNG"),
            (b"PK\x03\x04\x14", "ZIP", "data set"),
            (b"Rar!\x1a\x07", "RAR", "unpack"),
            (b"IIRO\x08\0", "raw data", "develop"),
            (b"\xef\xbb\xbf<!doctype html>", "web page", "password"),
            (b"<?xml version=\"1.0\"?><!DOCTYPE html>", "web page", "password"),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "XML", "what it says"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS", "git lfs pull"),
            (b"II\x2b\0\x08\0", "BigTIFF", "TIFF"),
            (b"MM\0\x2b\0\x08", "BigTIFF", "TIFF"),
            (b"P6\n4 4\n255\n", "PNM", "PNG"),
            (b"P5 4 4 255 ", "PNM", "PNG"),
            (b"qoif\0\0", "QOI", "PNG"),
            (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS", "PNG"),
            (b"\xc5\xd0\xd3\xc6\x1e\0", "EPS", "PNG"),
            (b"#?RADIANCE\nFORMAT=", "HDR", "JPEG"),
            (b"\0\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x04\0\x18\0", "TGA", "PNG"),
            (b"\0\x01\x09\0\0\0\x01\x18\0\0\0\0\x04\0\x04\0\x08\0", "TGA", "PNG"),
            (b"\xff\xfe<\0h\0", "UTF-16", "JPEG"),
            (b"hello", "no picture", "JPEG, PNG, BMP, WebP or TIFF"),
        ] {
            let Err(PictureError::Format(text)) = kind_of(bytes) else { panic!("{bytes:?}") };
            assert!(text.contains(name) && text.contains(todo), "{text}");
        }
        assert!(matches!(kind_of(b""), Err(PictureError::Unreadable(_))));
    }

    #[test]
    fn endings_are_known_in_any_case() {
        for name in ["a.jpg", "a.JPEG", "b.c.Tif", "dir/x.WEBP", "x.bmp", "x.MPO"] {
            assert!(is_named_as_picture(Path::new(name)) && !is_named_as_foreign_picture(Path::new(name)), "{name}");
        }
        for name in ["IMG_1.HEIC", "a.gif", "a.NEF"] {
            assert!(is_named_as_foreign_picture(Path::new(name)) && !is_named_as_picture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "jpg", ".jpg", "a.jpg.json"] {
            assert!(!is_named_as_picture(Path::new(name)) && !is_named_as_foreign_picture(Path::new(name)), "{name}");
        }
    }
}
