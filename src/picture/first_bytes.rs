//! What files are that can't be read, by their first bytes; and what to do about them.

/// A kind of file that is not read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unread {
    /// What it begins with.
    pub start: &'static [u8],
    /// As people call it.
    pub what: &'static str,
    pub todo: &'static str,
}

impl Unread {
    /// What to do with an archive.
    pub const UNPACK: &str = "unpack it and bring the folder, or make a ZIP of that";

    /// The first one of a table that these bytes begin as.
    pub fn of(table: &'static [Self], bytes: &[u8]) -> Option<&'static Self> {
        table.iter().find(|kind| bytes.starts_with(kind.start))
    }

    /// What holds other things, pictures perhaps, in a way that is not read; `None` where it may be read, and for a ZIP
    /// or what gzip has packed, which may hold a data set.
    pub fn holder(bytes: &[u8]) -> Option<&'static Self> {
        Self::of(&HOLDERS, bytes)
    }
}

pub(super) const AS_JPEG: &str = "save it as a JPEG";
pub(super) const AS_PNG: &str = "save it as a PNG";
pub(super) const RAW: &str = "a camera's raw data";
pub(super) const DEVELOP: &str = "develop it, and save it as a JPEG";
pub(super) const WHICH: &str = "send a JPEG, PNG, BMP, WebP or TIFF";
const EXPORT: &str = "export the data set as COCO or YOLO instead";

const fn kind(start: &'static [u8], what: &'static str, todo: &'static str) -> Unread {
    Unread { start, what, todo }
}

/// What is one thing, and where a picture was wanted no picture that is read.
pub(super) static PICTURES: [Unread; 26] = [
    kind(b"GIF8", "a GIF, a kind made for small animations", "save the picture as a PNG"),
    kind(b"%!PS", "an EPS (PostScript)", AS_PNG),
    kind(b"\xc5\xd0\xd3\xc6", "an EPS (PostScript)", AS_PNG),
    kind(b"II\x2b\0", "a BigTIFF", "save it as a plain TIFF or a JPEG"),
    kind(b"MM\0\x2b", "a BigTIFF", "save it as a plain TIFF or a JPEG"),
    kind(b"II\xbc\x01", "a JPEG XR", AS_JPEG),
    kind(b"qoif", "a QOI", AS_PNG),
    kind(b"#?RADIANCE", "an HDR (Radiance)", AS_JPEG),
    kind(b"#?RGBE", "an HDR (Radiance)", AS_JPEG),
    kind(b"v/1\x01", "an EXR", AS_JPEG),
    kind(b"DDS ", "a DDS, a kind made for games", AS_PNG),
    kind(b"8BPS", "a Photoshop file", AS_PNG),
    kind(b"PK\x03\x04", "a ZIP", "send its pictures one by one, or the ZIP as a data set"),
    kind(b"\x1f\x8b", "a file packed by gzip", "unpack it first"),
    kind(b"\x00\x00\x01\x00", "an icon", AS_PNG),
    kind(b"\xff\x0a", "a JPEG XL", AS_JPEG),
    kind(b"\x00\x00\x00\x0cJXL ", "a JPEG XL", AS_JPEG),
    kind(b"\xff\x4f\xff\x51", "a JPEG 2000", AS_JPEG),
    kind(b"\x00\x00\x00\x0cjP  ", "a JPEG 2000", AS_JPEG),
    kind(b"IIRO", RAW, DEVELOP),
    kind(b"IIRS", RAW, DEVELOP),
    kind(b"IIU\0", RAW, DEVELOP),
    kind(b"FUJIFILMCCD-RAW", RAW, DEVELOP),
    kind(b"\x00MRM", RAW, DEVELOP),
    kind(b"\xff\xfe", "a text (UTF-16)", WHICH),
    kind(b"\xfe\xff", "a text (UTF-16)", WHICH),
];

/// What holds other things.
static HOLDERS: [Unread; 15] = [
    kind(b"Rar!", "a RAR archive", Unread::UNPACK),
    kind(b"7z\xbc\xaf", "a 7z archive", Unread::UNPACK),
    kind(b"\xfd7zX", "an xz file", Unread::UNPACK),
    kind(b"BZh", "a bzip2 file", Unread::UNPACK),
    kind(b"\x28\xb5\x2f\xfd", "a zstd file", Unread::UNPACK),
    kind(b"\x04\x22\x4d\x18", "an lz4 file", Unread::UNPACK),
    kind(b"MSCF", "a cabinet of Windows", Unread::UNPACK),
    kind(b"PK\x07\x08", "the first part of a ZIP in several parts", "join its parts, or make one ZIP of all"),
    kind(b"%PDF", "a PDF", "save its pages or its pictures as JPEG or PNG"),
    kind(b"\x89HDF", "an HDF5 file", EXPORT),
    kind(b"MATLAB", "a file of MATLAB", EXPORT),
    kind(b"\x93NUMPY", "an array of NumPy", EXPORT),
    kind(b"PAR1", "a Parquet file", EXPORT),
    kind(b"SQLite format 3", "a database (SQLite)", EXPORT),
    kind(b"\xd0\xcf\x11\xe0", "a document of Microsoft Office", EXPORT),
];
