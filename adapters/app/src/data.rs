//! Values by their type: one of each.
//!
//! Decides nothing. Middleware leaves here what handlers, and whoever looks at the outcome, are
//! to find.

use std::any::{Any, TypeId};
use std::fmt;

/// Values of any types, one of each. No memory while there is none.
#[derive(Default)]
pub struct Data(Vec<(TypeId, Box<dyn Any + Send + Sync>)>);

impl Data {
    /// Puts `value` there; what was there of its type comes back.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<T> {
        let id = TypeId::of::<T>();
        let new: Box<dyn Any + Send + Sync> = Box::new(value);
        let Some((_, held)) = self.0.iter_mut().find(|(of, _)| *of == id) else {
            self.0.push((id, new));
            return None;
        };
        let old = std::mem::replace(held, new);
        old.downcast().ok().map(|old| *old)
    }

    /// The value of a type.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        let id = TypeId::of::<T>();
        self.0.iter().find(|(of, _)| *of == id).and_then(|(_, value)| value.downcast_ref())
    }

    /// The value of a type, to be changed.
    pub fn get_mut<T: 'static>(&mut self) -> Option<&mut T> {
        let id = TypeId::of::<T>();
        self.0.iter_mut().find(|(of, _)| *of == id).and_then(|(_, value)| value.downcast_mut())
    }

    /// Takes the value of a type away.
    pub fn remove<T: 'static>(&mut self) -> Option<T> {
        let id = TypeId::of::<T>();
        let at = self.0.iter().position(|(of, _)| *of == id)?;
        self.0.swap_remove(at).1.downcast().ok().map(|value| *value)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} values)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_value_of_each_type() {
        let mut data = Data::default();
        assert_eq!(data.insert(1u32), None);
        assert_eq!(data.insert("a"), None);
        assert_eq!(data.insert(2u32), Some(1));
        *data.get_mut::<u32>().unwrap() += 1;
        assert_eq!((data.get::<u32>(), data.get::<&str>()), (Some(&3), Some(&"a")));
        assert_eq!((data.remove::<u32>(), data.get::<u32>()), (Some(3), None));
        assert_eq!(data.get::<u64>(), None);
    }
}
