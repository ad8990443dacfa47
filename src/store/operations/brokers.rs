//! What is known of brokers: on which topics they keep something of this device, and what they do not take.

use crate::domain::Concession;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::twice;

impl Core {
    /// The topics as written down last; none where nothing was, or can't be read any more.
    pub fn retained_topics(&self) -> Result<Vec<String>> {
        Ok(self.whole(&twice::TOPICS)?.unwrap_or_default())
    }

    pub fn put_retained_topics(&self, topics: &[String]) -> Result<()> {
        self.put_whole(&twice::TOPICS, topics)
    }

    /// What brokers do not take, as written down last; nothing where nothing was, or can't be read any more.
    pub fn concessions(&self) -> Result<Vec<Concession>> {
        Ok(self.whole(&twice::BROKERS)?.unwrap_or_default())
    }

    pub fn put_concessions(&self, concessions: &[Concession]) -> Result<()> {
        self.put_whole(&twice::BROKERS, concessions)
    }
}
