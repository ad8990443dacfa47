//! Cameras that other programs read for us: network cameras and films by ffmpeg, anything else by a program that the
//! configuration file names. They write JPEGs one after another to a pipe: no codec, and no parser of streams, is in our
//! process.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `pipe` | JPEGs out of a pipe, as a source |
//! | `ffmpeg` | how ffmpeg is asked for an address or a film |
//! | `opener` | whether the input is there, and what it is opened as |
//! | `film` | a film over and over, whatever sizes it has |
//! | `said` | what ffmpeg says of its pictures while they come |
//! | `version` | what this ffmpeg can do |
//! | `door` | whether anybody answers at an address |
//! | `words` | what ffmpeg says, in the words of a person |
//! | `exec` | a program of the configuration file |

mod door;
pub mod exec;
pub mod ffmpeg;
mod film;
pub mod opener;
mod pipe;
mod said;
mod version;
mod words;
