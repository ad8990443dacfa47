//! A section of the configuration as it holds now.

use crate::config::Config;
use arc_swap::ArcSwap;
use arc_swap::access::{Constant, DynAccess, Map};
use std::ops::Deref;
use std::sync::Arc;

/// A section of the configuration that may change while the daemon runs: read it anew wherever it is needed.
pub struct Current<T>(Arc<dyn DynAccess<T> + Send + Sync>);

impl<T: Clone + Send + Sync + 'static> Current<T> {
    /// One that never changes.
    pub fn fixed(section: T) -> Self {
        Self(Arc::new(Constant(section)))
    }

    pub(super) fn of(
        config: &Arc<ArcSwap<Config>>,
        section: impl Fn(&Config) -> &T + Copy + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Map::new(Arc::clone(config), section)))
    }

    /// What holds now. For a moment: what is held on to does not change.
    pub fn now(&self) -> impl Deref<Target = T> {
        self.0.load()
    }
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
