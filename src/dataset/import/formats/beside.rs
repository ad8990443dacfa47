//! Files that may hold labels and are not read: what they are, by their names.

/// What such a file is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beside {
    /// Labels in a form that is not read: what it is called.
    Labels(&'static str),
    /// Others are packed in it.
    Packed(&'static str),
}

/// Endings of forms that are not read.
const LABELS: [(&[&str], &str); 17] = [
    (&["tfrecord", "tfrecords", "record", "records"], "TensorFlow's TFRecord"),
    (&["parquet", "arrow", "feather"], "Parquet or Arrow"),
    (&["jsonl", "ndjson", "manifest", "odgt"], "JSON lines"),
    (&["geojson", "topojson"], "GeoJSON"),
    (&["csv", "tsv"], "a table, as TensorFlow and others write"),
    (&["xlsx", "xls", "xlsm", "ods"], "a spreadsheet"),
    (&["pkl", "pickle"], "Python's pickle"),
    (&["npy", "npz"], "arrays of NumPy"),
    (&["mat"], "a file of MATLAB"),
    (&["h5", "hdf5", "hdf"], "HDF5"),
    (&["rec", "lst"], "MXNet's records"),
    (&["mdb", "lmdb"], "LMDB"),
    (&["db", "sqlite", "sqlite3"], "a database"),
    (&["pts", "ann", "bbox", "gt"], "labels of a form of its own"),
    (&["vott"], "a project of VoTT"),
    (&["proto", "pb", "pbtxt", "textproto"], "protocol buffers"),
    (&["prototxt", "labelme", "lif"], "labels of a form of its own"),
];

/// Endings of what holds other files.
const PACKED: [(&[&str], &str); 9] = [
    (&["zip", "zipx"], "a ZIP"),
    (&["tar"], "a tar archive"),
    (&["tgz", "tbz", "tbz2", "txz", "tzst"], "a tar archive"),
    (&["7z"], "a 7z archive"),
    (&["rar"], "a RAR archive"),
    (&["gz", "bz2", "xz", "zst", "lz4", "z", "lzma"], "a packed file"),
    (&["z01", "z02", "001", "002", "r00", "r01"], "a part of an archive"),
    (&["cab", "iso", "dmg", "img", "squashfs"], "an image of a disk, or a cabinet"),
    (&["docx", "pdf", "pptx"], "a document"),
];

/// What a file of that name is, where it may hold labels or other files and isn't read.
pub fn of(name: &str) -> Option<Beside> {
    let lower = name.to_lowercase();
    let last = lower.rsplit('/').next().unwrap_or_default();
    // What Windows puts beside pictures.
    if last == "thumbs.db" {
        return None;
    }
    let (stem, ending) = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    // `train.tfrecord-00000-of-00010`.
    let ending = ending.split_once("-0").map_or(ending, |(ending, _)| ending);
    let among = |table: &[(&[&str], &'static str)], ending: &str| {
        table.iter().find(|(endings, _)| endings.contains(&ending)).map(|(_, what)| *what)
    };
    if let Some(form) = among(&LABELS, ending) {
        return Some(Beside::Labels(form));
    }
    let packed = among(&PACKED, ending)?;
    // `labels.csv.gz` is a table all the same, and `set.tar.gz` an archive.
    let within = stem.rsplit_once('.').map_or("", |(_, within)| within);
    Some(match among(&LABELS, within) {
        Some(form) => Beside::Labels(form),
        None => Beside::Packed(among(&PACKED, within).unwrap_or(packed)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_known_by_its_name() {
        for (name, what) in [
            ("a/train.tfrecord-00000-of-00010", Some(Beside::Labels("TensorFlow's TFRecord"))),
            ("labels.csv.gz", Some(Beside::Labels("a table, as TensorFlow and others write"))),
            ("LABELS.XLSX", Some(Beside::Labels("a spreadsheet"))),
            ("set.tar.gz", Some(Beside::Packed("a tar archive"))),
            ("set.zip", Some(Beside::Packed("a ZIP"))),
            ("labels.txt.gz", Some(Beside::Packed("a packed file"))),
            ("readme.md", None),
            ("x/Thumbs.db", None),
            (".gz", None),
            ("a.jpg", None),
            ("mat", None),
        ] {
            assert_eq!(of(name), what, "{name}");
        }
    }
}
