//! What ffmpeg says of its pictures while they come. It has no other way to tell.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// So many pictures that are too large, and it is no single damaged one.
const SEVERAL: u32 = 5;

/// What it said so far.
#[derive(Debug, Default)]
pub struct Said {
    /// Pictures of any size are fitted into one.
    fitted: bool,
    first: OnceLock<(u32, u32)>,
    resized: AtomicBool,
    /// The size of pictures that are too large, and how many there were.
    large: OnceLock<String>,
    larges: AtomicU32,
}

impl Said {
    /// Of pictures that are fitted into one size, whatever theirs are.
    pub fn fitted() -> Self {
        Self { fitted: true, ..Self::default() }
    }

    /// The size of its first pictures, width and height in pixels.
    pub fn first_size(&self) -> Option<(u32, u32)> {
        self.first.get().copied()
    }

    /// Hears a line; answers whether it tells of something that went wrong.
    pub fn hear(&self, line: &str) -> bool {
        // It would squeeze all pictures into the size of the first one.
        if let Some(size) = size(line)
            && *self.first.get_or_init(|| size) != size
            && !self.fitted
        {
            self.resized.store(true, Ordering::Relaxed);
        }
        if let Some(size) = refused_size(line) {
            self.large.get_or_init(|| size);
            self.larges.fetch_add(1, Ordering::Relaxed);
        }
        ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level))
    }

    /// Whether the pictures are of another size than they were at first.
    pub fn is_resized(&self) -> bool {
        self.resized.load(Ordering::Relaxed)
    }

    /// The size of its pictures where they are too large to be decoded.
    pub fn too_large(&self) -> Option<&str> {
        self.large.get().filter(|_| self.larges.load(Ordering::Relaxed) >= SEVERAL).map(String::as_str)
    }
}

/// `[graph 0 input from stream 0:0 @ 0x…] [verbose] w:320 h:240 pixfmt:…`
fn size(line: &str) -> Option<(u32, u32)> {
    let (_, rest) = line.split_once("w:").filter(|(before, _)| before.contains("input from stream"))?;
    let (width, rest) = rest.split_once(" h:")?;
    let (height, _) = rest.split_once(" pixfmt:")?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// `[IMGUTILS @ 0x…] [error] Picture size 65000x65000 is invalid`
fn refused_size(line: &str) -> Option<String> {
    let (size, _) = line.split_once("Picture size ")?.1.split_once(" is invalid")?;
    Some(size.replace('x', " × "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_size_is_noticed_and_errors_are_kept() {
        let said = Said::default();
        let graph = |size: &str| {
            format!("[graph 0 input from stream 0:0 @ 0x55] [verbose] {size} pixfmt:yuv420p tb:1/9 fr:10/1")
        };
        assert!(!said.hear(&graph("w:320 h:240")) && !said.hear("[x] [verbose] w:1 h:2 pixfmt:a"));
        assert!(!said.hear(&graph("w:320 h:240")));
        assert!(said.hear("[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized"));
        assert!(!said.is_resized());
        said.hear(&graph("w:640 h:240"));
        assert_eq!((said.is_resized(), said.first_size()), (true, Some((320, 240))));
        let fitted = Said::fitted();
        let heard = ["w:320 h:240", "w:640 h:240"].map(|size| fitted.hear(&graph(size)));
        assert_eq!((heard, fitted.is_resized()), ([false; 2], false));
    }

    #[test]
    fn pictures_that_are_too_large_are_noticed_and_one_that_is_damaged_is_none() {
        let said = Said::default();
        let line = "[mjpeg @ 0x1] [IMGUTILS @ 0x2] [error] Picture size 65000x64000 is invalid";
        (1..SEVERAL).for_each(|_| assert!(said.hear(line)));
        assert_eq!(said.too_large(), None);
        said.hear(line);
        assert_eq!(said.too_large(), Some("65000 × 64000"));
    }
}
