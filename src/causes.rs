//! An error with what it came from, in words, each said once.

/// The error's message, and after it those of its sources that it does not say already: a message that is shown alone (as
/// an answer over HTTP) has its reason in it, and the sources are kept for whoever decides on them.
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn every_cause_is_said_once() {
        let lost = std::io::Error::other("the cable is out");
        #[derive(Debug, thiserror::Error)]
        #[error("the disk can't be read: {source}")]
        struct Disk {
            source: std::io::Error,
        }
        let error = Err::<(), _>(Disk { source: lost }).context("the frame is lost").unwrap_err();
        assert_eq!(with_causes(&error), "the frame is lost: the disk can't be read: the cable is out");
    }
}
