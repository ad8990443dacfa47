//! What objects are told apart by.

use super::colour::COLOURS;
use super::families::FAMILIES;
use super::surface::SURFACES;

/// Attribute values that an object can have, each an output channel in pretraining: shapes, then surfaces, then
/// colours. An object has one of each.
pub fn kinds() -> Vec<String> {
    let names = FAMILIES.iter().chain(&SURFACES).chain(&COLOURS);
    names.map(|name| name.to_string()).collect()
}
