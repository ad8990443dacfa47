//! What the store keeps of brokers, as others ask for it.

use super::error::Result;
use super::handle::Store;
use crate::domain::{Commanded, Concession, Entity};

impl Store {
    /// The topics on which brokers keep something of this device, as written down last.
    pub fn retained_topics(&self) -> Result<Vec<String>> {
        self.core().retained_topics()
    }

    /// Replaces them durably.
    pub fn put_retained_topics(&self, topics: &[String]) -> Result<()> {
        self.core().put_retained_topics(topics)
    }

    /// What Home Assistant was told of, as written down last.
    pub fn entities(&self) -> Result<Vec<Entity>> {
        self.core().entities()
    }

    /// Replaces it durably.
    pub fn put_entities(&self, entities: &[Entity]) -> Result<()> {
        self.core().put_entities(entities)
    }

    /// Which commands were begun under an id, as written down last.
    pub fn commands(&self) -> Result<Vec<Commanded>> {
        self.core().commands()
    }

    /// Replaces them durably.
    pub fn put_commands(&self, commands: &[Commanded]) -> Result<()> {
        self.core().put_commands(commands)
    }

    /// What brokers do not take, as written down last.
    pub fn concessions(&self) -> Result<Vec<Concession>> {
        self.core().concessions()
    }

    /// Replaces it durably.
    pub fn put_concessions(&self, concessions: &[Concession]) -> Result<()> {
        self.core().put_concessions(concessions)
    }
}
