//! What is decoded, and why it may be refused.

/// Limits on what is decoded, checked on the header before any pixel is.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub max_bytes: usize,
    pub max_pixels: u64,
}

impl Default for Bounds {
    /// 32 MB and 50 megapixels.
    fn default() -> Self {
        Self { max_bytes: 32_000_000, max_pixels: 50_000_000 }
    }
}

/// Why a picture was refused.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// More bytes or pixels than the bounds allow.
    #[error("{0}")]
    TooLarge(String),
    /// Cut short or damaged.
    #[error("{0}")]
    Unreadable(String),
    /// A file of a kind that isn't read, named.
    #[error("{0}")]
    Format(String),
}
