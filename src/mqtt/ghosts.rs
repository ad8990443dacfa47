//! What brokers keep of this device under another name: topics that it had before its id, or the prefix of Home
//! Assistant, was changed.

/// The topics on which brokers keep something of this device.
#[derive(Debug, Default)]
pub struct Ghosts {
    own: Vec<String>,
    gone: Vec<String>,
}

/// Topics of former names that are remembered; older ones are forgotten.
const REMEMBERED: usize = 200;

impl Ghosts {
    /// Of those written down, and those of now.
    pub fn of(written: Vec<String>, own: Vec<String>) -> Self {
        let mut gone: Vec<String> = written.into_iter().filter(|topic| !own.contains(topic)).collect();
        gone.drain(..gone.len().saturating_sub(REMEMBERED));
        Self { own, gone }
    }

    /// Those to be taken back.
    pub fn gone(&self) -> &[String] {
        &self.gone
    }

    /// All of them, to be written down.
    pub fn all(&self) -> Vec<String> {
        [&self.gone[..], &self.own].concat()
    }

    /// Forgets those that were taken back; whether there were any.
    pub fn forget(&mut self, taken_back: impl Fn(&str) -> bool) -> bool {
        let before = self.gone.len();
        self.gone.retain(|topic| !taken_back(topic));
        self.gone.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_had_another_name_is_remembered_until_it_is_taken_back() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut ghosts = Ghosts::of(names(&["a", "b", "c"]), names(&["b", "d"]));
        assert_eq!((ghosts.gone(), ghosts.all()), (&names(&["a", "c"])[..], names(&["a", "c", "b", "d"])));
        assert!(ghosts.forget(|topic| topic == "a") && !ghosts.forget(|topic| topic == "a"));
        assert_eq!(ghosts.all(), names(&["c", "b", "d"]));
        // A name that comes back is none.
        assert!(Ghosts::of(ghosts.all(), names(&["c"])).gone().len() == 2);
    }
}
