//! What was done, but for what can't be read.

/// With what the program ends then.
pub const STATUS: u8 = 3;

/// It was done, and something is missing.
#[derive(Debug, thiserror::Error)]
#[error("it is done, but not all of it could be read ({0}); `fieldcoach check` says more")]
pub struct Incomplete(usize);

/// Tells what is missing, a line each; an error where anything is.
pub fn incomplete(how: &str, missing: &[String]) -> anyhow::Result<()> {
    missing.iter().for_each(|line| println!("{how}: {line}"));
    match missing.len() {
        0 => Ok(()),
        lines => Err(Incomplete(lines).into()),
    }
}
