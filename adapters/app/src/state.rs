//! The values of an application, by their type.
//!
//! Decides which of several counts: the innermost application's.

use std::any::{Any, TypeId};
use std::sync::Arc;

/// Values of any types, innermost first; shared by clones.
#[derive(Clone, Default)]
pub(crate) struct State(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl State {
    /// Puts `value` there, in place of another of its type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        let id = TypeId::of::<T>();
        self.0.retain(|(of, _)| *of != id);
        self.0.push((id, Arc::new(value)));
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        let id = TypeId::of::<T>();
        self.0.iter().find(|(of, _)| *of == id).and_then(|(_, value)| value.downcast_ref())
    }

    /// This one, within `outer`.
    pub(crate) fn within(&self, outer: &Self) -> Self {
        Self(self.0.iter().chain(&outer.0).cloned().collect())
    }
}
