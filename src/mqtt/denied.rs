//! Topics that the broker does not let this device write: told as long as that is believed, and not written meanwhile. Some
//! brokers end the connection at it (mosquitto 2.0 where it keeps its sessions), and would at every attempt.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long it is believed.
const BELIEVED: Duration = Duration::from_secs(300);
/// An end that comes so soon after is its consequence.
const AT_ONCE: Duration = Duration::from_secs(2);

/// What is not let through.
#[derive(Debug, Default)]
pub struct Denials {
    topics: BTreeMap<String, Denial>,
}

#[derive(Debug)]
struct Denial {
    heard: Instant,
    words: String,
}

impl Denials {
    /// The broker does not take this topic; in words.
    pub fn hear(&mut self, topic: String, words: String, heard: Instant) {
        self.topics.insert(topic, Denial { heard, words });
    }

    pub fn holds(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
    }

    /// Topics with what is to be told of them.
    pub fn told(&self) -> impl Iterator<Item = (&String, &String)> {
        self.topics.iter().map(|(topic, denial)| (topic, &denial.words))
    }

    /// What is to be told of a connection that ends now, where that is why.
    pub fn just_before(&self, now: Instant) -> Option<&str> {
        let last = self.topics.values().max_by_key(|denial| denial.heard)?;
        (now < last.heard + AT_ONCE).then_some(&last.words)
    }

    /// When one of them is to be asked again.
    pub fn doubted_at(&self) -> Option<Instant> {
        self.topics.values().map(|denial| denial.heard + BELIEVED).min()
    }

    /// Those that are to be asked again now; not held any more.
    pub fn doubted(&mut self, now: Instant) -> Vec<String> {
        self.topics.extract_if(.., |_, denial| denial.heard + BELIEVED <= now).map(|(topic, _)| topic).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_believed_for_a_while_and_then_asked_again() {
        let (mut denials, began) = (Denials::default(), Instant::now());
        assert_eq!((denials.doubted_at(), denials.just_before(began)), (None, None));
        denials.hear("a/b".into(), "not a/b".into(), began);
        assert_eq!(denials.just_before(began), Some("not a/b"));
        let later = began + AT_ONCE;
        assert_eq!(denials.just_before(later), None);
        denials.hear("c".into(), "not c".into(), later);
        assert_eq!(denials.just_before(later), Some("not c"));
        assert_eq!(denials.doubted_at(), Some(began + BELIEVED));
        assert!(denials.doubted(later).is_empty() && denials.holds("a/b"));
        assert_eq!(denials.doubted(began + BELIEVED), ["a/b"]);
        assert!(!denials.holds("a/b") && denials.holds("c"));
        assert_eq!(denials.told().collect::<Vec<_>>(), [(&"c".to_owned(), &"not c".to_owned())]);
    }
}
