//! What is known of brokers: on which topics they keep something of this device, and what they do not take.

use crate::domain::Concession;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::record;

impl Core {
    /// The topics as written down last; none where nothing was, or can't be read any more.
    pub fn retained_topics(&self) -> Result<Vec<String>> {
        let so = "what a broker keeps of this device under a former name stays there";
        Ok(self.whole("topics", record::TOPICS, so)?.unwrap_or_default())
    }

    pub fn put_retained_topics(&self, topics: &[String]) -> Result<()> {
        self.put_whole("topics", record::TOPICS, topics)
    }

    /// What brokers do not take, as written down last; nothing where nothing was, or can't be read any more.
    pub fn concessions(&self) -> Result<Vec<Concession>> {
        let so = "brokers are asked anew for what they did not take";
        Ok(self.whole("brokers", record::BROKERS, so)?.unwrap_or_default())
    }

    pub fn put_concessions(&self, concessions: &[Concession]) -> Result<()> {
        self.put_whole("brokers", record::BROKERS, concessions)
    }
}
