//! Where the files of a data set lie: a folder, or a ZIP that is never unpacked to disk.

mod archive;
mod directory;
mod files;
mod folder;
mod listing;
mod name;
mod part;

pub use archive::{Archive, closed};
pub use files::{Place, bounded, stream, unreadable, whole};
pub use folder::Folder;
pub use listing::{FileId, Listing, folder_of};
pub use name::{is_foreign_picture, is_picture};
pub use part::Part;
