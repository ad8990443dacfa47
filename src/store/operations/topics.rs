//! The topics on which brokers keep something of this device.

use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::record;

impl Core {
    /// As written down last; none where nothing was, or can't be read any more.
    pub fn retained_topics(&self) -> Result<Vec<String>> {
        let so = "what a broker keeps of this device under a former name stays there";
        Ok(self.whole("topics", record::TOPICS, so)?.unwrap_or_default())
    }

    pub fn put_retained_topics(&self, topics: &[String]) -> Result<()> {
        self.put_whole("topics", record::TOPICS, topics)
    }
}
