//! What is known of brokers: on which topics they keep something of this device, what Home Assistant made of it, what
//! they do not take, and which commands came through them.

use crate::domain::{Commanded, Concession, Entity};
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

    /// What Home Assistant was told of, as written down last; nothing where nothing was, or can't be read any more.
    pub fn entities(&self) -> Result<Vec<Entity>> {
        Ok(self.whole(&twice::ENTITIES)?.unwrap_or_default())
    }

    pub fn put_entities(&self, entities: &[Entity]) -> Result<()> {
        self.put_whole(&twice::ENTITIES, entities)
    }

    /// What brokers do not take, as written down last; nothing where nothing was, or can't be read any more.
    pub fn concessions(&self) -> Result<Vec<Concession>> {
        Ok(self.whole(&twice::BROKERS)?.unwrap_or_default())
    }

    /// Which commands were begun under an id, as written down last; none where nothing was, or can't be read any more.
    pub fn commands(&self) -> Result<Vec<Commanded>> {
        Ok(self.whole(&twice::COMMANDS)?.unwrap_or_default())
    }

    pub fn put_commands(&self, commands: &[Commanded]) -> Result<()> {
        self.put_whole(&twice::COMMANDS, commands)
    }

    pub fn put_concessions(&self, concessions: &[Concession]) -> Result<()> {
        self.put_whole(&twice::BROKERS, concessions)
    }
}
