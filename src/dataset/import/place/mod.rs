//! Where the files of a data set lie: a folder, or a ZIP that is never unpacked to disk.

mod archive;
mod directory;
mod entry;
mod files;
mod folder;
mod kin;
mod listing;
mod mask;
mod name;
mod numbered;
mod packed;
mod part;
mod said;

pub use archive::Archive;
pub use files::{Place, bounded, stream, unreadable, whole};
pub use folder::Folder;
pub use kin::{Kin, is_usual, kin};
pub use listing::{FileId, Listing, folder_of};
pub use name::{asked, is_foreign_picture, is_picture, parts};
pub use numbered::Numbered;
pub use packed::{closed, is_zip};
pub use part::Part;
